"""The figures of a run: what a meter kept of it is measured; for the slack of steps, it is run again with each late.

``docs/reference/figures.md`` defines each figure.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from dcsim.domain.figures import COSTLY, part_of
from dcsim.domain.scenario import Scenario
from dcsim.simulate.figures.slack import slack_of
from dcsim.simulate.figures.values import measured, with_slacks
from dcsim.trace.event import Trace
from dcsim.trace.figures import Steps
from dcsim.trace.meter import Meter


def with_figures(
    trace: Trace, scenario: Scenario, meter: Meter, end: int, steps: Steps | None, rerun: Callable[[Scenario], Trace]
) -> Trace:
    """Return a run with its figures. ``meter`` has followed the run, which ended at an instant.

    ``steps`` are those of which the slack is found, beside those of which the scenario expects one. ``rerun`` runs
    another scenario, and returns it with its figures, of which none is a slack.
    """
    model = meter.table.model
    figures = measured(scenario, trace, meter)
    trace = attrs.evolve(trace, figures=figures)
    chosen = {step for step in model.runbook.by_id if _asks(steps, step) or _asks(_expected(scenario), step)}
    # Without what is expected of slacks, a run that is made for them does not ask for slacks again.
    plain = attrs.evolve(scenario, figures=tuple(f for f in scenario.figures if part_of(f.name)[0] not in COSTLY))
    slacks = [
        slack_of(plain, step, meter.due.get(step, printed), end, trace, rerun, taken=step in meter.done)
        for step, printed in zip(model.runbook.by_id, model.due, strict=True)
        if step in chosen
    ]
    return attrs.evolve(trace, figures=with_slacks(figures, slacks)) if slacks else trace


def _asks(steps: Steps | None, step: str) -> bool:
    return steps is True or bool(steps and step in steps)


def _expected(scenario: Scenario) -> Steps:
    """Return the steps of which a scenario expects a slack."""
    names = [part_of(figure.name)[1] for figure in scenario.figures if part_of(figure.name)[0] in COSTLY]
    return True if "" in names else names
