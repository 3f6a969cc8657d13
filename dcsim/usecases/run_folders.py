"""Folders into which runs are written, a file for each scenario: as traces, and in formats that other programs show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path

import attrs

from dcsim.files.disk import make_folder, save, save_parts
from dcsim.files.findings import InputError
from dcsim.files.load import Case
from dcsim.files.table_parts import can_be_table, table_parts
from dcsim.harmless import to_json
from dcsim.report.perfetto import perfetto
from dcsim.report.run_view import RunResult
from dcsim.report.text import some
from dcsim.semantics.model import Model
from dcsim.simulate.folded import folded
from dcsim.trace.event import Trace
from dcsim.trace.itf import write_itf
from dcsim.trace.jsonl import dump
from dcsim.trace.retake import retaken
from dcsim.trace.roster import Roster
from dcsim.usecases.account_results import COLUMNS
from dcsim.usecases.request import RequestError
from dcsim.usecases.run import RunOptions

MOST_RECORDS = 100_000
"""The most accounts times states of one file of ITF, in which each state holds every account: about 100 MB."""
MANY = 100_000
"""After so many rows of a table it is told how far it is."""
MOST_TRACKS = 100
"""With more accounts than this, tracks are of representatives: one for each history, and so many at most."""


def _trace(case: Case, options: RunOptions, trace: Trace) -> str:
    return "".join(dump(case.texts, options.seed, trace))


def _perfetto(case: Case, options: RunOptions, trace: Trace) -> str:
    model, size = _model(case, options), Roster(case.scenario).size
    if size > MOST_TRACKS:
        trace = _folded(case, options, trace)
    recorder = retaken(model, case.scenario, trace)
    return to_json(perfetto(model, case.scenario, recorder, trace, _shown(trace, recorder.roster)), compact=True) + "\n"


def _itf(case: Case, options: RunOptions, trace: Trace) -> str:
    if Roster(case.scenario).size * (len(trace.events) + 1) > MOST_RECORDS:
        trace = _folded(case, options, trace)
    kept, states = len(trace.histories) + len(trace.also), len(trace.events) + 1
    if trace.folded and kept * states > MOST_RECORDS:
        much = f"{some(kept, 'account')} that lived through something else, in {some(states, 'state')}"
        raise RequestError(f"--itf: {case.address} has {much}, which is too much for one file")
    return to_json(write_itf(_model(case, options), case.scenario, trace), indent=1) + "\n"


def _model(case: Case, options: RunOptions) -> Model:
    return Model(case.rulebook, case.runbook, case.scenario.policies, practices=options.practices)


def _folded(case: Case, options: RunOptions, trace: Trace) -> Trace:
    """Return the folded trace of a run: the events of representatives."""
    return trace if trace.folded else folded(_model(case, options), case.scenario, options.seed)


def _shown(trace: Trace, roster: Roster) -> dict[str, int]:
    """Return the accounts that have tracks, each with how many lived through the same. Those with something wrong come
    first, then those that stand for most.
    """
    if not trace.folded:
        return {roster.name(number): 1 for number in range(roster.size)}
    stand_for = {each.representative: each.accounts for each in trace.histories} | dict.fromkeys(trace.also, 1)
    wrong = {seen.account for seen in trace.broken} | {seen.account for seen in trace.failures}
    order = sorted(stand_for, key=lambda name: (name not in wrong, -stand_for[name]))
    return {name: stand_for[name] for name in order[:MOST_TRACKS]}


FORMATS: Mapping[str, tuple[str, Callable[[Case, RunOptions, Trace], str]]] = {
    "trace": (".trace.jsonl", _trace),
    "perfetto": (".perfetto.json", _perfetto),
    "itf": (".itf.json", _itf),
}
"""How the files of each format end, and how they are written."""


@attrs.define
class RunFolder:
    """A folder of files of one format. One command never writes two of the same name, even where case is ignored."""

    folder: Path
    form: str
    taken: set[str] = attrs.field(factory=set)

    def write(self, case: Case, options: RunOptions, trace: Trace) -> None:
        """Write one run."""
        end, text = FORMATS[self.form]
        path = self.folder / self._name(case, end)
        made = text(case, options, trace)
        make_folder(path.parent)
        save(path, made, ours=True)

    def _name(self, case: Case, end: str) -> str:
        parts = Path(case.path).with_suffix("").parts
        row = (str(case.row),) if case.row else ()
        name = "-".join(part for part in (*parts, *row) if part not in ("..", ".", "/"))
        names = (f"{name}{number}{end}" for number in chain([""], (f"-{n}" for n in count(2))))
        # Paths that differ only in folders or case can give one name; numbers keep the files apart.
        fresh = next(other for other in names if other.casefold() not in self.taken)
        self.taken.add(fresh.casefold())
        return fresh


@attrs.define
class RunFolders:
    """All folders into which a command writes its runs.

    ``unwritten`` is the first error of writing. After it, no more runs are written, but they go on. ``tables`` give the
    rows of the table of accounts, run by run.
    """

    options: RunOptions
    folders: tuple[RunFolder, ...]
    unwritten: InputError | RequestError | None = None
    tables: list[Callable[[], Iterator[tuple[str, ...]]]] = attrs.field(factory=list)

    def write(self, case: Case, run_: RunResult) -> None:
        """Write a run into each folder."""
        if run_.account_rows:
            self.tables.append(run_.account_rows)
        if self.unwritten:
            return
        assert run_.trace is not None
        try:
            for folder in self.folders:
                folder.write(case, self.options, run_.trace)
        except (InputError, RequestError) as fault:
            self.unwritten = fault

    def finish(self, tell: Callable[[str], None] = lambda _: None) -> InputError | RequestError | None:
        """Write the table of the accounts of all runs, if one is wanted; ``tell`` hears how far that is.

        Return the first error of writing, if any.
        """
        if self.options.results and not self.unwritten:
            try:
                save_parts(self.options.results, table_parts(self.options.results, COLUMNS, self._rows(tell)))
            except InputError as fault:
                self.unwritten = fault
            tell("")
        return self.unwritten

    def _rows(self, tell: Callable[[str], None]) -> Iterator[tuple[str, ...]]:
        for number, row in enumerate(chain.from_iterable(table() for table in self.tables)):
            if number and number % MANY == 0:
                tell(f"writing {self.options.results}: {number:,} rows")
            yield row


def run_folders(options: RunOptions, named: Mapping[str, Path | None]) -> RunFolders:
    """Return the folders that are named, by format. InputError for a table of accounts that cannot be written."""
    if options.results:
        can_be_table(options.results)
    return RunFolders(options, tuple(RunFolder(path, form) for form, path in named.items() if path))
