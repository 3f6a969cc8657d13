"""A real test day: the accounts of the scenario, what each did by the log, and what it held by the dump."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any

import attrs

from dcsim.domain.account import Account, Value
from dcsim.domain.action_signature import Argument
from dcsim.domain.actions import ClientAction
from dcsim.domain.faults import LinkFault
from dcsim.domain.moment import clock
from dcsim.domain.scenario import Scenario
from dcsim.semantics.interning import NOBODY
from dcsim.semantics.model import Model
from dcsim.usecases.reconcile.dump import NOT_RECORDED, NOTHING, Dump
from dcsim.usecases.reconcile.labels import PRESENTED, START, UNTOLD, WRITTEN, Names, Starts, Veil, text_of
from dcsim.usecases.reconcile.log import LogRow, Template
from dcsim.usecases.reconcile.member import Member, populated
from dcsim.usecases.reconcile.unknown_words import UnknownWords

UNNAMED = "\0unnamed"
"""A value of the dump that occurs neither in the log nor at the start."""
BROUGHT: Mapping[str, Mapping[str, Any]] = {
    "wrong-otp": {"otp": "wrong"},
    "expired-otp": {"otp_age": 1 << 50},
    "wrong-card": {"card": "other"},
    "wrong-portal": {"portal": "another portal"},
    "wrong-link": {"link": "another link"},
}
"""What the client brought, for refusals that depend on it: logs seldom record it."""


HALF = "refused incomplete-set-up"


@attrs.frozen(eq=False)
class Deed:
    """What a row of the log says, with labels in place of secrets. Equal rows of accounts that lived alike share it.

    ``action``: None if it depends on what the site holds at the instant, because a secret is not recorded.
    """

    template: Template
    labels: tuple[Value, ...]
    wanted: str
    fixed: Mapping[str, Any]
    action: ClientAction | None

    @property
    def writes(self) -> Iterator[Value]:
        """The labels that it writes."""
        pairs = zip(self.template.valued, self.labels, strict=True)
        return (label for (argument, _), label in pairs if argument.sort == "new" and label is not None)

    def meets(self, outcome: str) -> bool:
        """Whether an outcome is the one that the log has."""
        return self.wanted in ("", outcome) or (self.wanted == "refused" and outcome.startswith("refused"))


Row = tuple[int, int, int, Deed, int]
"""An act of the log: its instant, its account, the administrator or NOBODY, the deed, and the line."""


@attrs.define(eq=False)
class TestDay:
    """A day, with accounts by number. ``plain`` are the fields whose values at the start occur in the files as they are
    written in the scenario; the others are known by a hash alone, and are told from how they were used. ``ahead`` is by
    how much the log's clock was ahead of the instants of ``rows``.
    """

    model: Model
    scenario: Scenario
    veil: Veil
    secrets: tuple[str, ...]
    names: list[str]
    members: list[Member]
    tables: list[Names]
    rows: list[Row] = attrs.field(factory=list)
    fields: tuple[str, ...] = ()
    held: dict[int, tuple[Any, ...]] = attrs.field(factory=dict)
    dump: Dump = attrs.field(factory=Dump)
    plain: set[str] = attrs.field(factory=set)
    ahead: int = 0
    strange: UnknownWords = attrs.field(factory=UnknownWords)
    strange_in_dump: UnknownWords = attrs.field(factory=UnknownWords)
    _deeds: dict[tuple[Any, ...], Deed] = attrs.field(factory=dict)
    _own: set[int] = attrs.field(factory=set)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each account."""
        return {name: number for number, name in enumerate(self.names)}

    # -- the log -------------------------------------------------------------------------------------------------------

    def add_log(self, rows: Iterable[LogRow]) -> None:
        """Take the rows of a log, in order of time."""
        rows = list(rows)
        numbers, atomic = self.numbers, self.model.policies["set-up"] == "atomic"
        refused = {row.template for row in rows if row.wanted == "refused"}
        recorded = {key for row in rows if refused for key, v in zip(row.template.keys, row.values, strict=True) if v}
        for at, account, by, template, values, wanted, line in rows:
            number = numbers.get(account)
            if number is None:
                self.strange.add(account, line)
                continue
            actor = self.administrator(by, number, line) if template.administers else NOBODY
            names = self._table(number)
            # A log that never records some part does not tell that it was left out.
            half = wanted == HALF or (wanted == "refused" and recorded.issuperset(template.keys))
            whole = atomic and not half
            labels = tuple(
                [
                    self._label(names, value, argument, line, told=not whole and any(values))
                    for value, (argument, _) in zip(values, template.valued, strict=True)
                ]
            )
            if wanted == HALF and None not in labels:
                # Some part was left out, and the log does not tell which.
                labels = (*labels[:-1], None)
            key = (template, labels, wanted)
            deed = self._deeds.get(key) or self._deed(key)
            self.rows.append((at, number, actor, deed, line))

    def _table(self, number: int) -> Names:
        """An account's names. Accounts that do nothing share those of the start."""
        if number not in self._own:
            self._own.add(number)
            self.tables[number] = dict(self.tables[number])
        return self.tables[number]

    def _label(self, names: Names, value: Value, argument: Argument, line: int, *, told: bool) -> Value:
        if value is None or (argument.part and text_of(value).lower() in NOTHING):
            if argument.sort == "secret" or (argument.part and told):
                return None
            label: Value = f"{UNTOLD}{len(names)}"
            names[line] = label
            return label
        text = text_of(value)
        if argument.name == "value" and text.lower() in NOTHING:
            return None
        known = names.get(text)
        if known is None:
            known = names[text] = f"{WRITTEN if argument.sort == 'new' else PRESENTED}{len(names)}"
        elif isinstance(known, str) and known.startswith(START):
            self.plain.add(known.removeprefix(START))
        return known

    def _deed(self, key: tuple[Template, tuple[Value, ...], str]) -> Deed:
        made = self._deeds[key] = deed_of(*key)
        return made

    def administrator(self, name: str, user: int, line: int = 0) -> int:
        """The administrator who acted. If the log does not tell, or nobody knows him: any that may act on the user."""
        if name in self.numbers:
            return self.numbers[name]
        if name:
            self.strange.add(name, line)
        return self._any_administrator.get(
            (self.members[user].profile.participant, self.members[user].profile.kind), NOBODY
        )

    @cached_property
    def _any_administrator(self) -> Mapping[tuple[str, str], int]:
        kinds = self.model.rulebook.accounts
        return {
            (member.profile.participant, kind): number
            for number, member in reversed(list(enumerate(self.members)))
            for kind in kinds[member.profile.kind].administers
        }

    # -- the dump ------------------------------------------------------------------------------------------------------

    def add_dump(self, dump: Dump) -> None:
        """Take what accounts held. It comes after the log, which names the values."""
        self.fields, self.dump = dump.fields, dump
        secret = tuple(field in self.secrets for field in dump.fields)
        for account, (values, line) in dump.rows.items():
            number = self.numbers.get(account)
            if number is None:
                self.strange_in_dump.add(account, line)
                continue
            self.held[number] = tuple(
                [self._found(number, value) if hide else value for value, hide in zip(values, secret, strict=True)]
            )

    def _found(self, number: int, value: Any) -> Any:
        if value is None or value is NOT_RECORDED:
            return value
        known = self.tables[number].get(text_of(value), UNNAMED)
        if known is UNNAMED:
            return known
        if isinstance(known, str) and known.startswith(START):
            self.plain.add(known.removeprefix(START))
        return known

    # -- what is asked of it ---------------------------------------------------------------------------------------

    def history(self, account: int) -> Sequence[Row]:
        """What an account did, in order of time."""
        return self._histories.get(account, ())

    @cached_property
    def _histories(self) -> Mapping[int, list[Row]]:
        histories: dict[int, list[Row]] = {}
        for row in self.rows:
            histories.setdefault(row[1], []).append(row)
        return histories

    def by_clock(self, ahead: int) -> TestDay:
        """The day if the log's clock was ahead by so much (negative: behind)."""
        rows: list[Row] = [(at - ahead, *rest) for at, *rest in self.rows]  # type: ignore[misc]
        return attrs.evolve(self, rows=rows, ahead=self.ahead + ahead)

    def clock(self, at: int) -> str:
        """An instant as the log has it."""
        return clock(at + self.ahead, self.model.rulebook)

    def interval(self, at: int) -> str:
        """The session or gap of an instant."""
        place = bisect_right(self._edges, at)
        book = self.model.rulebook
        if not place:
            return book.timeline[0]
        tick = self.model.ticks[place - 1][1]
        return book.timeline[book.order[tick.session] + (tick.edge == "closes")]

    @cached_property
    def _edges(self) -> Sequence[int]:
        return [at for at, _ in self.model.ticks]


def deed_of(template: Template, labels: tuple[Value, ...], wanted: str) -> Deed:
    """The deed of a row. Its action is made at once if it does not depend on what the site holds."""
    fixed = dict(template.fixed)
    brought = BROUGHT.get(wanted.removeprefix("refused "), {})
    fixed |= {name: value for name, value in brought.items() if name not in fixed and hasattr(template.cls, name)}
    pairs = [(argument, label) for (argument, _), label in zip(template.valued, labels, strict=True)]
    depends = any(
        (label is None and argument.sort == "secret") or (isinstance(label, str) and label.startswith(PRESENTED))
        for argument, label in pairs
    )
    action = None if depends else template.cls(**fixed, **{argument.name: label for argument, label in pairs})
    return Deed(template, labels, wanted, fixed, action)


def day_of(model: Model, scenario: Scenario, starts: Starts, veil: Veil, secrets: tuple[str, ...]) -> TestDay:
    """The day of a scenario, before anything is known of it."""
    faults: dict[str, list[LinkFault]] = {}
    for fault in scenario.faults:
        if isinstance(fault, LinkFault) and fault.account:
            faults.setdefault(fault.account, []).append(fault)
    found: list[tuple[str, Member, Names]] = []
    for name, account, names in _accounts(scenario, starts):
        found.append((name, Member(account.profile, account.start, tuple(faults.get(name, ()))), names))
    made, numbers = populated(scenario, [member for _, member, _ in found])
    ordered = [each for _, each in sorted(zip(numbers, found, strict=True), key=itemgetter(0))]
    return TestDay(
        model,
        made,
        veil,
        secrets,
        names=[name for name, _, _ in ordered],
        members=[member for _, member, _ in ordered],
        tables=[names for _, _, names in ordered],
    )


def _accounts(scenario: Scenario, starts: Starts) -> Iterator[tuple[str, Account, Names]]:
    for account in scenario.accounts:
        start, names = starts.labelled(account)
        yield account.id, attrs.evolve(account, start=start), names
    for population in scenario.populations:
        start, names = starts.labelled(population.like)
        like = attrs.evolve(population.like, start=start)
        for number in range(1, population.count + 1):
            yield population.name(number), like, names
