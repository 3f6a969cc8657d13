"""Discard as non-interference: by which observations two runs of one schedule differ."""

from pathlib import Path

import attrs
import pytest
from mishap_words import mishaps

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.explorers.protocol import Break, Occurrence
from dcsim.checker.model.self_composition import COMPARED, Twin, apart, discards
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.noninterference import compare
from dcsim.domain.account import Account, Cell, Profile, Record
from dcsim.domain.action_outcome import Change
from dcsim.domain.world import Ledger
from dcsim.files.load import load_rulebook, load_runbook
from dcsim.semantics.intent import permit
from dcsim.semantics.model import Model, first_lane
from dcsim.simulate.weekend import simulate

SCENARIOS = Path(__file__).parents[2] / "scenarios"
USER = Account("U1", Profile("user", "B"), Record(email=Cell(True), smartcard=Cell("C0")))
DA = Account("D1", Profile("da", "B"), Record(email=Cell(True), smartcard=Cell("C0")))


def model(runbook, rulebook="seoch-2fa-2023", **policies):
    overrides = {name.replace("_", "-"): value for name, value in policies.items()}
    return Model(load_rulebook(rulebook).value, load_runbook(runbook).value, overrides)


def twice(of, ops=1, faults=0, slips=0, accounts=(USER,), engine="bfs"):
    return check(Twin(Weekend(of, accounts, ops, faults, slips)), engine)


def compared(of, ops=1, accounts=(USER,)):
    return compare(Weekend(of, accounts, ops), lambda twin, budget: check(twin, "auto", budget), Budget(seconds=120))


@pytest.mark.parametrize("accounts", [(USER,), (USER, DA)], ids=["a user", "a user and a DA"])
def test_the_right_runbook_shows_nothing_of_session_2(accounts):
    """On a snapshot standby that is flashed back, nobody can tell on Monday what was done in Session 2."""
    explored = twice(model("snapshot-standby"), 3 - len(accounts), accounts=accounts)
    assert explored.complete
    assert not explored.broken
    assert explored.fired[Occurrence(COMPARED, "monday")]


def test_faults_and_slips_bring_nothing_of_session_2_to_monday():
    """Under the right runbook, no fault and no slip makes discarded changes observable, whatever else it breaks."""
    assert not twice(model("snapshot-standby"), 1, faults=1).broken
    assert not twice(model("snapshot-standby"), 1, slips=1).broken


def test_copying_back_lets_session_2_be_seen():
    """Under failback-copy one act in Session 2 makes Monday differ, and the shortest path has only this act."""
    found = compared(model("failback-copy"), 2)
    assert (found.status, found.explored.invariants) == ("violated", ("non-interference",))
    assert len(found.scenario.steps) == 1


def test_what_can_be_told_apart_is_a_scenario():
    """The first run of a counterexample is a scenario, with the differences; `run` finds it broken as well."""
    of = model("failback-copy")
    found = compared(of)
    assert len(found.scenario.steps) == 1
    assert found.differences == ("U1, password, channel, credential when monday opens at primary",)
    assert "discarded-absent" in simulate(of, found.scenario).invariants


def test_slips_are_named():
    """Interference with no slip and interference after a slip are two breaks."""
    explored = twice(model("failback-copy"), slips=1)
    assert Break("non-interference") in explored.broken
    assert Break("non-interference", mishaps("skip mark")) in explored.broken


def test_a_leaked_counter_is_seen():
    """Where a rule discards failed logons of Session 2, a wrong password in Session 2 may not count on Monday."""
    start = attrs.evolve(USER.start, password=Cell("P1"), channel=Cell("email"), own=(("sequence", Cell(1)),))
    initiated = attrs.evolve(USER, start=start)
    drill = SCENARIOS / "rulebooks" / "made-up-drill.yaml"
    wrong = compared(model("failback-copy", drill, lockout_after=3), accounts=(initiated,))
    assert wrong.status == "violated"
    assert wrong.scenario.steps
    counted = check(Weekend(model("failback-copy", drill, lockout_after=3), (initiated,), 1))
    assert "reset-applied" in counted.invariants
    assert not twice(model("snapshot-standby", drill, lockout_after=3), accounts=(initiated,)).broken


def test_what_the_source_leaves_open_is_no_observation():
    """No rule names e-mail registered in Session 2, so it may reach Monday or not, and this is no interference."""
    nameless = attrs.evolve(USER, start=USER.start.put({"email": Cell(False)}))
    explored = twice(model(SCENARIOS / "runbooks" / "copy-back-email.yaml"), 2, accounts=(nameless,))
    assert explored.fired[Occurrence("action", "register-email")]
    assert explored.fired[Occurrence(COMPARED, "monday")]
    assert not explored.broken


def test_commits_of_a_discarded_session_at_the_primary_tell_nobody():
    """The primary's commit position is no observation, nor is a field for which the rules permit different values."""
    of = model("snapshot-standby")
    lane = first_lane(of, USER)
    assert apart(lane, lane, "monday", "primary") == ()
    change = Change("register-email", "email", Cell(True), Cell(False, "session-2"), "secondary")
    touched = attrs.evolve(lane, ledger=permit(of.rulebook, "user", Ledger(USER.start), change))
    assert apart(touched, lane, "monday", "primary") == ()


def test_every_field_is_an_observation():
    """Any field's value or origin that differs is seen: passwords, credential, counters, lock, own records."""
    account = attrs.evolve(USER, start=attrs.evolve(USER.start, own=(("orders", Cell(1)),)))
    lane = first_lane(model("snapshot-standby"), account)
    record = lane.store("primary")
    for field in record.fields:
        value = record[field].value
        for cell in (Cell("another"), Cell(value, "session-2")):
            other = attrs.evolve(lane, stores=(("primary", record.put({field: cell})), lane.stores[1]))
            assert apart(other, lane, "monday", "primary") == (field,)


def test_a_rulebook_without_discards_has_nothing_to_compare():
    """Without a rule that discards, no comparison takes place, and the result has no occurrence of one."""
    book = load_rulebook("seoch-2fa-2023").value
    kept = attrs.evolve(book, rules=tuple(rule for rule in book.rules if rule.fate != "discard"))
    of = Model(kept, load_runbook("failback-copy").value)
    assert discards(of) == {}
    explored = twice(of)
    assert not explored.broken
    assert Occurrence(COMPARED, "monday") not in explored.fired


def test_the_runs_stay_within_bounds_when_they_part():
    """A change in the second run alone is an operation too, so the exploration of a leaking runbook ends."""
    explored = twice(model("failback-copy"), accounts=(USER, DA))
    assert explored.complete
    assert explored.invariants == ("non-interference",)
    assert explored.states < 100_000


@pytest.mark.parametrize("engine", ["interned", "array"])
def test_other_engines_say_the_same(engine):
    """Every engine finds the same states and the same breaks of a twin."""
    for runbook in ("snapshot-standby", "failback-copy"):
        plain = twice(model(runbook), accounts=(USER, DA))
        other = twice(model(runbook), accounts=(USER, DA), engine=engine)
        assert (other.states, other.transitions, other.broken) == (plain.states, plain.transitions, plain.broken)
