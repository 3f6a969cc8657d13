"""Measures what a site holds and lacks when it begins to serve a session, from what a meter kept.

What accounts hold is found by lanes, each once, and counted. Commits are looked at only of accounts that lack
something; accounts that are in one lane and took the same steps are looked at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from dcsim.domain.account import BASELINE
from dcsim.domain.action_outcome import Change
from dcsim.domain.moment import epoch
from dcsim.domain.world import Expected, Lane, Redo
from dcsim.semantics.intent import fate
from dcsim.semantics.interning import Hop
from dcsim.semantics.model import Model
from dcsim.semantics.promise import not_permitted
from dcsim.trace.figures import Oldest, OpeningFigures
from dcsim.trace.meter import Meter, SeenLanes, Serving
from dcsim.trace.moves import EXAMPLES

if TYPE_CHECKING:
    import numpy as np

    Column = np.ndarray[Any, np.dtype[np.int64]]
Name = Callable[[int], str]
NOT_RECEIVED = ("sent", "late", "lost")
NOT_APPLIED = (*NOT_RECEIVED, "received")


@attrs.frozen
class _Search:
    """Finds what an account lacks. ``concerned``: whether an account in a lane can lack anything. ``missing``: from the
    lane and the commits, which commits wrote what is lacking: the place of each, once for each thing.
    """

    concerned: Callable[[Lane], bool]
    missing: Callable[[Lane, Sequence[Hop]], Sequence[int]]


@attrs.frozen
class Lack:
    """How many things accounts lack, and the row of the oldest commit that wrote one of them (None: they lack none)."""

    count: int = 0
    row: int | None = None


def openings(meter: Meter, name: Name) -> tuple[OpeningFigures, ...]:
    """Return what was measured each time that a site began to serve a session."""
    return tuple(_opening(meter, serving, name) for serving in meter.servings)


def stale_accounts(meter: Meter) -> int:
    """Return how many accounts are wrong at one session at least."""
    return len({account for serving in meter.servings for account in _stale(meter, serving)})


def _opening(meter: Meter, serving: Serving, name: Name) -> OpeningFigures:
    model, session, site = meter.table.model, serving.session, serving.site
    stale = _stale(meter, serving)
    lost = _lacks(meter, serving, _lost(model, session, site))
    not_received, not_applied = (_lacks(meter, serving, _redo(held)) for held in (NOT_RECEIVED, NOT_APPLIED))
    cleared = [_lacks(meter, lanes, _redo(NOT_APPLIED)) for lanes in serving.cleared]
    # Redo on its way to the other site is nothing that the site lacks where it was committed.
    lacking = [*([not_applied] if serving.control.other == site else []), *cleared]
    return OpeningFigures(
        session=session,
        site=site,
        planned=epoch(model.session(session).opens, model.rulebook),
        at=serving.at,
        stale=len(stale),
        accounts=tuple(map(name, stale[:EXAMPLES])),
        lost=lost.count,
        oldest_lost=_oldest(meter, [lost], name),
        lacking=sum(lack.count for lack in lacking),
        oldest_lacking=_oldest(meter, lacking, name),
        transport_lag=_age(meter, serving.at, not_received),
        apply_lag=_age(meter, serving.at, not_applied),
    )


def _age(meter: Meter, now: int, lack: Lack) -> int:
    return 0 if lack.row is None else now - meter.at[lack.row]


def _oldest(meter: Meter, lacks: Sequence[Lack], name: Name) -> Oldest | None:
    rows = [lack.row for lack in lacks if lack.row is not None]
    if not rows:
        return None
    row = min(rows, key=meter.at.__getitem__)
    changes = meter.steps[meter.hops[row]].step.outcome.changes
    kinds = ", ".join(dict.fromkeys(change.kind for change in changes))
    return Oldest(account=name(meter.accounts[row]), at=meter.at[row], what=kinds)


# -- what is wrong -------------------------------------------------------------------------------------------------


def _stale(meter: Meter, serving: Serving) -> list[int]:
    """Return the accounts that hold what is not permitted, in order."""

    def wrong(lane: Lane) -> bool:
        return bool(not_permitted(lane, serving.session, serving.site))

    return _accounts(meter, serving, wrong)


def _lost(model: Model, session: str, site: str) -> _Search:
    """Return what finds changes that are lost.

    A value that the rules permit stands for all changes before it. Where another value is held, a change is lost if the
    rules carry it and it was made after the change that wrote that value.
    """

    def missing(lane: Lane, hops: Sequence[Hop]) -> Sequence[int]:
        lost: list[int] = []
        for field in not_permitted(lane, session, site):
            if not _asks_for_change(model, lane.ledger.at(session, field)):
                continue
            carried = [
                (place, change.after)
                for place, hop in enumerate(hops)
                for change in hop.step.outcome.changes
                if change.field == field and _carried(model, lane.profile.kind, change, session)
            ]
            found = lane.store(site)[field]
            held = max((number for number, (_, cell) in enumerate(carried) if cell == found), default=-1)
            lost += [place for place, _ in carried[held + 1 :]]
        return lost

    return _Search(lambda lane: bool(not_permitted(lane, session, site)), missing)


def _carried(model: Model, kind: str, change: Change, session: str) -> bool:
    # In its own session a change counts at once, and no rule is asked.
    origin = change.after.origin
    return origin == session or fate(model.rulebook, kind, change.kind, origin, session).fate == "carry"


def _asks_for_change(model: Model, expected: Expected) -> bool:
    """Whether every value that is permitted was written by a change of the weekend."""
    weekend = model.rulebook.order.keys() - {BASELINE}
    return bool(expected.options) and all(option.cell.origin in weekend for option in expected.options)


# -- redo ----------------------------------------------------------------------------------------------------------


def _redo(held: tuple[str, ...]) -> _Search:
    """Return what finds the redo entries that are held so."""

    def missing(lane: Lane, hops: Sequence[Hop]) -> Sequence[int]:
        return [_commit_of(entry, hops) for entry in lane.redo if entry.held in held]

    return _Search(lambda lane: any(entry.held in held for entry in lane.redo), missing)


def _commit_of(entry: Redo, hops: Sequence[Hop]) -> int:
    """Return the place of the commit that put an entry on the link."""
    # Numbers begin again once nothing is left on the link, so it is the last commit that got the number.
    return max(p for p, hop in enumerate(hops) if hop.shipped and hop.step.lane.redo[-1].number == entry.number)


# -- many accounts -------------------------------------------------------------------------------------------------


def _accounts(meter: Meter, seen: SeenLanes, concerned: Callable[[Lane], bool]) -> list[int]:
    """Return the accounts that are in a lane that is concerned, in order."""
    numbers = {number for number in set(seen.lanes) if concerned(meter.table.lanes[number])}
    return [account for account, number in enumerate(seen.lanes) if number in numbers] if numbers else []


def _lacks(meter: Meter, seen: SeenLanes, search: _Search) -> Lack:
    """Return what all accounts lack together."""
    count, oldest = 0, None
    known: dict[tuple[int, bytes], Sequence[int]] = {}
    for account, rows, hops in _commits(meter, seen, _accounts(meter, seen, search.concerned)):
        key = seen.lanes[account], hops.tobytes()
        if key not in known:
            known[key] = search.missing(meter.table.lanes[key[0]], [meter.steps[hop] for hop in hops])
        if known[key]:
            count += len(known[key])
            first = int(rows[min(known[key])])
            oldest = first if oldest is None or meter.at[first] < meter.at[oldest] else oldest
    return Lack(count, oldest)


def _commits(meter: Meter, seen: SeenLanes, accounts: Sequence[int]) -> Iterator[tuple[int, Column, Column]]:
    """Yield some accounts, each with the rows of its commits until then, in order of time, and with their steps."""
    if not accounts:
        return
    import numpy as np  # noqa: PLC0415 - slow to import, and most runs lack nothing

    of, taken = (np.asarray(column)[: seen.commits] for column in (meter.accounts, meter.hops))
    order = np.argsort(of, kind="stable")
    starts, ends = (np.searchsorted(of[order], accounts, side) for side in ("left", "right"))
    for account, start, end in zip(accounts, starts, ends, strict=True):
        rows = order[start:end]
        yield account, rows, taken[rows]
