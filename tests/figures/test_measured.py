"""What figures say of a run is what its states say, computed by code that shares nothing with theirs."""

from pathlib import Path
from random import Random
from types import SimpleNamespace

import generate
import pytest
from by_states import by_states

from dcsim.files.findings import InputError
from dcsim.files.load import load_scenario
from dcsim.files.resolver import builtin_names, source_of
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.usecases.figures import figures

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"
FILES = [path for path in sorted(SCENARIOS.rglob("*.yaml")) if "\nscenario:" in "\n" + path.read_text()]
OWN = [path for path in FILES if "\nforeach:" not in path.read_text() and path.parent.name != "populations"]
"""The judge asks each account at each opening anew: of populations that behave, that takes too long."""


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


@pytest.mark.slow
def test_figures_are_what_the_states_say_of_drawn_weekends():
    """The same for rulebooks, runbooks and weekends that are drawn, with faults: some of them lose something."""
    tried = lossy = 0
    for seed in range(1, 40):
        pair = generate.pair(str(seed))
        for scenario in [generate.weekend(pair, Random(seed))] if pair else []:
            case = SimpleNamespace(rulebook=pair.model.rulebook, runbook=pair.model.runbook, scenario=scenario)
            told = by_states(case)
            model = Model(case.rulebook, case.runbook, scenario.policies)
            found = simulate(model, scenario, tracing=False, figures=()).figures.values
            assert {name: found[name] for name in told} == told, seed
            tried += 1
            lossy += any(value for name, value in told.items() if name.startswith(("rpo", "stale")))
    assert (tried > 10, lossy > 1) == (True, True)


MANY = """\
scenario: many
title: Many accounts, of which the last are too late
rulebook: seoch-2fa-2023
runbook: no-drain
accounts: [{population: 30000, prefix: U, kind: user, email: registered, smartcard: friday}]
steps: [{at: session-1 +1h50m, account: U*, every: 20ms, do: initiate-2fa, password: P1, channel: email}]
"""


def test_figures_of_many_accounts_are_counted(tmp_path):
    """Of thirty thousand commits, 20 ms apart, the last at 20:00 less 20 ms, those of the last five minutes are lost.

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


ONE = """\
scenario: one
title: One account
rulebook: RULEBOOK
runbook: RUNBOOK
accounts: [{id: U001, kind: user, email: registered, smartcard: friday}]
steps:
  - {at: session-1 +5m, account: U001, do: initiate-2fa, password: P1, channel: email}
  - {at: session-1 +6m, account: U001, do: change-password, from: P1, to: P2}
"""


@pytest.fixture
def weekend(tmp_path):
    """A case of one account: with faults, another runbook (text), or another rulebook (changes of the text)."""

    def load(more="", runbook=None, rules=()):
        book = steps = None
        if runbook:
            (tmp_path / "run.yaml").write_text(runbook)
            steps = "./run.yaml"
        if rules:
            text = source_of("rulebook", "seoch-2fa-2023").text
            for old, new in rules:
                assert old in text
                text = text.replace(old, new)
            (tmp_path / "book.yaml").write_text(text)
            book = "./book.yaml"
        text = ONE.replace("RULEBOOK", book or "seoch-2fa-2023").replace("RUNBOOK", steps or "snapshot-standby")
        (tmp_path / "x.yaml").write_text(text + more)
        return load_scenario(tmp_path / "x.yaml")

    return load


def minutes(number):
    return number * 60_000


def test_a_site_that_is_down_does_not_serve(weekend):
    """Time runs until it is back, and what it holds is looked at again when it is."""
    late = weekend("faults: [{site: crash, of: secondary, at: session-2 opens -10m, back: 17m}]\n")
    found = figures(late)
    assert (found.values["rto.session-2"], found.values["downtime.session-2"]) == (minutes(7), minutes(7))
    agree(late)
    within = weekend("faults: [{site: crash, of: secondary, at: session-2 +10m, back: 5m}]\n")
    found = figures(within)
    assert (found.values["rto.session-2"], found.values["downtime"]) == (0, minutes(5))
    times = [one.at - one.planned for one in found.openings if one.session == "session-2"]
    assert times == [0, minutes(15)]
    agree(within)


EARLY = source_of("runbook", "snapshot-standby").text.replace(
    "id: open-session-2, at: session-2 opens", "id: open-session-2, at: session-2 opens -12m"
)
CLOSED = """  - {id: close-early, at: session-2 opens -5m, do: close, session: session-2}
  - {id: open-late, at: session-2 opens +7m, do: open, session: session-2, site: secondary}
  - {id: close-session-2,"""
LATE = """  - {id: open-again, at: session-2 closes +10m, do: open, session: session-2, site: secondary}
  - {id: close-again, at: session-2 closes +20m, do: close, session: session-2}
  - {id: revert,"""


def test_a_session_that_is_opened_early_is_looked_at_when_its_window_begins(weekend):
    """Before, nothing is promised; and a session that was closed again before its window was served late."""
    early = weekend(runbook=EARLY)
    found = figures(early)
    assert [one.at - one.planned for one in found.openings] == [0, 0, 0]
    assert found.values["rto.session-2"] == 0
    agree(early)
    closed = weekend(runbook=EARLY.replace("  - {id: close-session-2,", CLOSED))
    found = figures(closed)
    assert (found.values["rto.session-2"], found.values["downtime.session-2"]) == (minutes(7), minutes(7))
    agree(closed)


def test_a_session_that_is_opened_after_its_window_promises_nothing(weekend):
    """What is served after the window has passed is not measured; a first opening in the window is."""
    again = weekend(runbook=source_of("runbook", "snapshot-standby").text.replace("  - {id: revert,", LATE))
    found = figures(again)
    assert [one.stale for one in found.openings if one.session == "session-2"] == [0]
    assert (found.values["rpo.session-2"], found.values["stale-accounts"]) == (0, 0)
    agree(again)
    after = ["rpo", "rpo-age", "rto", "stale-accounts", "rpo-physical", "apply-lag"]
    for by, served in (("59m59s", True), ("1h", False), ("2h", False)):
        late = weekend(f"faults: [{{operator: delay, step: open-session-2, by: {by}}}]\n")
        found = figures(late)
        assert [found.values[f"{name}.session-2"] is not None for name in after] == [served] * 6, by
        assert [found.values[name] is not None for name in after] == [served] * 6
        assert found.values["downtime.session-2"] == (minutes(60) - 1000 * served)
        assert served or found.why["rpo.session-2"] == found.why["rto"] == "not reached"
        agree(late)


RESET = """  - id: fn9
    accounts: user
    changes: change-2fa-password
    made-in: session-1
    at: [session-2, monday]
    fate: reset
    to: R
    assumption: for a test
"""
LOST = source_of("runbook", "no-drain").text.replace("lag: 5m", "lag: 5h")


def test_what_a_reset_would_have_undone_is_not_lost(weekend):
    """The password was set and reset: nothing asks for it. The channel and the credential of the set-up are lost."""
    case = weekend(runbook=LOST, rules=[("\nrules:\n", f"\nrules:\n{RESET}")])
    found = figures(case)
    assert (found.values["stale-accounts.session-2"], found.values["rpo.session-2"]) == (1, 2)
    assert found.values["rpo-physical.session-2"] == 2
    agree(case)
    kept = weekend(runbook=LOST, rules=[("\nrules:\n", f"\nrules:\n{RESET}".replace("reset\n    to: R", "carry"))])
    assert figures(kept).values["rpo.session-2"] == 4
    agree(kept)
