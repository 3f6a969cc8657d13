"""Durations that vary, as files have them: read, written, described by a schema, and taken from tables of measurements.

A constant is a text such as `30s`. A distribution is a mapping with one key: `{uniform: [1s, 30s]}`,
`{lognormal: {median: 2s, p99: 40s}}`, `{values: [1s, 3s, 10s]}`, or `{csv: lags.csv}`, whose values are put in its
place before anything else is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml

from dcsim.domain import moment
from dcsim.domain.distribution import Duration, Empirical, Lognormal, Uniform
from dcsim.files import scalar_parsers
from dcsim.files.beside import Reader, path_in, rows_in, table_at
from dcsim.files.cells import typed
from dcsim.files.findings import Finding, FlawError, InputError, Keys, unknown
from dcsim.files.place import by_key, found_at, text_node
from dcsim.files.tables import TableRow
from dcsim.files.yaml_nodes import STRUCTURE

FORMS = "'30s', {uniform: [1s, 30s]}, {lognormal: {median: 2s, p99: 40s}}, {values: [1s, 3s]} or {csv: lags.csv}"
MOST_VALUES = 100_000
"""So many measured durations may be listed."""
UNIT_COLUMNS = {"ms": 1, "milliseconds": 1, "s": 1000, "seconds": 1000}
"""Columns of numbers, and the milliseconds of their unit."""


def varying(raw: Any) -> Duration:
    """The duration that a file's value stands for. FlawError if it is none."""
    if not isinstance(raw, Mapping):
        return scalar_parsers.milliseconds(typed(raw))
    if len(raw) != 1:
        raise FlawError("DC108", f"expected a duration with one key, such as {FORMS}; found {len(raw)} keys")
    (name, given), *_ = raw.items()
    if name not in _READERS:
        flaw = unknown("DC106", (name,), "key", name, _READERS, at_key=True)
        raise FlawError(flaw.code, flaw.message, flaw.hint, flaw.keys, at_key=True)
    return _READERS[name](given)


def distributed(raw: Any) -> bool:
    """Whether a file's value is a distribution, and neither a constant nor anything else."""
    return isinstance(raw, Mapping) and not _READERS.keys().isdisjoint(raw)


def _uniform(given: Any) -> Uniform:
    if not isinstance(given, list) or len(given) != 2:
        scalar_parsers.refuse("two durations, as in [1s, 30s]", given, keys=("uniform",))
    low, high = (_one(item, ("uniform", index)) for index, item in enumerate(given))
    if low > high:
        raise FlawError("DC109", "the first duration is the longer one", "swap them", ("uniform",))
    return Uniform(low=low, high=high)


def _lognormal(given: Any) -> Lognormal:
    if not isinstance(given, Mapping):
        scalar_parsers.refuse("a mapping with the keys median and p99", given, keys=("lognormal",))
    if set(given) != {"median", "p99"}:
        found = " and ".join(sorted(map(str, given)))[:80] or "none"
        raise FlawError("DC107", f"expected the keys median and p99, found {found}", "", ("lognormal",))
    median, p99 = (_one(given[name], ("lognormal", name)) for name in ("median", "p99"))
    if not 0 < median <= p99:
        message = f"half are below the median and 99 of 100 below p99: {given['median']}, {given['p99']} cannot be"
        raise FlawError("DC109", message, "write 0 < median <= p99", ("lognormal",))
    return Lognormal(median=median, p99=p99)


def _values(given: Any) -> Empirical:
    if given == []:
        raise FlawError("DC109", "the list of durations is empty", "list one at least: {values: [1s, 3s]}", ("values",))
    if not isinstance(given, list):
        scalar_parsers.refuse("a list of durations, one at least", given, keys=("values",))
    if len(given) > MOST_VALUES:
        raise FlawError("DC109", f"{len(given):,} durations are more than {MOST_VALUES:,}", "", ("values",))
    return Empirical(values=tuple(sorted(_one(item, ("values", index)) for index, item in enumerate(given))))


def _table(given: Any) -> Empirical:  # noqa: ARG001 - whatever the name of the table is
    raise FlawError("DC109", "no table can be read here", "list the durations: {values: [1s, 3s]}", ("csv",))


_READERS: Mapping[str, Callable[[Any], Duration]] = {
    "uniform": _uniform,
    "lognormal": _lognormal,
    "values": _values,
    "csv": _table,
}


KINDS = tuple(_READERS)
"""The words for the distributions."""


def _one(raw: Any, keys: Keys) -> int:
    try:
        return scalar_parsers.milliseconds(typed(raw))
    except FlawError as error:
        flaw = error.flaw
        raise FlawError(flaw.code, flaw.message, flaw.hint, (*keys, *flaw.keys)) from None


def spelled(duration: Duration) -> Any:
    """A duration as a file has it; ``varying`` reads it back."""
    match duration:
        case Uniform():
            return {"uniform": [moment.spell(duration.low), moment.spell(duration.high)]}
        case Lognormal():
            return {"lognormal": {"median": moment.spell(duration.median), "p99": moment.spell(duration.p99)}}
        case Empirical():
            return {"values": [moment.spell(value) for value in duration.values]}
    return moment.spell(duration)


def schema(duration: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a duration that may vary; ``duration`` is that of a constant one."""
    pair = {"type": "array", "items": duration, "minItems": 2, "maxItems": 2}
    median = {**duration, "description": "Half of the durations are below it."}
    p99 = {**duration, "description": "Of 100 durations 99 are below it."}
    bounds = {"type": "object", "properties": {"median": median, "p99": p99}, "required": ["median", "p99"]}
    forms = {
        "uniform": {**pair, "description": "Every duration between these two is as likely."},
        "lognormal": {**bounds, "description": "Half are below the median, 99 of 100 below p99."},
        "values": {"type": "array", "items": duration, "minItems": 1, "description": "Measured durations."},
        "csv": {"type": "string", "description": "A table of measured durations."},
    }
    cases = [
        {"type": "object", "properties": {name: form}, "required": [name], "additionalProperties": False}
        for name, form in forms.items()
    ]
    return {"description": f"A duration, or a distribution of durations: {FORMS}.", "anyOf": [duration, *cases]}


# -- tables of measurements --------------------------------------------------------------------------------------------


def measured(item: yaml.Node, by: str, read: Reader, texts: dict[str, str], findings: list[Finding]) -> yaml.Node:
    """A mapping in which the values of a table stand for each ``{csv: FILE}`` that it holds."""
    if not isinstance(item, yaml.MappingNode):
        return item
    pairs = [(key, _filled(value, by, read, texts, findings)) for key, value in item.value]
    return yaml.MappingNode(STRUCTURE, pairs, item.start_mark, item.end_mark)


def names_table(node: yaml.Node) -> bool:
    """Whether a value is ``{csv: FILE}``."""
    return isinstance(node, yaml.MappingNode) and list(by_key(node)) == ["csv"]


def _filled(node: yaml.Node, by: str, read: Reader, texts: dict[str, str], findings: list[Finding]) -> yaml.Node:
    if not names_table(node):
        return node
    named = by_key(node)["csv"]
    try:
        named = path_in(named)
        key, source = table_at(named, by, read)
        texts[key] = source.text
        rows = list(rows_in(key, source))
        values = [text_node(value, named.start_mark) for value in _column(rows, named, source.shown)]
    except InputError as error:
        findings += error.findings
        return text_node("0s", named.start_mark)
    listed = yaml.SequenceNode(STRUCTURE, values, named.start_mark, named.end_mark)
    pairs: list[tuple[yaml.Node, yaml.Node]] = [(text_node("values", named.start_mark), listed)]
    return yaml.MappingNode(STRUCTURE, pairs, node.start_mark, node.end_mark)


def _column(rows: list[TableRow], named: yaml.ScalarNode, shown: str) -> Iterator[str]:
    """The durations of a table, spelled: those of its column `duration`, or the numbers of one named by its unit."""
    columns = rows[0].cells if rows else {}
    name = next((name for name in ("duration", *UNIT_COLUMNS) if name in columns), None)
    if name is None:
        hint = f"name it duration (30s, 1m30s), or one of {', '.join(UNIT_COLUMNS)} (numbers)"
        raise InputError([found_at(named, "DC107", f"'{named.value}' has no row with a column of durations", hint)])
    for row in rows:
        yield _spelled(str(row.cells.get(name)), name, row.line, shown)


def _spelled(cell: str, column: str, line: int, shown: str) -> str:
    try:
        if column == "duration":
            return moment.spell(scalar_parsers.milliseconds(cell))
        milliseconds = round(float(cell) * UNIT_COLUMNS[column])
    except (ValueError, OverflowError, FlawError):
        milliseconds = -1
    if not 0 <= milliseconds <= scalar_parsers.MOST_DURATION:
        raise InputError([Finding("DC109", shown, line, 1, f"'{cell[:40]}' is no duration of at most a year")])
    return moment.spell(milliseconds)
