"""Causes that keep several scenarios from being run: each is one result, and is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from dcsim.files.findings import Finding, InputError
from dcsim.files.load import Case, load_rulebook, load_runbook, load_scenarios
from dcsim.report.run_view import RunResult, error
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES

NAMES = ("DC121", "DC122", "DC123", "DC124", "DC125", "DC128", "DC163", "DC187")
"""Findings about names that a rulebook or a runbook declares."""
FOLLOWING = (*NAMES, "DC142")
"""Findings about a scenario that a change of its rulebook may have caused: its names, and its times."""
FIRST = 3
"""So many scenarios are named where many have the same fault."""


@attrs.frozen
class Books:
    """The rulebook and the runbook that replace those which the scenarios name (None: their own)."""

    rulebook: str | None = None
    runbook: str | None = None

    def __str__(self) -> str:
        given = (("rulebook", self.rulebook), ("runbook", self.runbook))
        return " and ".join(f"{kind} '{name}'" for kind, name in given if name is not None)


def folded(items: list[Case | RunResult], books: Books) -> Iterator[Case | RunResult]:
    """The items, where files that cannot be run for the same cause are one result, in the place of the first."""
    faulty = any(isinstance(item, RunResult) for item in items)
    if faulty and str(books) and _sound(books):
        items = [_apart(item) if isinstance(item, RunResult) else item for item in items]
    causes: dict[object, list[RunResult]] = {}
    order: dict[int, object] = {}
    for number, item in enumerate(items):
        if isinstance(item, RunResult):
            order[number] = cause = _cause(item, books) or number
            causes.setdefault(cause, []).append(item)
    for number, item in enumerate(items):
        cause = order.get(number)
        if cause is None:
            yield item
        elif same := causes.pop(cause, []):
            yield attrs.evolve(same[0], scenarios=()) if len(same) == 1 else _one(cause, same, len(items), books)


def _cause(item: RunResult, books: Books) -> object:
    """What several files may have in common: books that do not fit them, or a fault of another file. None: nothing."""
    if item.scenarios:
        return books
    errors = [finding for finding in item.findings if finding.severity == "error"]
    foreign = tuple(finding for finding in errors if finding.path != item.path)
    # Where a rulebook and a runbook do not fit, the scenario's own names and times are mostly unknown as well.
    own = any(finding.path == item.path and finding.code not in FOLLOWING for finding in errors)
    return foreign if foreign and not own else None


def _apart(item: RunResult) -> RunResult:
    """A result whose only fault is that the books do not fit: it has a scenario then. Of a file that has faults of its
    own, only these are kept: those of the books would be told for each such file.
    """
    path = Path(item.path)
    if not path.is_file():
        return item
    try:
        load_scenarios(path, None, None, INVARIANT_NAMES, REFUSAL_CODES)
    except InputError as fault:
        own = tuple(f for f in item.findings if f.severity != "error" or f in fault.findings)
        return attrs.evolve(item, findings=own) if any(f.severity == "error" for f in own) else item
    return attrs.evolve(item, scenarios=(item.path,))


def _sound(books: Books) -> bool:
    """Whether there is nothing wrong with the books themselves."""
    try:
        loads: tuple[tuple[Callable[[str], object], str | None], ...] = (
            (load_rulebook, books.rulebook),
            (load_runbook, books.runbook),
        )
        return all(load(name) for load, name in loads if name is not None)
    except InputError:
        return False


def _one(cause: object, same: list[RunResult], of: int, books: Books) -> RunResult:
    """The result that stands for several files."""
    names = tuple(item.path for item in same)
    if isinstance(cause, tuple):
        return error(cause[0].path, cause, names)
    shown = books.rulebook or books.runbook or ""
    says = f"{books} does not fit {len(names):,} of {of:,} scenarios, or the books that they name"
    every = tuple(dict.fromkeys(str(_telling(item)) for item in same))
    hint = f"the first: {'; '.join(every[:FIRST])}{'; ...' if len(every) > FIRST else ''}"
    return error(shown, (Finding("DC186", shown, 0, 0, says, hint=hint),), names)


def _telling(item: RunResult) -> Finding:
    """The finding that says best why books do not fit: a name that they do not have, in the scenario itself."""
    return min(item.findings, key=lambda f: (f.severity != "error", f.code not in NAMES, f.path != item.path, f.line))
