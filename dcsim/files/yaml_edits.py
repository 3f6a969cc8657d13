"""Changes the nodes of a YAML text: parts are left out, replaced or added, and the rest keeps its positions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import yaml

from dcsim.files.findings import Keys

PLAIN = "plain"
"""The tag of a scalar without quotes."""


class TableNode(yaml.Node):
    """A node whose value is made already, such as a row of a table: it has no nodes for its parts, but knows them."""

    def part(self, key: str) -> tuple[yaml.Node, yaml.Node]:
        """Nodes with the places of one key and of its value."""
        raise NotImplementedError

    def changed(self, places: Mapping[Keys, str | None]) -> yaml.Node:
        """A copy in which values are left out (None) or replaced by texts."""
        raise NotImplementedError


def changed(node: yaml.Node, places: Mapping[Keys, str | None]) -> yaml.Node | None:
    """A copy with some places changed; None if nothing remains. A place inside a scalar stands for the whole scalar."""
    if not places:
        return node
    if isinstance(node, TableNode) and () not in places:
        return node.changed(places)
    if () in places or not isinstance(node, yaml.CollectionNode):
        return _scalar(places.get(()), node)
    below: dict[str | int, dict[Keys, str | None]] = defaultdict(dict)
    for (key, *rest), text in places.items():
        below[key][tuple(rest)] = text
    if isinstance(node, yaml.MappingNode):
        pairs = [(k, changed(v, below.pop(k.value, {}))) for k, v in node.value]
        # What is left is not there: it is added, with the position of its mapping.
        pairs += [(_scalar(str(key), node), _scalar(own.get(()), node)) for key, own in below.items()]
        return yaml.MappingNode(node.tag, [(k, v) for k, v in pairs if v], node.start_mark, node.end_mark)
    items = (changed(item, below.get(index, {})) for index, item in enumerate(node.value))
    return yaml.SequenceNode(node.tag, [item for item in items if item], node.start_mark, node.end_mark)


def _scalar(text: str | None, at: yaml.Node) -> yaml.Node | None:
    return None if text is None else yaml.ScalarNode(PLAIN, text, at.start_mark, at.end_mark)
