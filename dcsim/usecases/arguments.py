"""What a caller of the public API may give in several ways: a value, a name or a path; and numbers within bounds."""

from __future__ import annotations

from pathlib import Path

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.files import load
from dcsim.files.findings import Finding, InputError
from dcsim.files.lint_runbook import runbook_in_flaws
from dcsim.files.load import Case
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.request import RequestError

AnyRulebook = Rulebook | str | Path
AnyRunbook = Runbook | str | Path
AnyCase = Case | str | Path


def within(least: int, most: int | None, **asked: float) -> None:
    """RequestError for a number that is out of bounds."""
    for name, number in asked.items():
        if number < least or (most is not None and number > most):
            expected = f"at least {least}" if most is None else f"{least} to {most}"
            raise RequestError(f"{name}={number}: expected {expected}")


def operations(ops: int | str | None) -> int | None:
    """Return how many operations are asked for: a number, which is 1 by default, or None for any number of them."""
    if isinstance(ops, str) and ops != "any":
        raise RequestError(f"ops={ops}: expected a number, or 'any'")
    return 1 if ops is None else ops if isinstance(ops, int) else None


def case_of(scenario: AnyCase) -> Case:
    """Return a scenario as a case."""
    return (
        scenario
        if isinstance(scenario, Case)
        else load.load_scenario(scenario, None, None, INVARIANT_NAMES, REFUSAL_CODES)
    )


def rulebook_of(book: AnyRulebook) -> Rulebook:
    """Return a rulebook as a value."""
    return book if isinstance(book, Rulebook) else load.load_rulebook(book).value


def name_of(book: AnyRulebook | AnyRunbook) -> str:
    """Return the name of a rulebook or runbook, or what it was asked for by."""
    if isinstance(book, Rulebook):
        return book.rulebook
    return book.runbook if isinstance(book, Runbook) else str(book)


def pair_of(rulebook: AnyRulebook, runbook: AnyRunbook) -> tuple[Rulebook, Runbook, tuple[str, str]]:
    """Return a rulebook, a runbook that fits it, and their names."""
    names = (name_of(rulebook), name_of(runbook))
    if not isinstance(rulebook, Rulebook) and not isinstance(runbook, Runbook):
        return *load.load_pair(rulebook, runbook), names
    book = rulebook_of(rulebook)
    steps = runbook if isinstance(runbook, Runbook) else load.load_runbook(runbook).value
    fits(steps, book, names[1])
    return book, steps, names


def fits(runbook: Runbook, book: Rulebook, name: str) -> None:
    """InputError where a runbook cannot be followed under a rulebook."""
    flaws = (Finding(flaw.code, name, 0, 0, flaw.message, hint=flaw.hint) for flaw in runbook_in_flaws(runbook, book))
    wrong = [finding for finding in flaws if finding.severity == "error"]
    if wrong:
        raise InputError(wrong)
