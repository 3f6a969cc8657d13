"""The figures of a run: it is run once with a meter, and, for the slack of steps, again with each of them late.

``docs/reference/figures.md`` defines each figure.
"""

from __future__ import annotations

from collections.abc import Collection

from dcsim.domain.figures import COSTLY, part_of
from dcsim.domain.scenario import Scenario
from dcsim.files.load import Case
from dcsim.report.figures import Figures, StepSlack
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Trace
from dcsim.trace.meter import Meter
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster
from dcsim.usecases.figures.slack import MOST_ACCOUNTS, Wrong, slack_of, wrong_in
from dcsim.usecases.figures.values import measured, with_slacks
from dcsim.usecases.run import RunOptions

Slack = Collection[str] | bool
"""The steps of which the slack is found, by their ids; True: all."""


def figures(case: Case, options: RunOptions | None = None, slack: Slack = False) -> Figures:
    """Run a scenario and return its figures. What was not computed or not reached is None, and never 0."""
    options = options or RunOptions()
    model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=options.practices)
    meter, kept = Meter(Table(model)), list[Recorder]()
    looks = [(model.ticks[0][0], kept.append)]
    trace = simulate(
        model, case.scenario, tracing=False, seed=options.seed, table=meter.table, looks=looks, meter=meter
    )
    return of_run(case.scenario, trace, meter, options.seed, kept[0].now, slack)


def of_run(scenario: Scenario, trace: Trace, meter: Meter, seed: int, end: int, slack: Slack) -> Figures:
    """Return the figures of a run that a meter has followed, and that ended at an instant."""
    found = measured(scenario, trace, meter)
    steps = [step for step in meter.table.model.runbook.by_id if slack is True or (slack and step in slack)]
    slacks = [_slack(scenario, step, trace, found, meter, seed, end) for step in steps]
    return with_slacks(found, slacks) if slacks else found


def expected_slack(scenario: Scenario) -> Slack:
    """Return the steps of which a scenario expects a slack."""
    names = [part_of(figure.name)[1] for figure in scenario.figures if part_of(figure.name)[0] in COSTLY]
    return True if "" in names else names


def _slack(scenario: Scenario, step: str, trace: Trace, found: Figures, meter: Meter, seed: int, end: int) -> StepSlack:
    model = meter.table.model
    due = model.due[model.runbook.by_id[step]]
    if Roster(scenario).size > MOST_ACCOUNTS:
        return StepSlack(step=step, due=due, slack=None, why=f"not computed for more than {MOST_ACCOUNTS:,} accounts")
    if step not in meter.done:
        return StepSlack(step=step, due=due, slack=None, why="the step is never taken")

    def rerun(late: Scenario) -> Wrong:
        again = Meter(meter.table)
        run = simulate(model, late, tracing=False, seed=seed, table=meter.table, meter=again)
        return wrong_in(late, run, measured(late, run, again))

    return slack_of(scenario, step, due, end, wrong_in(scenario, trace, found), rerun)
