"""What a caller asks of a use case: a request that cannot be met, and how progress is told."""

from __future__ import annotations

from collections.abc import Callable

import attrs


class RequestError(ValueError):
    """The request cannot be met as it stands; no file is at fault. The message says why, and what can be asked."""


@attrs.frozen
class Progress:
    """How far a use case has come: what it is busy with, and how many of how many are done (0 of 0: not known)."""

    doing: str
    done: int = 0
    of: int = 0


Listen = Callable[[Progress], None]
"""Takes each step of progress."""


def ignore(_: Progress) -> None:
    """Take no notice of progress."""
