"""The accounts section: a row for each history, which accounts may share. Pure."""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.report.pages.palette import Chip


@attrs.frozen(kw_only=True)
class HistoryRow:
    """What some accounts lived through alike. ``share`` is their part of the most frequent history, up to 100.

    ``more`` counts the accounts beside the ``first``. ``promised`` and ``found`` are of the field that the page is
    about; ``when`` says at which event that was found, if not at the opening.
    """

    first: str
    more: int
    examples: tuple[str, ...]
    kind: str
    lived: tuple[str, ...]
    accounts: int
    share: float
    promised: tuple[Chip, ...]
    found: Chip | None
    when: str
    tone: Literal["good", "bad", "warn"]
    verdict: str


@attrs.frozen(kw_only=True)
class AccountsSection:
    """The histories, the wrong ones first. ``hidden`` counts those that are left out, with their accounts."""

    rows: tuple[HistoryRow, ...]
    accounts: int
    histories: int
    hidden: tuple[int, int]
    field: str
    session: str
