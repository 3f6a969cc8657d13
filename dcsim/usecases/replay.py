"""Replay: apply the actions of traces to the pure step again, and run saved findings in the simulator again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from dcsim import __version__
from dcsim.files.disk import SUFFIXES, read_text, row_of
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import load_texts
from dcsim.report.replayed import Replayed, ReplayResult, Status
from dcsim.semantics.model import Model
from dcsim.trace.jsonl import TraceError, edited_sources, parse
from dcsim.trace.replay import Divergence
from dcsim.trace.replay import replay as differs
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.recheck import Saved, again, saved
from dcsim.usecases.request import Listen, Progress, ignore

TRACES = ".trace.jsonl"


def replay(paths: Iterable[Path], *, stop: Callable[[], int] = lambda: 0, listen: Listen = ignore) -> ReplayResult:
    """Replay traces, scenarios, and folders of either. Of a folder with a manifest, the listed findings are replayed.

    InputError lists everything that is wrong with the paths; it is raised before anything is replayed.
    """
    started = time.perf_counter()
    traces, findings = _sorted(paths)
    todo: list[Path | Saved] = [*traces, *findings]
    results: list[Replayed] = []
    for number, each in enumerate(todo):
        listen(Progress("replaying", number, len(todo)))
        if stop():
            break
        results.append(again(each) if isinstance(each, Saved) else _trace(each))
    seconds = time.perf_counter() - started
    return ReplayResult(results=tuple(results), seconds=seconds, interrupted=stop() > 0)


def _sorted(paths: Iterable[Path]) -> tuple[list[Path], list[Saved]]:
    """Separate the paths into traces and findings. InputError lists everything that is wrong with any path."""
    traces, findings, wrong = list[Path](), list[Saved](), list[Finding]()
    for path in paths:
        try:
            inside = _traces_in(path)
            if inside:
                traces += inside
            elif path.is_dir() or row_of(path)[0].suffix in (*SUFFIXES, ".json"):
                findings += saved(path)
            else:
                traces.append(path)
        except InputError as error:
            wrong += error.findings
    if wrong:
        raise InputError(wrong)
    return traces, findings


def _traces_in(folder: Path) -> list[Path]:
    """Return the traces of a folder; none where it also has scenarios or a manifest, for these come with traces."""
    if not folder.is_dir():
        return []
    visible = (file for file in folder.rglob("*") if _plain(file, folder))
    if any(file.suffix in (*SUFFIXES, ".json") for file in visible):
        return []
    return sorted(path for path in folder.glob(f"*{TRACES}") if path.is_file())


def _plain(path: Path, folder: Path) -> bool:
    """Whether no part of the path below the folder is hidden."""
    return not any(part.startswith(".") for part in path.relative_to(folder).parts)


def _trace(path: Path) -> Replayed:
    """Replay one trace. A fault of its file becomes a result, so that the other traces are still replayed."""
    try:
        status, says = _replayed(path)
    except InputError as error:
        return Replayed(kind="trace", path=str(path), status="ERROR", findings=error.findings)
    return Replayed(kind="trace", path=str(path), status=status, says=says)


def _replayed(path: Path) -> tuple[Status, tuple[str, ...]]:
    try:
        head, events = parse(read_text(path))
        case = load_texts(head["sources"], INVARIANT_NAMES, REFUSAL_CODES)
        edited = edited_sources(head)
        model = Model(case.rulebook, case.runbook, case.scenario.policies)
        difference = differs(model, case.scenario, head, events)
    except TraceError as error:
        raise InputError([Finding("DC118", str(path), error.line, 1, str(error))]) from None
    if edited:
        return "DIFFERS", (f"{path}: the header's digest of its {' and '.join(edited)} differs: the file was edited",)
    if difference is None:
        return "AS-RECORDED", (f"{path}: {len(events)} events replayed, all as recorded",)
    older = f"{path}: recorded by dcsim {head['version']}, replayed by {__version__}"
    return "DIFFERS", (*((older,) if head["version"] != __version__ else ()), *_difference(path, difference))


def _difference(path: Path, found: Divergence) -> tuple[str, str]:
    what = f"event {found.event}" if found.event else "the header"
    values = f"recorded {found.recorded}, replayed {found.replayed}"
    says = f"{path}:{found.event + 1}: {what} differs in its {found.field}: {values}"
    return says, f"  likely cause: {found.cause}"
