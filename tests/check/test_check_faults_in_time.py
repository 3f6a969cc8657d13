"""Outages and crashes in a check: what they break is found and runs, what is up again goes on, and no step is stuck."""

import subprocess
import sys

import attrs
import pytest
from mishap_words import mishaps

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check as explore
from dcsim.checker.explorers.protocol import Product
from dcsim.checker.model.abstract_accounts import abstract_accounts
from dcsim.checker.model.weekend import Weekend
from dcsim.files.load import load_pair
from dcsim.files.write import write_runbook
from dcsim.semantics.model import Model
from dcsim.usecases.check import Bounds, Who, check, load_subject
from dcsim.usecases.evidence import keep
from dcsim.usecases.request import RequestError

TIMED = ("outage", "crash")
CITED = "citation: {place: x}"
BOOK = """
rulebook: copied
version: 1
title: Session 2 is thrown away
timezone: UTC
source: {title: made up}
accounts: {u: {}}
records: [order]
sessions:
  - {name: s1, site: a, opens: 2026-01-10 10:00, closes: 2026-01-10 11:00, citation: {place: x}}
  - {name: s2, site: a, opens: 2026-01-10 12:00, closes: 2026-01-10 13:00, citation: {place: x}}
  - {name: s3, site: a, opens: 2026-01-10 14:00, closes: 2026-01-10 15:00, citation: {place: x}}
rules:
  - {id: r1, accounts: u, changes: order, made-in: s1, at: [s2, s3], fate: carry, citation: {place: x}}
  - {id: r2, accounts: u, changes: order, made-in: s2, at: s3, fate: discard, baseline: s1, citation: {place: x}}
"""
COPIED = """
runbook: copied
version: 1
title: What Session 1 left is kept aside at b, and copied back
sites: {a: primary, b: stand-alone}
link: none
steps:
  - {id: open-1, at: s1 opens, do: open, session: s1, site: a}
  - {id: close-1, at: s1 closes, do: close, session: s1}
  - {id: open-2, at: s2 opens, do: open, session: s2, site: a}
  - {id: aside, at: s2 opens, do: copy, source: a, target: b}
  - {id: close-2, at: s2 closes, do: close, session: s2}
  - {id: return, at: s2 closes +30m, do: copy, source: b, target: a}
  - {id: open-3, at: s3 opens, do: open, session: s3, site: a}
  - {id: close-3, at: s3 closes, do: close, session: s3}
"""
DRAINED = """
runbook: drained
version: 1
title: A drain that goes on when it gives up
sites: {a: primary, b: standby}
link: {lag: LAG, apply: blind}
steps:
  - {id: open-1, at: s1 opens, do: open, session: s1, site: a}
  - {id: close-1, at: s1 closes, do: close, session: s1}
  - {id: open-2, at: s2 opens, do: open, session: s2, site: a}
  - {id: close-2, at: s2 closes, do: close, session: s2}
  - {id: drain, at: s3 opens, do: drain, timeout: TIMEOUT, on-timeout: proceed}
  - {id: open-3, at: s3 opens, do: open, session: s3, site: a}
  - {id: close-3, at: s3 closes, do: close, session: s3}
"""
HELD_UP = """
scenario: held-up
title: The link goes down before a change is made, and comes back after Session 3 has opened
rulebook: ./rulebook.yaml
runbook: ./runbook.yaml
accounts: [{id: U1, kind: u}]
steps: [{at: s1 +30m, account: U1, do: write, record: order, value: V1}]
faults: [{link: outage, from: s1 +20m, until: s3 opens +20m}]
"""


@pytest.fixture
def proceeding(tmp_path):
    """The built-in runbook, but that it goes on when its second drain gives up; and its rulebook."""
    _, right = load_pair("seoch-2fa-2023", "snapshot-standby")
    steps = (attrs.evolve(s, on_timeout="proceed") if s.id == "drain-again" else s for s in right.steps)
    path = tmp_path / "proceeding.yaml"
    path.write_text(write_runbook(attrs.evolve(right, runbook="proceeding", steps=tuple(steps))))
    return "seoch-2fa-2023", str(path)


@pytest.fixture
def copied(tmp_path):
    """A runbook that keeps a copy at a site that nothing else needs; and its rulebook."""
    book, runbook = tmp_path / "rulebook.yaml", tmp_path / "runbook.yaml"
    book.write_text(BOOK)
    runbook.write_text(COPIED)
    return str(book), str(runbook)


@pytest.fixture
def drained(tmp_path):
    """A rulebook whose Session 2 takes no order, and a runbook with a drain before Session 3."""

    def made(timeout, lag):
        book = BOOK.replace("closes: 2026-01-10 13:00,", "closes: 2026-01-10 13:00, changes: [],")
        rules, _, _ = book.partition("  - {id: r2")
        (tmp_path / "rulebook.yaml").write_text(f"{rules}policies: {{changes-in-gaps: {{value: [], {CITED}}}}}\n")
        runbook = DRAINED.replace("TIMEOUT", timeout).replace("LAG", lag)
        (tmp_path / "runbook.yaml").write_text(runbook)
        (tmp_path / "scenario.yaml").write_text(HELD_UP)
        return str(tmp_path / "rulebook.yaml"), str(tmp_path / "runbook.yaml")

    return made


def checked(pair, *kinds, faults=1, **who):
    subject = load_subject(None, *pair, Who(**who))
    return check(subject, Bounds(faults=faults, fault_kinds=kinds or ("entry",)), each=True)


def program(*words):
    return subprocess.run([sys.executable, "-m", "dcsim", *words], capture_output=True, text=True, check=False)


PLANTED = [
    ("proceeding", {"accounts": 1}, "link outage", {"carried-arrives", "opens-caught-up"}),
    ("copied", {}, "crash b", {"discarded-absent"}),
]


@pytest.mark.parametrize(("planted", "who", "mishap", "invariants"), PLANTED, ids=["outage", "crash"])
def test_what_only_a_fault_in_time_breaks_is_found_and_runs(request, tmp_path, planted, who, mishap, invariants):
    """It is proved with faults of entries; one outage or crash breaks it, and ``dcsim run`` shows the same."""
    pair = request.getfixturevalue(planted)
    proof = checked(pair, **who)
    assert proof.status == "proved"
    assert any("crashes of sites" in sentence for sentence in proof.answer.covered.outside)
    found = checked(pair, *TIMED, **who)
    assert invariants <= set(found.answer.broken[mishaps(mishap)])
    kept = keep(tmp_path / "found", found)
    examples = zip(kept.counterexamples, kept.files, strict=True)
    files = {each.invariant: file for each, file in examples if each.after == mishaps(mishap)}
    run = program("run", *files.values())
    assert run.returncode == 1
    assert invariants <= files.keys()
    assert all(invariant in run.stdout for invariant in files)


@pytest.mark.parametrize("kind", TIMED)
@pytest.mark.parametrize("lag", ["0s", "2s"])
def test_a_drain_that_gives_up_at_once_holds_nothing_up(drained, tmp_path, lag, kind):
    """A time-out of 0 leaves no time in which something could come back: a check proves it, and a run passes."""
    found = checked(drained("0m", lag), kind, accounts=1)
    assert (found.status, dict(found.answer.broken)) == ("proved", {})
    assert program("run", str(tmp_path / "scenario.yaml")).returncode == 0


@pytest.mark.parametrize("lag", ["0s", "1ms"])
def test_an_outage_before_a_commit_is_found_however_short_the_lag(drained, tmp_path, lag):
    """Redo that takes no time is held up only by an outage that begins first: a counterexample begins it so."""
    found = checked(drained("30m", lag), "outage", accounts=1)
    assert (found.status, [each.invariant for each in found.counterexamples]) == ("violated", ["window-served"])
    assert program("run", str(tmp_path / "scenario.yaml")).returncode == 1


def test_a_combination_names_its_outage_and_its_crash():
    """What breaks after both names both."""
    found = explore(weekend("snapshot-standby", faults=2), "factored", Budget()).broken
    assert mishaps("crash primary", "link outage") in {each.after for each in found}
    assert mishaps("crash secondary") in {each.after for each in found}


@pytest.mark.parametrize("kinds", ["", "outages", "entry,x"])
def test_a_kind_that_is_none_is_refused(kinds):
    """Whoever misspells a kind must not be told that it was proved."""
    words = ["check", "--rulebook", "seoch-2fa-2023", "--runbook", "no-drain", "--fault-kinds", kinds]
    run = program(*words)
    assert run.returncode == 2
    assert "entry, outage, crash" in run.stderr
    if kinds:
        with pytest.raises(RequestError, match="entry, outage, crash"):
            Bounds(fault_kinds=tuple(kinds.split(",")))


# -- engines and convergence -------------------------------------------------------------------------------------------


def weekend(runbook, kinds=TIMED, faults=1):
    model = Model(*load_pair("seoch-2fa-2023", runbook))
    return Weekend(model, abstract_accounts(model.rulebook, 1), 1, faults, kinds=kinds)


@pytest.mark.parametrize("engine", ["interned", "array", "factored"])
def test_every_engine_finds_what_faults_in_time_break(engine):
    """Every engine reports the same breaks after the same faults as the plain search."""
    of = weekend("scenarios/runbooks/switch-over-and-back.yaml", ("entry", *TIMED))
    plain = explore(of, "bfs", Budget()).broken
    assert explore(of, engine, Budget()).broken == plain
    assert mishaps("crash primary") in {each.after for each in plain}


def test_clients_go_on_while_a_crash_holds_an_open_back_past_its_window(tmp_path):
    """A session that is still to open may show what clients changed after the last window."""
    gaps = f"policies: {{changes-in-gaps: {{value: [order], {CITED}}}}}\n"
    (tmp_path / "rulebook.yaml").write_text(BOOK.replace("{name: s3, site: a", "{name: s3, site: b") + gaps)
    runbook = COPIED.replace("session: s3, site: a", "session: s3, site: b")
    (tmp_path / "runbook.yaml").write_text(runbook)
    model = Model(*load_pair(str(tmp_path / "rulebook.yaml"), str(tmp_path / "runbook.yaml")))
    of = Weekend(model, abstract_accounts(model.rulebook, 1), 1, 1, kinds=("crash",))
    last = model.rulebook.order["s3"]
    late = [p for p in idle_points(of) if p.control.interval > last and "s3" not in p.control.opened]
    moves = [move for point in late if "b" in point.control.down for move in of.moves(point, of.start()[1][0])]
    assert any(move.lane[1] for move in moves)


def test_a_request_in_a_session_left_open_past_its_window_is_tried(drained):
    """Under ``origin-fixed-at: request`` it breaks the promise after each slip with the closing step."""
    policies = {"origin-fixed-at": "request"}
    model = Model(*load_pair(*drained("30m", "2s")), policies)
    found = explore(Weekend(model, abstract_accounts(model.rulebook, 1), 1, 0, 1), "factored", Budget()).broken
    late = {mishaps(f"{slip} close-3") for slip in ("delay", "skip")}
    assert late <= {each.after for each in found if each.invariant == "promise"}


def idle_points(of):
    """Every point that clock, operator and faults come to while no client does anything."""
    seen, waiting = {of.start()[0]}, [of.start()[0]]
    while waiting:
        new = {turn.control for turn in of.turns(waiting.pop())} - seen
        seen |= new
        waiting += new
    return seen


@pytest.mark.parametrize(
    ("runbook", "faults"),
    [pytest.param("snapshot-standby", 2, marks=pytest.mark.slow), ("scenarios/runbooks/stale-standby.yaml", 1)],
)
def test_from_every_state_the_weekend_can_be_finished(runbook, faults):
    """Once what is down is up again, the operator can take every step: no state is stuck."""
    of = weekend(runbook, faults=faults)
    before, seen, waiting = {}, {of.start()}, [of.start()]
    while waiting:
        state = waiting.pop()
        for edge in Product(of).edges(state):
            before.setdefault(edge.state, []).append(state)
            if edge.state not in seen:
                seen.add(edge.state)
                waiting.append(edge.state)
    assert any(point.control.down for point, _ in seen)
    last = len(of.model.rulebook.timeline) - 1
    ended = [s for s in seen if s[0].stage == "over" or (not s[0].control.todo and not s[0].control.down)]
    finish = {s for s in ended if s[0].stage == "over" or s[0].control.interval == last}
    waiting = list(finish)
    while waiting:
        new = set(before.get(waiting.pop(), ())) - finish
        finish |= new
        waiting += new
    assert not {s for s in seen - finish if (-1, 0) not in s[1]}
