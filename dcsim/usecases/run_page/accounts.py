"""The accounts section of a run's page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import attrs

from dcsim.domain.action_outcome import Violation
from dcsim.domain.runbook import Open
from dcsim.report.pages.accounts import AccountsSection, HistoryRow
from dcsim.report.pages.drawing.boxes import first_part
from dcsim.report.pages.event_words import client_words, session_words
from dcsim.report.pages.palette import Chip, Palette
from dcsim.report.pages.weekend import MOST_IN_NAME
from dcsim.report.text import some
from dcsim.semantics.invariant_registry import spell
from dcsim.trace.event import Event, SharedHistory
from dcsim.trace.histories import with_events
from dcsim.trace.verdict import verdict
from dcsim.usecases.run_page.causes import short_clock
from dcsim.usecases.run_page.event_stages import EventStage, event_stages
from dcsim.usecases.run_page.gather import Focus, RunEvidence

Tone = Literal["good", "bad", "warn"]
MOST_HISTORIES = 60
MOST_ACTS, MOST_SAID = 8, 160


def accounts(evidence: RunEvidence) -> AccountsSection:
    """Return the accounts section."""
    histories = histories_of(evidence)
    # Those that went wrong come first, then those of most accounts.
    wrong = _Wrong(evidence)
    order = sorted(histories, key=lambda each: (not wrong.of(each.representative), -each.accounts))
    shown, hidden = order[:MOST_HISTORIES], order[MOST_HISTORIES:]
    most = max((each.accounts for each in histories), default=1)
    book = evidence.book
    session = evidence.focus.session if evidence.focus else max(book.sessions, key=lambda each: each.opens).name
    return AccountsSection(
        rows=tuple(_row(evidence, wrong, each, session, most) for each in shown),
        accounts=evidence.recorder.roster.size,
        histories=len(histories),
        hidden=(len(hidden), sum(each.accounts for each in hidden)),
        field=evidence.focus.field if evidence.focus else "",
        session=session_words(session),
    )


def histories_of(evidence: RunEvidence) -> tuple[SharedHistory, ...]:
    """Return the histories of a run."""
    recorder = evidence.recorder
    if evidence.trace.histories or recorder.histories is None:
        return evidence.trace.histories
    return with_events(recorder.histories.shared(recorder.roster.name), recorder.events)


def _row(evidence: RunEvidence, wrong: _Wrong, history: SharedHistory, session: str, most: int) -> HistoryRow:
    account = history.representative
    stages = event_stages(evidence, account)
    promised, found, when = _at(evidence, account, stages, session)
    tone, words = wrong.verdict(account)
    opened = any(isinstance(s.done, Open) and s.done.session == session for s in stages)
    return HistoryRow(
        first=first_part(account, MOST_IN_NAME),
        more=history.accounts - 1,
        examples=tuple(first_part(name, MOST_IN_NAME) for name in history.examples),
        kind=stages[0].lanes[0].profile.kind,
        lived=tuple(_lived(evidence, stages)),
        accounts=history.accounts,
        share=round(100 * history.accounts / most, 1),
        promised=promised,
        found=found,
        when=when,
        tone=tone,
        verdict=words if opened or tone != "good" else f"{session} never opened",
    )


def _lived(evidence: RunEvidence, stages: Sequence[EventStage]) -> Iterator[str]:
    acts = [stage for stage in stages if stage.event.actor == "client"]
    for stage in acts[:MOST_ACTS]:
        yield first_part(f"{client_words(stage.event)} ({evidence.model.interval(stage.before)})", MOST_SAID)
    if len(acts) > MOST_ACTS:
        yield f"and {some(len(acts) - MOST_ACTS, 'more act')}"


def _at(
    evidence: RunEvidence, account: str, stages: Sequence[EventStage], session: str
) -> tuple[tuple[Chip, ...], Chip | None, str]:
    """Return what a session promised of the field that the page is about and what it found: where that was found wrong
    first, or else when it opened. Return also the event, if it is not the opening.
    """
    palette, focus = evidence.palette if evidence.focus else Palette(()), evidence.focus
    inside = [stage for stage in stages if any(name == session for name, _ in stage.after.open)]
    opened = next((s for s in inside if isinstance(s.done, Open) and s.done.session == session), None)
    if not focus or not opened or not isinstance(opened.done, Open):
        return (), None, ""
    broken = next((s for s in inside if _found_wrong(s.event, account, focus)), None)
    stage, site = (broken, focus.site) if broken else (opened, opened.done.site)
    before, after = stage.lanes
    options = before.ledger.at(session, focus.field).options
    chips = dict.fromkeys(_chip(palette, option.cell.value) for option in options)
    found = _chip(palette, after.store(site)[focus.field].value)
    when = "" if stage is opened else f"event {stage.event.n}, {short_clock(stage.event.at, evidence.book)}"
    return tuple(chips), found, when


def _found_wrong(event: Event, account: str, focus: Focus) -> bool:
    """Whether an event found the value wrong that the page is about, of an account."""
    cells = (f.what.cell for f in event.found if isinstance(f.what, Violation) and f.account == account)
    return (focus.site, focus.field) in cells


def _chip(palette: Palette, value: object) -> Chip:
    # A value that the page's account never held has no tone of its own.
    return Chip(first_part(spell(value), MOST_IN_NAME), palette.tone(value))  # type: ignore[arg-type]


@attrs.define(eq=False)
class _Wrong:
    """What was found wrong of each account."""

    evidence: RunEvidence
    broken: dict[str, dict[str, bool]] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        trace = self.evidence.trace
        unexpected = {broken.violation.invariant for broken in verdict(self.evidence.case.scenario, trace).unexpected}
        for event in self.evidence.recorder.events:
            for name, invariant in _violations(event):
                self.broken.setdefault(name, {})[invariant] = invariant in unexpected
        for failure in trace.failures:
            self.broken.setdefault(failure.account, {})["not as expected"] = True

    def of(self, account: str) -> bool:
        """Whether anything unexpected was found."""
        return any(self.broken.get(account, {}).values())

    def verdict(self, account: str) -> tuple[Tone, str]:
        """Return the tone and the words."""
        found = self.broken.get(account, {})
        bad = [name for name, unexpected in found.items() if unexpected]
        if bad:
            return "bad", f"✗ {', '.join(bad)}"
        return ("warn", f"✗ {', '.join(found)}, as expected") if found else ("good", "✓ nothing broken")


def _violations(event: Event) -> Iterator[tuple[str, str]]:
    return ((f.account, f.what.invariant) for f in event.found if isinstance(f.what, Violation) and f.account)
