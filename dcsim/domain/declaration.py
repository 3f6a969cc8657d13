"""How a client action says what it is: the arguments that it takes, and the kinds of change that it makes.

All that tries, draws, counts or lists actions goes by this, and by no action's name. An argument is one of

- ``method``: the way of logging on;
- ``record``: one of the rulebook's own records;
- ``user``: another account, on which an administrator acts;
- ``secret``: what authenticates: the password that is held, or another;
- ``new``: a value that is written; ``part``: it may be left out, so that the act does a part of what it can do;
- any other, which must have a default: a circumstance that is tried where a scenario says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any, Literal, TypeVar, get_args

import attrs

from dcsim.domain.account import Value

Method = Literal["smartcard", "otp"]
METHODS: tuple[Method, ...] = ("otp", "smartcard")
SECRETS: Mapping[str, str] = {"otp": "password", "smartcard": "smartcard"}
"""The field that holds the secret of a way of logging on."""

Sort = Literal["method", "record", "user", "secret", "new", "other"]
CHOSEN_FIRST: tuple[Sort, ...] = ("method", "record", "user")
"""The arguments on which it depends what the others mean."""


@attrs.frozen
class Kind:
    """A kind of change: the fields that it ``writes``, and what else is true of it.

    ``needs``: the kinds without which it has nothing to change; ``parts``: the kinds that touch a part of what it sets
    up as one thing; ``restricts``: it forbids an account something. ``refused``: an act makes it by being refused.
    ``method``: the way of logging on that a session must offer for it. An account can make it, or have it made, that
    holds what ``begins`` says (and a 2FA set-up, where ``set_up``), under these ``policies``.
    """

    writes: tuple[str, ...]
    needs: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    restricts: bool = False
    refused: bool = False
    method: Method | None = None
    set_up: bool = False
    begins: Mapping[str, Value] = attrs.field(factory=dict, hash=False)
    policies: Mapping[str, Any] = attrs.field(factory=dict, hash=False)


# -- arguments -----------------------------------------------------------------------------------------------------


def method() -> dict[str, Any]:
    """Metadata of an argument that is a way of logging on."""
    return {"sort": "method"}


def record() -> dict[str, Any]:
    """Metadata of an argument that names one of the rulebook's own records."""
    return {"sort": "record"}


def user() -> dict[str, Any]:
    """Metadata of an argument that names another account."""
    return {"sort": "user"}


def secret(field: str = "") -> dict[str, Any]:
    """Metadata of an argument that authenticates; without a field, it is the secret of the way of logging on."""
    return {"sort": "secret", "field": field}


def new(field: str = "", *, part: bool = False) -> dict[str, Any]:
    """Metadata of a value that is written: to the field; else to the record that is named, else to the secret of the
    way of logging on.
    """
    return {"sort": "new", "field": field, "part": part}


@attrs.frozen
class Argument:
    """One argument of an action."""

    name: str
    sort: Sort
    field: str = ""
    part: bool = False

    def field_of(self, given: Mapping[Sort, Any]) -> str:
        """The field whose value it is, where the arguments that are chosen first are known, by sort."""
        return str(self.field or given.get("record") or SECRETS[given.get("method", "otp")])


_KNOWN: dict[type[Any], tuple[Argument, ...]] = {}


def arguments(cls: type[Any]) -> tuple[Argument, ...]:
    """The arguments of an action, in order. TypeError where one has neither a sort nor a default."""
    if cls not in _KNOWN:
        _KNOWN[cls] = tuple(_argument(cls, field) for field in attrs.fields(cls))
    return _KNOWN[cls]


def _argument(cls: type[Any], field: Any) -> Argument:
    says = field.metadata
    if "sort" not in says and field.default is attrs.NOTHING:
        raise TypeError(f"{cls.__name__}.{field.name} has neither a default nor a sort of argument")
    return Argument(field.name, says.get("sort", "other"), says.get("field", ""), says.get("part", False))


def valued(action: Any) -> Iterator[tuple[str, str, Argument]]:
    """The arguments of an action that hold a value or a secret: name, the field whose value it is, and the argument."""
    given: dict[Sort, Any] = {
        a.sort: getattr(action, a.name) for a in arguments(type(action)) if a.sort in CHOSEN_FIRST
    }
    for argument in arguments(type(action)):
        if argument.sort in ("secret", "new"):
            yield argument.name, argument.field_of(given), argument


def written(action: Any) -> Iterator[tuple[str, str]]:
    """The arguments of an action that hold a new value, each with the field to which it is written."""
    for name, field, argument in valued(action):
        if argument.sort == "new" and getattr(action, name) is not None:
            yield name, field


def method_of(action: Any) -> str:
    """The way of logging on that an action uses."""
    return next((str(getattr(action, a.name)) for a in arguments(type(action)) if a.sort == "method"), "otp")


def presented(action: Any) -> Value:
    """The secret with which an action authenticates; None where it needs none."""
    return next((getattr(action, a.name) for a in arguments(type(action)) if a.sort == "secret"), None)


# -- making actions ------------------------------------------------------------------------------------------------

A = TypeVar("A")
Offer = Callable[[Argument, str], Iterable[Any]]
"""What an argument may be, given the field whose value it is."""


def ways(cls: type[A], offer: Offer) -> Iterator[A]:
    """Every way of doing an action with what is on offer; an act that would do no part of what it can do is none."""
    known = arguments(cls)
    first = [argument for argument in known if argument.sort in CHOSEN_FIRST]
    rest = [argument for argument in known if argument.sort in ("secret", "new")]
    for chosen in product(*(tuple(offer(argument, "")) for argument in first)):
        given: dict[Sort, Any] = {argument.sort: value for argument, value in zip(first, chosen, strict=True)}
        for values in product(*(tuple(offer(argument, argument.field_of(given))) for argument in rest)):
            parts = [value for argument, value in zip(rest, values, strict=True) if argument.part]
            if not parts or any(value is not None for value in parts):
                names = (argument.name for argument in (*first, *rest))
                yield cls(**dict(zip(names, (*chosen, *values), strict=True)))


def one_way(cls: type[A], pick: Callable[[Argument, str], Any]) -> A | None:
    """One way of doing an action: each argument is picked once. None where every part is left out."""
    kept: dict[str, Any] = {}

    def offer(argument: Argument, field: str) -> Iterable[Any]:
        if argument.name not in kept:
            kept[argument.name] = pick(argument, field)
        return (kept[argument.name],)

    return next(ways(cls, offer), None)


assert set(METHODS) == set(get_args(Method)) == set(SECRETS)
