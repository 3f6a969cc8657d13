"""The events of a run in words, for the page of a walk."""

from __future__ import annotations

from dcsim.domain.actions import Administer, ClientAction, Commit, Deliver, Request, Tick
from dcsim.files.write import write_act
from dcsim.semantics.model import Model
from dcsim.trace.event import Event

VERDICTS = {
    "pass": "the link delivers redo of {who}",
    "delay": "the link holds up redo of {who}",
    "drop": "the link loses redo of {who}",
    "duplicate": "the link delivers redo of {who}, and keeps a copy",
    "again": "the link delivers a copy of redo of {who} again",
    "release": "redo of {who} that was held up goes on",
    "resend": "redo of {who} is sent again",
}


def in_words(event: Event, model: Model) -> str:
    """What happens in an event."""
    refused = f": {event.outcome} ({event.says})" if event.outcome.startswith("refused") else ""
    action = event.action
    if isinstance(action, Deliver):
        return VERDICTS[action.verdict].format(who=event.account) + refused
    if isinstance(action, Tick):
        at = model.session(action.session).site
        return f"the window of {action.session} at {at} {action.edge}"
    if isinstance(action, Request | Commit):
        done = "asks to" if isinstance(action, Request) else "commits:"
        return f"{_who(event, action.action)} {done} {write_act(action.action)}{refused}"
    if isinstance(action, ClientAction):
        return f"{_who(event, action)}: {write_act(action)}{refused or _shows(event)}"
    if event.actor == "fault":
        return f"fault: {event.says}"
    return f"operator: {event.says}{refused}" if not refused else f"operator{refused}"


def _who(event: Event, action: ClientAction) -> str:
    return event.by if isinstance(action, Administer) and event.by else event.account


def _shows(event: Event) -> str:
    return f", shows “{event.says}”" if event.says else ""
