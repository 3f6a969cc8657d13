"""The figures of a run: it is run once with a meter, and, for the slack of steps, again with each of them late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence


from dcsim.domain.figures import FIGURES
from dcsim.domain.runbook import Drain
from dcsim.files.load import Case
from dcsim.report.figures import Figures, OpeningFigures
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Trace
from dcsim.trace.meter import Meter
from dcsim.trace.roster import Roster
from dcsim.usecases.figures import measure
from dcsim.usecases.figures.service import downtime, serves_after
from dcsim.usecases.run import RunOptions

NOT_REACHED = "not reached"


def figures(case: Case, options: RunOptions | None = None, slack: Iterable[str] | bool = False) -> Figures:
    """Run a scenario and return its figures. ``slack``: of these steps, by their ids, the slack is found; True: of all.

    What was not computed or not reached is None, and never 0.
    """
    options = options or RunOptions()
    model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=options.practices)
    table = Table(model)
    meter = Meter(table)
    trace = simulate(model, case.scenario, tracing=False, seed=options.seed, table=table, meter=meter)
    return measured(case, trace, meter)


def measured(case: Case, trace: Trace, meter: Meter) -> Figures:
    """Return the figures of a run, from what a meter kept of it."""
    opened = measure.openings(meter, Roster(case.scenario).name)
    values = dict(_values(meter, trace, opened))
    return Figures(values=values, why={n: NOT_REACHED for n, value in values.items() if value is None}, openings=opened)


def _values(meter: Meter, trace: Trace, opened: Sequence[OpeningFigures]) -> Iterator[tuple[str, int | None]]:
    """Yield every figure but those that are costly, each with its parts."""
    own = {
        "stale-accounts": lambda: measure.stale_accounts(meter),
        "violations": lambda: len(trace.invariants),
        "failures": lambda: sum(f.accounts for f in (*trace.failures, *trace.more)) + trace.unkept,
    }
    parts = _parts(meter, opened)
    for name, figure in FIGURES.items():
        if figure.part == "step":
            continue
        by_part = parts.get(name, {})
        if any(value is None for value in by_part.values()):
            yield name, None
        elif figure.part and not by_part:
            pass
        elif name in own:
            yield name, own[name]()
        else:
            yield name, (sum if figure.whole == "sum" else max)(v for v in by_part.values() if v is not None)
        yield from ((f"{name}.{part}", value) for part, value in by_part.items())


def _parts(meter: Meter, opened: Sequence[OpeningFigures]) -> Mapping[str, Mapping[str, int | None]]:
    """Return the parts of each figure that has parts."""
    model = meter.table.model
    sessions = [name for name in model.rulebook.timeline if name in model.rulebook.by_name]
    of = {session: [one for one in opened if one.session == session] for session in sessions}

    def most(number: str) -> dict[str, int | None]:
        return {session: _most([getattr(one, number) for one in of[session]]) for session in sessions}

    drains = [step.id for step in model.runbook.steps if isinstance(step, Drain)]
    return {
        "stale-accounts": most("stale"),
        "rpo": most("lost"),
        "rpo-age": most("lost_age"),
        "rpo-physical": most("lacking"),
        "rpo-physical-age": most("lacking_age"),
        "rto": {session: serves_after(meter, session) for session in sessions},
        "downtime": {session: downtime(meter, session) for session in sessions},
        "transport-lag": most("transport_lag"),
        "apply-lag": most("apply_lag"),
        "drain-wait": {step: _waited(meter, step) for step in drains},
    }


def _most(values: Sequence[int | None]) -> int | None:
    """Return the largest; None if there is none, or if one of them was not computed."""
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None


def _waited(meter: Meter, step: str) -> int | None:
    began, done = meter.began.get(step), meter.done.get(step)
    return None if began is None or done is None else done - began
