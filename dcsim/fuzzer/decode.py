"""Bytes to scenarios: every string of bytes is one, zeros are nothing, and each record of six bytes stands by itself.

So a scenario gets simpler as bytes are zeroed or left out, whoever draws them; the order of time comes last. Times lie
near the edges of windows, and passwords are those that an account may have just then, more often than not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs

from dcsim.domain.account import Account, Cell, Profile, Record
from dcsim.domain.actions import (
    ChangeOtpChannel,
    ChangePassword,
    ClientAction,
    CreateUser,
    InitiateTwoFactor,
    Logon,
    RegisterEmail,
    ReinstateUser,
    ResetUser,
    SuspendUser,
    UnlockUser,
    Write,
)
from dcsim.domain.moment import Moment, epoch, instant
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import ClientStep, Fault, LinkFault, OperatorFault, Scenario

HEAD, RECORD = 4, 6
MOST_STEPS = 300
LEAST_BYTES = HEAD + 8 * RECORD
MOST_BYTES = HEAD + MOST_STEPS * RECORD
"""Well below the entropy that Hypothesis allows an example, 8 KiB."""

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
PASSWORDS, CARDS, CHANNELS, VALUES = ("P1", "P2", "P3"), ("C0", "C1", "C2"), ("email", "app"), ("V1", "V2", "V3")
DELAYS = (MINUTE, HOUR, 3 * HOUR, DAY, 30 * DAY, SECOND)
TAKES = (*(0,) * 21, SECOND, MINUTE, HOUR)
LINK = ("drop", "delay", "duplicate")
SLIPS = ("skip", "delay", "swap", "repeat")
USERS = (CreateUser, SuspendUser, ReinstateUser, ResetUser, UnlockUser)
VERBS = ("initiate-2fa", "change-password", "logon", "change-otp-channel", "register-email", "smartcard", "administer")


@attrs.frozen(eq=False)
class Space:
    """What is drawn from: a rulebook and a runbook, and how many accounts, faults of the link and slips at most."""

    rulebook: Rulebook
    runbook: Runbook
    accounts: int = 2
    faults: int = 1
    errors: int = 0

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """Instants worth trying: around both edges of each window, and in between; those of sessions come first."""
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
    def verbs(self) -> tuple[str, ...]:
        """Sorts of acts: those that everyone knows, and one for each record of the rulebook's own."""
        return (*VERBS, *self.rulebook.records)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of account, those that are administered first."""
        plain = [kind for kind, of in self.rulebook.accounts.items() if not of.administers]
        return (*plain, *(kind for kind in self.rulebook.accounts if kind not in plain))

    @cached_property
    def starts(self) -> tuple[Record, ...]:
        """What an account may hold before the weekend."""
        own = tuple((name, Cell(None)) for name in self.rulebook.records)
        fresh = Record(email=Cell(True), smartcard=Cell("C0"), own=own)
        initiated = attrs.evolve(fresh, password=Cell("P1"), channel=Cell("email"), credential=Cell(1))
        absent, suspended = Record(status=Cell("absent"), own=own), attrs.evolve(fresh, status=Cell("suspended"))
        return (fresh, fresh, initiated, attrs.evolve(fresh, email=Cell(False)), absent, suspended)


def decode(data: bytes, space: Space, name: str = "drawn") -> Scenario:
    """The scenario that some bytes stand for. Nothing is expected of its steps: the invariants judge."""
    head = (data + bytes(HEAD))[:HEAD]
    accounts = tuple(_accounts(head, space))
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
        faults=tuple(_faults(drawn, space, accounts)),
    )


def _accounts(head: bytes, space: Space) -> Iterator[Account]:
    picks = head[0] // max(1, space.accounts)
    for number in range(1 + head[0] % max(1, space.accounts)):
        # One kind after the other, and now and then the same kind again, or another first.
        kind = space.kinds[-(number + (picks >> 2 * number & 3 == 3)) % len(space.kinds)]
        start = space.starts[(head[1] >> (3 * number)) % len(space.starts)]
        yield Account(f"{kind.upper()}{number + 1}", Profile(kind, "PARTICIPANT1"), start)


# -- steps ---------------------------------------------------------------------------------------------------------


@attrs.define
class _Steps:
    """Records to steps, in order of time; it follows each account's passwords, as far as they can be guessed."""

    space: Space
    accounts: Sequence[Account]
    hidden: int
    known: dict[str, dict[str, str]] = attrs.field(factory=dict)

    def all(self, records: Sequence[bytes]) -> Iterator[ClientStep]:
        """The steps of all records that stand for one."""
        moments = self.space.moments
        acts = [(record, moments[record[2] % len(moments)]) for record in records if _what(record) == "act"]
        for record, at in sorted(acts[:MOST_STEPS], key=lambda act: instant(act[1], self.space.rulebook)):
            verb = self.space.verbs[record[1] % len(self.space.verbs)]
            account = self.accounts[record[3] % len(self.accounts)]
            action = None if self._disabled(verb) else self._action(verb, account, record[4], record[5])
            if action is not None:
                takes = TAKES[(record[0] >> 3) % len(TAKES)]
                yield ClientStep(at=at, account=account.id, action=action, takes=takes, expect="any")

    def _disabled(self, verb: str) -> bool:
        """Whether this sort of act is left out: the rest is met more often then."""
        return bool(self.hidden >> self.space.verbs.index(verb) % 8 & 1)

    def _action(self, verb: str, account: Account, one: int, other: int) -> ClientAction | None:
        held = self.known.setdefault(account.id, _held(account.start))
        new, channel = PASSWORDS[one % len(PASSWORDS)], CHANNELS[other % len(CHANNELS)]
        current = held["password"] if other < 200 else PASSWORDS[other % len(PASSWORDS)]
        if verb == "initiate-2fa":
            held["password"] = new
            return InitiateTwoFactor(new, channel)
        if verb == "change-password":
            held["password"] = new
            return ChangePassword(current, new)
        if verb == "change-otp-channel":
            return ChangeOtpChannel(current, CHANNELS[one % len(CHANNELS)])
        if verb == "logon":
            return Logon(with_="otp", password=current) if one % 3 else Logon(with_="smartcard", password=held["card"])
        if verb == "smartcard":
            before, held["card"] = held["card"], CARDS[one % len(CARDS)]
            return ChangePassword(before, held["card"], with_="smartcard")
        if verb == "register-email":
            return RegisterEmail()
        if verb == "administer":
            return self._administer(account, one, other)
        return Write(verb, VALUES[one % len(VALUES)])

    def _administer(self, account: Account, one: int, other: int) -> ClientAction | None:
        """An administrator's act on another account; None where there is none to act on."""
        kinds = self.space.rulebook.accounts[account.profile.kind].administers
        users = [user for user in self.accounts if user is not account and user.profile.kind in kinds]
        return USERS[one % len(USERS)](users[other % len(users)].id) if users else None


def _held(start: Record) -> dict[str, str]:
    return {"password": str(start.password.value or PASSWORDS[0]), "card": str(start.smartcard.value or CARDS[0])}


# -- faults --------------------------------------------------------------------------------------------------------


def _what(record: bytes) -> str:
    return {1: "link", 2: "slip"}.get(record[0] % 8, "act")


def _faults(records: Sequence[bytes], space: Space, accounts: Sequence[Account]) -> Iterator[Fault]:
    most: Mapping[str, int] = {"link": space.faults, "slip": space.errors}
    taken: dict[Any, int] = {"link": 0, "slip": 0}
    for record in records:
        what = _what(record)
        fault = _fault(what, record, space, accounts) if taken.get(what, 0) < most.get(what, 0) else None
        # A second slip at one step, or fault of one entry, has no place in a scenario.
        key = (type(fault), getattr(fault, "step", None), getattr(fault, "account", None), getattr(fault, "nth", None))
        if fault is not None and key not in taken:
            taken[what] += 1
            taken[key] = 1
            yield fault


def _fault(what: str, record: bytes, space: Space, accounts: Sequence[Account]) -> Fault:
    by = DELAYS[record[5] % len(DELAYS)]
    if what == "link":
        account = accounts[record[3] % len(accounts)].id
        return LinkFault(link=LINK[record[1] % len(LINK)], account=account, nth=1 + record[4] % 3, by=by)  # type: ignore[arg-type]
    step = space.runbook.steps[record[4] % len(space.runbook.steps)].id
    return OperatorFault(operator=SLIPS[record[1] % len(SLIPS)], step=step, by=by)  # type: ignore[arg-type]
