"""The campaign: a slice of it with a fixed seed; and that it finds what is planted."""

from functools import lru_cache

import attrs
import campaign
import generate
import observe
import pytest

from dcsim.checker.question.safety import Counterexample
from dcsim.domain.moment import instant
from dcsim.domain.runbook import Reset

PAIRS, FEW = 36, 12


@lru_cache(maxsize=1)
def pairs():
    """The pairs of the slice."""
    drawn = map(generate.pair, (f"slice:{n}" for n in range(PAIRS)))
    return [pair for pair in drawn if pair]


@pytest.mark.parametrize("part", range(4))
def test_check_and_judge_agree(part):
    """No proof that a weekend breaks, and no violation that a run does not show, in the first pairs of a seed."""
    numbers = [f"slice:{n}" for n in range(part, PAIRS, 4)]
    found = [disagreement for _, disagreement in map(campaign.one, numbers) if disagreement]
    assert not found, "\n".join(map(str, found))


@pytest.mark.slow
def test_the_slice_has_proofs_and_violations():
    """A slice that is all of one sort would say little."""
    said = [campaign.answered(pair).status for pair in pairs()]
    assert said.count("proved") > 5
    assert said.count("violated") > 5


@pytest.mark.slow
def test_a_false_proof_is_found(monkeypatch):
    """Were every pair called proved, the judge would say otherwise of those that are violated."""
    real = campaign.answered
    wrong = [pair for pair in pairs() if real(pair).status == "violated"][:FEW]
    monkeypatch.setattr(campaign, "answered", lambda pair: attrs.evolve(real(pair), status="proved"))
    found = sum(campaign.tried(pair)[1] is not None for pair in wrong)
    assert found >= 0.9 * FEW


@pytest.mark.slow
def test_a_false_alarm_is_found(monkeypatch):
    """A counterexample that breaks nothing is told."""
    pair = next(pair for pair in pairs() if campaign.answered(pair).status == "proved")
    alarm = Counterexample(invariant="promise", length=0, scenario=pair.case.scenario)
    answer = attrs.evolve(campaign.answered(pair), status="violated", counterexamples=(alarm,))
    monkeypatch.setattr(campaign, "answered", lambda _: answer)
    assert campaign.tried(pair)[1] is not None


def test_a_look_sees_what_a_step_does_inside_a_window():
    """What an operator sets while clients are served is seen, though no client can read it."""
    pair = next(p for p in pairs() if "order" in p.theme and campaign.answered(p).status == "proved")
    session = pair.case.rulebook.sessions[-1]
    at = generate.midst(pair.case, session.name)
    wipe = Reset(id="wipe", at=at, site=session.site, fields=("order",), to="gone")
    steps = [*pair.case.runbook.steps, wipe]
    due = {step.id: n for n, step in zip(pair.model.due, pair.case.runbook.steps, strict=True)}
    due["wipe"] = instant(at, pair.case.rulebook)
    runbook = attrs.evolve(pair.case.runbook, steps=tuple(sorted(steps, key=lambda step: due[step.id])))
    watcher = observe.watcher(attrs.evolve(pair.model, runbook=runbook))
    assert observe.verdict(watcher, pair.case.scenario)


def test_a_window_that_a_crash_took_whole_is_a_break_that_is_shown():
    """What check shows beside such a window is no false alarm: the run breaks the promise there, and the judge says so
    where it is asked strictly.
    """
    _, disagreement = campaign.one("c2686c8a048c154b674f096023b006bf5d5c54f9:76")
    assert disagreement is None, disagreement
