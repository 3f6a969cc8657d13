"""Back-out: after each step of the runbook, from which places the promised state of the last session could be had.

It is computed from a run. The weekend is stopped after a step, in thought, and the last session is opened with what one
place holds: each site's store, and each restore point. If the promise is kept then, for every account, the place holds
all that was promised so far. What only the link holds does not count, for it is never a whole state.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import attrs

from dcsim.domain.account import Record
from dcsim.domain.moment import instant, moment
from dcsim.domain.rulebook import Session
from dcsim.domain.world import Lane
from dcsim.semantics.promise import check_record
from dcsim.trace.lineage import step_of
from dcsim.trace.places import CellPlace
from dcsim.usecases.run_page.accounts import histories_of
from dcsim.usecases.run_page.gather import RunEvidence, followed

MOST_ACCOUNTS = 200
"""So many accounts are looked at: all, or one for all that lived through the same. With more, nothing is computed."""


@attrs.frozen(kw_only=True)
class Retreat:
    """The places that hold all that is promised after a ``step`` (its id), and when that step was taken."""

    step: str
    at: int
    places: frozenset[CellPlace]


def retreats(evidence: RunEvidence) -> tuple[Retreat, ...] | None:
    """Return where the promised state could be had after each step before the last session opens; None: too large."""
    accounts, model = _accounts(evidence), evidence.model
    if not 0 < len(accounts) <= MOST_ACCOUNTS or not all(followed(evidence.recorder, name) for name in accounts):
        return None
    last = max(evidence.book.sessions, key=lambda session: session.opens)
    end = instant(moment(f"{last.name} opens"), evidence.book)
    found: dict[int, Retreat] = {}
    for name in accounts:
        for before, after in pairwise(evidence.stages(name)):
            event = after.event
            step = step_of(model, before, event) if event and event.at < end else None
            if event is None or step is None:
                continue
            holding = frozenset(
                place for place, record in _places(after.lane) if _kept(evidence, after.lane, record, last)
            )
            known = found.get(event.n, Retreat(step=step.id, at=event.at, places=holding))
            found[event.n] = attrs.evolve(known, places=known.places & holding)
    return tuple(found[number] for number in sorted(found))


def _accounts(evidence: RunEvidence) -> tuple[str, ...]:
    """Return all accounts; of very many, one for each history. None at all where the histories do not have all."""
    roster = evidence.recorder.roster
    if roster.size <= MOST_ACCOUNTS:
        return tuple(map(roster.name, range(roster.size)))
    histories = histories_of(evidence)
    whole = sum(each.accounts for each in histories) == roster.size
    return tuple(each.representative for each in histories) if whole else ()


def _places(lane: Lane) -> Iterator[tuple[CellPlace, Record]]:
    yield from ((CellPlace(site), record) for site, record in lane.stores)
    yield from ((CellPlace(site, name), record) for (site, name), record in lane.points)


def _kept(evidence: RunEvidence, lane: Lane, record: Record, last: Session) -> bool:
    """Whether the last session would keep the promise to an account if it opened with this record."""
    return not check_record(evidence.model, lane.with_store(last.site, record), last.name, last.site)[1]
