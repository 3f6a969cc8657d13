"""A weekend as a state machine for Hypothesis: acts are rules, time goes forward, and the invariants are tested."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, ClassVar, Literal, get_args

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from dcsim.domain.account import Account, Profile
from dcsim.domain.action_signature import METHODS, SECRETS, Argument, arguments, one_way, written
from dcsim.domain.actions import CLIENT_ACTIONS, Administer, ClientAction
from dcsim.domain.faults import Fault
from dcsim.domain.moment import Moment, instant
from dcsim.domain.scenario import ClientStep, Scenario
from dcsim.fuzzer.decode import Digits, Space, labels
from dcsim.fuzzer.draw_faults import HEAL, FaultSpace, draw_faults
from dcsim.testing.assertions import AnyRulebook, AnyRunbook, Run, Stage, assert_invariants, name_of

CURRENT = ""
"""Stands for the password or card that the account set last."""


def _of_the_machine(name: str) -> st.SearchStrategy[Any]:
    """Draw an item from an attribute of the machine. The first item is the simplest.

    The values are known only when a machine exists, and Hypothesis needs strategies when the class is made.
    """
    return st.runner().flatmap(lambda machine: st.sampled_from(getattr(machine, name)))


WHO = _of_the_machine("accounts")


def _strategy(cls: type[ClientAction], argument: Argument) -> st.SearchStrategy[Any]:
    """Return the strategy from which a rule draws an argument of an action."""
    if argument.sort == "record":
        return _of_the_machine("records")
    if argument.sort == "method":
        return st.sampled_from(METHODS)
    if argument.field:
        fields = [argument.field]
    elif _has(cls, "method"):
        fields = list(SECRETS.values())  # the method decides whether the secret is a password or a card
    else:
        fields = [""]
    known = tuple(dict.fromkeys(label for field in fields for label in labels(field)))
    if argument.sort == "secret":
        return st.sampled_from((CURRENT, *known))
    return st.sampled_from((*known, None) if argument.part else known)


def _has(cls: type[ClientAction], sort: str) -> bool:
    return any(argument.sort == sort for argument in arguments(cls))


def _name(verb: str) -> str:
    return verb.replace("-", "_")


def _rule(cls: type[ClientAction]) -> Any:
    """Return the rule with which an account of a machine does an action."""
    drawn: dict[str, Any] = {a.name: _strategy(cls, a) for a in arguments(cls) if a.sort not in ("user", "other")}

    def act(self: WeekendMachine, account: Account, *values: Any, **named: Any) -> None:
        self.do(cls, account, **dict(zip(drawn, values, strict=False)), **named)

    act.__name__, act.__doc__ = _name(cls.verb), cls.__doc__
    decorate: Any = rule(account=WHO, **drawn)
    possible: Any = precondition(lambda self: self.records)
    return possible(decorate(act)) if _has(cls, "record") else decorate(act)


Check = Literal["end", "step"]


def _refuse_unknown(machine: str, what: str, named: tuple[str, ...], known: tuple[str, ...]) -> None:
    """ValueError where a machine names something that does not exist."""
    for name in named:
        if name not in known:
            raise ValueError(f"{machine}.{what}: there is no {name!r}; expected one of {', '.join(known)}")


class WeekendMachine(RuleBasedStateMachine):
    """Subclass it, name a ``rulebook`` and a ``runbook``, and collect its ``TestCase``.

    ``kinds``: the kinds of the accounts; by default one account of each kind in the rulebook. ``faults`` occur in every
    weekend; with ``heal`` they end, and all must come together. With ``time_faults``, so many faults in time are drawn
    at most, and heal after an hour. ``check`` is ``end`` or ``step``: it says when the
    weekend is played and tested against the invariants, or against those named in ``only``. A subclass may add rules,
    which act with ``act``.

    >>> class Weekends(WeekendMachine):
    ...     rulebook = "seoch-2fa-2023"
    ...     runbook = "snapshot-standby"
    >>> machine = Weekends()
    >>> machine.initiate_2fa(machine.accounts[0], "P1", "email")
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
    heal: ClassVar[int | None] = None
    time_faults: ClassVar[int] = 0
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
        self._struck: tuple[Fault, ...] = ()
        first_labels = {field: labels(field)[0] for field in SECRETS.values()}
        self._held = {account.id: dict(first_labels) for account in self.accounts}
        self._judged = 0

    def __init_subclass__(cls, **more: Any) -> None:
        """Add a rule for each client action, unless the class or a base class has one with that name."""
        super().__init_subclass__(**more)
        for verb, action in CLIENT_ACTIONS.items():
            if not issubclass(action, Administer) and not hasattr(cls, _name(verb)):
                setattr(cls, _name(verb), _rule(action))

    @classmethod
    def _prepared(cls) -> tuple[Space, Stage]:
        """Return what all machines of this class share. A subclass does not share it with its base class."""
        if "_shared" not in vars(cls) or cls._shared is None:
            for name in ("rulebook", "runbook"):
                if not hasattr(cls, name):
                    raise TypeError(f"{cls.__name__} must name a {name}")
            if cls.check not in get_args(Check):
                raise ValueError(f"{cls.__name__}.check is {cls.check!r}; expected one of {', '.join(get_args(Check))}")
            stage = Stage(cls.rulebook, cls.runbook)
            _refuse_unknown(cls.__name__, "kinds", cls.kinds, tuple(stage.rulebook.accounts))
            named = (getattr(fault, key, None) for fault in cls.faults for key in ("step", "before", "after"))
            steps = tuple(step for step in named if step is not None)
            _refuse_unknown(cls.__name__, "faults", steps, tuple(step.id for step in stage.runbook.steps))
            cls._shared = Space(stage.rulebook, stage.runbook), stage
        return cls._shared

    # -- for subclasses --------------------------------------------------------------------------------------------

    @property
    def now(self) -> Moment:
        """The moment at which the next act takes place."""
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
            faults=(*self.faults, *self._struck),
            heal=HEAL if self.time_faults and self.heal is None else self.heal,
        )

    def act(self, account: Account, action: ClientAction, *, takes: int = 0, expect: str = "any") -> None:
        """Let an account act now. ``takes`` is the time until its commit, in milliseconds."""
        _refuse_unknown(type(self).__name__, "accounts", (account.id,), tuple(self._held))
        self._steps.append(ClientStep(at=self.now, account=account.id, action=action, takes=takes, expect=expect))

    def played(self) -> Run:
        """Play the weekend so far to its end."""
        return self._stage.play(self.scenario)

    def judge(self) -> None:
        """Test the weekend so far against the invariants."""
        __tracebackhide__ = True
        self._judged = len(self._steps)
        assert_invariants(self.played(), only=self.only)

    def check_invariants(self, *arguments: Any, **named: Any) -> None:
        """Called by Hypothesis after each rule. With ``check = "step"``, judge the weekend after each new act."""
        super().check_invariants(*arguments, **named)
        if self.check == "step" and len(self._steps) > self._judged:
            self.judge()

    def teardown(self) -> None:
        """Judge the whole weekend, unless its last act was judged already."""
        if len(self._steps) > self._judged:
            self.judge()

    # -- rules -----------------------------------------------------------------------------------------------------

    @rule(moments=st.integers(1, 12))
    def later(self, moments: int) -> None:
        """Let time pass, to one of the next moments of the space, at most to the last."""
        self._now = min(self._now + moments, len(self._moments) - 1)

    @precondition(lambda self: len(self._struck) < self.time_faults)
    @rule(choices=st.integers(0, 2**40 - 1))
    def strike(self, choices: int) -> None:
        """A fault in time strikes, unless it cannot stand beside those that are there. Zero is the simplest one."""
        space = self._space
        where = FaultSpace(space.rulebook, space.runbook, [a.id for a in self.accounts], space.fault_moments)
        beside = (*self.faults, *self._struck)
        self._struck += tuple(draw_faults(where, space.drawn_kinds, 1, iter([Digits(choices).index]), beside))

    @precondition(lambda self: any(self._pairs()))
    @rule(account=_of_the_machine("administrators"), user=_of_the_machine("users"), verb=_of_the_machine("verbs"))
    def administer(self, account: Account, user: Account, verb: str) -> None:
        """An administrator acts on a user."""
        if (account, user) in self._pairs():
            self.do(CLIENT_ACTIONS[verb], account, user=user.id)

    def do(self, action: type[ClientAction], account: Account, **given: Any) -> None:
        """Let an account do an action now. An empty secret stands for the one that the account set last."""
        held = self._held[account.id]
        defaults = {field.name: field.default for field in attrs.fields(action)}

        def pick(argument: Argument, field: str) -> Any:
            value = given.get(argument.name, defaults[argument.name])
            return held[field] if argument.sort == "secret" and value == CURRENT else value

        made = one_way(action, pick)
        if made is None:
            return
        self.act(account, made)
        for name, field in written(made):
            held[field] = str(getattr(made, name))

    @property
    def administrators(self) -> list[Account]:
        """The accounts that may administer another."""
        return [by for by in self.accounts if any(by is other for other, _ in self._pairs())]

    @property
    def users(self) -> list[Account]:
        """The accounts that another may administer."""
        return [user for user in self.accounts if any(user is other for _, other in self._pairs())]

    @property
    def verbs(self) -> list[str]:
        """The actions of administrators."""
        return [verb for verb, action in CLIENT_ACTIONS.items() if issubclass(action, Administer)]

    def _pairs(self) -> Iterator[tuple[Account, Account]]:
        """Yield each administrator with each user whom it may administer."""
        for by in self.accounts:
            allowed = self._space.rulebook.accounts[by.profile.kind].administers
            yield from ((by, user) for user in self.accounts if user is not by and user.profile.kind in allowed)
