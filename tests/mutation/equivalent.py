"""Survivors that no test can tell from the original, or that none should, each with the reason."""

EQUIVALENT = {}
"""(file, the line's text, what the mutant says) to the reason."""


def reason(row):
    """Why a survivor may live; empty where it should not."""
    return EQUIVALENT.get((row["file"], row["text"], row["says"]), "")
