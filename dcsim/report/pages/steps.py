"""The steps section: every event as a row beside the gutter, with a panel that says what it did and why it matters."""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.report.pages.gutter import GutterRow
from dcsim.report.pages.weekend import LegendItem


@attrs.frozen(kw_only=True)
class CellShown:
    """What a place holds of a field after an event; ``was`` is what it held before, if that is another value.

    ``empty``: the place does not exist yet. Values are chips where the page gives them a tone.
    """

    value: str
    made: str
    tone: str = ""
    was: str = ""
    changed: bool = False
    empty: bool = False


@attrs.frozen(kw_only=True)
class FieldRow:
    """One field at every place."""

    field: str
    cells: tuple[CellShown, ...]


@attrs.frozen(kw_only=True)
class BeforeAfter:
    """What an account held before and after an event. ``link`` says what is on the link afterwards."""

    account: str
    places: tuple[str, ...]
    rows: tuple[FieldRow, ...]
    link: str


@attrs.frozen(kw_only=True)
class MovedLine:
    """What an event moved of many accounts alike."""

    says: str
    accounts: int
    examples: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Reason:
    """Why an event matters: a sentence, with the words on which it rests."""

    tone: Literal["", "bad", "warn"]
    head: str
    says: str
    basis: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class SourceLine:
    """Where an event is written: the place, and the text there."""

    place: str
    text: str


@attrs.frozen(kw_only=True)
class StepPanel:
    """All that is to be said of one event."""

    clock: str
    actor: str
    outcome: str
    digest: str
    source: SourceLine | None
    tables: tuple[BeforeAfter, ...]
    moved: tuple[MovedLine, ...]
    more_moved: int
    roles: str
    open: str
    reasons: tuple[Reason, ...]


@attrs.frozen(kw_only=True)
class StepRow:
    """One event. ``quiet``: nothing comes of it. ``wrong`` and ``warned`` name what was found at it.

    ``moves`` are the numbers of the drawings whose field it moved.
    """

    n: int
    clock: str
    actor: str
    says: str
    gutter: GutterRow
    quiet: bool
    wrong: tuple[str, ...]
    warned: tuple[str, ...]
    moves: tuple[int, ...]
    panel: StepPanel | None


@attrs.frozen(kw_only=True)
class GutterHead:
    """The name of a column of the gutter."""

    x: int
    name: str
    short: str


@attrs.frozen(kw_only=True)
class StepsSection:
    """The rows, and what was left out of them. ``about`` says what the gutter shows, and ``legend`` how."""

    rows: tuple[StepRow, ...]
    heads: tuple[GutterHead, ...]
    legend: tuple[LegendItem, ...]
    width: int
    about: str
    left_out: str
    events: int
