"""The scale of time: where each event stands. Idle time is cut, and events that are too many share a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log

import attrs

from dcsim.report.pages.tracks import Tracks

MOST_COLUMNS = 56
"""So many columns a drawing has; events beyond share one with those that are next to them in time."""
CUT_ABOVE = 3_600_000
"""Where nothing happens for longer, in milliseconds, time is cut."""
_CUT, _SAME, _SAME_FLOWS, _LEAST = 104.0, 34.0, 74.0, 22.0
"""The room of a cut; of two events at one instant on one track; the same, if both go from track to track; at least."""
_TIGHTEST = 0.72
_SPREAD = 2_654_435_761
"""Multiples of it are spread evenly (the golden ratio of 2**32)."""


@attrs.frozen
class Cut:
    """Idle time that is left out between two columns, in milliseconds."""

    x: float
    span: int


@attrs.frozen
class Column:
    """Events that stand at one place of the drawing, and the instant of the first."""

    x: float
    events: tuple[int, ...]
    at: int


@attrs.frozen
class Scale:
    """Where each event stands, by its number; the columns, and where time is cut."""

    xs: tuple[float, ...]
    columns: tuple[Column, ...]
    cuts: tuple[Cut, ...]
    right: float


def scale_of(tracks: Tracks, left: float, width: float) -> Scale:
    """Return where each event of a weekend stands, between a left edge and about a width from it."""
    groups = _grouped(tracks, _drawn(tracks))
    gaps = [_gap(tracks, one, other) for one, other in pairwise(groups)]
    lead, tail = 34.0, 26.0
    natural = sum(gaps) or 1.0
    factor = max((width - lead - tail) / natural, _TIGHTEST)
    xs, x = list[float](), left + lead
    for gap in (*gaps, 0.0):
        xs.append(round(x, 1))
        x += gap * factor
    columns = tuple(Column(x, group, tracks.instants[group[0]]) for x, group in zip(xs, groups, strict=True))
    return Scale(_by_event(tracks, columns, left), columns, tuple(_cuts(tracks, columns)), round(xs[-1] + tail, 1))


def _drawn(tracks: Tracks) -> list[int]:
    """Return the events that have a place of their own."""
    found = {mark.event for mark in tracks.marks}
    found |= {n for flow in tracks.flows for n in (flow.start, flow.end)}
    found |= {n for stretch in tracks.stretches for n in (stretch.start, stretch.end or 0)}
    found |= {n for band in tracks.bands for n in (band.opens, band.closes)}
    found |= {n for band in tracks.bands for _, start, end in band.open for n in (start, end or 0)}
    found |= {n for branch in tracks.branches for n in (branch.start, branch.end or 0)}
    return sorted(found - {0}) or [len(tracks.instants) - 1]


def _grouped(tracks: Tracks, drawn: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the events by column: those next to each other in time share one where there are too many."""
    busy = _busy(tracks)
    apart = [n for n, (one, other) in enumerate(pairwise(drawn), start=1) if _apart(tracks, busy, one, other)]
    major = {mark.event for mark in tracks.marks if mark.shape not in ("act", "refused") or mark.tone == "bad"}
    major |= {n for band in tracks.bands for n in (band.opens, band.closes)}
    # What matters most stays apart: steps, sessions and what is wrong; then whatever is far from its neighbour.
    apart.sort(
        key=lambda n: (
            not {drawn[n - 1], drawn[n]} & major,
            tracks.instants[drawn[n - 1]] - tracks.instants[drawn[n]],
            # Of those that are equally far, some all along the way.
            n * _SPREAD % 2**32,
        )
    )
    borders = sorted({0, *apart[: MOST_COLUMNS - 1], len(drawn)})
    return [tuple(drawn[a:b]) for a, b in pairwise(borders)]


def _apart(tracks: Tracks, busy: Mapping[int, frozenset[int]], one: int, other: int) -> bool:
    """Whether two neighbours need columns of their own: at one instant only if they are on one track."""
    none: frozenset[int] = frozenset()
    return tracks.instants[one] != tracks.instants[other] or bool(busy.get(one, none) & busy.get(other, none))


def _busy(tracks: Tracks) -> dict[int, frozenset[int]]:
    """Return the tracks that each event needs room on."""
    found: dict[int, set[int]] = {}
    for mark in tracks.marks:
        found.setdefault(mark.event, set()).add(mark.track)
    for flow in tracks.flows:
        low, high = sorted((flow.source, flow.target))
        if flow.kind != "redo":
            found.setdefault(flow.end, set()).update(range(low, high + 1))
        elif flow.start == flow.end:
            found.setdefault(flow.end, set()).add(flow.target)
    return {n: frozenset(on) for n, on in found.items()}


def _gap(tracks: Tracks, one: tuple[int, ...], other: tuple[int, ...]) -> float:
    span = tracks.instants[other[0]] - tracks.instants[one[-1]]
    if span > CUT_ABOVE:
        return _CUT
    if span == 0:
        flowing = {flow.end for flow in tracks.flows if flow.kind != "redo"}
        return _SAME_FLOWS if flowing & {*one} and flowing & {*other} else _SAME
    return max(_LEAST, 14 + 11 * log(1 + span / 2000))


def _by_event(tracks: Tracks, columns: Sequence[Column], left: float) -> tuple[float, ...]:
    xs, at = [left], left
    by_event = {n: column.x for column in columns for n in column.events}
    for n in range(1, len(tracks.instants)):
        at = by_event.get(n, at)
        xs.append(at)
    return tuple(xs)


def _cuts(tracks: Tracks, columns: Sequence[Column]) -> list[Cut]:
    idle = ((one, other, other.at - tracks.instants[one.events[-1]]) for one, other in pairwise(columns))
    return [Cut(round((one.x + other.x) / 2, 1), span) for one, other, span in idle if span > CUT_ABOVE]
