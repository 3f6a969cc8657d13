"""A folder of findings: a scenario and its trace for each invariant, and a manifest that lists the complete findings.

A finding is written in four steps:

1. The manifest announces the digests of the files that will be written.
2. The scenario is written.
3. The trace is written.
4. The manifest lists the finding.

So every listed finding is complete, even if the process is killed. A file that was written but is not yet listed can be
recognised as a campaign's file. Any other file belongs to someone else and is never overwritten.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

import attrs

from dcsim import __version__
from dcsim.files.disk import make_folder, read_text, save
from dcsim.files.findings import InputError, unlocated
from dcsim.files.load import Case, load_scenario, load_texts
from dcsim.files.overwrite_guard import is_own
from dcsim.files.resolver import KINDS, from_folder, source_of
from dcsim.files.write import write_scenario
from dcsim.fuzzer.minimise import size
from dcsim.harmless import from_json, to_json
from dcsim.report.campaign import FuzzFinding
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.jsonl import dump, text_digest
from dcsim.usecases.folder_lock import locked
from dcsim.usecases.fuzz_campaign import Campaign
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.shorten_by_check import SHORTEST

FORMAT = 1
MANIFEST = "manifest.json"
TRACE = ".trace.jsonl"
UNKNOWN = ""
"""Stands for the digest of a file where the manifest has none, because an earlier version wrote it."""
_MOVE = "move it elsewhere, or name another folder"
Entry = Mapping[str, Any]
"""A finding in the manifest; docs/reference/findings-on-disk.md lists the keys."""


@contextmanager
def opened(folder: Path, campaign: Campaign) -> Iterator[FindingsFolder]:
    """Open a campaign's folder, make it where it is missing, and lock it. InputError where it cannot be used.

    The manifest is written at once. So a folder that cannot be written to is refused before anything is drawn.
    """
    left_out = ("rulebook", "runbook", "names", *(() if campaign.time_faults else ("time_faults", "fault_kinds")))
    about = attrs.asdict(campaign, filter=lambda field, _: field.name not in left_out)
    with opened_by_name(folder, campaign.names, {**about, "shard": "/".join(map(str, campaign.shard))}) as found:
        found.commands = campaign.command
        yield found


@contextmanager
def opened_by_name(folder: Path, names: tuple[str, str], about: Mapping[str, Any]) -> Iterator[FindingsFolder]:
    """Like ``opened``, with the names of a rulebook and a runbook. ``about`` is written into the manifest."""
    make_folder(folder)
    with locked(folder):
        texts: dict[str, str] = {kind: source_of(kind, name).text for kind, name in zip(KINDS, names, strict=True)}
        called = tuple(from_folder(name, folder) for name in names)
        found = FindingsFolder(folder, (called[0], called[1]), texts, dict(about), ours_in(folder))
        found.refuse_foreign(INVARIANT_NAMES)
        found.entries = {entry["file"]: entry for entry in recovered(folder)}
        found.complete()
        found.list_()
        yield found


@attrs.define(eq=False)
class FindingsFolder:
    """An open folder.

    ``names`` are the names of rulebook and runbook in the folder's scenarios; ``texts`` are their texts. ``ours`` maps
    each file that a campaign wrote to its possible digests. ``entries`` are the listed findings, ``writing`` the
    announced ones. ``mine`` are the files of this campaign. ``listed`` is the text of the manifest.
    """

    path: Path
    names: tuple[str, str]
    texts: Mapping[str, str]
    about: dict[str, Any]
    ours: dict[str, set[str]]
    entries: dict[str, Entry] = attrs.field(factory=dict)
    writing: dict[str, Entry] = attrs.field(factory=dict)
    commands: Callable[[int], str] | None = None
    mine: set[str] = attrs.field(factory=set)
    listed: str = ""

    def keep(self, finding: FuzzFinding, **more: Any) -> None:
        """Write a finding, unless the folder has a shorter one for the same rulebook and runbook.

        InputError when it cannot be written.
        """
        file = f"{finding.invariant}.yaml"
        text = write_scenario(attrs.evolve(finding.scenario, rulebook=self.names[0], runbook=self.names[1]))
        trace = _trace_of(load_texts({"scenario": text, **self.texts}, INVARIANT_NAMES, REFUSAL_CODES))
        entry = {**self._entry(finding, text, trace), **more}
        if self._has_better(entry):
            return
        self.refuse_foreign([finding.invariant])
        if not self._has(entry):
            self._announce(entry)
            self._write(file, text)
            self._write(entry["trace"], trace)
        self.mine.add(file)
        self.writing.pop(file, None)
        self.entries[file] = entry
        self.list_()

    def _has_better(self, entry: Entry) -> bool:
        """Whether an earlier campaign left a shorter finding for the same rulebook and runbook."""
        before = self.entries.get(entry["file"])
        if before is None or entry["file"] in self.mine:
            return False
        return same_books(before, entry) and length(before) < length(entry)

    def _has(self, entry: Entry) -> bool:
        """Whether a finding's scenario and trace are on disk and complete."""
        return all(digest_of(self.path / name) == digest for name, digest in digests(entry))

    def _announce(self, entry: Entry) -> None:
        """List the files that will be written, so that they can be recognised even if the process is killed."""
        self.writing[entry["file"]] = entry
        for name, digest in digests(entry):
            self.ours.setdefault(name, set()).add(digest)
        self.list_()

    def complete(self) -> None:
        """Write the traces that a campaign announced but did not write, where the scenarios can still be loaded."""
        for file, entry in self.entries.items():
            if "trace" in entry and digest_of(self.path / entry["trace"]) != entry["trace-digest"]:
                with suppress(InputError):
                    case = load_scenario(self.path / file, invariants=INVARIANT_NAMES, refusals=REFUSAL_CODES)
                    trace = _trace_of(case)
                    self._announce({**entry, "trace-digest": text_digest(trace)})
                    self._write(entry["trace"], trace)
                    self.entries[file] = self.writing.pop(file)

    def refuse_foreign(self, invariants: Iterable[str]) -> None:
        """InputError where a file with the name of a finding or its trace is not a campaign's, or was edited."""
        for name, ending in product(invariants, (".yaml", TRACE)):
            file = f"{name}{ending}"
            place = self.path / file
            if not os.path.lexists(place):
                continue
            if file not in self.ours:
                raise unlocated("DC161", str(place), "is in the way: no campaign that is listed wrote it", _MOVE)
            # A file whose digest the manifest does not know counts as unedited.
            if not {digest_of(place), UNKNOWN} & self.ours[file]:
                raise unlocated("DC161", str(place), "is in the way: it was edited since a campaign wrote it", _MOVE)

    def _entry(self, finding: FuzzFinding, text: str, trace: str) -> dict[str, Any]:
        return {
            "file": f"{finding.invariant}.yaml",
            "invariant": finding.invariant,
            "label": finding.scenario.label,
            "size": size(finding.scenario),
            "batch": finding.batch,
            "drawn": finding.drawn,
            "digest": text_digest(text),
            "trace": f"{finding.invariant}{TRACE}",
            "trace-digest": text_digest(trace),
            **{f"{kind}-digest": text_digest(self.texts[kind]) for kind in KINDS},
            **({"again": self.commands(finding.batch + 1)} if self.commands else {}),
        }

    def list_(self) -> None:
        """Write the manifest, unless it has this text already."""
        versions = {"dcsim": __version__, "hypothesis": version("hypothesis"), "python": platform.python_version()}
        manifest = {
            "dcsim-findings": FORMAT,
            "version": __version__,
            "versions": versions,
            "rulebook": self.names[0],
            "runbook": self.names[1],
            **self.about,
            "findings": [self.entries[file] for file in sorted(self.entries)],
            **({"writing": [self.writing[file] for file in sorted(self.writing)]} if self.writing else {}),
        }
        text = to_json(manifest, indent=2) + "\n"
        if text != self.listed:
            self._write(MANIFEST, text)
            self.listed = text

    def _write(self, name: str, text: str) -> None:
        """Write a file of a campaign.

        It was read before, to compare its digest. That must not make it an input, which would be protected.
        """
        is_own(self.path / name)
        save(self.path / name, text)

    def files(self, invariants: Iterable[str]) -> dict[str, str]:
        """Return the scenario files that this campaign wrote for these invariants."""
        return {name: f"{self.path}/{name}.yaml" for name in invariants if f"{name}.yaml" in self.mine}


def length(entry: Entry) -> tuple[float, bool]:
    """The sort key of a finding, the best first: fewer steps and faults, then whether the check proved it shortest."""
    return entry.get("size", float("inf")), entry.get("label") != SHORTEST


def same_books(one: Entry, other: Entry) -> bool:
    """Whether two findings are of the same rulebook and runbook."""
    # The defaults differ: an entry without a digest matches nothing.
    return all(one.get(f"{kind}-digest", 0) == other.get(f"{kind}-digest", 1) for kind in KINDS)


# -- what is in the folder -----------------------------------------------------------------------------------------


def recovered(folder: Path) -> list[Entry]:
    """Return the findings whose scenarios exist. They are listed, or a campaign announced them and was killed.

    InputError where the manifest is not a campaign's.
    """
    manifest = _manifest(folder)
    entries = {entry["file"]: entry for entry in manifest.get("findings", ()) if (folder / entry["file"]).is_file()}
    for entry in manifest.get("writing", ()):
        if digest_of(folder / entry["file"]) == entry["digest"]:
            entries[entry["file"]] = entry
    return list(entries.values())


def ours_in(folder: Path) -> dict[str, set[str]]:
    """Return the files that campaigns wrote or announced, with their digests."""
    manifest, ours = _manifest(folder), dict[str, set[str]]()
    for entry in (*manifest.get("findings", ()), *manifest.get("writing", ())):
        for name, digest in digests(entry):
            ours.setdefault(name, set()).add(digest)
    return ours


def digests(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield a finding's files with their digests; UNKNOWN where the manifest has no digest."""
    file = entry["file"]
    yield file, entry.get("digest", UNKNOWN)
    yield entry.get("trace", f"{file.removesuffix('.yaml')}{TRACE}"), entry.get("trace-digest", UNKNOWN)


def _trace_of(case: Case) -> str:
    model = Model(case.rulebook, case.runbook, case.scenario.policies)
    return "".join(dump(case.texts, 0, simulate(model, case.scenario, tracing=True)))


def digest_of(path: Path) -> str | None:
    """Return the digest of a file's text; None when the file does not exist or is not text."""
    try:
        return text_digest(read_text(path))
    except InputError:
        return None


def _manifest(folder: Path) -> dict[str, Any]:
    """Read the folder's manifest; empty when there is none. InputError where the file is not a campaign's manifest."""
    path = folder / MANIFEST
    if not os.path.lexists(path):
        return {}
    with suppress(ValueError, LookupError, TypeError, InputError, RecursionError):
        data: dict[str, Any] = from_json(read_text(path))
        entries = [*data["findings"], *data.get("writing", ())]
        # A name with a slash could lead out of the folder.
        named = all(re.fullmatch(r"[^/\\]+\.yaml", entry["file"]) for entry in entries)
        announced = [entry[key] for entry in data.get("writing", ()) for key in ("digest", "trace", "trace-digest")]
        whole = all(isinstance(text, str) for text in announced)
        if data["dcsim-findings"] == FORMAT and named and whole:
            return data
    raise unlocated("DC161", str(path), "is in the way: it is no manifest of findings", _MOVE)
