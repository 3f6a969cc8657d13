"""Saves the sound parts of a file with a faulty shape, so that their meaning is checked too: the user sees all findings
at once.

Faulty parts are left out or replaced (``salvaged_items``) until the rest is sound. A finding about the rest must not be
caused by what was left out: a name may only seem unknown because the part that declares it is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, Generic, TypeVar

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.files.cattrs_errors import MOST_FLAWS
from dcsim.files.codes import CODES
from dcsim.files.findings import Finding, Flaw, Keys, nearest
from dcsim.files.forms import VERSION, ScenarioForm, keys_of
from dcsim.files.odd_characters import beside
from dcsim.files.place import lost_places
from dcsim.files.salvaged_items import ITEMS, UNKNOWN, hangs_on, items_of, stand_in
from dcsim.files.structure import structure, unusable
from dcsim.files.yaml_nodes import Document, parse

Place = tuple[str, int, int]
T = TypeVar("T", Rulebook, Runbook, ScenarioForm)
V = TypeVar("V")

MORE = f"more than {MOST_FLAWS:,} findings; those from here on are not shown"

# Replaces a required key of the top level that is missing. Findings about the values themselves are dropped.
_ANY = "any"
_STAND_INS: Mapping[type, Mapping[str, Any]] = {
    ScenarioForm: {"scenario": _ANY, "title": _ANY, "rulebook": _ANY, "runbook": _ANY},
    Rulebook: {"rulebook": _ANY, "version": VERSION, "title": _ANY, "timezone": "UTC"}
    | {"source": {"title": _ANY}, "accounts": {}, "sessions": []},
    Runbook: {"runbook": _ANY, "version": VERSION, "title": _ANY, "sites": {}, "steps": []},
}
# The findings that depend on a section: they mean nothing if a part of that section was left out.
_RESTS_ON: Mapping[type, Mapping[str, set[str]]] = {
    ScenarioForm: {"accounts": {"DC107", "DC120", "DC164", "DC165", "DC231"}, "groups": {"DC120"}, "steps": {"DC150"}},
    Rulebook: {
        "accounts": {"DC124"},
        "sessions": {"DC121"},
        "records": {"DC123"},
        "change-sets": {"DC123"},
        "rules": {"DC144"},
    },
    Runbook: {"sites": {"DC122"}, "steps": {"DC125", "DC126"}},
}
_SELDOM: Final[set[str | None]] = {"groups", "steps"}


@attrs.frozen(eq=False)
class Read(Generic[V]):
    """The value of a text, or what remains of it (None: unusable), with the findings about its shape.

    ``lost`` are the sections of which a part was left out. ``whole``: nothing was left out. ``holes`` are the faulty
    keys of items of a list, by the position of the item. Findings have no path yet.
    """

    cls: type
    value: V | None
    document: Document
    findings: tuple[Finding, ...] = ()
    lost: frozenset[str] = frozenset()
    whole: bool = True
    holes: Mapping[Place, Collection[str]] = attrs.field(factory=dict)

    def found(self, flaws: Iterable[Flaw]) -> tuple[Finding, ...]:
        """The flaws of a lint as findings with their positions, without flaws that may only follow from others."""
        own = (flaw for flaw in flaws if self.whole or not self._may_follow(flaw))
        return _at_most(map(self.document.find, own))

    def _may_follow(self, flaw: Flaw) -> bool:
        """Whether a flaw may come only from what was left out."""
        # A warning can wait until the errors are mended.
        if CODES[flaw.code].severity == "warning":
            return True
        # `every` needs a population, and the population may be among the accounts that were left out.
        if "accounts" in self.lost and self.cls is ScenarioForm and flaw.keys[-1:] == ("every",):
            return True
        holes = self.holes.get(self.document.place(flaw.keys[:2])) if items_of(self.cls, flaw.keys) else None
        if holes and hangs_on(flaw, holes):
            return True
        # What seems empty may only lack what was left out of it.
        if flaw.code == "DC109" and self.holes.get(self.document.place(flaw.keys)):
            return True
        about_a_lost_section = len(flaw.keys) == 1 and flaw.keys[0] in self.lost
        rests_on = _RESTS_ON[self.cls]
        return about_a_lost_section or any(flaw.code in rests_on.get(section, ()) for section in self.lost)


def read(text: str, cls: type[T]) -> Read[T]:
    """The value of a text; or, if its shape has faults, what remains without the faulty parts."""
    return read_document(parse(text), text, cls)


def read_document(
    document: Document, text: str, cls: type[T], found: tuple[Finding, ...] = (), lost: Iterable[str] = ()
) -> Read[T]:
    """The same for a document. ``found`` are faults that it has besides, ``lost`` the sections that lack a part."""
    fatal: tuple[Finding, ...] = _at_most(unusable(document, cls))
    if fatal:
        return Read(cls, None, document, (*found, *fatal), whole=False)
    value: T | None
    flaws: tuple[Flaw, ...]
    gone = set(lost_places(document.root)) if found else set[Keys]()
    value, flaws = structure(document.value, cls)
    # Of a part that is lost already, nothing more is said.
    flaws = tuple(flaw for flaw in flaws if not any(flaw.keys[: len(place)] == place for place in gone))
    shape: tuple[Finding, ...] = _at_most((*found, *document.findings, *map(document.find, flaws)))
    if len(flaws) > MOST_FLAWS:
        return Read(cls, None, document, shape, whole=False)
    salvage = _Salvage(cls, document, {(name, 0) for name in lost})
    if gone:
        salvage.leave_out(gone)
        value, flaws = structure({**_STAND_INS[cls], **salvage.document.value}, cls)
    # Leaving a part out can make another one faulty, so this is repeated until the rest is sound.
    while value is None:
        salvage.mend(flaws)
        value, flaws = structure({**_STAND_INS[cls], **salvage.document.value}, cls)
    if not shape:
        # Most texts have no other characters than plain ones.
        names = () if text.isascii() else _at_most(document.odd_names())
        return Read(cls, value, document, names)
    own: list[Finding] = [finding for finding in shape if not finding.path]
    told = _at_most((*shape, *beside(text, own)))
    return Read(cls, value, salvage.document, told, salvage.lost(), whole=False, holes=salvage.holes)


@attrs.define
class _Salvage:
    """A document, without its faulty parts, and what became of them."""

    cls: type
    document: Document
    gone: set[Keys] = attrs.field(factory=set)
    holes: dict[Place, set[str]] = attrs.field(factory=lambda: defaultdict(set))
    replaced: set[tuple[Place, str]] = attrs.field(factory=set)

    def leave_out(self, places: Iterable[Keys]) -> None:
        """Leave out parts that were lost before."""
        self.gone.update(places)
        self.document = self.document.changed(dict.fromkeys(places))

    def mend(self, flaws: Iterable[Flaw]) -> None:
        """Leave out or replace the part in which each flaw lies."""
        changes = dict(map(self._change, flaws))
        self.gone.update(part for part, text in changes.items() if text is None)
        self.replaced.update((self.document.place(part[:2]), str(part[2])) for part, text in changes.items() if text)
        self.document = self.document.changed({part: text for part, text in changes.items() if part})

    def _change(self, flaw: Flaw) -> tuple[Keys, str | None]:
        """The part to change for a flaw, with its stand-in; None to leave it out."""
        keys = (*flaw.keys, flaw.lacks) if flaw.lacks else flaw.keys
        items = items_of(self.cls, keys)
        if items is None or len(keys) == 2:
            for depth in range(2, len(flaw.keys)):
                self.holes[self.document.place(flaw.keys[:depth])].add(str(flaw.keys[depth]))
            return _part(flaw.keys, self.cls), None
        place, key = self.document.place(keys[:2]), str(keys[2])
        strange = flaw.code == "DC106" and len(keys) == 3
        # An unknown key may be one that other items take: with a stand-in it would be as unknown.
        text = None if strange else stand_in(items, key, self.document.value[keys[0]][keys[1]])
        # What lacks a key that has no stand-in, or is faulty with its stand-in, cannot be mended.
        if (place, key) in self.replaced or (flaw.lacks and len(keys) == 3 and not text):
            return keys[:2], None
        self.holes[place] |= {key, UNKNOWN} if strange else {key}
        return (flaw.keys if self.cls is ScenarioForm and not text else keys[:3]), text

    def lost(self) -> frozenset[str]:
        """The sections of which a part was left out that others may name, or that are missing."""
        lost = {str(place[0]) for place in self.gone if 0 < len(place) <= 2}
        for name, items in ITEMS[self.cls].items():
            section = self.document.value.get(name)
            for index in range(len(section) if isinstance(section, list) and items.declare else 0):
                holes = self.holes.get(self.document.place((name, index)), ())
                if not items.declare.isdisjoint(holes):
                    lost.add(name)
        known = [key.name for key in keys_of(self.cls)]
        if strange := lost - set(known):
            # An unknown key may be a misspelling of any key that is missing; of one that is seldom there, if similar.
            meant = {nearest(name, known) for name in strange}
            missing = set(_RESTS_ON[self.cls]) - set(self.document.value)
            lost |= {name for name in missing if not _SELDOM - meant >= {name}}
        return frozenset(lost | set(_STAND_INS[self.cls]) - set(self.document.value))


def _at_most(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The first findings up to the limit, each once; if there are more, a last one that says so."""
    every = _distinct(findings)
    shown = tuple(islice(every, MOST_FLAWS))
    more = next(every, None)
    return shown if more is None else (*shown, attrs.evolve(more, code="DC111", message=MORE, hint=""))


def _distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    """What several accounts share, such as the default of a table, has its fault once."""
    seen = set[Finding]()
    for finding in findings:
        if finding not in seen:
            seen.add(finding)
            yield finding


def _part(keys: Keys, cls: type) -> Keys:
    """What to leave out for a fault. In rulebooks and runbooks the whole entry: its parts depend on each other."""
    return keys if cls is ScenarioForm else keys[:2]
