"""What each field of an account can hold. The constant of a reset must fit the fields that it sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import get_args

from dcsim.domain.account import FIELDS, Value
from dcsim.files.findings import Flaw, Keys
from dcsim.files.forms import Status
from dcsim.files.scalar_parsers import found

_Holds = tuple[Callable[[Value], bool], str]
_ANYTHING: _Holds = (lambda _: True, "anything")
_FLAG: _Holds = (lambda value: isinstance(value, bool), "true or false")
_COUNT: _Holds = (lambda value: type(value) is int and value >= 0, "a whole number, zero or more")
_LABEL: _Holds = (lambda value: value is None or isinstance(value, str), "text or none")
_HOLDS: Mapping[str, _Holds] = {
    **dict.fromkeys(FIELDS, _LABEL),
    **dict.fromkeys(("email", "locked"), _FLAG),
    **dict.fromkeys(("failures", "credential"), _COUNT),
    "status": (lambda value: value in get_args(Status), f"one of {', '.join(get_args(Status))}"),
}


def constant_flaws(fields: Iterable[str], to: Value, keys: Keys) -> Iterator[Flaw]:
    """A flaw for each field that cannot hold the constant. The rulebook's own records can hold anything."""
    for field in fields:
        fits, expected = _HOLDS.get(field, _ANYTHING)
        if not fits(to):
            yield Flaw("DC109", keys, f"'{field}' cannot hold {found(to)}", f"expected {expected}")
