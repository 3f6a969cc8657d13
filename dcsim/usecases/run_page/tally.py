"""What is counted beside a verdict: each sort of problem apart, because one that did not come about is not broken."""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.files.load import Case
from dcsim.report.run_view import Problem
from dcsim.report.text import some
from dcsim.rules.phrases import several
from dcsim.semantics.invariant_registry import practice
from dcsim.trace.verdict import verdict as judged
from dcsim.usecases.run_page.gather import RunEvidence


def tally(evidence: RunEvidence) -> str:
    """Count what went wrong, or what a passing run shows."""
    counted = _wrong(evidence) if evidence.result.status != "passed" else _passing(evidence)
    return ", ".join(words for number, words in counted if number)


def expectations(case: Case) -> int:
    """Count what a scenario expects: outcomes of steps, and fields at openings."""
    outcomes = sum(step.expect != "any" for step in case.scenario.steps)
    return outcomes + sum(len(seen.fields) for seen in case.scenario.seen)


def _wrong(evidence: RunEvidence) -> Iterator[tuple[int, str]]:
    practices, promised = unexpected(evidence, practices=True), unexpected(evidence, practices=False)
    missing = judged(evidence.case.scenario, evidence.trace).missing
    unmet, flags, silent = (_of_kind(evidence, kind) for kind in ("expectation", "strict", "open"))
    yield len(promised), f"{some(len(promised), 'invariant')} broken"
    yield len(practices), f"{some(len(practices), 'practice')} broken"
    yield len(missing), f"{some(len(missing), 'expected violation')} missing"
    yield len(unmet), f"{some(len(unmet), 'expectation')} not met"
    yield len(flags), f"{some(len(flags), 'flag')}"
    yield len(silent), f"{some(len(silent), 'silence')} not acknowledged"


def _passing(evidence: RunEvidence) -> Iterator[tuple[int, str]]:
    result = evidence.result
    met, kinds = expectations(evidence.case), {problem.kind for problem in result.expected_violations}
    practices = sum(map(practice, kinds))
    promised = len(kinds) - practices
    yield promised, f"{some(promised, 'invariant')} broken, as expected"
    yield practices, f"{some(practices, 'practice')} broken, as expected"
    yield met, f"{some(met, 'expectation')} met"
    yield len(result.opened), f"{some(len(result.opened), 'cell')} open"


def unexpected(evidence: RunEvidence, *, practices: bool) -> tuple[str, ...]:
    """Return the practices, or the invariants of the promise, that are broken against the scenario's expectation."""
    found = judged(evidence.case.scenario, evidence.trace).unexpected
    names = dict.fromkeys(broken.violation.invariant for broken in found)
    return tuple(name for name in names if practice(name) == practices)


def _of_kind(evidence: RunEvidence, kind: str) -> list[Problem]:
    return [problem for problem in evidence.result.problems if problem.kind == kind]


def beside(evidence: RunEvidence) -> str:
    """Say what else is not as it should be in a run that fails by its expectations."""
    kept = all(practice(name) for name in evidence.trace.invariants)
    parts = (*(["no rule of the notice is broken"] if kept else []), ", and ".join(_else(evidence)))
    return ", but ".join(filter(None, parts)) or "nothing else is unexpected"


def _else(evidence: RunEvidence) -> Iterator[str]:
    practices = unexpected(evidence, practices=True)
    missing = judged(evidence.case.scenario, evidence.trace).missing
    if practices:
        yield _are("the practice", practices, "broken")
    if missing:
        yield f"{_are('', missing, 'expected to be broken')}, and {'is' if len(missing) == 1 else 'are'} not"
    if flags := _of_kind(evidence, "strict"):
        yield f"{some(len(flags), 'flag')} {'counts' if len(flags) == 1 else 'count'}, too"
    if _of_kind(evidence, "open"):
        yield "what the notice leaves open is not acknowledged"


def _are(what: str, names: tuple[str, ...], rest: str) -> str:
    sort = f"{what}{'s' if len(names) > 1 else ''} " if what else ""
    return f"{sort}{several(names)} {'are' if len(names) > 1 else 'is'} {rest}"
