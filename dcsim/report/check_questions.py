"""The reports of the other modes of ``check``: two runs compared, and the neighbourhood of a scenario. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs

from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.noninterference import Comparison
from dcsim.domain.scenario import Scenario
from dcsim.files.write import write_scenario
from dcsim.report.check import PROVED, bounds_of, count_of
from dcsim.report.text import Paint, plain, some, wrapped


@attrs.frozen(kw_only=True)
class NeighbourhoodResult:
    """The result of running all scenarios within ``k`` edits of one.

    ``tried`` scenarios were run. ``scenario`` is the first that breaks an invariant, if any; ``edits`` make it, and
    ``broken`` is what it breaks. ``why``: why nothing was decided.
    """

    status: Literal["proved", "violated", "inconclusive"]
    k: int
    tried: int
    scenario: Scenario | None = None
    edits: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    why: str = ""


def neighbourhood_lines(found: NeighbourhoodResult, paint: Paint = plain) -> Iterator[str]:
    """Yield the result of a neighbourhood as lines for a terminal."""
    within = f"{found.tried:,} scenarios within {some(found.k, 'edit')}"
    if found.scenario:
        yield f"{paint('violated', 'bad')}  {', '.join(found.broken)}: {'; then '.join(found.edits) or 'as it is'}"
        yield write_scenario(found.scenario)
    elif found.status == "inconclusive":
        yield f"{paint('inconclusive', 'warn')}  {within} tried: {found.why}"
    else:
        yield f"{paint(PROVED, 'good')}  {within}: none breaks an invariant"


def comparison_lines(weekend: Weekend, found: Comparison, paint: Paint = plain) -> Iterator[str]:
    """Yield the comparison of two runs as lines for a terminal."""
    counts = f"{count_of(found.explored.states, 'pair')} of runs, engine {found.explored.engine}"
    if found.scenario:
        yield f"{paint('violated', 'bad')}  {', '.join(map(str, found.explored.broken))} ({counts})"
        for line in found.differences:
            yield f"  {line}: not as it would be had nothing been done in the discarded session"
        yield write_scenario(found.scenario)
    elif found.status == "inconclusive":
        yield f"{paint('inconclusive', 'warn')}  {found.why} ({counts})"
    else:
        yield f"{paint(PROVED, 'good')}  what a discarded session did leaves no trace ({counts})"
        yield from wrapped(f"bounds: {bounds_of(weekend)}", 2)
