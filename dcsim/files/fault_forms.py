"""The form of a fault: its first key says what fails, and the word there says how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from dcsim.domain.faults import (
    SORTS,
    Crash,
    LateOperator,
    LateOtp,
    LinkFault,
    OperatorSlip,
    Outage,
    Skew,
    SlowLink,
    SlowRequest,
)
from dcsim.files import scalar_parsers
from dcsim.files.cells import plain
from dcsim.files.findings import FlawError
from dcsim.files.forms import key_name

EXAMPLES: Mapping[type, str] = {
    LinkFault: "{link: drop, account: U001, nth: 1}",
    Outage: "{link: outage, from: session-1 closes, until: session-1 closes +30m}",
    SlowLink: "{link: slow, lag: 10m, from: session-1 opens, until: session-1 closes}",
    Crash: "{site: crash, of: primary, at: session-1 closes, back: 30m}",
    Skew: "{clock: slow, of: primary, by: 2m}",
    OperatorSlip: "{operator: skip, step: drain}",
    LateOperator: "{operator: late, step: drain, by: 10m}",
    LateOtp: "{otp: late, account: U001, by: 5m}",
    SlowRequest: "{request: slow, account: U001, by: 5s}",
}
"""Each sort of fault, as a file has it."""
_MEANT: Mapping[type, Mapping[str, str]] = {
    Outage: {"at": "from", "for": "until", "by": "until", "back": "until", "to": "until"},
    SlowLink: {"by": "lag", "delay": "lag", "at": "from", "for": "until", "back": "until"},
    Crash: {"for": "back", "by": "back", "until": "back", "from": "at", "step": "before"},
    Skew: {"site": "of", "lag": "by"},
    LateOperator: {"at": "step", "lag": "by"},
    LateOtp: {"lag": "by", "user": "account"},
    SlowRequest: {"lag": "by", "takes": "by", "user": "account"},
}
"""Keys of other faults and of steps, and the ones that they stand for by mistake."""
_SAYS = {
    "from": "the moment at which it begins",
    "until": "the moment at which it ends",
    "at": "the moment at which it happens",
    "back": "how long it is down, a duration",
    "lag": "how long redo takes then",
    "by": "how late, a duration",
    "of": "the site",
    "before": "the id of a step",
    "step": "the id of a step",
    "account": "whom it befalls",
}


def fault_class(raw: Mapping[str, Any]) -> type:
    """The class of the fault that a mapping describes. FlawError if there is none."""
    keys = [key for key in SORTS if key in raw]
    if not keys:
        meant = next((key for key, words in SORTS.items() if set(map(str, raw)) & {*words}), None)
        words = ", ".join(f"'{key}'" for key in SORTS)
        raise FlawError("DC107", f"a fault has one of the keys {words}", _example(meant) if meant else "")
    # The key `site` may stand for `of` by mistake.
    key = next((key for key in keys if str(raw[key]) in SORTS[key]), keys[0])
    try:
        word = scalar_parsers.word(plain(raw[key]), tuple(SORTS[key]))
    except FlawError as error:
        hint = error.flaw.hint if len(SORTS[key]) > 1 else _example(key)
        raise FlawError(error.flaw.code, error.flaw.message, hint, (key,)) from None
    return SORTS[key][word]


def _example(key: str) -> str:
    """An example of what may stand after a key; of its last word, which is the one in time."""
    return f"as in {EXAMPLES[list(SORTS[key].values())[-1]]}"


def mistaken(cls: type, raw: Mapping[str, Any]) -> Iterator[FlawError]:
    """The keys of a fault that stand there for others by mistake."""
    for key, meant in _MEANT.get(cls, {}).items():
        if key in raw and meant not in raw:
            hint = f"did you mean '{meant}', {_SAYS[meant]}?"
            yield FlawError("DC106", f"unknown key '{key}'", hint, (key,), at_key=True)


def missing(cls: type, raw: Mapping[str, Any]) -> Iterator[FlawError]:
    """The keys that a fault lacks."""
    for field in attrs.fields(cls):
        key = key_name(field.name)
        if field.default is attrs.NOTHING and key not in raw:
            yield FlawError("DC107", f"missing key '{key}'", f"as in {EXAMPLES[cls]}", lacks=key)
