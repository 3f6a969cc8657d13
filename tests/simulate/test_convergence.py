"""Convergence: what a weekend has come to when its faults are over. What is claimed here is computed by hand."""

from pathlib import Path

import attrs
import pytest

from dcsim.domain.account import Account, Cell, Profile, Record
from dcsim.domain.actions import RegisterEmail
from dcsim.domain.faults import Crash, LinkFault, Outage
from dcsim.domain.moment import Moment, moment
from dcsim.domain.runbook import Close
from dcsim.domain.scenario import ClientStep, Scenario
from dcsim.files.load import load_pair, load_texts
from dcsim.files.resolver import source_of
from dcsim.files.write import write_scenario
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.jsonl import dump
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.run import RunOptions, load, run

HOUR = 3_600_000
BOOK, PLAN = load_pair("seoch-2fa-2023", "snapshot-standby")
ABORTING = load_pair("seoch-2fa-2023", "failback-copy")[1]
TEXTS = {
    "rulebook": source_of("rulebook", "seoch-2fa-2023").text,
    "runbook": source_of("runbook", "failback-copy").text,
}
FRESH = Record(email=Cell(False), smartcard=Cell("C0"))
# Nothing speaks of e-mail addresses, so that whatever becomes of one breaks nothing by itself.
WRITE = ClientStep(at=moment("session-1 +5m"), account="U1", action=RegisterEmail())


def weekend(*faults, heal=None, steps=(WRITE,), plan=PLAN, accounts=("U1",), practices=True):
    who = tuple(Account(name, Profile("user", "P"), FRESH) for name in accounts)
    named = Scenario(
        scenario="x", title="x", rulebook=BOOK.rulebook, runbook=plan.runbook, accounts=who, steps=steps,
        faults=faults, heal=heal,
    )  # fmt: skip
    return named, simulate(Model(BOOK, plan, practices=practices), named, tracing=True)


def told(trace, kind):
    return [(n.notice.where, n.notice.says) for n in trace.noticed if n.notice.kind == kind]


def broke(trace):
    return {(b.violation.invariant, b.violation.where) for b in trace.broken}


def without(*ids):
    return attrs.evolve(PLAN, steps=tuple(step for step in PLAN.steps if step.id not in ids))


def test_a_fault_that_never_ends_hides_no_window_that_it_took_to_its_end():
    """The primary crashes on Monday and no step waits for it: Monday is broken. Once it is back, it is not."""
    plan = without(*(step.id for step in PLAN.steps if isinstance(step, Close) and step.session == "monday"))
    crash = Crash(site="crash", of="primary", at=moment("monday +9h"))
    _, trace = weekend(crash, plan=plan)
    assert broke(trace) == {("window-served", "monday")}
    assert told(trace, "stays-down")
    _, trace = weekend(attrs.evolve(crash, back=HOUR), plan=plan)
    assert broke(trace) == set()
    assert not told(trace, "stays-down")


def test_a_window_that_a_fault_took_to_its_end_is_told_although_it_is_not_counted():
    """The site is back only after the window: nothing is broken, and the run says that it did not judge the rest."""
    _, trace = weekend(Crash(site="crash", of="secondary", at=moment("session-2 +50m"), back=HOUR))
    assert broke(trace) == set()
    ((where, says),) = told(trace, "window-cut")
    assert where == "session-2"
    assert "down from Sat 10 Jun 22:50:00" in says
    _, trace = weekend(Crash(site="crash", of="secondary", at=moment("session-2 +10m"), back=HOUR // 2))
    assert not told(trace, "window-cut")


def test_a_step_that_waits_for_good_is_told_with_since_when_why_and_what_was_never_done():
    """The secondary crashes before its restore point: the operator waits at that step, and all later steps wait."""
    _, trace = weekend(Crash(site="crash", of="secondary", before="mark"))
    finish = next(b.violation for b in trace.broken if b.violation.invariant == "runbook-finishes")
    assert finish.where == "mark"
    assert finish.actual == (
        "waits since Sat 10 Jun 21:45:00 for secondary; "
        "never taken: activate, open-session-2, close-session-2, revert, open-monday, close-monday"
    )
    # Monday's site is up, and nobody opens it.
    assert ("window-served", "monday") in broke(trace)


OUTAGE = Outage(link="outage", from_=moment("session-1 +1m"))


@pytest.mark.parametrize(("heal", "kind"), [(None, "notice"), (12 * HOUR, "violation")])
def test_a_drain_that_aborts_is_told_and_breaks_the_weekend_only_if_all_has_healed(heal, kind):
    """An aborted runbook is the runbook's own word; after all healed, a weekend that nobody can finish is broken."""
    _, trace = weekend(OUTAGE, heal=heal, plan=ABORTING)
    broken = [b.violation.actual for b in trace.broken if b.violation.invariant == "runbook-finishes"]
    says = [says for _, says in told(trace, "drain-gave-up")]
    assert (len(says), len(broken)) == ((1, 0) if kind == "notice" else (0, 1))
    (text,) = says or broken
    assert text.startswith(
        "aborted the runbook at Sat 10 Jun 21:30:00: redo of 1 account was not applied; never taken: "
    )
    assert "open-session-2" in text


def test_redo_that_nobody_sends_again_is_told_and_breaks_convergence():
    """The last change of Monday is lost: the standby never gets it. A run tells it; one that must converge fails."""
    late = attrs.evolve(WRITE, at=Moment("monday", None, HOUR))
    lost = LinkFault(link="drop", account="U1", nth=1)
    _, trace = weekend(lost, steps=(late,))
    assert broke(trace) == set()
    assert told(trace, "never-arrives")
    _, trace = weekend(lost, steps=(late,), heal=HOUR, accounts=("U1", "U2"))
    ((found,),) = [[b for b in trace.broken if b.violation.invariant == "stores-converge"]]
    assert (found.account, found.accounts) == ("U1", 1)
    assert found.violation.actual == "1 not applied: lost and never sent again"
    _, trace = weekend(lost, steps=(late,), heal=HOUR, practices=False)
    assert broke(trace) == set()


def test_what_is_on_the_link_arrives_when_the_link_is_back():
    """An outage without end leaves redo on the link for good; with heal the same outage ends, and it arrives."""
    outage = attrs.evolve(OUTAGE, from_=moment("monday +1h"))
    late = attrs.evolve(WRITE, at=Moment("monday", None, 2 * HOUR))
    _, trace = weekend(outage, steps=(late,))
    ((where, says),) = told(trace, "stays-down")
    assert (where, "redo of 1 account was not applied" in says) == ("link", True)
    _, trace = weekend(outage, steps=(late,), heal=3 * HOUR)
    assert (broke(trace), told(trace, "stays-down")) == (set(), [])


def test_the_store_of_a_last_session_that_never_opened_is_held_against_the_rules():
    """A runbook that copies back and never opens Monday leaves a wrong value at its site, which the end finds."""
    plan = attrs.evolve(ABORTING, steps=tuple(s for s in ABORTING.steps if getattr(s, "session", "") != "monday"))
    text = """
scenario: x
title: x
rulebook: seoch-2fa-2023
runbook: failback-copy
accounts: [{id: U1, kind: user, email: registered, smartcard: friday}]
steps:
  - {at: session-1 +5m, account: U1, do: initiate-2fa, password: P1, channel: email}
  - {at: session-2 +5m, account: U1, do: change-password, from: P1, to: P2}
"""
    scenario = load_texts({"scenario": text, **TEXTS}, INVARIANT_NAMES, REFUSAL_CODES).scenario
    broken = []
    for heal in (None, HOUR):
        trace = simulate(Model(BOOK, plan), attrs.evolve(scenario, heal=heal), tracing=True)
        broken.append({name for name in trace.invariants if name != "window-served"})
    assert broken[0] == set()
    assert "discarded-absent" in broken[1]


def test_run_may_demand_convergence_of_any_scenario():
    """`--heal` stands in for the scenario's own, fails the run where it does not converge, and is said in `again`."""
    path = Path(__file__).parents[2] / "scenarios" / "failure-modes" / "m18-redo-lost-for-good.yaml"
    (case,) = load([path]).cases
    passing = attrs.evolve(case, scenario=attrs.evolve(case.scenario, heal=None, violations=()))
    assert run(passing).status == "passed"
    options = RunOptions(heal=2 * HOUR)
    assert run(passing, options).status == "failed"
    assert options.again("x.yaml") == "dcsim run x.yaml --heal 2h"


def test_heal_is_written_and_read_and_gives_the_same_trace_twice():
    """A scenario's file says heal, and a trace of it is the same bytes each time."""
    scenario, trace = weekend(OUTAGE, heal=90 * 60_000, plan=ABORTING)
    text = write_scenario(scenario)
    assert "heal: 1h30m" in text
    again = load_texts({"scenario": text, **TEXTS}, INVARIANT_NAMES, REFUSAL_CODES)
    assert again.scenario.heal == scenario.heal
    model = Model(again.rulebook, again.runbook)
    lines = ["".join(dump(again.texts, 0, simulate(model, again.scenario, tracing=True))) for _ in range(2)]
    assert lines[0] == lines[1]
    assert trace.digest in lines[0]


@pytest.mark.parametrize(("back", "heal"), [(24 * HOUR, None), (None, 48 * HOUR)])
def test_a_window_in_which_nobody_was_ever_served_is_broken(back, heal):
    """The primary is down in all of Monday, and back on Tuesday: no fault excuses that."""
    crash = Crash(site="crash", of="primary", at=moment("monday opens"), back=back)
    _, trace = weekend(crash, heal=heal)
    found = [b.violation for b in trace.broken if b.violation.invariant == "window-served"]
    assert [(v.where, v.actual) for v in found] == [("monday", "primary was down in the whole window")]
    assert not told(trace, "window-cut")


LATE = """
scenario: x
title: x
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts: [{id: U1, kind: user, email: registered, smartcard: friday}]
steps: [{at: session-1 +5m, account: U1, do: initiate-2fa, password: P1, channel: email}]
faults: [{operator: delay, step: open-monday, by: 24h}]
expect: {violations: [window-served], monday: {U1: {two-factor: {password: P1, channel: email}}}}
"""


def test_what_is_expected_of_a_target_is_not_met_by_an_opening_after_its_window(tmp_path):
    """Nobody is served from that record: the expectation fails, and it is said when the target opened, and by what."""
    (tmp_path / "late.yaml").write_text(LATE)
    (case,) = load([tmp_path / "late.yaml"]).cases
    problem, *others = run(case).problems
    assert (problem.expected, others) == ("opens in its window", [])
    assert problem.actual == "opened at Tue 13 Jun 00:00:00, after its window had closed"
    assert problem.because[0].startswith("step open-monday opened monday only then (event ")
    (tmp_path / "late.yaml").write_text(LATE.replace("24h", "23h59m59s"))
    (case,) = load([tmp_path / "late.yaml"]).cases
    assert run(case).status == "passed"


def test_a_window_that_was_not_judged_to_its_end_is_a_flag(tmp_path):
    """The primary crashes in Monday's window and is back on Tuesday: the run passes with a note, and not if strict."""
    crash = "{site: crash, of: primary, at: monday +4h, back: 24h}"
    text = LATE.replace("{operator: delay, step: open-monday, by: 24h}", crash).replace(
        "violations: [window-served], ", ""
    )
    (tmp_path / "cut.yaml").write_text(text)
    (case,) = load([tmp_path / "cut.yaml"]).cases
    statuses = [run(case, RunOptions(strict=strict)).status for strict in (False, True)]
    assert statuses == ["passed", "failed"]
