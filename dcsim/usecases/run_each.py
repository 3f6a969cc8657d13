"""Run the scenarios of a suite, in this process or elsewhere. Results come in the order of the suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.findings import Finding
from dcsim.files.load import Case
from dcsim.report.run_view import RunResult, error
from dcsim.usecases.request import Listen, Progress, ignore
from dcsim.usecases.run import RunOptions, recorded
from dcsim.usecases.suite import Suite
from dcsim.usecases.tasks.each import Again, each, in_order
from dcsim.usecases.tasks.task import HERE, ClusterLost, Died, Stop, Workplace

Keep = Callable[[Case, RunResult], None]
Warn = Callable[[str], None]
NOT_RUN = "DC191"
FIRST = 3
"""So many scenarios are named that are run once more."""


def run_each(
    suite: Suite,
    options: RunOptions,
    keep: Keep = lambda _case, _run: None,
    listen: Listen = ignore,
    place: Workplace = HERE,
    warn: Warn = lambda _: None,
) -> Iterator[tuple[Case | None, RunResult]]:
    """Run the scenarios of a suite: each case (None: it cannot be run) with its result.

    ``keep`` takes each case that was run, with its result, and may write files. ``warn`` is told what is done once
    more. Where a cluster is lost, what has arrived is yielded, and one result more says what was not run.
    """
    cases, items = suite.cases, iter(suite.items)
    shared = _Shared(options, tuple(_books(cases).values()), listen if place == HERE else ignore)
    for index, shown in _results(cases, shared, _asked(suite, listen), place, warn):
        case = cases[index] if index < len(cases) else None
        yield from _faulty(takewhile(lambda item, case=case: item is not case, items))  # type: ignore[misc]
        case = case and options.healing(case)
        if case and not unfinished(shown):
            keep(case, shown)
        yield None if unfinished(shown) else case, shown
    yield from _faulty(items)


def unfinished(result: RunResult) -> bool:
    """Whether a scenario, or several, could have been run and were not, because a process or a cluster was lost."""
    return any(finding.code == NOT_RUN for finding in result.findings)


def _faulty(items: Iterator[Case | RunResult]) -> Iterator[tuple[None, RunResult]]:
    return ((None, item) for item in items if isinstance(item, RunResult))


# -- what is sent --------------------------------------------------------------------------------------------------

Books = tuple[Rulebook, Runbook]


@attrs.frozen(eq=False)
class _Shared:
    """What all runs have in common; ``books`` are the rulebooks and runbooks, each pair once.

    ``listen`` is told how far a run is, where it is run in this process.
    """

    options: RunOptions
    books: tuple[Books, ...]
    listen: Listen = ignore


@attrs.frozen(eq=False)
class _Asked:
    """One run: a case without its texts, and with the number of its books in their place."""

    scenario: Scenario
    books: int
    path: str
    row: int


def _books(cases: tuple[Case, ...]) -> Mapping[tuple[int, int], Books]:
    return {(id(case.rulebook), id(case.runbook)): (case.rulebook, case.runbook) for case in cases}


def _asked(suite: Suite, listen: Listen) -> Iterator[_Asked]:
    """Yield what is sent of each case, when it is to be begun."""
    numbers = {key: number for number, key in enumerate(_books(suite.cases))}
    for number, item in enumerate(suite.items, start=1):
        if isinstance(item, Case):
            listen(Progress(item.scenario.scenario, number, len(suite.items)))
            yield _Asked(item.scenario, numbers[id(item.rulebook), id(item.runbook)], item.path, item.row)


def _run(shared: _Shared, asked: _Asked, _: Stop) -> RunResult:
    case = Case(asked.scenario, *shared.books[asked.books], asked.path, {}, row=asked.row)
    return recorded(case, shared.options, shared.listen)[0]


# -- what comes back -----------------------------------------------------------------------------------------------


def _results(
    cases: tuple[Case, ...], shared: _Shared, asked: Iterator[_Asked], place: Workplace, warn: Warn
) -> Iterator[tuple[int, RunResult]]:
    """Yield the number of each case with its result; at last a result for those that a lost cluster has not run."""
    left = dict(enumerate(cases))

    def tell(again: Again) -> None:
        names = [cases[index].address for index in again.tasks]
        warn(f"dcsim: {again.why}; run once more: {_some(names) or 'what it had begun'}")

    if not cases:
        return  # a cluster is not called in vain
    try:
        for index, outcome in in_order(each(_run, shared, asked, place, listen=tell)):
            case = left.pop(index)
            if isinstance(outcome, Exception):
                raise outcome
            yield index, _not_run(case.address, f"was not run: {outcome.why}") if isinstance(outcome, Died) else outcome
    except ClusterLost as lost:
        many = f"{len(left):,} of {len(cases):,} scenarios were not run: {lost}"
        yield (
            len(cases),
            _not_run(place.cluster or "", many, tuple(case.address for case in left.values()), place.cluster),
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join((*names[:FIRST], *(("...",) if names[FIRST:] else ())))


def _not_run(path: str, why: str, scenarios: tuple[str, ...] = (), name: str | None = None) -> RunResult:
    hint = "run the command again; what was run before stands above"
    return error(path, (Finding(NOT_RUN, path, 0, 0, why, hint=hint),), scenarios, name or "")
