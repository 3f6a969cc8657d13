"""Expectations that many accounts did not meet: handed to the judge in order of time, as if each had acted in turn."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from dcsim.semantics.interning import Hop
from dcsim.simulate import expectations
from dcsim.simulate.acts import Stream
from dcsim.simulate.expectations import Judge, unexpected
from dcsim.simulate.run_time import SLOTS
from dcsim.trace.lane_arrays import HopArrays, Wave, by_step

NEVER = 1 << 62


@attrs.define(eq=False)
class FailureArrays:
    """Collects the acts that came to another outcome than is expected, until ``tell``."""

    judge: Judge
    failed: list[tuple[Stream, Hop, Wave]] = attrs.field(factory=list)

    def compare(self, stream: Stream, wave: Wave, steps: HopArrays, which: NDArray[np.int32]) -> None:
        """Compare the outcomes of a wave with what its step expects."""
        expect = stream.step.expect
        if expect == "any" or (expect == "accepted" and steps.columns["accepted"].all()):
            return
        wrong = np.zeros(len(steps.hops), np.bool_)
        for number in np.unique(which).tolist():
            wrong[number] = bool(unexpected(stream.step, stream.action, steps.hops[number]))
        self.failed += ((stream, steps.hops[number], wave.only(members)) for number, members in by_step(which, wrong))

    def tell(self) -> None:
        """Hand failures to the judge in order of time: one by one while each is kept, then those alike together."""
        failed, self.failed = self.failed, []
        if not failed:
            return
        places = np.concatenate([wave.places for _, _, wave in failed])
        room = expectations.KEEP - len(self.judge.failures)
        full = np.partition(places, room)[room] if room < len(places) else NEVER
        told = []
        for which, (_, _, wave) in enumerate(failed):
            kept, count = int(np.searchsorted(wave.places, full)), len(wave.places)
            told += [(int(wave.places[at]), which, at, 1) for at in range(kept)]
            told += [(int(wave.places[kept]), which, kept, count - kept)] if kept < count else []
        for _, which, at, accounts in sorted(told):
            stream, hop, wave = failed[which]
            self.judge.recorder.now = int(wave.slots[at]) // SLOTS
            self.judge.judge_step(stream.step, int(wave.accounts[at]), stream.action, hop, accounts)
