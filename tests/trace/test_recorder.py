"""What a run has seen, counted: by what it is, where, by which rules, in which interval, and on how many accounts."""

from pathlib import Path

import attrs
import pytest

from dcsim.domain.action_outcome import Notice, OpenCell, Violation
from dcsim.domain.scenario import Population
from dcsim.files.load import load_scenario
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import chain
from dcsim.trace.jsonl import dump
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster
from dcsim.trace.tally import together

FIRST = Path(__file__).parents[2] / "scenarios" / "circular" / "footnote-3.yaml"
LEAK = Violation("discarded-absent", "password at primary", "P1", "P2", ("r1",))
OPEN = Notice("open-cell", "password at primary", "the source does not say")


@pytest.fixture
def recorder():
    case = load_scenario(FIRST)
    three = Population(prefix="U", count=3, like=case.scenario.accounts[0])
    scenario = attrs.evolve(case.scenario, accounts=(), populations=(three,))
    return Recorder(Model(case.rulebook, case.runbook), Roster(scenario))


def see(recorder, what, *accounts):
    for account in accounts:
        recorder._remember([what], recorder.roster.numbers(account)[0])


@pytest.mark.parametrize(("what", "kept"), [(LEAK, "broken"), (OPEN, "noticed")])
def test_accounts_are_counted_and_not_occurrences(recorder, what, kept):
    """One account, seen twice, is one account."""
    see(recorder, what, "U1", "U2")
    see(recorder, what, "U1")
    see(recorder, what, "U2", "U3")
    (entry,) = getattr(recorder, kept).values()
    assert (entry.account, entry.accounts) == ("U1", 3)


@pytest.mark.parametrize(("what", "kept"), [(LEAK, "broken"), (OPEN, "noticed")])
def test_what_is_seen_in_another_session_is_another_thing(recorder, what, kept):
    """Each says when it was seen, and on how many accounts then."""
    see(recorder, what, "U1", "U2")
    recorder.control = attrs.evolve(recorder.control, interval=3)
    recorder.now = 5
    see(recorder, what, "U2")
    first, second = getattr(recorder, kept).values()
    assert (first.account, first.accounts, first.at) == ("U1", 2, 0)
    assert (second.account, second.accounts, second.at) == ("U2", 1, 5)


def test_what_rests_on_other_rules_is_another_violation(recorder):
    """Each cites its own."""
    see(recorder, LEAK, "U1")
    see(recorder, attrs.evolve(LEAK, rules=("r2",)), "U1")
    assert [b.violation.rules for b in recorder.broken.values()] == [("r1",), ("r2",)]


def test_without_events_a_violation_has_no_number(recorder):
    """There is none to point at."""
    recorder.tracing = False
    see(recorder, LEAK, "U1")
    (entry,) = recorder.broken.values()
    assert entry.event == 0


def test_an_instant_is_part_of_the_digest(recorder):
    """The same event a millisecond later is another one."""
    assert chain("", 1, "clock") != chain("", 2, "clock")
    digests = []
    for now in (1, 2):
        case = load_scenario(FIRST)
        fresh = Recorder(Model(case.rulebook, case.runbook), Roster(case.scenario), now=now)
        fresh.control_action("clock", fresh.model.ticks[0][1])
        digests.append(fresh.digest)
    assert digests[0] != digests[1]


def test_an_open_cell_is_one_notice_whatever_accounts_hold(recorder):
    """The values of two accounts differ, and the cell that is open is the same; another cell is another notice."""
    cell = OpenCell("user", "password", "monday", (("change-2fa-password", "session-1"),), "carried")
    for account, value in (("U1", "P1"), ("U2", "P2")):
        see(recorder, attrs.evolve(OPEN, says=f"carried: {value}", cell=cell), account)
    see(recorder, attrs.evolve(OPEN, says="carried: P3", cell=attrs.evolve(cell, kind="da")), "U3")
    one, other = recorder.notices()
    assert (one.account, one.accounts, one.who.accounts, one.notice.says) == ("U1", 2, (0, 1), "carried: P1")
    assert (other.account, other.who.accounts) == ("U3", (2,))
    assert together([one.who, other.who]) == together([one.who, one.who, other.who]) == 3


def test_the_cell_of_a_notice_is_in_no_digest_and_in_no_trace():
    """Traces of format 1 have none, and must replay."""
    case = load_scenario(FIRST.parent.parent / "open-questions" / "q04-2fa-password-changed-in-session-1.yaml")
    trace = simulate(Model(case.rulebook, case.runbook), case.scenario, tracing=True)
    cells = [found.what.cell for event in trace.events for found in event.found if isinstance(found.what, Notice)]
    assert any(cells)
    assert "OpenCell" not in repr(trace.events)
    assert not [line for line in dump(case.texts, 0, trace) if '"cell":{"kind"' in line or '"did":' in line]
    assert trace.digest == "b30499360718d37c"
