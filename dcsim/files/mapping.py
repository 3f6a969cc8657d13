"""The mapping file: which columns of a log and of a dump hold what, and what their cells stand for.

A column may be written as its name alone: ``account: USER_ID`` is ``account: {column: USER_ID}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

import attrs

from dcsim.domain.account import FIELDS, Value
from dcsim.domain.action_signature import arguments
from dcsim.domain.actions import CLIENT_ACTIONS
from dcsim.domain.rulebook import Rulebook
from dcsim.files import scalar_parsers
from dcsim.files.findings import Flaw, FlawError, InputError, suggest, unknown
from dcsim.files.forms import VERSION, key_name, keys_of
from dcsim.files.resolver import from_file
from dcsim.files.structure import structure
from dcsim.files.yaml_nodes import parse


@attrs.frozen(kw_only=True)
class MappedColumn:
    """A column, and what its cells stand for. A cell that is not listed stands for itself."""

    column: str
    values: Mapping[str, Value] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class MappedTime:
    """The column of the time. ``format`` is written as for strptime; without it the time is in ISO 8601, or a number of
    seconds or milliseconds since 1970. ``timezone`` is by default the rulebook's.
    """

    column: str
    format: str = ""
    timezone: str = ""


@attrs.frozen(kw_only=True)
class MappedActs:
    """The column of the act. Each of its words stands for an action with some arguments: ``{do: logon, with: otp}``.
    ``ignore`` are the words of rows that are no acts.
    """

    column: str
    values: Mapping[str, Mapping[str, Value]] = attrs.field(factory=dict)
    ignore: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class LogMap:
    """The columns of a log. ``by`` is the administrator who acted on the account. ``arguments`` are the columns of the
    action's arguments (from, to, password, channel ...).
    """

    time: MappedTime | None = None
    account: MappedColumn | None = None
    act: MappedActs | None = None
    outcome: MappedColumn | None = None
    by: MappedColumn | None = None
    arguments: Mapping[str, MappedColumn] | None = None


@attrs.frozen(kw_only=True)
class DumpMap:
    """The columns of a dump: the account, and the fields of its record."""

    account: MappedColumn | None = None
    fields: Mapping[str, MappedColumn] | None = None


@attrs.frozen(kw_only=True)
class TableMap:
    """What the columns of a log and of a dump mean. What is left out is found by its usual name."""

    version: int = VERSION
    log: LogMap = LogMap()
    dump: DumpMap = DumpMap()


def load_mapping(path: Path, book: Rulebook, refusals: Iterable[str]) -> TableMap:
    """The mapping of a file. InputError with every finding if it has faults."""
    source = from_file(path)
    document = parse(source.text)
    findings = document.findings
    if not findings:
        value, flaws = _structured(document.value)
        flaws = flaws or (tuple(_flaws(value, book, frozenset(refusals))) if value else ())
        findings = tuple(map(document.find, flaws))
        if value and not findings:
            return value
    raise InputError(attrs.evolve(finding, path=source.shown) for finding in findings)


def _structured(raw: Any) -> tuple[TableMap | None, tuple[Flaw, ...]]:
    if not isinstance(raw, dict):
        return None, (Flaw("DC108", (), f"expected a mapping with 'log' or 'dump', found {scalar_parsers.found(raw)}"),)
    if raw.get("version", VERSION) != VERSION:
        return None, (Flaw("DC110", ("version",), "this version of the format is not supported", f"write {VERSION}"),)
    return structure(_in_full(raw), TableMap)


def _in_full(raw: dict[str, Any]) -> dict[str, Any]:
    """The file with each short form written in full."""
    out = dict(raw)
    for section, nested in (("log", "arguments"), ("dump", "fields")):
        if isinstance(raw.get(section), dict):
            part = {key: _column(item) if key != nested else item for key, item in raw[section].items()}
            if isinstance(part.get(nested), dict):
                part[nested] = {key: _column(item) for key, item in part[nested].items()}
            if isinstance(part.get("act"), dict) and isinstance(part["act"].get("values"), dict):
                words = part["act"]["values"].items()
                part["act"] = part["act"] | {"values": {w: {"do": a} if isinstance(a, str) else a for w, a in words}}
            out[section] = part
    return out


def _column(raw: Any) -> Any:
    return {"column": raw} if isinstance(raw, str) else raw


# -- names -------------------------------------------------------------------------------------------------------------


def argument_names() -> frozenset[str]:
    """Every argument of an action, as a scenario writes it."""
    classes: Iterable[Any] = CLIENT_ACTIONS.values()
    return frozenset(key.name for cls in classes for key in keys_of(cls))


def accepted_or_refused(word: str, refusals: frozenset[str]) -> bool:
    """Whether a word is an outcome: ``accepted``, ``refused``, ``refused CODE``."""
    return word in ("accepted", "refused") or word.removeprefix("refused ") in refusals


def _flaws(mapping: TableMap, book: Rulebook, refusals: frozenset[str]) -> Iterator[Flaw]:
    log, names = mapping.log, argument_names()
    if log.time and log.time.timezone:
        yield from _timezone(log.time.timezone)
    if log.time and log.time.format:
        yield from _format(log.time.format)
    for word, given in log.act.values.items() if log.act else ():
        yield from _act_flaws(given, ("log", "act", "values", word))
    for word, outcome in log.outcome.values.items() if log.outcome else ():
        keys = ("log", "outcome", "values", word)
        if not isinstance(outcome, str) or not accepted_or_refused(outcome, refusals):
            code = str(outcome).removeprefix("refused ")
            hint = suggest(code, ["accepted", "refused", *refusals])
            yield Flaw("DC197", keys, f"'{outcome}' is no outcome", hint or "write accepted, refused or refused CODE")
    for name in log.arguments or ():
        if name not in names:
            yield unknown("DC197", ("log", "arguments", name), "argument", name, names, at_key=True)
    fields = (*FIELDS, *book.records)
    for name in mapping.dump.fields or ():
        if name not in fields:
            yield unknown("DC197", ("dump", "fields", name), "field", name, fields, at_key=True)


def _timezone(name: str) -> Iterator[Flaw]:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        yield Flaw("DC109", ("log", "time", "timezone"), f"unknown timezone '{name}'", "such as Asia/Hong_Kong")


_SAMPLE = datetime(2023, 6, 18, 17, 45, 56, tzinfo=UTC)


def _format(form: str) -> Iterator[Flaw]:
    """A time that is written and read again by the format must be of the same day."""
    keys, such = ("log", "time", "format"), "write it as for strptime, such as '%Y-%m-%d %H:%M:%S'"
    try:
        read = datetime.strptime(_SAMPLE.strftime(form), form)  # noqa: DTZ007 - the day alone is compared
    except (ValueError, re.error) as error:
        bad = re.search(r"'(.{1,2})' is a bad directive", str(error))
        what = f"'%{bad[1]}' is no directive of a time" if bad else f"'{form}' is no format of a time"
        yield Flaw("DC109", keys, what, such)
        return
    if read.date() != _SAMPLE.date():
        yield Flaw("DC109", keys, f"the format '{form}' does not tell the year, the month and the day", such)


def _act_flaws(given: Mapping[str, Value], keys: tuple[str, ...]) -> Iterator[Flaw]:
    verb = given.get("do")
    if verb is None:
        yield Flaw("DC107", keys, "missing key 'do'")
        return
    cls: Any = CLIENT_ACTIONS.get(str(verb))
    if cls is None:
        yield unknown("DC104", (*keys, "do"), "action", str(verb), CLIENT_ACTIONS)
        return
    own = [key.name for key in keys_of(cls)]
    for name, value in given.items():
        if name == "do":
            continue
        if name not in own:
            yield unknown("DC106", (*keys, name), "key", name, own, at_key=True)
            continue
        try:
            argument(cls, name)(value)
        except FlawError as error:
            yield attrs.evolve(error.flaw, keys=(*keys, name))


def argument(cls: Any, name: str) -> Callable[[Any], Any]:
    """The parser of one argument of an action. It raises FlawError for what the argument cannot be."""
    key = next(key for key in keys_of(cls) if key.name == name)
    if key.duration:
        return scalar_parsers.milliseconds
    if get_origin(key.type) is Literal:
        return lambda raw: scalar_parsers.word(raw, get_args(key.type))
    free = next((a.sort == "new" and key.type == Value for a in arguments(cls) if key_name(a.name) == name), False)
    return scalar_parsers.value if free else scalar_parsers.label
