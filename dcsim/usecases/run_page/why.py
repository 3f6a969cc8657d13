"""The section of a run's page that says why a value is where it was found."""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.domain.account import COUNTERS
from dcsim.domain.rulebook import Rule
from dcsim.report.pages.why import ChainStep, RuleCheck, SelectorCheck, WhySection
from dcsim.report.why import ChainLink, KeptOut, ruling_words
from dcsim.rules.phrases import fate_of, several
from dcsim.semantics.intent import Ruling
from dcsim.trace.lineage import step_of
from dcsim.usecases.run_page.causes import did, lost_words, short_clock, stage_at, why_closed
from dcsim.usecases.run_page.focused import FocusedCell, focused_cell
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.headline import Headline, headline
from dcsim.usecases.run_page.leave_out import LeaveOut
from dcsim.usecases.run_page.quotes import quotes_of
from dcsim.usecases.run_page.readings import readings
from dcsim.usecases.run_page.sentences import capital, in_session, noun, session_words
from dcsim.usecases.why import changes_before, decisive_change, selectors

SELECTORS = {"accounts": "account", "changes": "change", "made-in": "made in", "at": "at"}
"""What the columns of the table of rules are called."""
FEW_RULES = 8
"""A rulebook with no more rules shows them all at once."""
MOST_WANTED = 4
"""So many members of a selector are named."""


def why(evidence: RunEvidence, without: LeaveOut) -> WhySection:
    """Return why the value is there that the page is about."""
    head = headline(evidence)
    cell = focused_cell(evidence)
    if cell is None:
        nothing = "No act in this run changed a value, so there is no value whose way could be told."
        return WhySection(head="Why", nothing=nothing, readings=readings(None, without))
    closed = _closed(cell, head)
    return WhySection(
        head=_asks(cell, closed),
        lead=_lead(cell, closed),
        chain=tuple(_chain(evidence, cell, head)),
        rulings=tuple(f"{ruling_words(change)}." for change in cell.explanation.changes),
        lost=tuple(f"{words}." for words in lost_words(cell)),
        found=tuple(_what(cell)),
        rules=tuple(_rules(cell)),
        quotes=tuple(quotes_of(evidence.book, _deciding(cell))),
        readings=readings(cell, without),
    )


def _closed(cell: FocusedCell, head: Headline) -> str:
    """Return the session that never opened, if the page is about one: that of the verdict, or that of the value."""
    never = [head.broken.violation.where] if head.broken else []
    never += [cell.focus.session]
    known = cell.evidence.book.by_name
    return next((s for s in never if s in known and s not in cell.evidence.recorder.control.opened), "")


def _asks(cell: FocusedCell, closed: str) -> str:
    if closed:
        return f"Why did {session_words(closed)} never open?"
    return f"Why is {_shown(cell)} {in_session(cell.focus.session)}?"


def _lead(cell: FocusedCell, closed: str) -> str:
    focus = cell.focus
    whose = f"{focus.account}, {focus.field} at the {focus.site}"
    if not closed:
        return f"{whose}: from the act to where it was found."
    cause = why_closed(cell.evidence, closed)
    why = f"Step {cause.step} {cause.says}" if cause.step else cause.says
    if not cell.never_opened:
        return f"{why}. Below is {whose}."
    return f"{why}. Below is {whose}: what was there when {session_words(focus.session)} should have opened."


def _shown(cell: FocusedCell) -> str:
    """Return the value as a question speaks of it: that it is there, that none is, or of what kind it is."""
    if cell.focus.field in (*COUNTERS, "status", "email", "credential"):
        return f"the {noun(cell.focus.field)} {cell.explanation.found}"
    return f"{cell.explanation.found if cell.found.value is not None else f'no {noun(cell.focus.field)}'} there"


# -- the chain -----------------------------------------------------------------------------------------------------


def _chain(evidence: RunEvidence, cell: FocusedCell, head: Headline) -> Iterator[ChainStep]:
    links = cell.explanation.chain
    for number, link in enumerate(links):
        last = number == len(links) - 1
        yield ChainStep(
            says=_link_words(cell, link),
            where=link.place,
            event=link.event,
            clock=link.clock.removesuffix(":00"),
            tone="bad" if last and not cell.kept and link.event else "",
            chip=cell.chip(cell.found.value) if number == 0 else None,
        )
    event = _seen_at(cell)
    between = event - links[-1].event - 1
    if between > 0:
        yield ChainStep(says="After that, nothing wrote it there", where=cell.focus.site)
    broken = head.broken.violation.invariant if head.broken and head.cell and head.cell.focus == cell.focus else ""
    yield ChainStep(
        says=f"{_served(cell)}{f': {broken}' if broken else ''}",
        where=cell.focus.site,
        event=event,
        clock=short_clock(cell.focus.at, evidence.book),
        tone="good" if cell.kept else "bad",
        chip=cell.chip(cell.found.value),
    )


def _link_words(cell: FocusedCell, link: ChainLink) -> str:
    """Say what an event did: of a step of the runbook, in whole words."""
    if not link.event:
        return "It stood there from the beginning"
    before, event = stage_at(cell, link.event)
    step = step_of(cell.story.model, before, event)
    if event.actor == "link":
        return "Its redo was delivered"
    return f"Step {step.id} {did(step)}" if step else link.says


def _served(cell: FocusedCell) -> str:
    """Say that clients are served the value; or only that it is there, where the session is not open."""
    if cell.never_opened:
        return f"{capital(session_words(cell.focus.session))} never opened; that is what was there then"
    control = cell.story.until(cell.focus.at).stages[-1].control
    served = (cell.focus.session, cell.focus.site) in control.open
    return f"{capital(session_words(cell.focus.session))} serves it" if served else "That is where it is"


def _seen_at(cell: FocusedCell) -> int:
    """Return the event at which the value is looked at: the last up to the instant."""
    stages = cell.story.until(cell.focus.at).stages
    return stages[-1].event.n if stages[-1].event else 0


# -- the rules -----------------------------------------------------------------------------------------------------


def _deciding(cell: FocusedCell) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule for change in cell.explanation.changes for rule in change.rules))


def _what(cell: FocusedCell) -> Iterator[tuple[str, str]]:
    """Yield what the rules are held against: the name of each column, and what was there."""
    rules = cell.evidence.book.rules
    for kept_out, _ in _selectors(cell, rules[0]) if rules else ():
        yield SELECTORS[kept_out.selector], kept_out.found


def _selectors(cell: FocusedCell, rule: Rule) -> Iterator[tuple[KeptOut, bool]]:
    """Hold a rule against the change that made what was found; else against the last change."""
    story = cell.story.until(cell.focus.at)
    made = list(changes_before(story, cell.focus.field, cell.focus.session))
    return selectors(story, rule, decisive_change(made, cell.found), cell.focus.field, cell.focus.session)


def _rules(cell: FocusedCell) -> Iterator[RuleCheck]:
    deciding, rules = _deciding(cell), cell.evidence.book.rules
    for rule in rules:
        checks = list(_selectors(cell, rule))
        misfits = sum(not fits for _, fits in checks)
        yield RuleCheck(
            rule=rule.id,
            selectors=tuple(SelectorCheck(wants=_some_of(out.wants), fits=fits) for out, fits in checks),
            so=_so(cell, rule, misfits),
            decides=not misfits,
            near=len(rules) <= FEW_RULES or misfits <= 1 or rule.id in deciding,
        )


def _some_of(names: tuple[str, ...]) -> str:
    more = len(names) - MOST_WANTED
    return f"{', '.join(names[:MOST_WANTED])} and {more} more" if more > 0 else several(names)


def _so(cell: FocusedCell, rule: Rule, misfits: int) -> str:
    """Say what a rule makes of the change; or what it decides of another change of the field."""
    fate = fate_of(Ruling(rule.fate, (rule,)))
    if not misfits:
        return fate
    other = next((change for change in cell.explanation.changes if rule.id in change.rules), None)
    return f"no word on this; {other.value}: {fate}" if other else "no word on this"
