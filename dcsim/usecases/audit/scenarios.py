"""The scenarios of a pack, each run once: its verdict, its page and trace, and what it shows of the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cached_property

import attrs

from dcsim.files.load import Case
from dcsim.report.run_view import RunResult
from dcsim.rules.decision_space import RuleCell
from dcsim.trace.jsonl import dump
from dcsim.usecases.audit.back_out import Retreat, retreats
from dcsim.usecases.audit.file_names import FileNames
from dcsim.usecases.audit.sources import RULEBOOK, RUNBOOK
from dcsim.usecases.run import RunOptions, run
from dcsim.usecases.run_page import page_of
from dcsim.usecases.run_page.gather import gather
from dcsim.usecases.touched import SuiteCells, touched


@attrs.frozen(kw_only=True, eq=False)
class AuditedRun:
    """A scenario's run. ``file`` is its page in the pack, ``cells`` are the rule cells that it touched.

    ``retreats`` say from where the promised state could be had after each step of the runbook; None: not looked at.
    """

    case: Case
    result: RunResult
    file: str
    html: str
    trace: str
    cells: frozenset[RuleCell]
    retreats: tuple[Retreat, ...] | None

    @cached_property
    def trace_file(self) -> str:
        """The trace's file in the pack."""
        return self.file.removesuffix(".html") + ".trace.jsonl"

    @property
    def breaks(self) -> tuple[str, ...]:
        """What breaks, as the scenario expects."""
        return tuple(sorted({problem.kind for problem in self.result.expected_violations}))

    @property
    def flagged(self) -> tuple[str, ...]:
        """What else is told of the run, but for open cells and waivers, which the pack tells for itself."""
        waived = tuple(f"practice {waiver.practice} is waived" for waiver in self.case.runbook.waives)
        told = (*self.result.flags, *self.result.asides)
        return tuple(dict.fromkeys(says for says in told if not says.startswith(waived)))

    @property
    def files(self) -> dict[str, bytes]:
        """Its page and its trace."""
        return {self.file: self.html.encode(), self.trace_file: self.trace.encode()}


def audited(cases: tuple[Case, ...], listen: Callable[[str], None]) -> tuple[AuditedRun, ...]:
    """Run scenarios. The page of each says what all of them touch."""
    cells = {case.address: _cells(case) for case in cases}
    counts = Counter(cell for each in cells.values() for cell in each)
    tried = SuiteCells(scenarios=len(cases), others=0, unusable=0, cells=counts)
    names, runs = FileNames("runs"), list[AuditedRun]()
    for case in cases:
        listen(case.scenario.scenario)
        file = names.take(case.scenario.scenario, ".html")
        runs.append(_run(case, file, cells[case.address], tried))
    return tuple(runs)


def _cells(case: Case) -> frozenset[RuleCell]:
    trace = run(case, RunOptions(tracing=True)).trace
    assert trace is not None
    return touched(case.rulebook, case.scenario, trace)


def _run(case: Case, file: str, cells: frozenset[RuleCell], tried: SuiteCells) -> AuditedRun:
    evidence = gather(case, RunOptions(rulebook=RULEBOOK, runbook=RUNBOOK))
    result = evidence.result
    assert result.trace is not None
    return AuditedRun(
        case=case,
        result=attrs.evolve(result, trace=None),
        file=file,
        # Every schedule is checked once for the pack, and not once for each page.
        html=page_of(evidence, check=False, tried=tried).html,
        trace="".join(dump(case.texts, 0, result.trace)),
        cells=cells,
        retreats=retreats(evidence),
    )
