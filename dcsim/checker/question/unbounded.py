"""The exploration of every number of operations, by any number of accounts: one slice after the other.

Each field is looked at closely in a slice of its own. What no such slice can tell is looked at in others: practices
that speak of several fields, and values that are each permitted, but under different readings of the notice.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from itertools import product

import attrs

from dcsim.checker.explorers import any_number
from dcsim.checker.explorers.budget import Budget, OverBudget, without_collector
from dcsim.checker.explorers.protocol import Explored, Occurrence, joined
from dcsim.checker.model.canonical import EVERY_KIND
from dcsim.checker.model.canonical_table import CanonicalTable, Readings
from dcsim.checker.model.point import OPEN, made_in
from dcsim.checker.model.slices import FieldSlice, always_kept, fields_written
from dcsim.checker.model.values_reached import Values, values_reached
from dcsim.checker.model.weekend import Weekend
from dcsim.domain.account import FIELDS
from dcsim.domain.world import Answers
from dcsim.semantics.intent import compatible, fate, join
from dcsim.semantics.invariant_registry import INVARIANTS

LARGE = 20_000
"""The number of lanes of a slice whose memory is asked back at once: that takes a tenth of its time."""
MOST_CHOICES = 10_000
"""The most sets of readings that are compared. More of them count as a conflict."""


def no_answer(weekend: Weekend) -> str:
    """Why nothing can be said of any number of operations; empty if it can."""
    if weekend.ops is not None:
        return ""
    if weekend.tries_requests:
        return "requests in flight have to be tried under these policies, and any number of them may wait"
    own = [name for name, of in INVARIANTS.items() if of.family == "own" and weekend.model.checks(name, of.family)]
    if own:
        return f"invariants of your own ({', '.join(own)}) may tell apart what a proof takes for one"
    return ""


def explore(weekend: Weekend, budget: Budget, *, alike: bool = False) -> Explored:
    """What may break for any number of operations and of accounts that begin as those of the weekend. ``alike``: under
    those readings alone that carry either all open changes of an interval, or none (``FieldSlice``).
    """
    many = _many(weekend)
    if weekend.ops is not None:
        return any_number.explore(many, budget)
    try:
        # Values are counted by themselves, where a budget counts: its limit is one of pairs.
        reached = values_reached(weekend.model, many.accounts, budget.uncounted())
    except OverBudget as over:
        return _nothing(over)
    found: list[Explored] = []
    noted: list[Readings] = []
    with without_collector():
        for part in _parts(weekend, reached):
            sliced = _sliced(many, FieldSlice(weekend.model, *part, reached, alike))
            found.append(any_number.explore(sliced, budget))
            if isinstance(sliced.table, CanonicalTable):
                found[-1] = _by_kind(weekend, found[-1], sliced.table.made)
                noted.append(sliced.table.readings)
            if len(sliced.table.lanes) > LARGE:
                # Of each slice only what it found is kept: the states of all would not fit.
                del sliced
                gc.collect()
            if found[-1].why:
                break
    conflicting = _conflicting(noted)
    # Also where something is suspected already: it may be a practice, or come after another slip.
    if conflicting and not found[-1].why:
        joint = any_number.explore(_sliced(many, _whole(weekend, reached, conflicting, alike=alike)), budget)
        found.append(_by_kind(weekend, joint, ()))
    return attrs.evolve(joined(found), attributed=True)


def explore_exactly(weekend: Weekend, budget: Budget) -> Explored:
    """As ``explore``, but nothing is forgotten: slower, and closer to what can happen."""
    many = _many(weekend)
    try:
        reached = values_reached(weekend.model, many.accounts, budget.uncounted())
    except OverBudget as over:
        return _nothing(over)
    return any_number.explore(_sliced(many, _whole(weekend, reached, frozenset(fields_written(weekend.model)))), budget)


def _nothing(over: OverBudget) -> Explored:
    """What was explored where not even the values of each field could be listed."""
    why = f"{over}, while the values were listed that a field may hold, such as a counter of failed logons"
    return Explored(engine="closure", states=0, transitions=0, depth=0, complete=False, exact=False, why=why)


def _by_kind(weekend: Weekend, explored: Explored, made: Iterable[tuple[str, str]]) -> Explored:
    """What was explored, in which an open cell of every kind is one of each kind of change that was made."""
    book, accounts = weekend.model.rulebook, {account.profile.kind for account in weekend.accounts}
    fired = {each: times for each, times in explored.fired.items() if not each.name.startswith(EVERY_KIND)}
    for met in (each for each in explored.fired if each not in fired):
        for kind, origin in made:
            left_open = any(fate(book, account, kind, origin, met.detail).fate == "open" for account in accounts)
            if left_open and met.name == made_in(EVERY_KIND, origin):
                fired[Occurrence(OPEN, made_in(kind, origin), met.detail)] = explored.fired[met]
    return attrs.evolve(explored, fired=fired)


def _many(weekend: Weekend) -> Weekend:
    """The weekend with two accounts of each sort, which stand for any number."""
    sorts = {(account.profile, account.start): account for account in weekend.accounts}
    return attrs.evolve(weekend, accounts=tuple(account for account in sorts.values() for _ in range(2)), groups=())


def _sliced(weekend: Weekend, part: FieldSlice) -> Weekend:
    return attrs.evolve(weekend, slice=part)


def _parts(weekend: Weekend, reached: Values) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """For each slice, the fields that are looked at closely, and those that are kept."""
    kept = always_kept(weekend.model, reached)
    for field in fields_written(weekend.model):
        yield frozenset({field}), kept - {field}
    if weekend.model.practices:
        yield frozenset(), frozenset({*FIELDS, *weekend.model.rulebook.records})


def _whole(weekend: Weekend, reached: Values, closely: frozenset[str], *, alike: bool = False) -> FieldSlice:
    rest = frozenset({*FIELDS, *weekend.model.rulebook.records}) - closely
    return FieldSlice(weekend.model, closely, rest, reached, alike)


# -- readings ------------------------------------------------------------------------------------------------------


def _conflicting(noted: Iterable[Readings]) -> frozenset[str]:
    """The fields whose values may be permitted under different readings only, wherever some are."""
    at: dict[tuple[str, str], dict[str, set[frozenset[Answers]]]] = {}
    for readings in noted:
        for place, by_field in readings.items():
            for field, answers in by_field.items():
                at.setdefault(place, {}).setdefault(field, set()).update(answers)
    return frozenset(field for by_field in at.values() if _may_conflict(by_field) for field in by_field)


def _may_conflict(by_field: dict[str, set[frozenset[Answers]]]) -> bool:
    """Whether some choice of one reading of each field has no reading in common."""
    given = {answer for answers in by_field.values() for each in answers for reading in each for answer in reading}
    if len({question for question, _ in given}) == len(given):
        return False  # no question is answered in two ways
    common: set[frozenset[Answers]] = {frozenset({()})}
    for answers in by_field.values():
        common = {_in_common(one, other) for one, other in product(common, answers)}
        if frozenset() in common or len(common) > MOST_CHOICES:
            return True
    return False


def _in_common(one: frozenset[Answers], other: frozenset[Answers]) -> frozenset[Answers]:
    return frozenset(join(a, b) for a, b in product(one, other) if compatible(a, b))
