"""What remains sound of a file with a faulty shape, so that its meaning is checked too and it is mended in one go.

The faulty parts are left out until the rest is sound. What that hides, no finding may miss: a name that is unknown may
have been declared in a part that was left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Generic, TypeVar

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.files.cattrs_errors import MOST_FLAWS
from dcsim.files.codes import CODES
from dcsim.files.findings import Finding, Flaw, Keys
from dcsim.files.forms import VERSION, ScenarioForm, keys_of
from dcsim.files.structure import structure, unusable
from dcsim.files.yaml_nodes import Document, parse

T = TypeVar("T", Rulebook, Runbook, ScenarioForm)
V = TypeVar("V")

MORE = f"more than {MOST_FLAWS:,} findings; what comes from here on is not told"

# What stands in for a required key of the top level: nothing that a lint finds a fault in by itself.
_ANY = "any"
_STAND_INS: Mapping[type, Mapping[str, Any]] = {
    ScenarioForm: {"scenario": _ANY, "title": _ANY, "rulebook": _ANY, "runbook": _ANY},
    Rulebook: {"rulebook": _ANY, "version": VERSION, "title": _ANY, "timezone": "UTC"}
    | {"source": {"title": _ANY}, "accounts": {}, "sessions": []},
    Runbook: {"runbook": _ANY, "version": VERSION, "title": _ANY, "sites": {}, "steps": []},
}
# Which findings rest on a section: they mean nothing once a part of it was left out.
_RESTS_ON: Mapping[type, Mapping[str, set[str]]] = {
    ScenarioForm: {"accounts": {"DC107", "DC120"}},
    Rulebook: {
        "accounts": {"DC124"},
        "sessions": {"DC121"},
        "records": {"DC123"},
        "change-sets": {"DC123"},
    },
    Runbook: {"sites": {"DC122"}, "steps": {"DC125", "DC126"}},
}


@attrs.frozen(eq=False)
class Read(Generic[V]):
    """A text, read: its value or what remains of it (None: unusable), and what is wrong with its shape.

    ``lost`` are the sections of which a part is missing; ``whole``: none is. Findings lack their path yet.
    """

    cls: type
    value: V | None
    document: Document
    findings: tuple[Finding, ...] = ()
    lost: frozenset[str] = frozenset()
    whole: bool = True

    def found(self, flaws: Iterable[Flaw]) -> tuple[Finding, ...]:
        """The flaws that a lint has found, with their positions, without those that only follow from others."""
        told = (flaw for flaw in flaws if not (self.findings and self._follows(flaw)))
        return _at_most(map(self.document.find, told))

    def _follows(self, flaw: Flaw) -> bool:
        if CODES[flaw.code].severity == "warning":
            return True
        # Whether a name stands for a population is not known either.
        if "accounts" in self.lost and self.cls is ScenarioForm and flaw.keys[-1:] == ("every",):
            return True
        rests = _RESTS_ON[self.cls]
        whole = len(flaw.keys) == 1 and flaw.keys[0] in self.lost
        return whole or any(flaw.code in rests.get(section, ()) for section in self.lost)


def read(text: str, cls: type[T]) -> Read[T]:
    """The value of a text, or what remains of it without its faulty parts."""
    document = parse(text)
    findings = _at_most(unusable(document, cls))
    if findings:
        return Read(cls, None, document, findings, whole=False)
    value, flaws = structure(document.value, cls)
    findings = _at_most(map(document.find, flaws))
    if len(flaws) > MOST_FLAWS:
        return Read(cls, None, document, findings, whole=False)
    places: set[Keys] = set()
    while value is None:
        gone = {_part(flaw.keys, cls) for flaw in flaws}
        places |= gone
        document = document.without(gone - {()})
        value, flaws = structure({**_STAND_INS[cls], **document.value}, cls)
    return Read(cls, value, document, findings, _lost(cls, document, places) if findings else frozenset(), not findings)


def _at_most(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The first so many, and that there are more."""
    left = iter(findings)
    told = tuple(islice(left, MOST_FLAWS))
    more = next(left, None)
    return told if more is None else (*told, attrs.evolve(more, code="DC111", message=MORE, hint=""))


def _part(keys: Keys, cls: type) -> Keys:
    """What to leave out for a fault: in rulebooks and runbooks the whole entry, for its parts depend on each other."""
    return keys if cls is ScenarioForm else keys[:2]


def _lost(cls: type, document: Document, places: Iterable[Keys]) -> frozenset[str]:
    lost = {str(place[0]) for place in places if 0 < len(place) <= 2}
    if lost - {key.name for key in keys_of(cls)}:
        # A key that is not known may be any of those that are not there.
        lost |= set(_RESTS_ON[cls]) - set(document.value)
    return frozenset(lost | set(_STAND_INS[cls]) - set(document.value))
