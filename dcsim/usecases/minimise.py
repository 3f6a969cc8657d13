"""Minimising: make a scenario that fails as short and as plain as possible."""

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
    """A budget of seconds that also ends when the caller asks to stop."""

    stop: Callable[[], int] = lambda: 0

    def clock(self) -> None:
        """OverBudget when the time is up or the caller asks to stop."""
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
    listen: Listen = ignore,
) -> Minimised:
    """Find the shortest scenario that fails like the case: by ``invariant``, or by what it breaks unexpectedly.

    Half of the ``seconds`` are for removing parts of the scenario, the rest for the check. The text names rulebook and
    runbook by their paths from ``folder``, or from the working folder. InputError when the case does not fail.
    """
    started = time.monotonic()
    failing = failing_of(case, invariant, lambda: time.monotonic() - started > seconds / 2 or stop() > 0)
    listen(Progress("minimising"))
    after = delta.minimise(failing.start, failing.fails, (case.rulebook, case.runbook))
    if failing.invariant:
        listen(Progress("asking the check"))
        budget = _Time(seconds=max(0.0, seconds - (time.monotonic() - started)), stop=stop)
        after = shorten(failing.model(after), after, failing.invariant, budget)
    # Only the check can prove that nothing is shorter, and it is asked about invariants only.
    if failing.late or not failing.invariant:
        after = attrs.evolve(after, label=MINIMISED)
    return Minimised(
        path=case.path,
        before=failing.start,
        after=after,
        fails_by=failing.reason,
        invariant=failing.invariant,
        text=_confirmed(_written(case, failing.with_outcomes(after), folder or Path()), case, failing),
        seconds=time.monotonic() - started,
        late=failing.late,
        interrupted=stop() > 0,
    )


def _written(case: Case, scenario: Scenario, folder: Path) -> str:
    """Return the text of a scenario, with the names of its files relative to the folder where it will be written."""
    names = {"rulebook": scenario.rulebook, "runbook": scenario.runbook}
    for kind, name in names.items():
        # The scenario's own name is relative to the scenario's folder; a name given instead, to the working folder.
        own = getattr(case.scenario, kind) == name
        names[kind] = from_folder(from_here(name, Path(case.path).parent) if own else name, folder)
    return write_scenario(attrs.evolve(scenario, rulebook=names["rulebook"], runbook=names["runbook"]))


def _confirmed(text: str, case: Case, failing: Failing) -> str:
    """Return the text, after a test that it can be loaded and fails in the same way."""
    again = load_texts({**case.texts, "scenario": text}, INVARIANT_NAMES, REFUSAL_CODES).scenario
    trace = simulate(failing.model(again), again, tracing=False)
    if not failing.same(again, trace, lines=False):
        raise AssertionError(f"the minimised scenario no longer fails:\n{text}")
    return text
