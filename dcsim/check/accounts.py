"""The abstract accounts of a check: who takes part where no scenario says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

import attrs

from dcsim.check.alphabet import constants
from dcsim.check.coverage import spoken_of
from dcsim.domain.account import Account, Cell, Profile, Record, Value
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.semantics.intent import empty

Kinds = Sequence[tuple[str, int]]
"""Kinds of account, and how many of each."""


def one_of_each_kind(book: Rulebook, runbook: Runbook, *, standing: bool = False) -> tuple[Account, ...]:
    """An account of every kind, administrators among them; two where a rule speaks of what stood before, or
    (``standing``) wherever rules speak of a field: one for which something stood, and one for which nothing did.
    """
    return some_of(book, runbook, [(kind, 1) for kind in book.accounts], standing=standing)


def some_of(
    book: Rulebook, runbook: Runbook, kinds: Kinds, without_email: int = 0, *, standing: bool = False
) -> tuple[Account, ...]:
    """So many accounts of some kinds, in each way in which one may begin; of the first kind so many more that have no
    e-mail address.
    """
    start = _start(book, runbook)
    bare = attrs.evolve(start, email=Cell(False))
    many = []
    for kind, number in kinds:
        spoken = spoken_of(book, kind, before=not standing) & {*_FIELDS, *book.records}
        many += [(kind, each) for each in _ways(start, spoken, constants(book, runbook)) for _ in range(number)]
    return _named([*many, *((kind, bare) for kind, _ in kinds[:1] for _ in range(without_email))])


def abstract_accounts(book: Rulebook, users: int, administrators: int = 0) -> tuple[Account, ...]:
    """So many users and administrators of one participant, each with a smartcard and an e-mail address."""
    start, das = _start(book), [kind for kind, of in book.accounts.items() if of.administers]
    return _named([*[(plain_kind(book), start)] * users, *[(kind, start) for kind in das[:1]] * administrators])


def plain_kind(book: Rulebook) -> str:
    """The first kind of account that administers nobody, or the first."""
    return next((name for name, of in book.accounts.items() if not of.administers), next(iter(book.accounts)))


def _named(who: Iterable[tuple[str, Record]]) -> tuple[Account, ...]:
    return tuple(Account(f"{k.upper()}{n}", Profile(k, "P1"), start) for n, (k, start) in enumerate(who, start=1))


def _start(book: Rulebook, runbook: Runbook | None = None) -> Record:
    own = tuple((name, Cell(None)) for name in book.records)
    said = constants(book, runbook) if runbook else frozenset[Value]()
    return Record(email=Cell(True), smartcard=Cell(_label("C", 1, said)), own=own)


_FIELDS = ("password", "channel", "credential", "email", "smartcard")


def _ways(start: Record, spoken: frozenset[str], said: frozenset[Value]) -> tuple[Record, ...]:
    """How an account may begin: with nothing in the fields that are spoken of, and with a value in each."""
    if not spoken:
        return (start,)
    stood: dict[str, Value] = {field: _label("V", 0, said) for field in spoken}
    stood |= {"password": _label("P", 0, said), "channel": _label("channel-", 0, said), "credential": 1, "email": True}
    stood["smartcard"] = start.smartcard.value
    return (
        start.put({field: Cell(empty(field)) for field in spoken}),
        start.put({field: Cell(stood[field]) for field in spoken}),
    )


def _label(letter: str, first: int, said: frozenset[Value]) -> str:
    """A label that is no constant of the rules or of the operator."""
    return next(label for n in count(first) if (label := f"{letter}{n}") not in said)
