"""The choices of a walk, and how an address spells them.

- ``on``: the next event of clock, link or operator; ``at.session-1.+5m``: time passes until that moment;
- ``U001.change-password.P1.P2``: an act, with its values in order, and then what else the client brings (``with=``);
- ``fault.drop.U001.2``: what the link does with the second redo entry of an account;
- ``slip.skip.copy-back``: what the operator does at a step.

A word of an address has letters, digits and a few signs. Any other character is written as ``~`` and the two digits of
each of its bytes, so that no address needs the escapes of URLs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Literal, cast, get_args, get_type_hints

import attrs

from dcsim.checker.model.concretise import moment_of
from dcsim.domain import moment
from dcsim.domain.action_signature import arguments
from dcsim.domain.actions import CLIENT_ACTIONS, ClientAction
from dcsim.domain.faults import LinkFault, OperatorSlip
from dcsim.domain.rulebook import Rulebook
from dcsim.files.forms import keys_of
from dcsim.files.yaml_scalars import resolve, spelled, write_moment

PLAIN = re.compile(r"[A-Za-z0-9_*+-]")
ON = "on"
WORDS = (ON, "at", "fault", "slip")
"""The first words of choices that are no act. An account of such a name is spelled with an escape."""


class UnknownChoiceError(ValueError):
    """A word of an address is no choice. The message says why."""


@attrs.frozen
class Next:
    """On to the next event of clock, link or operator."""


@attrs.frozen
class Until:
    """Time passes until an instant, and everything happens that is due."""

    instant: int


@attrs.frozen
class Try:
    """An account acts. ``takes`` is the time from request to commit, in milliseconds."""

    account: str
    action: ClientAction
    takes: int = 0


Choice = Next | Until | Try | LinkFault | OperatorSlip


def write(choice: Choice, book: Rulebook) -> str:
    """The word of an address for a choice."""
    match choice:
        case Next():
            parts = [ON]
        case Until():
            parts = ["at", *write_moment(moment_of(choice.instant, book)).split()]
        case Try():
            parts = [choice.account, *_of_act(choice)]
        case LinkFault():
            parts = ["fault", choice.link, choice.account or "*", str(choice.nth or "*")]
            parts += [f"by={moment.spell(choice.by)}"] if choice.link == "delay" else []
        case OperatorSlip():
            parts = ["slip", choice.operator, choice.step]
            parts += [f"by={moment.spell(choice.by)}"] if choice.operator == "delay" else []
    words = [_escaped(part, reserved=number == 0 and isinstance(choice, Try)) for number, part in enumerate(parts)]
    return ".".join(words)


def read(word: str, book: Rulebook) -> Choice:
    """The choice that a word of an address spells. UnknownChoiceError if it spells none."""
    first, *rest = word.split(".")
    try:
        if word == ON:
            return Next()
        parts = [_unescaped(part) for part in rest]
        if first == "at":
            return Until(moment.instant(moment.moment(" ".join(parts)), book))
        if first in ("fault", "slip"):
            return _mishap(first, parts)
        return _act(_unescaped(first), parts)
    except (ValueError, KeyError, OverflowError) as error:
        why = str(error) if isinstance(error, ValueError) else f"there is no session {error}"
        raise UnknownChoiceError(why) from None


# -- acts --------------------------------------------------------------------------------------------------------------


def _of_act(act: Try) -> Iterator[str]:
    cls: Any = type(act.action)
    yield act.action.verb
    in_order = _in_order(cls)
    yield from (spelled(getattr(act.action, name)) for name in in_order)
    for key in keys_of(cls):
        value, default = getattr(act.action, key.attribute), attrs.fields_dict(cls)[key.attribute].default
        if key.attribute not in in_order and value != default:
            yield f"{key.name}={moment.spell(value) if key.duration else spelled(value)}"
    if act.takes:
        yield f"takes={moment.spell(act.takes)}"


def _in_order(cls: Any) -> list[str]:
    """The arguments that are written by their place: those that every act has. The others are written by name."""
    needed = [name for name, field in attrs.fields_dict(cls).items() if field.default is attrs.NOTHING]
    return [each.name for each in arguments(cls) if each.name in needed or each.sort in ("secret", "new")]


def _act(account: str, parts: list[str]) -> Try:
    verb, *values = parts or [""]
    cls: Any = CLIENT_ACTIONS.get(verb)
    if cls is None:
        raise UnknownChoiceError(f"nobody can do '{verb}'")
    in_order = _in_order(cls)
    if len(values) < len(in_order):
        raise UnknownChoiceError(f"{verb} takes {', '.join(in_order)}")
    given = {name: _scalar(raw) for name, raw in zip(in_order, values, strict=False)}
    takes, named = 0, {key.name: key for key in keys_of(cls) if key.attribute not in in_order}
    for part in values[len(in_order) :]:
        name, _, raw = part.partition("=")
        if name == "takes":
            takes = moment.duration(raw)
        elif name in named:
            given[named[name].attribute] = moment.duration(raw) if named[name].duration else _scalar(raw)
        else:
            raise UnknownChoiceError(f"{verb} has no '{name}'")
    return Try(account, _made(cls, given), takes)


def _made(cls: Any, given: dict[str, Any]) -> ClientAction:
    """The action, if every argument has a value of its type."""
    types = get_type_hints(cls)
    for name, field in attrs.fields_dict(cls).items():
        if name not in given and field.default is attrs.NOTHING:
            raise UnknownChoiceError(f"{cls.verb} needs {name.rstrip('_')}")
        if name in given and not _fits(given[name], types[name]):
            raise UnknownChoiceError(f"{spelled(given[name])} is no {name.rstrip('_')} of {cls.verb}")
    return cast("ClientAction", cls(**given))


def _fits(value: Any, of: Any) -> bool:
    one_of = get_args(of) or (of,)
    return any(type(value) is one if isinstance(one, type) else value == one and value is not True for one in one_of)


def _scalar(raw: str) -> Any:
    try:
        value = json.loads(raw) if raw.startswith('"') else resolve(raw)
    except json.JSONDecodeError:
        raise UnknownChoiceError(f"{raw} is no text between quotation marks") from None
    if isinstance(value, float):
        raise UnknownChoiceError(f"{raw} is no whole number")
    return value


# -- mishaps -----------------------------------------------------------------------------------------------------------


def _mishap(first: str, parts: list[str]) -> LinkFault | OperatorSlip:
    by = {"by": moment.duration(parts.pop().removeprefix("by="))} if parts and parts[-1].startswith("by=") else {}
    if first == "slip":
        kind, step = _exactly(2, parts, "slip.skip.STEP")
        return OperatorSlip(operator=_among(kind, OperatorSlip, "operator"), step=step, **by)
    kind, account, nth = _exactly(3, parts, "fault.drop.ACCOUNT.1")
    number = None if nth == "*" else int(nth) if nth.isascii() and nth.isdecimal() and len(nth) < 10 else 0
    if number == 0:
        raise UnknownChoiceError(f"'{nth}' is the number of no entry")
    return LinkFault(
        link=_among(kind, LinkFault, "link"), account=None if account == "*" else account, nth=number, **by
    )


def _exactly(number: int, parts: list[str], form: str) -> list[str]:
    if len(parts) != number:
        raise UnknownChoiceError(f"it has another form than {form}")
    return parts


def _among(word: str, cls: type, name: str) -> Any:
    known = get_args(get_type_hints(cls)[name])
    if word not in known:
        raise UnknownChoiceError(f"'{word}' is none of {', '.join(known)}")
    return word


# -- words -------------------------------------------------------------------------------------------------------------


def _escaped(part: str, *, reserved: bool = False) -> str:
    if reserved and part in WORDS:
        return f"~{ord(part[0]):02x}{part[1:]}"
    # Only the sign between a name and its value stays as it is.
    return "".join(c if PLAIN.fullmatch(c) or c == "=" else "".join(f"~{b:02x}" for b in c.encode()) for c in part)


def _unescaped(word: str) -> str:
    if not re.fullmatch(r"(?:[A-Za-z0-9_*+=-]|~[0-9a-f]{2})*", word):
        raise UnknownChoiceError("it has characters that no address of dcsim has")
    raw = re.sub(rb"~([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), word.encode())
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise UnknownChoiceError("the bytes that it spells by ~ are no UTF-8 text") from None


Sort = Literal["time", "act", "fault", "slip"]


def sort_of(choice: Choice) -> Sort:
    """What sort of choice it is."""
    if isinstance(choice, Try):
        return "act"
    if isinstance(choice, LinkFault):
        return "fault"
    return "slip" if isinstance(choice, OperatorSlip) else "time"
