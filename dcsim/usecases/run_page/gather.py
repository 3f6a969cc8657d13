"""Gathers what the page of a run is made from: the run, what its accounts went through, and what the page is about."""

from __future__ import annotations

from functools import cached_property

import attrs

from dcsim.domain.account import BASELINE
from dcsim.domain.faults import Fault
from dcsim.domain.moment import instant, moment
from dcsim.domain.rulebook import Rulebook
from dcsim.files.load import Case
from dcsim.report.pages.palette import Palette
from dcsim.report.run_view import RunResult
from dcsim.semantics.model import Model
from dcsim.trace.event import Broken, Failure, Trace
from dcsim.trace.lineage import AccountStage, stages_of
from dcsim.trace.places import held
from dcsim.trace.recorder import Recorder
from dcsim.trace.verdict import verdict
from dcsim.usecases.predict import requested_account, requested_field
from dcsim.usecases.run import RunOptions, recorded
from dcsim.usecases.run_page.gravity import gravity


@attrs.frozen(kw_only=True)
class Focus:
    """What a page is about: one field of one account, at the site where a session opens, at an instant.

    ``expected`` and ``found`` are the values in words; both are empty where nothing is wrong.
    """

    account: str
    field: str
    session: str
    site: str
    at: int
    expected: str = ""
    found: str = ""


@attrs.frozen(kw_only=True, eq=False)
class RunEvidence:
    """A run with everything that a page says of it. ``focus`` is None where no account takes part.

    ``asked``: an account or a field was asked for.
    """

    case: Case
    options: RunOptions
    model: Model
    result: RunResult
    recorder: Recorder
    focus: Focus | None
    asked: bool = False

    @property
    def trace(self) -> Trace:
        """The run's trace."""
        assert self.result.trace is not None
        return self.result.trace

    @property
    def book(self) -> Rulebook:
        """The rulebook."""
        return self.case.rulebook

    def stages(self, account: str) -> tuple[AccountStage, ...]:
        """What an account went through."""
        return stages_of(self.recorder, account)

    @property
    def unused_faults(self) -> tuple[Fault, ...]:
        """The faults and slips of the scenario that never happened."""
        given = self.case.scenario.faults
        told = (n.notice.where for n in self.trace.noticed if n.notice.kind == "fault-unused")
        return tuple(given[int(where.split()[1]) - 1] for where in told)

    @cached_property
    def palette(self) -> Palette:
        """The tones of the values of the field that the page is about."""
        field = self.focus.field if self.focus else ""
        cells = (cell for stage in self.focused for cell in held(stage.lane, field).values())
        return Palette(tuple(dict.fromkeys(cell.value for cell in cells if cell.value is not None)))

    @cached_property
    def focused(self) -> tuple[AccountStage, ...]:
        """What the account went through that the page is about."""
        return self.stages(self.focus.account) if self.focus else ()


def gather(case: Case, options: RunOptions, account: str | None = None, field: str | None = None) -> RunEvidence:
    """Run a scenario and keep what its accounts went through; of very many, a representative of each history.

    ``account`` and ``field`` say what the page is about; by default, what went wrong first. RequestError where the
    scenario has no such account, or accounts have no such field.
    """
    if account is not None:
        requested_account(case.scenario, account)
    if field is not None:
        requested_field(case.scenario, field)
    model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=options.practices)
    result, recorder = recorded(case, attrs.evolve(options, tracing=True, account=account, figures=True))
    assert result.trace is not None
    focus = _focus(model, case, result.trace, recorder, account, field)
    asked = bool(account or field)
    return RunEvidence(
        case=case, options=options, model=model, result=result, recorder=recorder, focus=focus, asked=asked
    )


# -- what the page is about ----------------------------------------------------------------------------------------


def _focus(
    model: Model, case: Case, trace: Trace, recorder: Recorder, account: str | None, field: str | None
) -> Focus | None:
    wrong = (*_from_broken(model, case, trace), *_from_failures(trace))
    asked = (
        f for f in (*wrong, *_changed(model, recorder)) if account in (None, f.account) and field in (None, f.field)
    )
    return next((f for f in asked if followed(recorder, f.account)), _unchanged(model, recorder, account, field))


def _unchanged(model: Model, recorder: Recorder, account: str | None, field: str | None) -> Focus | None:
    """Return the focus that was asked for where nothing is wrong with it and no act changed it."""
    if account is None and field is None:
        return None
    last = max(model.rulebook.sessions, key=lambda session: session.opens)
    at = instant(moment(f"{last.name} opens"), model.rulebook)
    who = account or recorder.roster.name(min(recorder.watch) if recorder.watch else 0)
    return Focus(account=who, field=field or "password", session=last.name, site=last.site, at=at)


def followed(recorder: Recorder, account: str) -> bool:
    """Whether it was kept what an account went through."""
    return recorder.watch is None or recorder.roster.numbers(account)[0] in recorder.watch


def _from_broken(model: Model, case: Case, trace: Trace) -> tuple[Focus, ...]:
    """Return what unexpected violations are about, the gravest first; then what the expected ones are about."""
    unexpected = verdict(case.scenario, trace).unexpected
    about = (b for b in trace.broken if b.violation.cell)
    ordered = sorted(about, key=lambda b: (b not in unexpected, gravity(b)))
    return tuple(focus_of(model, broken) for broken in ordered)


def focus_of(model: Model, broken: Broken) -> Focus:
    """Return what a violation is about. It must be about one field's value."""
    assert broken.violation.cell
    site, field = broken.violation.cell
    return Focus(
        account=broken.account,
        field=field,
        session=session_from(model.rulebook, broken.at),
        site=site,
        at=broken.at,
        expected=broken.violation.expected,
        found=broken.violation.actual,
    )


def _from_failures(trace: Trace) -> tuple[Focus, ...]:
    """Return what the expectations about fields are about that were not met."""
    return tuple(focus_of_failure(failure) for failure in trace.failures if failure.field)


def focus_of_failure(failure: Failure) -> Focus:
    """Return what an expectation is about. It must be about one field's value."""
    return Focus(
        account=failure.account,
        field=failure.field,
        session=failure.target,
        site=failure.site,
        at=failure.at,
        expected=failure.expected,
        found=failure.actual,
    )


def is_about(seen: Broken | Failure, focus: Focus) -> bool:
    """Whether a violation, or an expectation that was not met, is about a value at an instant."""
    where = seen.violation.cell if isinstance(seen, Broken) else (seen.site, seen.field)
    return (seen.account, seen.at, where) == (focus.account, focus.at, (focus.site, focus.field))


def _changed(model: Model, recorder: Recorder) -> tuple[Focus, ...]:
    """Return each field that an act changed, at the opening of the last session: what a passing run is about.

    Fields that were changed in several sessions come first, because the rules decide between their values.
    """
    book = model.rulebook
    last = max(book.sessions, key=lambda session: session.opens)
    at = instant(moment(f"{last.name} opens"), book)
    origins: dict[tuple[str, str], set[str]] = {}
    for event in recorder.events:
        for change in event.changes if event.at <= at else ():
            origins.setdefault((event.account, change.field), {BASELINE}).add(change.after.origin)
    most = sorted(origins, key=lambda cell: -len(origins[cell]))
    return tuple(Focus(account=a, field=f, session=last.name, site=last.site, at=at) for a, f in most)


def session_from(book: Rulebook, at: int) -> str:
    """Return the session that has opened last at an instant, or the first one."""
    ordered = sorted(book.sessions, key=lambda session: session.opens)
    opened = [each.name for each in ordered if instant(moment(f"{each.name} opens"), book) <= at]
    return opened[-1] if opened else ordered[0].name
