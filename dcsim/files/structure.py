"""Makes typed values from plain ones, strictly, and reports every fault of a file at once.

No value is converted without a word: a number where text belongs is a fault. Whether names are known and times make
sense is not checked here, but by the lints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from operator import eq
from typing import Any, Literal, TypeVar, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override

from dcsim.domain.account import Value
from dcsim.domain.actions import CLIENT_ACTIONS, ClientAction
from dcsim.domain.arrival import ArrivalWindow
from dcsim.domain.distribution import Duration
from dcsim.domain.faults import Fault
from dcsim.domain.moment import Moment
from dcsim.domain.rulebook import Citation, Policy, Rule, Rulebook, Session
from dcsim.domain.runbook import STEPS, Copy, Reset, Runbook, Step, Waiver
from dcsim.domain.scenario import ClientStep
from dcsim.files import scalar_parsers
from dcsim.files.cattrs_errors import MOST_FLAWS, attempt, each, every, flaws_in, raise_all
from dcsim.files.cells import plain, reading, stored, typed
from dcsim.files.expect_form import expect_form
from dcsim.files.fault_forms import fault_class, missing, mistaken
from dcsim.files.findings import Finding, Flaw, FlawError, suggest, unknown
from dcsim.files.forms import (
    IGNORED,
    VERSION,
    AccountForm,
    Expect,
    Key,
    PopulationForm,
    Rows,
    ScenarioForm,
    SharedForm,
    StepForm,
    keys_of,
)
from dcsim.files.meant_verb import meant_verb
from dcsim.files.name_parsers import digits, name
from dcsim.files.varying import distributed, varying
from dcsim.files.yaml_nodes import Document

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]

NAMES: Mapping[type, str] = {ScenarioForm: "scenario", Rulebook: "rulebook", Runbook: "runbook"}


def unusable(document: Document, cls: type) -> tuple[Finding, ...]:
    """The findings because of which a document is not looked into further, if there are any."""
    if document.findings and document.root is None:
        return document.findings
    flaw = _unreadable(document.value, NAMES[cls])
    return (*document.findings, document.find(flaw)) if flaw else ()


def structure(raw: Any, cls: type[T]) -> tuple[T | None, tuple[Flaw, ...]]:
    """The typed value of a whole file; or None, with every flaw of its shape."""
    try:
        return _converter.structure(raw, cls), ()
    except (BaseValidationError, FlawError) as error:
        return None, tuple(islice(flaws_in(error), MOST_FLAWS + 1))


def _unreadable(raw: Any, wanted: str) -> Flaw | None:
    """The one flaw of a file that is not of the wanted kind or version: each of its keys would be a flaw too."""
    if not isinstance(raw, dict):
        return Flaw("DC108", (), f"expected a mapping with the key '{wanted}', found {scalar_parsers.found(raw)}")
    shared = {key.name for key in keys_of(SharedForm)}
    if wanted == "scenario" and "steps" in raw and shared >= set(_mapping(raw)):
        message = "this file holds only shared steps, and is no scenario"
        return Flaw("DC109", (), message, "write a scenario that has its path under 'include'")
    kind = _kind(raw)
    if kind and kind != wanted:
        return Flaw("DC109", (kind,), f"expected a {wanted}; this is a {kind}", at_key=True)
    version = raw.get("version", VERSION)
    if type(version) is int and version != VERSION:
        return Flaw("DC110", ("version",), f"version {version} of the format is not supported", f"write {VERSION}")
    return None


def _kind(raw: Mapping[str, Any]) -> str | None:
    named = [name for name in NAMES.values() if name in raw]
    # A scenario names a rulebook and a runbook. Without its own name it is still a scenario, one that lacks a key.
    return "scenario" if {"rulebook", "runbook"} <= set(named) else next(iter(named), None)


def _mapping_hook(cls: type, converter: Converter) -> Hook:
    fields = {key.attribute: _override(cls, key) for key in keys_of(cls)}
    inner: Any = make_dict_structure_fn(
        cls, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True, **fields
    )
    return lambda raw, _: inner(_mapping(raw), cls)


def _override(cls: type, key: Key) -> Any:
    hook, arms = _field_hook(cls, key), get_args(key.type)
    if (cls, key.attribute) in _ALL_WHERE_LEFT_OUT:
        hook = partial(_some, _converter.get_structure_hook(key.type), key)
    if type(None) in arms and key.type != Value and (key.none or not hook):
        inner = next(arm for arm in arms if arm is not type(None))
        either = scalar_parsers.nothing_or if key.none else scalar_parsers.something
        hook = partial(_as, either(hook or _converter.get_structure_hook(inner)), inner)
    return override(rename=key.name, struct_hook=hook) if hook else override(rename=key.name)


def _some(hook: Hook, key: Key, raw: Any, _: Any) -> Any:
    """A list for which leaving it out means all. It may not be empty: that would be the same, and look like none."""
    if raw == []:
        raise FlawError("DC109", f"an empty '{key.name}' would stand for all of them", "leave the key out")
    return hook(raw, key.type)


def _as(hook: Hook, cls: Any, raw: Any, _: Any) -> Any:
    """The hook with another type than the one that cattrs passes: without its ``| None``."""
    return hook(raw, cls)


def _field_hook(cls: type, key: Key) -> Hook | None:
    """The hook for the value of one key, if its type alone does not determine it."""
    if (cls, key.attribute) in _FIELDS:
        return _FIELDS[cls, key.attribute]
    if key.duration:
        return reading(typed, scalar_parsers.milliseconds)
    text = key.type in (str, str | None)
    return _label if text and (key.attribute in _LABELS or (cls, key.attribute) in _LINTED) else None


def _mapping(raw: Any) -> dict[str, Any]:
    """A mapping, without the keys that are for others to read."""
    if not isinstance(raw, dict):
        scalar_parsers.refuse("a mapping", raw)
    return {key: item for key, item in raw.items() if not key.startswith(IGNORED)} if _any_ignored(raw) else raw


def _any_ignored(raw: Mapping[str, Any]) -> bool:
    # Asked for every account of a table, so the quick question goes first.
    return IGNORED in "\n".join(raw) and any(key.startswith(IGNORED) for key in raw)


def _mappings(cls: Any, converter: Converter) -> Hook:
    item_type = get_args(cls)[1]

    def hook(raw: Any, _: Any) -> Any:
        item_hook = converter.get_structure_hook(item_type)
        return each(_mapping(raw), lambda key, item: item_hook(item, item_type) if scalar_parsers.key(key) else None)

    return hook


def _tuples(cls: Any, converter: Converter) -> Hook:
    """A list. A list of one word may be written as the word alone."""
    item_type = get_args(cls)[0]

    def hook(raw: Any, _: Any) -> Any:
        if raw is None or isinstance(raw, dict):
            scalar_parsers.refuse("a list", raw)
        item_hook = converter.get_structure_hook(item_type)
        return every(raw if isinstance(raw, list) else [raw], lambda item: item_hook(item, item_type))

    return hook


def _literals(cls: Any, _: Converter) -> Hook:
    return lambda raw, _: scalar_parsers.word(plain(raw), get_args(cls))


def _verb(raw: Any, known: Mapping[str, Any]) -> Any:
    """The class of an action or step, from its `do`."""
    if "do" not in _mapping(raw):
        raise FlawError("DC107", "missing key 'do'", lacks="do")
    verb = raw["do"]
    if not isinstance(verb, str):
        scalar_parsers.refuse("text", verb, keys=("do",))
    if verb not in known:
        meant = meant_verb(raw, known)
        hint = f"did you mean '{meant}'?" if meant else suggest(verb, known)
        raise FlawError("DC104", f"unknown action '{verb}'", hint, ("do",))
    return known[verb]


_STEP_KEYS = {key.name for key in keys_of(StepForm)}
_OPERATION_KEYS = {key.name for key in keys_of(Step)}


def _runbook_step(raw: Any, _: Any) -> Any:
    errors: list[Exception] = []
    cls = attempt(errors, lambda whole, _: _verb(whole, STEPS), raw)
    rest = {key: item for key, item in _mapping(raw).items() if key != "do"}
    if cls is None:
        errors += _without_verb(raw, rest, _OPERATION_KEYS, STEPS, Step)
        raise_all(errors)
    return _converter.get_structure_hook(cls)(rest, cls)


def _client_step(raw: Any, _: Any) -> Any:
    """A client's step. Its own keys and those of its action are in one mapping."""
    form_hook = _converter.get_structure_hook(StepForm)
    errors: list[Exception] = []
    form = attempt(errors, form_hook, {key: item for key, item in _mapping(raw).items() if key in _STEP_KEYS})
    cls = attempt(errors, lambda whole, _: _verb(whole, CLIENT_ACTIONS), raw)
    rest = {key: item for key, item in _mapping(raw).items() if key not in _STEP_KEYS and key != "do"}
    action: Any = attempt(errors, _converter.get_structure_hook(cls), rest) if cls else None
    errors += [] if cls else _without_verb(raw, rest, _STEP_KEYS, CLIENT_ACTIONS, ClientAction)
    raise_all(errors)
    return ClientStep(action=action, **attrs.asdict(form, recurse=False))


def _without_verb(
    raw: Mapping[str, Any], rest: Mapping[str, Any], own: set[str], known: Mapping[str, type], base: type
) -> list[Exception]:
    """The errors of a step whose `do` is wrong: keys that no step has, and values that are wrong for the action that
    was probably meant.
    """
    keys = {"do", *own, *(key.name for cls in known.values() for key in keys_of(cls))}
    flaws = [unknown("DC106", (key,), "key", key, keys, at_key=True) for key in _mapping(raw) if key not in keys]
    errors: list[Exception] = []
    meant = known.get(meant_verb(raw, known) or "", base)
    given = rest if meant is not base else {key: item for key, item in rest.items() if key in own}
    attempt(errors, _mapping_hook(meant, _converter), given)
    # Which keys that action takes is another question, and the wrong one.
    wrong = [error for error in errors if not isinstance(error, ForbiddenExtraKeysError | KeyError)]
    return [*(FlawError(flaw.code, flaw.message, flaw.hint, flaw.keys, at_key=True) for flaw in flaws), *wrong]


def _either(classes: Mapping[str, type], more: tuple[str, ...] = ()) -> Hook:
    """One of two classes: the one whose own key is there. ``more`` are keys that could be there instead."""

    def hook(raw: Any, _: Any) -> Any:
        for key, cls in classes.items():
            if key in _mapping(raw):
                return _converter.structure(raw, cls)
        raise FlawError("DC107", f"missing key {' or '.join(map(repr, (*classes, *more)))}")

    return hook


def _fault(raw: Any, _: Any) -> Any:
    cls = fault_class(_mapping(raw))
    wrong: list[Exception] = [*mistaken(cls, raw)]
    # A key that stands for another one by mistake is one mistake, and not a key too many and one too few.
    told: tuple[type[Exception], ...] = (KeyError, ForbiddenExtraKeysError) if wrong else (KeyError,)
    wrong = wrong or [*missing(cls, raw)]
    errors: list[Exception] = []
    made = attempt(errors, lambda given, _: _converter.structure(given, cls), raw)
    raise_all([*wrong, *(error for error in errors if not isinstance(error, told))])
    return made


def _arrival(raw: Any, _: Any) -> Any:
    return varying(raw) if distributed(raw) else _converter.structure(raw, ArrivalWindow)


def _expect(raw: Any, _: Any) -> Expect:
    return expect_form(raw if raw == {} else _mapping(raw), _converter.structure)


def _scenario_policies(raw: Any, _: Any) -> Mapping[str, Any]:
    return each(_mapping(raw), lambda name, item: scalar_parsers.policy(name, typed(item)))


def _rulebook_policies(raw: Any, _: Any) -> Mapping[str, Policy]:
    def entry(name: str, item: Any) -> Policy:
        # The value is structured by itself, since what it takes depends on the policy's name.
        rest = {**_mapping(item), "value": None} if "value" in _mapping(item) else item
        errors: list[Exception] = []
        policy: Policy = attempt(errors, _converter.get_structure_hook(Policy), rest)
        value = attempt(errors, lambda _, __: _policy_value(name, item), None)
        raise_all(errors)
        return attrs.evolve(policy, value=value)

    return each(_mapping(raw), entry)


def _policy_value(name: str, item: Mapping[str, Any]) -> Any:
    try:
        return scalar_parsers.policy(name, item["value"]) if "value" in item else None
    except FlawError as error:
        flaw = error.flaw
        raise FlawError(flaw.code, flaw.message, flaw.hint, () if flaw.at_key else ("value",), flaw.at_key) from None


_label = reading(plain, scalar_parsers.label)
_LABELS = {"password", "channel", "smartcard", "from_", "to", "portal", "link", "label", "printed", "note"}
"""Keys that take any text, even blank text: values of fields, what a client types, what a notice prints for a date."""
_LINTED = {(Citation, "place"), (Waiver, "reason"), *((cls, "assumption") for cls in (Rule, Session, Policy))}
"""Keys whose text a lint checks for blanks: it requires one of two keys."""
_ALL_WHERE_LEFT_OUT = {(Copy, "fields"), (Reset, "accounts")}
_FIELDS: Mapping[tuple[type, str], Hook] = {
    (ScenarioForm, "policies"): _scenario_policies,
    (StepForm, "spread"): _arrival,
    (AccountForm, "id"): name,
    (PopulationForm, "prefix"): name,
    (PopulationForm, "digits"): digits,
    (PopulationForm, "population"): reading(typed, scalar_parsers.count),
    (Session, "name"): name,
    (Rulebook, "policies"): _rulebook_policies,
    (Policy, "value"): lambda raw, _: raw,
}
_SIMPLE: tuple[tuple[type, Hook], ...] = (
    (str, reading(plain, scalar_parsers.text)),
    (int, reading(typed, scalar_parsers.number)),
    (bool, reading(typed, scalar_parsers.flag)),
    (float, reading(typed, scalar_parsers.decimal)),
)
_EXACT: tuple[tuple[Any, Hook], ...] = (
    (Value, reading(stored, scalar_parsers.value)),
    (Moment, scalar_parsers.at),
    (datetime, scalar_parsers.when),
    (Step, _runbook_step),
    (ClientStep, _client_step),
    (Expect, _expect),
    (AccountForm | PopulationForm, _either({"population": PopulationForm, "id": AccountForm}, ("names", "csv"))),
    (Rows, lambda raw, _: raw),
    (Fault, _fault),
    (Duration, lambda raw, _: varying(raw)),
)


def _comes_from(origin: Any, cls: Any) -> bool:
    return get_origin(cls) is origin


def _make_converter() -> Converter:
    converter = Converter(detailed_validation=True)
    for simple, hook in _SIMPLE:
        converter.register_structure_hook(simple, hook)
    for origin, factory in ((Mapping, _mappings), (tuple, _tuples), (Literal, _literals)):
        converter.register_structure_hook_factory(partial(_comes_from, origin), factory)
    converter.register_structure_hook_factory(attrs.has, _mapping_hook)
    for exact, hook in _EXACT:
        # By equality of the type: a hook registered for a base class would be used for its subclasses too.
        converter.register_structure_hook_func(partial(eq, exact), hook)
    return converter


_converter = _make_converter()
