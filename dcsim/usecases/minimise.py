"""Minimising: a scenario file that fails, made as short and as plain as it can be."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import attrs

from dcsim.checker.explorers.budget import Budget, OverBudget
from dcsim.domain.scenario import Scenario
from dcsim.files.load import Case, load_texts
from dcsim.files.resolver import from_folder, from_here
from dcsim.files.write import write_scenario
from dcsim.fuzzer import minimise as delta
from dcsim.report.minimised import Minimised
from dcsim.simulate.weekend import simulate
from dcsim.usecases.failure_predicate import Failing, failing_of
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.request import Listen, Progress, ignore
from dcsim.usecases.shorten_by_check import MINIMISED, shorten


@attrs.define
class _Time(Budget):
    """Seconds, and a stop that can be asked for."""

    stop: Callable[[], int] = lambda: 0

    def clock(self) -> None:
        """OverBudget when the time is up or a stop was asked for."""
        Budget.clock(self)
        if self.stop():
            raise OverBudget("a stop was asked for")


def minimise(
    case: Case,
    *,
    invariant: str | None = None,
    seconds: float = 30.0,
    folder: Path | None = None,
    stop: Callable[[], int] = lambda: 0,
    tell: Listen = ignore,
) -> Minimised:
    """The shortest scenario that fails as the case does: by ``invariant``, or by what it breaks without expecting it.

    Half of the ``seconds`` are for leaving out, the rest for the check. The text calls rulebook and runbook by their
    paths from ``folder``, or from the working folder. InputError when the case does not fail.
    """
    started = time.monotonic()
    failing = failing_of(case, invariant, lambda: time.monotonic() - started > seconds / 2 or stop() > 0)
    tell(Progress("minimising"))
    after = delta.minimise(failing.start, failing.fails)
    if failing.invariant:
        tell(Progress("asking the check"))
        budget = _Time(seconds=max(0.0, seconds - (time.monotonic() - started)), stop=stop)
        after = shorten(failing.model(after), after, failing.invariant, budget)
    if failing.late or not failing.invariant:
        after = attrs.evolve(after, label=MINIMISED)
    return Minimised(
        path=case.path,
        before=failing.start,
        after=after,
        fails_by=failing.told,
        invariant=failing.invariant,
        text=_confirmed(_written(case, failing.with_outcomes(after), folder or Path()), case, failing),
        seconds=time.monotonic() - started,
        late=failing.late,
        interrupted=stop() > 0,
    )


def _written(case: Case, scenario: Scenario, folder: Path) -> str:
    """The text of a scenario, with the files that it names as they are called from the folder where it will be."""
    names = {"rulebook": scenario.rulebook, "runbook": scenario.runbook}
    for kind, name in names.items():
        # Where the scenario's own was not replaced, it is named from the scenario's folder.
        own = getattr(case.scenario, kind) == name
        names[kind] = from_folder(from_here(name, Path(case.path).parent) if own else name, folder)
    return write_scenario(attrs.evolve(scenario, rulebook=names["rulebook"], runbook=names["runbook"]))


def _confirmed(text: str, case: Case, failing: Failing) -> str:
    """The text, once it is known that it loads and fails in the same way."""
    again = load_texts({**case.texts, "scenario": text}, INVARIANT_NAMES, REFUSAL_CODES).scenario
    trace = simulate(failing.model(again), again, tracing=False)
    if not failing.same(again, trace, lines=False):
        raise AssertionError(f"the minimised scenario no longer fails:\n{text}")
    return text
