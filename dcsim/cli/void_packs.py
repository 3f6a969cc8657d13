"""Prints which packs an amended notice voids, for `dcsim rules diff --packs`."""

from __future__ import annotations

from pathlib import Path

from dcsim.cli import terminal
from dcsim.cli.exit_codes import FINDING, INCONCLUSIVE, PASSED
from dcsim.report.packs import as_json as data_of
from dcsim.report.packs import lines
from dcsim.usecases.audit.void import void_packs


def say_void(names: tuple[str, str], folders: tuple[Path, ...], seconds: float, *, as_json: bool) -> int:
    """Print the packs of some folders, and return the exit code."""
    result = void_packs(*names, folders, seconds=seconds, listen=lambda step: terminal.progress(step.doing))
    terminal.progress("")
    if as_json:
        terminal.say_json(data_of(result))
    else:
        terminal.say("\n".join(lines(result, terminal.paint)))
    if result.standings & {"void", "damaged"}:
        return FINDING
    # Where no pack is of the old rulebook, nothing was said of any.
    return PASSED if "stands" in result.standings and "inconclusive" not in result.standings else INCONCLUSIVE
