"""What the processes of a run share: SimPy's clock with its slots, the recorder, and the signal ``healed``.

SimPy's time is an integer with six slots a millisecond. So, at one instant, faults strike first, then the clock acts,
then the link, the operator and the clients, and observers look last. If nothing else is due before a process's next
act, the process acts without going through SimPy's event queue, which is faster. No process keeps any state of the
world in its frame.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import attrs
import simpy

from dcsim.semantics.model import Model
from dcsim.trace.recorder import Recorder

Process = Generator[simpy.Event, Any, None]
SLOTS = 6
FAULT, CLOCK, LINK, OPERATOR, CLIENT, LOOK = range(SLOTS)


@attrs.define(eq=False)
class RunTime:
    """What all processes of a run share.

    ``start`` is the first instant at which anything happens or is looked at. ``slot`` is the slot of time that has been
    reached. ``healed`` fires when something that was down is up again.
    """

    model: Model
    recorder: Recorder
    start: int
    env: simpy.Environment = attrs.field(factory=lambda: simpy.Environment(initial_time=0))
    slot: int = 0
    healed: simpy.Event = attrs.field(init=False)
    catch_lanes_up: Callable[[int], None] | None = None
    """Takes what is due before a slot, where lanes are left behind until a process acts (``Waves``)."""

    def __attrs_post_init__(self) -> None:
        """Nothing has healed so far."""
        self.healed = self.env.event()

    def goal(self, at: int, slot: int) -> int:
        """SimPy's time for an instant and one of its slots."""
        return (at - self.start) * SLOTS + slot

    def reach(self, goal: int) -> Process:
        """Wait until a slot of time: through the event queue only if something else is due before it."""
        if self.env.peek() <= goal:
            yield self.env.timeout(max(0, goal - self.env.now))
        # Time never goes back: what was due in the past happens now.
        self.slot = max(goal, self.slot)
        if self.catch_lanes_up:
            self.catch_lanes_up(self.slot)
        self.recorder.now = self.start + self.slot // SLOTS

    def reach_or_heal(self, goal: int, slot: int) -> Process:
        """Wait until a slot of time, or until something heals before that."""
        healed = self.healed
        if self.env.peek() <= goal:
            yield self.env.timeout(max(0, goal - self.env.now)) | healed
        yield from self.catch_up(slot) if healed.triggered else self.reach(goal)

    def catch_up(self, slot: int) -> Process:
        """After a wait for a signal: go on in a slot of the instant that has been reached."""
        yield from self.reach(max(int(self.env.now), self.goal(self.recorder.now, slot)))

    def heal(self) -> None:
        """Fire ``healed``, and make a new one for the next time."""
        healed, self.healed = self.healed, self.env.event()
        healed.succeed()
