"""What cattrs raised, as flaws with their place in the data."""

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
"""Flaws that are looked for in one file: nobody reads more, and a huge file would take minutes."""


def flaws_in(error: BaseException, keys: Keys = ()) -> Iterator[Flaw]:
    """Every flaw in an error and the errors that it groups."""
    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            yield from flaws_in(inner, keys + _step(inner))
    elif isinstance(error, FlawError):
        yield attrs.evolve(error.flaw, keys=keys + error.flaw.keys)
    elif isinstance(error, ForbiddenExtraKeysError):
        for name in sorted(error.extra_fields):
            yield unknown("DC106", (*keys, name), "key", name, names_in(error.cl), at_key=True)
    elif isinstance(error, KeyError) and keys:
        yield Flaw("DC107", keys[:-1], f"missing key '{keys[-1]}'")
    else:
        raise error


def each(raw: Mapping[str, Any], hook: Callable[[str, Any], Any]) -> dict[str, Any]:
    """The hook applied to each entry of a mapping, with all of its faults at once."""
    errors: list[Exception] = []
    left = takewhile(lambda _: len(errors) <= MOST_FLAWS, raw.items())
    made = {name: _one(errors, name, partial(hook, name), item) for name, item in left}
    raise_all(errors)
    return made


def every(raw: Sequence[Any], hook: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The hook applied to each item of a list, with all of its faults at once."""
    errors: list[Exception] = []
    left = takewhile(lambda _: len(errors) <= MOST_FLAWS, enumerate(raw))
    made = tuple([_one(errors, index, hook, item) for index, item in left])
    raise_all(errors)
    return made


def attempt(errors: list[Exception], hook: Callable[[Any, Any], Any], raw: Any) -> Any:
    """What the hook makes of it, or None and its faults among the errors."""
    try:
        return hook(raw, None)
    except BaseValidationError as group:
        errors += group.exceptions
    except FlawError as error:
        errors.append(error)
    return None


def raise_all(errors: list[Exception]) -> None:
    """Raise the errors as one, if there are any."""
    if errors:
        raise IterableValidationError("faults", errors, dict)


def _one(errors: list[Exception], place: str | int, hook: Callable[[Any], Any], item: Any) -> Any:
    try:
        return hook(item)
    except (BaseValidationError, FlawError) as error:
        error.__notes__ = [IterableValidationNote(f"at {place!r}", place, Any)]
        errors.append(error)
        return None


def _step(error: BaseException) -> Keys:
    """The key or index that leads to an error, as noted when it passed."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return (key_name(note.name),)
        if isinstance(note, IterableValidationNote):
            return (note.index,)
    return ()
