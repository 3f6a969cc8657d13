"""The figures of a scenario: RPO, RTO, lags, accounts that are wrong, and the slack of the runbook's steps."""

from __future__ import annotations

from dcsim.files.load import Case
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.figures import Figures, Steps
from dcsim.usecases.run import RunOptions


def figures(case: Case, options: RunOptions | None = None, slack: Steps = False) -> Figures:
    """Run a scenario and return its figures. What was not computed or not reached is None, and never 0.

    ``slack``: it is found for these steps, by their ids (True: for all), by running the scenario again and again.
    """
    options = options or RunOptions()
    model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=options.practices)
    found = simulate(model, case.scenario, tracing=False, seed=options.seed, figures=slack).figures
    assert found is not None, "figures were asked for"
    return found
