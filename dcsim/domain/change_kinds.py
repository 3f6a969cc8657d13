"""The kinds of change of which rules speak, and the fields that each one writes, as the client actions declare them.

A rulebook adds its own records (orders, trades, configuration). The name of each record is also the name of a kind of
change, and of the field that this kind writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar, get_args

import attrs

from dcsim.domain.action_signature import Kind, Method
from dcsim.domain.actions import CLIENT_ACTIONS, Administer, ClientAction

T = TypeVar("T")


def declared(name: str) -> tuple[type[ClientAction], Kind] | None:
    """The action that makes a kind of change, and the kind as it declares it; None for a rulebook's own record."""
    return next(((cls, cls.kinds[name]) for cls in CLIENT_ACTIONS.values() if name in cls.kinds), None)


@attrs.frozen(eq=False)
class _Table(Mapping[str, T], Generic[T]):
    """One property of the kinds of change, without the kinds that lack it."""

    # Looked up each time instead of stored, because an extension may register an action after this module is imported.
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
    """The fields that a kind of change writes. A rulebook's own record writes the field of its name."""
    found = declared(kind)
    return found[1].writes if found else (kind,)


NEEDS: Mapping[str, tuple[str, ...]] = _Table(lambda _, kind: kind.needs)
"""For each kind of change, the kinds that must come first, or it has nothing to change."""

COMPOSITES: Mapping[str, tuple[str, ...]] = _Table(lambda _, kind: kind.parts)
"""The kinds that set up several fields as a whole, each with the kinds of change that change a part of it."""

RESTRICTIONS: AbstractSet[str] = _Table(lambda _, kind: kind.restricts).keys()
"""Kinds of change that forbid an account something."""

ADMINISTRATORS: AbstractSet[str] = _Table(lambda cls, _: issubclass(cls, Administer)).keys()
"""Kinds of change that only another account can make."""

LOGONS: AbstractSet[str] = _Table(lambda _, kind: kind.refused).keys()
"""Kinds of change that a refused logon makes. Logons need an open session, so no gap has such changes."""


def _methods(_: type[ClientAction], kind: Kind) -> tuple[Method, ...]:
    if kind.refused:
        return get_args(Method)  # a logon that is refused may use any way of logging on
    return (kind.method,) if kind.method else ()


METHODS: Mapping[str, tuple[Method, ...]] = _Table(_methods)
"""The kinds of change that need a way of logging on, with the ways of which a session must offer one."""
