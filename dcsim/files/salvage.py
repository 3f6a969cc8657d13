"""Saves the sound parts of a file with a faulty shape, so that their meaning is checked too: the user sees all findings
at once.

Faulty parts are left out until the rest is sound. A finding about the rest must not be caused by what was left out: a
name may only seem unknown because the part that declares it is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final, Generic, TypeVar

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.files.cattrs_errors import MOST_FLAWS
from dcsim.files.codes import CODES
from dcsim.files.findings import Finding, Flaw, Keys, nearest
from dcsim.files.forms import VERSION, ScenarioForm, keys_of
from dcsim.files.structure import structure, unusable
from dcsim.files.yaml_nodes import Document, parse

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
    ScenarioForm: {"accounts": {"DC107", "DC120", "DC164", "DC165"}, "groups": {"DC120"}, "steps": {"DC150"}},
    Rulebook: {
        "accounts": {"DC124"},
        "sessions": {"DC121"},
        "records": {"DC123"},
        "change-sets": {"DC123"},
    },
    Runbook: {"sites": {"DC122"}, "steps": {"DC125", "DC126"}},
}
_SELDOM: Final[set[str | None]] = {"groups", "steps"}


@attrs.frozen(eq=False)
class Read(Generic[V]):
    """The value of a text, or what remains of it (None: unusable), with the findings about its shape.

    ``lost`` are the sections of which a part was left out. ``whole``: nothing was left out. Findings have no path yet.
    """

    cls: type
    value: V | None
    document: Document
    findings: tuple[Finding, ...] = ()
    lost: frozenset[str] = frozenset()
    whole: bool = True

    def found(self, flaws: Iterable[Flaw]) -> tuple[Finding, ...]:
        """The flaws of a lint as findings with their positions, without flaws that may only follow from others."""
        own = (flaw for flaw in flaws if not (self.findings and self._may_follow(flaw)))
        return _at_most(map(self.document.find, own))

    def _may_follow(self, flaw: Flaw) -> bool:
        """Whether a flaw may come only from what was left out."""
        # A warning can wait until the errors are mended.
        if CODES[flaw.code].severity == "warning":
            return True
        # `every` needs a population, and the population may be among the accounts that were left out.
        if "accounts" in self.lost and self.cls is ScenarioForm and flaw.keys[-1:] == ("every",):
            return True
        about_a_lost_section = len(flaw.keys) == 1 and flaw.keys[0] in self.lost
        rests_on = _RESTS_ON[self.cls]
        return about_a_lost_section or any(flaw.code in rests_on.get(section, ()) for section in self.lost)


def read(text: str, cls: type[T]) -> Read[T]:
    """The value of a text; or, if its shape has faults, what remains without the faulty parts."""
    document = parse(text)
    findings = _at_most(unusable(document, cls))
    if findings:
        return Read(cls, None, document, findings, whole=False)
    value, flaws = structure(document.value, cls)
    findings = _at_most(map(document.find, flaws))
    if len(flaws) > MOST_FLAWS:
        return Read(cls, None, document, findings, whole=False)
    places: set[Keys] = set()
    # Leaving a part out can make another one faulty, so this is repeated until the rest is sound.
    while value is None:
        faulty = {_part(flaw.keys, cls) for flaw in flaws}
        places |= faulty
        document = document.without(faulty - {()})
        value, flaws = structure({**_STAND_INS[cls], **document.value}, cls)
    return Read(cls, value, document, findings, _lost(cls, document, places) if findings else frozenset(), not findings)


def _at_most(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The first findings up to the limit; if there are more, a last one that says so."""
    every = iter(findings)
    shown = tuple(islice(every, MOST_FLAWS))
    more = next(every, None)
    return shown if more is None else (*shown, attrs.evolve(more, code="DC111", message=MORE, hint=""))


def _part(keys: Keys, cls: type) -> Keys:
    """What to leave out for a fault. In rulebooks and runbooks the whole entry: its parts depend on each other."""
    return keys if cls is ScenarioForm else keys[:2]


def _lost(cls: type, document: Document, places: Iterable[Keys]) -> frozenset[str]:
    """The sections of which a part was left out, or that are missing."""
    lost, known = {str(place[0]) for place in places if 0 < len(place) <= 2}, [key.name for key in keys_of(cls)]
    if strange := lost - set(known):
        # An unknown key may be a misspelling of any key that is missing; of one that is seldom there, if it is similar.
        meant = {nearest(name, known) for name in strange}
        lost |= {name for name in _RESTS_ON[cls] if name not in document.value and not _SELDOM - meant >= {name}}
    return frozenset(lost | set(_STAND_INS[cls]) - set(document.value))
