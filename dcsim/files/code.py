"""The type of one entry in the tables of codes."""

from __future__ import annotations

from typing import Literal

import attrs

Severity = Literal["error", "warning"]


@attrs.frozen
class Code:
    """One kind of finding: its title, its cause, an example that has it, and how to mend it."""

    title: str
    cause: str
    example: str
    mend: str
    severity: Severity = "error"
