"""The question of a check, whether a runbook keeps its rules within bounds, and its answer with counterexamples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any, Literal

import attrs

from dcsim.checker.explorers.budget import Budget, OverBudget
from dcsim.checker.explorers.history_variables import WithHistory
from dcsim.checker.explorers.protocol import MISHAPS, Break, Explored, Label, Mishaps, Occurrence, Product, joined
from dcsim.checker.explorers.shortest_paths import Path, shortest
from dcsim.checker.model.concretise import realised
from dcsim.checker.model.faults_in_time import TimedFault
from dcsim.checker.model.point import FAULTS, RULE
from dcsim.checker.model.weekend import Labelled, Weekend
from dcsim.checker.question.coverage import Coverage, coverage, verbs
from dcsim.domain.actions import Commit, Deliver, Down, Slip
from dcsim.domain.scenario import Scenario
from dcsim.semantics.scene import practice

Status = Literal["proved", "violated", "inconclusive"]
Explore = Callable[[Weekend, Budget], Explored]
Confirms = Callable[[Scenario, str], bool]
"""Runs a scenario, and says whether it breaks an invariant."""
MOST_ACCOUNTS = 2
"""The most accounts of a counterexample: a user, and an administrator who acts on it."""


@attrs.frozen(kw_only=True)
class Counterexample:
    """A shortest scenario that breaks one invariant. ``length`` is the number of its acts, faults and slips.

    ``after`` are its faults and slips. ``says`` is what a run of it finds broken, by the rules of ``rests_on``.
    """

    invariant: str
    length: int
    scenario: Scenario
    after: Mishaps = ()
    says: str = ""
    rests_on: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Answer:
    """The verdict, and what it rests on.

    ``broken`` maps each combination of faults and slips to the invariants that break after it; the empty combination is
    a schedule without any. ``survived``: single faults and slips that break nothing. ``covered``: what the answer
    covers. ``missed``: what should happen in some schedule and never does.
    """

    status: Status
    explored: Explored
    broken: Mapping[Mishaps, tuple[str, ...]]
    survived: Mishaps = ()
    covered: Coverage = attrs.field(factory=Coverage)
    missed: tuple[str, ...] = ()
    counterexamples: tuple[Counterexample, ...] = ()
    why: str = ""


def _any_scenario(_scenario: Scenario, _invariant: str) -> bool:
    return True


@attrs.frozen(kw_only=True)
class WantedAnswer:
    """What is wanted of an answer: a shortest counterexample for each broken invariant or, with ``each``, for each
    smallest combination of faults and slips after which it breaks.

    ``sometimes`` names occurrences that must happen in some schedule. ``confirms`` runs a scenario in the simulator; a
    scenario that does not break the invariant there is rejected.
    """

    sometimes: Sequence[str] = ()
    confirms: Confirms = _any_scenario
    each: bool = False


NOTHING = WantedAnswer()
"""Nothing more is wanted than the verdict, with counterexamples as the model has them."""


def ask(weekend: Weekend, explore: Explore, budget: Budget, wanted: WantedAnswer = NOTHING) -> Answer:
    """Explore every schedule within the weekend's bounds."""
    explored = joined([explore(part, budget) for part in weekend.parts])
    return answer(weekend, explored, budget, wanted)


def answer(weekend: Weekend, explored: Explored, budget: Budget, wanted: WantedAnswer = NOTHING) -> Answer:
    """The answer that an exploration gives, with counterexamples for what is broken in it."""
    broken = _by_mishaps(explored.broken)
    whole = explored.complete and not explored.why
    covered = coverage(weekend, explored.fired)
    missed = tuple(name for name in wanted.sometimes if not any(str(each) == name for each in explored.fired))
    examples, why = _examples(weekend, explored.broken, budget, wanted) if explored.broken else ((), "")
    status: Status = "violated" if examples or (missed and whole) else "inconclusive"
    nothing = "" if covered.decided else _nothing_proved(weekend)
    if whole and not broken and not missed and not nothing:
        status = "proved"
    return Answer(
        status=status,
        explored=explored,
        broken=broken,
        survived=_survived(explored, broken) if whole else (),
        covered=covered if explored.complete else Coverage(kinds=covered.kinds, outside=covered.outside),
        missed=missed,
        counterexamples=examples,
        why=explored.why or why or ("" if broken else nothing),
    )


def _nothing_proved(weekend: Weekend) -> str:
    """Why a proof would be empty, where no rule decided anything."""
    if not weekend.model.rulebook.rules:
        return "the rulebook has no rules, so nothing is promised of any change"
    return "no rule decided anything in any schedule, so this would be a proof of nothing"


def _by_mishaps(found: Iterable[Break]) -> dict[Mishaps, tuple[str, ...]]:
    """Broken invariants by the faults and slips that come before; the fewest come first."""
    by: defaultdict[Mishaps, set[str]] = defaultdict(set)
    for invariant, after in found:
        by[after].add(invariant)
    order = sorted(by, key=lambda after: (len(after), [each.words for each in after]))
    return {after: tuple(sorted(by[after])) for after in order}


def _survived(explored: Explored, broken: Mapping[Mishaps, tuple[str, ...]]) -> Mishaps:
    """Single faults and slips that were tried and break nothing by themselves."""
    tried = (each for each in explored.fired if each.kind in MISHAPS)
    return tuple(sorted((each for each in tried if (each,) not in broken), key=lambda each: each.words))


def occurrences(weekend: Weekend) -> tuple[str, ...]:
    """The names that ``sometimes`` may contain: client actions and rules."""
    return (*verbs(weekend), *(str(Occurrence(RULE, rule.id)) for rule in weekend.model.rulebook.rules))


def _examples(
    weekend: Weekend, found: Iterable[Break], budget: Budget, wanted: WantedAnswer
) -> tuple[tuple[Counterexample, ...], str]:
    """A shortest counterexample for each broken invariant, or for each of ``_smallest``; and why some are missing.

    Those that break the promise come first, then the shortest.
    """
    left = set(_smallest(found)) if wanted.each else {Break(one.invariant) for one in found}
    examples: list[Counterexample] = []
    try:
        for size in range(1, MOST_ACCOUNTS + 1):
            best: dict[Break, tuple[Path, Scenario]] = {}
            # All choices of this size: each may have a shorter path than the ones before it.
            for few in weekend.few(size) if left else ():
                best |= _shorter(few, left, best, budget, wanted)
            examples += [example(one, *shown) for one, shown in best.items()]
            left -= best.keys()
    except OverBudget as over:
        return _in_order(examples), f"not every counterexample was looked for: {over}"
    why = "broken in the model, but no scenario could be timed so that the simulator shows it: "
    return _in_order(examples), why + ", ".join(sorted(map(str, left))) if left else ""


def _shorter(
    few: Weekend, left: set[Break], known: Mapping[Break, tuple[Path, Scenario]], budget: Budget, wanted: WantedAnswer
) -> dict[Break, tuple[Path, Scenario]]:
    """For each break that is left, a shortest path of these accounts, if it is shorter than the one known."""
    # The steps of a model without a history break bare names.
    names: dict[Any, Break] = {one if wanted.each else one.invariant: one for one in left}
    below = {name: _length(known[one][0]) for name, one in names.items() if one in known}
    system = Product(WithHistory(few) if wanted.each else few)
    found = with_scenarios(few, partial(shortest, system, names, cost, budget, below=below), wanted.confirms)
    return {names[name]: each for name, each in found.items()}


def with_scenarios(
    few: Weekend, search: Callable[..., dict[Any, Path]], confirms: Confirms
) -> dict[Any, tuple[Path, Scenario]]:
    """The paths that a search finds, by what they break, each with a scenario that the simulator confirms."""
    scenarios: dict[tuple[Any, Path], Scenario] = {}

    def confirmed(name: Any, path: Path) -> bool:
        invariant = name.invariant if isinstance(name, Break) else name
        scenario = realised(few, path, invariant, partial(_shows, confirms, invariant))
        if scenario:
            scenarios[name, path] = scenario
        return scenario is not None

    return {name: (path, scenarios[name, path]) for name, path in search(confirmed=confirmed).items()}


def _shows(confirms: Confirms, invariant: str, scenario: Scenario) -> bool:
    return confirms(scenario, invariant)


def _smallest(found: Iterable[Break]) -> Iterator[Break]:
    """The breaks of which no part of the faults and slips breaks the same invariant already."""
    known = set(found)
    for one in known:
        fewer = (part for size in range(len(one.after)) for part in combinations(one.after, size))
        if not any(Break(one.invariant, part) in known for part in fewer):
            yield one


def _length(path: Path) -> int:
    return sum(map(cost, path))


def example(one: Break, path: Path, scenario: Scenario) -> Counterexample:
    """The counterexample that a path shows."""
    length = _length(path)
    title = f"{one.invariant} is broken in {length} step{'s' if length != 1 else ''}"
    scenario = attrs.evolve(scenario, title=title, label="shortest")
    return Counterexample(invariant=one.invariant, after=one.after, length=length, scenario=scenario)


def _in_order(found: list[Counterexample]) -> tuple[Counterexample, ...]:
    return tuple(sorted(found, key=lambda e: (practice(e.invariant), e.length, e.invariant, e.after)))


def cost(label: Label) -> int:
    """What a step of a path adds to a scenario: 1 for an act, a fault or a slip; 0 for ticks and runbook steps."""
    account, action = label[0], label[1]
    if isinstance(action, Labelled | TimedFault):
        return int(isinstance(action.action, Slip | Down))
    if isinstance(action, Deliver):
        return int(action.verdict in FAULTS)
    return int(account is not None and not isinstance(action, Commit))
