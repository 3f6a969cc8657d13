"""Watches how far a run is: how many of its acts are done. It looks on from beside, and the run takes no notice."""

from __future__ import annotations

from threading import Event, Thread
from types import TracebackType
from typing import Self

import attrs

from dcsim.trace.recorder import Recorder
from dcsim.usecases.request import Listen, Progress

EVERY = 0.25
"""Seconds between two looks."""


@attrs.define(eq=False)
class ActsProgress:
    """Reports, while it is entered, how many acts of a run are done, of how many."""

    doing: str
    listen: Listen
    recorder: Recorder | None = None
    _over: Event = attrs.field(factory=Event)
    _thread: Thread = attrs.field(init=False)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Watch no longer."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            recorder = self.recorder
            if recorder and recorder.acts:
                done = sum(acts.until(recorder.now) for acts in recorder.acts)
                self.listen(Progress(self.doing, done, sum(acts.count for acts in recorder.acts), "acts"))
