"""Results as text for a terminal.

Each scenario has one line. A failure adds what failed, where, by which rule, and the command that shows it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from functools import wraps
from itertools import groupby
from textwrap import wrap
from typing import Any, ParamSpec, cast

from dcsim.domain.actions import Action, Commit, Request
from dcsim.domain.moment import clock
from dcsim.domain.moment import spell as duration_of
from dcsim.domain.rulebook import Rulebook
from dcsim.files.forms import keys_of
from dcsim.files.yaml_scalars import spelled
from dcsim.harmless import odd
from dcsim.report.open_cells import UNLISTED, OpenRow, fold, questions_in, rows_by_question, selectors
from dcsim.report.run_view import Problem, RunResult
from dcsim.semantics.invariant_registry import spell
from dcsim.trace.event import Event
from dcsim.trace.jsonl import write_action

WIDTH = 118
_columns: ContextVar[int] = ContextVar("columns", default=WIDTH)
P = ParamSpec("P")
Paint = Callable[[str, str], str]
"""Colours a text by a name: ``good``, ``bad``, ``warn``, ``dim``, ``bold``."""


def each_on_one_line(lines_of: Callable[P, Iterator[str]]) -> Callable[P, Iterator[str]]:
    """Decorate a function that yields lines. A line break inside a line comes from a user's text; it is escaped."""

    @wraps(lines_of)
    def escaped(*given: P.args, **named: P.kwargs) -> Iterator[str]:
        return (line.replace("\n", "\\n") for line in lines_of(*given, **named))

    return escaped


def plain(text: str, _: str) -> str:
    """Return the text without colour."""
    return text


MARKS = {"passed": ("pass", "good"), "failed": ("FAIL", "bad"), "error": ("ERROR", "bad")}
MOST_SHOWN = 20
"""So many expectations of one scenario that are not met are printed, unless all are asked for."""


@each_on_one_line
def lines(result: RunResult, paint: Paint = plain, *, verbose: bool = False, folded: bool = False) -> Iterator[str]:
    """Yield the report of one scenario. ``folded``: a table tells what passing scenarios have left open."""
    mark = paint(*MARKS[result.status])
    if result.status == "error":
        where = f" [in {some(len(result.scenarios), 'scenario')}]" if result.scenarios else ""
        yield from wrapped(f"{mark}  {paint(result.path, 'bold')}  {cause_of(result)}{where}", 0)
        return
    expected = sorted({p.kind for p in result.expected_violations})
    note = paint(f"  (breaks {', '.join(expected)}, as expected)", "dim") if expected else ""
    quiet = folded and result.status == "passed"
    opens = questions_in(result.opened) if quiet else []
    note += paint(f"  (open: {', '.join(opens)})", "dim") if opens else ""
    yield f"{mark}  {paint(result.name, 'bold')}  {result.title}{note}"
    for every, counts in () if quiet else result.profiles.items():
        told = ", ".join(f"{profile} {count:,}" for profile, count in counts.items())
        yield from wrapped(paint(f"{every}: {told}", "dim"), 6)
    not_met = [problem for problem in result.problems if problem.kind == "expectation"]
    shown = len(not_met) if verbose else MOST_SHOWN
    others = (problem for problem in result.problems if problem.kind != "expectation")
    yield from _problems((*not_met[:shown], *others), paint)
    if more := result.more + sum(problem.accounts for problem in not_met[shown:]):
        yield f"      and {some(more, 'more expectation')} not met"
    if verbose:
        yield from _problems(result.expected_violations, paint)
    for warning in () if quiet else result.warnings:
        yield from wrapped(f"{paint('open', 'warn')}  {warning}", 6)
    said = {problem.says for problem in result.problems}
    for note in result.flags if quiet else (note for note in result.notes if note not in said):
        yield from wrapped(f"{paint('note', 'warn')}  {note}", 6)
    if result.problems:
        yield f"      {paint('again:', 'dim')} {result.reproduce}"


def cause_of(result: RunResult) -> str:
    """Say why a file cannot be run: its first finding, and how many more there are."""
    errors = [finding for finding in result.findings if finding.severity == "error"]
    also = f" (and {some(len(errors) - 1, 'more finding')})" if len(errors) > 1 else ""
    return f"{errors[0]}{also}"


def _problems(problems: Iterable[Problem], paint: Paint) -> Iterator[str]:
    """Yield each invariant with its statement, then what broke it, then the rules that it rests on, each once."""
    explained = set[str]()
    # The same invariant often breaks for many accounts: print its statement once for neighbouring problems.
    for kind, group in groupby(problems, key=lambda p: (p.kind, p.statement)):
        same = list(group)
        yield from wrapped(f"{paint(kind[0], 'bad')}  {kind[1]}".rstrip(), 6)
        for problem in same:
            found = f": expected {problem.expected}, found {paint(problem.actual, 'bold')}" if problem.expected else ""
            yield from wrapped(f"{problem.says}{found}  [{problem.where}]", 8)
            for reason in problem.because:
                # A violation often has the same cause as an expectation above it.
                if problem.kind == "expectation" or reason not in explained:
                    yield from wrapped(reason, 10)
            explained.update(problem.because)
        for basis in dict.fromkeys(basis for problem in same for basis in problem.rests_on):
            yield from wrapped(f"by {basis}", 8)


@each_on_one_line
def open_lines(results: Sequence[RunResult], paint: Paint = plain) -> Iterator[str]:
    """Yield the table of what is told of many scenarios: open questions with their cells, then other notes."""
    rows = fold((r.rulebook, (r.path, r.name), cell) for r in results for cell in r.opened)
    for first, same in rows_by_question(rows):
        ids = ", ".join(first.questions) or UNLISTED
        asks = "; ".join(first.asks) or f"add one to 'open-questions': {{id: ..., asks: ..., {selectors(first)}}}"
        yield from wrapped(f"{paint('open', 'warn')}  {paint(ids, 'bold')}  {asks}  [{first.rulebook}]", 0)
        for row in same:
            cell = f"{row.change} made in {row.made_in} at {', '.join(row.targets)}"
            accounts = f", {some(row.accounts, 'account')}" if row.accounts > row.scenarios else ""
            yield from wrapped(f"{cell}: {some(row.scenarios, 'scenario')}{accounts}, {_did(row)}", 6)
    for aside, count in Counter(aside for result in results for aside in result.asides).items():
        yield from wrapped(f"{paint('note', 'warn')}  {aside}: {some(count, 'scenario')}", 0)


def _did(row: OpenRow) -> str:
    """Say what the runbooks did with an open change; where they differ, in how many scenarios."""
    if len(row.did) == 1:
        return next(iter(row.did))
    return ", ".join(f"{did} in {count:,}" for did, count in row.did.items())


def one_line(text: str) -> str:
    """Return a text as one line without characters that a terminal or a browser would interpret."""
    return "".join("\N{REPLACEMENT CHARACTER}" if odd(sign) else sign for sign in " ".join(text.split()))


def some(number: int | None, noun: str) -> str:
    """Write a number with its noun: ``1 step``, ``2 steps``. None: any number."""
    if number is None:
        return f"any number of {noun}s"
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def width() -> int:
    """Return at how many columns lines are broken."""
    return _columns.get()


def fit(columns: int) -> None:
    """Break lines at so many columns from now on."""
    _columns.set(columns)


def wrapped(text: str, indent: int) -> list[str]:
    """Break a text into lines. The lines after the first are indented further."""
    margin = " " * indent
    return wrap(
        text,
        _columns.get(),
        initial_indent=margin,
        subsequent_indent=margin + "  ",
        # Paths and names stay whole, so that a reader can copy them.
        break_long_words=False,
        break_on_hyphens=False,
    )


def summary(results: Sequence[RunResult], seconds: float, paint: Paint = plain) -> str:
    """Return the last line of a report."""
    counts = Counter(result.status for result in results)
    opened = sum(bool(r.warnings or r.notes) for r in results)
    parts = [paint(f"{counts['passed']} passed", "good")]
    parts += [paint(f"{counts['failed']} failed", "bad")] if counts["failed"] else []
    parts += [paint(some(counts["error"], "error"), "bad")] if counts["error"] else []
    parts += [paint(f"{opened} open or flagged", "warn")] if opened else []
    return f"{', '.join(parts)} in {seconds:.2f} s"


def event_line(event: Event, rulebook: Rulebook) -> str:
    """Return one event as a line, for ``-v``."""
    head = f"{event.n:5}  {clock(event.at, rulebook)}  {event.actor:8}"
    if not event.account:
        refused = "" if event.outcome == "moved" else f"{event.outcome}: "
        return f"{head} {refused}{event.says}"
    # Traces say "moved" in their stable format; readers know the word "accepted".
    outcome = event.outcome.replace("moved", "accepted") + (f" ({event.says})" if event.says else "")
    changes = "; ".join(f"{c.field}: {spell(c.before.value)} -> {spell(c.after.value)}" for c in event.changes)
    tail = f"  [#{event.position} {changes}]" if changes else ""
    by = f" by {event.by}" if event.by else ""
    return f"{head} {event.account} {action_words(event.action)}{by}: {outcome}{tail}"


def action_words(action: Action) -> str:
    """Write an action as a scenario does: its verb, and the keys that were given."""
    if isinstance(action, Request | Commit):
        return f"{type(action).__name__.lower()} {action_words(action.action)}"
    given, cls = write_action(action), cast(type, type(action))
    keys = (key for key in keys_of(cls) if key.attribute in given)
    words = (f" {key.name}={_written(given[key.attribute], duration=key.duration)}" for key in keys)
    return f"{given['do'].lower()}{''.join(words)}"


def _written(value: Any, *, duration: bool) -> str:
    return duration_of(value) if duration else spelled(value)
