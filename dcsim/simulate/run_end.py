"""The end of a run: what was never finished, what a fault took for good, and whether the stores have come together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dcsim.domain.action_outcome import Notice, Violation
from dcsim.domain.scenario import Scenario
from dcsim.semantics import convergence
from dcsim.semantics.convergence import DownTime, Stuck
from dcsim.semantics.model import Model
from dcsim.trace.recorder import Recorder


def judge_end(
    model: Model, scenario: Scenario, recorder: Recorder, stuck: Sequence[Stuck], downs: Sequence[DownTime]
) -> None:
    """Hold the world against what a weekend must come to, now that nothing more is to come."""
    control, heal = recorder.control, scenario.heal is not None
    if not (heal or stuck or downs or recorder.waiting):
        return  # as in most runs: there is nothing to tell
    _tell(recorder, convergence.check_finish(model, stuck, halted=control.halted, heal=heal))
    waits = next((each.why for each in stuck if not each.then), "")
    _tell(recorder, convergence.check_windows(model, downs, waits))
    _tell(recorder, convergence.check_down(control, recorder.waiting))
    if heal:
        _judge_stores(model, recorder)
    elif not control.down:
        _tell(recorder, convergence.check_behind(control, recorder.waiting))


def _tell(recorder: Recorder, found: Iterable[Violation | Notice]) -> None:
    for what in found:
        recorder.tell(what)


def _judge_stores(model: Model, recorder: Recorder) -> None:
    # Accounts in the same lane hold the same: each lane is looked at once, also for a hundred thousand accounts.
    lanes = recorder.table.lanes
    stores = {n: convergence.check_stores(model, recorder.control, lanes[n]) for n in recorder.distinct()}
    wrong = {number: found for number, found in stores.items() if found}
    if recorder.many:
        recorder.many.find(wrong)
        return
    for account, number in enumerate(recorder.lanes if wrong else ()):
        for what in wrong.get(number, ()):
            recorder.tell(what, recorder.roster.name(account))
