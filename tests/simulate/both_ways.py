"""Runs act by act and in waves, compared in all that they leave behind: each account's lane, and what was counted, at
every event of the control and at any instant between them; and the whole trace.

Both runs share one table of lanes, so equal lanes have equal numbers.
"""

from random import Random

import attrs

from dcsim.domain.moment import instant
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate import weekend
from dcsim.simulate.failure_arrays import NEVER
from dcsim.simulate.folded import folded
from dcsim.simulate.weekend import simulate
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster


def left_behind(model, table, case, seed, monkeypatch, **how):
    """All that a run leaves behind."""
    log, meters = [], set()
    control_action = Recorder.control_action

    def logged(recorder, actor, action):
        step = control_action(recorder, actor, action)
        assert bool(recorder.many) == how["waves"]
        meters.add(recorder.meter)
        log.append((recorder.now, actor, action, step.outcome, recorder.lanes.tolist(), *counts(recorder)))
        return step

    rng, looks = Random(seed), []
    for _ in range(rng.choice((0, 0, 3, 20)) if case.scenario.steps else 0):
        at = instant(rng.choice(case.scenario.steps).at, case.rulebook)
        later = rng.choice((0, 1, rng.randrange(100), rng.randrange(5000), rng.randrange(2_000_000)))
        looks.append((at + later, lambda recorder: log.append((recorder.lanes.tolist(), *counts(recorder)))))
    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "control_action", logged)
        trace = simulate(model, case.scenario, False, seed, table, looks, histories=True, figures=(), **how)
    meter = meters.pop()
    log.append((meter.at.tolist(), meter.accounts.tolist(), [meter.steps[hop] for hop in meter.hops]))
    log += [attrs.asdict(serving, recurse=False, filter=lambda a, _: a.name != "cleared") for serving in meter.servings]
    log += [attrs.asdict(lanes, recurse=False) for serving in meter.servings for lanes in serving.cleared]
    return (
        log,
        [(b.violation, attrs.asdict(b, recurse=False)) for b in trace.broken],
        attrs.asdict(trace, recurse=False),
    )


def counts(recorder):
    return recorder.now, recorder.actions, recorder.commits, recorder.waiting, recorder.last_at


def same(seed, case, monkeypatch):
    """Hold one way against the other; ``seed`` decides the link's jitter, and when observers look."""
    model = Model(case.rulebook, case.runbook, case.scenario.policies)
    table = Table(model)
    one, many = (left_behind(model, table, case, seed, monkeypatch, waves=waves) for waves in (False, True))
    assert one == many


def same_events(seed, case, monkeypatch):
    """Hold one way against the other where events of a few accounts are kept: watched ones, or representatives."""
    model, watch = Model(case.rulebook, case.runbook, case.scenario.policies), ["U1", "U3", "A1", "D2"][seed % 3 :]
    watch = [name for name in watch if [*Roster(case.scenario).matching(name)]]
    table, told = Table(model), []
    monkeypatch.setattr(weekend, "QUIET_ABOVE", 0)
    for many in (False, True):
        monkeypatch.setattr(weekend, "MANY", -1 if many else NEVER)
        monkeypatch.setattr(weekend, "ALIKE", -1 if many else NEVER)
        ways = []
        looks = [(model.ticks[-1][0], lambda recorder, ways=ways: ways.append(bool(recorder.many)))]
        traces = [simulate(model, case.scenario, None, seed, table, looks, watch=watch)]
        traces.append(folded(model, case.scenario, seed, watch[: seed % 2], looks))
        told.append([attrs.asdict(trace, recurse=False) for trace in traces])
    assert ways[1]
    assert told[0] == told[1]
    return ways[0]
