"""The question of non-interference: when a target opens, can anyone observe what was done in a discarded session?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from dcsim.checker.explorers.budget import Budget, OverBudget
from dcsim.checker.explorers.protocol import Explored, Lanes, Product, joined
from dcsim.checker.explorers.shortest_paths import Path, shortest
from dcsim.checker.model.concretise import scenario_of
from dcsim.checker.model.self_composition import COMPARED, GIVEN_UP, NON_INTERFERENCE, OVER, Twin
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import MOST_ACCOUNTS, Status, cost
from dcsim.domain.actions import Deliver
from dcsim.domain.scenario import Scenario

TITLE = "What was done in a discarded session can be told from its not having been done"


@attrs.frozen(kw_only=True)
class Comparison:
    """The result of comparing two runs of every schedule, with and without what is done where it is discarded.

    ``scenario`` is the first run of a shortest schedule in which they differ. ``differences`` say what differs, account
    by account.
    """

    status: Status
    explored: Explored
    scenario: Scenario | None = None
    differences: tuple[str, ...] = ()
    why: str = ""


def compare(weekend: Weekend, explore: Callable[[Lanes, Budget], Explored], budget: Budget) -> Comparison:
    """Compare both runs of every schedule within the weekend's bounds, group by group."""
    parts: list[Explored] = []
    for part in weekend.parts:
        parts.append(explore(Twin(part), budget))
        if parts[-1].broken:
            break
    explored = joined(parts)
    if explored.broken:
        return _violated(weekend, explored, budget)
    why = explored.why if not explored.complete or explored.suspects else _not_compared(explored)
    return Comparison(status="inconclusive" if why else "proved", explored=explored, why=why)


def _not_compared(explored: Explored) -> str:
    """Why a proof that two runs look alike would be empty; an empty text if it is not."""
    if explored.fired.get(GIVEN_UP):
        return "some runs break an invariant before they can be compared: check without --non-interference first"
    if not any(occurrence.kind == COMPARED for occurrence in explored.fired):
        return "no two runs that differ came to a comparison"
    return ""


def _violated(weekend: Weekend, explored: Explored, budget: Budget) -> Comparison:
    try:
        for size in range(1, MOST_ACCOUNTS + 1):
            for few in weekend.few(size):
                twin = Twin(few)
                paths = shortest(Product(twin), {NON_INTERFERENCE}, cost, budget)
                if paths:
                    scenario, differences = witness(twin, paths[NON_INTERFERENCE])
                    return Comparison(status="violated", explored=explored, scenario=scenario, differences=differences)
    except OverBudget as over:
        return Comparison(status="inconclusive", explored=explored, why=f"two runs differ, but {over}")
    why = "two runs differ, but no schedule of so few accounts shows it"
    return Comparison(status="inconclusive", explored=explored, why=why)


def witness(twin: Twin, path: Path) -> tuple[Scenario, tuple[str, ...]]:
    """The first run of a path as a scenario, and what differs between the two runs at its end, account by account."""
    product, taken = Product(twin), []
    state: Any = twin.start()
    before = state
    for label in path:
        before, state = state, next(edge.state for edge in product.edges(state) if edge.action == label)
        alone = isinstance(label[1], Deliver) and before[1][label[0]].ran == state[1][label[0]].ran
        if not alone:
            taken.append(label)
    scenario = scenario_of(twin.weekend, tuple(taken), NON_INTERFERENCE, TITLE, "shortest")
    opened = [o for o in state[0].control.open if o not in before[0].control.open]
    differences = (
        f"{account.id}, {', '.join(fields)} when {session} opens at {site}"
        for account, pair in zip(twin.weekend.accounts, before[1], strict=True)
        for session, site in opened
        if pair != OVER and (fields := twin.differences(pair, session, site))
    )
    return scenario, tuple(differences)
