"""Requests for packs, and the words of a pack, for tests."""

import json
from pathlib import Path

from dcsim.usecases.audit import AuditRequest
from dcsim.usecases.check import Bounds

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"


def asked(**more):
    """A request that takes a second."""
    given = {"rulebook": "asx-24-bcp-2025", "runbook": "roll-back", "scenarios": (SCENARIOS / "asx-24-bcp",)}
    return AuditRequest(bounds=Bounds(ops=1), **(given | more))


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def sections(folder):
    """The parts of a pack in Markdown, by their headings."""
    parts = (folder / "pack.md").read_text().split("\n## ")
    return {part.split("\n", 1)[0].split(". ", 1)[-1]: part for part in parts[1:]}


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
