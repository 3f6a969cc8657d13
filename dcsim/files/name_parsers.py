"""Parsers of names, and of the number of digits in them."""

from __future__ import annotations

from typing import Any

from dcsim.files import scalar_parsers
from dcsim.files.cells import plain, typed
from dcsim.files.findings import FlawError
from dcsim.files.forms import IGNORED, MOST_DIGITS


def digits(raw: Any, _: Any = int) -> int:
    """How many digits the numbers of names have."""
    if not 1 <= scalar_parsers.number(typed(raw)) <= MOST_DIGITS:
        raise FlawError("DC109", f"expected a number from 1 to {MOST_DIGITS}, found {raw}")
    return scalar_parsers.number(typed(raw))


def name(raw: Any, _: Any = str) -> str:
    """A name that can stand as a key elsewhere."""
    given: str = scalar_parsers.text(plain(raw))
    if given.startswith(IGNORED):
        raise FlawError("DC109", f"'{given}' cannot be a name: keys that begin with '{IGNORED}' are ignored")
    return given
