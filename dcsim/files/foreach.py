"""`foreach`: a table of values over one scenario. Each row makes a case of its own, in which each ``${name}`` stands
for the row's value of that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NoReturn

import attrs
import yaml

from dcsim.files.beside import Reader, cells_of, rows_in, table_at
from dcsim.files.cells import CellText
from dcsim.files.findings import Finding, InputError, suggest
from dcsim.files.forms import IGNORED
from dcsim.files.place import FilePlace, LostNode, by_key, children, found_at, is_null, text_node
from dcsim.files.tables import delimiter_of
from dcsim.files.yaml_nodes import Document, document_of
from dcsim.files.yaml_scalars import spelled

FOREACH = "foreach"
MOST_ROWS = 10_000
MOST_LENGTH = 10_000_000
_PLACEHOLDER = re.compile(r"(\$?)\$\{([^{}]*)\}")
"""With one more ``$`` before it, it stands for itself: ``$${name}`` is the text ``${name}``."""
_LONGEST_WORDS = 100


@attrs.frozen(eq=False)
class ForeachRow:
    """One row: its number, from 1, and the node of each value. ``origin`` is where it stands."""

    number: int
    values: Mapping[str, yaml.Node]
    origin: yaml.Node

    @property
    def words(self) -> str:
        """Its values in words."""
        plain = (f"{name}: {in_words(node)}" for name, node in self.values.items() if isinstance(node, yaml.ScalarNode))
        words = ", ".join(plain)
        return words if len(words) <= _LONGEST_WORDS else f"{words[: _LONGEST_WORDS - 3]}..."

    def title(self, title: str, text: str) -> str:
        """The title of its case: with its values, unless the title of the file's text has placeholders of its own."""
        own = re.search(r"^title:.*\$\{", text, re.MULTILINE)
        return title if own else f"{title} ({self.words})"


def in_words(node: yaml.Node) -> str:
    """A scalar as text: as it is written, if it is written as text."""
    return str(node.value) if isinstance(node.value, str) else spelled(node.value)


def rows_of(
    root: yaml.Node | None, read: Reader, texts: dict[str, str], number: int | None, *, one: str = ""
) -> tuple[ForeachRow, ...] | None:
    """The rows of a scenario, or the one with a number; None if it has no table. InputError with every fault.

    ``one``: there must be one row, and this is the file of which it is named. ``texts`` gets the text of the file that
    the table is in, if it is in one.
    """
    node = by_key(root).get(FOREACH)
    if node is None or root is None:
        if number is not None:
            _no_row(root, number)
        return None
    rows = _rows(node, read, texts)
    if number is not None and not 1 <= number <= len(rows):
        message = f"there is no row {number}: the table has {len(rows)}"
        raise InputError([found_at(node, "DC170", message)])
    if one and number is None and len(rows) > 1:
        hint = f"name one of them by its number, as {one}#1"
        raise InputError([found_at(node, "DC170", f"the file holds {len(rows)} scenarios, one for each row", hint)])
    return rows if number is None else rows[number - 1 : number]


def _rows(node: yaml.Node, read: Reader, texts: dict[str, str]) -> tuple[ForeachRow, ...]:
    if isinstance(node, yaml.MappingNode):
        rows = list(_from_file(node, read, texts))
    elif isinstance(node, yaml.SequenceNode):
        rows = [ForeachRow(number, _values(item), item) for number, item in enumerate(node.value, start=1)]
    else:
        raise InputError([found_at(node, "DC108", "expected a list of mappings, or {csv: FILE}")])
    if not rows:
        raise InputError([found_at(node, "DC109", "the table has no row, so nothing would be run", "add one")])
    if len(rows) > MOST_ROWS:
        raise InputError([found_at(node, "DC111", f"the table has more than {MOST_ROWS:,} rows")])
    findings = [finding for row in rows[1:] for finding in _differing(rows[0], row)]
    if findings:
        raise InputError(findings)
    return tuple(rows)


def _values(item: yaml.Node) -> Mapping[str, yaml.Node]:
    if not isinstance(item, yaml.MappingNode) or not item.value:
        raise InputError([found_at(item, "DC108", "expected a mapping of names to values")])
    return {key: value for key, value in by_key(item).items() if not key.startswith(IGNORED)}


def _from_file(node: yaml.MappingNode, read: Reader, texts: dict[str, str]) -> Iterator[ForeachRow]:
    keys = {key: value for key, value in by_key(node).items() if not key.startswith(IGNORED)}
    named = keys.pop("csv", None)
    if keys or named is None:
        strange = [found_at(node, "DC106", f"unknown key '{key}'", suggest(key, ["csv"])) for key in keys]
        raise InputError(strange or [_no_file(node)])
    key, source = table_at(named, "", read)
    texts[key] = source.text
    lines, delimiter = source.text.removeprefix("\ufeff").split("\n"), delimiter_of(source.text)
    for number, row in enumerate(rows_in(key, source), start=1):
        starts = [start for start, _ in cells_of(lines[row.line - 1], delimiter)]
        # Where a cell of CSV is written on several lines, only the line of the row is known.
        starts = starts if len(starts) == len(row.cells) else [0] * len(row.cells)
        cells = {
            name: _cell(cell, FilePlace(source.shown, row.line - 1, start))
            for (name, cell), start in zip(row.cells.items(), starts, strict=True)
            if not name.startswith(IGNORED)
        }
        yield ForeachRow(number, cells, text_node("", FilePlace(source.shown, row.line - 1)))


def _no_file(node: yaml.Node) -> Finding:
    return found_at(node, "DC107", "missing key 'csv'", "name the file, or write the rows as a list of mappings")


def _cell(cell: object, place: FilePlace) -> yaml.Node:
    if isinstance(cell, str):
        return text_node(CellText(cell.strip()), place)
    return text_node(cell, place)


def _differing(first: ForeachRow, row: ForeachRow) -> Iterator[Finding]:
    """The columns of a row that the first lacks, and the other way round."""
    for name in row.values:
        if name not in first.values:
            hint = suggest(name, first.values)
            yield found_at(row.values[name], "DC166", f"row {row.number} has '{name}', and row 1 has not", hint)
    missing = [name for name in first.values if name not in row.values]
    if missing and len(row.values) < len(first.values):
        names = ", ".join(f"'{name}'" for name in missing)
        yield found_at(
            row.origin, "DC166", f"row {row.number} lacks {names}, which row 1 has", "write null for nothing"
        )


def _no_row(root: yaml.Node | None, number: int) -> NoReturn:
    message = f"there is no row {number}: the scenario has no table of values (foreach)"
    raise InputError([found_at(root, "DC170", message) if root else Finding("DC170", "", 1, 1, message)])


def loose(document: Document) -> Iterator[Finding]:
    """Placeholders of a scenario that has no table: they stand for themselves."""
    for node in _scalars(document.root) if document.root else ():
        if match := _PLACEHOLDER.search(node.value):
            what = f"'{match[0]}' stands for itself, since the scenario has no table of values (foreach)"
            yield found_at(node, "DC171", what)


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield from [node] if "${" in node.value else ()
    for first, *more in children(node):
        if not (more and str(first.value).startswith(IGNORED)):
            yield from chain.from_iterable(map(_scalars, (first, *more)))


def unused(filling: Filling, rows: Sequence[ForeachRow]) -> Iterator[Finding]:
    """The columns that the scenario does not use, where the first row gives them."""
    for name, node in rows[0].values.items() if rows and not filling.findings else ():
        if name not in filling.used:
            yield found_at(node, "DC172", f"no '${{{name}}}' stands in the scenario")


def filled(document: Document, filling: Filling) -> Document:
    """The document with the values of a row; the same document without a row."""
    if filling.row is None or not isinstance(document.root, yaml.MappingNode):
        return document
    root = document.root
    pairs = [(key, value) for key, value in root.value if key.value != FOREACH]
    made = filling.fill(yaml.MappingNode(root.tag, pairs, root.start_mark, root.end_mark))
    return document_of(made) if made else document


@attrs.define(eq=False)
class Filling:
    """The nodes of a scenario with the values of a row, if there is one. ``used`` are the names that it puts in."""

    row: ForeachRow | None
    findings: list[Finding] = attrs.field(factory=list)
    used: set[str] = attrs.field(factory=set)
    length: int = 0
    _made: dict[int, tuple[yaml.Node, yaml.Node | None]] = attrs.field(factory=dict)

    @property
    def values(self) -> Mapping[str, yaml.Node]:
        """The values of the row."""
        return self.row.values if self.row else {}

    def fill(self, node: yaml.Node) -> yaml.Node | None:
        """The node with the row's values; the same node if it has no placeholder; None if nothing stands there."""
        if self.row is None:
            return node
        if id(node) not in self._made:
            made = self._scalar(node) if isinstance(node, yaml.ScalarNode) else self._collection(node)
            # With the node, so that no other one gets its number.
            self._made[id(node)] = (node, made)
        return self._made[id(node)][1]

    def _collection(self, node: yaml.Node) -> yaml.Node:
        if isinstance(node, yaml.SequenceNode):
            items = [self.fill(item) for item in node.value]
            same = all(new is old for new, old in zip(items, node.value, strict=True))
            made = [item for item in items if item is not None]
            return node if same else yaml.SequenceNode(node.tag, made, node.start_mark, node.end_mark)
        pairs = [self._pair(key, value) for key, value in children(node)]
        same = all(new == old for new, old in zip(pairs, node.value, strict=True))
        kept = [(key, value) for key, value in pairs if value is not None]
        return node if same else yaml.MappingNode(node.tag, kept, node.start_mark, node.end_mark)

    def _pair(self, key: yaml.Node, value: yaml.Node) -> tuple[yaml.Node, yaml.Node | None]:
        if str(key.value).startswith(IGNORED):
            return key, value
        if not isinstance(key, yaml.ScalarNode) or "${" not in key.value:
            return key, self.fill(value)
        named = self._text(key)
        return named, self.fill(value) if not isinstance(named, LostNode) else named

    def _scalar(self, node: yaml.ScalarNode) -> yaml.Node | None:
        if "${" not in node.value:
            return node
        whole = _PLACEHOLDER.fullmatch(node.value)
        return self._one(whole[2], node) if whole and not whole[1] else self._text(node)

    def _one(self, name: str, node: yaml.Node) -> yaml.Node | None:
        """The value for a scalar that is only a placeholder. An empty one leaves out what it stands for."""
        value = self._value(name, node)
        if isinstance(value, LostNode):
            return value
        return None if is_null(value) or value.value == CellText() else value

    def _text(self, node: yaml.ScalarNode) -> yaml.ScalarNode:
        """A scalar in which each placeholder is replaced."""
        values = {m[2]: self._value(m[2], node, text=True) for m in _PLACEHOLDER.finditer(node.value) if not m[1]}
        if any(isinstance(value, LostNode) for value in values.values()):
            return LostNode(node.start_mark)
        texts = {name: "" if is_null(value) else in_words(value) for name, value in values.items()}
        text = _PLACEHOLDER.sub(lambda match: match[0][1:] if match[1] else texts[match[2]], node.value)
        return text_node(text, node.start_mark)

    def _value(self, name: str, node: yaml.Node, *, text: bool = False) -> yaml.Node:
        """The value of a name, for a place in the scenario; what is lost, where it cannot stand there."""
        value = self.values.get(name)
        if value is None:
            hint = suggest(name, self.values)
            return self._lost(node, "DC167", f"unknown placeholder '${{{name}}}'", hint)
        self.used.add(name)
        if text and isinstance(value, yaml.CollectionNode):
            return self._lost(node, "DC167", f"'${{{name}}}' is a list or a mapping, not text")
        # A scalar may name a value as often as it has letters.
        self.length += _length(value) * (len(node.value) if text else 1)
        if self.length > MOST_LENGTH:
            return self._lost(node, "DC111", "the values of the row make the scenario too long", "use shorter values")
        return value

    def _lost(self, node: yaml.Node, code: str, message: str, hint: str = "") -> LostNode:
        self.findings.append(found_at(node, code, message, hint))
        return LostNode(node.start_mark)


def _length(node: yaml.Node) -> int:
    """How much a value adds to a scenario: its letters, or the values in it."""
    if isinstance(node, yaml.CollectionNode):
        return 1 + sum(map(_length, chain.from_iterable(children(node))))
    return len(str(node.value))
