"""Makes the name of a file from a name in a user's file, which may hold anything: it leads to no other folder."""

from __future__ import annotations

import re

LONGEST = 80
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
"""Names of devices on Windows, whatever their ending."""


def file_name(name: str, otherwise: str) -> str:
    """Return a name without an ending: letters, digits and a few signs. ``otherwise`` is for a name that has none."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-_")[:LONGEST].rstrip(".-_")
    if _RESERVED.fullmatch(stem):
        return f"{otherwise}-{stem}"
    return stem or otherwise
