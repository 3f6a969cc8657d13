"""The head of a run's page: the verdict, as a sentence that a board reads. Pure."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class VerdictSection:
    """The verdict: its word, its tone (``good``, ``bad``, ``warn``), what was counted, and the sentence."""

    word: str
    tone: str
    counts: str
    sentence: str
