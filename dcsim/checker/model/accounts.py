"""The abstract accounts of a check: who takes part where no scenario says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

import attrs

from dcsim.checker.explorers.budget import without_collector
from dcsim.checker.model.alphabet import constants, named
from dcsim.domain.account import BASELINE, Account, Cell, Profile, Record, Value
from dcsim.domain.kinds import ADMINISTRATORS, declared, fields_of
from dcsim.domain.rulebook import Rule, Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.semantics.intent import empty

Kinds = Sequence[tuple[str, int]]
"""Kinds of account, and how many of each."""


MOST_ACCOUNTS = 1_000_000
"""Accounts that can be asked for: they are made one by one, and a few of those that begin alike show as much."""

Groups = tuple[tuple[Account, ...], ...]
"""Accounts that are explored together; each group begins in its own way."""


def one_of_each_kind(book: Rulebook, runbook: Runbook, *, standing: bool = False) -> Groups:
    """An account of every kind, administrators among them, in each way in which one may begin (``_starts``)."""
    return some_of(book, runbook, [(kind, 1) for kind in book.accounts], standing=standing)


@without_collector()
def some_of(
    book: Rulebook, runbook: Runbook, kinds: Kinds, without_email: int = 0, *, standing: bool = False
) -> Groups:
    """So many accounts of some kinds, in each way in which one may begin; of the first kind so many more that have no
    e-mail address.

    Accounts meet only where one administers another, and of an administrator nothing counts but that it is well: so
    each group has its own way to begin, and an administrator that is well.
    """
    bare = attrs.evolve(_start(book, runbook), email=Cell(False))
    ways = {kind: _starts(book, runbook, kind, standing) for kind, _ in kinds}
    groups = []
    for way in range(max(map(len, ways.values()))):
        who = [(kind, ways[kind][way if way < len(ways[kind]) else 0]) for kind, number in kinds for _ in range(number)]
        who += [(kind, ways[kind][0]) for kind, start in dict(who).items() if _cannot_administer(book, kind, start)]
        who += [(kind, bare) for kind, _ in kinds[:1] for _ in range(without_email if way == 0 else 0)]
        groups.append(who)
    return tuple(_several(groups))


def _several(groups: Iterable[Sequence[tuple[str, Record]]]) -> Iterator[tuple[Account, ...]]:
    """Accounts numbered on from group to group; those of one kind share their profile."""
    first = 1
    for who in groups:
        if who:
            yield _named(who, first)
            first += len(who)


def _cannot_administer(book: Rulebook, kind: str, start: Record) -> bool:
    """Whether an administrator that begins so can do nothing to others."""
    return bool(book.accounts[kind].administers) and (start.status.value != "active" or bool(start.locked.value))


def abstract_accounts(book: Rulebook, users: int, administrators: int = 0) -> tuple[Account, ...]:
    """So many users and administrators of one participant, each with a smartcard and an e-mail address."""
    start, das = _start(book), [kind for kind, of in book.accounts.items() if of.administers]
    return _named([*[(plain_kind(book), start)] * users, *[(kind, start) for kind in das[:1]] * administrators])


def plain_kind(book: Rulebook) -> str:
    """The first kind of account that administers nobody, or the first."""
    return next((name for name, of in book.accounts.items() if not of.administers), next(iter(book.accounts)))


def _named(who: Sequence[tuple[str, Record]], first: int = 1) -> tuple[Account, ...]:
    profiles = {kind: Profile(kind, "P1") for kind in dict.fromkeys(kind for kind, _ in who)}
    words = {kind: kind.upper() for kind in profiles}
    return tuple(Account(f"{words[k]}{n}", profiles[k], start) for n, (k, start) in enumerate(who, start=first))


def _start(book: Rulebook, runbook: Runbook | None = None) -> Record:
    own = tuple((name, Cell(None)) for name in book.records)
    reserved = constants(book, runbook) if runbook else frozenset[Value]()
    return Record(email=Cell(True), smartcard=Cell(_label("C", 1, reserved)), own=own)


_FIELDS = ("password", "channel", "credential", "email", "smartcard")


def _starts(book: Rulebook, runbook: Runbook, kind: str, standing: bool) -> tuple[Record, ...]:
    """How an account of a kind may begin: with nothing in the fields that rules speak of, and with a value in each; and
    so that each kind of change of which a rule speaks can be made.

    A discard without a baseline, and a reset, speak of no value but of the one that they throw away: a field of which
    nothing else is reserved begins with a value only where that is asked for (``standing``).
    """
    start, reserved = _start(book, runbook), constants(book, runbook)
    fields = fields_ruled(book, kind, all_=standing) & {*_FIELDS, *book.records}
    standing_values: dict[str, Value] = {field: _label("V", 0, reserved) for field in fields}
    standing_values |= {
        "password": _label("P", 0, reserved),
        "channel": _label("channel-", 0, reserved),
        "credential": 1,
        "email": True,
    }
    standing_values["smartcard"] = start.smartcard.value
    ways = [start.put({f: Cell(empty(f)) for f in fields}), start.put({f: Cell(standing_values[f]) for f in fields})]
    ways += [start.put(_begins(change)) for change in (*kinds_of(book, kind), *_offered(book, kind))]
    return tuple(dict.fromkeys(ways))


def _offered(book: Rulebook, kind: str) -> Iterator[str]:
    """The kinds of change that only an administrator makes, and that the rulebook names without a rule about them."""
    administered = any(kind in of.administers for of in book.accounts.values())
    return (change for change in named(book) if administered and change in ADMINISTRATORS)


def _begins(change: str) -> dict[str, Cell]:
    """What an account must hold at the start if a kind of change is to be possible at all."""
    found = declared(change)
    return {field: Cell(value) for field, value in found[1].begins.items()} if found else {}


def _label(letter: str, first: int, reserved: frozenset[Value]) -> str:
    """A label that is no constant of the rules or of the operator."""
    return next(label for n in count(first) if (label := f"{letter}{n}") not in reserved)


def fields_ruled(book: Rulebook, kind: str, *, all_: bool) -> frozenset[str]:
    """The fields of a kind of account of which some rule speaks; unless ``all_`` of them are meant, only those whose
    standing value a rule builds on: it carries what is made on top of it, falls back to it, or speaks of it.
    """
    rules = (rule for rule in book.rules if kind in rule.accounts and (all_ or _builds_on(rule)))
    return frozenset(field for rule in rules for change in book.expand(rule.changes) for field in fields_of(change))


def _builds_on(rule: Rule) -> bool:
    return rule.fate == "carry" or rule.baseline is not None or BASELINE in rule.made_in


def kinds_of(book: Rulebook, kind: str) -> tuple[str, ...]:
    """The kinds of change of which some rule about a kind of account speaks."""
    rules = (rule for rule in book.rules if kind in rule.accounts)
    return tuple(dict.fromkeys(change for rule in rules for change in book.expand(rule.changes)))
