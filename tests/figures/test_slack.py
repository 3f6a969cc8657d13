"""The slack of a step is the longest delay with which nothing breaks, as runs of files with a slip tell."""

from pathlib import Path

import attrs
import pytest

from dcsim.domain.action_outcome import Violation
from dcsim.domain.faults import OperatorSlip
from dcsim.files.load import load_scenario, load_texts
from dcsim.semantics.model import Model
from dcsim.simulate.figures.slack import slack_of
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Broken, Trace
from dcsim.usecases.figures import figures

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"


def wrong(case, step=None, by=0):
    """How much is broken in a run: invariants by account and place, and expectations that are not met."""
    scenario = case.scenario
    if step:
        slip = OperatorSlip(operator="delay", step=step, by=by)
        others = [f for f in scenario.faults if not (isinstance(f, OperatorSlip) and f.step == step)]
        before = sum(f.by for f in scenario.faults if isinstance(f, OperatorSlip) and f.step == step)
        scenario = attrs.evolve(scenario, faults=(*others, attrs.evolve(slip, by=by + before)))
    model = Model(case.rulebook, case.runbook, scenario.policies)
    trace = simulate(model, attrs.evolve(scenario, figures=()), tracing=False)
    found = {}
    for broken in trace.broken:
        place = broken.violation.invariant, broken.violation.where
        found[place] = found.get(place, 0) + broken.accounts
    for failure in (*trace.failures, *trace.more):
        place = failure.line, failure.where
        found[place] = found.get(place, 0) + failure.accounts
    return found


def worse(case, step, by):
    without, late = wrong(case), wrong(case, step, by)
    return any(count > without.get(place, 0) for place, count in late.items())


CASES = [
    ("circular/footnote-3.yaml", None),
    ("circular/footnote-1.yaml", "no-drain"),
    ("failure-modes/m02-delayed-redo-survived.yaml", None),
    ("eurex-t7-dr/copied-too-early.yaml", None),
]


@pytest.mark.parametrize(("name", "runbook"), CASES, ids=str)
def test_a_step_may_be_so_late_and_not_a_millisecond_more(name, runbook):
    """At its slack nothing breaks that is not broken anyhow; a millisecond later something does."""
    case = load_scenario(SCENARIOS / name, runbook=runbook)
    slacks = figures(case, slack=True).slacks
    assert [one.step for one in slacks] == list(case.runbook.by_id)
    known = [one for one in slacks if one.slack is not None]
    assert len(known) > 4
    for one in known:
        assert not worse(case, one.step, one.slack), one
        assert one.to_the_end or worse(case, one.step, one.slack + 1), one
        assert one.to_the_end or (one.breaks, one.last_safe_moment) == (one.slack + 1, one.due + one.slack)


def test_the_least_slack_is_that_of_the_whole():
    """As a whole, slack is the smallest of all steps; a step without an end is no number that could be smaller."""
    case = load_scenario(SCENARIOS / "circular" / "footnote-3.yaml")
    found = figures(case, slack=["drain", "mark", "close-monday"])
    assert [found.values[f"slack.{step}"] for step in ("drain", "mark")] == [7_200_000, 900_000]
    assert found.values["slack"] == 900_000
    assert found.endless == ("slack.close-monday",)
    assert found.values["last-safe-moment.close-monday"] is None
    assert "until the end" in found.why["last-safe-moment.close-monday"]
    assert figures(case, slack=["close-monday"]).endless == ("slack", "slack.close-monday")


def slack_where(accounts_wrong):
    """The slack of a step whose delay makes so many accounts wrong."""
    scenario = load_scenario(SCENARIOS / "circular" / "footnote-3.yaml").scenario
    violation = Violation("carried-arrives", "password at primary", "P1", "none")

    def run(late):
        delay = sum(fault.by for fault in late.faults)
        broken = Broken(violation=violation, account="U001", at=0, event=0, accounts=accounts_wrong(delay))
        found = (broken,) if accounts_wrong(delay) else ()
        return Trace(events=(), failures=(), broken=found, noticed=(), actions=0, digest="")

    return slack_of(scenario, "drain", 0, 100_000, run(scenario), run, taken=True)


def test_a_delay_with_which_nothing_breaks_again_is_told():
    """An answer that changes back is in the result: what breaks after 30 s holds again from 80 s on."""
    found = slack_where(lambda delay: int(30_000 < delay < 80_000))
    assert (found.slack, found.breaks) == (30_000, 30_001)
    assert found.broken == ("carried-arrives: password at primary",)
    assert found.again == ((80_000, 101_000),)
    assert not found.to_the_end


def test_more_of_what_is_broken_anyhow_is_a_break():
    """Where one account is wrong without the delay, a second one is a break; one that is right again is none."""
    assert slack_where(lambda delay: 1 + (delay > 5000)).slack == 5000
    assert slack_where(lambda delay: int(delay < 5000)).to_the_end


def test_what_is_not_computed_says_why():
    """A step that is never taken, or that slips in another way, has no slack; nor have steps of very many accounts."""
    skipped = load_scenario(SCENARIOS / "failure-modes" / "m23-skipped-mark.yaml")
    found = figures(skipped, slack=True)
    (slip,) = [fault for fault in skipped.scenario.faults if isinstance(fault, OperatorSlip)]
    assert found.values[f"slack.{slip.step}"] is None
    assert found.why[f"slack.{slip.step}"] == "the scenario has a slip there: skip"
    assert found.values["slack"] is None
    waits = load_scenario(SCENARIOS / "failure-modes" / "m25-waits-for-good.yaml")
    assert figures(waits, slack=True).why["slack.open-monday"] == "the step is never taken"
    texts = dict(load_scenario(SCENARIOS / "figures" / "lost-without-a-drain.yaml").texts)
    texts["scenario"] = texts["scenario"].replace("population: 60", "population: 3000").replace("10s", "1ms")
    texts["scenario"] = texts["scenario"].split("expect:")[0] + 'expect: {slack.mark: ">= 0s"}\n'
    many = load_texts(texts)
    assert figures(many, slack=["mark"]).why["slack.mark"] == "not computed for more than 2,000 accounts"
