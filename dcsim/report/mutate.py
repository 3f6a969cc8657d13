"""The fates of mutants, as text, Markdown and JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import attrs

from dcsim import __version__
from dcsim.report.notebook import table
from dcsim.report.text import Paint, each_on_one_line, plain, wrapped

FORMAT = 1
_HEAD = ("of", "mutant", "told by", "how")

By = Literal["lint", "suite", "check", "equivalent", "nothing"]
_COLOUR: dict[By, str] = {"lint": "good", "suite": "good", "check": "good", "equivalent": "dim", "nothing": "bad"}


@attrs.frozen
class Fate:
    """What distinguishes a mutant: ``by`` which means, and ``how`` (a scenario, invariants, a proof, a gap)."""

    of: Literal["rules", "runbook"]
    mutant: str
    by: By
    how: str


@attrs.frozen
class MutationResult:
    """What distinguishes each mutant of a rulebook and a runbook; ``names`` are the names of these two."""

    names: tuple[str, str]
    fates: tuple[Fate, ...]

    def _repr_html_(self) -> str:
        """Return the result as HTML for a notebook."""
        rows = [(fate.of, fate.mutant, fate.by, fate.how) for fate in self.fates]
        return table(f"{' under '.join(self.names)}; {summary(self.fates)}", _HEAD, rows)


@attrs.frozen
class Score:
    """How many mutants are ``told`` from the original, ``of`` those that are not proved equivalent to it."""

    told: int
    of: int

    @property
    def percent(self) -> int:
        """The percentage, rounded down, so that 100 means all."""
        return 100 * self.told // self.of if self.of else 100

    def __str__(self) -> str:
        return f"{self.told} of {self.of} ({self.percent}%)"


def score(fates: Iterable[Fate]) -> Score:
    """Return the score of some mutants."""
    counted = [fate for fate in fates if fate.by != "equivalent"]
    return Score(sum(fate.by != "nothing" for fate in counted), len(counted))


@each_on_one_line
def lines(result: MutationResult, paint: Paint = plain) -> Iterator[str]:
    """Yield the mutants as lines for a terminal: the rulebook's, the runbook's, then the score."""
    fates = result.fates
    yield paint(" under ".join(result.names), "bold")
    for of in ("rules", "runbook"):
        for fate in (f for f in fates if f.of == of):
            by = "survives" if fate.by == "nothing" else fate.by
            yield f"  {paint(f'{by:<10}', _COLOUR[fate.by])} {paint(fate.mutant, 'bold')}"
            yield from wrapped(fate.how, 13)
    yield summary(fates)


def summary(fates: Sequence[Fate]) -> str:
    """Return the score as a sentence."""
    parts = []
    for of in ("rules", "runbook"):
        some = [fate for fate in fates if fate.of == of]
        if some:
            equivalent = sum(fate.by == "equivalent" for fate in some)
            parts.append(f"{of}: {score(some)} told apart, {equivalent} proved equivalent")
    return "; ".join(parts)


def markdown(fates: Sequence[Fate]) -> str:
    """Return the mutants as a table for a page."""
    rows = [("of", "mutant", "told by", "how"), ("---",) * 4]
    rows += [(f.of, f.mutant, "**survives**" if f.by == "nothing" else f.by, f.how) for f in fates]
    table = "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows)
    return f"{table}\n{summary(fates)}.\n"


def as_json(result: MutationResult) -> dict[str, Any]:
    """Return the mutants as JSON values. docs/reference/rules.md describes the keys."""
    fates = result.fates
    return {
        "dcsim-rules-mutate": FORMAT,
        "version": __version__,
        "rulebook": result.names[0],
        "runbook": result.names[1],
        "score": {of: attrs.asdict(score(f for f in fates if f.of == of)) for of in ("rules", "runbook")},
        "mutants": [attrs.asdict(fate) for fate in fates],
    }
