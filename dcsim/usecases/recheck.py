"""Run saved findings again: does each still break its invariant, and which steps behave differently?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from typing import Any

import attrs

from dcsim.domain.moment import clock
from dcsim.files.disk import discover, read_text, row_of
from dcsim.files.findings import InputError, suggest, unlocated
from dcsim.files.load import Case, addresses, load_scenario
from dcsim.harmless import from_json
from dcsim.report.figures import not_met
from dcsim.report.replayed import Replayed, Status
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import QUIET_ABOVE, simulate
from dcsim.trace.event import Trace
from dcsim.trace.jsonl import TraceError, parse, text_digest, write_event
from dcsim.trace.roster import Roster
from dcsim.trace.verdict import verdict
from dcsim.usecases.findings_folder import FORMAT, MANIFEST, recovered
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES

MOST_LISTED = 20
"""The most steps with another outcome that are listed. The rest is counted."""


@attrs.frozen
class Saved:
    """A saved scenario and the invariant that it broke. An empty name stands for any invariant."""

    path: Path
    invariant: str = ""


def saved(path: Path) -> list[Saved]:
    """Return the findings of a file or folder: those of its manifest, or every scenario if it has no manifest."""
    manifest = path / MANIFEST if path.is_dir() else path
    if path.suffix == ".json" or (path.is_dir() and manifest.is_file()):
        return list(_listed(manifest))
    return [Saved(Path(address)) for found in discover([path]) for address in addresses(found)]


# -- the manifest --------------------------------------------------------------------------------------------------


def _listed(manifest: Path) -> Iterator[Saved]:
    data = _object(manifest)
    if data.get("dcsim-findings") != FORMAT or isinstance(data.get("dcsim-findings"), bool):  # true equals 1
        message = f"expected 'dcsim-findings': {FORMAT}, found {json.dumps(data.get('dcsim-findings'))}"
        raise unlocated("DC110", str(manifest), message)
    entries = data.get("findings")
    if not isinstance(entries, list):
        raise unlocated("DC107", str(manifest), "'findings' is not a list")
    for number, entry in enumerate(entries, start=1):
        yield _entry(manifest, number, entry)
    # A campaign that was killed may have written a finding that it had only announced.
    for entry in recovered(manifest.parent) if manifest.name == MANIFEST else ():
        if entry not in entries:
            yield _entry(manifest, 0, entry)


def _object(manifest: Path) -> Mapping[str, Any]:
    try:
        data = from_json(read_text(manifest))
    except ValueError as error:
        raise unlocated("DC108", str(manifest), f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise unlocated("DC108", str(manifest), f"expected an object, found {type(data).__name__}")
    return data


def _entry(manifest: Path, number: int, entry: Any) -> Saved:
    place = f"finding {number}"
    if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in ("file", "invariant")):
        raise unlocated("DC107", str(manifest), f"{place} has no 'file' and 'invariant' that are text")
    name = PurePosixPath(entry["file"])
    if not name.parts or name.is_absolute() or ".." in name.parts:
        raise unlocated("DC109", str(manifest), f"{place}: '{entry['file']}' is no file of this folder")
    return Saved(manifest.parent / name, entry["invariant"])


# -- again ---------------------------------------------------------------------------------------------------------


def again(finding: Saved) -> Replayed:
    """Run a finding again."""
    status, says = _again(finding)
    return Replayed(kind="finding", path=str(finding.path), status=status, invariant=finding.invariant, says=says)


def _again(finding: Saved) -> tuple[Status, tuple[str, ...]]:
    if finding.invariant and finding.invariant not in INVARIANT_NAMES:
        hint = suggest(finding.invariant, INVARIANT_NAMES)
        return ("ERROR", (f"no invariant is called '{finding.invariant}'{hint and '; '}{hint}",))
    try:
        case = load_scenario(finding.path, invariants=INVARIANT_NAMES, refusals=REFUSAL_CODES)
        model = Model(case.rulebook, case.runbook, case.scenario.policies)
        trace = simulate(model, case.scenario)
    except InputError as error:
        return ("ERROR", tuple(str(found) for found in error.findings if found.severity == "error"))
    except Exception as error:  # noqa: BLE001 - one finding must not stop the others
        return ("ERROR", (f"cannot be run: {error!r}",))
    broken = tuple(_broken(finding, case, trace))
    return "FAILED" if broken else "FIXED", (*broken, *_differences(finding.path, case, trace))


def _broken(finding: Saved, case: Case, trace: Trace) -> Iterator[str]:
    """Yield what is still wrong: breaks of the finding's invariant; where none is known, all that is unexpected."""
    scenario = case.scenario
    invariant = finding.invariant or (scenario.scenario if scenario.scenario in INVARIANT_NAMES else "")
    result = verdict(scenario, trace)
    reported = set()
    for broken in trace.broken if invariant else result.unexpected:
        name = broken.violation.invariant
        if name in reported or (invariant and name != invariant):
            continue
        reported.add(name)
        who = f"{broken.account}, " if broken.account else ""
        yield (
            f"{name}: {who}{broken.violation.where} at {clock(broken.at, case.rulebook)}: "
            f"expected {broken.violation.expected}, found {broken.violation.actual}"
        )
    if not invariant:
        for failure in trace.failures:
            yield f"{failure.account}, {failure.where}: expected {failure.expected}, found {failure.actual}"
        for name in result.missing:
            yield f"{name}: expected to be violated, and is not"
        for unmet in not_met(trace.figures, result.figures, case.rulebook):
            yield f"figure {unmet.expected.name}: expected {unmet.expected.says}, found {unmet.found}"


# -- what is different ---------------------------------------------------------------------------------------------


def _differences(path: Path, case: Case, trace: Trace) -> Iterator[str]:
    """Yield the steps that behave differently from the trace that was saved with the scenario."""
    file, row = row_of(path)
    beside = file.with_name(f"{file.stem}{f'-{row}' if row else ''}.trace.jsonl")
    if not beside.is_file():
        return
    try:
        head, events = parse(read_text(beside))
        recorded = [_act(event) for event in events if event["actor"] == "client"]
    except (TraceError, InputError, LookupError, TypeError) as error:
        yield f"{beside} is no trace to hold it against: {error}"
        return
    for name, text in case.texts.items():
        if head["digests"].get(name) != text_digest(text):
            yield f"its {name} was edited since the trace was recorded"
    if Roster(case.scenario).scenario.populations and not trace.events:
        yield f"steps are not compared above {QUIET_ABOVE} accounts"
        return
    now = [_act(write_event(event)) for event in trace.events if event.actor == "client"]
    # A run may have more or fewer acts than the recorded one; zip_longest gives None for a missing act.
    unlike = [_unlike(then, act, case) for then, act in zip_longest(recorded, now) if then != act]
    yield from unlike[:MOST_LISTED]
    if len(unlike) > MOST_LISTED:
        yield f"and {len(unlike) - MOST_LISTED} more steps that behave differently"


Act = tuple[int, str, str, str]


def _act(event: Mapping[str, Any]) -> Act:
    """Return what a person sees of a client's act: when, who, what, and the outcome."""
    action = event["action"]
    verb = f"{action['do']} of {action['action']['do']}" if "action" in action else str(action["do"])
    outcome = event["outcome"] if event["outcome"] != "moved" else event["says"] or "accepted"
    return int(event["at"]), str(event["account"]), verb, str(outcome)


def _unlike(before: Act | None, now: Act | None, case: Case) -> str:
    """Describe a step that behaves differently. ``before`` is what was recorded; None: there was no such step."""
    shown = now or before
    assert shown is not None
    at, account, verb, _ = shown
    recorded = before[3] if before else "nothing"
    found = now[3] if now else "nothing"
    was = ""
    if before and now and before[:3] != now[:3]:
        # Another act, not only another outcome: name the recorded one too.
        was = f" {before[2]} of {before[1]},"
    return f"differs: {clock(at, case.rulebook)} {account} {verb}: recorded{was} {recorded}, now {found}"
