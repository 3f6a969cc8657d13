"""Invariants of the users' own, beside the house's: a decorator, and the entry points under which packages offer them.

A check is asked of scenes as the house's are (``scene``), and each distinct scene is asked once: what it says may
depend on the scene alone, and of the control on ``interval``, ``open`` and ``roles`` only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from importlib.metadata import entry_points
from inspect import unwrap
from typing import get_args

import attrs

from dcsim.domain.outcome import Violation
from dcsim.semantics.scene import INVARIANTS, Check, Scene, When
from dcsim.semantics.scene import invariant as register

GROUP = "dcsim.invariants"
"""The group of entry points; each names a module (or something in one) whose import registers invariants."""

MOMENTS: tuple[str, ...] = get_args(When)
NO_MODE = 0
"""The failure mode of an invariant that catches none of those that are numbered."""

_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class InvariantsError(Exception):
    """Invariants of the users' own that cannot be had, or one that went wrong when it was asked."""


def invariant(id: str, *, when: When, mode: int = NO_MODE) -> Callable[[Check], Check]:  # noqa: A002 - as in scene
    """Register an invariant of one's own: a generator of violations over a scene, whose docstring is its statement.

    ``when`` is the moment at which it is asked: ``change`` (a client acts), ``apply`` (the standby applies redo),
    ``open``, ``close`` and ``revert`` (a session, or a store, for each account), ``control`` and ``window`` (no
    account). The violations get the invariant's id, whatever they call themselves. ValueError where the id is taken
    or no name, the moment unknown, or the statement missing.
    """
    if not _ID.fullmatch(id):
        raise ValueError(f"an invariant is named like 'no-early-open', not {id!r}")
    if when not in MOMENTS:
        raise ValueError(f"invariant {id!r}: {when!r} is no moment; expected one of {', '.join(MOMENTS)}")

    def taken(check: Check) -> Check:
        if not (check.__doc__ or "").strip():
            raise ValueError(f"invariant {id!r}: its docstring is its statement, and it has none")
        known = INVARIANTS.get(id)
        if known is not None and (known.check is None or _place(known.check) != _place(check)):
            raise ValueError(f"invariant {id!r} is there already")

        @wraps(check)
        def named(scene: Scene) -> Iterator[Violation]:
            try:
                found = [attrs.evolve(_violation(each), invariant=id) for each in check(scene)]
            except Exception as error:  # noqa: BLE001 - it is the user's code
                where = ":".join(map(str, _place(check)[:2]))
                raise InvariantsError(f"invariant '{id}' ({where}) raised {type(error).__name__}: {error}") from None
            return iter(found)

        register(id, mode, when, "own")(named)
        return check

    return taken


def _violation(found: object) -> Violation:
    if not isinstance(found, Violation):
        raise TypeError(f"it yields {found!r}, which is no Violation")
    return found


def _place(check: Check) -> tuple[str, int, str]:
    """Where a check is defined: a module that is loaded anew may register its own once more."""
    code = getattr(unwrap(check), "__code__", None)
    name = getattr(check, "__qualname__", "")
    return (code.co_filename, code.co_firstlineno, name) if code else (check.__module__, 0, name)


@lru_cache(maxsize=1)
def load() -> tuple[str, ...]:
    """Import what installed packages offer, once; the names of the entry points. InvariantsError when one fails."""
    names = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        try:
            entry.load()
        except (Exception, SystemExit) as error:
            raise InvariantsError(
                f"the invariants of entry point {entry.name} ({entry.value}) cannot be loaded: "
                f"{type(error).__name__}: {error}"
            ) from error
        names.append(entry.name)
    return tuple(names)
