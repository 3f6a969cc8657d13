"""Turns the errors that cattrs raises into flaws with their place in the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import takewhile
from typing import Any

import attrs
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)

from dcsim.files.findings import Flaw, FlawError, Keys, unknown
from dcsim.files.forms import key_name, names_in

MOST_FLAWS = 1000
"""After this many flaws in one file, the search ends: nobody reads more, and a huge file would take minutes."""


def flaws_in(error: BaseException, keys: Keys = ()) -> Iterator[Flaw]:
    """Every flaw in an error and in the errors that it groups; ``keys`` lead to its place."""
    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            yield from flaws_in(inner, keys + _step(inner))
    elif isinstance(error, FlawError):
        yield attrs.evolve(error.flaw, keys=keys + error.flaw.keys)
    elif isinstance(error, ForbiddenExtraKeysError):
        for name in sorted(error.extra_fields):
            yield _unknown_key((*keys, name), name, tuple(names_in(error.cl)))
    elif isinstance(error, KeyError) and keys:
        # cattrs reports a missing key this way, and the place it gives ends with that key.
        yield Flaw("DC107", keys[:-1], f"missing key '{keys[-1]}'", lacks=str(keys[-1]))
    else:
        raise error


def _unknown_key(keys: Keys, name: str, known: tuple[str, ...]) -> Flaw:
    flaw = unknown("DC106", keys, "key", name, known, at_key=True)
    # In brackets YAML takes a colon without a space behind it for a part of the word.
    return attrs.evolve(flaw, hint="put a space after the colon") if name.split(":", maxsplit=1)[0] in known else flaw


def each(raw: Mapping[str, Any], hook: Callable[[str, Any], Any]) -> dict[str, Any]:
    """Apply a hook to each entry of a mapping. All errors are raised at once, in the end."""
    errors: list[Exception] = []
    # Stops early: the condition is asked again before each entry.
    entries = takewhile(lambda _: len(errors) <= MOST_FLAWS, raw.items())
    structured = {name: _one(errors, name, partial(hook, name), item) for name, item in entries}
    raise_all(errors)
    return structured


def every(raw: Sequence[Any], hook: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Apply a hook to each item of a list. All errors are raised at once, in the end."""
    errors: list[Exception] = []
    items = takewhile(lambda _: len(errors) <= MOST_FLAWS, enumerate(raw))
    structured = tuple([_one(errors, index, hook, item) for index, item in items])
    raise_all(errors)
    return structured


def attempt(errors: list[Exception], hook: Callable[[Any, Any], Any], raw: Any) -> Any:
    """The hook's result; or None, with the errors that it raised added to ``errors``."""
    try:
        return hook(raw, None)
    except BaseValidationError as group:
        errors += group.exceptions
    except FlawError as error:
        errors.append(error)
    return None


def raise_all(errors: list[Exception]) -> None:
    """Raise all errors as one group, if there are any."""
    if errors:
        raise IterableValidationError("faults", errors, dict)


def _one(errors: list[Exception], place: str | int, hook: Callable[[Any], Any], item: Any) -> Any:
    try:
        return hook(item)
    except (BaseValidationError, FlawError) as error:
        # The note by which cattrs marks a place itself: ``_step`` reads both alike.
        error.__notes__ = [IterableValidationNote(f"at {place!r}", place, Any)]
        errors.append(error)
        return None


def _step(error: BaseException) -> Keys:
    """The key or index that leads to an error, from the note that cattrs or ``_one`` attached to it."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return (key_name(note.name),)
        if isinstance(note, IterableValidationNote):
            return (note.index,)
    return ()
