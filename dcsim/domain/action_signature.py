"""How a client action declares itself: the arguments that it takes, and the kinds of change that it makes.

The check, the fuzzer and the reference pages use these declarations and know no action by name. The sorts of arguments:

- ``method``: the way of logging on;
- ``record``: one of the rulebook's own records;
- ``user``: another account, on which an administrator acts;
- ``secret``: a password that authenticates, right or wrong;
- ``new``: a value that is written. With ``part``, it may be left out, and then the act does only a part of its work;
- ``other``: a circumstance. It must have a default, and only a scenario gives it another value.
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
"""For each way of logging on, the field that holds its secret."""

Sort = Literal["method", "record", "user", "secret", "new", "other"]
CHOSEN_FIRST: tuple[Sort, ...] = ("method", "record", "user")
"""The sorts of arguments that are chosen first, because it depends on them to which field the others belong."""


@attrs.frozen
class Kind:
    """A kind of change: the fields that it ``writes``, and its other properties.

    ``needs``: the kinds of change that must come first, or there is nothing to change. ``parts``: the kinds that change
    only a part of what this one sets up as a whole. ``restricts``: it forbids an account something. ``refused``: an act
    makes it when it is refused. ``method``: the way of logging on that a session must offer for it. The last three say
    where it can be made: on an account that has a 2FA set-up (if ``set_up``) and holds the values of ``begins``, under
    these ``policies``.
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
    """Metadata of an argument that authenticates. Without ``field``, it is the secret of the way of logging on."""
    return {"sort": "secret", "field": field}


def new(field: str = "", *, part: bool = False) -> dict[str, Any]:
    """Metadata of a value that is written to ``field``. Without it, the value is written to the record that the action
    names, or else to the secret of the way of logging on.
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
        """The field to which its value belongs. ``given`` holds the arguments that are chosen first, by sort."""
        return str(self.field or given.get("record") or SECRETS[given.get("method", "otp")])


_KNOWN: dict[type[Any], tuple[Argument, ...]] = {}


def arguments(cls: type[Any]) -> tuple[Argument, ...]:
    """The arguments of an action, in order. TypeError if one has neither a sort nor a default."""
    if cls not in _KNOWN:
        _KNOWN[cls] = tuple(_argument(cls, field) for field in attrs.fields(cls))
    return _KNOWN[cls]


def _argument(cls: type[Any], field: Any) -> Argument:
    metadata = field.metadata
    # Engines leave out arguments of no sort, which they can only do if these have defaults.
    if "sort" not in metadata and field.default is attrs.NOTHING:
        raise TypeError(f"{cls.__name__}.{field.name} has neither a default nor a sort of argument")
    return Argument(field.name, metadata.get("sort", "other"), metadata.get("field", ""), metadata.get("part", False))


def valued(action: Any) -> Iterator[tuple[str, str, Argument]]:
    """The arguments of an action that are a secret or a new value: the name, the field of the value, the argument."""
    given: dict[Sort, Any] = {
        a.sort: getattr(action, a.name) for a in arguments(type(action)) if a.sort in CHOSEN_FIRST
    }
    for argument in arguments(type(action)):
        if argument.sort in ("secret", "new"):
            yield argument.name, argument.field_of(given), argument


def written(action: Any) -> Iterator[tuple[str, str]]:
    """The arguments of an action that are given a new value, each with the field to which it is written."""
    for name, field, argument in valued(action):
        if argument.sort == "new" and getattr(action, name) is not None:
            yield name, field


def method_of(action: Any) -> str:
    """The way of logging on that an action uses."""
    return next((str(getattr(action, a.name)) for a in arguments(type(action)) if a.sort == "method"), "otp")


def presented(action: Any) -> Value:
    """The secret with which an action authenticates; None if it needs none."""
    return next((getattr(action, a.name) for a in arguments(type(action)) if a.sort == "secret"), None)


# -- making actions ------------------------------------------------------------------------------------------------

A = TypeVar("A")
Offer = Callable[[Argument, str], Iterable[Any]]
"""The values to try for an argument, given the field to which its value belongs."""


def ways(cls: type[A], offer: Offer) -> Iterator[A]:
    """Every action of a class that can be made from the offered values."""
    known = arguments(cls)
    first = [argument for argument in known if argument.sort in CHOSEN_FIRST]
    rest = [argument for argument in known if argument.sort in ("secret", "new")]
    for chosen in product(*(tuple(offer(argument, "")) for argument in first)):
        given: dict[Sort, Any] = {argument.sort: value for argument, value in zip(first, chosen, strict=True)}
        for values in product(*(tuple(offer(argument, argument.field_of(given))) for argument in rest)):
            # An action without any of its parts would do nothing.
            parts = [value for argument, value in zip(rest, values, strict=True) if argument.part]
            if not parts or any(value is not None for value in parts):
                names = (argument.name for argument in (*first, *rest))
                yield cls(**dict(zip(names, (*chosen, *values), strict=True)))


def one_way(cls: type[A], pick: Callable[[Argument, str], Any]) -> A | None:
    """One action of a class, whose arguments are picked. None if every part is left out."""
    # Each argument is picked once, although ``ways`` may ask for it again for other values of those before it.
    kept: dict[str, Any] = {}

    def offer(argument: Argument, field: str) -> Iterable[Any]:
        if argument.name not in kept:
            kept[argument.name] = pick(argument, field)
        return (kept[argument.name],)

    return next(ways(cls, offer), None)


assert set(METHODS) == set(get_args(Method)) == set(SECRETS)
