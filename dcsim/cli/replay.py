"""`dcsim replay`: traces once more through the pure step, and saved findings through the simulator."""

from __future__ import annotations

import time
from pathlib import Path

import click

from dcsim import __version__
from dcsim.cli import terminal
from dcsim.cli.exit_codes import FINDING, PASSED, USAGE
from dcsim.cli.parameters import PATH
from dcsim.files.disk import SUFFIXES, read_text
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import load_texts
from dcsim.semantics.model import Model
from dcsim.trace.jsonl import TraceError, edited_sources, parse
from dcsim.trace.replay import replay
from dcsim.usecases.recheck import Saved, again, saved
from dcsim.usecases.vocabulary import INVARIANT_NAMES, REFUSAL_CODES

STYLES = {"FIXED": "good", "FAILED": "bad", "ERROR": "bad"}
CODES = {"FIXED": PASSED, "FAILED": FINDING, "ERROR": USAGE}
TRACES = ".trace.jsonl"


@click.command("replay")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
def command(paths: tuple[Path, ...]) -> int:
    """Re-execute traces, and run saved findings again: which are fixed, and which still fail.

    A PATH is a trace, a scenario, or a folder: of findings that `dcsim fuzz --save` wrote, of scenarios, or of traces.
    A trace is held against the pure step, event by event. A scenario is FIXED when it no longer breaks the invariant
    that it was saved for, else FAILED, or an ERROR when it cannot be run.
    """
    started = time.perf_counter()
    traces, found = _sorted(paths)
    codes = [_guarded(trace) for trace in traces]
    counts = dict.fromkeys(STYLES, 0)
    for finding in found:
        counts[_tell(finding)] += 1
    if found:
        told = f"{counts['FIXED']} fixed, {counts['FAILED']} failed, {counts['ERROR']} errors"
        terminal.say(f"{told} in {time.perf_counter() - started:.2f} s")
    return max([*codes, *(CODES[status] for status, number in counts.items() if number)], default=PASSED)


def _sorted(paths: tuple[Path, ...]) -> tuple[list[Path], list[Saved]]:
    """Traces, and findings; all that is wrong with any of the paths at once."""
    traces: list[Path] = []
    found: list[Saved] = []
    wrong: list[Finding] = []
    for path in paths:
        try:
            inside = _traces_in(path)
            if inside:
                traces += inside
            elif path.is_dir() or path.suffix in (*SUFFIXES, ".json"):
                found += saved(path)
            else:
                traces.append(path)
        except InputError as error:
            wrong += error.findings
    if wrong:
        raise InputError(wrong)
    return traces, found


def _traces_in(folder: Path) -> list[Path]:
    """The traces of a folder that holds nothing else."""
    if not folder.is_dir() or any(f.suffix in (*SUFFIXES, ".json") for f in folder.rglob("*") if _plain(f, folder)):
        return []
    return sorted(path for path in folder.glob(f"*{TRACES}") if path.is_file())


def _plain(path: Path, folder: Path) -> bool:
    return not any(part.startswith(".") for part in path.relative_to(folder).parts)


# -- findings ------------------------------------------------------------------------------------------------------


def _tell(finding: Saved) -> str:
    """Run a finding again and say what came of it; its status."""
    refound = again(finding)
    invariant = f"  {finding.invariant}" if finding.invariant else ""
    terminal.say_line(f"{terminal.paint(f'{refound.status:<6}', STYLES[refound.status])}  {finding.path}{invariant}")
    for line in refound.says:
        terminal.say_line(f"  {line}")
    return refound.status


# -- traces --------------------------------------------------------------------------------------------------------


def _guarded(path: Path) -> int:
    """Replay one trace; what is wrong with it keeps none of the others from being replayed."""
    try:
        return _trace(path)
    except InputError as error:
        terminal.complain(*error.findings)
        return USAGE


def _trace(path: Path) -> int:
    try:
        head, events = parse(read_text(path))
        case = load_texts(head["sources"], INVARIANT_NAMES, REFUSAL_CODES)
        edited = edited_sources(head)
        model = Model(case.rulebook, case.runbook, case.scenario.policies)
        difference = replay(model, case.scenario, head, events)
    except TraceError as error:
        raise InputError([Finding("DC118", str(path), error.line, 1, str(error))]) from None
    if edited:
        terminal.say_line(f"{path}: the header's digest of its {' and '.join(edited)} differs: the file was edited")
        return FINDING
    if difference is None:
        terminal.say_line(f"{path}: {len(events)} events replayed, all as recorded")
        return PASSED
    if head["version"] != __version__:
        terminal.say_line(f"{path}: recorded by dcsim {head['version']}, replayed by {__version__}")
    what = f"event {difference.event}" if difference.event else "the header"
    terminal.say_line(
        f"{path}:{difference.event + 1}: {what} differs in its {difference.field}: "
        f"recorded {difference.recorded}, replayed {difference.replayed}"
    )
    terminal.say(f"  likely cause: {difference.cause}")
    return FINDING
