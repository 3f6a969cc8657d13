"""What figures say of a run is what its states say, computed by code that shares nothing with theirs."""

from pathlib import Path

import pytest
from by_states import States

from dcsim.files.findings import InputError
from dcsim.files.load import load_scenario
from dcsim.files.resolver import builtin_names
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.usecases.figures import figures

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"
FILES = [path for path in sorted(SCENARIOS.rglob("*.yaml")) if "\nscenario:" in "\n" + path.read_text()]
OWN = [path for path in FILES if "\nforeach:" not in path.read_text()]


def by_states(case):
    """Every figure that states can tell, by name."""
    model = Model(case.rulebook, case.runbook, case.scenario.policies)
    trace = simulate(model, case.scenario, tracing=True)
    states = States(model, case.scenario, trace)
    told, stale = {}, set()
    for session in states.sessions():
        told[f"rto.{session}"] = states.rto(session)
        told[f"downtime.{session}"] = states.downtime(session)
        planned = states.window(session)[0]
        here = [serving for serving in states.servings() if serving[1] == session]
        unknown = all(again for *_, again in here)
        judged = [states.judged(number, session, site) for number, _, site, again in here if not again]
        stale |= {name for wrong, _ in judged for name in wrong}
        ages = [max([0, *(planned - at for at in lost)]) for _, lost in judged]
        told[f"stale-accounts.{session}"] = None if unknown else max(len(wrong) for wrong, _ in judged)
        told[f"rpo.{session}"] = None if unknown else max(len(lost) for _, lost in judged)
        told[f"rpo-age.{session}"] = None if unknown else max(ages)
        lags = [states.lag(number, "sent", "late", "lost") for number, *_ in here]
        told[f"transport-lag.{session}"] = max(lags, default=None)
        lags = [states.lag(number, "sent", "late", "lost", "received") for number, *_ in here]
        told[f"apply-lag.{session}"] = max(lags, default=None)
        if not any("fail-over" in str(step.verb) for step in case.runbook.steps):
            lacking = [states.lacking(number, site) for number, _, site, _ in here]
            told[f"rpo-physical.{session}"] = max(map(len, lacking), default=None)
            ages = [max([0, *(planned - at for at in born)]) for born in lacking]
            told[f"rpo-physical-age.{session}"] = max(ages, default=None)
    if all(told[f"stale-accounts.{session}"] is not None for session in states.sessions()):
        told["stale-accounts"] = len(stale)
    return told


def agree(case):
    found = figures(case).values
    told = by_states(case)
    assert {name: found[name] for name in told} == told


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_figures_are_what_the_states_say(path):
    """RPO, its age, RTO, downtime, lags and stale accounts of every scenario under its own runbook."""
    agree(load_scenario(path))


@pytest.mark.slow
@pytest.mark.parametrize("runbook", builtin_names("runbook"))
def test_figures_are_what_the_states_say_under_other_runbooks(runbook):
    """The same under every built-in runbook that a scenario can be run with."""
    tried = 0
    for path in OWN:
        try:
            case = load_scenario(path, runbook=runbook)
        except InputError:
            continue
        agree(case)
        tried += 1
    assert tried > 5


MANY = """\
scenario: many
title: Many accounts, of which the last are too late
rulebook: seoch-2fa-2023
runbook: no-drain
accounts: [{population: 30000, prefix: U, kind: user, email: registered, smartcard: friday}]
steps: [{at: session-1 +1h50m, account: U*, every: 20ms, do: initiate-2fa, password: P1, channel: email}]
"""


def test_figures_of_many_accounts_are_counted(tmp_path):
    """Of thirty thousand commits, 20 ms apart and the last at 20:00 less 20 ms, those of the last five minutes are lost.

    Until 20:00, when the standby stops applying, redo of the 5 minutes before is on its way; it is received later.
    """
    (tmp_path / "many.yaml").write_text(MANY)
    found = figures(load_scenario(tmp_path / "many.yaml"))
    late = 5 * 60 * 50 - 1
    oldest = 2 * 3_600_000 + 5 * 60_000 - 20
    told = {
        "stale-accounts": late,
        "stale-accounts.session-2": late,
        "stale-accounts.monday": 0,
        "rpo.session-2": 3 * late,
        "rpo-age.session-2": oldest,
        "rpo-physical.session-2": late,
        "apply-lag.session-2": oldest,
        "transport-lag.session-2": 0,
        "rpo.monday": 0,
    }
    assert {name: found.values[name] for name in told} == told
    first = f"U{30_000 - late + 1}"
    assert found.openings[1].accounts[0] == first
    assert found.openings[1].oldest_lost.account == first
