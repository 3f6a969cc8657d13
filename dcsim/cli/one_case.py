"""Loads the scenario of a command that takes one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dcsim.cli import terminal
from dcsim.files.load import Case, load_scenario
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.suite import warnings_of


def one_case(path: Path, asked: Mapping[str, Any]) -> Case:
    """Load a scenario, under the rulebook and runbook that were given instead, and print its warnings."""
    case = load_scenario(path, asked["rulebook"], asked["runbook"], INVARIANT_NAMES, REFUSAL_CODES)
    terminal.warn(warnings_of(case, everything=False))
    return case
