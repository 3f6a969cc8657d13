"""The form of the three files: which keys each mapping has, and what each key takes.

A rulebook or runbook file has the same form as its value in ``dcsim.domain``. A scenario file is shorter than its
value, so it has classes of its own here. Reading, writing and the JSON Schemas all follow this one description.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, Literal, get_type_hints

import attrs

from dcsim.domain.account import Value
from dcsim.domain.actions import ClientAction
from dcsim.domain.arrival import Arrival
from dcsim.domain.distribution import Duration
from dcsim.domain.faults import Fault, LinkFault, OperatorSlip
from dcsim.domain.figures import ExpectedFigure
from dcsim.domain.moment import Moment
from dcsim.domain.runbook import Step
from dcsim.domain.scenario import ClientStep, NumberedNames

VERSION = 1
IGNORED = "x-"
"""How a key begins that may stand in any mapping, and that is ignored."""
MOST_DIGITS = 12
"""The longest numbers in names."""
NONE = "none"
"""The word for a field that holds nothing."""

UNSET: Final[Any] = type("Unset", (), {"__repr__": lambda _: "UNSET"})()
"""The default of an expected field that a tester left out. None would say that the field must be empty."""

Status = Literal["active", "suspended", "absent"]
Email = Literal["registered", "none"]
# A field with this metadata takes the word `none` for None: testers write words, not nulls.
_NONE = {"none": True}
# Fields of the domain that hold a duration and have no metadata that says so.
_DURATIONS = {(LinkFault, "by"), (OperatorSlip, "by")}


@attrs.frozen(kw_only=True)
class TwoFactor:
    """A 2FA set-up made before the weekend."""

    password: str
    channel: str


@attrs.frozen(kw_only=True)
class Holder:
    """Who an account is and what it holds at the start."""

    kind: str
    participant: str = ""
    registered: bool = True
    status: Status = "active"
    email: Email = "none"
    smartcard: str | None = attrs.field(default=None, metadata=_NONE)
    two_factor: TwoFactor | None = attrs.field(default=None, metadata=_NONE)
    locked: bool = False
    failures: int = 0
    records: Mapping[str, Value] = attrs.field(factory=dict)
    group: str = ""


@attrs.frozen(kw_only=True)
class AccountForm(Holder):
    """One account. Passwords are labels, never real secrets."""

    id: str


@attrs.frozen(kw_only=True)
class PopulationForm(Holder):
    """Many accounts that are all alike, named by the prefix and a number from 1, with zeros before it up to so many
    digits; a step names them all as PREFIX*.
    """

    population: int
    prefix: str
    digits: int = 1
    behaviour: Mapping[str, float] = attrs.field(factory=dict)

    @property
    def numbered(self) -> NumberedNames:
        """Their names."""
        return NumberedNames(prefix=self.prefix, count=self.population, digits=self.digits)


@attrs.frozen(kw_only=True)
class NamesForm(Holder):
    """Several accounts that are all alike, with names of their own, after the prefix if there is one."""

    names: tuple[str, ...]
    prefix: str = ""


@attrs.frozen(kw_only=True)
class TableForm(Holder):
    """Accounts from a table, one a row: a CSV file beside the scenario, or JSON Lines, or Parquet. Its columns are the
    keys of an account; the other keys here hold for the rows that leave theirs out.
    """

    csv: str
    kind: str = ""


@attrs.frozen(kw_only=True)
class RowsForm:
    """The rows of `foreach` from a table: a CSV file beside the scenario, or JSON Lines, or Parquet."""

    csv: str


AnyAccount = AccountForm | PopulationForm | NamesForm | TableForm
"""What may stand in a file for accounts. The last two become accounts before a file is structured."""
Rows = RowsForm | tuple[Mapping[str, Any], ...]


@attrs.frozen(kw_only=True)
class StepForm:
    """One act of one account, or of each account of a population, a group or a pattern of names, one after another with
    ``every`` as the distance, or spread over a window.
    """

    at: Moment
    account: str
    every: int = attrs.field(default=0, metadata={"duration": True})
    takes: int = attrs.field(default=0, metadata={"duration": True})
    profile: str = ""
    chance: float = 1
    spread: Arrival | None = None
    after: Duration = 0
    if_: Literal["refused"] | None = None
    expect: str = "accepted"


@attrs.frozen(kw_only=True)
class HeldTwoFactor:
    """What a 2FA set-up must hold; what is left out may be anything."""

    password: str | None = attrs.field(default=UNSET, metadata=_NONE)
    channel: str | None = attrs.field(default=UNSET, metadata=_NONE)


@attrs.frozen(kw_only=True)
class Held:
    """What an account must hold when a session opens; what is left out may be anything."""

    status: Status = UNSET
    email: Email = UNSET
    smartcard: str | None = attrs.field(default=UNSET, metadata=_NONE)
    two_factor: HeldTwoFactor | None = attrs.field(default=UNSET, metadata=_NONE)
    locked: bool = UNSET
    failures: int = UNSET
    records: Mapping[str, Value] = UNSET


@attrs.frozen(kw_only=True)
class FigureForm:
    """A figure that is expected, and the keys that lead to it: ``rpo: {monday: 0}``, or ``rpo.monday: 0``."""

    keys: tuple[str, ...]
    figure: ExpectedFigure


@attrs.frozen(kw_only=True)
class Expect:
    """What is expected: what accounts hold, by session and account; the invariants that must be violated; figures of
    the run; and what must sometimes happen when every schedule is checked (an action, ``rule ID``, ``refused CODE``).
    """

    seen: Mapping[str, Mapping[str, Held]] = attrs.field(factory=dict)
    violations: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()
    figures: tuple[FigureForm, ...] = ()


EXPECT_LISTS = ("violations", "sometimes")
"""The keys of ``expect`` that name neither a session nor a figure."""


@attrs.frozen(kw_only=True)
class ProfileStepForm(StepForm):
    """What an account of a profile does: a step without its account. An ``account`` here is the administrator who acts
    on the profile's accounts. ``after`` may stand in place of ``at``.
    """

    at: Moment = attrs.field(factory=Moment)
    account: str = ""


@attrs.frozen(kw_only=True)
class BehaviourForm:
    """One profile: how likely an account is of it, against the weights of the others, and what such an account does."""

    weight: float = 1
    steps: tuple[ProfileStepForm, ...] = ()


@attrs.frozen(kw_only=True)
class LivingForm:
    """Accounts that live. Each other key is a kind of account of the rulebook, or its plural, and says how many there
    are; the keys of an account hold for all of them.
    """

    participant: str = ""
    registered: bool = True
    status: Status = "active"
    email: Email = "none"
    smartcard: str | None = attrs.field(default=None, metadata=_NONE)
    two_factor: TwoFactor | None = attrs.field(default=None, metadata=_NONE)
    locked: bool = False
    failures: int = 0
    records: Mapping[str, Value] = attrs.field(factory=dict)
    group: str = ""
    behaviour: Mapping[str, BehaviourForm] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class LivingKindForm(LivingForm):
    """The accounts of one kind. What stands here holds for them in place of what stands for all kinds."""

    count: int
    prefix: str = ""
    digits: int = 1


@attrs.frozen(kw_only=True)
class ScenarioForm:
    """One rehearsal weekend, in the words of a tester."""

    scenario: str
    version: int = VERSION
    title: str
    rulebook: str
    runbook: str
    shows: tuple[int, ...] = ()
    opens: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""
    label: str = ""
    include: tuple[str, ...] = ()
    foreach: Rows = ()
    policies: Mapping[str, Any] = attrs.field(factory=dict)
    accounts: tuple[AccountForm | PopulationForm, ...] = ()
    population: LivingForm | None = None
    groups: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    steps: tuple[ClientStep, ...] = ()
    faults: tuple[Fault, ...] = ()
    heal: int | None = attrs.field(default=None, metadata={"duration": True})
    expect: Expect = Expect()


@attrs.frozen(kw_only=True)
class SharedForm:
    """What a file that scenarios include may hold."""

    note: str = ""
    include: tuple[str, ...] = ()
    accounts: tuple[AnyAccount, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    steps: tuple[ClientStep, ...] = ()
    faults: tuple[Fault, ...] = ()


@attrs.frozen
class Key:
    """One key of a mapping: its attribute, its spelling, and what it takes.

    ``duration``: it takes a duration; ``none``: it takes the word `none` for None.
    """

    attribute: str
    name: str
    type: Any
    required: bool
    duration: bool
    none: bool


def key_name(attribute: str) -> str:
    """The key of an attribute: ``made_in`` is ``made-in``, ``from_`` is ``from``."""
    return attribute.rstrip("_").replace("_", "-")


@cache
def keys_of(cls: type) -> tuple[Key, ...]:
    """The keys of one mapping, in the order in which its class declares them."""
    hints = get_type_hints(cls)
    return tuple(
        Key(
            attribute=field.name,
            name=key_name(field.name),
            type=hints[field.name],
            required=field.default is attrs.NOTHING,
            duration=bool(field.metadata.get("duration")) or (cls, field.name) in _DURATIONS,
            none=bool(field.metadata.get("none")),
        )
        for field in attrs.fields(cls)
    )


def names_in(cls: type) -> Iterator[str]:
    """Every key that the mapping of a class may have. An action is written in one mapping with its step."""
    yield from (key.name for key in keys_of(cls))
    if issubclass(cls, ClientAction):
        yield from names_in(StepForm)
    if issubclass(cls, ClientAction | Step):
        yield "do"
