"""The page of a comparison of two rulebooks: each difference, with the scenario that shows it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from dcsim.domain.scenario import Scenario
from dcsim.files.write import write_runbook, write_steps
from dcsim.report.diff import ALIKE, DiffResult, Shown, ShownAspect, counted
from dcsim.report.pages.render import page
from dcsim.report.pages.timeline import Timeline
from dcsim.rules.blocks import blocks, in_words
from dcsim.rules.diff_settings import LEFT_OUT
from dcsim.rules.phrases import basis_of, fate_of


@attrs.frozen(kw_only=True)
class DifferenceView:
    """A difference on the page.

    ``heads`` say what differs. ``fates`` are what becomes of it under each rulebook, with the words that decide:
    none, where no cell differs. ``says`` is what the scenario of ``steps`` shows, under the ``runbook`` as a file, on
    the timeline ``drawing``.
    """

    number: int
    heads: tuple[str, ...]
    fates: tuple[tuple[str, str, str], ...] = ()
    says: str = ""
    steps: tuple[str, ...] = ()
    runbook: str = ""
    drawing: Timeline | None = None


@attrs.frozen(kw_only=True, eq=False)
class DiffPage:
    """What the page shows. ``timelines`` are those of the scenarios by the number of the difference: first the
    differences outside the cells, then those of cells. ``traces`` are ids and contents of scripts that no browser runs.
    """

    result: DiffResult
    again: str
    timelines: Mapping[int, Timeline]
    digests: Mapping[str, str]
    traces: tuple[tuple[str, str], ...] = ()

    @property
    def sentence(self) -> str:
        """The verdict."""
        one, other = self.result.names
        if self.result.equivalent:
            return f"{one} and {other} ask for the same: all {self.result.found.cells:,} cells are decided alike."
        return f"{one} and {other} differ: {counted(self.result.found)}."

    @property
    def differences(self) -> list[DifferenceView]:
        """The differences, numbered from 1."""
        aspects = [self._aspect(n, shown) for n, shown in enumerate(self.result.aspects, start=1)]
        return aspects + [self._cells(n, shown) for n, shown in enumerate(self.result.shown, start=len(aspects) + 1)]

    def _aspect(self, number: int, shown: ShownAspect) -> DifferenceView:
        return DifferenceView(
            number=number,
            heads=(shown.aspect.says,),
            says=shown.says(self.result.names),
            steps=_steps(shown.scenario),
            runbook=write_runbook(shown.runbook) if shown.runbook else "",
            drawing=self.timelines.get(number),
        )

    def _cells(self, number: int, shown: Shown) -> DifferenceView:
        first = shown.differences[0]
        rulings = zip(self.result.names, (first.one, first.other), strict=True)
        told = blocks(difference.cell for difference in shown.differences)
        return DifferenceView(
            number=number,
            heads=tuple(in_words(self.result.rulebook, block) for block in told),
            fates=tuple((name, fate_of(ruling), basis_of(ruling)) for name, ruling in rulings),
            says=shown.says or self.result.unshown,
            steps=_steps(shown.scenario),
            runbook=write_runbook(shown.runbook) if shown.runbook else "",
            drawing=self.timelines.get(number),
        )

    @property
    def html(self) -> str:
        """The page as text."""
        return page(
            "diff.html.j2",
            styles=("timeline.css", "proof.css"),
            page=self,
            result=self.result,
            alike=ALIKE,
            left_out=LEFT_OUT,
        )


def _steps(scenario: Scenario | None) -> tuple[str, ...]:
    return tuple(write_steps(scenario)) if scenario else ()
