"""Batches of a campaign: each is decided by its number and the seed, whatever the process has run before."""

import pytest

from dcsim.cli import campaign
from dcsim.cli.campaign import Asked, run_batch
from dcsim.fuzz.campaign import by_hypothesis
from dcsim.fuzz.draw import MOST_STEPS, Space

RULEBOOK, WRONG = "seoch-2fa-2023", "stale-restore-point"


@pytest.fixture(autouse=True)
def _cold():
    campaign._kept.clear()
    yield
    campaign._kept.clear()


@pytest.mark.parametrize(("engine", "examples"), [("hypothesis", 250), ("random", 400)])
@pytest.mark.parametrize("kept", [10_000, 50])
def test_a_batch_finds_the_same_warm_and_cold(engine, examples, kept, monkeypatch):
    """What earlier batches have learnt makes it faster, and so does nothing else; even when it is forgotten between."""
    monkeypatch.setattr(campaign, "KEPT_LANES", kept)
    monkeypatch.setattr(campaign, "KEPT_WALKED", kept)
    asked = Asked(RULEBOOK, WRONG, engine, 7, 2, 1, 1)
    warm = [run_batch(asked, number, examples, None) for number in range(4)]
    assert any(batch.found for batch in warm)
    for batch in reversed(warm):
        campaign._kept.clear()
        assert repr(run_batch(asked, batch.number, examples, None)) == repr(batch)


def test_scenarios_of_all_lengths_are_drawn():
    """From none to the most steps that a scenario may have, so many as were asked for, most of them short."""
    space, lengths = Space(*campaign._pair(RULEBOOK, WRONG)), []

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
