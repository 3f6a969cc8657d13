"""Events and steps in plain words: as a sentence, and in short for a drawing. Pure."""

from __future__ import annotations

from typing import Any, cast

import attrs

from dcsim.domain.action_signature import method_of
from dcsim.domain.actions import ClientAction, Commit, Deliver, Logon, Request, Slip, Tick, Write
from dcsim.domain.moment import UNITS
from dcsim.domain.moment import spell as duration_of
from dcsim.domain.runbook import (
    Activate,
    Close,
    Copy,
    Drain,
    FailOver,
    Flashback,
    Open,
    Resend,
    Reset,
    RestorePoint,
    Revert,
    Step,
    Switch,
)
from dcsim.semantics.invariant_registry import spell
from dcsim.trace.event import Event
from dcsim.trace.jsonl import write_action
from dcsim.trace.moves import RedoMove

_DOES = {"logon": "logs on", "logout": "logs out", "initiate-2fa": "initiates 2FA"}
_QUIET = ("do", "with_", "user", "portal", "link", "card")
"""Parts of an act that its short form leaves out."""


@attrs.frozen
class Said:
    """Something in short: its head, and more that may be left out."""

    head: str
    more: str = ""

    def __str__(self) -> str:
        return f"{self.head}: {self.more}" if self.more else self.head


def session_words(name: str) -> str:
    """Write the name of a session as a title: ``Session 1``."""
    words = name.replace("-", " ")
    return words[:1].upper() + words[1:]


def span_words(milliseconds: int) -> str:
    """Write a duration with its two largest units: ``1 h 40 min``, ``2 s``, ``3 d 4 h``."""
    short = {"m": "min"}
    parts = []
    for unit, size in UNITS.items():
        number, milliseconds = divmod(milliseconds, size)
        if number:
            parts.append(f"{number} {short.get(unit, unit)}")
    return " ".join(parts[:2]) or "0 s"


# -- what clients do -----------------------------------------------------------------------------------------------


def act_of(event: Event) -> ClientAction:
    """Return what a client does: of an act that takes time, the act itself."""
    action = event.action.action if isinstance(event.action, Request | Commit) else event.action
    assert isinstance(action, ClientAction)
    return action


def does(action: ClientAction) -> str:
    """Write what an act does, after the name of who does it: ``changes password``."""
    if action.verb in _DOES:
        return _DOES[action.verb]
    first, *rest = action.verb.split("-")
    rest += [action.record] if isinstance(action, Write) else []
    return " ".join((f"{first}{'es' if first.endswith(('s', 'sh', 'ch', 'x')) else 's'}", *rest))


def given(action: ClientAction) -> str:
    """Write what an act was given: ``P1 to P2``."""
    parts = {name: value for name, value in write_action(action).items() if name not in _QUIET}
    if "from_" in parts and "to" in parts:
        return f"{spell(parts['from_'])} to {spell(parts['to'])}"
    if "record" in parts:
        return spell(parts.get("value"))
    return ", ".join(_part(action, name, value) for name, value in parts.items())


def _part(action: ClientAction, name: str, value: Any) -> str:
    if attrs.fields_dict(type(action))[name].metadata.get("duration"):
        return f"{name.rstrip('_').replace('_', ' ')} {duration_of(value)}"
    return f"{name} {value}" if name == "otp" else spell(value)


def client_words(event: Event) -> Said:
    """Say what a client did and what came of it, in short."""
    action = act_of(event)
    head = does(action)
    if isinstance(event.action, Request):
        head = f"asks: {head}"
    elif isinstance(event.action, Commit):
        head = f"commit: {head}"
    who = f"{event.by} " if event.by else ""
    outcome = event.outcome.replace("moved", "accepted") if not _plain(event, action) else ""
    return Said(f"{who}{head}", ": ".join(part for part in (given(action), outcome) if part))


def _plain(event: Event, action: ClientAction) -> bool:
    return event.outcome == "moved" and not isinstance(action, Logon)


def client_sentence(event: Event) -> str:
    """Say what a client did and what came of it."""
    action = act_of(event)
    who = f"{event.by}, for {event.account}," if event.by else event.account
    late = {Request: "asks to commit later: ", Commit: "commits what it asked for: "}.get(type(event.action), "")
    how = f" with {method_of(action)}" if isinstance(action, Logon) else ""
    what = f"{who} {late}{does(action)}{how}{f': {given(action)}' if given(action) else ''}"
    if event.outcome != "moved":
        return f"{what}; {event.outcome}{f' ({event.says})' if event.says else ''}"
    return f"{what}; accepted{f', shows “{event.says}”' if event.says else ''}" if isinstance(action, Logon) else what


# -- what the operator, the link and the clock do ------------------------------------------------------------------


def step_words(step: Step) -> str:
    """Say what a step of the runbook does."""
    match step:
        case Open():
            return f"{step.session} is opened at {step.site}"
        case Close():
            return f"{step.session} is closed"
        case Drain():
            return "waits until the standby has applied everything"
        case Resend():
            return "what is lost or late on the link is sent again"
        case RestorePoint():
            return f"restore point {step.name} of {step.site}"
        case Activate():
            return f"{step.site} becomes a snapshot standby"
        case Revert():
            return f"{step.site} flashes back to {step.to} and is a standby again"
        case Flashback():
            return f"{step.site} flashes back to {step.to}"
        case Copy():
            return f"{step.source}, {copied_words(step)}, over {step.target}"
        case Reset():
            whom = f" of every {' and '.join(step.accounts)}" if step.accounts else ""
            return f"{', '.join(step.fields)}{whom} at {step.site} set to {spell(step.to)}"
        case Switch():
            return "primary and standby swap their roles"
        case FailOver():
            return "the other site is made primary; what it has not applied is lost"
    return step.verb


def copied_words(step: Copy) -> str:
    """Say what a copy takes."""
    return f"only {', '.join(step.fields)}" if step.fields else "whole store"


def control_sentence(event: Event, step: Step | None) -> str:
    """Say what the clock or the operator did. ``step`` is the runbook's step, if the event takes one."""
    if isinstance(event.action, Tick):
        return f"the printed window of {event.action.session} {event.action.edge}"
    if isinstance(event.action, Slip):
        return f"slip of the operator: {event.says}"
    if event.outcome != "moved":
        return f"{step.id if step else event.says}: {event.outcome}{f' ({event.says})' if event.says else ''}"
    if step is None:
        return event.says
    timed = event.says.removeprefix(step.id).strip()
    return f"{step.id}: {timed or step_words(step)}"


_LINK = {
    "pass": "delivers the redo of {0}",
    "delay": "holds the redo of {0} up",
    "drop": "loses the redo of {0}",
    "duplicate": "delivers the redo of {0}, and keeps a copy of it",
    "again": "delivers a copy of the redo of {0} once more",
    "release": "sends the delayed redo of {0} on",
    "resend": "sends the redo of {0} again",
}


def link_sentence(event: Event) -> str:
    """Say what the link did."""
    action = cast(Deliver, event.action)
    if event.outcome != "moved":
        return f"nothing on the link fits: {event.says or event.outcome}"
    cells = (cell for move in event.moves if isinstance(move, RedoMove) for cell in move.cells)
    carried = ", ".join(f"{field} {spell(cell.value)}" for field, cell in dict.fromkeys(cells))
    return f"{_LINK[action.verdict].format(event.account)}{f': {carried}' if carried else ''}"


def event_sentence(event: Event, step: Step | None) -> str:
    """Say what happened."""
    if event.actor == "client":
        return client_sentence(event)
    return link_sentence(event) if event.actor == "link" else control_sentence(event, step)
