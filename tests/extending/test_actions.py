"""A client action is declared in one place: whatever is registered is known everywhere, and so is a new one."""

import json
import random
from pathlib import Path
from types import MappingProxyType

import attrs
import pytest
from hypothesis import settings
from hypothesis.stateful import RULE_MARKER, run_state_machine_as_test

from dcsim.checker.explorers.engines import check
from dcsim.checker.explorers.protocol import Occurrence
from dcsim.checker.model.abstract_accounts import one_of_each_kind
from dcsim.checker.model.alphabet import USER, administrators_actions, client_actions
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.coverage import verbs
from dcsim.domain.account import Account, Cell, Profile
from dcsim.domain.action_outcome import Moved
from dcsim.domain.action_signature import Kind, arguments, new, one_way, secret
from dcsim.domain.actions import CLIENT_ACTIONS, Administer, ClientAction, client_action
from dcsim.domain.change_kinds import KINDS, fields_of
from dcsim.files import load
from dcsim.files.findings import InputError
from dcsim.files.load import load_texts
from dcsim.files.schema import schema
from dcsim.files.write import write_scenario
from dcsim.fuzzer.decode import LEAST_BYTES, Space, decode
from dcsim.fuzzer.minimise import minimise
from dcsim.report.reference_pages import PAGES
from dcsim.rules.decision_space import RuleCell as Decision
from dcsim.rules.witness import recipe_of, witnesses
from dcsim.semantics.client_step import act, kind_of, writes
from dcsim.semantics.model import Model, first_control, first_lane
from dcsim.semantics.refusals import ORDER
from dcsim.simulate.weekend import simulate
from dcsim.testing import WeekendMachine
from dcsim.trace.jsonl import read_action, write_action

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "actions.md"
RULEBOOK = """
rulebook: small
version: 1
title: Two sessions
timezone: UTC
timezone-assumption: none is given
source: {title: a notice}
accounts: {user: {links: {smartcard: [card], otp: [otp]}}, da: {administers: user}}
records: [order]
sessions:
  - {name: s1, site: a, opens: 2026-01-10 08:00, closes: 2026-01-10 10:00, assumption: it is so}
  - {name: s2, site: a, opens: 2026-01-10 12:00, closes: 2026-01-10 13:00, assumption: it is so}
rules:
  - {id: r1, accounts: user, changes: [KINDS], made-in: s1, at: s2, fate: carry, assumption: it is so}
policies: {set-up: {value: stepwise, assumption: it is so}, lockout-after: {value: 2, assumption: it is so}}
"""
RUNBOOK = """
runbook: plain
version: 1
title: Open and close
sites: {a: primary}
steps:
  - {id: o1, at: s1, do: open, session: s1, site: a}
  - {id: c1, at: s1 closes, do: close, session: s1}
  - {id: o2, at: s2, do: open, session: s2, site: a}
  - {id: c2, at: s2 closes, do: close, session: s2}
"""
SCENARIO = """
scenario: one
title: One act
rulebook: small
runbook: plain
accounts:
  - {id: U1, kind: user, participant: P, email: registered, smartcard: C0}
  - {id: A1, kind: da, participant: P}
steps:
  - STEP
"""
LABELS = {"method": "otp", "record": "order", "user": "U1", "secret": "P0", "new": "P9"}


def case(cls, changes=()):
    """A scenario in which the action is taken, under a rulebook with a rule about some kinds of change."""
    given = {a.name.rstrip("_").replace("_", "-"): LABELS[a.sort] for a in arguments(cls) if a.sort in LABELS}
    step = {"at": "s1 +5m", "account": "A1" if issubclass(cls, Administer) else "U1", "do": cls.verb, **given}
    texts = {
        "scenario": SCENARIO.replace("STEP", json.dumps(step)),
        "rulebook": RULEBOOK.replace("KINDS", ", ".join(changes or cls.kinds or ("order",))),
        "runbook": RUNBOOK,
    }
    return load_texts(texts)


def expected(cls):
    return one_way(cls, lambda argument, _: LABELS[argument.sort])


# -- what must know an action --------------------------------------------------------------------------------------


def files(cls):
    """A scenario's step takes it and is written back; a rule may name each of its kinds; the schema completes it."""
    made = case(cls)
    assert made.scenario.steps[0].action == expected(cls)
    assert f"do: {cls.verb}" in write_scenario(made.scenario)
    assert set(made.rulebook.expand(made.rulebook.rules[0].changes)) == set(cls.kinds or ("order",))
    assert cls.verb in schema("scenario")["$defs"]
    with pytest.raises(InputError, match="unknown action"):
        load_texts({**made.texts, "scenario": made.texts["scenario"].replace(f'"{cls.verb}"', f'"{cls.verb}s"')})


def kinds(cls):
    """Its kinds are the vocabulary of rules; each comes about as it is declared, and writes those fields."""
    book = case(cls).rulebook
    for name, kind in cls.kinds.items():
        assert KINDS[name] == fields_of(name) == kind.writes
        assert name in book.kinds
        recipe = recipe_of(name)
        model = Model(book, case(cls).runbook, kind.policies)
        control = attrs.evolve(first_control(model), interval=1, open=(("s1", "a"),))
        start = attrs.evolve(recipe.start, own=(("order", Cell(None)),))
        lane = first_lane(model, Account("U1", Profile("user", "P"), start))
        by = first_lane(
            model,
            Account("A1", Profile("da", "P"), attrs.evolve(start, status=Cell("active"), locked=Cell(False))),
        )
        outcome = act(model, control, lane, recipe.act_of(book, "s1"), by if issubclass(cls, Administer) else None)
        assert isinstance(outcome, Moved) is not kind.refused, outcome
        assert {change.kind for change in outcome.changes} == {name}
        assert {change.field for change in outcome.changes} <= set(kind.writes)


def refusals(cls):
    """It has an order of refusals, and a page that tells it."""
    assert cls.verb in ORDER
    page = PAGES["actions.md"]()
    assert page.count(f"| `{cls.verb}` |") >= 2
    assert all(f"| `{kind}` | {', '.join(KINDS[kind])} |" in page for kind in cls.kinds)


def alphabet(cls):
    """The check tries it, and it is accepted in some schedule; but not what a check forgets at once."""
    loaded = case(cls)
    groups = one_of_each_kind(loaded.rulebook, loaded.runbook)
    weekend = Weekend(Model(loaded.rulebook, loaded.runbook), sum(groups, ()), ops=2, groups=groups)
    lane = first_lane(weekend.model, groups[0][0])
    tried = [*client_actions(weekend.model, lane, "a"), *administrators_actions(weekend.model, lane, "a")]
    assert (cls in map(type, tried)) is (cls.verb in verbs(weekend)) is cls.lasting
    assert all(action.user == USER for action in tried if isinstance(action, Administer))
    if cls.lasting and not cls.guesses and cls.verb != "unlock-user":
        fired = [check(part, "interned").fired.get(Occurrence("action", cls.verb)) for part in weekend.parts]
        assert any(fired), cls.verb


def drawing(cls):
    """Some bytes stand for it, with each way of logging on; and what is drawn is made plainer and keeps the action."""
    loaded = case(cls)
    space, draw = Space(loaded.rulebook, loaded.runbook, accounts=2), random.Random(1).randbytes
    scenarios = [decode(draw(LEAST_BYTES * 2), space) for _ in range(200)]
    steps = [(s, step.action) for s in scenarios for step in s.steps if type(step.action) is cls]
    assert steps
    by = {getattr(action, a.name) for _, action in steps for a in arguments(cls) if a.sort == "method"}
    assert by in (set(), {"otp", "smartcard"})
    small = minimise(steps[0][0], lambda other: any(type(step.action) is cls for step in other.steps))
    assert [type(step.action) for step in small.steps] == [cls]


def witness(cls):
    """Where two rulebooks differ in what becomes of its changes, a scenario in which it is done tells them apart."""
    for name, kind in cls.kinds.items():
        book = case(cls, [name]).rulebook
        other = attrs.evolve(book, rules=(attrs.evolve(book.rules[0], fate="discard"),))
        found = next(witnesses(book, other, Decision("user", name, "s1", "s2")))
        assert type(found.steps[-1].action) is cls, name
        assert kind.refused or found.steps[-1].account == ("ADMIN1" if issubclass(cls, Administer) else "ACCOUNT1")
        assert simulate(Model(book, case(cls).runbook, found.policies), found).events


def machine(cls):
    """The state machine has a rule for it, or its administrators can do it; the rule takes plain arguments."""
    loaded = case(cls)

    class Weekends(WeekendMachine):
        rulebook, runbook = loaded.rulebook, loaded.runbook

    weekends = Weekends()
    user, administrator = weekends.accounts
    if issubclass(cls, Administer):
        assert cls.verb in weekends.verbs
        weekends.administer(administrator, user, cls.verb)
    else:
        rule = getattr(weekends, cls.verb.replace("-", "_"))
        assert hasattr(rule, RULE_MARKER)
        rule(user, *(LABELS[a.sort] for a in arguments(cls) if a.sort in LABELS))
    assert type(weekends.scenario.steps[0].action) is cls


def traces(cls):
    """A trace keeps it."""
    assert read_action(write_action(expected(cls))) == expected(cls)


KNOW = (files, kinds, refusals, alphabet, drawing, witness, machine, traces)


@pytest.mark.parametrize("know", KNOW, ids=lambda know: know.__name__)
@pytest.mark.parametrize("verb", CLIENT_ACTIONS)
def test_every_action_is_known_everywhere(verb, know):
    """Files, kinds, refusals, the check's alphabet, the fuzzer, the witnesses, the state machine and traces."""
    know(CLIENT_ACTIONS[verb])


@pytest.mark.skipif(not PAGE.exists(), reason="needs the source tree")
def test_the_page_tells_every_action():
    """As it is in the source tree."""
    assert all(f"| `{verb}` |" in PAGE.read_text() for verb in CLIENT_ACTIONS)


# -- a new action --------------------------------------------------------------------------------------------------


@attrs.frozen(cache_hash=True)
class ChangePhone(ClientAction):
    """Change the telephone to which one-time passwords go, and the password with it."""

    verb = "change-phone"
    kinds = MappingProxyType({"change-phone": Kind(("password", "channel"), needs=("initiate-2fa",), set_up=True)})
    password: str = attrs.field(metadata=secret("password"))
    phone: str = attrs.field(metadata=new("channel"))
    to: str = attrs.field(metadata=new("password"))


@attrs.frozen(cache_hash=True)
class RetireUser(Administer):
    """Retire a user: it has no set-up and no logon any more."""

    verb = "retire-user"
    kinds = MappingProxyType({"retire-user": Kind(("status", "channel"), restricts=True)})


@writes.register
def _(action: ChangePhone, _):
    return {"channel": action.phone, "password": action.to}


@writes.register
def _(_: RetireUser, __):
    return {"status": "suspended", "channel": None}


@pytest.fixture(autouse=True)
def _parsed_anew():
    """A text is parsed once in a process, with the actions that there were then."""
    load._parse_rulebook.cache_clear()


@pytest.fixture
def newcomers(monkeypatch):
    """Two new actions: a class each with its writes and refusals, and nothing else."""
    for cls, like in ((ChangePhone, "change-otp-channel"), (RetireUser, "suspend-user")):
        monkeypatch.setitem(CLIENT_ACTIONS, cls.verb, cls)
        monkeypatch.setitem(ORDER, cls.verb, ORDER[like])
        assert client_action(cls) is cls


@pytest.mark.parametrize("know", KNOW, ids=lambda know: know.__name__)
@pytest.mark.parametrize("cls", [ChangePhone, RetireUser])
@pytest.mark.usefixtures("newcomers")
def test_a_new_action_is_known_everywhere(cls, know):
    """A class, its writes and its refusals are all that it takes."""
    know(cls)


@pytest.mark.usefixtures("newcomers")
def test_the_state_machine_takes_new_actions():
    """Hypothesis draws them as it draws the others."""
    loaded, taken = case(ChangePhone), set()

    class Weekends(WeekendMachine):
        rulebook, runbook, only = loaded.rulebook, loaded.runbook, ["one-writer"]

        def teardown(self):
            taken.update(step.action.verb for step in self.scenario.steps)

    run_state_machine_as_test(
        Weekends, settings=settings(max_examples=40, derandomize=True, database=None, deadline=None)
    )
    assert {"change-phone", "retire-user", "logon"} <= taken


def test_a_new_action_is_known_nowhere_before_it_is_registered():
    """The test above would not pass by itself."""
    assert "change-phone" not in KINDS
    with pytest.raises(InputError):
        case(ChangePhone)
    assert kind_of(ChangePhone("P0", "app", "P1"), recipe_of("initiate-2fa").start) == "change-phone"


def test_an_argument_says_of_which_sort_it_is():
    """One that has neither a sort nor a default cannot be drawn, and is refused."""

    @attrs.frozen
    class Odd(ClientAction):
        verb = "odd"
        depth: int

    with pytest.raises(TypeError, match=r"Odd\.depth has neither a default nor a sort of argument"):
        arguments(Odd)
