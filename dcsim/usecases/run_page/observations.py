"""What became of each change in a run, and of what stood before: at every opening, whether it is there, gone, half
there, displaced, or reset.

What accounts hold is compared with what they changed. Which value is right, the rules' ledger says and what the run
found; nothing of it is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import attrs

from dcsim.domain.account import Cell, Record, Value, typed
from dcsim.domain.action_outcome import Change, Violation
from dcsim.domain.rulebook import Rulebook
from dcsim.report.pages.observed import Came, Observation, ObservedPart
from dcsim.rules.decision_space import RuleCell
from dcsim.rules.phrases import several
from dcsim.semantics.invariant_registry import practice, spell
from dcsim.semantics.mechanism import OPERATOR
from dcsim.trace.event import Event
from dcsim.trace.lineage import AccountStage
from dcsim.trace.recorder import Recorder
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.touched import stood

Made = Mapping[str, tuple[int, Change]]
"""For each field, the last change of one kind that one interval has seen, with its event (0: it stood before)."""


@attrs.frozen
class SessionStage:
    """A session that opens at a site: the stage at which it does, and the events up to which it stays open."""

    session: str
    site: str
    stage: AccountStage
    event: int
    last: int


def observations(evidence: RunEvidence) -> tuple[dict[RuleCell, list[Observation]], set[RuleCell]]:
    """Return what became of the changes of each cell, most accounts first where nothing is wrong with them; and the
    cells of which a change was made whose target never opened.

    Accounts that lived through the same are looked at once.
    """
    found: dict[RuleCell, dict[object, Observation]] = {}
    waiting: set[RuleCell] = set()
    targets = [name for name in evidence.book.timeline if name in evidence.book.by_name]
    for history in evidence.trace.histories:
        stages = _stages(evidence.recorder, history.representative)
        kind = stages[0].lane.profile.kind
        changed = [*_stood(evidence.book, kind, stages[0].lane.ledger.start), *_changed(stages)]
        opened = list(_opened(stages))
        for cell, observation in _of_account(evidence.recorder.events, history.representative, kind, changed, opened):
            told = found.setdefault(cell, {})
            known = told.get(observation.alike)
            total = history.accounts + (known.accounts if known else 0)
            told[observation.alike] = attrs.evolve(known or observation, accounts=total)
        never = set(targets) - {each.session for each in opened}
        waiting |= {RuleCell(kind, change.kind, change.after.origin, name) for _, change in changed for name in never}
    return {cell: sorted(told.values(), key=_order) for cell, told in found.items()}, waiting


def _stages(recorder: Recorder, account: str) -> list[AccountStage]:
    """Return what an account has gone through. Its events have the numbers of the trace."""
    (number,) = recorder.roster.numbers(account)
    return [
        AccountStage(recorder.events[event - 1] if event else None, lane, control)
        for event, lane, control in recorder.history(number)
    ]


def _order(observation: Observation) -> tuple[bool, int]:
    return not observation.breaks, -observation.accounts


def _changed(stages: Sequence[AccountStage]) -> Iterator[tuple[int, Change]]:
    return ((stage.event.n, change) for stage in stages if stage.event for change in stage.event.changes)


def _stood(book: Rulebook, kind: str, start: Record) -> Iterator[tuple[int, Change]]:
    """Yield what stood before the first session and a rule speaks of, as changes that no event made."""
    for change, fields in stood(book, kind, start).items():
        for field in fields:
            yield 0, Change(kind=change, field=field, before=start[field], after=start[field], site="")


def _opened(stages: Sequence[AccountStage]) -> Iterator[SessionStage]:
    """Yield the sessions that open, each at the first time that it opens at a site."""
    seen: set[tuple[str, str]] = set()
    for number, (before, after) in enumerate(pairwise(stages), start=1):
        for session, site in after.control.open:
            if after.event and (session, site) not in {*before.control.open, *seen}:
                seen.add((session, site))
                later = (s.event.n for s in stages[number:] if s.event and (session, site) not in s.control.open)
                yield SessionStage(session, site, after, after.event.n, next(later, stages[-1].event.n))  # type: ignore[union-attr]


def _of_account(
    events: Sequence[Event],
    account: str,
    kind: str,
    changed: Sequence[tuple[int, Change]],
    opened: Sequence[SessionStage],
) -> Iterator[tuple[RuleCell, Observation]]:
    for at in opened:
        before = [(n, change) for n, change in changed if n < at.event]
        cells: dict[RuleCell, dict[str, tuple[int, Change]]] = {}
        for n, change in before:
            cell = RuleCell(kind, change.kind, change.after.origin, at.session)
            if change.after.origin != at.session:
                cells.setdefault(cell, {})[change.field] = n, change
        broken = list(_broken(events, account, at)) if cells else []
        for cell, made in cells.items():
            yield cell, _observation(made, before, at, broken)


def _broken(events: Sequence[Event], account: str, at: SessionStage) -> Iterator[tuple[int, Violation]]:
    """Yield what was found broken of an account while a session is open at a site, each with the event."""
    for event in events[at.event - 1 : at.last]:
        for found in event.found:
            what = found.what
            if found.account == account and isinstance(what, Violation) and not practice(what.invariant):
                yield event.n, what


def _observation(
    made: Made, before: Sequence[tuple[int, Change]], at: SessionStage, broken: Sequence[tuple[int, Violation]]
) -> Observation:
    record = at.stage.lane.store(at.site)
    there = {field: _same(record[field], change.after.value) for field, (_, change) in made.items()}
    instead = {field: _later(field, record[field], made[field][0], before) for field in made if not there[field]}
    if all(there.values()):
        came: Came = "there"
    elif any(there.values()):
        came = "half"
    elif all(instead.values()):
        came = "displaced"
    else:
        came = "reset" if all(record[field].origin == OPERATOR for field in made) else "gone"
    held = _held(record, [field for field in made if there[field]])
    parts = [ObservedPart(says=f"{held} there" if came == "half" else held)] if held else []
    parts += [_missing(field, record[field].value, n) for field, n in instead.items()]
    breaks = {
        violation.invariant: n
        for n, violation in reversed(broken)
        if any(_about(violation, field, at, change, there=there[field]) for field, (_, change) in made.items())
    }
    return Observation(
        came=came,
        parts=tuple(parts),
        breaks=tuple(ObservedPart(says=name, event=n) for name, n in breaks.items()),
        right=all(_permitted(at, field, record[field].value) for field in made),
        made=max(n for n, _ in made.values()),
        seen=at.event,
    )


def _same(cell: Cell, value: Value) -> bool:
    return typed(cell.value) == typed(value)


def _held(record: Mapping[str, Cell] | object, fields: Sequence[str]) -> str:
    return several([f"{field} {spell(record[field].value)}" for field in fields])  # type: ignore[index]


def _later(field: str, found: Cell, since: int, before: Sequence[tuple[int, Change]]) -> int:
    """Return the later event of the account's own that wrote what was found; 0 if there is none."""
    wrote = (n for n, change in before if n > since and change.field == field and _same(change.after, found.value))
    return max(wrote, default=0)


def _missing(field: str, value: Value, event: int) -> ObservedPart:
    return ObservedPart(says=f"{field} {'displaced by' if event else 'is'} {spell(value)}", event=event)


def _about(violation: Violation, field: str, at: SessionStage, change: Change, *, there: bool) -> bool:
    """Whether something that was found broken is about a change: its value is there and should not be, or the other
    way round.
    """
    if violation.cell:
        concerned = violation.cell == (at.site, field)
    else:
        concerned = field in violation.where or violation.where.startswith("2FA")
    return concerned and (there or _permitted(at, field, change.after.value))


def _permitted(at: SessionStage, field: str, value: Value) -> bool:
    """Whether the rules permit a field of the account to hold a value in a session."""
    return any(_same(cell, value) for cell in at.stage.lane.ledger.at(at.session, field).cells)
