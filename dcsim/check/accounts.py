"""The abstract accounts of a check: who takes part where no scenario says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from dcsim.check.coverage import spoken_of
from dcsim.domain.account import Account, Cell, Profile, Record, Value
from dcsim.domain.rulebook import Rulebook
from dcsim.semantics.intent import empty

STOOD: Mapping[str, Value] = {
    "password": "P0",
    "channel": "channel-0",
    "credential": 1,
    "email": True,
    "smartcard": "C1",
}
"""What stood before the weekend, where something did; V0 of a record of the rulebook's own."""


def one_of_each_kind(book: Rulebook, *, standing: bool = False) -> tuple[Account, ...]:
    """An account of every kind, administrators among them; two where a rule speaks of what stood before, or
    (``standing``) wherever rules speak of a field: one for which something stood, and one for which nothing did.
    """
    return some_of(book, [(kind, 1) for kind in book.accounts], standing=standing)


def some_of(
    book: Rulebook, kinds: Sequence[tuple[str, int]], without_email: int = 0, *, standing: bool = False
) -> tuple[Account, ...]:
    """So many accounts of some kinds, in each way in which one may begin; of the first kind so many more that have no
    e-mail address.
    """
    many = [(kind, start) for kind, number in kinds for start in _starts(book, kind, standing) for _ in range(number)]
    bare = attrs.evolve(_start(book), email=Cell(False))
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


def _start(book: Rulebook) -> Record:
    own = tuple((name, Cell(None)) for name in book.records)
    return Record(email=Cell(True), smartcard=Cell("C1"), own=own)


def _starts(book: Rulebook, kind: str, standing: bool) -> tuple[Record, ...]:
    """How an account of a kind may begin."""
    start, spoken = _start(book), spoken_of(book, kind, before=not standing) & {*STOOD, *book.records}
    if not spoken:
        return (start,)
    return (
        start.put({field: Cell(empty(field)) for field in spoken}),
        start.put({field: Cell(STOOD.get(field, "V0")) for field in spoken}),
    )
