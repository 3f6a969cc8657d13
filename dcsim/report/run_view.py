"""The view of a run: the content of the report, which is the same in every format. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from dcsim.domain.moment import clock
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.semantics.invariant_registry import INVARIANTS, practice
from dcsim.trace.event import Broken, Failure, Noticed, Trace
from dcsim.trace.verdict import verdict


@attrs.frozen(kw_only=True)
class Problem:
    """One thing that went wrong: a sentence, the expected and the actual value, and the rules that it rests on."""

    kind: str
    where: str
    says: str
    statement: str = ""
    expected: str = ""
    actual: str = ""
    rests_on: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class RunResult:
    """The result of one scenario. ``warnings`` are about accounts, ``notes`` about the run itself."""

    path: str
    name: str
    title: str
    rulebook: str
    runbook: str
    status: str
    actions: int
    problems: tuple[Problem, ...] = ()
    expected_violations: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reproduce: str = ""
    digest: str = ""
    trace: Trace | None = attrs.field(default=None, repr=False, eq=False)

    def _repr_html_(self) -> str:
        """Return the result as HTML for a notebook."""
        from dcsim.report.notebook import run_table  # noqa: PLC0415 - notebook imports text, which imports this module

        return run_table(self)


def result(
    path: str, scenario: Scenario, rulebook: Rulebook, runbook: Runbook, trace: Trace, reproduce: str
) -> RunResult:
    """Return the view of one run."""
    outcome = verdict(scenario, trace)
    # Expected violations are shown with -v only, but they stay in the result for other programs.
    expected = tuple(b for b in trace.broken if b not in outcome.unexpected)
    problems = (
        *(_failure(path, f, rulebook) for f in trace.failures),
        *(_broken(b, rulebook, trace) for b in outcome.unexpected),
        *(_missing(name) for name in outcome.missing),
    )
    return RunResult(
        path=path,
        name=scenario.scenario,
        title=scenario.title,
        rulebook=rulebook.rulebook,
        runbook=runbook.runbook,
        status=outcome.status,
        actions=trace.actions,
        problems=problems,
        expected_violations=tuple(_broken(b, rulebook, trace) for b in expected),
        warnings=tuple(f"{_who(n)}, {_noticed(n)}" for n in trace.noticed if n.account),
        notes=(
            *(_noticed(n) for n in trace.noticed if not n.account),
            *(f"practice {waiver.practice} is waived: {waiver.basis}" for waiver in runbook.waives),
        ),
        reproduce=reproduce,
        digest=trace.digest,
        trace=trace,
    )


def _failure(path: str, failure: Failure, rulebook: Rulebook) -> Problem:
    when = f" at {clock(failure.at, rulebook)}" if failure.at else ""
    return Problem(
        kind="expectation",
        where=f"{failure.file or path}:{failure.line}",
        says=f"{failure.account}, {failure.where}{when}",
        expected=failure.expected,
        actual=failure.actual,
    )


def _broken(broken: Broken, rulebook: Rulebook, trace: Trace) -> Problem:
    violation = broken.violation
    who = f"{_who(broken)}, " if broken.account else ""
    return Problem(
        kind=violation.invariant,
        where=_event(broken, trace),
        statement=stated(violation.invariant),
        says=f"{who}{violation.where}, {clock(broken.at, rulebook)}",
        expected=violation.expected,
        actual=violation.actual,
        rests_on=tuple(cite(rulebook, violation.rules)),
    )


def _event(broken: Broken, trace: Trace) -> str:
    """Name the event at which the break was seen; and the event that caused it, where that is another one."""
    if not broken.event:
        return "events are not kept for so many accounts"
    if broken.cause in (0, broken.event):
        return f"event {broken.event}"
    return f"event {broken.event}; put there by event {broken.cause}, {doer(broken, trace)}"


def doer(broken: Broken, trace: Trace) -> str:
    """Say which act wrote the wrong value. Empty where the value was there from the beginning."""
    if not broken.cause:
        return ""
    did = trace.events[broken.cause - 1]  # events are numbered from 1
    if did.actor == "link":
        return f"redo of {did.account}, applied"
    return f"{did.account} {getattr(did.action, 'verb', did.actor)}" if did.account else f"{did.actor} {did.says}"


def _missing(name: str) -> Problem:
    return Problem(
        kind=name,
        where="the whole run",
        statement=stated(name),
        says="all of it",
        expected="a violation",
        actual="none",
    )


def stated(name: str) -> str:
    """Return the statement of an invariant; that of a practice begins with the word."""
    return ("Practice: " if practice(name) else "") + INVARIANTS[name].statement


def _noticed(noticed: Noticed) -> str:
    return f"{noticed.notice.where}: {noticed.notice.says}"


def _who(seen: Broken | Noticed) -> str:
    """Name the first account on which something was seen, and say how many more there are."""
    more = seen.accounts - 1
    return f"{seen.account} (and {more} more account{'s' if more > 1 else ''})" if more else seen.account


def cite(rulebook: Rulebook, ids: Iterable[str]) -> Iterable[str]:
    """Yield each rule with its citation or its assumption, in the order of the rulebook."""
    wanted = set(ids)
    return (f"rule {rule.id}, {rule.basis}" for rule in rulebook.rules if rule.id in wanted)
