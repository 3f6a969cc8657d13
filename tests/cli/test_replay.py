"""`dcsim replay`: a trace that was not touched replays as recorded; one that was is caught; what is none is told."""

import json
from pathlib import Path

import pytest

from dcsim.files.disk import discover
from dcsim.files.load import load_scenario
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.jsonl import dump, parse
from dcsim.trace.replay import replay

ROOT = Path(__file__).parents[2]
FIRST = ROOT / "scenarios" / "circular" / "footnote-3.yaml"
SCENARIOS = discover([ROOT / "scenarios"])
SWITCH = """
runbook: x
version: 1
title: X
sites: {primary: primary, secondary: standby}
steps:
  - {at: session-1 opens, do: open, session: session-1, site: primary}
  - {at: session-1 closes, do: close, session: session-1}
  - {at: session-1 closes, do: switch}
  - {at: monday opens, do: open, session: monday, site: primary}
"""
SCENARIO = """
scenario: x
title: "{title}"
rulebook: seoch-2fa-2023
runbook: ./x-runbook.yaml
accounts:
  - {{id: U001, kind: user, participant: B01234, email: registered, smartcard: friday}}
steps:
  - {{at: session-1 +5m, account: U001, do: initiate-2fa, password: P1, channel: email}}
faults: [{{link: drop, account: U001, nth: 1}}]
"""


def lines_of(path):
    case = load_scenario(path)
    trace = simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario, tracing=True)
    return list(dump(case.texts, 0, trace))


@pytest.fixture(scope="module")
def fresh():
    return lines_of(FIRST)


@pytest.fixture
def check(dcsim, tmp_path):
    """Replay a trace out of lines."""

    def call(lines):
        path = tmp_path / "x.trace.jsonl"
        path.write_bytes("".join(lines).encode())
        return dcsim("replay", path)

    return call


def written(data):
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def edited(lines, number, change):
    """The lines with one of them changed: by keys to set, or by a function of what it holds."""
    data = json.loads(lines[number])
    data = data | change if isinstance(change, dict) else change(data) or data
    return [*lines[:number], written(data), *lines[number + 1 :]]


def first_change(lines):
    return next(number for number, line in enumerate(lines) if number and json.loads(line)["changes"])


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_what_was_just_recorded_replays_as_recorded(path):
    """Every scenario there is: refused steps, drains that wait, requests that commit later, faults and all."""
    head, events = parse("".join(lines_of(path)))
    case = load_scenario(path)
    assert replay(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario, head, events) is None


FIRST_FORMAT = sorted((ROOT / "tests" / "trace" / "format-1").glob("*.trace.jsonl"))


@pytest.mark.parametrize("path", FIRST_FORMAT, ids=lambda path: path.name.split(".")[0])
def test_a_trace_of_the_first_format_replays(path, dcsim):
    """Faults, slips, requests, an administrator, a group and a population: recorded before there was another format."""
    assert path.read_text().startswith('{"dcsim-trace":1,')
    code, out, _ = dcsim("replay", path)
    assert (code, out.count("all as recorded")) == (0, 1), out


@pytest.mark.parametrize("path", FIRST_FORMAT[:3], ids=lambda path: path.name.split(".")[0])
def test_a_trace_of_the_first_format_is_held_to_its_own_keys(path, check):
    """A key of the second format is strange there, and whatever is edited is caught as ever."""
    lines = path.read_text().splitlines(keepends=True)
    assert check(edited(lines, 3, {"moves": []}))[0] == 1
    assert check(edited(lines, 3, {"outcome": "refused closed"}))[0] == 1
    assert check(edited(lines, 0, {"accounts": 1}))[0] == 2


def test_a_run_without_practices_replays(dcsim, tmp_path):
    """Its trace says that practices were not checked, so none is missed."""
    path = ROOT / "scenarios" / "failure-modes" / "m18-sites-differ.yaml"
    dcsim("run", path, "--practices", "off", "--trace", tmp_path)
    code, out, _ = dcsim("replay", tmp_path)
    assert (code, out.count("all as recorded")) == (0, 1), out


def test_a_switch_that_is_refused_replays(check, tmp_path):
    """It is refused with the code of a drain that waits, but unlike that it is gone afterwards."""
    (tmp_path / "x-runbook.yaml").write_text(SWITCH)
    (tmp_path / "x.yaml").write_text(SCENARIO.format(title="T"))
    lines = lines_of(tmp_path / "x.yaml")
    assert any(json.loads(line).get("outcome") == "refused not-caught-up" for line in lines)
    code, out, _ = check(lines)
    assert (code, "all as recorded" in out) == (0, True), out


def test_line_breaks_of_other_alphabets_do_not_cut_a_trace(check, tmp_path):
    """A source may hold what some readers take for the end of a line."""
    (tmp_path / "x-runbook.yaml").write_text(SWITCH)
    (tmp_path / "x.yaml").write_text(SCENARIO.format(title="a\u2028b\u2029c\x85d"))
    assert check(lines_of(tmp_path / "x.yaml"))[0] == 0


EDITS = {
    "the value after a change": (lambda d: d["changes"][0]["after"].update(value="P9"), "changes"),
    "the value before a change": (lambda d: d["changes"][0]["before"].update(value="P9"), "changes"),
    "the origin of a change": (lambda d: d["changes"][0]["after"].update(origin="monday"), "changes"),
    "the site of a change": (lambda d: d["changes"][0].update(site="secondary"), "changes"),
    "a change that is gone": (lambda d: d.update(changes=d["changes"][1:]), "changes"),
    "the outcome": ({"outcome": "refused closed"}, "differs in its outcome"),
    "the digest": ({"digest": "0" * 16}, "differs in its digest"),
    "the instant": (lambda d: d.update(at=d["at"] + 1), "digest"),
    "the site": ({"site": "secondary"}, "site"),
    "something found": ({"found": [{"account": "U001", "what": {}}]}, "found"),
    "who did it": ({"actor": "link"}, "digest"),
    "a flag for a number": (lambda d: d.update(position=True) if d["position"] == 1 else None, "position"),
    "a key that is gone": (lambda d: {key: d[key] for key in d if key != "site"}, "site"),
    "a key that none has": ({"remark": "x"}, "remark"),
    "where something moved": (lambda d: d["moves"][0].update(site="secondary"), "moves"),
    "what moved": (lambda d: d["moves"][0]["after"].update(value="P9"), "moves"),
    "a move that is gone": (lambda d: d.update(moves=d["moves"][1:]), "moves"),
    "the rules that decide": (lambda d: d["rules"][0].update(rules=["fn9"]), "rules"),
    "the fate of a change": (lambda d: d["rules"][0].update(fate="discard"), "rules"),
    "the step": ({"step": "drain"}, "step"),
    "an argument that is a default": (lambda d: d["action"].update(timed_out=False), "timed_out"),
}


@pytest.mark.parametrize("name", EDITS)
def test_whatever_of_an_event_is_edited_is_caught(name, fresh, check):
    """Each key of a line is held against what comes of its action, and the keys that there are."""
    change, words = EDITS[name]
    number = first_change(fresh)
    code, out, err = check(edited(fresh, number, change))
    assert (code, words in out + err) in ((1, True), (2, True)), out + err
    assert f":{number + 1}:" in out + err


def test_lines_that_are_missing_are_caught(fresh, check):
    """Out of the middle, at the first that does not follow; at the end, by their number."""
    code, out, _ = check([*fresh[:4], *fresh[5:]])
    assert (code, "event 4 differs in its n" in out) == (1, True), out
    code, out, _ = check(fresh[:-2])
    assert (code, "cut short" in out) == (1, True), out


HEADS = {
    "its digest": ({"digest": "0" * 16}, "the header differs in its digest"),
    "the number of events": ({"events": 5}, "lines were added"),
    "the digest of a source": (lambda d: d["digests"].update(runbook="0" * 16), "digest of its runbook"),
    "the number of accounts": ({"accounts": 7}, "the header differs in its accounts"),
    "the accounts of a history": (
        lambda d: d["histories"][0].update(accounts=2, examples=["U001", "U002"]),
        "histories",
    ),
    "who lived through it": (lambda d: d["histories"][0].update(representative="X", examples=["X"]), "histories"),
    "the events of a history": (lambda d: d["histories"][0]["events"].append(99), "histories"),
    "a history that is gone": ({"histories": []}, "histories"),
    "who is kept beside": ({"also": ["U001"]}, "also"),
    "the source": (lambda d: d["sources"].update(scenario=d["sources"]["scenario"] + "\n"), "digest of its scenario"),
}


@pytest.mark.parametrize("name", HEADS)
def test_whatever_of_the_header_is_edited_is_caught(name, fresh, check):
    """Save for the seed and the version, which are recorded and cannot be checked, and what practices it says that were
    checked: that is what replay checks.
    """
    change, words = HEADS[name]
    code, out, _ = check(edited(fresh, 0, change))
    assert (code, words in out) == (1, True), out


def test_the_seed_is_recorded_and_not_checked(fresh, check):
    """Replay takes the actions again; it does not draw the schedule again."""
    assert check(edited(fresh, 0, {"seed": 7}))[0] == 0


NONE = {
    "an instant beyond all": (1, {"at": float("inf")}),
    "an instant that is no number": (1, {"at": "noon"}),
    "an instant with a fraction": (1, {"at": 1.5}),
    "an unknown action": (1, {"action": {"do": "dance"}}),
    "an action with a list": (-1, {"action": {"do": "write", "record": ["x"]}}),
    "an action that is a number": (1, {"action": 5}),
    "an action in actions": (1, lambda d: d.update(action=nested(300))),
    "an account that is a list": (-1, {"account": ["U001"]}),
    "an unknown account": (-1, {"account": "U\ud800"}),
    "digests of nothing": (0, {"digests": {}}),
    "a digest of something else": (0, lambda d: d["digests"].update(other="x")),
    "digests that are a list": (0, {"digests": []}),
    "a source that is a number": (0, lambda d: d["sources"].update(scenario=5)),
    "a source that is no text": (0, lambda d: d["sources"].update(scenario="\ud800")),
    "sources that are a number": (0, {"sources": 5}),
    "no number of events": (0, {"events": None}),
    "a flag for the number of events": (0, {"events": True}),
    "a digest that is a number": (0, {"digest": 5}),
    "a seed that is text": (0, {"seed": "x"}),
    "an unknown key": (0, {"remark": "x"}),
    "no histories": (0, lambda d: {key: d[key] for key in d if key != "histories"}),
    "histories that are a number": (0, {"histories": 5}),
    "a history that is text": (0, {"histories": ["U001"]}),
    "a history of a fraction": (0, lambda d: d["histories"][0].update(accounts=0.5)),
    "a history of nobody": (0, lambda d: d["histories"][0].update(accounts=0, examples=[])),
    "a history with another key": (0, lambda d: d["histories"][0].update(remark="x")),
    "examples that are numbers": (0, lambda d: d["histories"][0].update(examples=[1])),
    "folded for a number": (0, {"folded": 1}),
    "accounts for nobody": (0, {"also": [5]}),
    "a representative that there is not": (
        0,
        lambda d: d.update(folded=True) or d["histories"][0].update(representative="X", examples=["X"]),
    ),
    "an account that there is not": (0, {"folded": True, "also": ["X"]}),
    "an example that there is not": (
        0,
        lambda d: d.update(folded=True) or d["histories"][0].update(accounts=2, examples=["U001", "X"]),
    ),
    "the format of a later dcsim": (0, {"dcsim-trace": 3}),
    "a flag for the format": (0, {"dcsim-trace": True}),
}


def nested(depth):
    action = {"do": "logout"}
    for _ in range(depth):
        action = {"do": "request", "by": "", "ticket": 0, "action": action}
    return action


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_event_and_no_header_is_told(name, fresh, check, dcsim, tmp_path):
    """A value of another type, anywhere: a finding with its line, and no error of dcsim's own."""
    number, change = NONE[name]
    number = number if number >= 0 else first_change(fresh)
    path = tmp_path / "y.jsonl"
    data = json.loads(fresh[number])
    data = data | change if isinstance(change, dict) else change(data) or data
    path.write_text("".join([*fresh[:number], json.dumps(data) + "\n", *fresh[number + 1 :]]))
    code, out, err = dcsim("replay", path)
    assert code == 2, out + err
    assert err.startswith(f"DC118 {path}:{number + 1}:"), err


@pytest.mark.parametrize("line", ["[" * 100_000, '{"a":' * 100_000, '{"at": 1, "at": 2}', "\x00", "1" * 5000])
@pytest.mark.parametrize("number", [0, 3])
def test_lines_that_are_no_sound_json_are_told(line, number, fresh, check):
    """Nested without end, with a key twice, or not JSON at all."""
    code, _, err = check([*fresh[:number], line + "\n", *fresh[number:]])
    assert code == 2
    assert err.startswith("DC118")


@pytest.mark.parametrize("text", ["", "\n", "{}", "nonsense", "[1]", '{"dcsim-trace": 1}', '{"dcsim-trace": 99}'])
def test_what_is_no_trace_is_told(text, check):
    """A file of another kind: a finding with its line, exit code 2."""
    code, _, err = check([text])
    assert code == 2
    assert err.startswith("DC118")


def test_what_no_terminal_can_print_is_spelled_out(fresh, check, tmp_path, dcsim):
    """Half a character in a line that was edited: a difference like any other."""
    path = tmp_path / "y.jsonl"
    data = json.loads(fresh[3]) | {"says": "\ud800"}
    path.write_text("".join([*fresh[:3], json.dumps(data) + "\n", *fresh[4:]]))
    code, out, _ = dcsim("replay", path)
    assert code == 1
    assert "event 3 differs in its says" in out
