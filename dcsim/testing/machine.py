"""A weekend as a state machine for Hypothesis: acts are rules, time goes forward, and the invariants are held against
what comes of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, ClassVar, Literal, cast, get_args

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from dcsim.domain.account import Account, Profile
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
from dcsim.domain.moment import Moment, instant
from dcsim.domain.scenario import ClientStep, Fault, OperatorFault, Scenario
from dcsim.fuzzer.decode import CARDS, CHANNELS, PASSWORDS, VALUES, Space
from dcsim.testing.assertions import AnyRulebook, AnyRunbook, Run, Stage, assert_invariants, name_of

CURRENT = ""
"""The password, or card, that the account had last asked for."""


def _of_the_machine(name: str) -> st.SearchStrategy[Any]:
    """Something that this machine has, the simplest first."""
    return st.runner().flatmap(lambda machine: st.sampled_from(getattr(machine, name)))


WHO = _of_the_machine("accounts")
NEW = st.sampled_from(PASSWORDS)
OLD = st.sampled_from((CURRENT, *PASSWORDS))
CHANNEL = st.sampled_from(CHANNELS)
CARD = st.sampled_from(CARDS)
ADMINISTRATION = (CreateUser, SuspendUser, ReinstateUser, ResetUser, UnlockUser)


Check = Literal["end", "step"]


def _there(machine: str, what: str, named: tuple[str, ...], known: tuple[str, ...]) -> None:
    for name in named:
        if name not in known:
            raise ValueError(f"{machine}.{what}: there is no {name!r}; expected one of {', '.join(known)}")


class WeekendMachine(RuleBasedStateMachine):
    """Subclass it, name a ``rulebook`` and a ``runbook``, and collect its ``TestCase``.

    ``kinds``: the kinds of the accounts, by default one of each that the rulebook has; ``faults`` befall every weekend;
    ``check`` is ``end`` or ``step``: when the weekend is played and held against the invariants (``only`` those named,
    when any are). A subclass may add rules, and take part with ``act``.

    >>> class Weekends(WeekendMachine):
    ...     rulebook = "seoch-2fa-2023"
    ...     runbook = "snapshot-standby"
    >>> machine = Weekends()
    >>> machine.initiate(machine.accounts[0], "P1", "email")
    >>> machine.later(1)
    >>> machine.change_password(machine.accounts[0], "", "P2")
    >>> [(step.at.session, step.action.verb) for step in machine.scenario.steps]
    [('session-1', 'initiate-2fa'), ('session-1', 'change-password')]
    >>> machine.teardown()
    """

    rulebook: ClassVar[AnyRulebook]
    runbook: ClassVar[AnyRunbook]
    kinds: ClassVar[tuple[str, ...]] = ()
    faults: ClassVar[tuple[Fault, ...]] = ()
    only: ClassVar[Collection[str] | None] = None
    check: ClassVar[Check] = "end"

    _shared: ClassVar[tuple[Space, Stage] | None] = None

    def __init__(self) -> None:
        super().__init__()
        self._space, self._stage = self._prepared()
        rules = self._space.rulebook
        start = self._space.starts[0]
        self.accounts = [
            Account(f"{kind.upper()}{number}", Profile(kind, "PARTICIPANT1"), start)
            for number, kind in enumerate(self.kinds or self._space.kinds, start=1)
        ]
        self._moments = sorted(self._space.moments, key=lambda moment: instant(moment, rules))
        first = self._space.moments[0]
        self._now = self._moments.index(first)
        self._steps: list[ClientStep] = []
        self._held = {account.id: {"password": PASSWORDS[0], "card": CARDS[0]} for account in self.accounts}
        self._judged = 0

    @classmethod
    def _prepared(cls) -> tuple[Space, Stage]:
        """What all machines of this class share; a subclass has its own."""
        if "_shared" not in vars(cls) or cls._shared is None:
            for name in ("rulebook", "runbook"):
                if not hasattr(cls, name):
                    raise TypeError(f"{cls.__name__} must name a {name}")
            if cls.check not in get_args(Check):
                raise ValueError(f"{cls.__name__}.check is {cls.check!r}; expected one of {', '.join(get_args(Check))}")
            stage = Stage(cls.rulebook, cls.runbook)
            _there(cls.__name__, "kinds", cls.kinds, tuple(stage.rulebook.accounts))
            slips = tuple(fault.step for fault in cls.faults if isinstance(fault, OperatorFault))
            _there(cls.__name__, "faults", slips, tuple(step.id for step in stage.runbook.steps))
            cls._shared = Space(stage.rulebook, stage.runbook), stage
        return cls._shared

    # -- for subclasses --------------------------------------------------------------------------------------------

    @property
    def now(self) -> Moment:
        """The moment at which acts take place."""
        return self._moments[self._now]

    @property
    def records(self) -> tuple[str, ...]:
        """The rulebook's own records."""
        return self._space.rulebook.records

    @property
    def scenario(self) -> Scenario:
        """The weekend so far."""
        return Scenario(
            scenario="drawn",
            title=f"Drawn by {type(self).__name__}",
            rulebook=name_of(type(self).rulebook) or self._space.rulebook.rulebook,
            runbook=name_of(type(self).runbook) or self._space.runbook.runbook,
            accounts=tuple(self.accounts),
            steps=tuple(self._steps),
            faults=self.faults,
        )

    def act(self, account: Account, action: ClientAction, *, takes: int = 0, expect: str = "any") -> None:
        """Have an account act now; ``takes`` is the time to its commit, in milliseconds."""
        _there(type(self).__name__, "accounts", (account.id,), tuple(self._held))
        self._steps.append(ClientStep(at=self.now, account=account.id, action=action, takes=takes, expect=expect))

    def played(self) -> Run:
        """The weekend so far, played to its end."""
        return self._stage.play(self.scenario)

    def judge(self) -> None:
        """Hold the weekend so far against the invariants."""
        __tracebackhide__ = True
        self._judged = len(self._steps)
        assert_invariants(self.played(), only=self.only)

    def check_invariants(self, *arguments: Any, **named: Any) -> None:
        """Hypothesis asks this after each rule; of the weekend's own invariants when ``check`` says so."""
        super().check_invariants(*arguments, **named)
        if self.check == "step" and len(self._steps) > self._judged:
            self.judge()

    def teardown(self) -> None:
        """Judge the whole."""
        if len(self._steps) > self._judged:
            self.judge()

    # -- rules -----------------------------------------------------------------------------------------------------

    @rule(moments=st.integers(1, 12))
    def later(self, moments: int) -> None:
        """Time passes, to one of the next moments that are worth trying; never beyond the last."""
        self._now = min(self._now + moments, len(self._moments) - 1)

    @rule(account=WHO, password=NEW, channel=CHANNEL)
    def initiate(self, account: Account, password: str, channel: str) -> None:
        """Initiate two-factor authentication."""
        self.act(account, InitiateTwoFactor(password, channel))
        self._held[account.id]["password"] = password

    @rule(account=WHO, old=OLD, new=NEW)
    def change_password(self, account: Account, old: str, new: str) -> None:
        """Change the password."""
        self.act(account, ChangePassword(self._password(account, old), new))
        self._held[account.id]["password"] = new

    @rule(account=WHO, password=OLD, channel=CHANNEL)
    def change_channel(self, account: Account, password: str, channel: str) -> None:
        """Have one-time passwords sent elsewhere."""
        self.act(account, ChangeOtpChannel(self._password(account, password), channel))

    @rule(account=WHO, password=OLD)
    def logon(self, account: Account, password: str) -> None:
        """Log on with a one-time password."""
        self.act(account, Logon(with_="otp", password=self._password(account, password)))

    @rule(account=WHO, new=CARD)
    def change_card(self, account: Account, new: str) -> None:
        """Change the smartcard's password."""
        held = self._held[account.id]
        self.act(account, ChangePassword(held["card"], new, with_="smartcard"))
        held["card"] = new

    @rule(account=WHO)
    def register_email(self, account: Account) -> None:
        """Register the e-mail address."""
        self.act(account, RegisterEmail())

    @precondition(lambda self: any(self._pairs()))
    @rule(data=st.data(), act=st.sampled_from(ADMINISTRATION))
    def administer(self, data: st.DataObject, act: type[Any]) -> None:
        """An administrator acts on a user."""
        by, user = data.draw(st.sampled_from(list(self._pairs())))
        self.act(by, cast(ClientAction, act(user.id)))

    @precondition(lambda self: self.records)
    @rule(account=WHO, record=_of_the_machine("records"), value=st.sampled_from(VALUES))
    def write(self, account: Account, record: str, value: str) -> None:
        """Write one of the rulebook's own records."""
        self.act(account, Write(record, value))

    def _pairs(self) -> Iterator[tuple[Account, Account]]:
        """Who may administer whom."""
        for by in self.accounts:
            allowed = self._space.rulebook.accounts[by.profile.kind].administers
            yield from ((by, user) for user in self.accounts if user is not by and user.profile.kind in allowed)

    def _password(self, account: Account, asked: str) -> str:
        return asked or self._held[account.id]["password"]
