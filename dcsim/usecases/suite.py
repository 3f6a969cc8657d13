"""A suite: all scenarios of some files and folders. What cannot be run is a result too, so that the others are run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from dcsim.files.disk import discover
from dcsim.files.findings import Finding, InputError
from dcsim.files.lint_common import Times
from dcsim.files.lint_steps import first_out_of_order
from dcsim.files.load import Case, addresses, load_scenarios
from dcsim.files.not_loaded import not_loaded
from dcsim.files.resolver import BUILTIN
from dcsim.files.yaml_scalars import write_moment
from dcsim.report.run_view import RunResult, error
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.shared_causes import Books, folded


@attrs.frozen
class Suite:
    """The cases, and the results of files that cannot be run, in order. ``not_loaded``: what looks like a scenario."""

    items: tuple[Case | RunResult, ...]
    not_loaded: tuple[Finding, ...] = ()

    @property
    def cases(self) -> tuple[Case, ...]:
        """Those that can be run."""
        return tuple(item for item in self.items if isinstance(item, Case))

    def only(self, chosen: Iterable[Case]) -> Suite:
        """This suite with these cases only; what cannot be run stays, for nobody knows whether it would be chosen."""
        wanted = set(map(id, chosen))
        items = (item for item in self.items if isinstance(item, RunResult) or id(item) in wanted)
        return attrs.evolve(self, items=tuple(items))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Why files cannot be run: each finding once, errors first. Warnings about built-in files are left out."""
        every = [finding for item in self.items if isinstance(item, RunResult) for finding in item.findings]
        own = sorted(filter(users_own, every), key=lambda finding: finding.severity != "error")
        # Scenarios that share a rulebook report its faults each time.
        return tuple(dict.fromkeys(own))

    def warnings(self, *, everything: bool) -> Iterator[Finding]:
        """Yield the warnings about files. Those about files that come with dcsim are for ``everything`` only."""
        for case in self.cases:
            yield from warnings_of(case, everything=everything)
            if everything:
                yield from _out_of_order(case)
        yield from self.not_loaded


def users_own(finding: Finding) -> bool:
    """Whether the user can correct the finding: an error, or a warning about a file that does not come with dcsim."""
    return finding.severity == "error" or not finding.path.startswith(BUILTIN)


def warnings_of(case: Case, *, everything: bool) -> Iterator[Finding]:
    """Yield the warnings about a case's files. Those about files that come with dcsim are for ``everything`` only."""
    return (warning for warning in case.warnings if everything or users_own(warning))


def _out_of_order(case: Case) -> Iterator[Finding]:
    """Tell that steps of different accounts do not stand in the order of time, which may be meant."""
    found = first_out_of_order(case.scenario.steps, Times(case.rulebook))
    if found and not any(warning.code == "DC188" for warning in case.warnings):
        _, step, before = found
        earlier, later = (f"'{write_moment(each.at)}' of {each.account}" for each in (step, before))
        message = f"{earlier} happens before {later}, which stands above it"
        yield Finding("DC189", step.file or case.path, step.line, 1, message)


def suite(paths: Iterable[Path], books: Books) -> Suite:
    """Load every scenario of some files and folders. InputError if the command would overwrite one of them."""
    paths = tuple(paths)
    items: list[Case | RunResult] = []
    loaded: dict[Path, None] = {}
    for path in paths:
        try:
            found = [file for file in discover([path]) if file not in loaded]
        except InputError as fault:
            items.append(error(str(path), fault.findings))
            continue
        loaded |= dict.fromkeys(found)
        for file in found:
            items += _cases(file, books)
    return Suite(tuple(folded(items, books)), tuple(not_loaded(paths, loaded)))


def _cases(file: Path, books: Books) -> list[Case | RunResult]:
    """The cases of a file, one or more, or why it has none. If some rows of a table can be run, they are."""
    try:
        return list(load_scenarios(file, books.rulebook, books.runbook, INVARIANT_NAMES, REFUSAL_CODES))
    except InputError as fault:
        if any(finding.code == "DC117" for finding in fault.findings):
            raise  # an output would replace an input: nothing may be run
        rows = addresses(file)
        each = [one for row in rows for one in _cases(Path(row), books)] if len(rows) > 1 else []
        if any(isinstance(one, Case) for one in each):
            return each
        return [error(str(file), tuple(filter(users_own, fault.findings)))]
