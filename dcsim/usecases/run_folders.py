"""Folders into which runs are written, a file for each scenario: as traces, and in formats that other programs show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain, count
from pathlib import Path

import attrs

from dcsim.files.disk import make_folder, save
from dcsim.files.findings import InputError
from dcsim.files.load import Case
from dcsim.harmless import to_json
from dcsim.report.run_view import RunResult
from dcsim.report.text import some
from dcsim.semantics.model import Model
from dcsim.trace.event import Trace
from dcsim.trace.itf import write_itf
from dcsim.trace.jsonl import dump
from dcsim.trace.roster import Roster
from dcsim.usecases.request import RequestError
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_tracks import perfetto_of

MOST_ACCOUNTS = 2000
"""Each state of ITF holds every account, so runs of more accounts are refused."""
MOST_RECORDS = 200_000
"""The most accounts times states of one file of ITF, which then has about 100 MB."""


def _trace(case: Case, options: RunOptions, trace: Trace) -> str:
    return "".join(dump(case.texts, options.seed, trace))


def _perfetto(case: Case, options: RunOptions, trace: Trace) -> str:
    return to_json(perfetto_of(case, options, trace), compact=True) + "\n"


def _itf(case: Case, options: RunOptions, trace: Trace) -> str:
    size = Roster(case.scenario).size
    if size * (len(trace.events) + 1) > MOST_RECORDS:
        states = some(len(trace.events) + 1, "state")
        raise RequestError(f"--itf: {case.address} has {some(size, 'account')} in {states}, which is too much")
    model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=options.practices)
    return to_json(write_itf(model, case.scenario, trace), indent=1) + "\n"


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

    ``unwritten`` is the first error of writing. After it, no more runs are written, but they go on.
    """

    options: RunOptions
    folders: tuple[RunFolder, ...]
    unwritten: InputError | RequestError | None = None

    def write(self, case: Case, run_: RunResult) -> None:
        """Write a run into each folder."""
        if self.unwritten:
            return
        assert run_.trace is not None
        try:
            for folder in self.folders:
                folder.write(case, self.options, run_.trace)
        except (InputError, RequestError) as fault:
            self.unwritten = fault


def run_folders(cases: Iterable[Case], options: RunOptions, named: Mapping[str, Path | None]) -> RunFolders:
    """Return the folders that are named, by format. RequestError if a run does not fit into one of them."""
    folders = tuple(RunFolder(path, form) for form, path in named.items() if path)
    for case in cases if named.get("itf") else ():
        size = Roster(case.scenario).size
        if size > MOST_ACCOUNTS:
            raise RequestError(
                f"--itf: {case.address} has {size:,} accounts; each state holds all, {MOST_ACCOUNTS:,} at most"
            )
    return RunFolders(options, folders)
