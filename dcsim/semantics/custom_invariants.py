"""Invariants of the users' own, beside those of dcsim: a decorator, and the entry points through which packages offer
them.

A user's check is called with scenes, as the checks of dcsim are (``scene``). It is called once for each distinct scene.
So its result may depend only on the scene, and of the control only on ``interval``, ``open`` and ``roles``.
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

from dcsim.domain.action_outcome import Violation
from dcsim.semantics.scene import INVARIANTS, Check, Scene, When
from dcsim.semantics.scene import invariant as register

GROUP = "dcsim.invariants"
"""The group of entry points. Each names a module (or an object in one) whose import registers invariants."""

MOMENTS: tuple[str, ...] = get_args(When)
NO_MODE = 0
"""The failure mode of an invariant that catches none of the numbered ones."""

MAX_QUOTED = 200
"""The most characters of an exception or a value that a message quotes."""
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class InvariantsError(Exception):
    """Invariants of the users' own that cannot be loaded, or one whose check failed when it was called."""


def invariant(id: str, *, when: When, mode: int = NO_MODE) -> Callable[[Check], Check]:  # noqa: A002 - as in scene
    """Register an invariant of one's own: a generator of violations over a scene, whose docstring is its statement.

    ``when`` is the moment at which it is called: ``change`` (a client acts), ``apply`` (the standby applies redo),
    ``open``, ``close`` and ``revert`` (a session, or a store, for each account), ``control`` and ``window`` (no
    account). Each violation gets the invariant's id, whatever id it has. ValueError if the id is taken or is no name,
    if the moment is unknown, or if the statement is missing.
    """
    if not _ID.fullmatch(id):
        raise ValueError(f"an invariant is named like 'no-early-open', not {id!r}")
    if when not in MOMENTS:
        raise ValueError(f"invariant {id!r}: {when!r} is no moment; expected one of {', '.join(MOMENTS)}")

    def decorate(check: Check) -> Check:
        if not (check.__doc__ or "").strip():
            raise ValueError(f"invariant {id!r}: its docstring is its statement, and it has none")
        # A module that is loaded again registers the same function again, which is no clash.
        known = INVARIANTS.get(id)
        if known is not None and (known.check is None or _place(known.check) != _place(check)):
            raise ValueError(f"invariant {id!r} is there already")

        @wraps(check)
        def renamed(scene: Scene) -> Iterator[Violation]:
            return iter([attrs.evolve(found, invariant=id) for found in _call(id, check, scene)])

        register(id, mode, when, "own")(renamed)
        return check

    return decorate


class _BadResult(Exception):
    """A check returned or yielded something that it must not."""


def _call(id: str, check: Check, scene: Scene) -> list[Violation]:  # noqa: A002 - as in scene
    """A check's violations. If the check fails, InvariantsError names the line of the user's code that failed."""
    found: Any = None
    try:
        found = check(scene)
        return [_violation(each) for each in _iterable(found)]
    except _BadResult as error:
        # A generator that yielded the wrong thing is still suspended at the line of that yield.
        raise InvariantsError(_message(id, check, str(error), getattr(found, "gi_frame", None))) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the user's code raises
        # The last frame in the check's own file: deeper ones are of libraries that it calls.
        own = [(frame, line) for frame, line in walk_tb(error.__traceback__) if _file(frame) == _place(check)[0]]
        raise InvariantsError(_message(id, check, f"raised {_describe(error)}", *(own[-1] if own else ()))) from None


def _iterable(found: object) -> Iterable[object]:
    if isinstance(found, str) or not isinstance(found, Iterable):
        raise _BadResult(f"returned {_quote(found)}; expected it to yield each Violation")
    return found


def _violation(found: object) -> Violation:
    if not isinstance(found, Violation):
        raise _BadResult(f"yielded {_quote(found)}, which is no Violation")
    return found


def _message(id: str, check: Check, what: str, frame: FrameType | None = None, line: int = 0) -> str:  # noqa: A002
    """Which invariant failed, where it is defined, what went wrong, and at which line."""
    file, first, _ = _place(check)
    head = f"invariant '{id}' ({_relative(file)}:{first}) {what}"
    if frame is None:
        return head
    line = line or frame.f_lineno
    place, text = f"{_relative(_file(frame))}:{line}", getline(_file(frame), line).strip()
    return f"{head}\n  {place}: {text}" if text else f"{head}\n  {place}"


def _file(frame: FrameType) -> str:
    return frame.f_code.co_filename


def _relative(file: str) -> str:
    """A file's path from the current folder, if the file is below it."""
    return str(Path(file).relative_to(Path.cwd())) if Path(file).is_relative_to(Path.cwd()) else file


def _describe(error: BaseException) -> str:
    """An exception in one line: its type and its text."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - its text is the user's code, too
        text = ""
    return f"{type(error).__name__}: {_shorten(text)}" if text.strip() else type(error).__name__


def _quote(value: object) -> str:
    try:
        return _shorten(repr(value))
    except Exception:  # noqa: BLE001 - its repr is the user's code, too
        return f"a {type(value).__name__}"


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_QUOTED else f"{line[:MAX_QUOTED]} ..."


def _place(check: Check) -> tuple[str, int, str]:
    """Where a check is defined: file, line and name."""
    code = getattr(unwrap(check), "__code__", None)
    name = getattr(check, "__qualname__", "")
    return (code.co_filename, code.co_firstlineno, name) if code else (check.__module__, 0, name)


@lru_cache(maxsize=1)
def load() -> tuple[str, ...]:
    """Import the invariants that installed packages offer, once, and return the names of the entry points.
    InvariantsError if one cannot be imported.
    """
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
