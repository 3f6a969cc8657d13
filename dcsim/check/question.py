"""The architect's question: does this runbook keep these rules, within these bounds? And its answer, with evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal

import attrs

from dcsim.check.budget import Budget, OverBudget
from dcsim.check.protocol import Explored, Label, Product
from dcsim.check.schedule import scenario_of
from dcsim.check.shortest import shortest
from dcsim.check.spine import FAULTS
from dcsim.check.told import SLIP, split
from dcsim.check.weekend import Labelled, Weekend
from dcsim.domain.account import Account
from dcsim.domain.actions import CLIENT_ACTIONS, Administer, Deliver, OperatorError
from dcsim.domain.scenario import Scenario
from dcsim.semantics.model import Model

Status = Literal["proved", "violated", "inconclusive"]
Explore = Callable[[Weekend, Budget], Explored]
Confirms = Callable[[Scenario, str], bool]
"""Whether a scenario breaks an invariant where it is run."""


@attrs.frozen(kw_only=True)
class Counterexample:
    """A way to break one invariant, as a scenario. ``length`` counts its acts, faults and slips; none is shorter.

    ``says`` is what a run of it finds broken.
    """

    invariant: str
    length: int
    scenario: Scenario
    says: str = ""


@attrs.frozen(kw_only=True)
class Answer:
    """What the exploration says.

    ``broken`` maps each combination of slips and faults (empty: none) to the invariants that it breaks; ``survived``
    are the single slips and faults that broke nothing; ``never`` is what never happened; ``missed`` what should have.
    """

    status: Status
    explored: Explored
    broken: Mapping[tuple[str, ...], tuple[str, ...]]
    survived: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    counterexamples: tuple[Counterexample, ...] = ()
    why: str = ""


def ask(
    weekend: Weekend,
    explore: Explore,
    budget: Budget,
    sometimes: Sequence[str] = (),
    confirms: Confirms = lambda _scenario, _invariant: True,
) -> Answer:
    """Explore every schedule within the weekend's bounds, and find a shortest counterexample for each invariant.

    ``confirms`` runs a scenario elsewhere: one that does not break the invariant there is passed over.
    """
    explored = explore(weekend, budget)
    broken = _by_slips(explored.broken)
    whole = explored.complete and not explored.why
    missed = tuple(name for name in sometimes if not explored.fired.get(name))
    examples, why = _examples(weekend, explored.broken, budget, confirms) if explored.broken else ((), "")
    status: Status = "violated" if examples or (missed and whole) else "inconclusive"
    if whole and not broken and not missed:
        status = "proved"
    return Answer(
        status=status,
        explored=explored,
        broken=broken,
        survived=_survived(explored, broken) if whole else (),
        never=_never(weekend, explored) if explored.complete else (),
        missed=missed,
        counterexamples=examples,
        why=explored.why or why,
    )


def _never(weekend: Weekend, explored: Explored) -> tuple[str, ...]:
    known = occurrences(weekend.model, weekend.accounts)
    return tuple(name for name in known if not explored.fired.get(name))


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


def occurrences(model: Model, accounts: tuple[Account, ...]) -> tuple[str, ...]:
    """What can be asked to happen sometimes, and is missed when it never does: actions and rules."""
    kinds = {account.profile.kind for account in accounts}
    administered = any(model.rulebook.accounts[kind].administers for kind in kinds)
    verbs = (v for v, cls in CLIENT_ACTIONS.items() if administered or not issubclass(cls, Administer))
    left_out = {"logout"} | (set() if model.rulebook.records else {"write"})
    rules = (f"rule {rule.id}" for rule in model.rulebook.rules if kinds & set(rule.accounts))
    return (*(verb for verb in verbs if verb not in left_out), *rules)


def _examples(
    weekend: Weekend, names: Iterable[str], budget: Budget, confirms: Confirms
) -> tuple[tuple[Counterexample, ...], str]:
    """A shortest counterexample for each invariant broken, the shortest first."""
    # Made once for all invariants: each part keeps the steps that it has taken.
    parts = [[attrs.evolve(weekend, accounts=few) for few in _distinct(weekend.accounts, size)] for size in (1, 2)]
    found, lost = [], []
    try:
        for invariant in sorted({split(name)[0] for name in names}):
            example = _example(parts, invariant, budget, confirms)
            if example:
                found.append(example)
            else:
                lost.append(invariant)
    except OverBudget as over:
        return tuple(sorted(found, key=lambda e: e.length)), f"not every counterexample was looked for: {over}"
    why = f"broken in the model, but no scenario could be timed so that the simulator shows it: {', '.join(lost)}"
    return tuple(sorted(found, key=lambda e: e.length)), why if lost else ""


def _example(parts: list[list[Weekend]], invariant: str, budget: Budget, confirms: Confirms) -> Counterexample | None:
    """The shortest over as few accounts as break it: an account that nobody acts on needs no other."""
    for alike in parts:
        best: tuple[int, Scenario] | None = None
        for part in alike:
            real = _Real(part, invariant, confirms)
            path = shortest(Product(part), lambda name: name == invariant, cost, budget, real)
            length = sum(map(cost, path)) if path else 0
            if path and (best is None or length < best[0]):
                best = (length, real.scenarios[path])
        if best:
            title = f"{invariant} is broken in {best[0]} step{'s' if best[0] != 1 else ''}"
            scenario = attrs.evolve(best[1], title=title, label="shortest")
            return Counterexample(invariant=invariant, length=best[0], scenario=scenario)
    return None


@attrs.frozen
class _Real:
    """Whether a path is one of the simulator's too, with the scenarios that showed it."""

    part: Weekend
    invariant: str
    confirms: Confirms
    scenarios: dict[tuple[Label, ...], Scenario] = attrs.field(factory=dict)

    def __call__(self, path: tuple[Label, ...]) -> bool:
        for pressing in (False, True):
            scenario = scenario_of(self.part, path, self.invariant, "", "", pressing=pressing)
            if self.confirms(scenario, self.invariant):
                self.scenarios[path] = scenario
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
    return int(account is not None)
