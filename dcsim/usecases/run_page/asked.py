"""What the cards of a page are about where an account or a field was asked for: not what the verdict is about."""

from __future__ import annotations

from dcsim.report.text import some
from dcsim.trace.event import Broken, Failure
from dcsim.usecases.run_page.focused import focused_cell
from dcsim.usecases.run_page.gather import Focus, RunEvidence, is_about
from dcsim.usecases.run_page.headline import Headline
from dcsim.usecases.run_page.sentences import in_session, noun


def of_asked(evidence: RunEvidence, head: Headline) -> Headline:
    """Return the head of the cards: the verdict's own, or what is found of the value that was asked for."""
    cell = focused_cell(evidence)
    if not _elsewhere(evidence, head) or cell is None:
        return head
    return Headline(
        sentence=head.sentence,
        broken=next((broken for broken in evidence.trace.broken if is_about(broken, cell.focus)), None),
        failure=next((failure for failure in evidence.trace.failures if is_about(failure, cell.focus)), None),
        cell=cell,
    )


def asked_words(evidence: RunEvidence, head: Headline) -> str:
    """Say what the verdict is about and what the cards, where these are two things."""
    if not _elsewhere(evidence, head):
        return ""
    if evidence.focus is None:
        return " No act of this run changed what was asked for: the cards are about what the verdict is about."
    return f" That is about {_whom(head)}; the cards and the reasons are about {_value(evidence.focus)}."


def _elsewhere(evidence: RunEvidence, head: Headline) -> bool:
    return evidence.asked and (head.cell is None or head.cell.focus != evidence.focus)


def _whom(head: Headline) -> str:
    seen: Broken | Failure | None = head.broken or head.failure
    if seen is None:
        return "the whole run"
    whom = _value(head.cell.focus) if head.cell else seen.account or "the sites"
    return f"{whom} and {some(seen.accounts - 1, 'more account')}" if seen.accounts > 1 else whom


def _value(focus: Focus) -> str:
    return f"{focus.account}’s {noun(focus.field)} {in_session(focus.session)}"
