"""Batches of a campaign: each is decided by its number and the seed, whatever the process has run before."""

import gc

import pytest
from hypothesis import settings

from dcsim.files.load import load_pair
from dcsim.fuzzer.by_hypothesis import by_hypothesis
from dcsim.fuzzer.decode import MOST_STEPS, Space
from dcsim.usecases import fuzz_batch
from dcsim.usecases.fuzz_batch import run_batch
from dcsim.usecases.fuzz_campaign import Campaign

RULEBOOK, WRONG = "seoch-2fa-2023", "stale-restore-point"


def campaign(engine, **bounds):
    rulebook, runbook = load_pair(RULEBOOK, WRONG)
    return Campaign(rulebook=rulebook, runbook=runbook, engine=engine, seed=7, accounts=2, **bounds)


@pytest.fixture(autouse=True)
def _cold():
    fuzz_batch._kept.clear()
    yield
    fuzz_batch._kept.clear()


@pytest.mark.parametrize(("engine", "examples"), [("hypothesis", 250), ("random", 400)])
@pytest.mark.parametrize("kept", [10_000, 50])
def test_a_batch_finds_the_same_warm_and_cold(engine, examples, kept, monkeypatch):
    """What earlier batches have learnt makes it faster, and so does nothing else; even when it is forgotten between."""
    monkeypatch.setattr(fuzz_batch, "KEPT_LANES", kept)
    monkeypatch.setattr(fuzz_batch, "KEPT_WALKED", kept)
    asked = campaign(engine, faults=1, slips=1)
    warm = [run_batch(asked, number, examples) for number in range(4)]
    assert any(one.found for one in warm)
    for one in reversed(warm):
        fuzz_batch._kept.clear()
        assert repr(run_batch(asked, one.number, examples)) == repr(one)


def test_scenarios_of_all_lengths_are_drawn():
    """From none to the most steps that a scenario may have, so many as were asked for, most of them short."""
    space, lengths = Space(*load_pair(RULEBOOK, WRONG)), []

    def seen(scenario):
        lengths.append(len(scenario.steps))
        return ()

    for seed in range(4):
        assert by_hypothesis(space, seen, seed, 500, lambda: False).examples == 500
    lengths.sort()
    assert len(lengths) == 2000
    assert lengths[0] == 0
    assert lengths[1000] <= 12
    assert MOST_STEPS / 2 < lengths[-1] <= MOST_STEPS


def test_a_profile_that_is_loaded_changes_nothing():
    """Hypothesis loads one by itself where CI is set: settings, and the seed inside them, are all of a batch's own."""
    space = Space(*load_pair(RULEBOOK, WRONG))

    def drawn():
        texts = []
        by_hypothesis(space, lambda scenario: texts.append(repr(scenario)) or (), 5, 60, lambda: False)
        return texts

    before, name = drawn(), settings.get_current_profile_name()
    settings.register_profile("another", max_examples=3, derandomize=True, deadline=1, stateful_step_count=2)
    settings.load_profile("another")
    try:
        assert drawn() == before
    finally:
        settings.load_profile(name)


def test_what_is_kept_between_batches_is_bounded(monkeypatch):
    """Past the bound a batch begins anew; and the collector of garbage is on again after each."""
    asked = campaign("hypothesis")
    run_batch(asked, 0, 40)
    assert gc.isenabled()
    kept = fuzz_batch._warm(asked)
    assert fuzz_batch._warm(asked) is kept
    monkeypatch.setattr(fuzz_batch, "KEPT_LANES", len(kept.table.lanes) - 1)
    assert fuzz_batch._warm(asked) is not kept
