"""The value that a page is about: what was found and permitted, how it came, and the logons that hang on it."""

from __future__ import annotations

from functools import cached_property

import attrs

from dcsim.domain.account import Cell, Value, typed
from dcsim.domain.action_signature import SECRETS, method_of, presented
from dcsim.domain.actions import Logon
from dcsim.domain.moment import instant, moment
from dcsim.domain.world import Expected, Lane
from dcsim.report.pages.palette import Chip
from dcsim.report.why import Explanation
from dcsim.semantics.invariant_registry import spell
from dcsim.semantics.refusals import field_read
from dcsim.trace.event import Event
from dcsim.usecases.predict import expected_value
from dcsim.usecases.run_page.gather import Focus, RunEvidence
from dcsim.usecases.why import Story, explain


@attrs.frozen(eq=False)
class FocusedCell:
    """One field of one account at the site that serves a session, at the instant that the page is about."""

    evidence: RunEvidence
    focus: Focus

    @cached_property
    def story(self) -> Story:
        """What the account went through."""
        return Story(self.evidence.model, self.focus.account, self.evidence.stages(self.focus.account))

    @property
    def kind(self) -> str:
        """The kind of the account."""
        return self.story.kind

    @cached_property
    def explanation(self) -> Explanation:
        """Why the field holds what it holds."""
        at = self.focus
        return explain(self.story, at.field, at.at, at.session, at.site)

    @cached_property
    def before(self) -> Lane:
        """The account just before the session opens, when all readings are still possible."""
        opens = instant(moment(f"{self.focus.session} opens"), self.evidence.book)
        return self.story.until(min(self.focus.at, opens - 1)).stages[-1].lane

    @cached_property
    def now(self) -> Lane:
        """The account at the instant."""
        return self.story.until(self.focus.at).stages[-1].lane

    @cached_property
    def expected(self) -> Expected:
        """What is permitted."""
        return expected_value(self.before, self.now, self.focus.session, self.focus.field)

    @cached_property
    def found(self) -> Cell:
        """What was found."""
        return self.now.store(self.focus.site)[self.focus.field]

    @property
    def never_opened(self) -> bool:
        """Whether the session never opens in the run, so that no client ever finds the value there."""
        return self.focus.session not in self.evidence.recorder.control.opened

    @property
    def left_open(self) -> bool:
        """Whether the notice leaves open which of several values it is."""
        return len({typed(cell.value) for cell in self.expected.cells}) > 1 and bool(self.expected.questions)

    @property
    def secret(self) -> bool:
        """Whether the field is one with which an account logs on."""
        return self.focus.field in SECRETS.values()

    @property
    def kept(self) -> bool:
        """Whether what was found is permitted."""
        return self.permits(self.found.value)

    def permits(self, value: Value) -> bool:
        """Whether a value is permitted under some reading."""
        return any(typed(cell.value) == typed(value) for cell in self.expected.cells)

    def chip(self, value: Value) -> Chip:
        """Return a value with its tone."""
        return self.evidence.palette.chip(value)

    def chip_of(self, text: str) -> Chip:
        """Return the chip of a value that is given in words."""
        known = (value for value in self.evidence.palette.values if spell(value) == text)
        return Chip(text, self.evidence.palette.tone(next(known, None)))

    @cached_property
    def logons(self) -> tuple[Event, ...]:
        """The logons after the session has opened, in it, whose outcome depends on the field."""
        book = self.evidence.book
        opens, closes = (instant(moment(f"{self.focus.session} {edge}"), book) for edge in ("opens", "closes"))
        events = (stage.event for stage in self.story.stages if stage.event and opens <= stage.event.at < closes)
        return tuple(event for event in events if isinstance(event.action, Logon) and self._depends(event))

    def _depends(self, event: Event) -> bool:
        """Whether a logon presents this field's secret, or was refused because of this field."""
        return self._presents(event) or self.refuses(event)

    def _presents(self, event: Event) -> bool:
        return SECRETS[method_of(event.action)] == self.focus.field and presented(event.action) is not None

    def refuses(self, event: Event) -> bool:
        """Whether a logon was refused because of this field."""
        return field_read(event.outcome.removeprefix("refused "), event.action) == self.focus.field

    def wrong(self, event: Event) -> bool:
        """Whether a logon had another outcome than the permitted values would give it."""
        if event.outcome == "moved":
            return self._presents(event) and not self.permits(presented(event.action))
        if not self.refuses(event):
            return False
        return self.permits(presented(event.action)) if self._presents(event) else not self.kept


def focused_cell(evidence: RunEvidence) -> FocusedCell | None:
    """Return what the page is about; None where no act changed anything."""
    return FocusedCell(evidence, evidence.focus) if evidence.focus else None
