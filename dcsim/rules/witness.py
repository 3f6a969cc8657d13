"""Makes the shortest scenarios in which a cell is decided: one account, and the change that the cell is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, product
from types import MappingProxyType
from typing import Any

import attrs

from dcsim.domain.account import BASELINE, Account, Cell, Profile, Record
from dcsim.domain.action_outcome import Change
from dcsim.domain.action_signature import METHODS, Argument, Method, ways
from dcsim.domain.actions import ClientAction, Logon, Write
from dcsim.domain.change_kinds import ADMINISTRATORS, LOGONS, declared, fields_of
from dcsim.domain.moment import Moment, epoch
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import ClientStep, Scenario
from dcsim.rules import decision_space
from dcsim.semantics.client_step import kind_of, writes
from dcsim.semantics.intent import permitted

WHO, ADMINISTRATOR = "ACCOUNT1", "ADMIN1"
WRONG = "wrong"
MINUTE = 60_000
HALF = "partial-2fa-set-up"

FRESH = Record(email=Cell(True), smartcard=Cell("C0"))
SET_UP = attrs.evolve(FRESH, password=Cell("P0"), channel=Cell("email"), credential=Cell(1))


@attrs.frozen
class Holding:
    """What an account holds when it acts, its logon method, and a number for new labels that none has yet."""

    record: Record
    method: Method
    new: int

    def label(self, field: str) -> str:
        """A new value for a field."""
        if field == "channel":
            plain = "email" if self.record.channel.value is None else "app"
            return plain if self.new == 1 else f"channel-{self.new}"
        return f"{ {'password': 'P', 'smartcard': 'C'}.get(field, 'V') }{self.new}"


@attrs.frozen
class Recipe:
    """How to bring about one change: by which action, what the account must hold before, and which policies permit it.
    ``refused``: the change is what a refused act writes, such as a failed logon.
    """

    change: str
    cls: type[ClientAction]
    start: Record
    policies: Mapping[str, Any] = MappingProxyType({})
    refused: bool = False

    def act_of(self, book: Rulebook, origin: str) -> ClientAction:
        """The act that makes the change in a session or gap, when nothing was done before it."""
        return self.act(_held(book, origin, with_records(book, self.start), 1))

    def act(self, held: Holding) -> ClientAction:
        """Of all ways to do the action, the first that makes the change."""

        def offer(argument: Argument, field: str) -> Iterable[Any]:
            """The values to try for one argument of the action."""
            if argument.sort == "secret":
                return (WRONG if self.refused else str(held.record[field].value),)
            if argument.sort == "new":
                return (held.label(field), None) if argument.part else (held.label(field),)
            # An act that is to be refused must come by a method that is offered, so that only its secret is wrong.
            chosen = (held.method,) if self.refused else METHODS
            return {"method": chosen, "record": (self.change,), "user": (WHO,)}[argument.sort]

        acts = list(ways(self.cls, offer))
        return next((act for act in acts if kind_of(act, held.record) == self.change), acts[0])


Made = tuple[tuple[str, str], ...]
"""The changes of a scenario in order of time: the kind of each, and its interval."""


def idle(book: Rulebook) -> Scenario:
    """A weekend in which nobody does anything."""
    kind = next(iter(book.accounts))
    return _scenario(book, decision_space.RuleCell(kind, "", "", ""), (), SET_UP, kind)


def witnesses(one: Rulebook, other: Rulebook, cell: decision_space.RuleCell) -> Iterator[Scenario]:
    """Scenarios of the first rulebook in which the cell may tell the two apart, the shortest first.

    1. Where one of the two resets: nothing is done.
    2. The cell's change is made.
    3. Another change of the same fields is made before it.

    For a cell of the baseline, nothing needs to be done: the account holds something in every field.
    """
    if cell.origin == BASELINE:
        yield _scenario(one, cell, (), _standing(one), cell.account)
        return
    if any(decision_space.ruled(book, cell).fate == "reset" for book in (one, other)):
        yield _scenario(one, cell, (), SET_UP, cell.account)
    last = (cell.change, cell.origin)
    nothing: Made = ()
    for before in chain((nothing,), _earlier(one, other, cell)):
        made = (*before, last)
        start = recipe_of(made[0][0]).start
        if _comes_about(one, made, start) and (not before or _matters(one, other, cell, made, start)):
            yield _scenario(one, cell, made, start, administrator_of(one, other, cell.account) or cell.account)


def _standing(book: Rulebook) -> Record:
    """A record that holds something in every field."""
    full = attrs.evolve(SET_UP, failures=Cell(2), locked=Cell(True))
    return attrs.evolve(full, own=tuple((name, Cell("V0")) for name in book.records))


def _earlier(one: Rulebook, other: Rulebook, cell: decision_space.RuleCell) -> Iterator[Made]:
    """Earlier changes to a field that the cell's change writes. Of changes that are alike in all that matters here,
    only the first is tried.

    A set-up that stops half way comes last, since it breaks something by itself.
    """
    books, seen = (one, other), set[object]()
    origins = [name for name in one.timeline if one.order[name] < one.order[cell.origin]]
    kinds = [kind for kind in one.kinds if not set(fields_of(kind)).isdisjoint(fields_of(cell.change))]
    for half in (False, True):
        for origin, change in product(origins, (kind for kind in kinds if (kind == HALF) is half)):
            earlier = cell._replace(change=change, origin=origin)
            if not all(earlier in decision_space.matrix(book) for book in books):
                continue
            fates = tuple(decision_space.matrix(book)[earlier].outcomes for book in books)
            possible = tuple(earlier[:3] not in decision_space.impossibilities(book) for book in books)
            likeness = (origin, fields_of(change), fates, possible, recipe_of(change).start)
            if likeness not in seen:
                seen.add(likeness)
                yield ((change, origin),)


def _comes_about(book: Rulebook, made: Made, start: Record) -> bool:
    """Whether the acts make changes of these kinds. They may not: a second set-up is another kind than the first."""
    return all(
        isinstance(act, Logon) or kind_of(act, before) == kind for kind, _, act, before in _acts(book, made, start)
    )


def _matters(one: Rulebook, other: Rulebook, cell: decision_space.RuleCell, made: Made, start: Record) -> bool:
    """Whether the two permit different values at the target. For logons, only a run can tell."""
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


def administrator_of(one: Rulebook, other: Rulebook, account: str) -> str | None:
    """A kind of account of both that administers this kind under either, if there is one."""
    for kind in one.accounts:
        if kind in other.accounts and any(account in book.accounts[kind].administers for book in (one, other)):
            return kind
    return None


def _scenario(book: Rulebook, cell: decision_space.RuleCell, made: Made, start: Record, by: str) -> Scenario:
    """The changes, each in its interval, made by an account of the cell's kind, or by an administrator for it."""
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
    """The policies under which the changes can be made."""
    kinds = [change for change, _ in made]
    policies = {name: value for kind in kinds for name, value in recipe_of(kind).policies.items()}
    if kinds[-1:] == ["lockout"]:
        # The last failed logon locks the account, and none before it does.
        policies["lockout-after"] = sum(kind in LOGONS for kind in kinds)
    gaps = [change for change, origin in made if origin not in book.by_name]
    accepted = decision_space.policy(book, "changes-in-gaps")
    if not set(gaps) <= set(accepted):
        policies["changes-in-gaps"] = tuple(dict.fromkeys((*accepted, *gaps)))
    return policies


def with_records(book: Rulebook, record: Record) -> Record:
    """The record with the rulebook's own records added; these are empty unless it holds something in them already."""
    held = dict(record.own)
    return attrs.evolve(record, own=tuple((name, held.get(name, Cell(None))) for name in book.records))


def recipe_of(change: str) -> Recipe:
    """How to bring about a change."""
    found = declared(change)
    if found is None:  # a record of the rulebook's own
        return Recipe(change, Write, FRESH)
    cls, kind = found
    start = (SET_UP if kind.set_up else FRESH).put({field: Cell(value) for field, value in kind.begins.items()})
    return Recipe(change, cls, start, kind.policies, kind.refused)


def _acts(book: Rulebook, made: Made, start: Record) -> Iterator[tuple[str, str, ClientAction, Record]]:
    """Each change with its interval, the act that makes it, and what the account holds before."""
    record = with_records(book, start)
    for number, (change, origin) in enumerate(made, start=1):
        action = recipe_of(change).act(_held(book, origin, record, number))
        yield change, origin, action, record
        record = record.put({name: Cell(value) for name, value in writes(action, record).items()})


def _held(book: Rulebook, origin: str, record: Record, number: int) -> Holding:
    offered = book.by_name[origin].logon if origin in book.by_name else ()
    return Holding(record, (*offered, "smartcard")[0], number)


def moment_in(book: Rulebook, interval: str) -> Moment:
    """A moment early in a session or gap: a minute after it begins, or in the middle if it lasts under two minutes."""
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
