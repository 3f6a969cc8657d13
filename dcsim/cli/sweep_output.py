"""What a sweep prints and writes, and its exit code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import FINDING, INCONCLUSIVE, INTERRUPTED, PASSED, USAGE
from dcsim.files.disk import can_save, save
from dcsim.files.tables import parquet, pyarrow_for, write_table
from dcsim.report import sweep_table as table
from dcsim.report.pages.sweep_page import sweep_page
from dcsim.report.sweep import SweepResult
from dcsim.report.sweep_json import as_json
from dcsim.report.sweep_text import lines


def ready(asked: Mapping[str, Any]) -> None:
    """Make the folder that was named. InputError if a file that was named cannot be written after the sweep."""
    options.made(asked["folder"])
    for path in filter(None, (asked[name] for name in ("csv_file", "parquet_file", "html"))):
        can_save(path)
    if asked["parquet_file"]:
        pyarrow_for(asked["parquet_file"])


def give(result: SweepResult, asked: Mapping[str, Any]) -> None:
    """Print the result as text or as JSON; then write the files that were named."""
    terminal.progress("")
    if asked["as_json"]:
        terminal.say_json(as_json(result))
    else:
        terminal.say("\n".join(lines(result, terminal.paint)))
    head, rows = table.head(result), list(table.rows(result))
    if asked["csv_file"]:
        save(asked["csv_file"], write_table(".csv", head, rows))
    if asked["parquet_file"]:
        save(asked["parquet_file"], parquet(asked["parquet_file"], head, rows))
    if asked["html"]:
        save(asked["html"], sweep_page(result))


def code(result: SweepResult, *, searched: bool) -> int:
    """Return the exit code. That the condition holds nowhere is a finding only where it was searched for."""
    if result.partial:
        return INTERRUPTED if result.interrupted else INCONCLUSIVE
    if "error" in result.answers:
        return USAGE
    if searched and "holds" in result.answers:
        return PASSED
    if "unknown" in result.answers:
        return INCONCLUSIVE
    return FINDING if searched else PASSED
