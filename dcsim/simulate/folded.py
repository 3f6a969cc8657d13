"""Folded traces: the events of one representative of each history. They grow with histories, not with accounts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs

from dcsim.domain.scenario import Scenario
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.acts import Look
from dcsim.simulate.weekend import Simulation, simulate
from dcsim.trace.event import Trace
from dcsim.trace.figures import Steps
from dcsim.trace.histories import with_events
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster


def folded(
    model: Model,
    scenario: Scenario,
    seed: int = 0,
    watch: Collection[str] = (),
    looks: Sequence[Look] = (),
    figures: Steps | None = None,
) -> Trace:
    """Run a scenario twice: for the histories of all accounts, and for the events of their representatives.

    Events are also kept of the administrators who acted, since what they do depends on their own records; and of the
    accounts in ``watch`` (names or patterns), of which it is also kept what they hold when a session opens. ``looks``
    are observers of the second run. ``figures``: as for ``simulate``.
    """
    table, roster = Table(model), Roster(scenario)
    run = simulate(model, scenario, tracing=False, seed=seed, table=table, histories=True, figures=figures)
    stand_for = {roster.numbers(each.representative)[0]: each.accounts for each in run.histories}
    watched = {number for name in watch for number in roster.matching(name)}
    also = {roster.numbers(name)[0] for name in run.administrators} | watched
    # In order of account, because the first accounts that an event moves are its examples.
    weights = {number: stand_for.get(number, 0) for number in sorted(also | stand_for.keys())}
    recorder = Recorder(model, roster, watch=frozenset(weights), weights=weights, table=table)
    trace = Simulation(model, scenario, recorder, seed, tuple(looks), frozenset(watched)).run()
    return attrs.evolve(
        trace,
        histories=with_events(run.histories, trace.events),
        administrators=run.administrators,
        folded=True,
        figures=run.figures,
        also=tuple(roster.name(number) for number in sorted(also - stand_for.keys())),
    )
