"""The question of a check for any number of operations, and its answer.

The exploration of slices proves, or names what may break. What may break is looked for in schedules as they are: first
with one operation at a time, exactly, and then with as many as it takes. So every counterexample is a real one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import attrs

from dcsim.checker.explorers.budget import Budget, OverBudget
from dcsim.checker.explorers.history_variables import after
from dcsim.checker.explorers.protocol import Break, Explored, Mishaps, Product
from dcsim.checker.explorers.shortest_paths import Path, shortest
from dcsim.checker.model.slices import FieldSlice
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question import unbounded
from dcsim.checker.question.coverage import Coverage, coverage
from dcsim.checker.question.safety import (
    MOST_ACCOUNTS,
    NOTHING,
    Answer,
    Confirms,
    Counterexample,
    Explore,
    WantedAnswer,
    answer,
    ask,
    cost,
    example,
    with_scenarios,
)
from dcsim.domain.account import FIELDS
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.semantics.scene import practice

SEARCH = 60.0
"""The seconds that the search for a schedule takes at most, where no time budget is given."""
MOST_PAIRS = 16_000
"""The most pairs (control, lane) of all slices that a check looks at where no number of operations is asked for. It is
no time, so that the verdict is the same on every machine."""


def ask_any(weekend: Weekend, explore: Explore, budget: Budget, wanted: WantedAnswer = NOTHING) -> Answer:
    """Explore every schedule for any number of operations and of accounts; the inputs are those of ``safety.ask``."""
    once = attrs.evolve(weekend, ops=1) if weekend.ops is None else weekend
    shown = ask(once, explore, budget, wanted)
    good_day = shown.counterexamples and _promise(shown.broken.get((), ()))
    if good_day or (shown.broken and budget.left() == 0):
        # What breaks on a good day needs no further look. That no more was explored is said, and nothing else claimed.
        return _only(shown, attrs.evolve(shown.explored, complete=False))
    why = unbounded.no_answer(weekend)
    if why:
        nothing = Explored(engine="closure", states=0, transitions=0, depth=0, complete=False, exact=False, why=why)
        return _also(shown, nothing, weekend) if shown.counterexamples else _undecided(weekend, nothing)
    if not shown.counterexamples:
        return _where_one_breaks_nothing(weekend, shown, budget, wanted)
    explored = _explored(weekend, shown, budget)
    if weekend.ops is None and explored.complete and not _all_shown(shown, explored):
        twice = ask(attrs.evolve(weekend, ops=2), explore, _a_part(budget), wanted)
        shown = twice if twice.explored.complete and not twice.why else shown
    return _also(shown, explored, weekend)


def then_any(weekend: Weekend, shown: Answer, budget: Budget, wanted: WantedAnswer) -> tuple[Weekend, Answer]:
    """The weekend with any number of operations, and its answer, where one operation breaks nothing (``shown``) and few
    pairs are enough to decide. Else the weekend as it is, and its answer, which says what was not decided.
    """
    many = attrs.evolve(weekend, ops=None, many=True)
    if shown.status != "proved" or weekend.faults or unbounded.no_answer(many):
        return weekend, shown
    why = f"{MOST_PAIRS:,} states were not enough; --ops any has no such limit"
    found = _where_one_breaks_nothing(many, shown, budget.counted(MOST_PAIRS, why), wanted)
    if found.status == "inconclusive":
        return weekend, attrs.evolve(shown, why=f"any number of operations: {found.why}")
    return many, found


def _where_one_breaks_nothing(weekend: Weekend, shown: Answer, budget: Budget, wanted: WantedAnswer) -> Answer:
    """The answer where a check with one operation (``shown``) has no counterexample."""
    explored = _explored(weekend, shown, budget)
    if shown.missed:
        return _never_shown(weekend, explored, shown)
    if explored.suspects and explored.complete and weekend.ops is None:
        explored = _less_suspected(explored, unbounded.explore_exactly(weekend, _a_part(budget)), shown)
    if not explored.suspects and not shown.covered.decided:
        why = "no rule decides anything with one operation, so this may be a proof of nothing"
        return _undecided(weekend, attrs.evolve(explored, why=explored.why or why))
    if not explored.suspects:
        return answer(weekend, explored, budget, wanted)
    if weekend.ops is None:
        return _searched(weekend, explored, shown, budget, wanted.confirms)
    why = f"may break with some number of accounts: {', '.join(map(str, explored.suspects))}"
    return _undecided(weekend, attrs.evolve(explored, why=why))


def _explored(weekend: Weekend, shown: Answer, budget: Budget) -> Explored:
    """What may break, under a few readings of the notice first. What is permitted under them is permitted: where they
    suspect no more than is shown, the others need not be tried.
    """
    few = _with_suspects(unbounded.explore(weekend, budget, alike=True), shown)
    if weekend.ops is not None or not few.complete or _all_shown(shown, few):
        return few
    return _with_suspects(unbounded.explore(weekend, budget), shown)


def _with_suspects(explored: Explored, shown: Answer) -> Explored:
    """The exploration, which suspects what a bounded one breaks in any case, shown by a run or not."""
    return attrs.evolve(explored, suspects=tuple(sorted({*explored.suspects, *shown.explored.broken})))


def _undecided(weekend: Weekend, explored: Explored) -> Answer:
    return answer(weekend, explored, Budget())


def _only(shown: Answer, explored: Explored) -> Answer:
    """The answer that shows what is broken, and says nothing of what is not."""
    covered = Coverage(kinds=shown.covered.kinds, outside=shown.covered.outside)
    return attrs.evolve(shown, explored=explored, survived=(), covered=covered)


def _also(shown: Answer, explored: Explored, weekend: Weekend) -> Answer:
    """The answer that shows what one operation breaks, with what is proved of the rest for any number of them."""
    more = [one for one in explored.suspects if not _shown_by(shown, one)]
    found = attrs.evolve(explored, broken=shown.explored.broken, suspects=tuple(more))
    if more or not explored.complete:
        also = f"with more operations or accounts may break: {', '.join(map(str, more))}" if more else ""
        partly = attrs.evolve(found, complete=False)
        return attrs.evolve(_only(shown, partly), why=shown.why or explored.why or also)
    suspected = {mishap for one in explored.suspects for mishap in one.after}
    survived = tuple(mishap for mishap in shown.survived if mishap not in suspected)
    missed = tuple(name for name in shown.missed if name in _never(shown.missed, explored))
    covered = coverage(weekend, explored.fired)
    return attrs.evolve(shown, explored=found, survived=survived, missed=missed, covered=covered)


def _never(names: Iterable[str], explored: Explored) -> tuple[str, ...]:
    """The names of what never happens, however many operations there are."""
    happened = set(map(str, explored.fired))
    return tuple(name for name in names if name not in happened)


def _all_shown(shown: Answer, explored: Explored) -> bool:
    return all(_shown_by(shown, suspect) for suspect in explored.suspects)


def _shown_by(shown: Answer, suspect: Break) -> bool:
    """Whether a break of the same family is shown, after the same faults and slips or some of them."""
    return any(
        set(after) <= set(suspect.after) and (_promise(names) or practice(suspect.invariant))
        for after, names in shown.broken.items()
    )


def _never_shown(weekend: Weekend, explored: Explored, shown: Answer) -> Answer:
    """The answer where something that should happen in some schedule is not shown to happen."""
    never = _never(shown.missed, explored)
    if never and not explored.suspects:
        return answer(weekend, explored, Budget(), WantedAnswer(sometimes=never))
    why = f"with one operation at a time it never happens, and with more it may: {', '.join(shown.missed)}"
    return _undecided(weekend, attrs.evolve(explored, why=why))


def _less_suspected(explored: Explored, exactly: Explored, shown: Answer) -> Explored:
    """The exploration without the suspects that a closer look excludes."""
    return _with_suspects(attrs.evolve(explored, suspects=exactly.suspects), shown) if exactly.complete else explored


def _a_part(budget: Budget) -> Budget:
    left = budget.left()
    return budget.anew(SEARCH if left is None else min(SEARCH, left / 3))


# -- what may break ------------------------------------------------------------------------------------------------


def _searched(weekend: Weekend, explored: Explored, once: Answer, budget: Budget, confirms: Confirms) -> Answer:
    """The answer from a search for a schedule that shows what is suspected; one operation (``once``) shows nothing."""
    names = {suspect.invariant for suspect in explored.suspects}
    promised = {name for name, of in INVARIANTS.items() if of.family == "promise"} if _promise(names) else set()
    left = budget.left()
    part = budget.anew(SEARCH if left is None else left)
    try:
        examples = [*_found(weekend, promised, part, confirms), *_found(weekend, _practices(names), part, confirms)]
        why = ""
    except OverBudget as over:
        examples, why = [], f"no schedule was found that shows it: {over}"
    if not examples:
        suspected = ", ".join(sorted(map(str, explored.suspects)))
        why = f"may break with several operations in a row: {suspected}; {why or 'no schedule shows it'}"
        return _undecided(weekend, attrs.evolve(explored, why=why))
    breaks = tuple(sorted(Break(example.invariant, example.after) for example in examples))
    found = attrs.evolve(once.explored, broken=breaks)
    broken = {some: tuple(one.invariant for one in breaks if one.after == some) for _, some in breaks}
    shown = attrs.evolve(
        once, status="violated", explored=found, broken=broken, counterexamples=tuple(examples), why=""
    )
    return _also(shown, explored, weekend)


def _promise(names: Iterable[str]) -> bool:
    return not all(map(practice, names))


def _practices(names: Iterable[str]) -> set[str]:
    return set(filter(practice, names))


def _found(weekend: Weekend, names: set[str], budget: Budget, confirms: Confirms) -> list[Counterexample]:
    """A shortest counterexample for those of some invariants that the shortest of all schedules breaks."""
    fields = frozenset({*FIELDS, *weekend.model.rulebook.records})
    whole = attrs.evolve(weekend, slice=FieldSlice(weekend.model, fields, named=True), composes=False)
    for size in range(1, MOST_ACCOUNTS + 1) if names else ():
        best: dict[str, Counterexample] = {}
        for few in whole.few(size):
            for name, found in _shortest(few, names, budget, confirms).items():
                if name not in best or found.length < best[name].length:
                    best[name] = found
        if best:
            return sorted(best.values(), key=lambda one: (one.length, one.invariant))
    return []


def _shortest(few: Weekend, names: set[str], budget: Budget, confirms: Confirms) -> dict[str, Counterexample]:
    found = with_scenarios(few, partial(shortest, Product(few), names, cost, budget, either=True), confirms)
    return {name: example(Break(name, _mishaps(few, path)), path, scenario) for name, (path, scenario) in found.items()}


def _mishaps(few: Weekend, path: Path) -> Mishaps:
    """The faults and slips on a path."""
    whole = Product(few)
    found: Mishaps = ()
    state: Any = few.start()
    for label in path:
        edge = next(edge for edge in whole.edges(state) if edge.action == label)
        state, found = edge.state, after(found, edge.occurrences)
    return found
