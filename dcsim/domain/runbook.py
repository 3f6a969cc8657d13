"""The runbook: the operator's timed steps at two sites. It knows nothing of rules."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal

import attrs

from dcsim.domain.account import Value, typed
from dcsim.domain.moment import Moment
from dcsim.domain.rulebook import Citation

Role = Literal["primary", "standby", "snapshot-standby", "stand-alone"]
"""A ``standby`` applies the primary's redo and serves nobody; a ``snapshot-standby`` can be written to and keeps the
redo that it receives for later; a ``stand-alone`` site can be written to and receives no redo.
"""


@attrs.frozen(kw_only=True)
class Link:
    """The replication link, from the primary to the other site.

    An entry takes ``lag`` milliseconds and up to ``jitter`` more, drawn from the run's seed; entries keep their order.
    ``apply: checked`` applies each entry once and in commit order. ``blind`` applies whatever arrives.
    """

    lag: int = attrs.field(default=2000, metadata={"duration": True})
    jitter: int = attrs.field(default=0, metadata={"duration": True})
    apply: Literal["checked", "blind"] = "checked"


@attrs.frozen(kw_only=True, cache_hash=True)
class Step:
    """One step of the operator, due at a moment and after the step before it."""

    verb: ClassVar[str]
    id: str = ""
    at: Moment


@attrs.frozen(kw_only=True, cache_hash=True)
class Open(Step):
    """Open a session at a site: from now on it serves."""

    verb = "open"
    session: str
    site: str


@attrs.frozen(kw_only=True, cache_hash=True)
class Close(Step):
    """Close a session wherever it is open."""

    verb = "close"
    session: str


@attrs.frozen(kw_only=True, cache_hash=True)
class Drain(Step):
    """Wait until the standby has applied all that the primary committed.

    ``timeout`` is in milliseconds. On a time-out: ``abort`` the runbook, ``proceed``, or skip to the step of that id.
    """

    verb = "drain"
    timeout: int = attrs.field(default=30 * 60_000, metadata={"duration": True})
    on_timeout: str = "abort"


@attrs.frozen(kw_only=True, cache_hash=True)
class Resend(Step):
    """Have the primary send again what was lost or held up on the link."""

    verb = "resend"


@attrs.frozen(kw_only=True, cache_hash=True)
class RestorePoint(Step):
    """Take a guaranteed restore point of a site's store."""

    verb = "restore-point"
    site: str
    name: str


@attrs.frozen(kw_only=True, cache_hash=True)
class Activate(Step):
    """Turn a standby into a snapshot standby: updatable, receiving redo but not applying it."""

    verb = "activate"
    site: str


@attrs.frozen(kw_only=True, cache_hash=True)
class Revert(Step):
    """Turn a snapshot standby back: flash back to a restore point, then apply what was received meanwhile."""

    verb = "revert"
    site: str
    to: str


@attrs.frozen(kw_only=True, cache_hash=True)
class Flashback(Step):
    """Restore a site's store from a restore point, whatever its role."""

    verb = "flashback"
    site: str
    to: str


@attrs.frozen(kw_only=True, cache_hash=True)
class Copy(Step):
    """Export one site's store and import it at the other: whole, or only some fields (all of an account's when
    ``fields`` is left out).
    """

    verb = "copy"
    source: str
    target: str
    fields: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, cache_hash=True)
class Reset(Step):
    """Set some fields to a constant at a site, for every account that exists, or for those of some kinds."""

    verb = "reset"
    site: str
    fields: tuple[str, ...]
    to: Value = attrs.field(default=None, eq=typed)
    accounts: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, cache_hash=True)
class Switch(Step):
    """Switch over, as planned: standby and primary swap their roles. Refused unless the standby has caught up."""

    verb = "switch"


@attrs.frozen(kw_only=True, cache_hash=True)
class FailOver(Step):
    """Fail over, forced: like a switch, but what the standby has not applied is lost."""

    verb = "fail-over"


STEPS: dict[str, type[Step]] = {
    cls.verb: cls
    for cls in (
        Open,
        Close,
        Drain,
        Resend,
        RestorePoint,
        Activate,
        Revert,
        Flashback,
        Copy,
        Reset,
        Switch,
        FailOver,
    )
}


Practice = Literal[
    "opens-caught-up",
    "sites-agree",
    "stores-converge",
    "standby-ready",
    "restores-baseline",
    "applied-in-order",
    "no-lost-update",
    "set-up-whole",
    "one-origin",
    "no-dangling-account",
    "no-orphan-lock",
]
"""Good practice that nobody promised (``semantics.practices`` states each)."""


@attrs.frozen(kw_only=True)
class Waiver:
    """A practice that this runbook does not mean to keep, with a citation or a reason."""

    practice: Practice
    reason: str | None = None
    citation: Citation | None = None

    @property
    def basis(self) -> str:
        """The citation or the reason."""
        return str(self.citation) if self.citation else str(self.reason)


@attrs.frozen(kw_only=True, eq=False)
class Runbook:
    """The operator's steps, the sites with their first roles, and the link between them, if there is one."""

    runbook: str
    version: int
    title: str
    sites: Mapping[str, Role]
    link: Link | None = attrs.field(default=Link(), metadata={"none": True})
    steps: tuple[Step, ...]
    waives: tuple[Waiver, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, int]:
        """The index of each step by its id."""
        return {step.id: index for index, step in enumerate(self.steps)}


def arguments(step: Step) -> dict[str, Any]:
    """A step's arguments by name, without its id and its moment."""
    return {a.name: getattr(step, a.name) for a in attrs.fields(type(step)) if a.name not in ("id", "at")}
