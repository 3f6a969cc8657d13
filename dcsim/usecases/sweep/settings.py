"""What can be varied in a scenario, its runbook and its rulebook: each value that a file holds, or could hold, by a
path such as ``runbook.link.lag``.

Paths are computed from the classes of the files (``forms.keys_of``) and from the text. So a new key of a file has a
path as soon as its class has it. The parts of a list are named by their ids, or numbered from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from dcsim.domain.account import Value
from dcsim.domain.actions import CLIENT_ACTIONS
from dcsim.domain.distribution import Duration
from dcsim.domain.moment import Moment, spell, write
from dcsim.domain.policies import POLICIES
from dcsim.domain.rulebook import Citation, OpenQuestion, Rulebook, Source
from dcsim.domain.runbook import STEPS, Runbook, Step, Waiver
from dcsim.domain.scenario import ClientStep
from dcsim.files.findings import Keys, suggest
from dcsim.files.forms import (
    IGNORED,
    AnyAccount,
    BehaviourForm,
    Expect,
    Key,
    LivingForm,
    LivingKindForm,
    ProfileStepForm,
    RowsForm,
    ScenarioForm,
    StepForm,
    keys_of,
)
from dcsim.files.load_books import parse_runbook
from dcsim.files.odd_characters import PROSE
from dcsim.files.yaml_nodes import parse
from dcsim.usecases.check import TAKEN
from dcsim.usecases.request import RequestError

Sort = Literal["duration", "moment", "time", "count", "number", "flag", "word", "text", "book"]
"""What a value is: how it is read and written, and whether it lies on a scale."""

BOOKS: Mapping[str, type] = {"scenario": ScenarioForm, "runbook": Runbook, "rulebook": Rulebook}
MOST_LISTED = 2_000
_SORTS: Mapping[Any, Sort] = {
    Moment: "moment",
    datetime: "time",
    bool: "flag",
    int: "count",
    float: "number",
    str: "text",
    Value: "text",
}
_NAMES = ("id", "name", "prefix")
"""The keys by which a part of a list is named; no two parts have the same, so these are not varied."""
_FIXED = {"version", "group", "csv", *_NAMES, *PROSE} - {"link"}
_PROSE_CLASSES = (Source, Citation, Waiver, OpenQuestion, RowsForm, Expect)


@attrs.frozen
class Setting:
    """One value that can be varied: its ``path``, the file that holds it, and the place there.

    ``sort`` says what it is, ``words`` are those that it may be, if they are a few. ``now`` is what it is, as a file
    says it; ``written``: a file says it, and it is no default.
    """

    path: str
    book: str
    keys: Keys
    sort: Sort
    words: tuple[str, ...] = ()
    now: str = ""
    written: bool = True

    @property
    def short(self) -> str:
        """The path without the file."""
        return self.path.partition(".")[2] or self.path

    @property
    def shown(self) -> str:
        """What it is now; in parentheses where no file says it."""
        return self.now if self.written or not self.now else f"({self.now})"

    @property
    def checked(self) -> bool:
        """Whether `dcsim check` reads it: of a scenario, it takes some keys only."""
        return self.book != "scenario" or self.keys[0] in TAKEN

    @property
    def takes(self) -> str:
        """What it takes, in words."""
        return " | ".join(self.words) if self.words else _TAKES[self.sort]


_TAKES: Mapping[Sort, str] = {
    "duration": "a duration, such as 30s",
    "moment": "earlier or later by -10m or +10m, or a moment",
    "time": "earlier or later by -10m or +10m, or a date and time",
    "count": "a whole number",
    "number": "a number",
    "flag": "true | false",
    "word": "a word",
    "text": "any text",
    "book": "names or paths",
}


def settings_in(texts: Mapping[str, str]) -> tuple[Setting, ...]:
    """All that can be varied in some texts: of a scenario, if there is one, a runbook and a rulebook."""
    found: list[Setting] = []
    for book in BOOKS:
        if book in texts:
            found += _of_text(book, texts[book])
    own = [Setting(name, "", (name,), "book") for name in ("runbook", "rulebook")]
    return (*own, *found)


def setting_of(path: str, known: tuple[Setting, ...]) -> Setting:
    """The setting with a path, whole or without its file. RequestError where there is none, or more than one."""
    stem, _, last = path.rpartition(".")
    # A number may stand alone for a mapping, which then has nothing but its number: `users: 300`, `early: 3`.
    names = (path, f"{path}.value", *((stem,) if last in ("count", "weight") else (f"{path}.count", f"{path}.weight")))
    named = {name: [one for one in known if name in (one.path, one.short)] for name in names}
    found = next(filter(None, named.values()), [])
    if len(found) == 1:
        return found[0]
    if found:
        raise RequestError(f"'{path}' is {' or '.join(one.path for one in found)}; write which")
    hint = suggest(path, [name for one in known for name in (one.short, one.path) if name])
    raise RequestError(f"nothing is called '{path}'; {f'{hint} ' if hint else ''}--paths lists what can be varied")


@cache
def _of_text(book: str, text: str) -> tuple[Setting, ...]:
    ids = tuple(step.id for step in _steps(text)) if book == "runbook" else ()
    return tuple(_Walk(book, ids).mapping(BOOKS[book], parse(text).value, (), book))


def _steps(text: str) -> tuple[Step, ...]:
    value = parse_runbook(text).value
    return value.steps if value else ()


@attrs.frozen
class _Walk:
    """A walk over the value of a text, along the classes of its mappings."""

    book: str
    step_ids: tuple[str, ...]

    def mapping(self, cls: type, raw: Any, keys: Keys, path: str) -> Iterator[Setting]:
        """What can be varied in the mapping of a class."""
        own = raw if isinstance(raw, dict) else {}
        for key, default in _keys(cls, own):
            if not _is_fixed(cls, key):
                at = (*keys, key.name)
                yield from self.value(key, own.get(key.name), default, at, f"{path}.{key.name}")
        if cls is LivingForm:
            yield from self._kinds(own, keys, path)

    def _kinds(self, own: Mapping[str, Any], keys: Keys, path: str) -> Iterator[Setting]:
        """The kinds of account of a population that lives: each other key is one, with a number or a mapping."""
        common = {key.name for key in keys_of(LivingForm)}
        for name, raw in own.items():
            if name not in common and not name.startswith(IGNORED):
                if isinstance(raw, dict):
                    yield from self.mapping(LivingKindForm, raw, (*keys, name), f"{path}.{name}")
                else:
                    yield self._leaf("count", raw, None, (*keys, name), f"{path}.{name}")

    def value(self, key: Key, raw: Any, default: Any, keys: Keys, path: str) -> Iterator[Setting]:
        """What can be varied in the value of a key."""
        if key.name == "accounts" and self.book == "scenario":
            # A file may also name accounts together, or take them from a table.
            yield from self._typed(tuple[AnyAccount, ...], raw, default, keys, path)
        elif key.name == "policies":
            yield from self._policies(raw, keys, path)
        elif key.duration:
            yield self._leaf("duration", raw, default, keys, path)
        else:
            yield from self._typed(key.type, raw, default, keys, path)

    def _typed(self, type_: Any, raw: Any, default: Any, keys: Keys, path: str) -> Iterator[Setting]:
        if Duration in (type_, *get_args(type_)) or type_ == Duration:
            yield from self._lengths(raw, default, keys, path)
            return
        type_ = _chosen(type_, raw)
        origin = get_origin(type_)
        if type_ in _SORTS:
            yield self._leaf(_SORTS[type_], raw, default, keys, path)
        elif origin is Literal and len(get_args(type_)) == 1:
            return
        elif origin is Literal:
            yield self._leaf("word", raw, default, keys, path, tuple(map(str, get_args(type_))))
        elif type_ is BehaviourForm and isinstance(raw, int | float):
            # A weight alone stands for a profile whose accounts do nothing of their own.
            yield self._leaf("number", raw, default, keys, path)
        elif type_ in (Step, ClientStep) or attrs.has(type_):
            there = isinstance(raw, dict) or (raw is None and attrs.has(type(default)))
            if there and not issubclass(type_, _PROSE_CLASSES):
                yield from self.mapping(type_, raw, keys, path)
        elif origin is tuple and isinstance(raw, list):
            for index, item in enumerate(raw):
                name = self._name(type_, item, index)
                yield from self._items(get_args(type_)[0], item, (*keys, index), f"{path}.{name}")
        elif isinstance(raw, dict) and len(get_args(type_)) > 1:
            for name, item in raw.items():
                yield from self._items(get_args(type_)[1], item, (*keys, name), f"{path}.{name}")

    def _lengths(self, raw: Any, default: Any, keys: Keys, path: str) -> Iterator[Setting]:
        """A duration, or each of those by which a distribution of durations is given."""
        if isinstance(raw, dict | list):
            parts = raw.items() if isinstance(raw, dict) else enumerate(raw)
            for key, item in parts:
                if key != "csv":
                    name = key + 1 if isinstance(key, int) else key
                    yield from self._lengths(item, None, (*keys, key), f"{path}.{name}")
        else:
            yield self._leaf("duration", raw, default, keys, path)

    def _items(self, type_: Any, raw: Any, keys: Keys, path: str) -> Iterator[Setting]:
        """What can be varied in an item, if it is a mapping or the value of a name: not in a list of words."""
        if isinstance(raw, dict) or not isinstance(keys[-1], int):
            yield from self._typed(type_, raw, None, keys, path)

    def _name(self, type_: Any, item: Any, index: int) -> str:
        if get_args(type_)[0] is Step:
            return self.step_ids[index] if index < len(self.step_ids) else str(index + 1)
        own = next((item[name] for name in _NAMES if name in item), None) if isinstance(item, dict) else None
        return str(own) if isinstance(own, str | int) else str(index + 1)

    def _policies(self, raw: Any, keys: Keys, path: str) -> Iterator[Setting]:
        own = raw if isinstance(raw, dict) else {}
        wrapped = self.book == "rulebook"
        for name, policy in POLICIES.items():
            if policy.takes == "kinds" or (wrapped and name not in own):
                continue
            words = policy.takes if isinstance(policy.takes, tuple) else ()
            sort: Any = "word" if words else policy.takes
            given, at = own.get(name), (*keys, name)
            if wrapped:
                given, at = given.get("value") if isinstance(given, dict) else None, (*at, "value")
            yield self._leaf(sort, given, policy.default, at, ".".join((path, *map(str, at[1:]))), words)

    def _leaf(self, sort: Sort, raw: Any, default: Any, keys: Keys, path: str, words: tuple[str, ...] = ()) -> Setting:
        if keys in (("rulebook",), ("runbook",)):
            sort = "book"
        now = _shown(raw) if raw is not None else _shown(_spelled(sort, default))
        return Setting(path, self.book, keys, sort, words, now, written=raw is not None)


def _keys(cls: type, raw: Mapping[str, Any]) -> Iterator[tuple[Key, Any]]:
    """The keys of a mapping with their defaults. The class of a step is that of its verb."""
    if cls is Step:
        cls = STEPS.get(str(raw.get("do")), Step)
    act = cls in (ClientStep, ProfileStepForm)
    yield from _own_keys(StepForm if cls is ClientStep else cls)
    yield from _keys_of_act(raw) if act else ()


def _keys_of_act(raw: Mapping[str, Any]) -> Iterator[tuple[Key, Any]]:
    """The keys that a step has for what is done."""
    act = CLIENT_ACTIONS.get(str(raw.get("do")))
    return _own_keys(act) if act else iter(())


def _own_keys(cls: type) -> Iterator[tuple[Key, Any]]:
    defaults = {field.name: field.default for field in attrs.fields(cls)}
    for key in keys_of(cls):
        default = defaults[key.attribute]
        factory = isinstance(default, attrs.Factory)  # type: ignore[arg-type]
        yield key, None if factory or default is attrs.NOTHING else default


def _is_fixed(cls: type, key: Key) -> bool:
    return key.name in _FIXED or key.name.startswith(IGNORED) or (cls is ScenarioForm and key.name == "foreach")


def _chosen(type_: Any, raw: Any) -> Any:
    """The arm of a type with several that fits a value: the class whose keys it has. Value is one type here."""
    if type_ in _SORTS or get_origin(type_) not in (Union, UnionType):
        return type_
    arms = [arm for arm in get_args(type_) if arm is not type(None)]
    classes = [arm for arm in arms if attrs.has(arm)]
    if isinstance(raw, dict) and classes:
        return next((arm for arm in classes if _fits(arm, raw)), classes[0])
    return arms[0]


def _fits(cls: type, raw: Mapping[str, Any]) -> bool:
    keys = keys_of(cls)
    given = {name for name in raw if not name.startswith(IGNORED)}
    words = ((raw.get(key.name), get_args(key.type)) for key in keys if get_origin(key.type) is Literal)
    told_apart = all(word is None or word in known for word, known in words)
    return told_apart and {key.name for key in keys if key.required} <= given <= {key.name for key in keys}


def _spelled(sort: Sort, default: Any) -> Any:
    if default is None:
        return None
    if sort == "duration":
        return spell(default)
    return write(default) if isinstance(default, Moment) else default


def _shown(raw: Any) -> str:
    if isinstance(raw, bool):
        return str(raw).lower()
    return "" if raw is None or isinstance(raw, dict | list) else str(raw)
