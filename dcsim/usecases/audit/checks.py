"""The checks of a pack: the proof, what faults and slips break, and why other runbooks were rejected.

Each counterexample is a scenario of the pack, with its trace.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping

import attrs

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.question.safety import Counterexample
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.files.findings import InputError
from dcsim.files.load import Loaded, load_pair, load_runbook
from dcsim.files.resolver import builtin_names
from dcsim.files.write import write_scenario
from dcsim.report.check import CheckResult
from dcsim.trace.event import Trace
from dcsim.trace.jsonl import dump
from dcsim.usecases.audit.file_names import FileNames
from dcsim.usecases.audit.sources import RULEBOOK, RUNBOOK
from dcsim.usecases.check import Bounds, Who, check, subject_of
from dcsim.usecases.evidence import file_name

COUNTEREXAMPLES = "counterexamples"


@attrs.frozen(kw_only=True, eq=False)
class AuditedCheck:
    """A check. ``places`` are the files of its counterexamples, in order, and ``files`` what they hold."""

    result: CheckResult
    places: tuple[str, ...]
    files: Mapping[str, bytes]

    @property
    def status(self) -> str:
        """``proved``, ``violated`` or ``inconclusive``."""
        return self.result.status

    @property
    def examples(self) -> tuple[tuple[Counterexample, str], ...]:
        """The counterexamples, each with its file."""
        return tuple(zip(self.result.counterexamples, self.places, strict=True))

    @property
    def broken(self) -> tuple[str, ...]:
        """What breaks in some schedule."""
        return tuple(dict.fromkeys(name for names in self.result.answer.broken.values() for name in names))

    @property
    def whole(self) -> bool:
        """Whether every schedule within the bounds was looked at."""
        explored = self.result.answer.explored
        return explored.complete and not explored.why


@attrs.frozen(kw_only=True, eq=False)
class RejectedRunbook:
    """Another runbook, its file in the pack, and the checks that were made of it, the last one with its answer."""

    runbook: Loaded[Runbook]
    file: str
    checks: tuple[AuditedCheck, ...]

    @property
    def check(self) -> AuditedCheck:
        """The check that tells."""
        return self.checks[-1]


def checked(
    rulebook: Loaded[Rulebook],
    runbook: Loaded[Runbook],
    bounds: Bounds,
    seconds: float,
    names: FileNames,
    *,
    source: str = RUNBOOK,
    each: bool = False,
) -> AuditedCheck:
    """Check a runbook. ``source`` is its file in the pack. ``each``: each fault and slip gets counterexamples of its
    own.
    """
    up = "../" * (names.folder.count("/") + 1)
    called = (up + RULEBOOK, up + source)
    subject = subject_of(rulebook.value, runbook.value, Who(), called)
    result = check(subject, bounds, Budget(seconds=seconds), each=each)
    places: list[str] = []
    files: dict[str, bytes] = {}
    for example, trace in zip(result.counterexamples, result.traces, strict=True):
        place = names.take(file_name(example), ".yaml")
        text = write_scenario(subject.named(example.scenario))
        texts = {"scenario": text, "rulebook": rulebook.text, "runbook": runbook.text}
        files |= {place: text.encode(), f"{posixpath.splitext(place)[0]}.trace.jsonl": _dumped(texts, trace)}
        places.append(place)
    return AuditedCheck(result=attrs.evolve(result, traces=()), places=tuple(places), files=files)


def _dumped(texts: Mapping[str, str], trace: Trace) -> bytes:
    return "".join(dump(texts, 0, trace)).encode()


# -- other runbooks ------------------------------------------------------------------------------------------------


def others(rulebook: str, runbook: Loaded[Runbook], named: Iterable[str]) -> tuple[tuple[Loaded[Runbook], ...], int]:
    """Return the other runbooks, and how many were left out, as they fit another rulebook.

    They are those that are ``named``; InputError if one of them does not fit. Otherwise they are the built-in ones.
    """
    given = tuple(dict.fromkeys(named))
    unfit = 0
    found: list[Loaded[Runbook]] = []
    for name in given or builtin_names("runbook"):
        try:
            load_pair(rulebook, name)
        except InputError:
            if given:
                raise
            unfit += 1
            continue
        other = load_runbook(name)
        if other.text != runbook.text:
            found.append(other)
    return tuple(found), unfit


def rejected(
    rulebook: Loaded[Rulebook], runbook: Loaded[Runbook], bounds: Bounds, seconds: float, names: FileNames
) -> RejectedRunbook:
    """Check another runbook: without faults and slips; and if that proves it, with the faults."""
    file = names.take(runbook.value.runbook, ".yaml")
    folder = FileNames(f"{COUNTEREXAMPLES}/{re.sub('[.]yaml$', '', posixpath.basename(file))}")
    checks = []
    for faults in dict.fromkeys((0, bounds.faults)):
        within = attrs.evolve(bounds, faults=faults, slips=0)
        checks.append(checked(rulebook, runbook, within, seconds, folder, source=file))
        if checks[-1].status != "proved":
            break
    return RejectedRunbook(runbook=runbook, file=file, checks=tuple(checks))
