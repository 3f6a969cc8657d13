"""Outages and crashes at random instants: the simulator reaches nothing that the check's model does not reach."""

from functools import cache
from pathlib import Path
from random import Random

import attrs
import pytest
from classes import Watching, placed, reached, within
from test_agreement import RIGHT, RULEBOOK, drawn

from dcsim.checker.explorers.protocol import Product
from dcsim.checker.model.abstract_accounts import abstract_accounts
from dcsim.checker.model.weekend import Weekend
from dcsim.domain.faults import Crash, Outage
from dcsim.domain.moment import Moment, epoch
from dcsim.files.load import load_pair
from dcsim.fuzzer.decode import Space
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.semantics.scene import practice
from dcsim.simulate.weekend import Simulation
from dcsim.trace.roster import Roster

RUNS = 300
SWITCH, PROCEED, STALE = (
    str(Path(__file__).parents[2] / "scenarios" / "runbooks" / f"{name}.yaml")
    for name in ("switch-over-and-back", "drain-gives-up", "stale-standby")
)
MINUTE = 60_000


@cache
def weekend(runbook, faults):
    model = Model(*load_pair(RULEBOOK, runbook))
    return Weekend(model, abstract_accounts(model.rulebook, 1), 1, faults, kinds=("outage", "crash"))


def whole(control, lane):
    """A lane under a control, without what is down: an outage that meets no redo begins later in the model."""
    return attrs.evolve(control, down=()), placed(control, lane)


class WatchingAll(Watching):
    """A recorder that keeps every state until the promise is broken: there, a schedule of the check ends."""

    def lane_action(self, *args, **kwargs):
        hop = super().lane_action(*args, **kwargs)
        self.collect()
        return hop

    def control_action(self, *args):
        step = super().control_action(*args)
        self.collect()
        return step

    def collect(self):
        if all(practice(broken.violation.invariant) for broken in self.broken.values()):
            self.collected |= {whole(self.control, self.table.lanes[number]) for number in self.lanes}


def run(model, scenario):
    """Everything that a run passes through while it keeps the promise; and whether anything took effect."""
    recorder = WatchingAll(model, Roster(scenario), tracing=True, table=Table(model))
    recorder.visited, recorder.refused, recorder.collected = set(), [], set()
    Simulation(model, scenario, recorder).run()
    return recorder.collected


def moment(random, model):
    """Any moment: an instant of the clock or of a step, or beside it, or far from any."""
    at = random.choice([*model.due, *(at for at, _ in model.ticks)])
    at += random.choice((0, 0, 1, -1, 1000, -1000, 3000, random.randrange(-90, 90) * MINUTE))
    first = model.ticks[0]
    return Moment(first[1].session, "opens", at - first[0])


def pressed(random, model, case):
    """The case with some acts at the very end or beginning of their windows, where redo meets the steps."""

    def moved(step):
        session = model.session(step.at.session)
        room = epoch(session.closes, model.rulebook) - epoch(session.opens, model.rulebook)
        offset = random.choice((step.at.offset, step.at.offset, 1, room - 1, room - 1000, room - 1999, room - 2500))
        inside = step.at.edge is None
        return attrs.evolve(step, at=attrs.evolve(step.at, offset=offset)) if inside else step

    return attrs.evolve(case, steps=tuple(map(moved, case.steps)))


def fault(random, model):
    """One outage or crash."""
    start = moment(random, model)
    lasting = random.choice((1, 1500, 5 * MINUTE, 25 * MINUTE, 3 * 60 * MINUTE, 20 * 60 * MINUTE))
    if random.random() < 0.4:
        return Outage(link="outage", from_=start, until=attrs.evolve(start, offset=start.offset + lasting))
    crash = Crash(site="crash", of=random.choice(model.sites), back=lasting)
    step = random.choice(model.runbook.steps).id
    return attrs.evolve(crash, **random.choice(({"at": start}, {"before": step}, {"after": step})))


SLOW = (pytest.param(runbook, 1, marks=pytest.mark.slow) for runbook in (PROCEED, STALE))


@pytest.mark.parametrize(("runbook", "faults"), [(RIGHT, 1), (SWITCH, 1), *SLOW])
def test_what_a_run_with_faults_in_time_visits_the_check_reaches(runbook, faults):
    """Whatever goes down at whatever instant, and for however long."""
    of, random = weekend(runbook, faults), Random(faults)
    known = {whole(p.control, of.table.lanes[n[0]]) for p, (n,) in reached(Product(of)) if n[0] >= 0}
    space = Space(of.model.rulebook, of.model.runbook, accounts=1, faults=0)
    cases = list(within(of, drawn(space, range(60)), 1))
    visited = {}
    for _ in range(RUNS // 4):
        struck = tuple(fault(random, of.model) for _ in range(faults))
        case = attrs.evolve(pressed(random, of.model, random.choice(cases)), faults=struck)
        visited |= dict.fromkeys(run(of.model, case), case)
    assert len(visited) > 40
    beyond = visited.keys() - known
    assert not beyond, visited[next(iter(beyond))]
