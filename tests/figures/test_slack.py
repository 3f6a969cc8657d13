"""The slack of a step is the longest delay with which nothing breaks, as runs of files with a slip tell."""

from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest
from by_states import by_states

from dcsim.domain.action_outcome import Violation
from dcsim.domain.actions import Operate
from dcsim.domain.faults import OperatorSlip
from dcsim.domain.moment import clock
from dcsim.files.load import load_scenario, load_texts
from dcsim.semantics.model import Model
from dcsim.simulate.figures.slack import slack_of
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Broken, Trace
from dcsim.trace.figures import Figures
from dcsim.usecases.figures import figures

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"


def late(case, step, by):
    """The scenario with a step so much later."""
    slips = [f for f in case.scenario.faults if isinstance(f, OperatorSlip) and f.step == step]
    others = [f for f in case.scenario.faults if f not in slips]
    slip = OperatorSlip(operator="delay", step=step, by=by + sum(f.by for f in slips))
    return attrs.evolve(case.scenario, faults=(*others, slip))


def wrong(case, step=None, by=0):
    """How much is broken in a run: invariants by account and place, and expectations that are not met."""
    scenario = late(case, step, by) if step else case.scenario
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


def badly(case, scenario):
    """How badly: what states tell of each session, by code that shares nothing with the package's figures."""
    told = by_states(SimpleNamespace(rulebook=case.rulebook, runbook=case.runbook, scenario=scenario))
    return {name: told[name] for name in told if name.startswith(("downtime.", "stale-accounts.", "rpo."))}


def worse(case, step, by):
    """Whether more is broken with a step so late, or one that is broken anyhow is broken worse."""
    without, found = wrong(case), wrong(case, step, by)
    if any(count > without.get(place, 0) for place, count in found.items()):
        return True
    before, after = badly(case, case.scenario), badly(case, late(case, step, by))
    return any(None not in (after[name], before[name]) and after[name] > before[name] for name in before)


CASES = [
    ("circular/footnote-3.yaml", None),
    ("circular/footnote-1.yaml", "no-drain"),
    ("failure-modes/m02-delayed-redo-survived.yaml", None),
    ("eurex-t7-dr/copied-too-early.yaml", None),
    ("circular/footnote-2.yaml", "failback-copy"),
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


MOVED = """\
scenario: moved
title: A step that the scenario moves
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts: [{id: U001, kind: user, email: registered, smartcard: friday}]
steps: [{at: session-1 +25m, account: U001, do: initiate-2fa, password: P1, channel: email}]
faults: [FAULT]
"""
MOVES = [
    ("{operator: delay, step: drain, by: 1h50m}", "drain", 600_000, "22:00:00"),
    ("{clock: fast, of: primary, by: 10m}", "open-session-1", 600_000, "18:00:00"),
    ("{clock: slow, of: secondary, by: 10m}", "mark", 900_000, "22:10:00"),
]


@pytest.mark.parametrize(("fault", "step", "slack", "last"), MOVES, ids=[step for _, step, *_ in MOVES])
def test_the_last_safe_moment_is_when_the_step_is_taken_that_is_late_by_its_slack(tmp_path, fault, step, slack, last):
    """Also where the scenario delays the step, or a clock is fast or slow: a run with that delay takes it just then."""
    (tmp_path / "x.yaml").write_text(MOVED.replace("FAULT", fault))
    case = load_scenario(tmp_path / "x.yaml")
    (found,) = figures(case, slack=[step]).slacks
    assert (found.slack, clock(found.last_safe_moment, case.rulebook)) == (slack, f"Sat 10 Jun {last}")
    trace = simulate(Model(case.rulebook, case.runbook), late(case, step, slack), tracing=True)
    taken = [event.at for event in trace.events if isinstance(event.action, Operate) and event.step == step]
    assert taken[0] == found.last_safe_moment


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


def slack_where(accounts_wrong, values=lambda _: {}):
    """The slack of a step whose delay makes so many accounts wrong, and some figures so large."""
    scenario = load_scenario(SCENARIOS / "circular" / "footnote-3.yaml").scenario
    violation = Violation("carried-arrives", "password at primary", "P1", "none")

    def run(late):
        delay = sum(fault.by for fault in late.faults)
        broken = Broken(violation=violation, account="U001", at=0, event=0, accounts=accounts_wrong(delay))
        found = (broken,) if accounts_wrong(delay) else ()
        figures = Figures(values=values(delay), why={})
        return Trace(events=(), failures=(), broken=found, noticed=(), actions=0, digest="", figures=figures)

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


@pytest.mark.parametrize("figure", ["downtime", "stale-accounts", "rpo"])
def test_a_figure_that_says_how_badly_may_not_grow(figure):
    """What grows is told. What shrinks, or is reached only with the delay or only without it, is no break."""
    name = f"{figure}.session-2"
    grows = slack_where(lambda _: 1, lambda delay: {name: 1 + (delay > 5000)})
    assert (grows.slack, grows.broken) == (5000, (f"{name} grows",))
    assert slack_where(lambda _: 1, lambda delay: {name: 1 - (delay > 5000)}).to_the_end
    assert slack_where(lambda _: 1, lambda delay: {name: 1 if delay else None}).to_the_end
    assert slack_where(lambda _: 1, lambda delay: {name: None if delay else 1}).to_the_end


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


BROKEN = {"drain": 7_260_000, "mark": 960_000, "open-session-2": 0}


def test_what_is_broken_anyhow_may_not_get_worse(tmp_path):
    """Session 2 opens a minute late in the scenario: a step that makes it later still has no slack left."""
    fault = "{operator: delay, step: open-session-2, by: 1m}"
    (tmp_path / "x.yaml").write_text(MOVED.replace("FAULT", fault) + "expect: {violations: [window-served]}\n")
    found = figures(load_scenario(tmp_path / "x.yaml"), slack=[*BROKEN])
    assert {one.step: one.slack for one in found.slacks} == BROKEN
    assert {one.broken for one in found.slacks} == {("downtime.session-2 grows",)}
    assert found.values["last-safe-moment.drain"] == found.values["last-safe-moment.open-session-2"]
    assert [worse(load_scenario(tmp_path / "x.yaml"), "drain", BROKEN["drain"] + by) for by in (0, 1)] == [False, True]
