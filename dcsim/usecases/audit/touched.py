"""Which rule cells a run touched: a change was made, and a session opened later at which its fate shows."""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.domain.account import BASELINE, EMPTY, Record
from dcsim.domain.change_kinds import fields_of
from dcsim.rules.decision_space import RuleCell, matrix
from dcsim.usecases.run_page.gather import RunEvidence


def touched(evidence: RunEvidence) -> frozenset[RuleCell]:
    """Return the rule cells that a run touched."""
    book, opened = evidence.book, evidence.recorder.control.opened
    made = frozenset((*_made(evidence), *_stood(evidence)))
    cells = (RuleCell(*change, target) for change in made for target in opened)
    return frozenset(cell for cell in cells if cell in matrix(book))


def _made(evidence: RunEvidence) -> Iterator[tuple[str, str, str]]:
    """The changes that were made: the kind of account, the kind of change, and where."""
    for event in evidence.recorder.events:
        for change in event.changes:
            yield _kind(evidence, event.account), change.kind, change.after.origin


def _kind(evidence: RunEvidence, account: str) -> str:
    roster = evidence.recorder.roster
    number = roster.numbers(account)[0]
    return evidence.recorder.lane(number).profile.kind


def _stood(evidence: RunEvidence) -> Iterator[tuple[str, str, str]]:
    """What stood before the weekend, as the kinds of change that write such fields."""
    for account, _ in evidence.recorder.roster.groups:
        for kind in evidence.book.kinds:
            if any(_stands(account.start, field) for field in fields_of(kind)):
                yield account.profile.kind, kind, BASELINE


def _stands(start: Record, field: str) -> bool:
    return field in start.fields and start[field] != EMPTY and start[field].value not in (False, 0)
