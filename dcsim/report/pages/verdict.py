"""The head of a run's page: the verdict in a sentence, what was promised and found, and what mends it. Pure."""

from __future__ import annotations

import attrs

from dcsim.report.pages.palette import Chip


@attrs.frozen(kw_only=True)
class Quote:
    """Words of the notice, with their place. ``assumed``: the rulebook's author gives a reason, and no source."""

    rule: str
    place: str
    words: str = ""
    assumed: bool = False


@attrs.frozen(kw_only=True)
class CardNote:
    """A line of a card. ``verdict`` is its last words, with their tone (``good``, ``bad``, ``warn`` or none)."""

    says: str
    verdict: str = ""
    tone: str = ""
    event: int = 0


@attrs.frozen(kw_only=True)
class Card:
    """One of the cards below the verdict; ``edge`` is the class of its edge."""

    head: str
    edge: str
    chips: tuple[Chip, ...] = ()
    says: str = ""
    code: str = ""
    quotes: tuple[Quote, ...] = ()
    notes: tuple[CardNote, ...] = ()
    anchor: str = ""
    more: str = ""


@attrs.frozen(kw_only=True)
class Fact:
    """A name and what it stands for, in one line."""

    name: str
    says: str
    code: bool = False


@attrs.frozen(kw_only=True)
class OtherProblem:
    """What went wrong beside that which the sentence is about."""

    kind: str
    says: str
    event: int = 0


@attrs.frozen(kw_only=True)
class VerdictSection:
    """The verdict: its word, its tone (``good``, ``bad``, ``warn``), what was counted, and the sentence.

    ``cause`` says what brought it about, at an ``event``; if that is a ``step`` of the runbook, it goes on from there.
    ``mends`` says what would mend it, as far as that was tried. ``notes`` are what the run tells beside its verdict;
    ``more_notes`` counts those that are not shown. ``linked``: the page has a table of rules to link to.
    """

    word: str
    tone: str
    counts: str
    sentence: str
    step: str = ""
    cause: str = ""
    event: int = 0
    mends: str = ""
    notes: tuple[str, ...] = ()
    more_notes: int = 0
    cards: tuple[Card, ...] = ()
    facts: tuple[Fact, ...] = ()
    others: tuple[OtherProblem, ...] = ()
    others_head: str = ""
    more: int = 0
    linked: bool = False
