"""Makes JSON Schemas of the three files for editors, from the types that read the files.

A schema checks the shape of a file, not its names: whether an account or a session exists is checked by the lints.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from dcsim.domain.actions import CLIENT_ACTIONS
from dcsim.domain.moment import DURATION_FORMS, MOMENT_FORMS, UNITS, Moment
from dcsim.domain.policies import POLICIES, Parameter
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import STEPS, Runbook, Step
from dcsim.domain.scenario import ClientStep
from dcsim.files.forms import (
    EXPECT_LISTS,
    IGNORED,
    NONE,
    VERSION,
    AnyAccount,
    Expect,
    Held,
    Key,
    ScenarioForm,
    StepForm,
    keys_of,
)
from dcsim.files.schema_placeholders import Schema, or_placeholder

FILES: Mapping[str, type] = {"scenario": ScenarioForm, "rulebook": Rulebook, "runbook": Runbook}


_SIMPLE: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Any: {},
    Moment: {"type": "string", "description": f"A moment: {MOMENT_FORMS}."},
    datetime: {
        "type": "string",
        "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?$",
        "description": "A wall-clock time in the rulebook's timezone, such as 2023-06-10 18:00.",
    },
}
_DURATION: Schema = {
    "anyOf": [{"type": "string", "pattern": rf"^(\d+({'|'.join(sorted(UNITS))}))+$"}, {"const": 0}],
    "description": f"A duration {DURATION_FORMS}.",
}
# Any mapping may have keys that are for others to read.
_ELSE_IGNORED: Schema = {"patternProperties": {f"^{IGNORED}": {}}}
_KINDS: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_POLICY: Mapping[str, Schema] = {
    "count": {"type": "integer", "minimum": 0},
    "duration": _DURATION,
    "flag": {"type": "boolean"},
    "kinds": _KINDS,
}


def schema(name: str) -> Schema:
    """The JSON Schema (2020-12) of a `scenario`, `rulebook` or `runbook` file."""
    maker = _Maker()
    cls = FILES[name]
    made = maker.mapping(cls)
    made = or_placeholder(made, maker.defs) if cls is ScenarioForm else made
    made["properties"]["version"] = {"const": VERSION, "description": "The version of this file format."}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"dcsim {name}"}
    return {**head, **made, "$defs": dict(sorted(maker.defs.items()))}


def _description(cls: type) -> str:
    """A class's docstring on one line, without phrases about milliseconds: files write durations with their unit."""
    text = re.sub(r"\s+", " ", inspect.cleandoc(cls.__doc__ or "")).replace("``", "`")
    return re.sub(r"[.;] `\w+` is [^.;]*in milliseconds[^.;]*", "", text)


def _short(cls: type) -> str:
    """``AccountForm`` is ``account``, ``OpenQuestion`` is ``open-question``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__.removesuffix("Form")).lower()


def _policy(parameter: Parameter) -> Schema:
    takes = parameter.takes
    made = {"enum": list(takes)} if isinstance(takes, tuple) else _POLICY[takes]
    return {**made, "description": parameter.meaning}


class _Maker:
    """Makes schemas of types. Each mapping is defined once, under a short name, and then referred to."""

    def __init__(self) -> None:
        self.defs: dict[str, Schema] = {}
        self.special: Mapping[Any, Callable[[], Schema]] = {
            Step: lambda: self._acts(Step, STEPS, keys_of),
            ClientStep: lambda: self._acts(StepForm, CLIENT_ACTIONS, lambda cls: (*keys_of(StepForm), *keys_of(cls))),
            Expect: self._expect,
        }

    def of(self, type_: Any) -> Schema:
        """The schema of any type that can occur in a file."""
        if type_ in _SIMPLE:
            return dict(_SIMPLE[type_])
        if type_ in self.special or attrs.has(type_):
            return self._reference(_short(type_), self.special.get(type_, partial(self.mapping, type_)))
        origin, arguments = get_origin(type_), get_args(type_)
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in (Union, UnionType):
            return {"anyOf": [self.of(arm) for arm in arguments]}
        if origin is tuple:
            return self._list(self.of(arguments[0]))
        return {"type": "object", **_ELSE_IGNORED, "additionalProperties": self.of(arguments[1])}

    def mapping(self, cls: type) -> Schema:
        """The schema of the mapping in which a class is written."""
        return self._object(cls, keys_of(cls))

    def _object(self, cls: type, keys: tuple[Key, ...], more: Mapping[str, Schema] | None = None) -> Schema:
        return {
            "type": "object",
            "description": _description(cls),
            "properties": {**(more or {}), **{key.name: self._key(cls, key) for key in keys}},
            "required": [*(more or {}), *(key.name for key in keys if key.required)],
            **_ELSE_IGNORED,
            "additionalProperties": False,
        }

    def _key(self, cls: type, key: Key) -> Schema:
        if key.name == "accounts" and cls is ScenarioForm:
            # One item may be written as the mapping alone.
            item = self.of(AnyAccount)
            return {"anyOf": [*item["anyOf"], {"type": "array", "items": item}]}
        if key.name == "policies":
            return self._policies(wrapped=cls is Rulebook)
        if key.duration:
            return self._reference("duration", lambda: dict(_DURATION))
        made = self.of(key.type)
        return {"anyOf": [{"const": NONE}, *made["anyOf"]]} if key.none else made

    def _policies(self, *, wrapped: bool) -> Schema:
        def one(parameter: Parameter) -> Schema:
            if not wrapped:
                return _policy(parameter)
            basis = {name: self.of(type_) for name, type_ in self._basis().items()}
            properties = {"value": _policy(parameter), **basis}
            return {
                "type": "object",
                "description": parameter.meaning,
                "properties": properties,
                "required": ["value"],
                **_ELSE_IGNORED,
                "additionalProperties": False,
            }

        made = {name: self._reference(f"policy-{name}", partial(one, p)) for name, p in POLICIES.items()}
        return {"type": "object", "properties": made, **_ELSE_IGNORED, "additionalProperties": False}

    @staticmethod
    def _basis() -> Mapping[str, Any]:
        policy = next(key.type for key in keys_of(Rulebook) if key.name == "policies")
        return {key.name: key.type for key in keys_of(get_args(policy)[1]) if key.name != "value"}

    @staticmethod
    def _list(item: Schema) -> Schema:
        many = {"type": "array", "items": item}
        # A list of one word may be written as the word alone; a list of one mapping may not.
        simple = "enum" in item or item.get("type") in ("string", "integer")
        return {"anyOf": [item, many]} if simple else many

    def _acts(self, base: type, classes: Mapping[str, type], keys: Callable[[type], tuple[Key, ...]]) -> Schema:
        """The schema of an action or step, chosen by its `do`. With conditions, an editor reports the errors of the
        chosen action; with alternatives, it would report those of every action.
        """
        cases = []
        for verb, cls in classes.items():
            act = self._reference(verb, partial(self._object, cls, keys(cls), {"do": {"const": verb}}))
            cases.append({"if": {"properties": {"do": {"const": verb}}, "required": ["do"]}, "then": act})
        return {
            "type": "object",
            "description": _description(base),
            "properties": {"do": {"enum": list(classes), "description": "What is done."}},
            "required": ["do"],
            "allOf": cases,
        }

    def _expect(self) -> Schema:
        return {
            "type": "object",
            "description": _description(Expect),
            "properties": {name: self.of(tuple[str, ...]) for name in EXPECT_LISTS},
            **_ELSE_IGNORED,
            "additionalProperties": self.of(Mapping[str, Held]),
        }

    def _reference(self, name: str, make: Callable[[], Schema]) -> Schema:
        if name not in self.defs:
            # Reserves the name first, so that a type that contains itself would end.
            self.defs[name] = {}
            self.defs[name] = make()
        return {"$ref": f"#/$defs/{name}"}
