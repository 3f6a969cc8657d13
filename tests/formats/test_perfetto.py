"""Runs as trace events, held against the published description of the format.

It is Google's "Trace Event Format". The check below was written from it, and shares no code with what it judges. What
the two viewers themselves make of such files, ``test_perfetto_viewers`` asks.
"""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from dcsim.trace.jsonl import parse

ROOT = Path(__file__).parents[2]
RUN = ("scenarios/circular", "scenarios/failure-modes", "scenarios/asx-24-bcp", "scenarios/eurex-t7-dr")
PHASES = {"M", "X", "i", "C", "s", "t", "f"}
MANY = """
scenario: many
title: Many accounts
rulebook: seoch-2fa-2023
runbook: failback-copy
accounts:
  - {population: COUNT, prefix: A, kind: user, email: registered}
  - {population: 7, prefix: B, kind: user, email: registered}
steps:
  - {at: session-1 +5m, account: A*, do: initiate-2fa, password: P1, channel: email, every: 1ms}
  - {at: session-2 +5m, account: B*, do: initiate-2fa, password: P1, channel: email, every: 1ms}
  - {at: session-2 +6m, account: A9, do: change-password, from: P1, to: P2}
expect: {violations: [discarded-absent]}
"""


def faults(data):
    """What the description of the format does not allow."""
    if not isinstance(data["traceEvents"], list) or data.get("displayTimeUnit") not in ("ms", "ns"):
        yield "no trace"
    open_until, last = defaultdict(list), 0
    for event in data["traceEvents"]:
        phase = event["ph"]
        if phase not in PHASES or not event["name"] or not isinstance(event["name"], str):
            yield f"phase or name: {event}"
        if not all(isinstance(event[key], int) and event[key] >= 0 for key in ("pid", "tid", "ts")):
            yield f"numbers: {event}"
        if event["ts"] < last:
            yield f"not in order of time: {event}"
        last = event["ts"]
        if not isinstance(event.get("args", {}), dict):
            yield f"args: {event}"
        if phase == "M":
            wanted = int if event["name"].endswith("sort_index") else str
            if not isinstance(next(iter(event["args"].values())), wanted):
                yield f"metadata: {event}"
        if phase == "X":
            if not isinstance(event["dur"], int) or event["dur"] < 0:
                yield f"duration: {event}"
            # Slices of a track are within each other or apart.
            track = open_until[event["pid"], event["tid"]]
            while track and track[-1] <= event["ts"]:
                track.pop()
            if track and event["ts"] + event["dur"] > track[-1]:
                yield f"overlap: {event}"
            track.append(event["ts"] + event["dur"])
        if phase == "C" and not all(type(value) in (int, float) for value in event["args"].values()):
            yield f"counter: {event}"
        if phase == "i" and event["s"] not in ("g", "p", "t"):
            yield f"scope: {event}"
    yield from unbound(data["traceEvents"])


def unbound(events):
    """Arrows that do not begin once, end once, go on in time, and touch a slice at each point."""
    slices = {(e["pid"], e["tid"], e["ts"]) for e in events if e["ph"] == "X"}
    arrows = defaultdict(list)
    for event in events:
        if event["ph"] in "stf":
            arrows[event["cat"], event["name"], event["id"]].append(event)
            if (event["pid"], event["tid"], event["ts"]) not in slices:
                yield f"bound to no slice: {event}"
    for name, points in arrows.items():
        phases = "".join(point["ph"] for point in points)
        if not (phases[0] == "s" and phases[-1] == "f" and set(phases[1:-1]) <= {"t"}):
            yield f"arrow {name}: {phases}"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Scenarios as trace events, and as traces of dcsim's own, written once."""
    kept = []

    def write(dcsim, monkeypatch):
        if not kept:
            folder = tmp_path_factory.mktemp("perfetto")
            monkeypatch.chdir(ROOT)
            words = ["run", *RUN, "--perfetto", folder / "tracks", "--trace", folder / "traces", "-q"]
            code, _, err = dcsim(*words)
            assert code == 0, err
            kept.append(folder)
        return kept[0]

    return write


def runs(folder):
    """Each file of trace events, with the events of dcsim's own trace of the same run."""
    for file in sorted((folder / "tracks").iterdir()):
        own = folder / "traces" / file.name.replace(".perfetto.json", ".trace.jsonl")
        yield file.name, json.loads(file.read_text()), parse(own.read_text())[1]


def named(data):
    """The name of each process, and of each track with its process."""
    events = [e for e in data["traceEvents"] if e["ph"] == "M"]
    processes = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
    tracks = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
    return processes, {key: (processes[key[0]], name) for key, name in tracks.items()}


def slices(data, *categories):
    """The slices of some categories, with the process and the name of their track."""
    _, tracks = named(data)
    return [(tracks[e["pid"], e["tid"]], e) for e in data["traceEvents"] if e["ph"] == "X" and e["cat"] in categories]


def test_every_run_keeps_to_the_format(written, dcsim, monkeypatch):
    """Slips and faults among them."""
    found = {name: list(faults(data)) for name, data, _ in runs(written(dcsim, monkeypatch))}
    assert len(found) > 60
    assert not {name: wrong[:3] for name, wrong in found.items() if wrong}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"ph": "Z"}, "phase"),
        ({"ts": -1}, "numbers"),
        ({"dur": -1}, "duration"),
        ({"ph": "s", "id": 7, "cat": "c"}, "arrow"),
        ({"ph": "C", "args": {"n": "one"}}, "counter"),
    ],
)
def test_the_check_can_fail(wrong, says):
    """It is no check that always passes."""
    event = {"ph": "X", "name": "n", "pid": 1, "tid": 1, "ts": 0, "dur": 0, "cat": "c"} | wrong
    assert any(says in fault for fault in faults({"traceEvents": [event], "displayTimeUnit": "ms"}))


def test_every_act_step_and_delivery_is_there(written, dcsim, monkeypatch):
    """Once, at its instant, on the track of its account at its site, on the link's, or on the operator's."""
    for name, data, events in runs(written(dcsim, monkeypatch)):
        begin = min([e["at"] for e in events[:1]])
        drawn = {e["args"]["event"]: (track, e) for track, e in slices(data, "act", "redo", "step", "slip", "fault")}
        assert drawn.keys() == {e["n"] for e in events if e["actor"] != "clock"}, name
        ends = [drawn[n][1]["ts"] + drawn[n][1]["dur"] for n in sorted(drawn)]
        assert ends == sorted(set(ends)), name  # the order of events, though some are of one instant
        for event in events:
            if event["actor"] == "clock":
                continue
            (process, track), found = drawn[event["n"]]
            site = f"site {event['site']}" if event["site"] else "no site"
            wanted = {"operator": ("operator", "steps"), "link": ("link", event["account"])}
            wanted["fault"] = "faults", "faults in time"
            assert (process, track) == wanted.get(event["actor"], (site, event["account"])), (name, event)
            assert (found["ts"] + found["dur"]) // 1000 == event["at"] - begin, (name, event)
            assert found["name"].startswith("refused: ") == (event["outcome"] != "moved"), (name, event)


def test_what_is_down_and_what_is_slow_are_spans(written, dcsim, monkeypatch):
    """On tracks of the site and of the link, as long as the events of the trace say; a step that waits is as long."""
    down = {}
    for name, data, events in runs(written(dcsim, monkeypatch)):
        begin = events[0]["at"]
        spans = [(track, e["ts"] // 1000, (e["ts"] + e["dur"]) // 1000) for track, e in slices(data, "down", "lag")]
        told = [(e["at"] - begin, e["action"]) for e in events if e["actor"] == "fault"]
        ends = {at for at, action in told if action["do"] == "Down"}
        assert {start for (_, track), start, _ in spans if track == "down"} == ends, name
        down[name.removeprefix("scenarios-failure-modes-").removesuffix(".perfetto.json")] = spans
    hour = 3600_000
    assert down["m24-outage-ends-in-time-survived"] == [(("link", "down"), 2 * hour - 120_000, 3 * hour)]
    assert down["m24-lag-ramp"] == [(("link", "lag"), 2 * hour - 600_000, 2 * hour)]
    assert (("site secondary", "down"), 4 * hour, 4 * hour + 600_000) in down["m25-crash-at-the-cut-over-survived"]


def test_broken_invariants_are_marks_across_all_tracks(dcsim, tmp_path, monkeypatch):
    """At the instant at which they were found, with what was expected and the words of the rule."""
    monkeypatch.chdir(ROOT)
    words = ["run", "scenarios/circular/footnote-3.yaml", "--runbook", "failback-copy"]
    assert dcsim(*words, "--perfetto", tmp_path)[0] == 1
    (file,) = tmp_path.iterdir()
    data = json.loads(file.read_text())
    marks = [e for e in data["traceEvents"] if e["ph"] == "i"]
    assert Counter(e["name"] for e in marks) == {"discarded-absent is broken": 1, "expectation not met": 3}
    assert {e["s"] for e in marks} == {"g"}
    (broken,) = [e for e in marks if e["cat"] == "broken"]
    assert "will NOT be carried forward" in " ".join(broken["args"]["by"])
    assert broken["args"]["found"] == "P2 (made in session-2)"
    assert dcsim(*words, "--perfetto", tmp_path)[0] == 1  # its own file is replaced
    assert list(tmp_path.iterdir()) == [file]


def paths(data):
    """Each arrow that carries values: its name, and the processes and slices that it touches."""
    _, tracks = named(data)
    at = {(e["pid"], e["tid"], e["ts"]): e["name"] for e in data["traceEvents"] if e["ph"] == "X"}
    found = defaultdict(list)
    for e in data["traceEvents"]:
        if e["ph"] in "stf" and e["cat"] == "carry":
            found[e["id"], e["name"]].append((tracks[e["pid"], e["tid"]][0], at[e["pid"], e["tid"], e["ts"]]))
    return [(name, way) for (_, name), way in sorted(found.items())]


def test_arrows_go_from_the_act_to_what_monday_opens_with(written, dcsim, monkeypatch, tmp_path):
    """Over the link where the standby applied it; over the copy where the operator copied it."""
    files = {name: data for name, data, _ in runs(written(dcsim, monkeypatch))}
    kept = paths(files["scenarios-circular-footnote-3.perfetto.json"])
    first = [("site primary", "initiate-2fa"), ("link", "deliver redo 1"), ("site secondary", "session-2 opens")]
    assert first in [way for _, way in kept]
    (monday,) = [way for _, way in kept if way[-1] == ("site primary", "monday opens")]
    assert monday == [("site primary", "initiate-2fa"), ("site primary", "monday opens")]
    words = ["run", "scenarios/circular/footnote-3.yaml", "--runbook", "failback-copy", "--perfetto", tmp_path]
    dcsim(*words)
    (file,) = tmp_path.iterdir()
    wrong = dict(paths(json.loads(file.read_text())))
    assert wrong["U001: password P2"] == [
        ("site secondary", "change-password"),
        ("operator", "copy-back (copy)"),
        ("site primary", "monday opens"),
    ]


def test_redo_that_waits_is_counted(written, dcsim, monkeypatch):
    """In a run whose link loses an entry, the counter of lost ones rises, and falls when it is sent again."""
    files = {name: data for name, data, _ in runs(written(dcsim, monkeypatch))}
    lost = [
        e["args"]["lost"]
        for e in files["scenarios-failure-modes-m02-dropped-redo-survived.perfetto.json"]["traceEvents"]
        if e["ph"] == "C"
    ]
    assert (lost[0], max(lost), lost[-1]) == (0, 1, 0)


def test_roles_and_sessions_are_slices_of_their_sites(written, dcsim, monkeypatch):
    """The secondary is standby, then snapshot standby while its session is open, then standby again."""
    files = {name: data for name, data, _ in runs(written(dcsim, monkeypatch))}
    data = files["scenarios-circular-footnote-3.perfetto.json"]
    assert list(named(data)[0].values())[:5] == ["notice", "operator", "site primary", "site secondary", "link"]
    secondary = [e for track, e in slices(data, "role") if track[0] == "site secondary"]
    assert [e["name"] for e in secondary] == ["standby", "snapshot-standby", "standby"]
    (session,) = [e for track, e in slices(data, "session") if track[0] == "site secondary"]
    (window,) = [e for _, e in slices(data, "window") if e["name"] == "session-2"]
    assert session["dur"] == window["dur"] == 3600 * 10**6
    assert secondary[1]["ts"] < session["ts"] < session["ts"] + session["dur"] < secondary[2]["ts"]


@pytest.mark.parametrize("count", [150, 5000])
def test_of_many_accounts_one_stands_for_those_that_are_alike(count, dcsim, tmp_path):
    """Its track says for how many; the account that went wrong has a track of its own; the file stays small."""
    (tmp_path / "x.yaml").write_text(MANY.replace("COUNT", str(count)))
    code, _, err = dcsim("run", tmp_path / "x.yaml", "--perfetto", tmp_path / "out")
    assert code == 0, err
    (file,) = (tmp_path / "out").iterdir()
    data = json.loads(file.read_text())
    assert list(faults(data)) == []
    names = {name for process, name in named(data)[1].values() if process == "site primary"}
    assert {f"A1 (and {count - 2:,} more alike)", "B1 (and 6 more alike)", "A9"} < names
    assert data["otherData"]["accounts"] == f"{count + 7:,}, of which tracks stand for {count + 7:,}"
    assert file.stat().st_size < 50_000
    assert dict(paths(data))["A9: password P2"][0] == ("site secondary", "change-password")


def test_of_many_histories_those_that_went_wrong_are_shown(dcsim, tmp_path):
    """A hundred tracks, and the account that broke the promise is among them, though it is the last."""
    acts = "".join(
        f"  - {{at: session-1 +{n}s, account: A{n}, do: initiate-2fa, password: P{n}, channel: email}}\n"
        for n in range(1, 151)
    )
    wrong = "  - {at: session-2 +6m, account: A150, do: change-password, from: P150, to: P2}\n"
    text = MANY.replace("COUNT", "150")
    head, rest = text[: text.index("steps:")], text[text.index("expect:") :]
    (tmp_path / "x.yaml").write_text(f"{head}steps:\n{acts}{wrong}{rest}")
    code, _, err = dcsim("run", tmp_path / "x.yaml", "--perfetto", tmp_path / "out")
    assert code == 0, err
    (file,) = (tmp_path / "out").iterdir()
    data = json.loads(file.read_text())
    shown = {name for process, name in named(data)[1].values() if process == "site primary"} - {"role", "sessions"}
    assert len(shown) <= 100
    assert "A150" in shown
    assert data["otherData"]["accounts"].startswith("157, of which tracks stand for 1")
    assert "(of the accounts shown)" in next(e["name"] for e in data["traceEvents"] if e["ph"] == "C")
