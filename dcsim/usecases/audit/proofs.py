"""What a pack says of every schedule: the proof, faults and slips, other runbooks, and what was not tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dcsim.checker.explorers.protocol import Mishaps
from dcsim.checker.explorers.protocol import in_words as mishaps_in_words
from dcsim.domain.account import BASELINE
from dcsim.files.write import write_steps
from dcsim.report.check import count_of, faults_of
from dcsim.report.pages.audit import PackBlock, PackList, PackRow, PackSection, PackTable, PackText, Phrase, Words
from dcsim.report.pages.proof_words import NO_FAULT, no_fault_possible
from dcsim.report.run_view import stated
from dcsim.report.text import some
from dcsim.rules.blocks import blocks as in_blocks
from dcsim.rules.blocks import in_words
from dcsim.rules.decision_space import possible
from dcsim.rules.phrases import several
from dcsim.semantics.invariant_registry import INVARIANTS, practice
from dcsim.usecases.audit.checks import AuditedCheck, RejectedRunbook
from dcsim.usecases.audit.gather import AuditEvidence
from dcsim.usecases.audit.plan import link

VERDICTS = {
    "proved": Phrase("✓ proved within these bounds", "good"),
    "violated": Phrase("✗ violated", "bad"),
    "inconclusive": Phrase("? inconclusive", "warn"),
}
NOT_MODELLED = (
    "a site that crashes and is never back, or a store that is damaged",
    "a restore point that does not hold what it held when it was taken",
    "a step that is done at the wrong site, or with another argument than the runbook's",
    "clocks that differ, client software, networks between clients and sites, and how many clients there are",
    "whatever the notice does not speak of and the rulebook has no word for",
)
"""What no bounds of a check cover."""


def proofs(evidence: AuditEvidence) -> PackSection:
    """The proof with its bounds, and what faults and slips break."""
    mishaps = evidence.mishaps
    tried: list[PackBlock] = [PackText("Not asked for: faults and slips are 0.", title="With faults and slips")]
    if mishaps:
        tried = list(_mishaps(mishaps))
    return PackSection(
        anchor="proofs",
        name="Proofs and their bounds",
        lead=f"{_tried(evidence)} A proof says nothing beyond its bounds.",
        blocks=(*_proof(evidence.proof), *tried, *_meanings(evidence)),
    )


def _tried(evidence: AuditEvidence) -> str:
    if all(check.whole for check in (evidence.proof, evidence.mishaps) if check):
        return "Every order of client acts, deliveries, ticks and operator steps was tried within the bounds."
    return (
        "Not every order within the bounds was tried: a search was cut off, and what it did not reach is not decided."
    )


def _meanings(evidence: AuditEvidence) -> Iterator[PackBlock]:
    """What the names mean of all that any check of the pack breaks."""
    checks = [evidence.proof, evidence.mishaps, *(other.check for other in evidence.rejected)]
    names = {name for one in checks if one for name in one.broken}
    names.update(name for name in INVARIANTS for fate in evidence.worth.values() if name in fate.how.split())
    if names:
        rows = (PackRow((name, stated(name))) for name in sorted(names, key=lambda name: (practice(name), name)))
        yield PackTable(("name", "what it means to keep it"), rows, title="What the names mean")


def _proof(check: AuditedCheck) -> Iterator[PackBlock]:
    answer, covered = check.result.answer, check.result.answer.covered
    yield PackText((VERDICTS[check.status], f"; bounds: {check.result.bounds}."), title="Without faults and slips")
    facts = [f"Looked at: {_explored(check)}."]
    facts += [f"Not decided: {answer.why}."] if answer.why else []
    decided = ", ".join(covered.decided) or "none"
    known = answer.explored.complete
    facts += [f"Rules that decided a value: {decided if known else 'not known, as the search was cut off'}."]
    facts += [f"Rule {rule} decided nothing{f': {why}' if why else ''}." for rule, why in covered.silent.items()]
    facts += [f"Step {step} was refused in every schedule: {', '.join(c)}." for step, c in covered.refused.items()]
    facts += [f"Never accepted: {', '.join(covered.never)}."] if covered.never else []
    facts += [f"Open cells that were met, either way: {'; '.join(covered.open_cells)}."] if covered.open_cells else []
    yield PackList(facts)
    if check.examples:
        yield _counterexamples(check, "What breaks")


def _explored(check: AuditedCheck) -> str:
    explored = check.result.answer.explored
    if not check.whole:
        return "not every schedule, and how many depends on the machine"
    about = "" if explored.exact else "at most "
    return f"{about}{count_of(explored.states, 'state')} and {about}{count_of(explored.transitions, 'transition')}"


def _counterexamples(check: AuditedCheck, title: str) -> PackTable:
    rows = (
        PackRow(
            (
                Phrase(example.invariant, "bad"),
                f"{some(example.length, 'step')}",
                example.says,
                "; ".join(example.rests_on) or "–",
                Phrase("scenario", href=link(file)),
            )
        )
        for example, file in check.examples
    )
    return PackTable(("breaks", "in", "what is found", "by which rule", "file"), rows, title=title)


def _mishaps(check: AuditedCheck) -> Iterator[PackBlock]:
    answer, weekend = check.result.answer, check.result.weekend
    bounds = f"{faults_of(weekend)} and {some(weekend.slips, 'slip')} of the operator"
    yield PackText(
        f"At most {bounds}, else as above. Looked at: {_explored(check)}. A slip is a step that is skipped, repeated, "
        "delayed past the events after it, or swapped with the next one."
        + (f" Not decided: {answer.why}." if answer.why else ""),
        title="With faults and slips",
    )
    survived = ", ".join(mishap.words for mishap in answer.survived)
    if check.whole:
        yield PackText((Phrase("survived, each alone: ", "good"), survived or "none", "."))
    else:
        yield PackText((Phrase("? not decided", "warn"), ": which of them are survived."))
    if no_fault_possible(check.result):
        yield PackText(NO_FAULT)
    rows = tuple(
        PackRow((mishaps_in_words(after), _names(check, after, names))) for after, names in added(check).items()
    )
    if rows:
        yield PackTable(("after", "breaks, with its shortest scenario"), rows, title="What breaks after which")


def added(check: AuditedCheck) -> dict[Mishaps, tuple[str, ...]]:
    """What faults and slips break that fewer of them do not break."""
    broken = check.result.answer.broken
    found: dict[Mishaps, tuple[str, ...]] = {}
    for after, names in broken.items():
        fewer: list[Mishaps] = [(), *((one,) for one in after if len(after) > 1)]
        known = {name for less in fewer for name in broken.get(less, ())}
        new = tuple(name for name in names if name not in known)
        if after and new:
            found[after] = tuple(sorted(new, key=lambda name: (practice(name), name)))
    return found


def _names(check: AuditedCheck, after: Mishaps, names: Iterable[str]) -> Words:
    files = {example.invariant: file for example, file in check.examples if example.after == after}
    parts: list[Phrase] = []
    for name in names:
        kind = " (practice)" if practice(name) else ""
        parts += [Phrase(", ")] if parts else []
        parts += [Phrase(name, "warn" if kind else "bad", link(files[name]) if name in files else ""), Phrase(kind)]
    return parts


# -- other runbooks ------------------------------------------------------------------------------------------------


def rejections(evidence: AuditEvidence) -> PackSection:
    """Why not another runbook: each with the shortest scenario that breaks the promise."""
    blocks: list[PackBlock] = []
    for other in evidence.rejected:
        blocks += _rejection(other)
    return PackSection(
        anchor="rejected",
        name="Why not another runbook",
        lead="Other ways to run this weekend, and the shortest weekend in which each goes wrong.",
        blocks=blocks or [PackText("No other runbook was looked at: none was named, and no built-in one fits.")],
    )


def _rejection(other: RejectedRunbook) -> Iterator[PackBlock]:
    runbook, check = other.runbook.value, other.check
    weekend = check.result.weekend
    within = f"{some(weekend.ops, 'operation')} an account between two ticks, {some(weekend.faults, 'fault')}, no slip"
    says: tuple[str | Phrase, ...] = (VERDICTS[check.status], f" ({within})", f": {check.result.answer.why}")
    if check.status == "violated" and all(map(practice, check.broken)):
        says = (Phrase("✗ rejected by good practice only", "warn"), f": what the notice promises is kept ({within}).")
    elif check.status == "violated":
        says = (Phrase("✗ rejected", "bad"), f": it breaks what the notice promises ({within}).")
    elif check.status == "proved":
        says = (Phrase("not rejected", "warn"), f": it keeps the promise too ({within}). Proofs do not choose for you.")
    yield PackText(
        (Phrase(runbook.runbook, href=link(other.file)), f": {runbook.title}. ", *says), title=runbook.runbook
    )
    if check.examples:
        example, _ = check.examples[0]
        yield _counterexamples(check, f"What {runbook.runbook} breaks")
        yield PackList(
            [Phrase(step, code=True) for step in write_steps(example.scenario)],
            title=f"The shortest: {example.invariant}",
        )


# -- coverage ------------------------------------------------------------------------------------------------------


def coverage(evidence: AuditEvidence) -> PackSection:
    """What was tried of the notice, and what was not."""
    book = evidence.book
    # What stood before is no change that a scenario could make.
    ruled = [cell for cell, ruling in possible(book).items() if ruling.rules and cell.origin != BASELINE]
    untried = [cell for cell in ruled if cell not in evidence.touched]
    cells = [in_words(book, block) for block in in_blocks(untried)]
    weekend = evidence.proof.result.weekend
    bounds = evidence.request.bounds
    not_tried = [
        (
            f"more than {some(weekend.ops, 'operation')} of an account between two ticks of the clock, "
            f"{some(bounds.faults, 'fault')} and {some(bounds.slips, 'slip')} of the operator at a time"
        ),
        *_never(evidence.proof),
        *evidence.proof.result.answer.covered.outside,
        *NOT_MODELLED,
    ]
    blocks: list[PackBlock] = [
        PackText(
            f"{len(ruled) - len(untried)} of {len(ruled)} rule cells that a rule decides are tried by a scenario."
        ),
        PackList(cells or ["none: each is tried"], title="Rule cells that a rule decides and no scenario tries"),
    ]
    if book.source.statements:
        blocks.append(_statements(evidence))
    return PackSection(
        anchor="coverage",
        name="Coverage, and what was not tried",
        lead="What the scenarios show of the notice, and what nobody has looked at.",
        blocks=(*blocks, PackList(not_tried, title="Not tried by any check")),
    )


def _never(check: AuditedCheck) -> Iterator[str]:
    """The acts of which the proof says nothing, as none was ever accepted."""
    never, accounts = check.result.answer.covered.never, check.result.weekend.accounts
    if "create-user" in never and not any(account.start.status.value == "absent" for account in accounts):
        yield "accounts that do not exist at the start and are created (create-user): in the checks, each exists"
        never = tuple(verb for verb in never if verb != "create-user")
    yield from (f"{verb}: it was accepted in no schedule, so no check says anything of it" for verb in never)


def _statements(evidence: AuditEvidence) -> PackTable:
    rows = []
    for statement in evidence.book.source.statements:
        shown = [run.result.name for run in evidence.runs if statement.number in run.case.scenario.shows]
        says = f"{statement.says}{' (inferred)' if statement.inferred else ''}"
        rows.append(PackRow((str(statement.number), says, statement.place, several(shown) or Phrase("none", "faint"))))
    return PackTable(("no.", "statement", "place", "shown by"), rows, title="Statements of the notice")
