"""Lets a placeholder of `foreach` stand where a schema asks for a number, a flag, or one of a few words."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_PLACEHOLDER: Schema = {
    "type": "string",
    "pattern": r"\$\{[^{}]*\}",
    "description": "A value of the row that a table (`foreach`) gives, such as ${kind}.",
}
_REFERENCE = {"$ref": "#/$defs/placeholder"}
_INSIDE = ("properties", "$defs")
_PLAIN = ("integer", "boolean", "null")


def or_placeholder(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """The schema in which each single value may be a placeholder. So may those of the definitions."""
    for name, definition in list(definitions.items()):
        definitions[name] = _with(definition)
    definitions["placeholder"] = dict(_PLACEHOLDER)
    return _with(schema)


def _with(schema: Schema) -> Schema:
    made = {
        word: {name: _with(one) for name, one in part.items()} if word in _INSIDE else _part(word, part)
        for word, part in schema.items()
    }
    single = schema.get("type") in _PLAIN or "enum" in schema or "pattern" in schema
    if not single:
        return made
    about = {"description": made.pop("description")} if "description" in made else {}
    return {"anyOf": [made, _REFERENCE], **about}


def _part(word: str, part: Any) -> Any:
    if word == "anyOf":
        return [_with(one) for one in part]
    # What decides which action a step is, such as `if`, stays as it is.
    return _with(part) if word in ("items", "additionalProperties") and isinstance(part, dict) else part
