"""Classes of states: what simulator, fuzzers and check visit, so told that they can be compared."""

import re
from collections import Counter

import attrs

from dcsim.checker.explorers.protocol import Product
from dcsim.domain.account import Profile
from dcsim.domain.action_outcome import Refused
from dcsim.domain.actions import ChangeOtpChannel, ChangePassword, InitiateTwoFactor, Logon
from dcsim.domain.moment import epoch, instant
from dcsim.fuzzer.simplify import _in_order
from dcsim.semantics.interning import Table
from dcsim.simulate.weekend import Simulation as Simulated
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster


def reached(system):
    """Every state that plain search reaches, with the states that follow it."""
    seen = dict.fromkeys(system.initial(), ())
    waiting = list(seen)
    while waiting:
        state = waiting.pop()
        seen[state] = {edge.state for edge in system.edges(state)} - {state}
        waiting += [after for after in seen[state] if after not in seen]
        for after in seen[state]:
            seen.setdefault(after, ())
    return seen


class Watching(Recorder):
    """A recorder that keeps what it passes through."""

    def lane_action(self, actor, account, action, by=-1, site=None):
        hop = super().lane_action(actor, account, action, by, site)
        self.visited.add(placed(self.control, self.lane(account)))
        if isinstance(hop.step.outcome, Refused):
            self.refused.append((self.now, action))
        return hop

    def control_action(self, actor, action):
        step = super().control_action(actor, action)
        self.visited |= {placed(self.control, self.table.lanes[number]) for number in self.lanes}
        return step


def placed(control, lane):
    """A lane under a control, up to the names of passwords, and without who is logged on: that bars nothing."""
    told = repr(attrs.evolve(lane, logon=None, profile=Profile(lane.profile.kind, "")))
    names = {}
    plain = re.sub(r"'([PC])\d'", lambda m: names.setdefault(m[0], f"'{m[1]}#{len(names)}'"), told)
    plain = re.sub(r"value='(email|app|channel-\d)'", lambda m: names.setdefault(m[0], f"'way#{len(names)}'"), plain)
    return control.interval, control.open, plain


def watched(model, scenario):
    recorder = Watching(model, Roster(scenario), tracing=False, table=Table(model))
    recorder.visited = {placed(recorder.control, recorder.lane(account)) for account in range(len(recorder.lanes))}
    recorder.refused = []
    Simulated(model, scenario, recorder).run()
    return recorder


def bounded(model, scenario, account, ops):
    """The scenario for the checker's account and bounds: so many acts between two edges of windows, none refused,
    and none once the last target has opened: nothing can come of it, and the checker does not look.
    """
    last = epoch(model.rulebook.sessions[-1].opens, model.rulebook)
    steps = [step for step in scenario.steps if not step.takes and instant(step.at, model.rulebook) < last]
    steps = [step for step in steps if step.account == scenario.accounts[0].id]
    few = {}
    for step in steps:
        few.setdefault((step.at.session, step.at.edge, step.at.offset < 0), []).append(step)
    kept = [attrs.evolve(step, account=account.id) for some in few.values() for step in some[:ops]]
    within = attrs.evolve(scenario, accounts=(account,), steps=tuple(kept), faults=())
    while refused := [action for _, action in watched(model, within).refused]:
        within = attrs.evolve(within, steps=tuple(step for step in within.steps if step.action not in refused))
    return next(_in_order(within), within)


def choices(of):
    """The states of the check's model at which a walk may go more than one way; those with one way on are passed."""
    states = reached(Product(of))
    return states, {state for state, after in states.items() if len(after) != 1} | {of.start()}


def lanes(of):
    """The classes of lanes that the check reaches, for a model of one account."""
    return {placed(point.control, of.table.lanes[node[0]]) for point, (node,) in reached(Product(of)) if node[0] >= 0}


def within(of, scenarios, ops):
    """Scenarios cut down to the bounds of a model of one account; and its abstract values, or they are left out."""
    cases = (bounded(of.model, scenario, of.accounts[0], ops) for scenario in scenarios)
    return (case for case in cases if all_new(case))


def all_new(case):
    """Whether every change writes a value that no other has written, as the check's do."""
    acts = [step.action for step in case.steps if not isinstance(step.action, Logon)]
    for names in (("password", "to"), ("channel",)):
        set_up = [act for act in acts if isinstance(act, InitiateTwoFactor | ChangePassword | ChangeOtpChannel)]
        written = [getattr(act, name, None) for act in set_up for name in names if not _proves(act, name)]
        labels = [label for label in written if label is not None]
        if len(labels) > len(set(labels)) or "C1" in labels:
            return False
    return True


def _proves(act, name):
    return name == "password" and isinstance(act, ChangeOtpChannel)


def tell_choices(of, states):
    """How many states there are of each sort: the interval, what is open, the stage, what is on the link."""
    table = of.table.lanes
    sorts = Counter(
        (of.model.interval(point.control), point.stage, sum(len(table[node[0]].redo) for node in nodes if node[0] >= 0))
        for point, nodes in states
    )
    return [f"{n} in {interval}, {stage}, {redo} on the link" for (interval, stage, redo), n in sorts.most_common()]


def tell_lanes(of, classes):
    """How many classes of lanes there are of each sort: the interval, what is open, whether redo is on the link."""
    sorts = Counter(
        (of.model.rulebook.timeline[interval], " and ".join(name for name, _ in open_), "held='sent'" in told)
        for interval, open_, told in classes
    )
    return [
        f"{n} in {interval}, {open_ or 'nothing'} open{', redo on its way' if redo else ''}"
        for (interval, open_, redo), n in sorts.most_common()
    ]
