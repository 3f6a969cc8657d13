"""Turns a path of the model into a scenario.

Every act, fault and slip gets an instant, so that the simulator takes the same steps in the same order. Where the model
leaves a choice of instants, ``Timing`` is tried after ``Timing`` until the simulator shows what the path does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from typing import Any

from dcsim.checker.explorers.protocol import Label, Product
from dcsim.checker.model.faults_in_time import TimedFault
from dcsim.checker.model.scheduler import Scheduler, Strike, Timing, Walked, moment_of
from dcsim.checker.model.weekend import Weekend
from dcsim.domain.actions import ClientAction
from dcsim.domain.scenario import ClientStep, Scenario

__all__ = ["moment_of", "realised", "scenario_of"]

MOST_TIMINGS = 54
"""The most that are tried with each fault in time where the path has it; and as many with it as early as may be."""


def timings(states: Sequence[Walked]) -> Iterator[Timing]:
    """The choices of instants for a path."""
    number = sum(isinstance(label[1], TimedFault) for _, label, _ in states)
    choices: tuple[Strike, ...] = ("midway", "soon", "late")
    strikes = [when or ("midway",) for when in islice(product(choices, repeat=number), MOST_TIMINGS // 2)]
    orders = (False, True) if number else (False,)
    return (Timing(pressing, when, early) for early in orders for when in strikes for pressing in (False, True))


def _states(weekend: Weekend, path: tuple[Label, ...]) -> Iterator[Walked]:
    """Each step of a path, as the state before, the label and the state after."""
    if weekend.slice is not None:
        return _followed(weekend, path)
    return _taken(weekend, path)


def _followed(weekend: Weekend, path: tuple[Label, ...]) -> Iterator[Walked]:
    """The steps of lanes as they are, of which a path of canonical lanes is the image; they end where it is of none."""
    image, whole = Product(weekend), Product(weekend.plain)
    seen: Any = weekend.start()
    state: Any = weekend.plain.start()
    for label in path:
        wanted = next(edge for edge in image.edges(seen) if edge.action == label)
        edges = (edge for edge in whole.edges(state) if _alike(edge.action, label) and edge.broken == wanted.broken)
        edge = next((edge for edge in edges if weekend.image(edge.state) == wanted.state), None)
        if edge is None:
            return
        yield state, edge.action, edge.state
        seen, state = wanted.state, edge.state


def _alike(one: Label, other: Label) -> bool:
    """Whether two labels are the same but for the values that an act gives."""
    acts = isinstance(one[1], ClientAction) and type(one[1]) is type(other[1])
    return one == other or (acts and (one[0], one[2:]) == (other[0], other[2:]))


def _taken(weekend: Weekend, path: tuple[Label, ...]) -> Iterator[Walked]:
    whole = Product(weekend)
    state: Any = weekend.start()
    for label in path:
        after = next(edge.state for edge in whole.edges(state) if edge.action == label)
        yield state, label, after
        state = after


def scenario_of(weekend: Weekend, path: tuple[Label, ...], name: str, title: str, label: str) -> Scenario:
    """The scenario in which the simulator follows the path. Its steps have no expectation: the invariants judge.

    An act whose redo is still on the link at the next event comes within the lag before that event.
    """
    return _timed(weekend, list(_states(weekend, path)), name, title, label, Timing())


def _timed(weekend: Weekend, states: Sequence[Walked], name: str, title: str, label: str, timing: Timing) -> Scenario:
    weekend = weekend.plain
    scheduler = Scheduler(weekend, timing, last=weekend.start()[0].at)
    scheduler.walk(states)
    book = weekend.model.rulebook
    steps = (
        ClientStep(at=moment_of(act.at, book), account=act.account, action=act.action, takes=act.takes, expect="any")
        for act in sorted(scheduler.acts, key=lambda act: act.at)
        if act.action
    )
    return Scenario(
        scenario=name,
        title=title,
        rulebook=book.rulebook,
        runbook=weekend.model.runbook.runbook,
        label=label,
        accounts=weekend.accounts,
        policies=weekend.model.overrides,
        steps=tuple(steps),
        faults=tuple(scheduler.faults),
    )


def realised(
    weekend: Weekend, path: tuple[Label, ...], name: str, shows: Callable[[Scenario], bool]
) -> Scenario | None:
    """The path as a scenario for which ``shows`` is true, with some choice of instants; None if there is none."""
    states = list(_states(weekend, path))
    if len(states) < len(path):
        return None
    return next(filter(shows, (_timed(weekend, states, name, "", "", timing) for timing in timings(states))), None)
