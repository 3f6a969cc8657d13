"""Writes values into the text of a YAML file as a person would: in their places, with all else as it was, comments too.

Each edit is checked: the text that comes of it must read as the old one, but for the value that was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from dcsim.files.findings import Keys
from dcsim.files.place import by_key, is_null
from dcsim.files.yaml_nodes import parse
from dcsim.files.yaml_scalars import spelled

_BOM = "\ufeff"


class SharedValueError(ValueError):
    """The place in the text cannot hold a value of its own, such as one that an alias shares."""


def written_into(text: str, places: Mapping[Keys, str]) -> str:
    """The text with a scalar at each place, written as YAML. A key that is not there is added, with those above it."""
    for keys, scalar in places.items():
        text = _written(text, keys, scalar)
    return text


def value_at(value: Any, keys: Keys) -> Any:
    """The value at a place; None if there is none."""
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
        else:
            value = value[key] if isinstance(value, list) and isinstance(key, int) and key < len(value) else None
    return value


def _written(text: str, keys: Keys, scalar: str) -> str:
    mark = _BOM if text.startswith(_BOM) else ""
    body = text.removeprefix(_BOM)
    document = parse(body)
    made = _edited(body, document.root, keys, scalar)
    found = parse(made)
    if found.findings or found.value != _changed(document.value, keys, scalar):
        raise SharedValueError("it has no place of its own in the text (an alias may share it)")
    return f"{mark}{made}"


def _edited(text: str, root: yaml.Node | None, keys: Keys, scalar: str) -> str:
    node, rest = root, list(keys)
    while rest and (below := _child(node, rest[0])) is not None:
        node = below
        rest.pop(0)
    if node is None:
        return f"{text}{_nested(rest, scalar)}\n"
    if not rest:
        return _replaced(text, node, scalar)
    if isinstance(node, yaml.MappingNode):
        return _added(text, node, f"{spelled(rest[0])}: {_nested(rest[1:], scalar)}")
    return _replaced(text, node, _nested(rest, scalar)) if is_null(node) else text


def _child(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
        return node.value[key] if key < len(node.value) else None
    return by_key(node).get(str(key)) if isinstance(node, yaml.MappingNode) else None


def _nested(keys: Sequence[str | int], scalar: str) -> str:
    for key in reversed(keys):
        scalar = f"{{{spelled(key)}: {scalar}}}"
    return scalar


def _replaced(text: str, node: yaml.Node, scalar: str) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    blank = " " if start and text[start - 1] == ":" else ""
    return f"{text[:start]}{blank}{scalar}{text[end:]}"


def _added(text: str, mapping: yaml.MappingNode, pair: str) -> str:
    """The text with a pair at the end of a mapping in braces; in one of lines, after a pair that is one line."""
    if mapping.flow_style:
        if not mapping.value:
            start = mapping.start_mark.index + 1
            return f"{text[:start]}{pair}{text[start:]}"
        end = _end(mapping.value[-1][1], mapping.value[-1][0])
        return f"{text[:end]}, {pair}{text[end:]}"
    indent = " " * mapping.value[0][0].start_mark.column
    for key, value in reversed(mapping.value):
        if _on_one_line(key, value):
            after = text.find("\n", _end(value, key))
            after = len(text) if after < 0 else after
            return f"{text[:after]}\n{indent}{pair}{text[after:]}"
    start = mapping.value[0][0].start_mark.index
    return f"{text[:start]}{pair}\n{indent}{text[start:]}"


def _end(value: yaml.Node, key: yaml.Node) -> int:
    return int(max(value.end_mark.index, key.end_mark.index))


def _on_one_line(key: yaml.Node, value: yaml.Node) -> bool:
    simple = isinstance(value, yaml.ScalarNode) and value.style not in ("|", ">") and not is_null(value)
    flow = isinstance(value, yaml.CollectionNode) and bool(value.flow_style)
    return (simple or flow) and value.end_mark.line == key.start_mark.line


def _changed(value: Any, keys: Keys, scalar: str) -> Any:
    """The value that the edited text must have."""
    if not keys:
        return parse(f"x: {scalar}\n").value["x"]
    key, rest = keys[0], keys[1:]
    if isinstance(value, list):
        return [_changed(item, rest, scalar) if index == key else item for index, item in enumerate(value)]
    return {**(value or {}), key: _changed((value or {}).get(key), rest, scalar)}
