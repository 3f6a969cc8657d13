"""What a campaign found, on disk: a scenario for each invariant, and a manifest that says where they come from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import attrs

from dcsim import __version__
from dcsim.cli.campaign import Asked, Finding
from dcsim.files.disk import save
from dcsim.files.write import write_scenario

FORMAT = 1
MANIFEST = "manifest.json"


def keep(folder: Path, asked: Asked, findings: Sequence[Finding]) -> None:
    """Write each finding, then the manifest."""
    for finding in findings:
        scenario = attrs.evolve(finding.scenario, rulebook=asked.rulebook, runbook=asked.runbook)
        save(folder / f"{finding.invariant}.yaml", write_scenario(scenario))
    entries = [
        {
            "file": f"{finding.invariant}.yaml",
            "invariant": finding.invariant,
            "label": finding.scenario.label,
            "batch": finding.batch,
        }
        for finding in findings
    ]
    manifest = {"dcsim-findings": FORMAT, "version": __version__, **attrs.asdict(asked), "findings": entries}
    save(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
