"""Decode bytes into scenarios.

Every string of bytes is a scenario. Zero bytes stand for nothing, and each record of six bytes is independent of the
others. So a scenario becomes simpler when bytes are set to zero or removed. Steps are sorted by time only after
decoding. Most times are near the edges of windows, and most passwords are those that the account probably has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any, TypeVar

import attrs

from dcsim.domain.account import Account, Cell, Profile, Record
from dcsim.domain.action_signature import METHODS, SECRETS, Argument, arguments, one_way, written
from dcsim.domain.actions import CLIENT_ACTIONS, Administer, ClientAction
from dcsim.domain.faults import Fault, LinkFault, OperatorSlip
from dcsim.domain.moment import Moment, epoch, instant
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import ClientStep, Scenario
from dcsim.fuzzer.draw_faults import HEAL, FaultSpace, draw_faults, fault_moments, possible

T = TypeVar("T")
HEAD, RECORD = 4, 6
MOST_STEPS = 300
LEAST_BYTES = HEAD + 8 * RECORD
MOST_BYTES = HEAD + MOST_STEPS * RECORD
"""This is well below the 8 KiB of entropy that Hypothesis allows for an example."""

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
LABELS: Mapping[str, tuple[str, ...]] = {
    "password": ("P1", "P2", "P3"),
    "smartcard": ("C0", "C1", "C2"),
    "channel": ("email", "app"),
}
"""New values, by field."""
VALUES = ("V1", "V2", "V3")
"""New values of every other field."""
HELD, WHOLE = 9, 7
"""Weights: how much likelier the secret that the account holds is than another; and a value than no value."""
DELAYS = (MINUTE, HOUR, 3 * HOUR, DAY, 30 * DAY, SECOND)
TAKES = (*(0,) * 21, SECOND, MINUTE, HOUR)
LINK = ("drop", "delay", "duplicate")
SLIPS = ("skip", "delay", "swap", "repeat")


def labels(field: str) -> tuple[str, ...]:
    """Return the values that are drawn for a field."""
    return LABELS.get(field, VALUES)


Act = tuple[type[ClientAction], Mapping[str, str]]
"""An action, and its fixed arguments: the method of logging on or the record, if it has one."""


@attrs.frozen(eq=False)
class Space:
    """What scenarios are drawn from: a rulebook, a runbook, and the most accounts, faults of the link, slips of the
    operator, and faults in time.
    """

    rulebook: Rulebook
    runbook: Runbook
    accounts: int = 2
    faults: int = 1
    slips: int = 0
    time_faults: int = 0
    time_kinds: tuple[str, ...] = ()
    """The kinds of faults in time that are drawn; empty: every kind that is possible."""

    @cached_property
    def drawn_kinds(self) -> tuple[str, ...]:
        """The kinds of faults in time that are drawn."""
        return self.time_kinds or possible(self.rulebook, self.runbook)

    @cached_property
    def fault_moments(self) -> tuple[Moment, ...]:
        """Instants at which faults in time begin."""
        return fault_moments(self.moments, self.runbook)

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """Instants to try: inside each window, then just outside its edges. Each occurs once."""
        return tuple(dict.fromkeys((*self._inside(), *self._around())))

    def _inside(self) -> Iterator[Moment]:
        for name in self._sessions:
            session = self.rulebook.by_name[name]
            length = epoch(session.closes, self.rulebook) - epoch(session.opens, self.rulebook)
            for offset in (MINUTE, 2 * MINUTE, length // 2, length - SECOND, 0, length - 3 * SECOND, SECOND):
                if 0 <= offset < length:
                    yield Moment(name, None, offset)

    def _around(self) -> Iterator[Moment]:
        for name in self._sessions:
            for edge, offset in (("closes", MINUTE), ("opens", -MINUTE), ("closes", 0), ("opens", -SECOND)):
                yield Moment(name, edge, offset)  # type: ignore[arg-type]

    @cached_property
    def _sessions(self) -> tuple[str, ...]:
        return tuple(name for name in self.rulebook.timeline if name in self.rulebook.by_name)

    @cached_property
    def acts(self) -> tuple[tuple[Act, ...], ...]:
        """The sorts of acts. Each way of doing an action is a sort; all actions of administrators are one sort."""
        actions = CLIENT_ACTIONS.values()
        on_others: tuple[Act, ...] = tuple((cls, {}) for cls in actions if issubclass(cls, Administer))
        own = (cls for cls in actions if not issubclass(cls, Administer))
        return (*(((cls, by),) for cls in own for by in _ways_of(cls, self.rulebook)), on_others)

    @cached_property
    def drawn(self) -> tuple[int, ...]:
        """The numbers of the sorts. A sort that changes something when it is accepted occurs twice."""
        idle = [cls for cls in CLIENT_ACTIONS.values() if not cls.lasting or cls.guesses]
        numbers: list[int] = []
        for number, sort in enumerate(self.acts):
            cls, _ = sort[0]
            numbers += [number] if cls in idle else [number, number]
        return tuple(numbers)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of account. Those that administer nobody come first."""
        plain = [kind for kind, of in self.rulebook.accounts.items() if not of.administers]
        return (*plain, *(kind for kind in self.rulebook.accounts if kind not in plain))

    @cached_property
    def starts(self) -> tuple[Record, ...]:
        """What an account may hold before the weekend.

        Mostly nothing or a complete set-up; sometimes what a kind of change needs. Repeated entries are likelier.
        """
        own = tuple((name, Cell(None)) for name in self.rulebook.records)
        fresh = Record(email=Cell(True), smartcard=Cell("C0"), own=own)
        initiated = attrs.evolve(fresh, password=Cell("P1"), channel=Cell("email"), credential=Cell(1))
        kinds = (kind for cls in CLIENT_ACTIONS.values() for kind in cls.kinds.values())
        others = (fresh.put({field: Cell(value) for field, value in kind.begins.items()}) for kind in kinds)
        unlike = dict.fromkeys(start for start in others if start != fresh)
        return (fresh, fresh, fresh, initiated, initiated, *unlike)


def _ways_of(cls: type[ClientAction], book: Rulebook) -> Iterator[Mapping[str, str]]:
    """Yield each combination of method and record with which an action can be done."""
    choices = {"method": METHODS, "record": book.records}
    chosen = [argument for argument in arguments(cls) if argument.sort in choices]
    for values in product(*(choices[argument.sort] for argument in chosen)):
        yield {argument.name: value for argument, value in zip(chosen, values, strict=True)}


def decode(data: bytes, space: Space, name: str = "drawn") -> Scenario:
    """Decode bytes into a scenario. Its steps expect nothing; only invariants decide whether it fails."""
    head = (data + bytes(HEAD))[:HEAD]
    accounts = tuple(_accounts(head, space))
    # Each set bit leaves out some sorts of acts. Both bytes must have it, so most bits are not set.
    hidden = head[2] & head[3]
    body = data[HEAD:]
    records = [body[at : at + RECORD] for at in range(0, len(body) - RECORD + 1, RECORD)]
    drawn = [record for record in records if record[0]]
    steps = _Steps(space, accounts, hidden)
    return Scenario(
        scenario=name,
        title="Drawn by dcsim fuzz",
        rulebook=space.rulebook.rulebook,
        runbook=space.runbook.runbook,
        accounts=accounts,
        steps=tuple(steps.all(drawn)),
        faults=(*_faults(drawn, space, accounts), *_in_time(drawn, space, accounts)),
        heal=HEAL if space.time_faults else None,
    )


def _accounts(head: bytes, space: Space) -> Iterator[Account]:
    # The remainder of the first byte is the number of accounts. The quotient gives two bits for each account.
    picks = head[0] // max(1, space.accounts)
    for number in range(1 + head[0] % max(1, space.accounts)):
        # Accounts take the kinds in turn. In one case of four (both bits set) the account takes the next kind instead,
        # so that two accounts of one kind, or another first kind, occur as well.
        kind = space.kinds[-(number + (picks >> 2 * number & 3 == 3)) % len(space.kinds)]
        start = space.starts[(head[1] >> (3 * number)) % len(space.starts)]
        yield Account(f"{kind.upper()}{number + 1}", Profile(kind, "PARTICIPANT1"), start)


# -- steps ---------------------------------------------------------------------------------------------------------


@attrs.define
class _Steps:
    """Decodes records into steps, in order of time.

    ``known`` has the secrets that each account probably holds, if all its acts so far were accepted.
    """

    space: Space
    accounts: Sequence[Account]
    hidden: int
    known: dict[str, dict[str, str]] = attrs.field(factory=dict)

    def all(self, records: Sequence[bytes]) -> Iterator[ClientStep]:
        """Yield the steps of all records that stand for an act."""
        moments = self.space.moments
        acts = [(record, moments[record[2] % len(moments)]) for record in records if _what(record, self.space) == "act"]
        for record, at in sorted(acts[:MOST_STEPS], key=lambda act: instant(act[1], self.space.rulebook)):
            sort = self.space.drawn[record[1] % len(self.space.drawn)]
            account = self.accounts[record[3] % len(self.accounts)]
            action = None if self._disabled(sort) else self._action(sort, account, Digits(record[4] + 256 * record[5]))
            if action is not None:
                takes = TAKES[(record[0] >> 3) % len(TAKES)]
                yield ClientStep(at=at, account=account.id, action=action, takes=takes, expect="any")

    def _disabled(self, sort: int) -> bool:
        """Whether the scenario leaves out this sort of act. Then the other sorts occur more often."""
        return bool(self.hidden >> sort % 8 & 1)

    def _action(self, sort: int, account: Account, digits: Digits) -> ClientAction | None:
        """Return an act of a sort; None where an administrator has no user to act on."""
        cls, by = digits.one_of(self.space.acts[sort])
        held = self.known.setdefault(account.id, _held(account.start))
        users = self._users(account) if issubclass(cls, Administer) else ()
        if issubclass(cls, Administer) and not users:
            return None

        def pick(argument: Argument, field: str) -> Any:
            if argument.name in by:
                return by[argument.name]
            if argument.sort == "user":
                return digits.one_of(users)
            if argument.sort == "secret":
                return digits.one_of((*(held[field],) * HELD, *labels(field)))
            return digits.one_of((*labels(field) * WHOLE, None) if argument.part else labels(field))

        action = one_way(cls, pick)
        for name, field in written(action) if action is not None else ():
            held[field] = str(getattr(action, name))
        return action

    def _users(self, account: Account) -> tuple[str, ...]:
        """Return the accounts on which an administrator may act."""
        kinds = self.space.rulebook.accounts[account.profile.kind].administers
        return tuple(user.id for user in self.accounts if user is not account and user.profile.kind in kinds)


def _held(start: Record) -> dict[str, str]:
    """Return the secrets that an account holds at the start; the first label where it holds none."""
    return {field: str(start[field].value or labels(field)[0]) for field in SECRETS.values()}


@attrs.define
class Digits:
    """A number from which choices are taken one by one, like digits. Zero always gives the first choice."""

    left: int

    def one_of(self, choices: Sequence[T]) -> T:
        """Take one of the choices."""
        return choices[self.index(len(choices))]

    def index(self, choices: int) -> int:
        """Take the index of one of so many choices."""
        self.left, index = divmod(self.left, choices)
        return index


# -- faults --------------------------------------------------------------------------------------------------------


def _what(record: bytes, space: Space) -> str:
    """Return what a record stands for: a fault of the link, a slip, a fault in time if there may be any, or an act."""
    what = {1: "link", 2: "slip", 3: "time"}.get(record[0] % 8, "act")
    return "act" if what == "time" and not space.time_faults else what


def _in_time(records: Sequence[bytes], space: Space, accounts: Sequence[Account]) -> Iterator[Fault]:
    """Yield the faults in time. The first byte has told what a record is; all others are one number of choices."""
    if not space.time_faults:
        return iter(())
    digits = (Digits(int.from_bytes(record[1:], "little")) for record in records if _what(record, space) == "time")
    names = [account.id for account in accounts]
    where = FaultSpace(space.rulebook, space.runbook, names, space.fault_moments)
    return draw_faults(where, space.drawn_kinds, space.time_faults, (each.index for each in digits))


def _faults(records: Sequence[bytes], space: Space, accounts: Sequence[Account]) -> Iterator[Fault]:
    most: Mapping[str, int] = {"link": space.faults, "slip": space.slips}
    taken: dict[Any, int] = {"link": 0, "slip": 0}
    for record in records:
        what = _what(record, space)
        fault = _fault(what, record, space, accounts) if taken.get(what, 0) < most.get(what, 0) else None
        # A scenario may have only one slip at each step, and only one fault of each entry.
        key = (type(fault), getattr(fault, "step", None), getattr(fault, "account", None), getattr(fault, "nth", None))
        if fault is not None and key not in taken:
            taken[what] += 1
            taken[key] = 1
            yield fault


def _fault(what: str, record: bytes, space: Space, accounts: Sequence[Account]) -> Fault:
    by = DELAYS[record[5] % len(DELAYS)]
    if what == "link":
        account = accounts[record[3] % len(accounts)].id
        link: Any = LINK[record[1] % len(LINK)]
        return LinkFault(link=link, account=account, nth=1 + record[4] % 3, **({"by": by} if link == "delay" else {}))
    step = space.runbook.steps[record[4] % len(space.runbook.steps)].id
    slip: Any = SLIPS[record[1] % len(SLIPS)]
    return OperatorSlip(operator=slip, step=step, **({"by": by} if slip == "delay" else {}))
