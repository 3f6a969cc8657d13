"""A point of a sweep is what `dcsim run` makes of the file that a person would have edited so."""

import shutil
from pathlib import Path

import pytest

from dcsim.files.load import load_scenario
from dcsim.usecases.figures import figures
from dcsim.usecases.run import RunOptions, run
from dcsim.usecases.sweep import SweepRequest, sweep
from dcsim.usecases.sweep.points import swept_files, varying

ROOT = Path(__file__).parent.parent.parent
SCENARIO = """
scenario: by-hand
title: Edited by hand
rulebook: ./rules.yaml
runbook: ./weekend.yaml
policies: {lockout-after: 3}
accounts:
  - {id: U001, kind: user, participant: B01234, email: registered, smartcard: friday}
  - {population: 7, prefix: P, kind: user, participant: B01234, email: registered}
steps:
  # In the last minutes.
  - {at: session-1 closes -3m, account: U001, do: initiate-2fa, password: P1, channel: email}
  - {at: session-1 +1h, account: P*, every: 2m, do: initiate-2fa, password: Q1, channel: email}
  - {at: monday +9h, account: U001, do: logon, with: otp, password: P1, expect: any}
faults:
  - {link: delay, account: U001, by: 1m}
"""
ACTIVATED = ("activate, at: session-2 opens -15m", "activate, at: session-2 opens -5m")
TAKES = "channel: email, takes: 4m}\n  - {at: session-1 +1h"
CASES = [
    ("link.lag=1h51m", "weekend.yaml", "lag: 2s", "lag: 1h51m"),
    ("link.jitter=3h", "weekend.yaml", "lag: 2s", "lag: 2s, jitter: 3h"),
    ("link.apply=blind", "weekend.yaml", "apply: checked", "apply: blind"),
    ("steps.mark.at=-1h", "weekend.yaml", "mark, at: session-2 opens -15m", "mark, at: session-2 opens -1h15m"),
    ("steps.activate.at=+10m", "weekend.yaml", *ACTIVATED),
    ("faults.1.by=2h", "by-hand.yaml", "by: 1m", "by: 2h"),
    ("faults.1.account=P3", "by-hand.yaml", "account: U001, by", "account: P3, by"),
    ("policies.lockout-after=1", "by-hand.yaml", "lockout-after: 3", "lockout-after: 1"),
    ("accounts.P.population=4", "by-hand.yaml", "population: 7", "population: 4"),
    ("steps.2.every=20m", "by-hand.yaml", "every: 2m", "every: 20m"),
    ("steps.1.takes=4m", "by-hand.yaml", "channel: email}\n  - {at: session-1 +1h", TAKES),
    ("sessions.session-1.closes=-10m", "rules.yaml", "closes: 2023-06-10 20:00", "closes: 2023-06-10 19:50:00"),
    ("runbook=no-drain", "by-hand.yaml", "runbook: ./weekend.yaml", "runbook: no-drain"),
]


@pytest.fixture
def by_hand(folder):
    (folder / "by-hand.yaml").write_text(SCENARIO)
    shutil.copy(ROOT / "dcsim" / "builtin" / "rulebooks" / "seoch-2fa-2023.yaml", folder / "rules.yaml")
    return folder


@pytest.mark.parametrize(("vary", "file", "old", "new"), CASES, ids=[case[0] for case in CASES])
def test_a_point_is_the_file_edited_by_hand(by_hand, vary, file, old, new):
    """The same steps by digest, and the same figures, with two seeds; and the point is not the file as it was."""
    point = sweep(SweepRequest(scenario=Path("by-hand.yaml"), vary=(vary,), runs=2, seed=5)).rows[0]
    files, swept = varying(swept_files(Path("by-hand.yaml"), None, None), (vary,))
    case = files.case(files.at(swept, (swept[0].values[0],)))
    before = (by_hand / file).read_text()
    assert before.count(old) == 1
    (by_hand / file).write_text(before.replace(old, new))
    edited = load_scenario("by-hand.yaml")
    for seed in (5, 6):
        assert run(case, RunOptions(seed=seed)).digest == run(edited, RunOptions(seed=seed)).digest
    found = [figures(edited, RunOptions(seed=seed)).values for seed in (5, 6)]
    for name, spread in point.figures.items():
        if name != "passed":
            known = sorted(one[name] for one in found if one[name] is not None)
            assert list(spread.values) == known, name
    held = [run(edited, RunOptions(seed=seed)).status for seed in (5, 6)].count("passed")
    assert point.held == held
