"""Histories, held against the events and the states of whole runs: what is one history lived through the same, and what
is not did not. A folded trace says of its accounts what the whole one says.
"""

from collections import defaultdict
from pathlib import Path

import pytest

from dcsim.files.disk import discover
from dcsim.files.load import load_scenarios, load_texts
from dcsim.files.resolver import source_of
from dcsim.semantics.model import Model
from dcsim.simulate.folded import folded
from dcsim.simulate.weekend import QUIET_ABOVE, simulate
from dcsim.trace.itf import history
from dcsim.trace.jsonl import dump, parse, write_event
from dcsim.trace.replay import replay

FILES = discover([Path(__file__).parents[2] / "scenarios"])
CROWDS = """
scenario: x
title: X
rulebook: x
runbook: x
policies: {lockout-after: 1}
accounts:
  - {id: U001, kind: user, participant: B1, email: registered, smartcard: friday}
  - {id: U002, kind: user, participant: B1, email: registered, smartcard: friday}
  - {id: U003, kind: user, participant: B1, email: registered, smartcard: friday}
  - {id: D001, kind: da, participant: B1, email: registered, smartcard: friday}
  - {id: D002, kind: da, participant: B1, email: registered, smartcard: friday}
  - {id: D003, kind: da, participant: B1, email: registered, smartcard: friday}
  - {id: D004, kind: da, participant: B1, email: registered, smartcard: friday}
  - {id: D005, kind: da, participant: B1, email: registered, smartcard: friday}
  - {population: COUNT, prefix: N, kind: user, participant: B1, email: registered}
  - {population: 30, prefix: M, kind: user, participant: B1, status: absent}
groups:
  some: [U001, N3, N4, N5]
steps:
  - {at: session-1 +1m, account: D004, do: logon, with: smartcard, password: wrong, expect: any}
  - {at: session-1 +2m, account: D005, do: logon, with: smartcard, password: wrong, expect: any}
  - {at: session-1 +3m, account: D005, do: suspend-user, user: N15, expect: any}
  - {at: session-1 +3m, account: D004, do: suspend-user, user: N16, expect: any}
  - {at: session-1 +3m, account: D002, do: initiate-2fa, password: P1, channel: email, expect: any}
  - {at: session-1 +4m, account: D001, do: create-user, user: M*, every: 1s, expect: any}
  - {at: session-1 +5m, account: N*, every: 20ms, do: initiate-2fa, password: P1, channel: email, expect: any}
  - {at: session-1 +6m, account: U001, do: initiate-2fa, password: P1, channel: email}
  - {at: session-1 +6m, account: U002, do: initiate-2fa, password: P1, channel: email}
  - {at: session-1 +7m, account: U003, do: initiate-2fa, password: P1, channel: email}
  - {at: session-1 +8m, account: D001, do: suspend-user, user: N7, expect: any}
  - {at: session-1 +9m, account: D002, do: suspend-user, user: N8, expect: any}
  - {at: session-1 +10m, account: D003, do: reset-user, user: some, every: 1s, takes: 2s, expect: any}
  - {at: session-1 +11m, account: D003, do: suspend-user, user: D002, expect: any}
  - {at: session-1 closes -2s, account: N*, every: 20ms, do: change-password, from: P1, to: P2, expect: any}
  - {at: session-2 +5m, account: U001, do: change-password, from: P1, to: P3, expect: any}
  - {at: session-2 +6m, account: N*, every: 20ms, do: logon, with: otp, password: P2, takes: 1s, expect: any}
  - {at: monday +6h, account: N*, every: 20ms, do: logon, with: otp, password: P1, expect: any}
  - {at: monday +7h, account: M*, every: 20ms, do: logon, with: smartcard, password: P1, expect: any}
faults:
  - {link: delay, account: N2, nth: 1, by: 3m}
  - {link: drop, account: N9, nth: 1}
  - {link: duplicate, account: N10, nth: 2}
"""
RUNBOOKS = ("snapshot-standby", "failback-copy", "no-drain", "restore-friday")


def crowd(runbook, count=60, drained="session-1 closes"):
    """Many accounts and a few; ``drained``: when the runbook begins to wait for the link."""
    texts = {"rulebook": source_of("rulebook", "seoch-2fa-2023").text, "runbook": source_of("runbook", runbook).text}
    texts["runbook"] = texts["runbook"].replace("at: session-1 closes, do: drain", f"at: {drained}, do: drain")
    return load_texts({**texts, "scenario": CROWDS.replace("COUNT", str(count))})


def cases():
    for path in FILES:
        for row, case in enumerate(load_scenarios(path), start=1):
            yield pytest.param(case, id=f"{path.stem}-{row}")
    for runbook in RUNBOOKS:
        yield pytest.param(crowd(runbook), id=f"crowd-{runbook}")
    # A drain that waits, while entries arrive, is no event that tells accounts apart.
    yield pytest.param(crowd("snapshot-standby", drained="session-1 closes +500ms"), id="crowd-drained-late")


CASES = list(cases())


def model_of(case):
    return Model(case.rulebook, case.runbook, case.scenario.policies)


def whole(case, seed=0):
    return simulate(model_of(case), case.scenario, tracing=True, seed=seed)


def members(shared, names):
    """All accounts of each history, found by what each lived through: examples are the first of them."""
    by_first = {history.representative: history for history in shared}
    assert len(by_first) == len(shared)
    groups = [accounts for accounts in names if accounts]
    assert sorted(accounts[0] for accounts in groups) == sorted(by_first)
    for accounts in groups:
        told = by_first[accounts[0]]
        assert (told.accounts, told.examples) == (len(accounts), tuple(accounts[:3]))
    return groups


def lived(case, trace, names):
    """What each account lived through, by the events of the whole trace."""
    start = beginnings(case)
    own = {name: [start[name]] for name in names}
    deeds = {name: set() for name in names}
    stretch = 0
    for event in trace.events:
        if not event.account:
            stretch += 1
            continue
        line = write_event(event)
        by = tuple(own[event.by]) if event.by else ()
        act = {key: value for key, value in line["action"].items() if key != "user"}
        if "action" in act:
            act["action"] = {key: value for key, value in act["action"].items() if key != "user"}
        seen = (stretch, repr(act), line["outcome"], line["says"], line["site"], repr(line["changes"]))
        own[event.account].append((*seen, repr(line["moves"]), by))
        if event.by:
            deeds[event.by].add(tuple(own[event.account]))
    groups = defaultdict(list)
    for name in names:
        groups[tuple(own[name]), frozenset(deeds[name])].append(name)
    return list(groups.values())


def beginnings(case):
    single = {account.id: repr((account.profile, account.start)) for account in case.scenario.accounts}
    for population in case.scenario.populations:
        for number in range(1, population.count + 1):
            single[population.name(number)] = repr((population.like.profile, population.like.start))
    return single


@pytest.mark.parametrize("case", CASES)
def test_one_history_is_what_was_lived_through_alike(case):
    """By the events of the whole trace: same acts, outcomes, changes and moves between the same control events."""
    trace = whole(case)
    names = list(beginnings(case))
    assert trace.accounts == len(names)
    members(trace.histories, lived(case, trace, names))


@pytest.mark.parametrize("case", CASES)
def test_accounts_of_one_history_hold_the_same(case):
    """At every site and on the link, whenever the control moves: by the states that ITF writes."""
    trace = whole(case)
    states = history(model_of(case), case.scenario, trace)
    groups = members(trace.histories, lived(case, trace, list(beginnings(case))))
    for event, before, after in zip(trace.events, states, states[1:], strict=False):
        for first, *others in groups if not event.account else ():
            for state in (before, after):
                assert all(state["stores"][first] == state["stores"][other] for other in others)
                assert all(state["redo"][first] == state["redo"][other] for other in others)


@pytest.mark.parametrize("case", CASES)
def test_the_events_of_a_history_are_those_of_its_representative(case):
    """What it did, and what was done to it."""
    for trace in (whole(case), folded(model_of(case), case.scenario)):
        for each in trace.histories:
            named = [e.n for e in trace.events if each.representative in (e.account, e.by)]
            assert list(each.events) == named


def told(event, kept):
    """An event without what counts other events."""
    line = write_event(event)
    line["found"] = [found for found in line["found"] if found["account"] in kept]
    for key in ("n", "position", "digest"):
        del line[key]
    for item in (*line["moves"], *line["rules"]):
        item.pop("examples", None)
    return {**line, "moves": sorted(map(repr, line["moves"])), "rules": sorted(map(repr, line["rules"]))}


@pytest.mark.parametrize("case", CASES)
def test_a_folded_trace_is_the_whole_one_without_the_others(case):
    """The control's events and those of the accounts that it keeps, with the counts of all."""
    full, fold = whole(case), folded(model_of(case), case.scenario)
    assert fold.histories[0].accounts == full.histories[0].accounts
    assert [(h.accounts, h.examples) for h in fold.histories] == [(h.accounts, h.examples) for h in full.histories]
    kept = {"", *fold.also, *(each.representative for each in fold.histories)}
    assert [told(event, kept) for event in fold.events] == [
        told(event, kept) for event in full.events if event.account in kept
    ]
    assert (fold.failures, fold.noticed, fold.actions) == (full.failures, full.noticed, full.actions)
    assert [(b.violation, b.accounts) for b in fold.broken] == [(b.violation, b.accounts) for b in full.broken]


@pytest.mark.parametrize("case", CASES)
def test_a_folded_trace_replays(case):
    """Every event, with its moves and their counts."""
    trace = folded(model_of(case), case.scenario, seed=3)
    head, events = parse("".join(dump(case.texts, 3, trace)))
    assert head["folded"] is True
    assert replay(model_of(case), case.scenario, head, events) is None


def test_a_folded_trace_grows_with_histories():
    """Not with accounts: five times as many give the same number of events, and almost the same size."""
    few, many = (crowd("failback-copy", count) for count in (1000, 5000))
    one, other = (folded(model_of(case), case.scenario) for case in (few, many))
    assert (other.accounts, len(other.events)) == (5038, len(one.events))
    sizes = [len("".join(dump({}, 0, trace))) for trace in (one, other)]
    assert sizes[1] < sizes[0] * 1.01


def test_a_break_has_an_event_in_a_folded_trace():
    """That of the first account that is in the trace, whoever it was found on first."""
    case = crowd("restore-friday")
    for broken in folded(model_of(case), case.scenario).broken:
        assert broken.event, broken


def test_watched_accounts_are_in_a_folded_trace_as_well():
    """With what they held at each opening; and the counts are the same."""
    case = crowd("failback-copy")
    plain, watched = (folded(model_of(case), case.scenario, watch=names) for names in ((), ("N2?",)))
    names = {f"N2{digit}" for digit in range(10)}
    assert {opening.account for opening in watched.openings} == names
    assert names <= {*watched.also, *(each.representative for each in watched.histories)}
    assert [told(e, ()) for e in watched.events if not e.account] == [
        told(e, ()) for e in plain.events if not e.account
    ]


def test_nothing_is_recounted_unless_it_is_asked_for():
    """Of many accounts; of few, a whole trace has its histories."""
    case = crowd("snapshot-standby", QUIET_ABOVE)
    assert simulate(model_of(case), case.scenario).histories == ()
    assert simulate(model_of(case), case.scenario, watch=["U001"]).histories == ()
    assert simulate(model_of(case), case.scenario, histories=True).histories != ()
    small = crowd("snapshot-standby")
    assert simulate(model_of(small), small.scenario, tracing=False).histories == ()
    assert simulate(model_of(small), small.scenario).histories != ()


FALSE = {
    "who counts for how many": lambda head: swap(head, "N3", "N6"),
    "how many there are": lambda head: head.update(accounts=7),
    "how many share a history": lambda head: row_of(head, "N3").update(accounts=4),
    "the events of a history": lambda head: row_of(head, "N3")["events"].pop(),
    "who is kept": lambda head: head.update(also=["N20"]),
    "a history that is gone": lambda head: head["histories"].remove(row_of(head, "N2")),
}


def row_of(head, name):
    return next(row for row in head["histories"] if row["representative"] == name)


def swap(head, *names):
    one, other = (row_of(head, name) for name in names)
    one["accounts"], other["accounts"] = other["accounts"], one["accounts"]


@pytest.mark.parametrize("name", FALSE)
def test_a_folded_trace_that_was_edited_differs(name):
    """In its header: counts are held against what events moved, and against the number of all accounts."""
    case = crowd("failback-copy")
    lines = "".join(dump(case.texts, 0, folded(model_of(case), case.scenario)))
    head, events = parse(lines)
    assert replay(model_of(case), case.scenario, head, events) is None
    FALSE[name](head)
    assert replay(model_of(case), case.scenario, head, events) is not None


def test_run_folds_the_trace_of_many_accounts(dcsim, tmp_path):
    """From 2,001 accounts on; it replays, and the accounts that were asked for are in it."""
    for count in (QUIET_ABOVE - 38, QUIET_ABOVE - 37):
        (tmp_path / f"{count}.yaml").write_text(
            CROWDS.replace("COUNT", str(count))
            .replace("rulebook: x", "rulebook: seoch-2fa-2023")
            .replace("runbook: x", "runbook: failback-copy")
        )
        code, out, err = dcsim("run", tmp_path / f"{count}.yaml", "--trace", tmp_path / f"{count}", "--account", "N20")
        assert (code, err) == (1, ""), out + err
        (path,) = (tmp_path / f"{count}").iterdir()
        head, _ = parse(path.read_text())
        assert head["accounts"] == count + 38
        assert head["folded"] is (head["accounts"] > QUIET_ABOVE)
        assert head["also"] == (["D005", "N20"] if head["folded"] else [])
        assert "finds of N20" in out
        assert "N21" not in out
        code, out, _ = dcsim("replay", path)
        assert (code, out.count("all as recorded")) == (0, 1)
