"""dcsim.testing: strategies, invariants as assertions, and the state machine."""

import doctest
import pickle
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

import dcsim
from dcsim import testing
from dcsim.domain.actions import ChangePassword, InitiateTwoFactor
from dcsim.domain.faults import OperatorSlip
from dcsim.domain.moment import instant, moment
from dcsim.domain.scenario import ClientStep
from dcsim.files.load import load_pair, load_rulebook, load_scenario
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.testing import InvariantBroken, WeekendMachine, assert_invariants, broken

ROOT = Path(dcsim.__file__).parent.parent
BOOK, RIGHT, WRONG = "seoch-2fa-2023", "snapshot-standby", "failback-copy"
MODULES = ["dcsim.testing", *(f"dcsim.testing.{n}" for n in ("assertions", "machine", "profiles", "strategies"))]
SAID = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
    stateful_step_count=15,
)


def weekend(*steps):
    """A scenario of one account, out of (moment, action)."""
    scenario = find(testing.scenarios(BOOK, RIGHT), lambda s: True, settings=SAID)
    acts = [ClientStep(at=moment(at), account="USER1", action=action, expect="any") for at, action in steps]
    return attrs.evolve(scenario, steps=tuple(acts))


LEAK = weekend(("session-1 +5m", InitiateTwoFactor("P1", "email")), ("session-2 +5m", ChangePassword("P1", "P2")))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_are_true(name):
    """Every example of the library runs and prints what it says; nothing that has examples is left out."""
    module = import_module(name)
    tried = doctest.testmod(module)
    assert tried.failed == 0
    assert tried.attempted == 0 or ">>>" in Path(module.__file__).read_text()
    assert (tried.attempted > 0) == (">>>" in Path(module.__file__).read_text())


# -- invariants as assertions --------------------------------------------------------------------------------------


def test_each_invariant_has_a_class_of_its_own():
    """As many classes as invariants, each an AssertionError with the invariant's statement, and each can be pickled."""
    classes = {name: broken(name) for name in INVARIANTS}
    assert len(set(classes.values())) == len({cls.__name__ for cls in classes.values()}) == len(INVARIANTS)
    for name, cls in classes.items():
        assert issubclass(cls, InvariantBroken)
        assert issubclass(cls, AssertionError)
        assert (cls.invariant, cls.__doc__) == (name, INVARIANTS[name].statement)
        assert broken(name) is cls
        again = pickle.loads(pickle.dumps(cls("told")))
        assert (type(again), again.args) == (cls, ("told",))


def test_a_drawn_scenario_is_explained_and_written_out(tmp_path):
    """The message is that of `dcsim run`; and the scenario in it, kept as a file, breaks the same."""
    with pytest.raises(broken("discarded-absent")) as caught:
        assert_invariants(LEAK, BOOK, WRONG)
    told = str(caught.value)
    assert "by rule fn3, footnote 3: “Any user account changes" in told
    head, _, written = told.partition("as FILE:\n")
    (tmp_path / "kept.yaml").write_text(written)
    words = ["run", "kept.yaml"]
    env = {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    words = [sys.executable, "-m", "dcsim", *words]
    run = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stdout.split("again:")[0] == head.split("again:")[0]


def test_what_a_scenario_expects_is_no_failure(tmp_path):
    """Expected violations pass; a violation or outcome that was expected in vain is an ExpectationNotMet."""
    assert_invariants(LEAK, BOOK, RIGHT)
    assert_invariants(attrs.evolve(LEAK, violations=("discarded-absent",)), BOOK, WRONG)
    for scenario in (
        attrs.evolve(LEAK, violations=("discarded-absent",)),
        attrs.evolve(LEAK, steps=(attrs.evolve(LEAK.steps[0], expect="refused"),)),
    ):
        with pytest.raises(testing.ExpectationNotMet, match="expected"):
            assert_invariants(scenario, BOOK, RIGHT)


def test_only_the_invariants_asked_for_count():
    """`only` leaves out the rest, and what the scenario itself expects."""
    assert_invariants(LEAK, BOOK, WRONG, only=["one-writer"])
    with pytest.raises(broken("discarded-absent")):
        assert_invariants(LEAK, BOOK, WRONG, only=["one-writer", "discarded-absent"])


@pytest.mark.parametrize("only", [["no-such"], "no-such", ["discarded_absent"], []])
def test_an_invariant_that_there_is_not_is_no_green(only):
    """Holding a run against nothing would pass whatever it does."""
    with pytest.raises(LookupError):
        assert_invariants(LEAK, BOOK, WRONG, only=only)


def test_a_name_by_itself_is_one_invariant():
    """Not the letters of it."""
    with pytest.raises(broken("discarded-absent")):
        assert_invariants(LEAK, BOOK, WRONG, only="discarded-absent")


def test_what_does_not_go_together_is_refused():
    """A value beside a name as well, before anything is played; so is what is no scenario."""
    with pytest.raises(ValueError, match="does not go with"):
        testing.scenarios(load_rulebook(BOOK).value, "dr-copy-no-return")
    with pytest.raises(ValueError, match="accounts=0"):
        testing.scenarios(BOOK, RIGHT, accounts=0)
    with pytest.raises(TypeError, match="load_scenario"):
        assert_invariants("x.dcsim.yaml")


def test_a_drawn_scenario_shows_itself_as_a_file():
    """A counterexample of whatever property can be read, and kept."""
    drawn = find(testing.scenarios(BOOK, WRONG, accounts=8), lambda scenario: len(scenario.steps) > 1)
    assert repr(drawn).startswith("Drawn(\nscenario: drawn\n")
    assert f"runbook: {WRONG}\n" in repr(drawn)


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({"check": "each"}, "check"),
        ({"kinds": ("nobody",)}, "kinds"),
        ({"faults": (OperatorSlip(operator="skip", step="x"),)}, "faults"),
    ],
)
def test_a_machine_that_names_what_is_not_there_is_refused(named, why):
    """Rather than passing for want of it."""
    machine = type("Odd", (WeekendMachine,), {"rulebook": BOOK, "runbook": RIGHT, **named})
    with pytest.raises(ValueError, match=why):
        machine()


def test_a_case_or_a_run_is_judged_as_it_is():
    """A loaded file keeps its own rulebook, runbook and path; a run is not played again."""
    path = Path(__file__).parents[2] / "scenarios" / "circular" / "footnote-3.yaml"
    if not path.exists():
        pytest.skip("needs the source tree")
    assert_invariants(load_scenario(path))
    with pytest.raises(
        broken("discarded-absent"), match=r"again: dcsim run .*footnote-3\.yaml --runbook failback-copy"
    ):
        assert_invariants(load_scenario(path, runbook=WRONG))
    with pytest.raises(broken("discarded-absent")):
        assert_invariants(testing.run(LEAK, BOOK, WRONG))


# -- Hypothesis ----------------------------------------------------------------------------------------------------


def test_hypothesis_tells_invariants_apart():
    """One run reports every invariant that breaks, each by its class, and shrinks none into another."""
    rules, plan = load_pair(BOOK, WRONG)
    plan = attrs.evolve(plan, steps=tuple(s for s in plan.steps if s.verb != "drain"))

    @settings(SAID, report_multiple_bugs=True, max_examples=200)
    @given(testing.traces(rules, plan, faults=1))
    def holds(run):
        assert_invariants(run)

    with pytest.raises(BaseException) as caught:  # noqa: PT011 - a group, or the only one
        holds()
    found = getattr(caught.value, "exceptions", (caught.value,))
    assert len(found) >= 2
    assert len({type(error) for error in found}) == len(found)
    assert all(isinstance(error, InvariantBroken) for error in found)


def test_a_drawn_scenario_shrinks_to_the_acts_that_matter():
    """Of a whole weekend, one act is left of what leaks."""

    @settings(SAID, max_examples=100)
    @given(testing.scenarios(BOOK, WRONG))
    def holds(scenario):
        assert_invariants(scenario, BOOK, WRONG, only=["discarded-absent"])

    with pytest.raises(broken("discarded-absent")) as caught:
        holds()
    assert len(caught.value.run.scenario.steps) <= 2


@settings(SAID)
@given(testing.rulebooks(), st.data())
def test_a_runbook_is_drawn_to_fit_its_rulebook(book, data):
    """runbooks(rulebook) are those that load with it; scenarios, accounts and traces follow from the two."""
    plan = data.draw(testing.runbooks(book))
    load_pair(book.rulebook, plan.runbook)
    account = data.draw(testing.accounts(book, "A1"))
    assert account.id == "A1"
    assert account.profile.kind in book.accounts
    scenario = data.draw(testing.scenarios(book, plan, faults=1, slips=1))
    assert (scenario.rulebook, scenario.runbook) == (book.rulebook, plan.runbook)
    assert testing.run(scenario, book, plan).trace.actions > 0


def test_mutants_are_drawn_when_asked_for():
    """With mutants, rulebooks and runbooks come that are none of the built-in ones."""
    book = load_rulebook(BOOK).value
    found = find(testing.rulebooks(mutants=True), lambda b: b.rulebook == BOOK and b.rules != book.rules, settings=SAID)
    assert found.timeline == book.timeline
    built_in = {p.steps for p in (load_pair(BOOK, RIGHT)[1], load_pair(BOOK, WRONG)[1])}
    plan = find(testing.runbooks(BOOK, mutants=True), lambda p: p.runbook == RIGHT and p.steps not in built_in)
    assert plan.steps


def test_traces_share_what_they_have_in_common_and_come_out_the_same():
    """A run with a shared table has the digest of a run without one."""
    rules, plan = load_pair(BOOK, RIGHT)

    @settings(SAID)
    @given(testing.traces(rules, plan, faults=1, slips=1))
    def same(run):
        assert testing.run(run.scenario, rules, plan).trace.digest == run.trace.digest

    same()


# -- the state machine ---------------------------------------------------------------------------------------------


class Good(WeekendMachine):
    rulebook, runbook = BOOK, RIGHT
    only = ("discarded-absent", "carried-arrives", "one-writer")


class Bad(WeekendMachine):
    rulebook, runbook = BOOK, WRONG
    only = ("discarded-absent",)


class BadAtOnce(Bad):
    check = "step"


def test_a_weekend_that_keeps_the_rules_passes():
    """The machine plays weekends of the right runbook to their ends."""
    run_state_machine_as_test(Good, settings=SAID)


@pytest.mark.parametrize("machine", [Bad, BadAtOnce])
def test_a_weekend_that_breaks_them_fails_by_its_class(machine):
    """With a wrong runbook the invariant's class is raised, at the end or after the step that did it."""
    with pytest.raises(broken("discarded-absent"), match="by rule fn3"):
        run_state_machine_as_test(machine, settings=settings(SAID, max_examples=1000))


def test_time_only_goes_forward():
    """Acts come in the order in which they are made, and the machine stops at the last moment."""
    machine, rules = Good(), load_rulebook(BOOK).value
    for _ in range(40):
        machine.register_email(machine.accounts[0])
        machine.later(12)
    times = [instant(step.at, rules) for step in machine.scenario.steps]
    assert times == sorted(times)
    assert len(set(times)) > 3
    assert times[-1] == times[-2]


def test_a_machine_may_have_faults_and_kinds_of_its_own():
    """`faults` befall each weekend, `kinds` are its accounts; a machine that names no rulebook says so."""
    last_open = [step.id for step in load_pair(BOOK, RIGHT)[1].steps if step.verb == "open"][-1]

    class Slipped(WeekendMachine):
        rulebook, runbook, kinds = BOOK, RIGHT, ("user", "user")
        faults = (OperatorSlip(operator="skip", step=last_open),)

    machine = Slipped()
    assert [account.id for account in machine.accounts] == ["USER1", "USER2"]
    machine.register_email(machine.accounts[1])
    with pytest.raises(broken("window-served")):
        machine.teardown()
    with pytest.raises(TypeError, match="must name a rulebook"):
        WeekendMachine()
