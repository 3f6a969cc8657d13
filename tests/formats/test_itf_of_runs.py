"""ITF of runs, read by a library that is not ours."""

import json
from pathlib import Path

import pytest
import yaml
from itf_py import trace_from_json

from dcsim.trace.jsonl import parse

ROOT = Path(__file__).parents[2]
RUN = ("scenarios/circular", "scenarios/failure-modes")
MANY = """
scenario: many
title: Many accounts
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts: [{population: COUNT, prefix: A, kind: user, email: registered}]
steps: [{at: session-1 +5m, account: A*, do: initiate-2fa, password: P1, channel: email, every: 1ms}]
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Scenarios as ITF and as traces, written once."""
    kept = []

    def write(dcsim, monkeypatch):
        if not kept:
            folder = tmp_path_factory.mktemp("itf")
            monkeypatch.chdir(ROOT)
            code, _, err = dcsim("run", *RUN, "--itf", folder / "itf", "--trace", folder / "traces", "-q")
            assert code == 0, err
            kept.append(folder)
        return kept[0]

    return write


def test_every_scenario_is_read(written, dcsim, monkeypatch):
    """With a state for the beginning and one for each event of its trace, slips and faults among them."""
    folder = written(dcsim, monkeypatch)
    files = sorted((folder / "itf").iterdir())
    assert len(files) == len(list((folder / "traces").iterdir())) > 50
    for file in files:
        trace = trace_from_json(json.loads(file.read_text()))
        _, events = parse((folder / "traces" / file.name.replace(".itf.json", ".trace.jsonl")).read_text())
        assert [state.meta["index"] for state in trace.states] == list(range(len(events) + 1))
        assert all(set(state.values) == set(trace.vars) for state in trace.states)
        told = [(event["actor"], event["account"], event["outcome"], event["at"]) for event in events]
        names = ("actor", "account", "outcome", "now")
        assert [tuple(state.values[name] for name in names) for state in trace.states[1:]] == told


def test_what_a_tester_expects_stands_in_the_states(written, dcsim, monkeypatch):
    """Of scenarios that pass: the state in which Monday has opened holds what the file expects of each account."""
    folder, seen = written(dcsim, monkeypatch), 0
    for path in sorted((ROOT / "scenarios" / "circular").glob("*.yaml")):
        data = yaml.safe_load(path.read_text())
        expected = (data.get("expect") or {}).get("monday") or {}
        trace = trace_from_json(json.loads((folder / "itf" / f"scenarios-circular-{path.stem}.itf.json").read_text()))
        opened = next(s for s in trace.states if ("monday", "primary") in s.values["open"])
        for account, fields in expected.items():
            set_up = fields.get("two-factor") if isinstance(fields, dict) else None
            for field, value in set_up.items() if isinstance(set_up, dict) else ():
                assert opened.values["stores"][account]["primary"][field].value == value, path
                seen += 1
    assert seen > 10


def test_broken_runs_say_what_and_where(dcsim, tmp_path, monkeypatch):
    """The header names the first violation, and the state in which it was found tells it as well."""
    monkeypatch.chdir(ROOT)
    words = ["run", "scenarios/circular/footnote-3.yaml", "--runbook", "failback-copy", "--itf", tmp_path]
    assert dcsim(*words)[0] == 1
    (file,) = tmp_path.iterdir()
    trace = trace_from_json(json.loads(file.read_text()))
    about = trace.meta
    assert (about["format"], about["status"], about["invariant"]) == ("ITF", "violation", "discarded-absent")
    assert "discarded-absent" in trace.states[about["state"]].values["broken"]
    assert dcsim(*words)[0] == 1  # its own file is replaced


@pytest.mark.parametrize("count", [1000, 2001])
def test_of_many_accounts_one_stands_for_those_that_are_alike(count, dcsim, tmp_path):
    """The header says for how many, and the states hold the ones that stand for others."""
    (tmp_path / "x.yaml").write_text(MANY.replace("COUNT", str(count)))
    code, _, err = dcsim("run", tmp_path / "x.yaml", "--itf", tmp_path / "out", "--trace", tmp_path / "traces")
    assert code == 0, err
    (file,) = (tmp_path / "out").iterdir()
    trace = trace_from_json(json.loads(file.read_text()))
    assert (trace.meta["accounts"], trace.meta["stands-for"]) == (count, {"A1": count})
    assert {*trace.states[-1].values["stores"]} == {"A1"}
    assert trace.states[-1].values["stores"]["A1"]["primary"]["password"].value == "P1"
    assert file.stat().st_size < 100_000


def test_a_run_that_fits_in_no_file_is_refused(dcsim, tmp_path):
    """In one plain sentence, after the others were run and told: nobody lived through what another did."""
    acts = "".join(
        f"  - {{at: session-1 +{n + 1}s, account: A{n}, do: initiate-2fa, password: P{n}, channel: email}}\n"
        for n in range(1, 301)
    )
    text = MANY.replace("COUNT", "300")
    (tmp_path / "x.yaml").write_text(text[: text.index("steps:")] + "steps:\n" + acts)
    code, out, err = dcsim("run", tmp_path / "x.yaml", "--itf", tmp_path / "out")
    assert (code, "1 passed" in out) == (2, True)
    assert "300 accounts that lived through something else, in 6" in err
    assert not (tmp_path / "out").exists()
