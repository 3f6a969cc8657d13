"""The architect's question: does this runbook keep these rules, within these bounds? And its answer, with evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Literal

import attrs

from dcsim.check.explorers.budget import Budget, OverBudget
from dcsim.check.explorers.history_variables import SLIP, Told, named, split, spoken
from dcsim.check.explorers.protocol import Explored, Label, Product, joined
from dcsim.check.explorers.shortest import Path, shortest
from dcsim.check.model.concretise import scenario_of
from dcsim.check.model.environment import FAULTS
from dcsim.check.model.weekend import Labelled, Weekend
from dcsim.check.question.coverage import RULE, Coverage, coverage, verbs
from dcsim.domain.account import Account
from dcsim.domain.actions import Commit, Deliver, OperatorError
from dcsim.domain.scenario import Scenario
from dcsim.semantics.scene import practice

Status = Literal["proved", "violated", "inconclusive"]
Explore = Callable[[Weekend, Budget], Explored]
Confirms = Callable[[Scenario, str], bool]
"""Whether a scenario breaks an invariant where it is run."""


@attrs.frozen(kw_only=True)
class Counterexample:
    """A way to break one invariant, as a scenario. ``length`` counts its acts, faults and slips; none is shorter.

    ``slips`` are the slips and faults in it; ``says`` is what a run of it finds broken, by the rules of ``rests_on``.
    """

    invariant: str
    length: int
    scenario: Scenario
    slips: tuple[str, ...] = ()
    says: str = ""
    rests_on: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Answer:
    """What the exploration says.

    ``broken`` maps each combination of slips and faults (empty: none) to what it breaks; ``survived`` are the single
    slips and faults that broke nothing; ``covered`` is what the answer covers; ``missed`` what should have happened.
    """

    status: Status
    explored: Explored
    broken: Mapping[tuple[str, ...], tuple[str, ...]]
    survived: tuple[str, ...] = ()
    covered: Coverage = attrs.field(factory=Coverage)
    missed: tuple[str, ...] = ()
    counterexamples: tuple[Counterexample, ...] = ()
    why: str = ""


def ask(
    weekend: Weekend,
    explore: Explore,
    budget: Budget,
    sometimes: Sequence[str] = (),
    confirms: Confirms = lambda _scenario, _invariant: True,
    *,
    each: bool = False,
) -> Answer:
    """Explore every schedule within the weekend's bounds, and find a shortest counterexample for all that breaks, or
    (``each``) for each combination of slips and faults that breaks it.

    ``confirms`` runs a scenario elsewhere: one that does not break the invariant there is passed over.
    """
    explored = joined([explore(part, budget) for part in weekend.parts])
    broken = _by_slips(explored.broken)
    whole = explored.complete and not explored.why
    covered = coverage(weekend, explored.fired)
    missed = tuple(name for name in sometimes if not explored.fired.get(name))
    examples, why = _examples(weekend, explored.broken, budget, confirms, each=each) if explored.broken else ((), "")
    status: Status = "violated" if examples or (missed and whole) else "inconclusive"
    nothing = "" if covered.decided else _nothing(weekend)
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


def _nothing(weekend: Weekend) -> str:
    """Why there is nothing to prove."""
    if not weekend.model.rulebook.rules:
        return "the rulebook has no rules, so nothing is promised of any change"
    return "no rule decided anything in any schedule, so this would be a proof of nothing"


def _by_slips(names: Iterable[str]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Broken invariants by the slips and faults that came before, fewest first."""
    found: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for name in names:
        invariant, slips = split(name)
        found[slips].add(invariant)
    order = sorted(found, key=lambda slips: (len(slips), slips))
    return {slips: tuple(sorted(found[slips])) for slips in order}


def _survived(explored: Explored, broken: Mapping[tuple[str, ...], tuple[str, ...]]) -> tuple[str, ...]:
    """Single slips and faults that were tried and broke nothing by themselves."""
    tried = (name.removeprefix(SLIP) for name in explored.fired if name.startswith(SLIP))
    return tuple(sorted(slip for slip in tried if (slip,) not in broken))


def occurrences(weekend: Weekend) -> tuple[str, ...]:
    """What can be asked to happen sometimes, and is missed when it never does: actions and rules."""
    return (*verbs(weekend), *(RULE + rule.id for rule in weekend.model.rulebook.rules))


def _examples(
    weekend: Weekend, names: Iterable[str], budget: Budget, confirms: Confirms, *, each: bool
) -> tuple[tuple[Counterexample, ...], str]:
    """A shortest counterexample for each property broken, or (``each``) for each with each combination of slips and
    faults that no part of it explains. The promise first, then the shortest.
    """
    left = set(_news(names)) if each else {split(name)[0] for name in names}
    found: list[Counterexample] = []
    try:
        # An account that nobody acts on needs no other.
        for size in (1, 2):
            best: dict[str, tuple[Path, Scenario]] = {}
            groups = [few for part in weekend.parts for few in _distinct(part.accounts, size)] if left else []
            for few in groups:
                part = attrs.evolve(weekend, accounts=few, groups=())
                real = _Real(part, confirms)
                told = Product(Told(part) if each else part)
                known = {name: _length(path) for name, (path, _) in best.items()}
                for name, path in shortest(told, left, cost, budget, real, known).items():
                    best[name] = path, real.scenarios[name, path]
            found += [_told(name, *shown) for name, shown in best.items()]
            left -= best.keys()
    except OverBudget as over:
        return _in_order(found), f"not every counterexample was looked for: {over}"
    why = "broken in the model, but no scenario could be timed so that the simulator shows it: "
    return _in_order(found), why + ", ".join(sorted(map(spoken, left))) if left else ""


def _news(names: Iterable[str]) -> Iterator[str]:
    """What breaks after slips and faults, but for what fewer of them break already."""
    known = {split(name) for name in names}
    for invariant, slips in known:
        fewer = (part for size in range(len(slips)) for part in combinations(slips, size))
        if not any((invariant, part) in known for part in fewer):
            yield named(invariant, slips)


def _length(path: Path) -> int:
    return sum(map(cost, path))


def _told(name: str, path: Path, scenario: Scenario) -> Counterexample:
    (invariant, slips), length = split(name), _length(path)
    title = f"{invariant} is broken in {length} step{'s' if length != 1 else ''}"
    scenario = attrs.evolve(scenario, title=title, label="shortest")
    return Counterexample(invariant=invariant, slips=slips, length=length, scenario=scenario)


def _in_order(found: list[Counterexample]) -> tuple[Counterexample, ...]:
    return tuple(sorted(found, key=lambda e: (practice(e.invariant), e.length, e.invariant, e.slips)))


@attrs.frozen
class _Real:
    """Whether a path is one of the simulator's too, with the scenarios that showed it."""

    part: Weekend
    confirms: Confirms
    scenarios: dict[tuple[str, Path], Scenario] = attrs.field(factory=dict)

    def __call__(self, name: str, path: Path) -> bool:
        invariant = split(name)[0]
        for pressing in (False, True):
            scenario = scenario_of(self.part, path, invariant, "", "", pressing=pressing)
            if self.confirms(scenario, invariant):
                self.scenarios[name, path] = scenario
                return True
        return False


def _distinct(accounts: tuple[Account, ...], size: int) -> list[tuple[Account, ...]]:
    """Groups of accounts, one of each that differ in more than their names."""
    groups: dict[object, tuple[Account, ...]] = {}
    for group in combinations(accounts, size):
        groups.setdefault(tuple((a.profile, a.start) for a in group), group)
    return list(groups.values())


def cost(label: Label) -> int:
    """What a step of a path adds to a scenario file: an act, a fault or a slip; ticks and runbook steps add nothing."""
    account, action = label[0], label[1]
    if isinstance(action, Labelled):
        return int(isinstance(action.action, OperatorError))
    if isinstance(action, Deliver):
        return int(action.verdict in FAULTS)
    return int(account is not None and not isinstance(action, Commit))
