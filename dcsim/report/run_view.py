"""The view: what is to be said of a run, once, for every format. Pure."""

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
    """One thing that went wrong: a sentence, expected against actual, and the words it rests on."""

    kind: str
    where: str
    says: str
    statement: str = ""
    expected: str = ""
    actual: str = ""
    rests_on: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class RunResult:
    """One scenario's result. ``warnings`` are about accounts, ``notes`` about the run itself."""

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
        """The result in a notebook."""
        from dcsim.report.notebook import run_table  # noqa: PLC0415 - it stands on text, which reads this module

        return run_table(self)


def result(
    path: str, scenario: Scenario, rulebook: Rulebook, runbook: Runbook, trace: Trace, reproduce: str
) -> RunResult:
    """The view of one run."""
    outcome = verdict(scenario, trace)
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
        where=f"{path}:{failure.line}",
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
    """The event at which it was seen, and the one that did it, where that is another."""
    if not broken.event:
        return "events are not kept for so many accounts"
    if broken.cause in (0, broken.event):
        return f"event {broken.event}"
    return f"event {broken.event}; put there by event {broken.cause}, {doer(broken, trace)}"


def doer(broken: Broken, trace: Trace) -> str:
    """Who did what by which a wrong value came to be there; empty where it stood from the beginning."""
    if not broken.cause:
        return ""
    did = trace.events[broken.cause - 1]
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
    """What a promise or a practice says; a practice is told as such."""
    return ("Practice: " if practice(name) else "") + INVARIANTS[name].statement


def _noticed(noticed: Noticed) -> str:
    return f"{noticed.notice.where}: {noticed.notice.says}"


def _who(seen: Broken | Noticed) -> str:
    """The first account on which something was seen, and how many more there are."""
    more = seen.accounts - 1
    return f"{seen.account} (and {more} more account{'s' if more > 1 else ''})" if more else seen.account


def cite(rulebook: Rulebook, ids: Iterable[str]) -> Iterable[str]:
    """Each rule with its citation, or with its assumption as such."""
    wanted = set(ids)
    return (f"rule {rule.id}, {rule.basis}" for rule in rulebook.rules if rule.id in wanted)
