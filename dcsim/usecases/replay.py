"""Replay: apply the actions of traces to the pure step again, and run saved findings in the simulator again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from dcsim import __version__
from dcsim.files.disk import SUFFIXES, read_text, row_of
from dcsim.files.findings import Finding, InputError, unlocated
from dcsim.files.load import load_texts
from dcsim.harmless import from_json
from dcsim.report.replayed import Replayed, ReplayResult, Status
from dcsim.semantics.model import Model
from dcsim.trace.embedded import ID, extract
from dcsim.trace.jsonl import TraceError, edited_sources, parse
from dcsim.trace.replay import Divergence
from dcsim.trace.replay import replay as differs
from dcsim.usecases.findings_folder import MANIFEST
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.recheck import Saved, again, saved
from dcsim.usecases.request import Listen, Progress, ignore

TRACES = ".trace.jsonl"
PACK = "dcsim-audit"
"""The key by which the manifest of a pack is known (``dcsim.usecases.audit.manifest``)."""
PAGES = (".html", ".htm")
MOST_BYTES = 128 * 1024 * 1024
"""A trace of 2000 accounts has about a kilobyte for each event."""


def replay(paths: Iterable[Path], *, stop: Callable[[], int] = lambda: 0, listen: Listen = ignore) -> ReplayResult:
    """Replay traces, pages that carry traces, scenarios, and folders of them. Of a folder with a manifest, the listed
    findings are replayed; of a pack (``dcsim audit``), all its traces.

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
        results += [again(each)] if isinstance(each, Saved) else _traces(each)
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
    """Return the traces of a folder, and its pages that carry some; none where it also has scenarios or a manifest, for
    these come with traces.
    """
    if not folder.is_dir():
        return []
    if _is_pack(folder):
        return _traces_of_pack(folder)
    visible = (file for file in folder.rglob("*") if _plain(file, folder))
    if any(file.suffix in SUFFIXES or file.name == MANIFEST for file in visible):
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and _carries(path))


def _is_pack(folder: Path) -> bool:
    """Whether a folder holds a pack for a change board."""
    try:
        data = from_json(read_text(folder / MANIFEST))
    except (InputError, ValueError):
        return False
    return isinstance(data, dict) and PACK in data


def _traces_of_pack(pack: Path) -> list[Path]:
    """The traces of a pack: its runs with their pages, and its counterexamples."""
    parts = [file for folder in ("runs", "counterexamples") for file in sorted((pack / folder).rglob("*"))]
    found = [file for file in parts if file.is_file() and _carries(file)]
    if not found:
        raise unlocated("DC110", str(pack), "is a pack without any run, so there is no trace to replay")
    return found


def _carries(path: Path) -> bool:
    """Whether a file of a folder is a trace, or a page with a trace. A page that cannot be read is not passed over."""
    if path.suffix.lower() not in PAGES:
        return path.name.endswith(TRACES)
    try:
        return ID in read_text(path, MOST_BYTES)
    except InputError:
        return True


def _plain(path: Path, folder: Path) -> bool:
    """Whether no part of the path below the folder is hidden."""
    return not any(part.startswith(".") for part in path.relative_to(folder).parts)


def _traces(path: Path) -> Iterator[Replayed]:
    """Replay the traces of a file. What cannot be read becomes a result, so that the others are still replayed."""
    try:
        inside = _inside(path)
    except InputError as error:
        yield Replayed(kind="trace", path=str(path), status="ERROR", findings=error.findings)
        return
    for name, text, before in inside:
        try:
            status, says = _replayed(path, name, text, before)
        except InputError as error:
            yield Replayed(kind="trace", path=name, status="ERROR", findings=error.findings)
        else:
            yield Replayed(kind="trace", path=name, status=status, says=says)


def _inside(path: Path) -> list[tuple[str, str, int]]:
    """Return the traces of a file: what each is called, its text, and how many lines of the file are before it."""
    text = read_text(path, MOST_BYTES)
    if path.suffix.lower() not in PAGES:
        return [(str(path), text, 0)]
    try:
        traces = extract(text)
    except TraceError as error:
        raise InputError([Finding("DC118", str(path), error.line, 1, str(error))]) from None
    names = [str(path)] if len(traces) == 1 else [f"{path}#{trace.id}" for trace in traces]
    return [(name, trace.text, trace.line - 1) for name, trace in zip(names, traces, strict=True)]


def _replayed(path: Path, name: str, text: str, before: int) -> tuple[Status, tuple[str, ...]]:
    """Replay one trace. ``before``: the lines of its file before it, which count for the places of what is wrong."""
    try:
        head, events = parse(text)
        case = load_texts(head["sources"], INVARIANT_NAMES, REFUSAL_CODES)
        edited = edited_sources(head)
        practices = head.get("practices", True)
        model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=practices)
        difference = differs(model, case.scenario, head, events)
    except TraceError as error:
        raise InputError([Finding("DC118", str(path), before + error.line, 1, str(error))]) from None
    if edited:
        return "DIFFERS", (f"{name}: the header's digest of its {' and '.join(edited)} differs: the file was edited",)
    if difference is None:
        return "AS-RECORDED", (f"{name}: {len(events)} events replayed, all as recorded",)
    older = f"{name}: recorded by dcsim {head['version']}, replayed by {__version__}"
    return "DIFFERS", (*((older,) if head["version"] != __version__ else ()), *_difference(path, before, difference))


def _difference(path: Path, before: int, found: Divergence) -> tuple[str, str]:
    what = f"event {found.event}" if found.event else "the header"
    values = f"recorded {found.recorded}, replayed {found.replayed}"
    says = f"{path}:{before + found.event + 1}: {what} differs in its {found.field}: {values}"
    return says, f"  likely cause: {found.cause}"
