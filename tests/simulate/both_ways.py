"""Runs act by act and in waves, compared in all that they leave behind: each account's lane, and what was counted, at
every event of the control and at any instant between them; and the whole trace.

Both runs share one table of lanes, so equal lanes have equal numbers.
"""

from random import Random

import attrs

from dcsim.domain.moment import instant
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.recorder import Recorder


def left_behind(model, table, case, seed, monkeypatch, **how):
    """All that a run leaves behind."""
    log = []
    control_action = Recorder.control_action

    def logged(recorder, actor, action):
        step = control_action(recorder, actor, action)
        assert bool(recorder.many) == how["waves"]
        log.append((recorder.now, actor, action, step.outcome, recorder.lanes.tolist(), *counts(recorder)))
        return step

    rng, looks = Random(seed), []
    for _ in range(rng.choice((0, 0, 3, 20)) if case.scenario.steps else 0):
        at = instant(rng.choice(case.scenario.steps).at, case.rulebook)
        later = rng.choice((0, 1, rng.randrange(100), rng.randrange(5000), rng.randrange(2_000_000)))
        looks.append((at + later, lambda recorder: log.append((recorder.lanes.tolist(), *counts(recorder)))))
    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "control_action", logged)
        trace = simulate(model, case.scenario, False, seed, table, looks, histories=True, **how)
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
