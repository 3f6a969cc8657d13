"""Which cells of the fate matrix runs touch: a change of the kind was committed there, or what it writes stood there
before the first session; and the target opened later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import attrs

from dcsim.domain.account import BASELINE, Record, typed
from dcsim.domain.change_kinds import fields_of
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import Scenario
from dcsim.files.disk import discover
from dcsim.files.findings import InputError
from dcsim.report.run_view import RunResult
from dcsim.rules.decision_space import RuleCell, matrix, standing
from dcsim.semantics.intent import empty
from dcsim.trace.event import Trace
from dcsim.trace.moves import ControlMove
from dcsim.trace.roster import Roster
from dcsim.usecases.request import Listen, Progress, ignore
from dcsim.usecases.run import RunOptions, run
from dcsim.usecases.shared_causes import Books
from dcsim.usecases.suite import suite


@attrs.frozen(kw_only=True)
class SuiteCells:
    """The cells that the scenarios of a suite touch, each with how many touch it.

    ``scenarios`` were run under the rulebook. ``others`` are under other rulebooks, ``unusable`` cannot be run.
    """

    scenarios: int
    others: int
    unusable: int
    cells: Mapping[RuleCell, int]


def cells_of_suite(paths: Iterable[Path], book: Rulebook, listen: Listen = ignore) -> SuiteCells:
    """Run the scenarios of some files and folders that are under a rulebook, and return the cells that they touch.

    InputError where a path has no scenario, or where none can be run.
    """
    paths = discover(paths)
    found = suite(paths, Books())
    if not found.cases:
        raise InputError(found.findings)
    own = [case for case in found.cases if case.rulebook.rulebook == book.rulebook]
    counts: dict[RuleCell, int] = {}
    for number, case in enumerate(own, start=1):
        listen(Progress(case.scenario.scenario, number, len(own)))
        trace = run(case, RunOptions(tracing=True)).trace
        assert trace is not None
        for cell in touched(book, case.scenario, trace):
            counts[cell] = counts.get(cell, 0) + 1
    return SuiteCells(
        scenarios=len(own),
        others=len(found.cases) - len(own),
        unusable=sum(isinstance(item, RunResult) for item in found.items),
        cells=counts,
    )


def touched(book: Rulebook, scenario: Scenario, trace: Trace) -> frozenset[RuleCell]:
    """Return the cells that a run touches. Its events must have been kept."""
    roster = Roster(scenario)
    kinds = dict(_kinds(roster, {event.account for event in trace.events if event.changes}))
    opened = [(session, event.n) for event in trace.events for session in _opened(event.moves)]
    cells = (
        RuleCell(kinds[event.account], change.kind, change.after.origin, session)
        for event in trace.events
        for change in event.changes
        for session, n in opened
        if n > event.n
    )
    began = (
        RuleCell(account.profile.kind, change, BASELINE, session)
        for account, _ in roster.groups
        for change in stood(book, account.profile.kind, account.start)
        for session, _ in opened
    )
    known = matrix(book)
    return frozenset(cell for cell in (*cells, *began) if cell in known)


def stood(book: Rulebook, kind: str, start: Record) -> dict[str, tuple[str, ...]]:
    """Return what stood before the first session of which some rule speaks: for each kind of change that writes such
    fields, those that held something.
    """
    ruled = {field for account, field, _ in standing(book) if account == kind}
    held = {field for field in ruled if typed(start[field].value) != typed(empty(field))}
    written = {change: tuple(field for field in fields_of(change) if field in held) for change in book.kinds}
    return {change: fields for change, fields in written.items() if fields}


def _opened(moves: Iterable[object]) -> Iterator[str]:
    for move in moves:
        if isinstance(move, ControlMove) and move.what == "session" and move.after == "open":
            yield move.name


def _kinds(roster: Roster, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each account with its kind."""
    kinds = [(account.profile.kind, count) for account, count in roster.groups]
    for name in names:
        number = roster.numbers(name)[0]
        for kind, count in kinds:
            if number < count:
                yield name, kind
                break
            number -= count
