"""The shortest scenarios in which a cell of the rules is decided: one account, and the change that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, product
from types import MappingProxyType
from typing import Any

import attrs

from dcsim.domain.account import BASELINE, Account, Cell, Profile, Record
from dcsim.domain.actions import ClientAction, Logon, Write
from dcsim.domain.declaration import METHODS, Argument, Method, ways
from dcsim.domain.kinds import ADMINISTRATORS, LOGONS, declared, fields_of
from dcsim.domain.moment import Moment, epoch
from dcsim.domain.outcome import Change
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import ClientStep, Scenario
from dcsim.rules import decision_space
from dcsim.semantics.client import kind_of, writes
from dcsim.semantics.intent import permitted

WHO, ADMINISTRATOR = "ACCOUNT1", "ADMIN1"
WRONG = "wrong"
MINUTE = 60_000
HALF = "partial-2fa-set-up"

FRESH = Record(email=Cell(True), smartcard=Cell("C0"))
SET_UP = attrs.evolve(FRESH, password=Cell("P0"), channel=Cell("email"), credential=Cell(1))


@attrs.frozen
class Holding:
    """What an account holds when it acts, the way to log on, and a number that no label has yet."""

    record: Record
    method: Method
    new: int

    def label(self, field: str) -> str:
        """A new value of a field."""
        if field == "channel":
            plain = "email" if self.record.channel.value is None else "app"
            return plain if self.new == 1 else f"channel-{self.new}"
        return f"{ {'password': 'P', 'smartcard': 'C'}.get(field, 'V') }{self.new}"


@attrs.frozen
class Recipe:
    """How one change comes about: by which action, what the account holds before, and the policies that let it happen;
    ``refused``: by an act that is refused.
    """

    change: str
    cls: type[ClientAction]
    start: Record
    policies: Mapping[str, Any] = MappingProxyType({})
    refused: bool = False

    def act_of(self, book: Rulebook, origin: str) -> ClientAction:
        """What is done first of all, in a session or gap, by an account that holds what it starts with."""
        return self.act(_held(book, origin, with_records(book, self.start), 1))

    def act(self, held: Holding) -> ClientAction:
        """The first way of doing the action that makes the change."""

        def offer(argument: Argument, field: str) -> Iterable[Any]:
            if argument.sort == "secret":
                return (WRONG if self.refused else str(held.record[field].value),)
            if argument.sort == "new":
                return (held.label(field), None) if argument.part else (held.label(field),)
            chosen = (held.method,) if self.refused else METHODS
            return {"method": chosen, "record": (self.change,), "user": (WHO,)}[argument.sort]

        found = list(ways(self.cls, offer))
        return next((act for act in found if kind_of(act, held.record) == self.change), found[0])


Made = tuple[tuple[str, str], ...]
"""Changes in order of time: the kind of each, and the interval in which it is made."""


def idle(book: Rulebook) -> Scenario:
    """A weekend on which nobody does anything."""
    kind = next(iter(book.accounts))
    return _scenario(book, decision_space.RuleCell(kind, "", "", ""), (), SET_UP, kind)


def witnesses(one: Rulebook, other: Rulebook, cell: decision_space.RuleCell) -> Iterator[Scenario]:
    """Scenarios of the first rulebook in which the cell may tell the two apart, the shortest first: nothing is done,
    where one of them resets; the cell's change is made; another change of the same fields was made before.

    Of what stood before, nothing needs to be done: an account holds something in every field.
    """
    if cell.origin == BASELINE:
        yield _scenario(one, cell, (), _standing(one), cell.account)
        return
    if any(decision_space.ruled(book, cell).fate == "reset" for book in (one, other)):
        yield _scenario(one, cell, (), SET_UP, cell.account)
    last = (cell.change, cell.origin)
    for before in chain(((),), _overwritten(one, other, cell)):
        made = (*before, last)
        start = recipe_of(made[0][0]).start
        if _comes_about(one, made, start) and (not before or _matters(one, other, cell, made, start)):
            yield _scenario(one, cell, made, start, _administrator(one, other, cell.account))


def _standing(book: Rulebook) -> Record:
    """What an account holds that has something in every field."""
    full = attrs.evolve(SET_UP, failures=Cell(2), locked=Cell(True))
    return attrs.evolve(full, own=tuple((name, Cell("V0")) for name in book.records))


def _overwritten(one: Rulebook, other: Rulebook, cell: decision_space.RuleCell) -> Iterator[Made]:
    """Earlier changes of what the cell's change writes: in each interval one of each kind that fares differently.

    A set-up that stops half way comes last, since it breaks something in itself.
    """
    tables, told = [decision_space.matrix(book) for book in (one, other)], set[object]()
    origins = [name for name in one.timeline if one.order[name] < one.order[cell.origin]]
    kinds = [kind for kind in one.kinds if not set(fields_of(kind)).isdisjoint(fields_of(cell.change))]
    for half in (False, True):
        for origin, change in product(origins, (kind for kind in kinds if (kind == HALF) is half)):
            earlier = cell._replace(change=change, origin=origin)
            if all(earlier in table for table in tables):
                fates = tuple(table[earlier].outcomes for table in tables)
                possible = tuple(earlier[:3] not in decision_space.impossibilities(book) for book in (one, other))
                likeness = (origin, fields_of(change), fates, possible, recipe_of(change).start)
                if likeness not in told:
                    told.add(likeness)
                    yield ((change, origin),)


def _comes_about(book: Rulebook, made: Made, start: Record) -> bool:
    """Whether what is done comes to these kinds of change: a set-up is another kind once there is one."""
    return all(
        isinstance(act, Logon) or kind_of(act, before) == kind for kind, _, act, before in _acts(book, made, start)
    )


def _matters(one: Rulebook, other: Rulebook, cell: decision_space.RuleCell, made: Made, start: Record) -> bool:
    """Whether the two permit different things at the target; what comes of logons is left to a run."""
    if any(change in LOGONS for change, _ in made):
        return True
    history = tuple(_history(one, made, start))
    mine, theirs = (permitted(book, cell.account, with_records(book, start), history) for book in (one, other))
    fields = dict.fromkeys(change.field for change in history)
    return any(set(mine.at(cell.target, f).cells) != set(theirs.at(cell.target, f).cells) for f in fields)


def _history(book: Rulebook, made: Made, start: Record) -> Iterator[Change]:
    for kind, origin, act, before in _acts(book, made, start):
        for name, value in writes(act, before).items():
            yield Change(kind, name, before[name], Cell(value, origin), "")


def _administrator(one: Rulebook, other: Rulebook, account: str) -> str:
    """A kind of account of both that administers this one under either; itself where there is none."""
    both = (kind for book in (one, other) for kind in book.accounts if kind in one.accounts and kind in other.accounts)
    books = (one, other)
    return next((kind for kind in both if any(account in b.accounts[kind].administers for b in books)), account)


def _scenario(book: Rulebook, cell: decision_space.RuleCell, made: Made, start: Record, by: str) -> Scenario:
    """The changes made, each in its interval, by an account of the cell's kind, or for it by an administrator."""
    accounts = [Account(WHO, Profile(cell.account, "PARTICIPANT1"), start)]
    if any(change in ADMINISTRATORS for change, _ in made):
        accounts.append(Account(ADMINISTRATOR, Profile(by, "PARTICIPANT1"), SET_UP))
    steps = tuple(
        ClientStep(
            at=moment_in(book, origin),
            account=ADMINISTRATOR if change in ADMINISTRATORS else WHO,
            action=action,
            line=number,
        )
        for number, (change, origin, action, _) in enumerate(_acts(book, made, start), start=1)
    )
    return Scenario(
        scenario=f"{cell.change}-{cell.account}-{cell.origin}-{cell.target}",
        title=f"What becomes of {cell}",
        rulebook=book.rulebook,
        runbook="",
        accounts=tuple(accounts),
        policies=_policies(book, made),
        steps=steps,
    )


def _policies(book: Rulebook, made: Made) -> dict[str, Any]:
    """What must be allowed for the changes to be made."""
    kinds = [change for change, _ in made]
    policies = {name: value for kind in kinds for name, value in recipe_of(kind).policies.items()}
    if kinds[-1:] == ["lockout"]:
        policies["lockout-after"] = sum(kind in LOGONS for kind in kinds)
    gaps = [change for change, origin in made if origin not in book.by_name]
    accepted = decision_space.policy(book, "changes-in-gaps")
    if not set(gaps) <= set(accepted):
        policies["changes-in-gaps"] = tuple(dict.fromkeys((*accepted, *gaps)))
    return policies


def with_records(book: Rulebook, record: Record) -> Record:
    """What an account holds, with the rulebook's own records, which are empty unless it holds something in them."""
    held = dict(record.own)
    return attrs.evolve(record, own=tuple((name, held.get(name, Cell(None))) for name in book.records))


def recipe_of(change: str) -> Recipe:
    """How a change comes about; a record of the rulebook's own is written."""
    found = declared(change)
    if found is None:
        return Recipe(change, Write, FRESH)
    cls, kind = found
    start = (SET_UP if kind.set_up else FRESH).put({field: Cell(value) for field, value in kind.begins.items()})
    return Recipe(change, cls, start, kind.policies, kind.refused)


def _acts(book: Rulebook, made: Made, start: Record) -> Iterator[tuple[str, str, ClientAction, Record]]:
    """The changes with the acts that bring them about, and what the account holds before each."""
    record = with_records(book, start)
    for number, (change, origin) in enumerate(made, start=1):
        action = recipe_of(change).act(_held(book, origin, record, number))
        yield change, origin, action, record
        record = record.put({name: Cell(value) for name, value in writes(action, record).items()})


def _held(book: Rulebook, origin: str, record: Record, number: int) -> Holding:
    offered = book.by_name[origin].logon if origin in book.by_name else ()
    return Holding(record, (*offered, "smartcard")[0], number)


def moment_in(book: Rulebook, interval: str) -> Moment:
    """A moment early in a session or gap: a minute after it begins, or half way through a shorter one."""
    place = book.order[interval]
    if interval in book.by_name:
        session = book.by_name[interval]
        return Moment(interval, None, _early(epoch(session.opens, book), epoch(session.closes, book)))
    if place == 0:
        return Moment(book.timeline[1], "opens", -MINUTE)
    before = book.timeline[place - 1]
    begins = epoch(book.by_name[before].closes, book)
    after = book.timeline[place + 1 : place + 2]
    ends = epoch(book.by_name[after[0]].opens, book) if after else begins + 60 * MINUTE
    return Moment(before, "closes", _early(begins, ends))


def _early(begins: int, ends: int) -> int:
    return min(MINUTE, (ends - begins) // 2)
