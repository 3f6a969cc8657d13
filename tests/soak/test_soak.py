"""The soak: a slice of it finds nothing wrong, and finds whatever is planted."""

from collections import Counter
from random import Random

import attrs
import generate
import pytest
import soak

from dcsim.trace.replay import Divergence

MANY = 10**6


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    """One scenario a pair, no command line, and checks that end soon."""
    monkeypatch.setattr(soak, "DRAWN", 2)
    monkeypatch.setattr(soak, "EVERY", MANY)
    monkeypatch.setattr(soak, "CHILDREN", 0)


def slice_of(most=2):
    """Two pairs that are proved at once, also with an outage or a crash."""
    return soak.soak("slice", 47, 3, MANY, most)


def test_a_slice_finds_nothing_wrong():
    """Runs, weekends within proofs, and faults that struck: something was tried, and memory was measured."""
    report = slice_of()
    assert report.wrong == ""
    assert report.counts["runs"] >= 6
    assert report.counts["runs within a proof"] >= 4 * soak.WEEKENDS
    assert any(name.startswith("struck") for name in report.counts)
    assert all(memory > 1 for memory in report.memory)


def test_an_engine_that_differs_is_found(monkeypatch):
    """Waves that lose a violation, and a trace that does not replay, end the soak with the files that show it."""
    real = soak.simulate

    def lossy(*asked, waves=None, **more):
        trace = real(*asked, waves=waves, **more)
        return attrs.evolve(trace, broken=trace.broken[1:]) if waves else trace

    monkeypatch.setattr(soak, "simulate", lossy)
    report = slice_of()
    assert "engines differ" in report.wrong
    assert set(report.files) == {"rulebook", "runbook", "scenario"}
    monkeypatch.setattr(soak, "simulate", real)
    monkeypatch.setattr(soak, "replay", lambda *_: Divergence(1, "digest", "a", "b", "planted"))
    assert "does not replay" in slice_of().wrong


def test_a_run_that_is_not_the_same_twice_is_found(monkeypatch):
    """One that depends on how often it was run."""
    real, calls = soak.simulate, Counter()

    def forgetful(*asked, tracing, **more):
        calls["all"] += 1
        trace = real(*asked, tracing=tracing, **more)
        return attrs.evolve(trace, events=trace.events[:-1]) if tracing and calls["all"] % 2 == 0 else trace

    monkeypatch.setattr(soak, "simulate", forgetful)
    assert "not the same twice" in slice_of().wrong


def test_a_false_proof_is_found(monkeypatch):
    """Were every pair called proved, some weekend of clients would break the promise."""
    monkeypatch.setattr(soak.Round, "_proved", lambda _self, faults: faults == 0)
    assert "check proves" in soak.soak("slice", 1, 1, MANY, 12).wrong


@pytest.mark.slow
def test_a_command_that_fails_is_found(monkeypatch):
    """An exit code outside the contract, or a traceback, ends the soak."""
    pair = generate.pair("slice:1")
    trial = soak.Round(pair, Random(1), Counter(), dict(pair.texts))
    monkeypatch.setattr(soak.subprocess, "run", lambda *_a, **_k: soak.subprocess.CompletedProcess([], 4, "", "boom"))
    with pytest.raises(soak.Wrong, match="exit code 4"):
        trial._command(None, ("run", "x"))


def test_memory_that_grows_and_a_soak_of_nothing_fail():
    """The exit code is 1 beyond the bound, and where no run was held against a proof."""
    tried = Counter({"runs within a proof": 1})
    flat = soak.Report(tried, (100.0, 120.0, 1.2 * 100 + 150))
    said = []
    assert soak.told_of([flat], "1", None, said.append) == 0
    assert any("100 MiB when warm" in line for line in said)
    grown = attrs.evolve(flat, memory=(100.0, 120.0, 271.0))
    assert soak.told_of([flat, grown], "1", None, said.append) == 1
    assert soak.told_of([attrs.evolve(flat, counts=Counter())], "1", None, said.append) == 1
