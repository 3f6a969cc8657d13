"""What is down: what faults in time do to the control and to a lane, and what waits until a site is back.

What was committed at a site that crashes stays. Open logons and requests in flight are lost. While a site is down, it
serves nobody, the link from or to it carries nothing, and steps of the runbook that need it wait.
"""

from __future__ import annotations

import attrs

from dcsim.domain.action_outcome import Turned
from dcsim.domain.actions import Disturb, Down, Up
from dcsim.domain.runbook import Close, Copy, Drain, FailOver, Resend, Step, Switch
from dcsim.domain.world import Control, Lane


def befall(control: Control, fault: Down | Up | Disturb) -> Turned:
    """The control after a fault begins or ends."""
    match fault:
        case Down():
            down = tuple(sorted({*control.down, fault.what}))
            return Turned(attrs.evolve(control, down=down), f"{fault.what} is down")
        case Up():
            still = tuple(what for what in control.down if what != fault.what)
            return Turned(attrs.evolve(control, down=still), f"{fault.what} is back")
    return Turned(control, fault.says)


def missing(control: Control, step: Step) -> tuple[str, ...]:
    """The sites that a step needs and that are down. It waits until they are back."""
    if not control.down:
        return ()
    match step:
        case Close():
            needed = tuple(site for session, site in control.open if session == step.session)
        case Copy():
            needed = (step.source, step.target)
        case Drain() | Resend() | Switch():
            needed = tuple(site for site in (control.production, control.other) if site)
        case FailOver():
            needed = (control.other,) if control.other else ()
        case _:
            needed = (getattr(step, "site", ""),)
    return tuple(site for site in control.down if site in needed)


def lose(lane: Lane, site: str) -> Lane:
    """The lane after a crash of a site: the open logon and the requests in flight there are lost."""
    if not any(edit.site == site for edit in lane.edits) and (lane.logon is None or lane.logon[0] != site):
        return lane
    edits = tuple(attrs.evolve(edit, lost=edit.lost or edit.site == site) for edit in lane.edits)
    return attrs.evolve(lane, edits=edits, logon=None if lane.logon and lane.logon[0] == site else lane.logon)
