"""The form of a fault: its first key says what fails, and the word there says how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dcsim.domain.faults import SORTS
from dcsim.files import scalar_parsers
from dcsim.files.cells import plain
from dcsim.files.findings import FlawError


def fault_class(raw: Mapping[str, Any]) -> type:
    """The class of the fault that a mapping describes. FlawError if there is none."""
    key = next((key for key in SORTS if key in raw), None)
    if key is None:
        raise FlawError("DC107", f"missing key {' or '.join(map(repr, SORTS))}")
    try:
        word = scalar_parsers.word(plain(raw[key]), tuple(SORTS[key]))
    except FlawError as error:
        raise FlawError(error.flaw.code, error.flaw.message, error.flaw.hint, (key,)) from None
    return SORTS[key][word]
