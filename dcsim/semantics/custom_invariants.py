"""Invariants of the users' own, beside the house's: a decorator, and the entry points under which packages offer them.

A check is asked of scenes as the house's are (``scene``), and each distinct scene is asked once: what it says may
depend on the scene alone, and of the control on ``interval``, ``open`` and ``roles`` only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, wraps
from importlib.metadata import entry_points
from inspect import unwrap
from linecache import getline
from pathlib import Path
from traceback import walk_tb
from types import FrameType
from typing import Any, get_args

import attrs

from dcsim.domain.outcome import Violation
from dcsim.semantics.scene import INVARIANTS, Check, Scene, When
from dcsim.semantics.scene import invariant as register

GROUP = "dcsim.invariants"
"""The group of entry points; each names a module (or something in one) whose import registers invariants."""

MOMENTS: tuple[str, ...] = get_args(When)
NO_MODE = 0
"""The failure mode of an invariant that catches none of those that are numbered."""

MOST_SAID = 200
"""Characters of what is told of an exception or a value."""
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
            return iter([attrs.evolve(found, invariant=id) for found in _asked(id, check, scene)])

        register(id, mode, when, "own")(named)
        return check

    return taken


class _Unfit(Exception):
    """Something that a check must not return or yield."""


def _asked(id: str, check: Check, scene: Scene) -> list[Violation]:  # noqa: A002 - as in scene
    """What a check says of a scene. InvariantsError where it goes wrong: it is the user's code, so it is told by the
    user's line.
    """
    found: Any = None
    try:
        found = check(scene)
        return [_violation(each) for each in _several(found)]
    except _Unfit as error:
        raise InvariantsError(_wrong(id, check, str(error), getattr(found, "gi_frame", None))) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the user's code raises
        own = [(frame, line) for frame, line in walk_tb(error.__traceback__) if _file(frame) == _place(check)[0]]
        raise InvariantsError(_wrong(id, check, f"raised {_said(error)}", *(own[-1] if own else ()))) from None


def _several(found: object) -> Iterable[object]:
    if isinstance(found, str) or not isinstance(found, Iterable):
        raise _Unfit(f"returned {_short(found)}; expected it to yield each Violation")
    return found


def _violation(found: object) -> Violation:
    if not isinstance(found, Violation):
        raise _Unfit(f"yielded {_short(found)}, which is no Violation")
    return found


def _wrong(id: str, check: Check, what: str, frame: FrameType | None = None, line: int = 0) -> str:  # noqa: A002
    """The message: which invariant, where it is defined, what went wrong, and the line at which it did."""
    file, first, _ = _place(check)
    head = f"invariant '{id}' ({_near(file)}:{first}) {what}"
    if frame is None:
        return head
    line = line or frame.f_lineno
    text = getline(_file(frame), line).strip()
    return f"{head}\n  {_near(_file(frame))}:{line}: {text}" if text else f"{head}\n  {_near(_file(frame))}:{line}"


def _file(frame: FrameType) -> str:
    return frame.f_code.co_filename


def _near(file: str) -> str:
    """A file by its shortest name from here."""
    return str(Path(file).relative_to(Path.cwd())) if Path(file).is_relative_to(Path.cwd()) else file


def _said(error: BaseException) -> str:
    """An exception in a line: its type, and what it says."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - its text is the user's code, too
        text = ""
    return f"{type(error).__name__}: {_cut(text)}" if text.strip() else type(error).__name__


def _short(value: object) -> str:
    try:
        return _cut(repr(value))
    except Exception:  # noqa: BLE001 - so is this one
        return f"a {type(value).__name__}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_SAID else f"{line[:MOST_SAID]} ..."


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
