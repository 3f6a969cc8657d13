"""What a pack quotes of the notice: obligations, assumptions, open questions; and the fate matrix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dcsim.domain.account import BASELINE
from dcsim.domain.moment import spell
from dcsim.domain.policies import POLICIES
from dcsim.domain.rulebook import OpenQuestion, Rule, Rulebook, Session
from dcsim.files.yaml_scalars import spelled
from dcsim.report.fate_matrix import MatrixCell, Row, matrix_of
from dcsim.report.pages.audit import PackRow, PackSection, PackTable, PackText, Phrase, Words
from dcsim.report.text import some
from dcsim.rules.decision_space import RuleCell, made_in, possible
from dcsim.rules.phrases import among, fate_of, several
from dcsim.semantics.intent import Ruling
from dcsim.usecases.audit.gather import AuditEvidence
from dcsim.usecases.audit.scenarios import AuditedRun

NONE = Phrase("none", "faint")
OWN_POLICIES = ("scenario", "what", "in the scenario", "in the rulebook")
OTHERWISE = "Policies that scenarios set otherwise than the rulebook"


def obligations(evidence: AuditEvidence) -> PackSection:
    """What the notice promises: its rules and its sessions, each with its words."""
    book = evidence.book
    return PackSection(
        anchor="obligations",
        name="Obligations",
        lead="What the notice promises, rule by rule and session by session, each with the words on which it rests. "
        "Where nothing is quoted, the rulebook's author has assumed it.",
        blocks=(
            PackTable(
                ("rule", "what it says", "source"),
                (PackRow((r.id, _says(r), r.basis), f"rule-{n}") for n, r in enumerate(book.rules, start=1)),
                title="Rules",
            ),
            PackTable(
                ("session", "window", "served by", "logon by", "what a logon shows", "source"),
                (PackRow(_session(session)) for session in sorted(book.sessions, key=lambda s: s.opens)),
                title=f"Sessions, in {book.timezone} time",
            ),
        ),
    )


def _says(rule: Rule) -> str:
    made = made_in(*rule.made_in)
    fate = fate_of(Ruling(rule.fate, (rule,)))
    return f"{several(rule.changes)} of {several(rule.accounts)}, {made}: {fate} at {several(rule.at)}"


def _session(session: Session) -> tuple[Words, ...]:
    shows = "; ".join(f"{kind}: “{text}”" for kind, text in session.shows.items())
    basis = str(session.citation) if session.citation else f"assumed: {session.assumption}"
    moved = "".join(f", moved from {before:%Y-%m-%d %H:%M}" for before in session.moved_from)
    window = f"{session.opens:%a %Y-%m-%d %H:%M} to {session.closes:%a %Y-%m-%d %H:%M}{moved}"
    return session.name, window, session.site, among(session.logon), shows or NONE, basis


# -- assumptions ---------------------------------------------------------------------------------------------------


def assumptions(evidence: AuditEvidence) -> PackSection:
    """What was assumed and why, and what the notice leaves open."""
    book = evidence.book
    assumed = tuple(PackRow(row) for row in _assumed(book))
    questions = tuple(PackRow(_question(evidence, question)) for question in book.open_questions)
    otherwise = tuple(_otherwise(evidence))
    defaults = [name for name in POLICIES if name not in book.policies]
    return PackSection(
        anchor="assumptions",
        name="Assumptions and open questions",
        lead="What the notice does not say and was decided by the rulebook's author, with the reason; and what nobody "
        "has decided. Whoever knows better must say so before the weekend.",
        blocks=(
            PackTable(("what", "assumed", "because"), assumed, title="Assumed")
            if assumed
            else PackText("Nothing is assumed.", title="Assumed"),
            *(
                [PackText(f"Left at what permits most: {', '.join(defaults)}.", title="Not said at all")]
                if defaults
                else []
            ),
            *([PackTable(OWN_POLICIES, map(PackRow, otherwise), title=OTHERWISE)] if otherwise else []),
            PackTable(("question", "asks", "stands in for an answer", "touches"), questions, title="Open questions")
            if questions
            else PackText("The rulebook lists none.", title="Open questions"),
        ),
    )


def _assumed(book: Rulebook) -> Iterator[tuple[Words, ...]]:
    if book.timezone_assumption:
        yield "timezone", book.timezone, book.timezone_assumption
    for session in book.sessions:
        if session.assumption:
            yield f"session {session.name}", f"{session.opens:%Y-%m-%d %H:%M}, {session.site}", session.assumption
    for rule in book.rules:
        if rule.assumption:
            yield f"rule {rule.id}", _says(rule), rule.assumption
    for name, chosen in book.change_sets.items():
        if chosen.such_as:
            yield f"“such as” in {name}", f"includes {several(chosen.such_as)}", chosen.reason
    for name, policy in book.policies.items():
        if policy.assumption:
            yield f"policy {name}", policy_value(name, policy.value), policy.assumption


def policy_value(name: str, value: Any) -> str:
    """The value of a policy in words."""
    if isinstance(value, tuple | list):
        return among(value)
    if isinstance(value, int) and name in POLICIES and POLICIES[name].takes == "duration":
        return spell(value)
    return spelled(value)


def _otherwise(evidence: AuditEvidence) -> Iterator[tuple[Words, ...]]:
    """The policies that scenarios set for themselves, beside those of the rulebook."""
    for run in evidence.runs:
        for name, value in run.case.scenario.policies.items():
            own = evidence.book.policies.get(name)
            usual = policy_value(name, own.value) if own else "not said at all"
            yield run.result.name, f"policy {name}", policy_value(name, value), usual


def _question(evidence: AuditEvidence, question: OpenQuestion) -> tuple[Words, ...]:
    book = evidence.book
    cells = sum(question in book.questions_about(*cell) for cell in possible(book))
    met = [run for run in evidence.runs if any(question.id in opened.questions for opened in run.result.opened)]
    touches = f"{some(cells, 'rule cell')}" if cells else "no rule cell"
    if met:
        touches += f"; {some(len(met), 'scenario')} met it"
    return question.id, question.asks, question.stands_in or NONE, touches


# -- the fate matrix -----------------------------------------------------------------------------------------------

TONES = {"open": "warn", "contradiction": "bad", "impossible": "faint", "stays": "faint"}


def fates(evidence: AuditEvidence) -> PackSection:
    """What becomes of each change, and which scenarios tried it."""
    view = matrix_of(evidence.book)
    anchors = {reference.mark: f"#{reference.anchor}" for reference in view.references}
    rows = (
        PackRow((made_in(row.origin), ", ".join(row.changes), ", ".join(row.accounts), *_fates(evidence, row, anchors)))
        for row in view.rows(view.targets)
    )
    return PackSection(
        anchor="fates",
        name="Fate matrix",
        lead=f"What must become of each change, by the rules alone: {view.counted}. Each place says how many of its "
        "rule cells a scenario has tried: the change was made, and the session opened afterwards.",
        blocks=(PackTable(("where", "change", "of", *(f"at {target}" for target in view.targets)), rows),),
    )


def _fates(evidence: AuditEvidence, row: Row, anchors: dict[str, str]) -> Iterator[Words]:
    view = [name for name in evidence.book.timeline if name in evidence.book.by_name]
    for target, cell in zip(view, row.cells, strict=True):
        if cell is None:
            yield Phrase("the session has opened before", "faint")
            continue
        group = [RuleCell(who, what, row.origin, target) for who in row.accounts for what in row.changes]
        yield (*_fate(cell, anchors), *_tried(evidence, cell, group))


def _fate(cell: MatrixCell, anchors: dict[str, str]) -> Iterator[Phrase]:
    yield Phrase(cell.says, TONES.get(cell.kind, ""))  # type: ignore[arg-type]
    for rule in cell.rules:
        yield Phrase(" ")
        yield Phrase(rule, href=anchors.get(rule, ""))


def _tried(evidence: AuditEvidence, cell: MatrixCell, group: list[RuleCell]) -> Iterator[Phrase]:
    if cell.kind in ("impossible", "stays") or any(each.origin == BASELINE for each in group):
        return  # what stood before is no change that a scenario could make
    known = [each for each in group if each in evidence.touched]
    runs: dict[AuditedRun, None] = {run: None for each in known for run in evidence.touched[each]}
    if not runs:
        yield Phrase(", tried by no scenario", "warn" if cell.rules else "faint")
        return
    part = f" in {len(known)} of {len(group)} cells" if len(known) < len(group) else ""
    yield Phrase(f", tried by {some(len(runs), 'scenario')}{part}", "faint")
