"""What a campaign found, on disk: a scenario and its trace for each invariant, and a manifest that lists them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from dcsim import __version__
from dcsim.files.disk import make_folder, near, read_text, save
from dcsim.files.findings import InputError, unlocated
from dcsim.files.load import load_scenario
from dcsim.files.saving import replaceable
from dcsim.files.sources import is_path
from dcsim.files.write import write_scenario
from dcsim.harmless import from_json, to_json
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.jsonl import dump
from dcsim.usecases.batch import Asked, pair
from dcsim.usecases.campaign import Finding, Result
from dcsim.usecases.vocabulary import INVARIANT_NAMES, REFUSAL_CODES

FORMAT = 1
MANIFEST = "manifest.json"


def ready(folder: Path) -> None:
    """Make the folder, or see that nothing in it is in the way. InputError where a file is that no campaign wrote."""
    make_folder(folder)
    ours = {entry["file"] for entry in _entries(folder)}
    for name in INVARIANT_NAMES:
        if f"{name}.yaml" not in ours and (folder / f"{name}.yaml").exists():
            raise unlocated("DC109", str(folder / f"{name}.yaml"), "is in the way: no campaign that is listed wrote it")
        replaceable(folder / f"{name}.yaml", ours=True)


def keep(folder: Path, asked: Asked, result: Result) -> None:
    """Write each finding, then the manifest. Earlier findings of other invariants stay, and stay listed."""
    names = {kind: _called(getattr(asked, kind), folder) for kind in ("rulebook", "runbook")}
    for finding in result.findings:
        _write(folder / f"{finding.invariant}.yaml", finding, asked, names)
    entries = [_entry(finding, result) for finding in result.findings]
    files = {entry["file"] for entry in entries}
    earlier = [e for e in _entries(folder) if e["file"] not in files and (folder / e["file"]).is_file()]
    about = {**attrs.asdict(asked), **names, "shard": "/".join(map(str, asked.shard))}
    manifest = {"dcsim-findings": FORMAT, "version": __version__, **about, "findings": [*earlier, *entries]}
    save(folder / MANIFEST, to_json(manifest, indent=2) + "\n", ours=True)


def _write(path: Path, finding: Finding, asked: Asked, names: Mapping[str, str]) -> None:
    scenario = attrs.evolve(finding.scenario, rulebook=names["rulebook"], runbook=names["runbook"])
    save(path, write_scenario(scenario), ours=True)
    case = load_scenario(path, invariants=INVARIANT_NAMES, refusals=REFUSAL_CODES)
    trace = simulate(Model(*pair(asked.rulebook, asked.runbook)), case.scenario, tracing=True)
    save(path.with_suffix(".trace.jsonl"), "".join(dump(case.texts, 0, trace)), ours=True)


def _entry(finding: Finding, result: Result) -> dict[str, Any]:
    return {
        "file": f"{finding.invariant}.yaml",
        "invariant": finding.invariant,
        "label": finding.scenario.label,
        "batch": finding.batch,
        "again": result.again,
    }


def _called(name: str, folder: Path) -> str:
    """A rulebook or runbook as it is called in a file of the folder."""
    return near(Path(name), folder) if is_path(name) else name


def _entries(folder: Path) -> list[dict[str, Any]]:
    """What the folder's manifest lists. InputError where it is not a campaign's."""
    path = folder / MANIFEST
    if not path.exists():
        return []
    try:
        data = from_json(read_text(path))
        if data["dcsim-findings"] == FORMAT:
            return [entry for entry in data["findings"] if isinstance(entry["file"], str)]
    except (ValueError, LookupError, TypeError, InputError):
        pass
    raise unlocated("DC109", str(path), "is in the way: it is no manifest of findings")
