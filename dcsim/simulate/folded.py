"""Folded traces: of each history the events of one representative, so that a trace grows with histories, not accounts."""

from __future__ import annotations

from random import Random

import attrs

from dcsim.domain.scenario import Scenario
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import Simulation, simulate
from dcsim.trace.event import Trace
from dcsim.trace.histories import with_events
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster


def folded(model: Model, scenario: Scenario, seed: int = 0, run: Trace | None = None) -> Trace:
    """Run a scenario with events of representatives only. ``run`` is a run of the same whose histories are known."""
    table = Table(model)
    run = run or simulate(model, scenario, tracing=False, seed=seed, table=table, histories=True)
    roster = Roster(scenario)
    numbers = {name: roster.numbers(name)[0] for name in run.kept}
    stand_for = {each.representative: each.accounts for each in run.histories}
    # In order of account, because the first that an event moves are its examples.
    weights = dict(sorted((number, stand_for.get(name, 0)) for name, number in numbers.items()))
    recorder = Recorder(model, roster, watch=frozenset(weights), weights=weights, table=table)
    random = Random(seed)  # noqa: S311 - a seed, not a secret
    trace = Simulation(model, scenario, recorder, random, watch=frozenset(weights)).run()
    histories = with_events(run.histories, trace.events)
    return attrs.evolve(trace, histories=histories, administrators=run.administrators, folded=True)
