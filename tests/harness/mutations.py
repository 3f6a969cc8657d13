"""Files that nobody wrote: trees of YAML and JSON with parts dropped, doubled and replaced, and bytes changed."""

import json

import yaml
from hypothesis import strategies as st

from dcsim.files.yaml_nodes import _PurePython

LOADER = getattr(yaml, "CSafeLoader", _PurePython)

HOSTILE = (
    *("", " ", "\t", "\n", "none", "null", "~", "true", "no", "<<", "=", "*", "&a", "!!str", "%", "0", "-1", "1e9"),
    *(".nan", ".inf", "-.inf", "0x1F", "9" * 50, "9" * 5000, "18:05", "2023-06-10 18:00", "24:00", "session-1"),
    *("session-1 +5m", "session-1 closes +99999999h", "monday", "baseline", "operator", "any", "X*", "U001", "*"),
    *("../../etc/passwd", "/dev/full", "/dev/zero", "a/b.yaml", "x" * 3000, "\x1b[31mred", "\x07", "\u202eabc"),
    *("\u200b", "\ufeff", "\x85", "\u2028", "é" * 40, "\U0001f600", "a\0b", "{}", "[]", "expect", "refused", "carry"),
    *("-h", "--help", "$(id)", "`id`", "'", '"', "\\", "%s%n", "{0}", "change-password", "discard", "reset", "drop"),
)
DEEP = "[" * 60 + "]" * 60


@st.composite
def trees(draw, text):
    """A YAML text with some of its nodes changed."""
    root = yaml.compose(text, Loader=LOADER)
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        places = list(_places(root))
        if places:
            _change(draw, *draw(st.sampled_from(places)), places)
    return yaml.serialize(root, Dumper=yaml.SafeDumper, allow_unicode=True)


def _places(node):
    """Each collection of a tree, with each index in it."""
    if isinstance(node, yaml.CollectionNode):
        for index, part in enumerate(node.value):
            yield node, index
            for child in part if isinstance(part, tuple) else (part,):
                yield from _places(child)


def _change(draw, node, index, places):
    """One change at one place."""
    if index >= len(node.value):
        return
    how = draw(st.sampled_from(["drop", "double", "swap", "replace", "hostile", "key", "graft", "cut"]))
    if how == "drop":
        del node.value[index]
    elif how == "double":
        node.value.insert(index, node.value[index])
    elif how == "swap":
        other = draw(st.integers(0, len(node.value) - 1))
        node.value[index], node.value[other] = node.value[other], node.value[index]
    elif how == "cut":
        del node.value[index:]
    elif how == "graft":
        other, at = draw(st.sampled_from(places))
        part = other.value[at] if at < len(other.value) else _scalar("x")
        _put(node, index, _copy(part[1] if isinstance(part, tuple) else part))
    elif how == "key" and isinstance(node, yaml.MappingNode):
        node.value[index] = (_scalar(draw(st.sampled_from(HOSTILE))), node.value[index][1])
    else:
        _put(node, index, draw(_others()) if how == "replace" else _scalar(draw(st.sampled_from(HOSTILE))))


def _put(node, index, value):
    node.value[index] = (node.value[index][0], value) if isinstance(node, yaml.MappingNode) else value


def _copy(node):
    """A copy, so that no alias is written."""
    if isinstance(node, yaml.MappingNode):
        return yaml.MappingNode(node.tag, [(_copy(key), _copy(value)) for key, value in node.value])
    if isinstance(node, yaml.SequenceNode):
        return yaml.SequenceNode(node.tag, [_copy(item) for item in node.value])
    return yaml.ScalarNode(node.tag, node.value)


def _scalar(text):
    return yaml.ScalarNode("tag:yaml.org,2002:str", text)


def _others():
    """A value of another type."""
    written = ["[]", "{}", "null", "true", "5", "-1", "1.5", ".nan", "[1, 2]", "{a: b}", "text", "[[]]", "{1: 2}", DEEP]
    return st.sampled_from(written).map(lambda text: yaml.compose(text, Loader=LOADER))


@st.composite
def garbled(draw, raw):
    """Bytes with some flipped, cut out, put in or doubled."""
    out = bytearray(raw)
    for _ in range(draw(st.sampled_from([1, 1, 2, 4]))):
        at = draw(st.integers(0, max(len(out) - 1, 0)))
        how = draw(st.sampled_from(["flip", "cut", "end", "insert", "double", "line"]))
        if how == "flip" and out:
            out[at] = draw(st.integers(0, 255))
        elif how == "cut":
            del out[at : at + draw(st.integers(1, 40))]
        elif how == "end":
            del out[at:]
        elif how == "insert":
            put = st.one_of(st.binary(min_size=1, max_size=8), st.sampled_from(HOSTILE).map(str.encode))
            out[at:at] = draw(put)
        elif how == "double":
            out[at:at] = out[at : at + draw(st.integers(1, 200))]
        else:
            out[at:at] = draw(st.sampled_from([b"\n", b"\r\n", b"\r", b"\n---\n", b"\n...\n", b"\t", b"\n- ", b": "]))
    return bytes(out)


@st.composite
def objects(draw, text):
    """JSON with some of its parts changed; a text of several lines is one object a line."""
    lines = text.splitlines() if text.count("\n{") else [text]
    at = draw(st.integers(0, len(lines) - 1))
    value = json.loads(lines[at])
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        places = list(_parts(value))
        if places:
            _alter(draw, *draw(st.sampled_from(places)))
    lines[at] = json.dumps(value, ensure_ascii=draw(st.booleans()))
    return "\n".join([*lines, ""])


def _parts(value):
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _parts(value[key])


def _alter(draw, holder, key):
    """One change to one part."""
    if (key not in holder) if isinstance(holder, dict) else key >= len(holder):
        return
    how = draw(st.sampled_from(["drop", "replace", "hostile", "swap", "rename"]))
    if how == "drop":
        del holder[key]
    elif how == "replace":
        other = [None, True, 0, -1, 10**30, 1.5, float("nan"), float("inf"), [], {}, [[]], "x"]
        holder[key] = draw(st.sampled_from(other))
    elif how == "hostile":
        holder[key] = draw(st.sampled_from(HOSTILE))
    elif how == "swap":
        other = draw(st.sampled_from(list(holder) if isinstance(holder, dict) else list(range(len(holder)))))
        holder[key], holder[other] = holder[other], holder[key]
    elif isinstance(holder, dict):
        holder[draw(st.sampled_from(HOSTILE))] = holder.pop(key)
