"""The kinds of change that rules speak of, and the fields each one writes, as the client actions declare them.

A rulebook adds its own records (orders, trades, configuration); each is a kind of its own name that writes the
field of that name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar, get_args

import attrs

from dcsim.domain.actions import CLIENT_ACTIONS, Administer, ClientAction
from dcsim.domain.declaration import Kind, Method

T = TypeVar("T")


def declared(name: str) -> tuple[type[ClientAction], Kind] | None:
    """The action that makes a kind of change, and what it says of it; None for a record of the rulebook's own."""
    return next(((cls, cls.kinds[name]) for cls in CLIENT_ACTIONS.values() if name in cls.kinds), None)


@attrs.frozen(eq=False)
class _Table(Mapping[str, T], Generic[T]):
    """Something of each kind of change, as it is declared now; of those alone that have it."""

    of: Callable[[type[ClientAction], Kind], T]

    def __getitem__(self, name: str) -> T:
        found = declared(name)
        value = self.of(*found) if found else None
        if not value:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for cls in CLIENT_ACTIONS.values() for name, kind in cls.kinds.items() if self.of(cls, kind))

    def __len__(self) -> int:
        return sum(1 for _ in self)


KINDS: Mapping[str, tuple[str, ...]] = _Table(lambda _, kind: kind.writes)


def fields_of(kind: str) -> tuple[str, ...]:
    """The fields that a kind of change writes; a rulebook's own record writes the field of its name."""
    found = declared(kind)
    return found[1].writes if found else (kind,)


NEEDS: Mapping[str, tuple[str, ...]] = _Table(lambda _, kind: kind.needs)
"""What a kind of change builds on: without the other, it has nothing to change."""

COMPOSITES: Mapping[str, tuple[str, ...]] = _Table(lambda _, kind: kind.parts)
"""What is set up as one thing, and the kinds of change that touch a part of it."""

RESTRICTIONS: AbstractSet[str] = _Table(lambda _, kind: kind.restricts).keys()
"""Kinds of change that forbid an account something."""

ADMINISTRATORS: AbstractSet[str] = _Table(lambda cls, _: issubclass(cls, Administer)).keys()
"""Kinds of change that only another account can make."""

LOGONS: AbstractSet[str] = _Table(lambda _, kind: kind.refused).keys()
"""Kinds of change that come of logons, which are refused wherever no session is open."""


def _methods(_: type[ClientAction], kind: Kind) -> tuple[Method, ...]:
    return get_args(Method) if kind.refused else (kind.method,) if kind.method else ()


METHODS: Mapping[str, tuple[Method, ...]] = _Table(_methods)
"""Kinds of change for which a session must offer one of some ways of logging on."""
