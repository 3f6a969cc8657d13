"""The matrix section of a run's page: what is promised of each change, and what became of it in this run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import groupby

import attrs

from dcsim.domain.account import BASELINE
from dcsim.report.fate_matrix import Matrix, Reference, matrix_of
from dcsim.report.pages.observed import Observation, ObservedCell, ObservedRow, ObservedSection
from dcsim.report.text import some
from dcsim.rules.decision_space import RuleCell, made_in, origins
from dcsim.rules.phrases import several
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.observations import observations
from dcsim.usecases.run_page.shown import shown_accounts
from dcsim.usecases.run_page.steps import MOST_ROWS
from dcsim.usecases.touched import SuiteCells

MOST_SHOWN = 4
"""So many different observations are shown in one cell."""
Cells = tuple[ObservedCell | None, ...]
DECIDED = ("carried", "discarded", "reset", "contradiction")
NO_SUITE = "No suite was given, so it is not known what other scenarios try: dcsim report SCENARIO --suite FOLDER."


def observed(evidence: RunEvidence, tried: SuiteCells | None = None) -> ObservedSection:
    """Return the matrix section. ``tried``: what the scenarios of a suite touch, if one was given."""
    table = _Observed.of(evidence, tried)
    return ObservedSection(
        targets=table.targets,
        parts=tuple(table.parts()),
        summary=table.summary,
        suite=table.suite,
        folded=tuple(table.folded()),
        references=tuple(map(_anchored, table.view.references)),
        linked=frozenset(_linked(evidence)),
    )


def _linked(evidence: RunEvidence) -> list[int]:
    """Return the events that have a row among the steps."""
    names = {"", *shown_accounts(evidence)}
    return [event.n for event in evidence.recorder.events if event.account in names][:MOST_ROWS]


def _anchored(reference: Reference) -> Reference:
    return attrs.evolve(reference, anchor=f"matrix-{reference.anchor}")


@attrs.frozen(kw_only=True, eq=False)
class _Observed:
    """The cells of the kinds of account that take part, with what was observed of each.

    ``waiting``: a change was made or stood before, and the target never opened.
    """

    view: Matrix
    kinds: tuple[str, ...]
    found: Mapping[RuleCell, list[Observation]]
    waiting: set[RuleCell]
    tried: SuiteCells | None

    @classmethod
    def of(cls, evidence: RunEvidence, tried: SuiteCells | None) -> _Observed:
        present = {account.profile.kind for account, _ in evidence.recorder.roster.groups}
        kinds = tuple(kind for kind in evidence.book.accounts if kind in present)
        found, waiting = observations(evidence)
        return cls(view=matrix_of(evidence.book), kinds=kinds, found=found, waiting=waiting, tried=tried)

    @property
    def possible(self) -> list[RuleCell]:
        """The cells of these kinds of account that can happen."""
        return [
            cell for cell, is_ in self.view.cells.items() if cell.account in self.kinds and is_.kind != "impossible"
        ]

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The targets of the rows: those that no row has are left out."""
        shown = {cell.target for cell in self.view.cells if cell.account in self.kinds and self._shows(*cell[:3])}
        return tuple(target for target in self.view.targets if target in shown)

    # -- rows --------------------------------------------------------------------------------------------------------

    def parts(self) -> Iterator[tuple[str, tuple[ObservedRow, ...]]]:
        """Yield the rows that the run touches or of which the rules speak, by where the change was made."""
        for origin in origins(self.view.book):
            rows = tuple(self._rows(origin))
            if rows:
                yield made_in(origin), rows

    def _rows(self, origin: str) -> Iterator[ObservedRow]:
        """Yield the rows of one origin. Changes and kinds of account with the same cells are one row."""
        changes: defaultdict[tuple[str, Cells], list[str]] = defaultdict(list)
        for account in self.kinds:
            for change in self.view.book.kinds:
                if self._shows(account, change, origin):
                    changes[account, self._cells(account, change, origin)].append(change)
        accounts: defaultdict[tuple[tuple[str, ...], Cells], list[str]] = defaultdict(list)
        for (account, cells), alike in changes.items():
            accounts[tuple(alike), cells].append(account)
        for (of, row), who in accounts.items():
            yield ObservedRow(changes=of, accounts=tuple(who), cells=row)

    def _cells(self, account: str, change: str, origin: str) -> Cells:
        return tuple(self._cell(RuleCell(account, change, origin, target)) for target in self.targets)

    def _shows(self, account: str, change: str, origin: str) -> bool:
        cells = [RuleCell(account, change, origin, target) for target in self.view.targets]
        return any(c in self.found or c in self.waiting or self._decided(c) for c in cells if c in self.view.cells)

    def _decided(self, cell: RuleCell) -> bool:
        return self.view.cells[cell].kind in DECIDED

    def _cell(self, cell: RuleCell) -> ObservedCell | None:
        promised = self.view.cells.get(cell)
        if promised is None:
            return None
        seen = self.found.get(cell, [])
        return ObservedCell(
            promised=promised,
            decided=self._decided(cell),
            marks=tuple(map(_anchored, self.view.marks(promised))) if promised.kind != "impossible" else (),
            observations=tuple(seen[:MOST_SHOWN]),
            more=len(seen[MOST_SHOWN:]),
            waits=_waits(cell) if cell in self.waiting else "",
            tried=None if self.tried is None else self.tried.cells.get(cell, 0),
        )

    # -- what is said of all of it -----------------------------------------------------------------------------------

    @property
    def summary(self) -> str:
        """How much of the matrix this run touches."""
        possible = self.possible
        decided = [cell for cell in possible if self._decided(cell)]
        touched = [cell for cell in possible if cell in self.found]
        return (
            f"This run touches {len(touched):,} of {some(len(possible), 'cell')} of {several(self.kinds)}, and "
            f"{sum(cell in self.found for cell in decided):,} of the {len(decided):,} that the notice decides."
        )

    @property
    def suite(self) -> str:
        """How much of it a suite touches."""
        if self.tried is None:
            return NO_SUITE
        decided = [cell for cell in self.possible if self._decided(cell)]
        both = sum(cell in self.tried.cells for cell in decided)
        apart = [
            f"{number:,} {why}"
            for number, why in (
                (self.tried.others, "under other rulebooks"),
                (self.tried.unusable, "that cannot be run"),
            )
            if number
        ]
        left = f" (not counted: {' and '.join(apart)})" if apart else ""
        scenarios = some(self.tried.scenarios, "scenario")
        return f"The suite, {scenarios} under this rulebook{left}, touches {both:,} of these {len(decided):,}."

    def folded(self) -> Iterator[str]:
        """Say what has no row: cells of each sort, of which this run touches none."""
        rows = {cell[:3] for cell in self.view.cells if self._shows(*cell[:3])}
        hidden = [cell for cell in self.view.cells if cell.account in self.kinds and cell[:3] not in rows]
        kinds = sorted(hidden, key=lambda cell: self.view.cells[cell].kind)
        for kind, group in groupby(kinds, key=lambda cell: self.view.cells[cell].kind):
            cells = list(group)
            yield f"{some(len(cells), 'cell')} more: {FOLDED[kind]}{self._tried(cells, kind)}."

    def _tried(self, cells: list[RuleCell], kind: str) -> str:
        if self.tried is None or kind == "impossible":
            return ""
        return f"; the suite touches {sum(cell in self.tried.cells for cell in cells):,} of them"


def _waits(cell: RuleCell) -> str:
    return "stood before this run" if cell.origin == BASELINE else "made in this run"


FOLDED = {
    "open": "OPEN, the source does not say; none was touched in this run",
    "stays": "as it stood, no rule speaks of it",
    "impossible": "cannot happen: not offered, not accepted between sessions, or nobody administers such accounts",
}
