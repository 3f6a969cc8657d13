"""Runs whose weekends are drawn: a sample of the scenarios for every day, and all of them for a slow test.

Where the variable DCSIM_SIXTH is a number, it says which sixth of them is tried. CI tries another sixth each time.
"""

import os
from functools import cache
from pathlib import Path

import pytest

from dcsim.files.load import load_scenario, load_texts
from dcsim.files.load import load_scenarios as load_all
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page.gather import gather

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"
SAMPLE = (
    "circular/footnote-3.yaml",
    "circular/footnote-3.yaml@failback-copy",
    "circular/windows.yaml",
    "failure-modes/m01-forced-fail-over.yaml",
    "failure-modes/m01-stale-standby.yaml",
    "failure-modes/m02-delayed-redo-survived.yaml",
    "failure-modes/m02-drain-gives-up.yaml",
    "failure-modes/m03-switch-over-and-back.yaml",
    "failure-modes/m13-split-brain.yaml",
    "failure-modes/m14-lost-update.yaml",
    "failure-modes/m17-redo-applied-twice.yaml",
    "failure-modes/m24-lag-ramp-survived.yaml",
    "failure-modes/m24-outage-across-the-drain.yaml",
    "failure-modes/m25-crash-at-the-cut-over.yaml",
    "failure-modes/m25-crash-in-flight-survived.yaml",
    "failure-modes/m26-clock-slow.yaml",
    "failure-modes/m23-repeated-mark-survived.yaml",
    "failure-modes/m23-skipped-open.yaml",
    "asx-24-bcp/roll-back-forgotten.yaml",
    "eurex-t7-dr/copied-back.yaml",
    "mcx-launch/go-live-slipped.yaml",
    "how-to/from-a-table.yaml",
)


def every():
    """The address of every scenario; with it, in the slow run, that of each under another runbook that fits."""
    found = []
    for path in sorted(SCENARIOS.rglob("*.yaml")):
        if path.parent.name not in ("runbooks", "rulebooks", "shared") and not path.name.endswith(".runbook.yaml"):
            found += [case.address.removeprefix(f"{SCENARIOS}/") for case in load_all(path)]
    return found


SIXTH = os.environ.get("DCSIM_SIXTH")
ALL = [address for address in every() if address not in SAMPLE]
REST = ALL if SIXTH is None else ALL[int(SIXTH) % 6 :: 6]
WEEKENDS = pytest.mark.parametrize("address", [*SAMPLE, *(pytest.param(a, marks=pytest.mark.slow) for a in REST)])


@cache
def evidence_of(address):
    """What the page of a scenario is made from; ``@`` names another runbook."""
    name, _, book = address.partition("@")
    return gather(load_scenario(SCENARIOS / name, runbook=book or None), RunOptions())


OOPS = "  - {id: oops, at: monday opens +10h, do: reset, site: primary, fields: [channel], to: sms}\n"


@cache
def spoilt_on_monday():
    """A weekend that goes well, until an operator overwrites a value on Monday."""
    texts = evidence_of("circular/footnote-3.yaml").case.texts
    runbook = texts["runbook"].replace("  - {id: close-monday", f"{OOPS}  - {{id: close-monday")
    return gather(load_texts({**texts, "runbook": runbook}), RunOptions())
