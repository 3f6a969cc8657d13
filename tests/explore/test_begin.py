"""Where a walk begins: any scenario is a path, and its walk is the scenario's run."""

from pathlib import Path

import attrs
import pytest
from random_paths import ROOT

from dcsim.files.disk import discover
from dcsim.files.findings import InputError
from dcsim.simulate.weekend import simulate
from dcsim.usecases.check import Bounds, Who, check, load_subject
from dcsim.usecases.evidence import keep
from dcsim.usecases.explore.begin import MOST_ACCOUNTS, begin
from dcsim.usecases.explore.gather import view
from dcsim.usecases.request import RequestError
from dcsim.usecases.run import load_all

FOLDERS = sorted(
    folder
    for folder in (ROOT / "scenarios").iterdir()
    # A population has more accounts than a walk.
    if any(folder.rglob("*.yaml")) and folder.name != "populations"
)


def scenarios(folder):
    try:
        return discover([folder])
    except InputError:
        return []  # a folder of rulebooks or runbooks


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_scenario_walks_as_it_runs(folder):
    """The path of a scenario, whatever is in it, has the very events of its run; and every part of it has a page."""
    for file in scenarios(folder):
        (case,) = load_all([file])
        start = begin(file, None, ())
        (model,) = start.walk.models
        assert (
            start.walk.reach(start.whole).plays[0].trace.digest == simulate(model, case.scenario, tracing=True).digest
        )
        shown = view(start.walk, start.stands).worlds[0]
        broken = simulate(model, case.scenario, tracing=True).invariants
        assert bool(shown.broken) == bool(broken), file
        # Acts after the first break are not taken there, so what only they break is not told.
        here = start.walk.reach(start.stands).plays[0].trace.invariants
        assert {each.invariant for each in (*shown.broken, *shown.ahead)} == set(here) <= set(broken)


def test_every_folder_of_scenarios_is_walked():
    """The test above is not about nothing."""
    assert sum(len(scenarios(folder)) for folder in FOLDERS) > 100


SCENARIO = """\
scenario: many
title: Many
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {{population: {count}, prefix: U, digits: 3, kind: user, participant: B1, email: registered}}
  - {{id: DA1, kind: da, participant: B1, email: registered}}
groups: {{some: [U003, U001], all: [U*]}}
steps:
  - {{at: session-1 +5m, account: U*, do: initiate-2fa, password: P1, channel: email, every: 30s}}
  - {{at: session-1 +6m, account: some, do: change-password, from: P1, to: P2, every: 1m}}
  - {{at: session-1 +6m, account: DA1, do: suspend-user, user: all, every: 1s}}
faults:
  - {{link: delay, account: U002, nth: 1, by: 3m}}
  - {{link: drop, account: U001, nth: 2}}
  - {{operator: repeat, step: drain}}
"""


def test_populations_and_groups_act_one_by_one(tmp_path):
    """Steps of many accounts become an act of each at its own moment, and the run stays the same."""
    file = tmp_path / "many.yaml"
    file.write_text(SCENARIO.format(count=7))
    (case,) = load_all([file])
    start = begin(file, None, ())
    (model,) = start.walk.models
    ran, walked = simulate(model, case.scenario, tracing=True), start.walk.reach(start.whole).plays[0].trace
    # An event names the user as the step does, which may be a group.
    facts = [[(e.at, e.account, e.by, e.outcome, e.changes) for e in trace.events] for trace in (ran, walked)]
    assert facts[0] == facts[1]
    assert ran.noticed == walked.noticed
    assert len([word for word in start.whole if ".suspend-user." in word]) == 7


def test_too_many_accounts_are_not_walked(tmp_path):
    """Nobody walks with a million accounts by hand, and it is said how many may be."""
    file = tmp_path / "many.yaml"
    file.write_text(SCENARIO.format(count=900_000))
    with pytest.raises(RequestError, match=f"{MOST_ACCOUNTS} accounts at most, and this scenario has 900,001"):
        begin(file, None, ())


@pytest.mark.parametrize("bounds", [Bounds(), Bounds(faults=1), Bounds(slips=1)], ids=["plain", "faults", "slips"])
def test_a_counterexample_opens_at_its_break(bounds, tmp_path):
    """What check has found and saved opens where its invariant has just broken, and not one choice earlier."""
    subject = load_subject(None, "seoch-2fa-2023", "failback-copy", Who(accounts=1))
    result = keep(tmp_path, check(subject, bounds))
    assert result.files
    for file, example in list(zip(result.files, result.counterexamples, strict=True))[:12]:
        start = begin(Path(file), None, ())
        here, before = (view(start.walk, path).worlds[0] for path in (start.stands, start.stands[:-1]))
        assert here.broken, file
        assert not before.broken, file
        assert example.invariant in {each.invariant for each in (*here.broken, *here.ahead)}


def test_a_row_of_a_table_is_walked_by_its_address(tmp_path):
    """A scenario with a table of values is opened row by row."""
    file = tmp_path / "rows.yaml"
    file.write_text(
        "scenario: rows\ntitle: Rows ${word}\nrulebook: seoch-2fa-2023\nrunbook: snapshot-standby\n"
        "foreach: [{word: P1}, {word: P2}]\naccounts: [{id: U001, kind: user, email: registered}]\n"
        "steps: [{at: session-1 +5m, account: U001, do: initiate-2fa, password: '${word}', channel: email}]\n"
    )
    start = begin(Path(f"{file}#2"), None, ())
    assert start.whole[-1] == "U001.initiate-2fa.P2.email"
    assert attrs.fields_dict(type(start))  # a value
