"""What would change the verdict: one thing left out, the last place of the right value, other schedules. Pure."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class ChangeRow:
    """The run without one thing. ``mark`` and ``tone`` say how it ends, and ``then`` what breaks."""

    name: str
    what: str
    mark: str
    tone: str
    then: str
    mends: bool = False


@attrs.frozen(kw_only=True)
class Bar:
    """A time during which a place held the right value. ``start`` and ``width`` are parts of a hundred."""

    start: float
    width: float
    says: str


@attrs.frozen(kw_only=True)
class BarRow:
    """A place, and when it held the right value."""

    place: str
    tone: str
    bars: tuple[Bar, ...]


@attrs.frozen(kw_only=True)
class BarMark:
    """An instant on the axis of the bars, and the row in which its name stands; it ``ends`` at the line, or begins."""

    at: float
    says: str
    tone: str = ""
    row: int = 0
    ends: bool = False


@attrs.frozen(kw_only=True)
class LastHad:
    """Until when a value could still be had, place by place.

    ``rescue`` says what was added to the runbook before the session, or after the damage if that comes later, and how
    the run then ended. It is empty where nothing was tried.
    """

    value: str
    rows: tuple[BarRow, ...]
    marks: tuple[BarMark, ...]
    says: str
    rescue: str = ""
    rescued: bool = False

    @property
    def height(self) -> int:
        """The height of the names below the bars, in pixels."""
        return 20 + 16 * max((mark.row for mark in self.marks), default=0)


@attrs.frozen(kw_only=True)
class ScheduleRow:
    """The answer of a check of one runbook: every schedule within bounds."""

    runbook: str
    status: str
    tone: str
    says: str
    bounds: str
    states: int
    proved: bool = False
    chosen: bool = False


@attrs.frozen(kw_only=True)
class AnySchedule:
    """The answers of checks, beside the one schedule of the run. ``not_tried`` says why there are none."""

    rows: tuple[ScheduleRow, ...] = ()
    who: str = ""
    not_tried: str = ""

    @property
    def mended(self) -> ScheduleRow | None:
        """The answer for the runbook with the step that mends it changed; for the runbook itself, if none is."""
        return next((row for row in self.rows if row.chosen), next(iter(self.rows), None))


@attrs.frozen(kw_only=True)
class ChangeSection:
    """What would change the verdict. ``moved`` are the moved steps that mend it, of ``moved_tried`` that were tried."""

    head: str
    lead: str
    rows: tuple[ChangeRow, ...]
    moved: tuple[ChangeRow, ...]
    moved_tried: int
    not_tried: tuple[str, ...]
    last: LastHad | None
    schedules: AnySchedule
