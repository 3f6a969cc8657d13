"""The manifest of a pack: what it is about, its verdict, and the digest of every file. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from dcsim import __version__
from dcsim.checker.model.weekend import Weekend
from dcsim.harmless import to_json
from dcsim.semantics.invariant_registry import practice
from dcsim.usecases.audit.checks import AuditedCheck
from dcsim.usecases.audit.decision import again
from dcsim.usecases.audit.gather import AuditEvidence
from dcsim.usecases.audit.sources import RULEBOOK, RUNBOOK
from dcsim.usecases.check import Bounds

FORMAT = 1
KEY = "dcsim-audit"
NAME = "manifest.json"


def digest(raw: bytes) -> str:
    """The digest of a file."""
    return hashlib.sha256(raw).hexdigest()


def manifest(evidence: AuditEvidence, files: Mapping[str, bytes]) -> str:
    """The manifest of a pack with these files. docs/reference/audit.md describes the keys."""
    bounds = evidence.request.bounds
    data: dict[str, Any] = {
        KEY: FORMAT,
        "version": __version__,
        "status": evidence.status,
        "undecided": list(evidence.undecided),
        "rulebook": {"name": evidence.book.rulebook, "file": RULEBOOK},
        "runbook": {"name": evidence.runbook.runbook, "file": RUNBOOK},
        "bounds": _bounds(bounds, bounds.fault_kinds),
        "scenarios": [
            {
                "name": run.result.name,
                "address": run.case.address,
                "status": run.result.status,
                "breaks": list(run.breaks),
                "flagged": list(run.flagged),
                "digest": run.result.digest,
                "page": run.file,
                "trace": run.trace_file,
            }
            for run in evidence.runs
        ],
        "aside": [case.address for case in evidence.sources.aside],
        "proof": _check(evidence.proof),
        "mishaps": _check(evidence.mishaps) if evidence.mishaps else None,
        "worth": {step: {"by": fate.by, "how": fate.how} for step, fate in evidence.worth.items()},
        "rejected": [
            {"name": other.runbook.value.runbook, "file": other.file, **_check(other.check)}
            for other in evidence.rejected
        ],
        "again": again(evidence),
        "files": {name: digest(raw) for name, raw in sorted(files.items())},
    }
    return to_json(data, indent=1) + "\n"


def _check(check: AuditedCheck) -> dict[str, Any]:
    answer, weekend = check.result.answer, check.result.weekend
    return {
        "status": check.status,
        "why": answer.why,
        "bounds": _bounds(weekend, weekend.kinds),
        "kinds": list(answer.covered.kinds),
        "decided": list(answer.covered.decided),
        "never": list(answer.covered.never),
        "broken": [
            {"after": [mishap.words for mishap in after], "promise": _of(names, False), "practices": _of(names, True)}
            for after, names in answer.broken.items()
        ],
        "counterexamples": list(check.places),
    }


def _bounds(of: Bounds | Weekend, kinds: Iterable[str]) -> dict[str, Any]:
    return {"ops": of.ops, "faults": of.faults, "fault-kinds": list(kinds), "slips": of.slips}


def _of(names: tuple[str, ...], practices: bool) -> list[str]:
    return [name for name in names if practice(name) == practices]
