"""What readers found dcsim to say that is not so: each once came out otherwise. The files beside are theirs."""

import json
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.explorers.protocol import Occurrence
from dcsim.checker.model.abstract_accounts import one_of_each_kind
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import WantedAnswer, ask
from dcsim.files.load import load_pair, load_runbook, load_scenario, load_texts
from dcsim.semantics.model import Model
from dcsim.semantics.scene import practice
from dcsim.simulate.weekend import simulate

CASES = Path(__file__).parent / "cases"
SEOCH = "seoch-2fa-2023"


def broken(rulebook, runbook, **bounds):
    """What a check finds broken with no fault and no slip; the promise alone."""
    found = answer(rulebook, runbook, **bounds)
    return {name for names in found.broken.values() for name in names if not practice(name)}


def answer(rulebook, runbook, ops=1, practices=True, **policies):
    book, steps = load_pair(rulebook, runbook)
    model = Model(book, steps, policies, practices=practices)
    confirms = lambda scenario, name: name in simulate(model, scenario, tracing=False).invariants  # noqa: E731
    groups = one_of_each_kind(book, steps)
    weekend = Weekend(model, sum(groups, ()), ops, groups=groups)
    return ask(
        weekend, lambda part, left: check(part, "auto", left), Budget(seconds=120), WantedAnswer(confirms=confirms)
    )


def run(path):
    case = load_scenario(CASES / path)
    return simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario)


def told(trace):
    """What a run says is broken: names, and where."""
    return {(b.violation.invariant, b.violation.where) for b in trace.broken}


def case(name, rulebook="rulebook", runbook="runbook"):
    folder = CASES / name
    book = folder / f"{rulebook}.yaml"
    return (book if book.exists() else SEOCH), folder / f"{runbook}.yaml"


# -- false proofs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "finds"),
    [
        ("F1-reset-wipes-carried", "reset-applied"),
        ("F2-fail-over-in-session", "window-served"),
        ("F3-wiped-after-open", "reset-applied"),
        ("F4-kind-left-out", "reset-applied"),
    ],
)
def test_what_breaks_the_promise_is_not_proved(name, finds):
    """A reset of what another rule carries, a site that turns read-only, one wiped after it opened, a kind left out."""
    found = answer(*case(name))
    assert found.status == "violated"
    assert finds in found.broken[()]
    assert {example.invariant for example in found.counterexamples} >= {finds}


def test_what_stood_before_and_nobody_touched_stays():
    """F1: an order of the week before is not the operator's to delete, though a rule deletes other orders."""
    text = (CASES / "F1-reset-wipes-carried" / "scenario.yaml").read_text()
    text = text.replace("smartcard: c}", "smartcard: c, records: {order: O0}}").split("steps:")[0]
    texts = {name: (CASES / "F1-reset-wipes-carried" / f"{name}.yaml").read_text() for name in ("rulebook", "runbook")}
    loaded = load_texts({**texts, "scenario": text})
    trace = simulate(Model(loaded.rulebook, loaded.runbook), loaded.scenario)
    assert ("reset-applied", "order at main") in told(trace)


def test_a_proof_of_nothing_is_inconclusive(tmp_path):
    """F5: without rules, or where none decided anything, there is nothing to prove."""
    book, runbook = case("F4-kind-left-out")
    bare = tmp_path / "bare.yaml"
    bare.write_text(book.read_text().partition("rules:")[0])
    assert (answer(bare, runbook).status, answer(book, runbook, ops=0).status) == ("inconclusive", "inconclusive")


def test_rules_speak_of_what_stood_before(tmp_path):
    """F6: "all resting orders are deleted" can be said, and a runbook that deletes nothing breaks it."""
    book, runbook = case("A4-purge-is-not-a-value")
    resting = tmp_path / "resting.yaml"
    resting.write_text(book.read_text().replace("made-in: s1", "made-in: [baseline, s1]"))
    assert answer(resting, runbook).status == "proved"
    lazy = tmp_path / "lazy.yaml"
    lazy.write_text("".join(line for line in runbook.read_text().splitlines(True) if "purge," not in line))
    found = answer(resting, lazy)
    assert broken(resting, lazy) == {"discarded-absent"}
    assert min(example.length for example in found.counterexamples) == 0


@pytest.mark.slow
def test_requests_in_flight_are_in_the_alphabet():
    """F8: committed after the close and booked to the session, a change never reaches Session 2: the check says so."""
    policies = {"in-flight-at-close": "commit", "origin-fixed-at": "request"}
    found = answer(SEOCH, "snapshot-standby", **policies)
    assert found.status == "violated"
    assert "one-origin" in found.broken[()]
    outside = " ".join(answer(SEOCH, "snapshot-standby").covered.outside)
    assert "requests in flight" in outside


def test_steps_that_are_always_refused_are_told(tmp_path):
    """F9: a step that no schedule can take is no silent part of a proof."""
    text = "".join(
        f"{line}  - {{id: again, at: monday closes, do: close, session: session-1}}\n"
        if "close-monday" in line
        else line
        for line in Path(str(builtin("snapshot-standby"))).read_text().splitlines(True)
    )
    path = tmp_path / "runbook.yaml"
    path.write_text(text)
    found = answer(SEOCH, path)
    assert (found.status, found.covered.refused) == ("proved", {"again": ("not-open",)})


def builtin(name):
    import dcsim

    return Path(dcsim.__file__).parent / "builtin" / "runbooks" / f"{name}.yaml"


# -- false alarms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "other"), [("A1-split-rule", "rulebook-split"), ("A2-order-of-rules", "rulebook-swapped")]
)
def test_neither_order_nor_split_of_rules_matters(name, other):
    """One rule or two, in this order or that: the verdict is the same, and nothing is broken."""
    one, two = answer(*case(name), ops=2), answer(*case(name, other), ops=2)
    assert (one.status, one.broken) == (two.status, two.broken) == ("proved", {})


@pytest.mark.slow
def test_what_a_right_runbook_leaves_undone_is_practice(tmp_path):
    """A3, A6: an export into a store that follows no redo keeps the promise; the practice can be waived, left out, or
    made void by saying that there is no link.
    """
    book, runbook = case("A3-export")
    assert broken(book, runbook) == set()
    assert answer(book, runbook).broken == {(): ("opens-caught-up",)}
    assert answer(book, runbook, practices=False).status == "proved"
    text = runbook.read_text()
    waived = "waives: [{practice: opens-caught-up, reason: the store is filled by the export}]\nsteps:"
    for other in (
        text.replace("steps:", waived),
        text.replace("snapshot-standby", "stand-alone"),
        text.replace("snapshot-standby", "stand-alone").replace("link: {lag: 2s}", "link: none"),
    ):
        path = tmp_path / "runbook.yaml"
        path.write_text(other)
        assert answer(book, path).status == "proved"


def test_a_purge_does_what_a_discard_asks():
    """A4: an operator's value that is the permitted one is permitted."""
    assert answer(*case("A4-purge-is-not-a-value"), ops=2).status == "proved"


def test_a_request_that_comes_too_late_is_refused_as_the_policy_says():
    """A5: the next session is open, and the refusal is right all the same."""
    trace = run("A5-in-flight-into-next/scenario.yaml")
    assert (trace.failures, trace.invariants) == ((), ())


def test_a_discarded_session_at_the_primary_has_commits_of_its_own():
    """A7: two runs of a right runbook cannot be told apart by how many commits the primary counts."""
    words = ("--rulebook", CASES / "A1-split-rule/rulebook.yaml", "--runbook", CASES / "A1-split-rule/runbook.yaml")
    found = dcsim("check", *words, "--non-interference")
    assert "commit position" not in found.stdout
    assert found.returncode == 0, found.stdout


def test_a_reset_may_be_for_some_kinds_of_account(tmp_path):
    """A8: a rule that resets one kind of account can be kept."""
    book, runbook = case("F4-kind-left-out")
    path = tmp_path / "runbook.yaml"
    step = "  - {at: s2 opens -5m, do: reset, site: main, fields: [sequence], to: 1, accounts: feed}\n"
    path.write_text(runbook.read_text().replace("  - {at: s2 opens,", f"{step}  - {{at: s2 opens,"))
    assert answer(book, path).status == "proved"
    path.write_text(path.read_text().replace(", accounts: feed", ""))
    assert broken(book, path) == {"reset-applied"}


# -- the mechanism -----------------------------------------------------------------------------------------------------


def test_a_session_opened_late_is_told_and_nothing_that_is_not_so():
    """M1: no rule discards the address, and footnote 1's set-up is where it should be."""
    assert set(run("M1-opened-late/monday-late.yaml").invariants) == {"window-served"}
    assert set(run("M1-opened-late/opened-late.yaml").invariants) == {"window-served"}


def test_a_loss_is_told_where_a_session_opens_late():
    """M1: what does not arrive is missed, late as the opening is."""
    path = CASES / "M1-opened-late" / "opened-late.yaml"
    text = path.read_text().replace("faults:", "faults:\n  - {link: drop, account: U1, nth: 1}")
    loaded = load_texts(
        {
            "rulebook": load_scenario(path).texts["rulebook"],
            "runbook": builtin("no-drain").read_text(),
            "scenario": text,
        }
    )
    assert "carried-arrives" in simulate(Model(loaded.rulebook, loaded.runbook), loaded.scenario).invariants


@pytest.mark.parametrize("name", ["dup-none", "dup-early", "dup-drop"])
def test_a_duplicate_repairs_nothing(name):
    """M2: with a copy on the link, with a loss beside it, or without: the second entry comes in its own time."""
    assert {"carried-arrives", "opens-caught-up"} <= set(run(f"M2-duplicate-repairs/{name}.yaml").invariants)


def test_a_delay_is_released_by_its_own_timer():
    """M3: of two entries held up, the one whose time has come is let go; and none by a timer from before a resend."""
    body = """scenario: s
title: t
rulebook: seoch-2fa-2023
runbook: no-drain
accounts: [{id: U1, kind: user, participant: B1, email: registered, smartcard: friday}]
steps:
  - {at: session-1 +1m, account: U1, do: change-password, with: smartcard, from: friday, to: C1}
  - {at: session-1 +2m, account: U1, do: change-password, with: smartcard, from: C1, to: C2}
faults:
  - {link: delay, account: U1, nth: 1, by: 30m}
  - {link: delay, account: U1, nth: 2, by: 10m}
"""
    texts = load_scenario(CASES / "M2-duplicate-repairs" / "dup-none.yaml").texts
    loaded = load_texts({**texts, "scenario": body})
    trace = simulate(Model(loaded.rulebook, loaded.runbook), loaded.scenario)
    released = [event.action.number for event in trace.events if getattr(event.action, "verdict", "") == "release"]
    assert released == [2, 1]


def test_a_standby_that_is_stale_for_ever_does_not_agree():
    """M4: what stands behind a lost entry is not on its way."""
    runbook = (
        builtin("snapshot-standby").read_text().replace("do: resend}", "do: restore-point, site: primary, name: x}")
    )
    runbook = runbook.replace("on-timeout: open-monday", "on-timeout: proceed")
    body = """scenario: s
title: t
rulebook: seoch-2fa-2023
runbook: r
accounts: [{id: U1, kind: user, participant: B1, email: registered, smartcard: friday}]
steps:
  - {at: session-1 +1m, account: U1, do: change-password, with: smartcard, from: friday, to: C1}
  - {at: session-1 +2m, account: U1, do: initiate-2fa, password: P1, channel: email}
faults:
  - {link: drop, account: U1, nth: 1}
"""
    texts = load_scenario(CASES / "M2-duplicate-repairs" / "dup-none.yaml").texts
    loaded = load_texts({**texts, "runbook": runbook, "scenario": body})
    found = told(simulate(Model(loaded.rulebook, loaded.runbook), loaded.scenario))
    assert ("sites-agree", "password at secondary") in found


def test_a_set_up_made_in_part_is_no_initiation_carried_in_part():
    """M5: where only a half was made, half may be there."""
    body = """scenario: s
title: t
rulebook: seoch-2fa-2023
runbook: snapshot-standby
policies: {set-up: stepwise}
accounts: [{id: U1, kind: user, participant: B1, email: registered}]
steps:
  - {at: session-1 +1m, account: U1, do: initiate-2fa, password: P1}
"""
    texts = load_scenario(CASES / "M1-opened-late" / "opened-late.yaml").texts
    loaded = load_texts({**texts, "scenario": body})
    trace = simulate(Model(loaded.rulebook, loaded.runbook, loaded.scenario.policies), loaded.scenario)
    assert set(trace.invariants) == {"set-up-whole"}


def test_inside_a_printed_window_nothing_is_between_sessions():
    """M6: where Session 2 was called off, the primary takes no change of a gap in its window."""
    runbook = builtin("snapshot-standby").read_text().replace("on-timeout: proceed", "on-timeout: abort")
    body = """scenario: s
title: t
rulebook: seoch-2fa-2023
runbook: r
accounts: [{id: U1, kind: user, participant: B1, smartcard: friday}]
steps:
  - {at: session-1 +1m, account: U1, do: change-password, with: smartcard, from: friday, to: C1}
  - {at: session-2 +1m, account: U1, do: register-email, expect: refused closed}
  - {at: session-2 closes +1m, account: U1, do: register-email}
faults:
  - {link: drop, account: U1, nth: 1}
"""
    texts = load_scenario(CASES / "M1-opened-late" / "opened-late.yaml").texts
    loaded = load_texts({**texts, "runbook": runbook, "scenario": body})
    trace = simulate(Model(loaded.rulebook, loaded.runbook), loaded.scenario)
    assert trace.failures == ()
    assert set(trace.invariants) == {"window-served"}


def test_a_failed_logon_is_no_accepted_write():
    """M7: outside a window a wrong password is refused like all else, and that is right."""
    runbook = (
        builtin("snapshot-standby")
        .read_text()
        .replace("at: session-1 closes, do: close", "at: session-1 closes +5m, do: close")
        .replace("at: session-1 closes, do: drain", "at: session-1 closes +5m, do: drain")
    )
    body = """scenario: s
title: t
rulebook: seoch-2fa-2023
runbook: r
policies: {lockout-after: 3}
accounts: [{id: U1, kind: user, participant: B1, smartcard: friday}]
steps:
  - {at: session-1 closes +1m, account: U1, do: logon, with: smartcard, password: oops, expect: refused wrong-password}
"""
    texts = load_scenario(CASES / "M1-opened-late" / "opened-late.yaml").texts
    loaded = load_texts({**texts, "runbook": runbook, "scenario": body})
    assert simulate(Model(loaded.rulebook, loaded.runbook, loaded.scenario.policies), loaded.scenario).invariants == ()


SUSPENDED = """scenario: s
title: t
rulebook: seoch-2fa-2023
runbook: r
accounts:
  - {id: U1, kind: user, participant: B1, email: registered, smartcard: friday}
  - {id: D1, kind: da, participant: B1}
steps:
  - {at: session-1 +1m, account: U1, takes: 2m, do: initiate-2fa, password: P1, channel: email,
     expect: refused suspended}
  - {at: session-1 +2m, account: D1, do: suspend-user, user: U1}
"""


def test_a_suspended_users_pending_set_up_does_not_commit():
    """M10: a commit asks once more whether the account may do it."""
    texts = load_scenario(CASES / "M1-opened-late" / "opened-late.yaml").texts
    loaded = load_texts({**texts, "scenario": SUSPENDED})
    assert simulate(Model(loaded.rulebook, loaded.runbook), loaded.scenario).failures == ()


def test_an_otp_logon_needs_a_credential():
    """M10: a site that has password and channel, but no credential, cannot check a one-time password."""
    runbook = (CASES / "A3-export" / "runbook.yaml").read_text().replace(", credential]", "]")
    body = """scenario: s
title: t
rulebook: seoch-2fa-2023
runbook: r
accounts: [{id: U1, kind: user, participant: B1, email: registered}]
steps:
  - {at: session-1 +1m, account: U1, do: initiate-2fa, password: P1, channel: email}
  - {at: session-2 +1m, account: U1, do: logon, with: otp, password: P1, expect: refused no-credential}
"""
    texts = load_scenario(CASES / "M1-opened-late" / "opened-late.yaml").texts
    loaded = load_texts({**texts, "runbook": runbook, "scenario": body})
    trace = simulate(Model(loaded.rulebook, loaded.runbook), loaded.scenario)
    assert trace.failures == ()
    assert "credential-same-version" in trace.invariants


def test_a_discarded_change_decides_no_open_question():
    """M11: a change of Session 1 of which no rule speaks may reach Monday or not, whatever was done in Session 2."""
    body = """scenario: s
title: t
rulebook: seoch-2fa-2023
runbook: {runbook}
accounts: [{{id: U1, kind: user, participant: B1, email: registered, two-factor: {{password: P0, channel: email}}}}]
steps:
  - {{at: session-1 +1m, account: U1, do: change-password, from: P0, to: P1}}
  - {{at: session-2 +1m, account: U1, do: change-password, from: P1, to: P2}}
"""
    for runbook in ("snapshot-standby", "restore-friday"):
        texts = dict(load_scenario(CASES / "M1-opened-late" / "opened-late.yaml").texts)
        texts |= {"runbook": builtin(runbook).read_text(), "scenario": body.format(runbook=runbook)}
        loaded = load_texts(texts)
        assert simulate(Model(loaded.rulebook, loaded.runbook), loaded.scenario).invariants == ()


# -- names and words ---------------------------------------------------------------------------------------------------


def test_a_leak_is_called_a_leak_and_a_loss_a_loss():
    """N1: beside an open change a discarded password is found out; and a loss at the primary is told as one there."""
    leak = run("N1-leak-told-as-loss/leak-untold.yaml")
    assert ("discarded-absent", "password at primary") in told(leak)
    assert set(leak.invariants) == {"discarded-absent"}
    assert set(run("N1-leak-told-as-loss/mislabel.yaml").invariants) == {"carried-survives"}


def test_a_wrong_constant_is_told_with_the_rules_own(tmp_path):
    """N2: the operator wrote 0, the rule says 1."""
    book, runbook = case("F4-kind-left-out")
    path = tmp_path / "runbook.yaml"
    step = "  - {at: s2 opens -5m, do: reset, site: main, fields: [sequence], to: 0, accounts: feed}\n"
    path.write_text(runbook.read_text().replace("  - {at: s2 opens,", f"{step}  - {{at: s2 opens,"))
    found = dcsim("check", "--rulebook", book, "--runbook", path)
    assert "expected none or 1, found 0 (set by the operator)" in found.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", ["F1-reset-wipes-carried", "F4-kind-left-out"])
def test_counterexamples_are_in_the_rulebooks_own_terms(name):
    """N3: no 2FA where the rulebook knows none, and never a change to what was there."""
    found = answer(*case(name), ops=2)
    acts = [step.action for example in found.counterexamples for step in example.scenario.steps]
    assert {act.verb for act in acts} <= {"write"}
    for example in answer(SEOCH, "failback-copy", ops=2).counterexamples:
        assert all(getattr(step.action, "from_", 1) != getattr(step.action, "to", 2) for step in example.scenario.steps)


@pytest.mark.slow
def test_each_combination_of_slips_has_its_counterexample(tmp_path):
    """N4: all are written, each with the rule that it rests on; one can be asked for."""
    words = ("--rulebook", SEOCH, "--runbook", "snapshot-standby", "--accounts", "1", "--faults", "1", "--errors", "1")
    found = json.loads(dcsim("check", *words, "--json", "--save", tmp_path / "out").stdout)
    rows = [(row["after"], name) for row in found["broken"] for name in row["invariants"]]
    shown = [(example["after"], example["invariant"]) for example in found["counterexamples"]]
    assert len(shown) > 25
    assert all(each in rows for each in shown)
    assert all(each in shown for each in rows if len(each[0]) == 1)
    assert len(list((tmp_path / "out").glob("*.yaml"))) == len(shown)
    one = dcsim("check", *words, "--slip", "delay revert").stdout
    assert one.count("step: revert") == one.count(" in 1 step") > 0
    cited = dcsim("check", "--rulebook", SEOCH, "--runbook", "failback-copy").stdout
    assert "by rule fn3, footnote 3" in cited


def test_a_step_may_have_any_name(tmp_path):
    """L4: a step called `mark and note` is one step, in what is broken and in what survives."""
    path = tmp_path / "runbook.yaml"
    path.write_text(builtin("snapshot-standby").read_text().replace("id: mark,", "id: mark and note,"))
    book, steps = load_pair(SEOCH, path)
    weekend = Weekend(Model(book, steps), one_of_each_kind(book, steps)[0][:1], 1, 0, 1)
    found = ask(weekend, lambda part, left: check(part, "auto", left), Budget(seconds=120))
    assert found.broken[Occurrence("slip", "skip", "mark and note"),] == ("standby-ready",)
    assert Occurrence("slip", "skip", "mark and note") not in found.survived


def test_the_practices_that_a_runbook_may_waive_are_those_that_there_are():
    """A waiver names a practice, or the file is refused."""
    from typing import get_args

    from dcsim.domain.runbook import Practice
    from dcsim.semantics.invariant_registry import INVARIANTS

    assert set(get_args(Practice)) == {i.id for i in INVARIANTS.values() if i.family == "practice"}
    assert load_runbook("snapshot-standby").value.waives == ()
    assert attrs.fields_dict(type(load_runbook("snapshot-standby").value))["waives"]


def dcsim(*words):
    command = [sys.executable, "-m", "dcsim", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_constant_of_the_rules_is_no_label_of_the_check(tmp_path):
    """A leaked value must not pass for the constant that a rule sets: the check writes values that no other does."""
    book, runbook = case("A4-purge-is-not-a-value")
    path = tmp_path / "rulebook.yaml"
    path.write_text(book.read_text().replace("fate: discard", "fate: reset, to: V1"))
    lazy = tmp_path / "lazy.yaml"
    lazy.write_text("".join(line for line in runbook.read_text().splitlines(True) if "purge," not in line))
    assert broken(path, lazy) == {"reset-applied"}


@pytest.mark.slow
def test_a_request_in_flight_is_one_act_of_its_counterexample(tmp_path):
    """F8: it is asked for in Session 1 and takes until after the close; `run` fails on it in the same way."""
    scenario = tmp_path / "s.yaml"
    head = (CASES / "M1-opened-late" / "opened-late.yaml").read_text().split("steps:")[0]
    scenario.write_text(head + "policies: {in-flight-at-close: commit, origin-fixed-at: request}\n")
    found = json.loads(dcsim("check", scenario, "--json", "--save", tmp_path / "out").stdout)
    shown = {example["invariant"]: example for example in found["counterexamples"]}
    assert {"carried-arrives", "act-at-its-site", "one-origin"} <= set(shown)
    assert {example["length"] for example in shown.values()} == {1}
    for name, example in shown.items():
        assert "takes: " in example["steps"][0]
        failed = dcsim("run", example["file"])
        assert failed.returncode == 1
        assert name in failed.stdout


def test_a_proof_of_nothing_is_none_beside_a_broken_practice(tmp_path):
    """F5: where no rule decided anything, a broken practice makes no proof of the promise."""
    path = tmp_path / "runbook.yaml"
    steps = builtin("snapshot-standby").read_text().splitlines(True)
    path.write_text("".join(line for line in steps if "id: revert" not in line))
    for ops, proved in (("0", False), ("1", True)):
        found = dcsim("check", "--rulebook", SEOCH, "--runbook", path, "--ops", ops)
        assert "practices: standby-ready" in found.stdout
        assert ("the promise: proved" in found.stdout) is proved


def test_a_proof_of_two_runs_names_all_who_took_part():
    """Non-interference is asked of every group of accounts, and its bounds name them."""
    found = dcsim("check", "--rulebook", SEOCH, "--runbook", "snapshot-standby", "--non-interference")
    assert found.returncode == 0
    assert "apart from them" in found.stdout
