"""The abstract accounts of a check, where no scenario names the accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

import attrs

from dcsim.checker.explorers.budget import without_collector
from dcsim.checker.model.alphabet import constants, named
from dcsim.domain.account import BASELINE, Account, Cell, Profile, Record, Value
from dcsim.domain.change_kinds import ADMINISTRATORS, declared, fields_of
from dcsim.domain.rulebook import Rule, Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.semantics.intent import empty

Kinds = Sequence[tuple[str, int]]
"""Kinds of account, each with a number of accounts."""


MOST_ACCOUNTS = 1_000_000
"""The most accounts that can be asked for, as they are made one by one. A few that begin alike show as much."""

Groups = tuple[tuple[Account, ...], ...]
"""Groups of accounts. The accounts of a group are explored together; each group begins with other values."""


def one_of_each_kind(book: Rulebook, runbook: Runbook, *, standing: bool = False) -> Groups:
    """One account of every kind, administrators included, for each record with which it may begin (``_starts``)."""
    return some_of(book, runbook, [(kind, 1) for kind in book.accounts], standing=standing)


@without_collector()
def some_of(
    book: Rulebook, runbook: Runbook, kinds: Kinds, without_email: int = 0, *, standing: bool = False
) -> Groups:
    """The accounts asked for, for each record with which one may begin; and ``without_email`` accounts of the first
    kind that have no e-mail address.

    Accounts interact only where one administers another. Of an administrator it only matters that it is active and not
    locked. So there is one group for each record to begin with, and an administrator who can act is in every group.
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
    """The accounts of each group. Their numbers continue from group to group."""
    first = 1
    for who in groups:
        if who:
            yield _named(who, first)
            first += len(who)


def _cannot_administer(book: Rulebook, kind: str, start: Record) -> bool:
    """Whether this is an administrator who begins suspended, absent or locked, and so cannot act on others."""
    return bool(book.accounts[kind].administers) and (start.status.value != "active" or bool(start.locked.value))


def abstract_accounts(book: Rulebook, users: int, administrators: int = 0) -> tuple[Account, ...]:
    """Users and administrators of one participant, each with a smartcard and an e-mail address."""
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
    """The records with which an account of a kind may begin: with no value in the fields that rules name, with a value
    in each, and with what makes each kind of change possible that a rule names.

    A discard without a baseline, and a reset, say nothing of the value from before the weekend. A field that only such
    rules name begins with a value only if that is asked for (``standing``).
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
    """The kinds of change that only an administrator can make and that the rulebook names."""
    administered = any(kind in of.administers for of in book.accounts.values())
    return (change for change in named(book) if administered and change in ADMINISTRATORS)


def _begins(change: str) -> dict[str, Cell]:
    """What an account must hold at the start, for a kind of change to be possible at all."""
    found = declared(change)
    return {field: Cell(value) for field, value in found[1].begins.items()} if found else {}


def _label(letter: str, first: int, reserved: frozenset[Value]) -> str:
    """The first numbered label that is no constant of the rules or of the runbook."""
    return next(label for n in count(first) if (label := f"{letter}{n}") not in reserved)


def fields_ruled(book: Rulebook, kind: str, *, all_: bool) -> frozenset[str]:
    """The fields that some rule about a kind of account names.

    Without ``all_``, only fields for which a rule needs the value from before the weekend: the rule carries changes to
    it, falls back to it, or names it as an origin.
    """
    rules = (rule for rule in book.rules if kind in rule.accounts and (all_ or _builds_on(rule)))
    return frozenset(field for rule in rules for change in book.expand(rule.changes) for field in fields_of(change))


def _builds_on(rule: Rule) -> bool:
    return rule.fate == "carry" or rule.baseline is not None or BASELINE in rule.made_in


def kinds_of(book: Rulebook, kind: str) -> tuple[str, ...]:
    """The kinds of change that some rule about a kind of account names."""
    rules = (rule for rule in book.rules if kind in rule.accounts)
    return tuple(dict.fromkeys(change for rule in rules for change in book.expand(rule.changes)))
