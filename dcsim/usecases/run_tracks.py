"""Runs with tracks for accounts: with every account where there are few, else with one for each history."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import Any

from dcsim.files.load import Case
from dcsim.report.perfetto import perfetto
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import QUIET_ABOVE, simulate
from dcsim.trace.event import Trace
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster
from dcsim.usecases.run import RunOptions

MOST_TRACKS = 100
"""With more accounts than this, one stands for all that held the same at every tick and every step of the runbook."""


def perfetto_of(case: Case, options: RunOptions, trace: Trace) -> dict[str, Any]:
    """Run a case once more and return the run as trace events. ``trace`` is the result of the first run."""
    model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=options.practices)
    roster = Roster(case.scenario)
    shown = _shown(model, case, options, roster, trace)
    kept: list[Recorder] = []
    many = roster.size > QUIET_ABOVE
    again = simulate(
        model,
        case.scenario,
        tracing=None if many else True,
        seed=options.seed,
        looks=[(model.ticks[0][0], kept.append)],
        watch=tuple(shown) if many else None,
    )
    return perfetto(model, case.scenario, kept[0], again, shown, roster.size)


def _shown(model: Model, case: Case, options: RunOptions, roster: Roster, trace: Trace) -> dict[str, int]:
    """Return the accounts to show, each with how many went through the same. Those with something wrong come first."""
    if roster.size <= MOST_TRACKS:
        return {roster.name(number): 1 for number in range(roster.size)}
    classes = _histories(model, case, options, roster)
    wrong = [name for name in (*(b.account for b in trace.broken), *(f.account for f in trace.failures)) if name]
    first = dict.fromkeys(classes[roster.numbers(name)[0]] for name in wrong)
    counts = Counter(classes)
    kept = [*first, *(one for one, _ in counts.most_common() if one not in first)][:MOST_TRACKS]
    examples: dict[int, str] = {classes[roster.numbers(name)[0]]: name for name in reversed(wrong)}
    for number, one in enumerate(classes):
        if one not in examples:
            examples[one] = roster.name(number)
    return {examples[one]: counts[one] for one in kept}


def _histories(model: Model, case: Case, options: RunOptions, roster: Roster) -> array[int]:
    """Return the number of each account's history: equal numbers held the same whenever it was looked."""
    classes = array("i", [0]) * roster.size

    def look(recorder: Recorder) -> None:
        numbers: dict[tuple[int, int], int] = {}
        classes[:] = array(
            "i", (numbers.setdefault(pair, len(numbers)) for pair in zip(classes, recorder.lanes, strict=True))
        )

    instants = sorted({at for at, _ in model.ticks} | set(model.due))
    simulate(model, case.scenario, tracing=False, seed=options.seed, looks=[(at, look) for at in instants])
    return classes
