"""The beginning and the end of a pack: the decision that is asked for, the risk that is left, and the record."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator, Mapping

from dcsim import __version__
from dcsim.report.pages.audit import PackList, PackRow, PackSection, PackTable, PackText, Phrase, Tone, Words
from dcsim.report.pages.proof_words import no_fault_possible
from dcsim.report.text import some
from dcsim.rules.phrases import several
from dcsim.semantics.invariant_registry import practice
from dcsim.usecases.audit.gather import AuditEvidence, Status, undecided
from dcsim.usecases.audit.proofs import VERDICTS, added
from dcsim.usecases.audit.sources import RULEBOOK, RUNBOOK

BADGES: Mapping[Status, tuple[str, Tone]] = {
    "passed": ("✓ PASSED", "good"),
    "failed": ("✗ FAILED", "bad"),
    "inconclusive": ("? INCONCLUSIVE", "warn"),
}


NOT_TRIED = "Faults and slips were not tried."


def sentence(evidence: AuditEvidence) -> str:
    """The verdict as a sentence that a board reads."""
    name = evidence.runbook.runbook
    if evidence.status == "passed":
        beside = "What single faults and slips can break is told under residual risk."
        return (
            f"The runbook {name} keeps what the notice promises: in every schedule within the bounds, and in "
            f"{some(len(evidence.kept), 'scenario')}{_own_policies(evidence)}. {_as_expected(evidence)}"
            f"{beside if evidence.mishaps else NOT_TRIED}"
        )
    if evidence.status == "failed":
        return f"The runbook {name} does not pass: {several(list(_failures(evidence)))}."
    return f"Nothing was found against the runbook {name}, but not everything was decided: {evidence.undecided[0]}."


def _own_policies(evidence: AuditEvidence) -> str:
    own = sum(bool(run.case.scenario.policies) for run in evidence.kept)
    return f" ({own} of them with policies that the rulebook does not have)" if own else ""


def _as_expected(evidence: AuditEvidence) -> str:
    number = len(evidence.broken_as_expected)
    return f"{some(number, 'more scenario')} {'show' if number > 1 else 'shows'} how it breaks. " if number else ""


def _failures(evidence: AuditEvidence) -> Iterator[str]:
    if evidence.failed:
        yield f"{len(evidence.failed)} of {some(len(evidence.runs), 'scenario')} fail"
    if evidence.proof.status == "violated":
        broken, missed = evidence.proof.broken, evidence.proof.result.answer.missed
        promised = [name for name in broken if not practice(name)]
        only = "" if promised else " (good practice; what the notice promises is kept)"
        yield f"a schedule without any fault or slip breaks {several(promised or list(broken or missed))}{only}"


def scope(evidence: AuditEvidence) -> PackSection:
    """What the pack is about, and the decision that is asked for."""
    book, runbook = evidence.book, evidence.runbook
    return PackSection(
        anchor="scope",
        name="Scope and decision",
        lead="What this pack is about, and what the board is asked to decide.",
        blocks=(
            PackText(
                f"Decision asked: may the weekend of the notice “{book.source.title}” be run by the runbook "
                f"{runbook.runbook}, “{runbook.title}”? The notice is the rulebook {book.rulebook}, version "
                f"{book.version}: {book.title}."
            ),
            PackTable(("part", "result"), map(PackRow, _parts(evidence)), title="At a glance"),
        ),
    )


def _parts(evidence: AuditEvidence) -> Iterator[tuple[Words, ...]]:
    tone: Tone = "bad" if evidence.failed else "good" if evidence.kept else "warn"
    mark = {"bad": "✗", "good": "✓"}.get(tone, "?")
    broken = f", {len(evidence.broken_as_expected)} to show how it breaks, as expected"
    says = f"{mark} {len(evidence.kept)} of {len(evidence.runs)} pass and break nothing"
    yield "scenarios", Phrase(says + broken * bool(evidence.broken_as_expected), tone)
    yield "every schedule without faults and slips", VERDICTS[evidence.proof.status]
    if evidence.mishaps:
        answer = evidence.mishaps.result.answer
        alone = [names for after, names in added(evidence.mishaps).items() if len(after) == 1]
        worst = sum(not all(map(practice, names)) for names in alone)
        good = len(alone) - worst
        says = f"each alone: {len(answer.survived)} survived, {worst} break more of the promise"
        says += f", {good} break good practice only" if good else ""
        says += "; no fault of the link could happen" if no_fault_possible(evidence.mishaps.result) else ""
        yield "single faults and slips", says if evidence.mishaps.whole else Phrase("? not decided", "warn")
    bearing = sum(fate.by in ("check", "suite", "lint") for fate in evidence.worth.values())
    loose = sum(fate.by == "equivalent" for fate in evidence.worth.values())
    open_ = sum(map(undecided, evidence.worth.values()))
    more = f", {open_} not decided" if open_ else ""
    yield (
        "steps of the runbook",
        f"{bearing} of {len(evidence.runbook.steps)} change what happens if left out, {loose} do not{more}",
    )
    out = [other.runbook.value.runbook for other in evidence.rejected if other.check.status == "violated"]
    says = f"{len(out)} of {len(evidence.rejected)} rejected{f': {several(out)}' if out else ''}"
    yield "other runbooks", says if evidence.rejected else "none was looked at"
    yield "open questions", f"{len(evidence.book.open_questions)} left open by the notice"


# -- residual risk -------------------------------------------------------------------------------------------------


def risk(evidence: AuditEvidence) -> PackSection:
    """What stays uncertain or unprotected even where everything passes."""
    return PackSection(
        anchor="risk",
        name="Residual risk",
        lead="What the board accepts with this runbook, even where everything above passes.",
        blocks=(
            PackList(evidence.undecided or ["nothing: every check came to its end"], title="Not decided"),
            PackList(list(_practices(evidence)) or ["none broken, none waived"], title="Good practice not kept"),
            PackList(
                list(_slips(evidence)),
                title="Single faults and slips that break more of the promise, and that no later step catches",
            ),
            PackList(
                list(_met(evidence)) or ["no scenario depends on one"],
                title="Open questions on which the outcome of a scenario depends",
            ),
            PackList(list(_flagged(evidence)) or ["nothing"], title="What the runs flag, though they may pass"),
            PackList(
                list(_warnings(evidence)) or ["none"], title="Warnings of the lint about the rulebook and the runbook"
            ),
        ),
    )


def _practices(evidence: AuditEvidence) -> Iterator[Words]:
    broken = evidence.proof.result.answer.broken
    for name in sorted({name for names in broken.values() for name in names if practice(name)}):
        yield Phrase(name, "bad"), ": broken without any fault or slip"
    for waiver in evidence.runbook.waives:
        yield Phrase(waiver.practice, "warn"), f": waived, {waiver.basis}"


def _slips(evidence: AuditEvidence) -> Iterator[Words]:
    """What single faults and slips break of the promise; those that break the same together."""
    check = evidence.mishaps
    if check is None or not check.whole:
        yield Phrase(NOT_TRIED if check is None else "Not every fault and slip was tried to the end.", "warn")
    found = added(check) if check else {}
    alike: dict[str, list[str]] = {}
    for mishaps, names in found.items():
        promised = [name for name in names if not practice(name)]
        if len(mishaps) == 1 and promised:
            alike.setdefault(several(promised), []).append(mishaps[0].words)
    for names_, words in alike.items():
        yield Phrase(", ".join(words), "warn"), f": breaks {names_}"
    if check and check.whole and not alike:
        yield "none of those that were tried"


def _met(evidence: AuditEvidence) -> Iterator[Words]:
    asks = {question.id: question.asks for question in evidence.book.open_questions}
    for name, asked in asks.items():
        met = [run.result.name for run in evidence.runs if any(name in cell.questions for cell in run.result.opened)]
        if met:
            yield Phrase(name, "warn"), f": {asked} ({some(len(met), 'scenario')}: {', '.join(met)})"
    unlisted = {cell.where for run in evidence.runs for cell in run.result.opened if not cell.questions}
    for where in sorted(unlisted):
        yield Phrase("no question listed", "warn"), f": {where}"


def _flagged(evidence: AuditEvidence) -> Iterator[Words]:
    """What the runs flag, each once, with the scenarios."""
    for says in dict.fromkeys(says for run in evidence.runs for says in run.flagged):
        runs = [run.result.name for run in evidence.runs if says in run.flagged]
        yield Phrase(says, "warn"), f" ({some(len(runs), 'scenario')}: {', '.join(runs)})"


def _warnings(evidence: AuditEvidence) -> Iterator[Words]:
    for name, loaded in ((RULEBOOK, evidence.sources.rulebook), (RUNBOOK, evidence.sources.runbook)):
        for warning in loaded.warnings:
            yield f"{name}:{warning.line} {warning.code} {warning.message}"


# -- the record ----------------------------------------------------------------------------------------------------


def sign_off(_: AuditEvidence) -> PackSection:
    """The lines on which people sign."""
    roles = ("prepared by", "reviewed by (independent)", "accepted, or returned, by the change board")
    return PackSection(
        anchor="sign-off",
        name="Sign-off",
        lead="This pack decides nothing: people do.",
        blocks=(
            PackTable(("role", "name", "decision and conditions", "date"), [PackRow((r, "", "", "")) for r in roles]),
        ),
    )


def again(evidence: AuditEvidence) -> str:
    """The command that makes the pack once more, from its own copies, within its folder."""
    bounds = evidence.request.bounds
    words = ["dcsim", "audit", "../again", "--rulebook", RULEBOOK, "--runbook", RUNBOOK]
    words += [word for path in evidence.sources.arguments for word in ("--scenarios", path)]
    words += [word for other in evidence.rejected for word in ("--rejected", other.file)]
    words += ["--ops", str(bounds.ops), "--faults", str(bounds.faults), "--slips", str(bounds.slips)]
    words += ["--fault-kinds", ",".join(bounds.fault_kinds)] if bounds.fault_kinds != ("entry",) else []
    return shlex.join(words)


def record(evidence: AuditEvidence) -> PackSection:
    """How to find everything again."""
    commands = (
        ("make this pack once more, and compare", again(evidence)),
        ("see that no file was changed", "dcsim audit . --verify"),
        ("take every recorded event once more", "dcsim replay runs"),
    )
    inputs = (
        PackRow((Phrase(name, code=True), Phrase(hashlib.sha256(raw).hexdigest(), code=True)))
        for name, raw in sorted(evidence.sources.files.items())
    )
    return PackSection(
        anchor="record",
        name="Reproduction",
        lead="Run in the folder of the pack. The pack has no date in it: the same inputs give the same bytes.",
        blocks=(
            PackText(f"Made by dcsim {__version__}. manifest.json has the digest of every file of the pack."),
            PackTable(
                ("to", "run"), (PackRow((what, Phrase(word, code=True))) for what, word in commands), title="Commands"
            ),
            PackTable(("input", "SHA-256"), inputs, title="Inputs"),
        ),
    )
