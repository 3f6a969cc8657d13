"""What callers and use cases share: the error for an impossible request, and reports of progress."""

from __future__ import annotations

from collections.abc import Callable

import attrs


class RequestError(ValueError):
    """The request is impossible, and no file is the cause. The message says why, and which requests are possible."""


@attrs.frozen
class Progress:
    """How far a use case is: what it is ``doing``, and ``done`` of ``of`` items are finished (0 of 0: not known).

    ``unit`` says what the items are, where these are the parts of one thing.
    """

    doing: str
    done: int = 0
    of: int = 0
    unit: str = ""


Listen = Callable[[Progress], None]
"""A function that receives each report of progress."""


def ignore(_: Progress) -> None:
    """Ignore progress."""
