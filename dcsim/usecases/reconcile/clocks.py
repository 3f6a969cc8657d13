"""Clocks that are off: the whole log's by the same time, or that of single acts by some seconds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, permutations
from operator import itemgetter

import attrs

from dcsim.domain.moment import UNITS, spell
from dcsim.usecases.reconcile.day import Row, TestDay
from dcsim.usecases.reconcile.trial import History, HistoryVerdict

QUARTER, FARTHEST_ZONE = 15 * UNITS["m"], 14 * UNITS["h"]
"""Timezones differ by whole quarters of an hour."""
MOST_ZONES, MOST_ACTS, CLEARLY = 3, 2000, 0.1
CLOSED = "refused closed"
FARTHEST = 120_000
"""A log's clock that is off by more than this is not a clock that is off, but another timezone."""
MOST_NEAR = 4
_SECOND = 1000


def edges(day: TestDay) -> list[int]:
    """The instants at which what is open or held changes for everyone: of windows and of the operator's steps."""
    return sorted({*(at for at, _ in day.model.ticks), *day.model.due})


def offset(day: TestDay, answers: Iterable[HistoryVerdict], tolerance: int) -> tuple[int, int]:
    """By how much the log's clock is ahead of the model's (negative: behind), if one offset can explain every act that
    falls on the wrong side of an edge, else 0; and at how many edges there are such acts. It is the least such offset
    in whole seconds.
    """
    known = edges(day)
    # What comes after an account's first such act may follow from it; but not that a portal was open or closed.
    acts = [a for answer in answers for n, a in enumerate(answer.unlike) if not n or CLOSED in (a.got, a.deed.wanted)]
    near = [(act, edge) for act in acts if (edge := _nearest(known, act.at, FARTHEST)) is not None]
    late, early = [act.at - edge for act, edge in near if act.at >= edge], [a.at - e for a, e in near if a.at < e]
    # Acts on both sides of edges cannot be mended by one offset.
    if not near or (late and early):
        return 0, 0
    by = -(-(max(late) + 1) // _SECOND) * _SECOND if late else min(early) // _SECOND * _SECOND
    # One act that is off by little says nothing of the whole log.
    return (by, len({edge for _, edge in near})) if len(near) > 1 or abs(by) > tolerance else (0, 0)


def zones(day: TestDay) -> list[tuple[int, bool]]:
    """The offsets of another timezone by which clearly more acts fall into windows, or out of them where the log says
    that the portal was closed; the best first. Each with whether it is likelier than a session that was late: most acts
    fall wrong otherwise, or nobody at all was served in some window.
    """
    told = [row for row in day.rows if row[3].wanted != "refused"]
    some = told[:: len(told) // MOST_ACTS + 1]
    edges_ = [at for at, _ in day.model.ticks]
    inside = [False, *(tick.edge == "opens" for _, tick in day.model.ticks)]

    def fit(by: int) -> int:
        return sum(inside[bisect_right(edges_, at - by)] != (deed.wanted == CLOSED) for at, _, _, deed, _ in some)

    def served(by: int) -> int:
        places = {bisect_right(edges_, at - by) for at, _, _, deed, _ in some if deed.wanted != CLOSED}
        return sum(inside[place] for place in places)

    steps = range(-FARTHEST_ZONE, FARTHEST_ZONE + 1, QUARTER)
    # Of equal ones, whole hours are likelier, and the nearest of these.
    ranked = sorted((-fit(by), by % UNITS["h"] != 0, abs(by), by) for by in steps)
    now, then = fit(0), served(0)
    enough = now + max(2, CLEARLY * len(some))
    return [
        (by, now * 2 < len(some) or served(by) > then)
        for *rank, _, by in ranked[:MOST_ZONES]
        if -rank[0] >= enough and rank == list(ranked[0][:2])
    ]


def variants(day: TestDay, history: History, answer: HistoryVerdict, tolerance: int) -> Iterator[History]:
    """The history with its first unmatched act on the other side of an edge, or with that act and its neighbours in
    another order; each within the tolerance.
    """
    rows = history.rows
    index = next(i for i, row in enumerate(rows) if row[4] == answer.unlike[0].line)
    at = rows[index][0]
    edge = _nearest(edges(day), at, tolerance)
    if edge is not None:
        moved = (edge - 1 if at >= edge else edge, *rows[index][1:])
        changed = sorted((*rows[:index], moved, *rows[index + 1 :]), key=itemgetter(0))
        yield attrs.evolve(history, rows=tuple(changed))
    near = _cluster(rows, index, 2 * tolerance)
    instants = [row[0] for row in rows[near.start : near.stop]]
    for order in islice(permutations(rows[near.start : near.stop]), 1, None):
        again = [(at, *row[1:]) for at, row in zip(instants, order, strict=True)]
        yield attrs.evolve(history, rows=(*rows[: near.start], *again, *rows[near.stop :]))


def _cluster(rows: Sequence[Row], index: int, within: int) -> range:
    """The acts around one that follow each other so closely that their order may be another; a few at most."""
    start = stop = index
    # Each of two clocks may be off: two acts can be twice the tolerance apart.
    while stop + 1 < len(rows) and stop - start < MOST_NEAR - 1 and rows[stop + 1][0] - rows[stop][0] <= within:
        stop += 1
    while start and stop - start < MOST_NEAR - 1 and rows[start][0] - rows[start - 1][0] <= within:
        start -= 1
    return range(start, stop + 1)


def _nearest(known: Sequence[int], at: int, within: int) -> int | None:
    """The nearest edge that is not farther away."""
    place = bisect_left(known, at)
    close = [edge for edge in known[max(0, place - 1) : place + 1] if abs(edge - at) <= within]
    return min(close, key=lambda edge: abs(edge - at)) if close else None


def words(by: int) -> str:
    """An offset in words."""
    return f"{spell(abs(by))} {'ahead' if by > 0 else 'behind'}"
