"""A condition as what a scenario expects of its figures, so that `dcsim run` judges it as the sweep did."""

from __future__ import annotations

from collections.abc import Mapping

from dcsim.domain.figures import FIGURES, part_of
from dcsim.files.findings import Keys
from dcsim.files.yaml_scalars import spelled
from dcsim.usecases.sweep.condition import Condition, FigureComparison

LISTED = "violations"
"""The key of ``expect`` that names invariants, and not their number."""


def expected(condition: Condition) -> Mapping[Keys, str]:
    """The places under ``expect``, and what is written there. Empty where a scenario cannot expect it: where parts are
    joined by ``or`` or ``not``, or a figure is held against another; or where a run tells it anyway.
    """
    parts = condition.comparisons
    joined = isinstance(condition, FigureComparison) or (
        condition.by == "and" and all(isinstance(part, FigureComparison) for part in condition.parts)
    )
    if not joined or any(part.other or part_of(part.figure)[0] not in FIGURES for part in parts):
        return {}
    names = [part.figure for part in parts]
    if LISTED in names or len(set(names)) < len(names):
        return {}
    return {("expect", part.figure): _written(part) for part in parts}


def _written(part: FigureComparison) -> str:
    _, sign, number = str(part).split(" ", 2)
    return number if sign == "==" else spelled(f"{sign} {number}")
