"""Reconcile: hold a real test day, its log and its dump, against the prediction."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from dcsim.domain.actions import Logon
from dcsim.domain.moment import clock, instant, moment
from dcsim.domain.runbook import Runbook
from dcsim.files.findings import Finding, InputError, unlocated
from dcsim.files.load import Case
from dcsim.files.mapping import MappedColumn, TableMap
from dcsim.files.resolver import from_file
from dcsim.files.yaml_nodes import without_collector
from dcsim.report.reconcile import Reconciliation
from dcsim.report.text import some
from dcsim.semantics.model import Model
from dcsim.usecases.predict import requested_instant, requested_site
from dcsim.usecases.reconcile import clocks
from dcsim.usecases.reconcile.day import TestDay, day_of
from dcsim.usecases.reconcile.dump import read_dump, secret_fields
from dcsim.usecases.reconcile.explain import Explainer, tolerance_note
from dcsim.usecases.reconcile.hypotheses import unfit
from dcsim.usecases.reconcile.labels import Starts, Veil, constants, own_words, salt_of
from dcsim.usecases.reconcile.log import LogReader
from dcsim.usecases.reconcile.redact import redact
from dcsim.usecases.reconcile.summary import Summary
from dcsim.usecases.reconcile.trial import DumpPlace, HistoryVerdict, Trial, whole
from dcsim.usecases.reconcile.unknown_words import UnknownWords

MOST_NAMES = 5


@attrs.frozen(kw_only=True)
class ReconcileOptions:
    """How a day is reconciled.

    ``at`` and ``site``: when and where the dump was taken; by default, when the last session opens, at its site.
    ``tolerance`` is how far a clock of the log may be off, in milliseconds. ``salt`` is that of hashes (empty: drawn).
    ``runbooks`` are tried as explanations, beside those that come with dcsim. ``redact``: the folder for copies of both
    files in which secrets are hashes.
    """

    at: str | None = None
    site: str | None = None
    tolerance: int = 5000
    salt: str = ""
    runbooks: Sequence[Runbook] = ()
    redact: Path | None = None


@without_collector()
def reconcile(
    case: Case, log: Path, dump: Path | None, mapping: TableMap | None = None, options: ReconcileOptions | None = None
) -> Reconciliation:
    """Hold the log and the dump of a real day against what the model says of the scenario's accounts."""
    mapping, options = mapping or TableMap(), options or ReconcileOptions()
    for runbook in options.runbooks:
        flaws = unfit(runbook, case.rulebook)
        if flaws:
            raise InputError(Finding(f.code, runbook.runbook, 0, 0, f.message, hint=f.hint) for f in flaws)
    salt = salt_of(options.salt) if options.salt else os.urandom(32)
    if options.redact:
        redact(options.redact, log, dump, mapping, case, salt)
    # The invariants are not looked at in the run: the dump is held against the promise afterwards.
    model = Model(case.rulebook, case.runbook, case.scenario.policies, only=frozenset(), practices=False)
    target = _target(model, options)
    reader = LogReader(log, mapping.log, case.rulebook)
    day = _day(case, model, reader, dump, mapping, salt, options)
    trial, notes = _compared(day, target, options.tolerance)
    day, unlike = trial.day, dict(_unlike(trial))
    summary = Summary(day, target, trial)
    explained = Explainer(trial, unlike, options.tolerance, options.runbooks, summary.show).explain()
    for account in explained.within:
        del unlike[account]
    if explained.within:
        notes.append(tolerance_note(len(explained.within), options.tolerance))
    for account, answer in unlike.items():
        summary.add(account, answer, explained.why.get(account))
    found = _result(case, day, target, unlike, summary, reader)
    return attrs.evolve(
        found,
        explanations=tuple(explained.best),
        others=tuple(explained.others),
        unexplained=len(unlike.keys() - explained.why.keys()),
        notes=(*notes, *_elsewhere(day, reader), *explained.notes),
    )


def _compared(day: TestDay, target: DumpPlace, tolerance: int) -> tuple[Trial, list[str]]:
    """The day under the scenario's own model, once the clock of the log is right; with a note if it was not."""
    trial = whole(day, day.model, target, day.rows)
    unlike = dict(_unlike(trial))
    by, edges = clocks.offset(day, unlike.values(), tolerance)
    # At one edge alone, the operator may as well have been late or early: then it is one hypothesis among others.
    if by and edges > 1:
        right = day.by_clock(by)
        again = whole(right, right.model, target, right.rows)
        left = dict(_unlike(again))
        if len(left) < len(unlike) and left.keys() <= unlike.keys() and not clocks.offset(right, left.values(), 0)[0]:
            return again, [f"the log's clock seems {clocks.words(by)}, and is taken as if it were right"]
    return trial, []


def read_salt(path: Path) -> str:
    """The salt that a file holds. InputError where it holds none."""
    salt = from_file(path).text
    if not salt.strip():
        raise unlocated("DC109", str(path), "the file holds no salt", "write some random words into it")
    return salt


def _target(model: Model, options: ReconcileOptions) -> DumpPlace:
    at, session = requested_instant(model.rulebook, options.at)
    site = requested_site(model, options.site or model.session(session).site)
    return DumpPlace(at, session, site, instant(moment(f"{session} opens"), model.rulebook))


def _day(
    case: Case,
    model: Model,
    reader: LogReader,
    dump: Path | None,
    mapping: TableMap,
    salt: bytes,
    options: ReconcileOptions,
) -> TestDay:
    secrets = secret_fields(case.rulebook)
    kept = constants(case.rulebook, [case.runbook, *options.runbooks])
    words = {*own_words(case.scenario, secrets), *kept, *_mapped_words(mapping)}
    # A file can only have been redacted with a salt that was kept.
    starts = Starts(secrets, kept, salt if options.salt else None)
    day = day_of(model, case.scenario, starts, Veil.of(words, salt, redacted=bool(options.salt)), secrets)
    day.add_log(reader.read())
    if not day.rows:
        raise InputError([Finding("DC198", str(reader.path), 0, 0, "no row is an act of an account of the scenario")])
    if dump:
        day.add_dump(read_dump(dump, mapping.dump, case.rulebook, day.numbers))
        if not day.held:
            raise InputError([Finding("DC198", str(dump), 0, 0, "no row is of an account of the scenario")])
    return day


def _mapped_words(mapping: TableMap) -> Iterator[str]:
    """The values for which cells of secrets and values stand: they are words of the user's own file."""
    columns: list[MappedColumn] = [*(mapping.log.arguments or {}).values(), *(mapping.dump.fields or {}).values()]
    return (str(value) for column in columns for value in column.values.values())


def _unlike(trial: Trial) -> Iterator[tuple[int, HistoryVerdict]]:
    """The accounts that do not match, with what differs."""
    for account in range(len(trial.day.names)):
        answer = trial.answer(account, account, trial.day.history)
        if not answer.matches:
            yield account, answer


def _elsewhere(day: TestDay, reader: LogReader) -> Iterator[str]:
    """Rows with a text that a logon shows, but not this act in this session."""
    book, found = day.model.rulebook, UnknownWords()
    for row, text in reader.displayed:
        session, number = book.by_name.get(day.interval(row.at - day.ahead)), day.numbers.get(row.account)
        kind = day.members[number].profile.kind if number is not None else ""
        if number is not None and not (
            session and issubclass(row.template.cls, Logon) and session.shows.get(kind) == text
        ):
            found.add(text, row.line)
    what = "the log with a text that a logon shows, but not this act there, and taken as accepted"
    yield from found.told(what, lambda text: f"“{text}”")


def _result(
    case: Case, day: TestDay, target: DumpPlace, unlike: dict[int, HistoryVerdict], summary: Summary, reader: LogReader
) -> Reconciliation:
    book = case.rulebook
    acts = sorted((act for answer in unlike.values() for act in answer.unlike), key=lambda act: (act.at, act.line))
    first = acts[0] if acts else None
    who = next((day.names[n] for n, answer in unlike.items() if first in answer.unlike), "")
    took_part = {row[1] for row in day.rows} | set(day.held)
    wrong = sum(1 for account, answer in unlike.items() if answer.fields and account in day.held)
    return Reconciliation(
        name=case.scenario.scenario,
        rulebook=book.rulebook,
        runbook=case.runbook.runbook,
        target=f"{target.site}, {clock(target.at, book)}",
        lines=len(day.rows),
        matched=len(day.rows) - len(acts),
        until=day.clock(first.at) if first else "",
        first=f"line {first.line}, {who}" if first else "",
        accounts=len(took_part),
        whole=len(took_part) - len(unlike),
        dumped=len(day.held),
        as_predicted=len(day.held) - wrong,
        differences=summary.rows,
        incomplete=tuple(_left_out(day, reader)),
        unread=tuple(_unread(day, reader)),
        unlike=tuple(summary.accounts),
        alike=tuple(day.names[account] for account in sorted(took_part - unlike.keys())),
    )


def _left_out(day: TestDay, reader: LogReader) -> Iterator[str]:
    """What of the files could not be used, with counts."""
    show = day.veil.show
    yield from day.strange.told("the log of an account that the scenario does not know", show)
    yield from day.strange_in_dump.told("the dump of an account that the scenario does not know", show)
    yield from reader.strange_acts.told("the log with an act that neither dcsim nor the mapping knows", show)


def _unread(day: TestDay, reader: LogReader) -> Iterator[str]:
    """What of the files says less than it should, with counts."""
    yield from reader.strange_outcomes.told(
        "the log with an outcome that is not understood, and taken as not recorded", day.veil.show
    )
    missing = [name for number, name in enumerate(day.names) if number not in day.held] if day.held else []
    if missing:
        more = ", ..." if len(missing) > MOST_NAMES else ""
        names = ", ".join(missing[:MOST_NAMES])
        yield f"{some(len(missing), 'account')} of the scenario that the dump lacks: {names}{more}"
