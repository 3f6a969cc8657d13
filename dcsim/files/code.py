"""What a kind of fault is: the tables of codes are made of these."""

from __future__ import annotations

from typing import Literal

import attrs

Severity = Literal["error", "warning"]


@attrs.frozen
class Code:
    """One kind of fault: its name, why it is one, an example that has it, and how to mend it."""

    title: str
    cause: str
    example: str
    mend: str
    severity: Severity = "error"
