"""Reads YAML text to plain values, each with its position.

The text is composed to nodes and not loaded, since PyYAML's loaders read ``18:05`` as 1085 and ``no`` as False, drop
duplicate keys and act on tags. Scalars are resolved by the core schema of YAML 1.2. Nothing here knows the three files,
and nothing reads the disk.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs
import yaml

from dcsim.files import odd_characters
from dcsim.files.findings import Finding, Flaw, Keys
from dcsim.files.yaml_edits import PLAIN, TableNode, changed
from dcsim.files.yaml_errors import finding_at, not_yaml, path_of
from dcsim.files.yaml_scalars import resolve

MOST_VALUES = 1_000_000
MOST_DEPTH = 100

_MOST_QUOTED = 60
_RESOLVED = re.compile(r"(found the (?:number|flag) )'[^']*'$")

Pair = tuple[yaml.Node, yaml.Node]
"""A key and its value."""

TEXT, STRUCTURE = "tag:yaml.org,2002:str", "structure"


@attrs.frozen(eq=False)
class Document:
    """The value of one YAML text, and the position of each part. ``findings`` have no path yet."""

    value: Any
    root: yaml.Node | None
    findings: tuple[Finding, ...] = ()
    _parts: dict[int, Mapping[str, Pair]] = attrs.field(factory=dict, init=False)

    def where(self, keys: Keys, at_key: bool = False) -> tuple[int, int]:
        """Line and column of the value at ``keys`` or of its key; if there is none, of what would hold it."""
        return self.place(keys, at_key)[1:]

    def place(self, keys: Keys, at_key: bool = False) -> tuple[str, int, int]:
        """The same with the file before it, which is empty if it is the document's own."""
        return _position(self._node(keys, at_key))

    def _node(self, keys: Keys, at_key: bool) -> yaml.Node | None:
        node = self.root
        found = node
        for key in keys:
            step = self._child(node, key)
            if step is None:
                return node
            found, node = step
        return found if at_key else node

    def _child(self, node: yaml.Node | None, key: str | int) -> Pair | None:
        """The key's node and the value's node of one part of a node."""
        if isinstance(node, yaml.MappingNode):
            # With a table: searching the mapping for each of its keys would take time that grows with the square.
            if id(node) not in self._parts:
                self._parts[id(node)] = _by_key(node)
            return self._parts[id(node)].get(str(key))
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            return node.value[key], node.value[key]
        return node.part(str(key)) if isinstance(node, TableNode) else None

    def find(self, flaw: Flaw) -> Finding:
        """The flaw as a finding, with its position."""
        node = self._node(flaw.keys, flaw.at_key)
        path, line, col = _position(node)
        message = flaw.message
        if isinstance(node, yaml.ScalarNode) and node.tag == PLAIN and len(node.value) <= _MOST_QUOTED:
            # What stands there, and not what YAML makes of it: 010, and not 10.
            message = _RESOLVED.sub(lambda found: f"{found[1]}'{node.value}'", message)
        return Finding(flaw.code, path, line, col, message, hint=flaw.hint, moment=flaw.moment)

    def odd_names(self) -> Iterator[Finding]:
        """Names with a character that was hardly meant: keys, and values that are not prose."""
        for node in _names(self.root) if self.root else ():
            sign = odd_characters.in_name(node.value)
            if sign:
                what = f"'{node.value}' holds {odd_characters.named(sign)}"
                yield finding_at(node.start_mark, "DC179", what, odd_characters.meant(sign))

    def changed(self, places: Mapping[Keys, str | None]) -> Document:
        """The document with some of its parts left out (None), and others replaced or added: by plain scalars with
        these texts. The rest keeps its lines and columns, but later items of a list get smaller indices.
        """
        root = changed(self.root, places) if self.root else None
        return document_of(root) if root else Document(None, None)


def parse(text: str) -> Document:
    """Read YAML text. If it has faults, they are in ``findings``, and the value is None; but where the only fault is a
    key that is there twice, the first counts.
    """
    try:
        root = _compose(text)
    except _TooBigError as big:
        return _failed(finding_at(big.mark, "DC111", str(big)))
    except yaml.YAMLError as error:
        return _failed(*not_yaml(text, error))
    except (UnicodeEncodeError, RecursionError) as error:
        return _failed(Finding("DC103", "", 0, 0, str(error)))
    if root is None:
        return Document(None, None)
    flaw = _too_many(root)
    if flaw:
        return _failed(flaw)
    document = document_of(root)
    fatal = any(finding.code != "DC105" for finding in document.findings)
    return _failed(*document.findings) if fatal else document


def document_of(root: yaml.Node) -> Document:
    """The document of a root. ``findings`` are the faults of its keys and tags."""
    reading = _Reading()
    value = reading.value(root)
    return Document(value, root, tuple(reading.findings))


def top_level_keys(text: str) -> Iterator[str]:
    """The keys of the outermost mapping, one by one. The text is read only as far as the caller asks for keys.
    YAMLError if it is not YAML.
    """
    depth, is_key = 0, True
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            is_key = not is_key if depth == 1 else is_key
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth == 1 and not isinstance(event, yaml.MappingStartEvent):
                return
        elif isinstance(event, yaml.NodeEvent) and depth == 1:
            if is_key and isinstance(event, yaml.ScalarEvent):
                yield event.value
            is_key = not is_key


class _TooBigError(Exception):
    def __init__(self, mark: Any, message: str) -> None:
        self.mark = mark
        super().__init__(message)


class _PurePython(yaml.SafeLoader):
    """The loader for a PyYAML without its C library.

    In ``[which?, when?]`` it reads a question mark as the C library and YAML 1.2 do: as an ordinary character, unless
    it stands alone before a key.
    """

    in_plain = False

    def scan_plain(self) -> Any:
        self.in_plain = True
        try:
            return super().scan_plain()
        finally:
            self.in_plain = False

    def peek(self, index: int = 0) -> str:
        # PyYAML peeks only to find the end of the scalar; it takes the text itself from its buffer.
        character: str = super().peek(index)
        return "x" if self.in_plain and character == "?" else character


class _Loader(getattr(yaml, "CSafeLoader", _PurePython)):  # type: ignore[misc]
    """A loader that marks whether a scalar is plain or quoted, resolves no scalar, and limits depth and size."""

    depth = 0
    values = 0

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:  # noqa: ARG002 (PyYAML's signature)
        if kind is not yaml.ScalarNode:
            return STRUCTURE
        return PLAIN if implicit[0] else TEXT

    def descend_resolver(self, parent: yaml.Node | None, index: Any) -> None:  # noqa: ARG002
        # The C composer recurses without a limit: deep nesting would crash the process, with no error to catch.
        self.depth += 1
        if self.depth > MOST_DEPTH and parent is not None:
            raise _TooBigError(parent.start_mark, f"nested more than {MOST_DEPTH} deep")
        # Counted while they are made, so that a huge file is refused before all of it is in memory.
        self.values += 1
        if self.values > MOST_VALUES and parent is not None:
            raise _TooBigError(parent.start_mark, f"more than {MOST_VALUES:,} values")

    def ascend_resolver(self) -> None:
        self.depth -= 1


@contextmanager
def without_collector() -> Iterator[None]:
    """Switch the garbage collector off. Reading a text makes many objects and no garbage, and the collector would take
    longer than the reading.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _compose(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        with without_collector():
            node: yaml.Node | None = loader.get_single_node()
            return node
    finally:
        loader.dispose()


def _failed(*findings: Finding) -> Document:
    return Document(None, None, findings)


def _position(node: yaml.Node | None) -> tuple[str, int, int]:
    mark: Any = node and node.start_mark
    return (path_of(mark), mark.line + 1, mark.column + 1) if mark is not None else ("", 1, 1)


def _by_key(node: yaml.MappingNode) -> Mapping[str, Pair]:
    """The parts of a mapping by key. If a key is there several times, the first counts."""
    return {k.value: (k, v) for k, v in reversed(node.value) if isinstance(k, yaml.ScalarNode)}


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _names(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """The scalars that are names: every key, and each value that is not prose."""
    if isinstance(node, yaml.ScalarNode):
        yield from [node] if isinstance(node.value, str) else ()
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _names(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _names(key)
            if key.value not in odd_characters.PROSE:
                # What a logon shows is prose too.
                yield from () if key.value == "expect" and isinstance(value, yaml.ScalarNode) else _names(value)


def _too_many(root: yaml.Node) -> Finding | None:
    """The finding for a cycle of aliases, or for too many values when all aliases are written out."""
    # Each node is counted once, however many aliases name it: aliases of aliases multiply without end.
    sizes: dict[int, int] = {}
    # The nodes on the way to the present one: to meet one of them again is a cycle.
    pending: set[int] = set()

    def size(node: yaml.Node) -> int:
        if id(node) in pending:
            raise _CycleError(node)
        if id(node) not in sizes:
            pending.add(id(node))
            sizes[id(node)] = 1 + sum(map(size, _children(node)))
            pending.remove(id(node))
        return sizes[id(node)]

    try:
        total = size(root)
    except _CycleError as cycle:
        return finding_at(cycle.node.start_mark, "DC113", "an alias stands inside the value that it names")
    except RecursionError:
        return finding_at(root.start_mark, "DC112", "aliases nest too deep")
    if total <= MOST_VALUES:
        return None
    return finding_at(root.start_mark, "DC112", f"aliases write this out to more than {MOST_VALUES:,} values")


class _CycleError(Exception):
    def __init__(self, node: yaml.Node) -> None:
        self.node = node
        super().__init__()


class _Reading:
    """Makes values from nodes: one value for each node, however many aliases name it."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.made: dict[int, Any] = {}

    def value(self, node: yaml.Node) -> Any:
        if id(node) not in self.made:
            self.made[id(node)] = self._make(node)
        return self.made[id(node)]

    def _make(self, node: yaml.Node) -> Any:
        if node.tag not in (PLAIN, TEXT, STRUCTURE):
            self.findings.append(finding_at(node.start_mark, "DC103", f"tags such as '{node.tag}' are not read here"))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item) for item in node.value]
        return resolve(node.value) if node.tag == PLAIN else node.value

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        made: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = self.value(key_node)
            if key == "<<" and key_node.tag == PLAIN:
                hint = "write the keys out, or name the whole of the other mapping by an alias"
                self.findings.append(
                    finding_at(key_node.start_mark, "DC103", "merge keys ('<<') are not read here", hint)
                )
            elif not isinstance(key, str):
                hint = "put quotes around it"
                self.findings.append(finding_at(key_node.start_mark, "DC108", "expected text as a key", hint))
            elif key in made:
                hint = f"it stands on line {first[key]} already"
                self.findings.append(finding_at(key_node.start_mark, "DC105", f"duplicate key '{key}'", hint))
            else:
                first[key] = key_node.start_mark.line + 1
                made[key] = self.value(value_node)
        return made
