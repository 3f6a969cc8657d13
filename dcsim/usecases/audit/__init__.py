"""The pack for a change board: what the notice promises, what was tried, what was proved, and what is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

from dcsim.files.disk import make_folder
from dcsim.files.findings import Finding
from dcsim.usecases.audit.document import document
from dcsim.usecases.audit.gather import AuditEvidence, AuditRequest, Status, gather
from dcsim.usecases.audit.manifest import manifest
from dcsim.usecases.audit.pack_folder import free, write
from dcsim.usecases.request import Listen, ignore

__all__ = ["AuditRequest", "Pack", "audit", "pack"]


@attrs.frozen(kw_only=True, eq=False)
class Pack:
    """A pack: its verdict, in a word and a sentence, and its files by their paths in it, with the manifest beside."""

    evidence: AuditEvidence
    sentence: str
    files: dict[str, bytes]
    manifest: str

    @property
    def status(self) -> Status:
        """``passed`` only where every scenario passes and every check is decided."""
        return self.evidence.status

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What looks like a scenario and is none that was loaded."""
        return self.evidence.sources.not_loaded


def pack(request: AuditRequest, listen: Listen = ignore, ready: Callable[[], None] = lambda: None) -> Pack:
    """Make a pack. ``ready`` is called once the inputs are sound, before the work begins."""
    evidence = gather(request, listen, ready)
    page = document(evidence)
    files = evidence.files | {"pack.html": page.html.encode(), "pack.md": page.markdown.encode()}
    return Pack(evidence=evidence, sentence=page.sentence, files=files, manifest=manifest(evidence, files))


def audit(request: AuditRequest, folder: Path, listen: Listen = ignore) -> Pack:
    """Make a pack, and write it into a folder. InputError, before the work begins, if it cannot be written there; no
    folder is made where the inputs are faulty.
    """
    free(folder)
    made = pack(request, listen, lambda: make_folder(folder))
    write(folder, made.files, made.manifest)
    return made
