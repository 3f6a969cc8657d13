"""Makes JSON Schemas of the files that people write for editors, from the types that read the files.

A schema checks the shape of a file, not its names: whether an account or a session exists is checked by the lints.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from dcsim.domain.account import BASELINE, FIELDS
from dcsim.domain.actions import CLIENT_ACTIONS, ClientAction
from dcsim.domain.arrival import ArrivalWindow
from dcsim.domain.change_kinds import KINDS
from dcsim.domain.distribution import Duration
from dcsim.domain.figures import COMPARISON_FORMS, FIGURES
from dcsim.domain.moment import DURATION_FORMS, MOMENT_FORMS, UNITS, Moment
from dcsim.domain.policies import POLICIES, Parameter
from dcsim.domain.rulebook import ChangeSet, OpenQuestion, Policy, Rule, Rulebook, Session
from dcsim.domain.runbook import STEPS, Copy, Drain, Reset, Runbook, Step
from dcsim.domain.scenario import ClientStep
from dcsim.files import varying
from dcsim.files.expected_figures import EXPECTED
from dcsim.files.forms import (
    EXPECT_LISTS,
    IGNORED,
    NONE,
    VERSION,
    AnyAccount,
    BehaviourForm,
    Expect,
    Held,
    Key,
    LivingForm,
    LivingKindForm,
    ProfileStepForm,
    ScenarioForm,
    StepForm,
    TableForm,
    keys_of,
)
from dcsim.files.key_meanings import key_meaning
from dcsim.files.lint_runbook import ON_TIMEOUT
from dcsim.files.lint_scenario import OUTCOMES
from dcsim.files.mapping import MappedActs, MappedColumn, MappedTime, TableMap
from dcsim.files.resolver import builtin_names
from dcsim.files.schema_placeholders import Schema, or_placeholder

FILES: Mapping[str, type] = {
    "scenario": ScenarioForm,
    "rulebook": Rulebook,
    "runbook": Runbook,
    "mapping": TableMap,
}

_WORDS = ("string", "integer")

_SIMPLE: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
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
_COUNT: Schema = {
    "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^\d{1,3}(_\d{3})+$"}],
    "description": "How many, such as 1_000_000.",
}
# Any mapping may have keys that are for others to read.
_ELSE_IGNORED: Schema = {"patternProperties": {f"^{IGNORED}": {}}}
_KIND: Schema = {"anyOf": [{"enum": list(KINDS)}, {"type": "string"}]}
_KINDS: Schema = {"anyOf": [_KIND, {"type": "array", "items": _KIND}]}
_POLICY: Mapping[str, Schema] = {
    "count": {"type": "integer", "minimum": 0},
    "duration": _DURATION,
    "flag": {"type": "boolean"},
    "kinds": _KINDS,
}


_STEP_KEYS = {*keys_of(StepForm), *keys_of(ProfileStepForm)}


def schema(name: str, invariants: Collection[str] = (), refusals: Collection[str] = ()) -> Schema:
    """The JSON Schema (2020-12) of a `scenario`, `rulebook`, `runbook` or `mapping` file. The names of ``invariants``
    and ``refusals`` are offered where they may stand.
    """
    maker = _Maker(_completions(invariants, refusals))
    cls = FILES[name]
    made = maker.mapping(cls)
    made = or_placeholder(made, maker.defs) if cls is ScenarioForm else made
    made["properties"]["version"] = {"const": VERSION, "description": key_meaning(cls, "version")}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"dcsim {name}"}
    return {**head, **made, "$defs": dict(sorted(maker.defs.items()))}


def _completions(invariants: Collection[str], refusals: Collection[str]) -> Mapping[tuple[type, str], Collection[str]]:
    """Words that an editor offers where any text may stand."""
    refused = [f"refused {code}" for code in refusals]
    changes = dict.fromkeys(((Rule, "changes"), (Session, "changes"), (OpenQuestion, "changes")), tuple(KINDS))
    return {
        (ScenarioForm, "rulebook"): builtin_names("rulebook"),
        (ScenarioForm, "runbook"): builtin_names("runbook"),
        (StepForm, "expect"): (*OUTCOMES, *refused),
        (Expect, "violations"): tuple(invariants),
        (Expect, "sometimes"): (*CLIENT_ACTIONS, *refused),
        **changes,
        **dict.fromkeys(((ChangeSet, "members"), (ChangeSet, "such-as")), tuple(KINDS)),
        **dict.fromkeys(((Rule, "made-in"), (Rule, "baseline"), (OpenQuestion, "made-in")), (BASELINE,)),
        **dict.fromkeys(((Copy, "fields"), (Reset, "fields")), FIELDS),
        (Drain, "on-timeout"): ON_TIMEOUT,
    }


def _description(cls: type) -> str:
    """A class's docstring on one line, without phrases about milliseconds: files write durations with their unit."""
    text = re.sub(r"\s+", " ", inspect.cleandoc(cls.__doc__ or "")).replace("``", "`")
    return re.sub(r"[.;] `\w+` is [^.;]*in milliseconds[^.;]*", "", text)


def _short(cls: type) -> str:
    """``AccountForm`` is ``account``, ``OpenQuestion`` is ``open-question``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__.removesuffix("Form")).lower()


def _compared(name: str) -> Schema:
    """The schema of what a figure is compared with."""
    number = r"\d+" if FIGURES[name].unit == "count" else rf"(0|(\d+({'|'.join(sorted(UNITS))}))+)"
    forms = f"Expected: {COMPARISON_FORMS[FIGURES[name].unit]}."
    texts = {"type": "string", "pattern": f"^([=!<>]=|[<>])? *{number}$"}
    return {"anyOf": [{"type": "integer"}, texts], "description": forms}


def _policy(parameter: Parameter) -> Schema:
    takes = parameter.takes
    made = {"enum": list(takes)} if isinstance(takes, tuple) else _POLICY[takes]
    return {**made, "description": _sentence(parameter.meaning)}


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _is_word(item: Schema) -> bool:
    """Whether a schema is that of a text or a number."""
    return all(map(_is_word, item["anyOf"])) if "anyOf" in item else "enum" in item or item.get("type") in _WORDS


class _Maker:
    """Makes schemas of types. Each mapping is defined once, under a short name, and then referred to."""

    def __init__(self, completions: Mapping[tuple[type, str], Collection[str]]) -> None:
        self.completions = completions
        self.defs: dict[str, Schema] = {}
        self.special: Mapping[Any, Callable[[], Schema]] = {
            Step: lambda: self._acts(Step, STEPS, keys_of),
            ClientStep: partial(self._client_steps, StepForm),
            ProfileStepForm: partial(self._client_steps, ProfileStepForm, "-of-a-profile"),
            LivingForm: self._living,
            BehaviourForm: lambda: self._or(self.of(float), self.mapping(BehaviourForm)),
            Expect: self._expect,
            **{cls: partial(self._column, cls) for cls in (MappedColumn, MappedTime, MappedActs)},
        }

    def of(self, type_: Any) -> Schema:
        """The schema of any type that can occur in a file."""
        if type_ in _SIMPLE:
            return dict(_SIMPLE[type_])
        if type_ == Duration:
            return self._reference("varying-duration", self._varying)
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
        # The text of the type, such as the forms of a moment, follows that of the key.
        made = self._of_key(cls, key)
        texts = (key_meaning(cls, key.name) or _description(cls), made.get("description", ""))
        return {**made, "description": " ".join(dict.fromkeys(filter(None, texts)))}

    def _of_key(self, cls: type, key: Key) -> Schema:
        if key.name == "accounts" and cls is ScenarioForm:
            # Only a table may be written as the mapping alone.
            return {"anyOf": [self.of(TableForm), {"type": "array", "items": self.of(AnyAccount)}]}
        if key.name == "policies":
            return self._policies(wrapped=cls is Rulebook)
        if key.name in ("population", "count") and key.type is int:
            return dict(_COUNT)
        if key.name == "spread":
            return {"anyOf": [self.of(ArrivalWindow), self.of(Duration)]}
        if key.duration:
            return self._reference("duration", lambda: dict(_DURATION))
        # A step has its own keys and those of its action.
        owner = StepForm if issubclass(cls, ClientAction) and key in _STEP_KEYS else cls
        words = self.completions.get((owner, key.name))
        made = self._offered(key.type, words) if words else self.of(key.type)
        return {"anyOf": [{"const": NONE}, *made["anyOf"]]} if key.none else made

    def _offered(self, type_: Any, words: Collection[str]) -> Schema:
        """The schema of a text, or of a list of texts, for which some words are offered."""
        offered = {"anyOf": [{"enum": list(words)}, {"type": "string"}]}
        return self._list(offered) if any(get_origin(arm) is tuple for arm in (type_, *get_args(type_))) else offered

    def _policies(self, *, wrapped: bool) -> Schema:
        def one(parameter: Parameter) -> Schema:
            if not wrapped:
                return _policy(parameter)
            basis = {key.name: self._key(Policy, key) for key in keys_of(Policy) if key.name != "value"}
            properties = {"value": _policy(parameter), **basis}
            return {
                "type": "object",
                "description": _sentence(parameter.meaning),
                "properties": properties,
                "required": ["value"],
                **_ELSE_IGNORED,
                "additionalProperties": False,
            }

        made = {
            name: {**self._reference(f"policy-{name}", partial(one, p)), "description": _sentence(p.meaning)}
            for name, p in POLICIES.items()
        }
        return {"type": "object", "properties": made, **_ELSE_IGNORED, "additionalProperties": False}

    @staticmethod
    def _list(item: Schema) -> Schema:
        many = {"type": "array", "items": item}
        # A list of one word may be written as the word alone; a list of one mapping may not.
        return {"anyOf": [item, many]} if _is_word(item) else many

    def _client_steps(self, form: type, suffix: str = "") -> Schema:
        return self._acts(form, CLIENT_ACTIONS, lambda cls: (*keys_of(form), *keys_of(cls)), suffix)

    def _living(self) -> Schema:
        """The schema of a population that lives. Its other keys are kinds of account, which a rulebook names."""
        return {**self.mapping(LivingForm), "additionalProperties": self._or(_COUNT, self.of(LivingKindForm))}

    @staticmethod
    def _or(short: Schema, long: Schema) -> Schema:
        return {"description": long.pop("description", ""), "anyOf": [short, long]}

    def _acts(
        self, base: type, classes: Mapping[str, type], keys: Callable[[type], tuple[Key, ...]], suffix: str = ""
    ) -> Schema:
        """The schema of an action or step, chosen by its `do`. With conditions, an editor reports the errors of the
        chosen action; with alternatives, it would report those of every action.
        """
        cases = []
        for verb, cls in classes.items():
            do = {"const": verb, "description": _description(cls)}
            act = self._reference(verb + suffix, partial(self._object, cls, keys(cls), {"do": do}))
            cases.append({"if": {"properties": {"do": do}, "required": ["do"]}, "then": act})
        return {
            "type": "object",
            "description": _description(base),
            "properties": {
                "do": {
                    "enum": list(classes),
                    "enumDescriptions": [_description(cls) for cls in classes.values()],
                    "description": "What is done.",
                }
            },
            "required": ["do"],
            "allOf": cases,
        }

    def _expect(self) -> Schema:
        return {
            "type": "object",
            "description": _description(Expect),
            "properties": {key.name: self._key(Expect, key) for key in keys_of(Expect) if key.name in EXPECT_LISTS}
            | {name: self._figure(name) for name in EXPECTED},
            "patternProperties": {
                **_ELSE_IGNORED["patternProperties"],
                **{
                    rf"^{name}\.": self._reference(f"expected-{FIGURES[name].unit}", partial(_compared, name))
                    for name in EXPECTED
                },
            },
            "additionalProperties": self.of(Mapping[str, Held]),
        }

    def _figure(self, name: str) -> Schema:
        one = self._reference(f"expected-{FIGURES[name].unit}", partial(_compared, name))
        parts = {"type": "object", **_ELSE_IGNORED, "additionalProperties": one}
        return {"description": FIGURES[name].says, "anyOf": [one, parts] if FIGURES[name].part else [one]}

    def _column(self, cls: type) -> Schema:
        """The schema of a column of a table, which may be written as its name alone."""
        made = self.mapping(cls)
        if cls is MappedActs:
            # An action without arguments may be written as its verb alone, too.
            acts = made["properties"]["values"]
            acts["additionalProperties"] = {"anyOf": [{"type": "string"}, acts["additionalProperties"]]}
        return {"description": made.pop("description"), "anyOf": [{"type": "string"}, made]}

    def _varying(self) -> Schema:
        return varying.schema(self._reference("duration", lambda: dict(_DURATION)))

    def _reference(self, name: str, make: Callable[[], Schema]) -> Schema:
        if name not in self.defs:
            # Reserves the name first, so that a type that contains itself would end.
            self.defs[name] = {}
            self.defs[name] = make()
        return {"$ref": f"#/$defs/{name}"}
