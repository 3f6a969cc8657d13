"""The view of a run: the content of the report, which is the same in every format. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import attrs

from dcsim.domain.moment import clock, instant
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.findings import Finding
from dcsim.report.figures import NotMet, not_met
from dcsim.report.open_cells import UNLISTED, Opened, ids_of, opened, questions_in, selectors
from dcsim.semantics.invariant_registry import INVARIANTS, practice
from dcsim.trace.event import Broken, Failure, Noticed, Trace
from dcsim.trace.figures import Figures
from dcsim.trace.verdict import verdict

Reasons = Mapping[Failure | Broken, tuple[str, ...]]
"""The sentences that explain failures and violations."""
NO_REASONS: Reasons = MappingProxyType({})


@attrs.frozen(kw_only=True)
class Problem:
    """One thing that went wrong: a sentence, the expected and the actual value, and the rules that it rests on.

    ``accounts``: so many are concerned. ``line`` is the line to read, in the scenario or in a ``file`` that it
    includes. ``because`` explains the problem.
    """

    kind: str
    where: str
    says: str
    statement: str = ""
    expected: str = ""
    actual: str = ""
    rests_on: tuple[str, ...] = ()
    accounts: int = 1
    line: int = 0
    file: str = ""
    because: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What went wrong, in one sentence."""
        return f"{self.says}: expected {self.expected}, found {self.actual}" if self.expected else self.says


@attrs.frozen(kw_only=True)
class RunResult:
    """The result of one scenario: ``status`` is ``passed``, ``failed`` or ``error``.

    ``more`` counts what is not met and not among the ``problems``, of which only so many are kept. ``figures`` are
    there where they are asked for or expected. ``warnings`` are about accounts, ``notes`` about the run itself;
    ``flags`` are those notes that a strict run does not pass over. ``opened`` are the open cells that were met, and
    ``asides`` what else is told of a run, in words that name no account. ``findings`` say why a file could not be run
    (status ``error``), and ``scenarios`` are those that cannot be run for the same cause. ``profiles`` counts the
    accounts of each population by their profiles. ``account_rows`` gives the rows of a table of all accounts, where one
    was asked for.
    """

    path: str
    name: str
    title: str
    rulebook: str
    runbook: str
    status: str
    actions: int
    problems: tuple[Problem, ...] = ()
    more: int = 0
    expected_violations: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    opened: tuple[Opened, ...] = ()
    asides: tuple[str, ...] = attrs.field(default=(), repr=False)
    findings: tuple[Finding, ...] = ()
    scenarios: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    reproduce: str = ""
    digest: str = ""
    figures: Figures | None = attrs.field(default=None, repr=False)
    seconds: float = attrs.field(default=0.0, repr=False, eq=False)
    profiles: Mapping[str, Mapping[str, int]] = attrs.field(factory=dict, repr=False)
    trace: Trace | None = attrs.field(default=None, repr=False, eq=False)
    account_rows: Callable[[], Iterator[tuple[str, ...]]] | None = attrs.field(default=None, repr=False, eq=False)

    def _repr_html_(self) -> str:
        """Return the result as HTML for a notebook."""
        from dcsim.report.notebook import run_table  # noqa: PLC0415 - notebook imports text, which imports this module

        return run_table(self)


def error(path: str, findings: tuple[Finding, ...], scenarios: tuple[str, ...] = (), name: str = "") -> RunResult:
    """Return the view of a file that could not be run; or of a cause for which several ``scenarios`` could not be.

    Where ``path`` is no file, it has a ``name``.
    """
    return RunResult(
        path=path,
        name=name or Path(path).stem,
        title="",
        rulebook="",
        runbook="",
        status="error",
        actions=0,
        findings=findings,
        scenarios=scenarios,
    )


def result(
    path: str,
    scenario: Scenario,
    rulebook: Rulebook,
    runbook: Runbook,
    trace: Trace,
    reproduce: str,
    *,
    strict: bool = False,
    strict_open: bool = False,
    reasons: Reasons = NO_REASONS,
) -> RunResult:
    """Return the view of one run. ``strict``: flags are failures; ``strict_open``: so are open cells that the scenario
    does not acknowledge. ``reasons`` explain what went wrong.
    """
    outcome = verdict(scenario, trace)
    # Expected violations are shown with -v only, but they stay in the result for other programs.
    expected = tuple(b for b in trace.broken if b not in outcome.unexpected)
    met = opened(rulebook, trace.noticed)
    flags = tuple(_flags(scenario, met, trace))
    problems = (
        *_failures(path, trace, rulebook, reasons),
        *(_figure(path, one) for one in not_met(trace.figures, outcome.figures, rulebook)),
        *(_broken(b, rulebook, trace, scenario, reasons) for b in outcome.unexpected),
        *(_missing(name, _last_act(scenario, rulebook)) for name in outcome.missing),
        *(Problem(kind="strict", where=path, says=flag) for flag in flags if strict),
        *(_unacknowledged(path, scenario, rulebook, met) if strict_open else ()),
    )
    told, lifted = [n for n in trace.noticed if not n.account], [n for n in trace.noticed if n.account]
    waived = tuple(f"practice {waiver.practice} is waived: {waiver.basis}" for waiver in runbook.waives)
    notes = (*map(_noticed, told), *waived)
    return RunResult(
        path=path,
        name=scenario.scenario,
        title=scenario.title,
        rulebook=rulebook.rulebook,
        runbook=runbook.runbook,
        status="failed" if problems else "passed",
        actions=trace.actions,
        problems=problems,
        more=trace.unkept,
        expected_violations=tuple(_broken(b, rulebook, trace, scenario, NO_REASONS) for b in expected),
        warnings=tuple(f"{ids_of(rulebook, n)}{_who(n)}, {_noticed(n)}" for n in lifted),
        notes=tuple(dict.fromkeys((*notes, *flags))),
        flags=flags,
        opened=met,
        asides=tuple(
            dict.fromkeys((*(_noticed(n) for n in lifted if not n.notice.cell), *(n for n in notes if n not in flags)))
        ),
        tags=tuple(scenario.tags),
        reproduce=reproduce,
        digest=trace.digest,
        figures=trace.figures,
        trace=trace,
    )


def _flags(scenario: Scenario, met: tuple[Opened, ...], trace: Trace) -> Iterator[str]:
    """What makes a run weaker than it looks, though it may pass: most are mistakes of the scenario's author."""
    if not asserts(scenario):
        yield "asserts nothing: no 'expect', and no step whose outcome could be another one than it expects"
    yield from (_noticed(n) for n in trace.noticed if n.notice.kind in ("fault-unused", "window-cut"))
    for question in scenario.opens:
        if question not in questions_in(met):
            yield f"acknowledges {question}, which nothing in this run opens"


def asserts(scenario: Scenario) -> bool:
    """Whether a scenario expects anything: under `expect`, or of a step that is not told to `expect: any`."""
    expected = scenario.seen or scenario.violations or scenario.sometimes or scenario.figures
    return bool(expected or any(step.expect != "any" for step in scenario.steps))


def _unacknowledged(path: str, scenario: Scenario, rulebook: Rulebook, met: tuple[Opened, ...]) -> Iterator[Problem]:
    """Open cells that the scenario does not acknowledge: one problem for all, with what to write."""
    ids = questions_in(met)
    missing = [question for question in ids if question not in scenario.opens]
    if missing:
        write = ", ".join(q.id for q in rulebook.open_questions if q.id in ids or q.id in scenario.opens)
        says = f"does not acknowledge {', '.join(missing)}"
        cells = (f"{', '.join(cell.questions)}: {cell.where}" for cell in met if {*missing} & {*cell.questions})
        yield Problem(
            kind="open",
            where=path,
            says=says,
            expected=f"opens: [{write}]",
            actual=f"opens: [{', '.join(scenario.opens)}]",
            because=tuple(dict.fromkeys(cells)),
        )
    for cell in met:
        if not cell.questions:
            mend = f"add one to 'open-questions' of {rulebook.rulebook}: {{id: ..., asks: ..., {selectors(cell)}}}"
            yield Problem(kind="open", where=path, says=f"{cell.where}: {UNLISTED}", because=(mend,))


def _of_first(seen: Failure | Broken, reasons: tuple[str, ...]) -> tuple[str, ...]:
    """Name the account that the reasons are about, where several accounts are concerned."""
    return reasons if seen.accounts == 1 else tuple(f"{seen.account}: {reason}" for reason in reasons)


def _failures(path: str, trace: Trace, rulebook: Rulebook, reasons: Reasons) -> Iterator[Problem]:
    """One problem for all accounts that fail alike: at the same line, in the same way."""
    first: dict[tuple[object, ...], Failure] = {}
    accounts: dict[tuple[object, ...], int] = {}
    for failure in (*trace.failures, *trace.more):
        first.setdefault(failure.alike, failure)
        accounts[failure.alike] = accounts.get(failure.alike, 0) + failure.accounts
    for kind, failure in first.items():
        counted = attrs.evolve(failure, accounts=accounts[kind])
        yield attrs.evolve(_failure(path, counted, rulebook), because=_of_first(counted, reasons.get(failure, ())))


def _failure(path: str, failure: Failure, rulebook: Rulebook) -> Problem:
    when = f" at {clock(failure.at, rulebook)}" if failure.at else ""
    return Problem(
        kind="expectation",
        where=f"{failure.file or path}:{failure.line}",
        says=f"{_who(failure)}, {failure.where}{when}",
        expected=failure.expected,
        actual=failure.actual,
        accounts=failure.accounts,
        line=failure.line,
        file=failure.file,
    )


def _figure(path: str, one: NotMet) -> Problem:
    expected = one.expected
    return Problem(
        kind="expectation",
        where=f"{expected.file or path}:{expected.line}",
        says=f"figure {expected.name}",
        expected=expected.says,
        actual=one.found,
        line=expected.line,
        file=expected.file,
        because=one.because,
    )


def _broken(broken: Broken, rulebook: Rulebook, trace: Trace, scenario: Scenario, reasons: Reasons) -> Problem:
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
        accounts=broken.accounts,
        because=_of_first(broken, reasons.get(broken, ())),
        line=_last_act(scenario, rulebook, broken.at),
    )


def _last_act(scenario: Scenario, rulebook: Rulebook, at: int | None = None) -> int:
    """Return the line of the last act up to an instant: the first to read where no line of the file is wrong."""
    steps = ((instant(step.at, rulebook), step.line) for step in scenario.steps if not step.file)
    before = (step for step in steps if at is None or step[0] <= at)
    return max(before, default=(0, 1))[1]


def _event(broken: Broken, trace: Trace) -> str:
    """Name the event at which the break was seen; and the event that caused it, where that is another one."""
    if not broken.event:
        return "events of this account are not kept" if trace.events else "events are not kept for so many accounts"
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


def _missing(name: str, line: int) -> Problem:
    return Problem(
        kind=name,
        where="the whole run",
        statement=stated(name),
        says="all of it",
        expected="a violation",
        actual="none",
        line=line,
    )


def stated(name: str) -> str:
    """Return the statement of an invariant; that of a practice begins with the word."""
    return ("Practice: " if practice(name) else "") + INVARIANTS[name].statement


def _noticed(noticed: Noticed) -> str:
    return f"{noticed.notice.where}: {noticed.notice.says}"


def _who(seen: Broken | Noticed | Failure) -> str:
    """Name the first account on which something was seen, and say how many more there are."""
    more = seen.accounts - 1
    return f"{seen.account} (and {more:,} more account{'s' if more > 1 else ''})" if more else seen.account


def cite(rulebook: Rulebook, ids: Iterable[str]) -> Iterable[str]:
    """Yield each rule with its citation or its assumption, in the order of the rulebook."""
    wanted = set(ids)
    return (f"rule {rule.id}, {rule.basis}" for rule in rulebook.rules if rule.id in wanted)
