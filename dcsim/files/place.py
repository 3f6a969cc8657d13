"""Places in files other than the scenario's own: what a scenario includes, and the tables that it names.

The nodes of such a file carry a `FilePlace` as their mark, so that a finding about them names that file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import yaml

from dcsim.files.findings import Finding, Keys
from dcsim.files.yaml_edits import PLAIN
from dcsim.files.yaml_errors import finding_at
from dcsim.files.yaml_nodes import TEXT
from dcsim.files.yaml_scalars import resolve


@attrs.frozen
class FilePlace:
    """A place in another file. Line and column count from 0, as in the marks of YAML."""

    path: str
    line: int = 0
    column: int = 0


class LostNode(yaml.ScalarNode):
    """Stands for a part that could not be made, because of a fault that was found already."""

    def __init__(self, mark: Any) -> None:
        super().__init__(TEXT, "", mark, mark)


def found_at(node: yaml.Node, code: str, message: str, hint: str = "") -> Finding:
    """A finding about a node. The path is empty in the scenario's own file."""
    return finding_at(node.start_mark, code, message, hint)


def text_node(value: Any, mark: Any) -> yaml.ScalarNode:
    """A node of a value that is taken as it is."""
    return yaml.ScalarNode(TEXT, value, mark, mark)


def is_null(node: yaml.Node) -> bool:
    """Whether a node stands for nothing."""
    return node.value is None or (node.tag == PLAIN and resolve(node.value) is None)


def by_key(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """The values of a mapping by key; of another node none."""
    made: dict[str, yaml.Node] = {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        # Of a key that is there twice, the first counts.
        made.setdefault(key.value, value)
    return made


def moved_to(path: str, root: yaml.Node) -> None:
    """Mark every node below a root as one of another file."""
    todo, seen = [root], set[int]()
    while todo:
        node = todo.pop()
        if id(node) not in seen:
            seen.add(id(node))
            mark: Any = node.start_mark
            node.start_mark = FilePlace(path, mark.line, mark.column)
            todo += [part for pair in children(node) for part in pair]


def children(node: yaml.Node) -> list[tuple[yaml.Node, ...]]:
    """The parts of a node: keys with values, or the items of a list."""
    if isinstance(node, yaml.MappingNode):
        return list(node.value)
    return [(item,) for item in node.value] if isinstance(node, yaml.SequenceNode) else []


def lost_places(node: yaml.Node | None, keys: Keys = ()) -> Iterator[Keys]:
    """The keys that lead to each lost part."""
    if isinstance(node, LostNode):
        yield keys
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from lost_places(value, (*keys, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from lost_places(item, (*keys, index))
