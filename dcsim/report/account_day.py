"""The events of a run as lines; and of chosen accounts also what each opening of a session found. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from dcsim.domain.rulebook import Rulebook
from dcsim.report.run_view import RunResult
from dcsim.report.text import each_on_one_line, event_line, wrapped
from dcsim.semantics.invariant_registry import show
from dcsim.trace.event import Opening

INDENT = 7


@each_on_one_line
def events(result: RunResult, rulebook: Rulebook, account: str | None = None) -> Iterator[str]:
    """Yield every event of a run; with a pattern of account names, those of these accounts and of the control only."""
    trace = result.trace
    if trace is None or not trace.events:
        kept = "events are not kept above 2000 accounts, unless --trace asks for them"
        yield f"      {kept}; --account keeps those of some accounts"
        return
    if trace.folded:
        alike = f"{trace.accounts:,} accounts, histories among them: {len(trace.histories):,}"
        yield f"      {alike}; events are those of one account of each"
    openings: dict[int, list[Opening]] = {}
    for opening in trace.openings:
        openings.setdefault(opening.event, []).append(opening)
    for event in trace.events:
        names = (event.account, event.by)
        if account is None or not event.account or any(fnmatchcase(name, account) for name in names if name):
            yield event_line(event, rulebook)
        for opening in openings.get(event.n, ()):
            yield from wrapped(_found(opening), INDENT)


def _found(opening: Opening) -> str:
    cells = ", ".join(f"{field} {show(cell)}" for field, cell in opening.fields.items())
    return (
        f"{opening.session} finds of {opening.account} at {opening.site}: {cells or 'no value of which a rule speaks'}"
    )
