"""The values of figures by name: each figure as a whole, and its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from dcsim.domain.figures import COSTLY, FIGURES
from dcsim.domain.runbook import Drain
from dcsim.domain.scenario import Scenario
from dcsim.simulate.figures.measure import openings, stale_accounts
from dcsim.simulate.figures.service import downtime, serves_after
from dcsim.trace.event import Trace
from dcsim.trace.figures import Figures, OpeningFigures, StepSlack
from dcsim.trace.meter import Meter
from dcsim.trace.roster import Roster

NOT_REACHED = "not reached"
Parts = Mapping[str, int | None]
_WHOLE: Mapping[str, Callable[[Sequence[int]], int]] = {"most": max, "least": min, "sum": sum}


def measured(scenario: Scenario, trace: Trace, meter: Meter) -> Figures:
    """Return the figures of a run, from what a meter kept of it; without those for which it is run again."""
    opened = openings(meter, Roster(scenario).name)
    own = {
        "stale-accounts": lambda: stale_accounts(meter),
        "violations": lambda: len(trace.invariants),
        "failures": lambda: sum(f.accounts for f in (*trace.failures, *trace.more)) + trace.unkept,
    }
    values: dict[str, int | None] = {}
    for name, parts in _parts(meter, opened).items():
        values |= _named(name, parts, own.get(name))
    return Figures(values=values, why=dict.fromkeys(_none(values), NOT_REACHED), openings=opened)


def with_slacks(figures: Figures, slacks: Sequence[StepSlack]) -> Figures:
    """Return figures with the slack of steps."""
    values = dict(figures.values)
    values |= _named("slack", {one.step: one.slack for one in slacks})
    if values["slack"] is not None:
        # A step that may be late until the end is not the one that may be late the least, if there is another one.
        values["slack"] = min(slacks, key=lambda one: (one.to_the_end, one.slack or 0)).slack
    values |= _named("last-safe-moment", {one.step: one.last_safe_moment for one in slacks})
    why = {f"{name}.{one.step}": one.why or "none: it may be late until the end" for one in slacks for name in COSTLY}
    why["slack"] = "not computed for every step"
    endless = [f"slack.{one.step}" for one in slacks if one.to_the_end]
    endless += ["slack"] if len(endless) == len(slacks) else []
    return Figures(
        values=values,
        why={**figures.why, **{name: why[name] for name in _none(values) if name in why}},
        openings=figures.openings,
        slacks=tuple(slacks),
        endless=tuple(name for name in values if name in endless),
    )


def _none(values: Mapping[str, int | None]) -> list[str]:
    return [name for name, value in values.items() if value is None]


def _named(name: str, parts: Parts, own: Callable[[], int] | None = None) -> Iterator[tuple[str, int | None]]:
    """Yield a figure as a whole, where it is one, and each of its parts."""
    whole, known = FIGURES[name].whole, [value for value in parts.values() if value is not None]
    if whole and len(known) < len(parts):
        # Of a part, nothing is known.
        yield name, None
    elif whole == "own" or not FIGURES[name].part:
        yield name, own() if own else None
    elif whole and known:
        yield name, _WHOLE[whole](known)
    yield from ((f"{name}.{part}", value) for part, value in parts.items())


def _parts(meter: Meter, opened: Sequence[OpeningFigures]) -> Mapping[str, Parts]:
    """Return the parts of each figure that is measured, in the order in which figures are told."""
    book, runbook = meter.table.model.rulebook, meter.table.model.runbook
    sessions = [name for name in book.timeline if name in book.by_name]
    of = {session: [one for one in opened if one.session == session] for session in sessions}

    def most(number: str) -> Parts:
        # A session that no site begins to serve in its window has no openings.
        return {session: max((getattr(one, number) for one in of[session]), default=None) for session in sessions}

    parts = {
        "stale-accounts": most("stale"),
        "rpo": most("lost"),
        "rpo-age": most("lost_age"),
        "rpo-physical": most("lacking"),
        "rpo-physical-age": most("lacking_age"),
        "rto": {session: serves_after(meter, session) for session in sessions},
        "downtime": {session: downtime(meter, session) for session in sessions},
        "transport-lag": most("transport_lag"),
        "apply-lag": most("apply_lag"),
        "drain-wait": {step.id: _waited(meter, step.id) for step in runbook.steps if isinstance(step, Drain)},
    }
    return {name: parts.get(name, {}) for name in FIGURES if name not in COSTLY}


def _waited(meter: Meter, step: str) -> int | None:
    began, done = meter.began.get(step), meter.done.get(step)
    return None if began is None or done is None else done - began
