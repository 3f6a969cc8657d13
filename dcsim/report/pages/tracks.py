"""The weekend of one field of one account, place by place: which value stood where, and what moved it. Pure.

Events are named by their numbers; 0 is the beginning of the weekend. The drawing and the graph beside the steps are
made from these values, so that both show the same.
"""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.report.pages.palette import Chip

TrackKind = Literal["site", "link", "branch"]
FlowKind = Literal["redo", "copy", "switch"]
Arrived = Literal["applied", "received", "ignored", "late", "lost", "cleared", "sent"]
"""How a flow ends: ``received`` is not applied yet, ``ignored`` is a copy that was recognised; the last four stop on
the link.
"""
Shape = Literal["act", "refused", "point", "role", "revert", "reset", "note", "discard", "break", "others", "fault"]
Tone = Literal["", "bad", "warn"]
OUTSIDE = -1
"""The track of what reaches no site."""


@attrs.frozen(kw_only=True)
class Track:
    """A line that runs through the weekend: a site's store, the link, or a site's trial branch.

    ``roles`` are a site's roles, each with the event from which it has it. ``note`` says more of it.
    """

    name: str
    kind: TrackKind
    roles: tuple[tuple[int, str], ...] = ()
    note: str = ""


@attrs.frozen(kw_only=True)
class Stretch:
    """A value on a track from one event until another (None: to the end). ``held``: a restore point keeps it there,
    while the site's store is on its trial branch.
    """

    track: int
    start: int
    end: int | None
    value: Chip
    held: bool = False


@attrs.frozen(kw_only=True)
class Flow:
    """Something goes from one track to another: a redo entry, a copy of a store, or a role.

    ``chip`` is what it carries of the field, if anything. ``wrong``: it brought about what was found wrong.
    """

    kind: FlowKind
    start: int
    end: int
    source: int
    target: int
    arrived: Arrived = "applied"
    chip: Chip | None = None
    label: str = ""
    more: str = ""
    wrong: bool = False
    count: int = 1


@attrs.frozen(kw_only=True)
class Mark:
    """Something happened on a track. ``says`` is the whole of it in words; ``label`` and ``more`` its short form."""

    event: int
    track: int
    shape: Shape
    says: str
    label: str = ""
    more: str = ""
    tone: Tone = ""


@attrs.frozen(kw_only=True)
class Band:
    """A session: its printed window, and where it was open, from which event until which (None: to the end).

    The window's edges are the events of the clock; 0 where there is none.
    """

    name: str
    opens: int
    closes: int
    open: tuple[tuple[int, int, int | None], ...] = ()
    says: str = ""


@attrs.frozen(kw_only=True)
class DownStretch:
    """What a track is about is down from one event until another (None: to the end); or it is only ``slow``."""

    track: int
    start: int
    end: int | None
    says: str
    slow: bool = False


@attrs.frozen(kw_only=True)
class PromiseLine:
    """What the rules permit the field to hold on a track from an event until another, and what was found there."""

    track: int
    start: int
    end: int | None
    promised: tuple[Chip, ...]
    found: Chip
    kept: bool


@attrs.frozen(kw_only=True)
class Branch:
    """A trial branch: it leaves the track of its site at one event and ends at another (None: it does not end).

    ``kept``: it goes on as the site's own store; otherwise it is discarded.
    """

    site: int
    track: int
    start: int
    end: int | None = None
    kept: bool = False


@attrs.frozen(kw_only=True)
class Tracks:
    """The whole weekend of one field of one account. ``instants`` are those of all events, by number."""

    account: str
    field: str
    instants: tuple[int, ...]
    tracks: tuple[Track, ...]
    stretches: tuple[Stretch, ...] = ()
    branches: tuple[Branch, ...] = ()
    flows: tuple[Flow, ...] = ()
    marks: tuple[Mark, ...] = ()
    bands: tuple[Band, ...] = ()
    promises: tuple[PromiseLine, ...] = ()
    downs: tuple[DownStretch, ...] = ()

    @property
    def values(self) -> tuple[Chip, ...]:
        """The values that stood anywhere, each once."""
        return tuple(dict.fromkeys(stretch.value for stretch in self.stretches))

    def on(self, track: int, event: int) -> Stretch | None:
        """Return the stretch of a track just after an event."""
        here = (s for s in self.stretches if s.track == track and s.start <= event)
        return next((s for s in here if s.end is None or event < s.end), None)
