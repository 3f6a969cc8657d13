"""The figures of a run on its page: a table by session, and one of the runbook's steps. Pure."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class FigureCell:
    """A figure's value in words. ``expected`` is what the scenario expects of it, if it does."""

    says: str
    expected: str = ""
    tone: str = ""


@attrs.frozen(kw_only=True)
class FigureRow:
    """A figure: its name, what it means, its value as a whole, and its value in each session."""

    name: str
    means: str
    cells: tuple[FigureCell, ...]


@attrs.frozen(kw_only=True)
class SlackRow:
    """How late a step may be, and what breaks if it is later; ``again``: with which longer delays nothing breaks."""

    step: str
    due: str
    slack: FigureCell
    last: str
    breaks: tuple[str, ...]
    again: str = ""


@attrs.frozen(kw_only=True)
class FiguresSection:
    """The figures of a run. ``others`` are those that have no value for each session. ``because`` says what some rest
    on. ``runs`` is how often the scenario was run again.
    """

    sessions: tuple[str, ...]
    rows: tuple[FigureRow, ...]
    others: tuple[FigureRow, ...]
    because: tuple[str, ...]
    steps: tuple[SlackRow, ...]
    runs: int
