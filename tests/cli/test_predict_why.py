"""`dcsim predict` and `dcsim why`: what a tester asks of a scenario."""

import csv
import io
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from dcsim.files.tables import read_table

SCENARIOS = Path(__file__).parents[2] / "scenarios"
LEAK = SCENARIOS / "circular" / "footnote-3.yaml"
OPEN = SCENARIOS / "open-questions" / "q05-set-up-repeated.yaml"


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def ask(dcsim):
    """A command in this process."""
    return lambda *words: Answer(*dcsim(*words))


def test_a_prediction_shows_what_will_be_and_what_must_be(ask):
    """A value that no rule permits stands with the permitted one; the exit code is that of an answer."""
    right, wrong = ask("predict", LEAK), ask("predict", LEAK, "--runbook", "failback-copy")
    assert (right.code, wrong.code) == (0, 0)
    assert "P2 (must be P1)" in wrong.out
    assert "1 field will not be as permitted" in wrong.out
    assert "must be" not in right.out


def test_an_open_value_names_its_question(ask):
    """By its number in the table, in its words below."""
    shown = ask("predict", OPEN).out
    assert "P2 (Q5)" in shown
    assert "Q5: repeat-2fa-set-up made in session-1: Is a repeated set-up" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("asked", "password", "logon"),
    [
        (("--at", "session-1"), "none", "refused not-initiated"),
        (("--at", "session-1 +6m"), "P1", "Function not available"),
        (("--at", "session-2 +6m"), "P2", "Function not available"),
        (("--at", "session-2 +6m", "--site", "primary"), "P1", "refused wrong-password"),
        (("--at", "monday +9h"), "P1", "accepted"),
    ],
)
def test_any_instant_and_any_site_can_be_asked(ask, tmp_path, asked, password, logon):
    """What a store holds then, and the answer to a logon with it. Clients reach only the site that serves."""
    out = tmp_path / "day.csv"
    assert ask("predict", LEAK, *asked, "--csv", out).code == 0
    rows = {row["check"]: row for row in csv.DictReader(io.StringIO(out.read_text()))}
    assert rows["password"]["will hold"] == password
    assert rows.get("logon with otp", {}).get("will hold") == logon


def test_the_three_formats_say_the_same(ask, tmp_path):
    """CSV, Parquet and JSON have a value for each account and field."""
    pytest.importorskip("pyarrow")
    files = tmp_path / "a.csv", tmp_path / "a.parquet"
    assert ask("predict", OPEN, "--csv", files[0], "--parquet", files[1]).code == 0
    one, other = ([row.cells for row in read_table(path)] for path in files)
    assert one == other
    data = json.loads(ask("predict", OPEN, "--json").out)
    password = data["accounts"][0]["fields"]["password"]
    assert (password["value"], password["permitted"], password["as-permitted"]) == ("P2", ["P1", "P2"], True)
    assert password["open"] == [{"change": "repeat-2fa-set-up", "made-in": "session-1", "questions": ["Q5"]}]


POPULATION = """
scenario: many
title: Many accounts that live alike
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts: [{population: 100000, prefix: U, kind: user, email: registered}]
steps: [{at: session-1 +5m, account: U*, do: initiate-2fa, password: P1, channel: email}]
"""


def test_accounts_that_live_alike_share_a_row(ask, tmp_path):
    """A hundred thousand of them are one row with a count; a pattern picks some."""
    path = tmp_path / "many.yaml"
    path.write_text(POPULATION)
    shown = ask("predict", path).out
    assert "U1 and 99,999 more" in shown
    assert len(shown.splitlines()) < 8
    assert "U17" in ask("predict", path, "--account", "U17").out


def test_why_goes_back_to_the_act_and_on_to_the_rules(ask):
    """The chain, the deciding rules with their quotes, the other rules with what kept them out, and the loss."""
    shown = " ".join(
        ask("why", LEAK, "--runbook", "failback-copy", "--account", "U001", "--field", "password").out.split()
    )
    for words in (
        "found P2 (not permitted) permitted P1",
        "U001 change-password from=P1 to=P2; at secondary event",
        "operator copy, step copy-back; at primary",
        "P2, change-2fa-password made in session-2 (event 12), is discarded by rule fn3, footnote 3: “Any user account",
        "fn2: accounts is da, not user",
        "lost P1 was at primary until event 17, Sat 10 Jun 23:30:00: operator copy, step copy-back",
        "it is still at restore point end-of-session-1 of secondary",
    ):
        assert words in shown


def test_a_value_that_never_arrived_is_found_where_it_waits(ask):
    """The redo on the link is a place too."""
    stale = SCENARIOS / "failure-modes" / "m02-no-drain.yaml"
    shown = ask("why", stale, "--account", "U001", "--field", "password", "--at", "session-2").out
    assert "P1 never came to secondary; it is still at primary and the link" in " ".join(shown.split())


def test_an_open_fate_is_explained_by_the_question(ask):
    """No rule speaks of it, and the rulebook asks."""
    shown = " ".join(ask("why", OPEN, "--account", "U001", "--field", "channel").out.split())
    assert "is left open: no rule speaks of it Q5: Is a repeated set-up" in shown
    data = json.loads(ask("why", OPEN, "--account", "U001", "--field", "channel", "--json").out)
    assert [change["fate"] for change in data["changes"]] == ["carry", "open"]


MORE = """
scenario: more
title: More of what an explanation must tell
rulebook: seoch-2fa-2023
runbook: {runbook}
accounts:
  - {{id: U001, kind: user, participant: P, smartcard: friday, two-factor: {{password: P0, channel: app}}}}
  - {{id: U002, kind: user, participant: P, email: registered}}
  - {{id: D001, kind: da, participant: P, smartcard: friday}}
groups: {{all: [U001]}}
faults: [{{link: drop, account: U002, nth: 1}}]
steps:
{steps}
"""


@pytest.mark.parametrize(
    ("steps", "runbook", "asked", "says"),
    [
        pytest.param(
            "  - {at: session-2 +5m, account: U001, do: change-password, with: smartcard, from: friday, to: sunday}",
            "snapshot-standby",
            ("--field", "smartcard"),
            "friday, which stood before the weekend, is as it stood: no rule speaks of it",
            id="the value that stood is found beside a change",
        ),
        pytest.param(
            "  - {at: session-2 +5m, account: U001, do: change-password, from: P0, to: P0}",
            "failback-copy",
            ("--field", "password"),
            "because event 10, Sat 10 Jun 22:05:00: U001 change-password from=P0 to=P0; at secondary",
            id="a value that is written once more",
        ),
        pytest.param(
            "  - {at: session-1 +5m, account: U002, do: initiate-2fa, password: P1, channel: email}",
            "no-drain",
            ("--field", "password", "--at", "session-2", "--account", "U002"),
            "the link (lost, event 4)",
            id="redo that was lost",
        ),
        pytest.param(
            "  - {at: session-1 +5m, account: D001, do: suspend-user, user: all}",
            "snapshot-standby",
            ("--field", "status"),
            "U001 suspend-user user=U001 by D001",
            id="an act on a group",
        ),
    ],
)
def test_an_explanation_leaves_nothing_out(ask, tmp_path, steps, runbook, asked, says):
    """What stood, what was written once more, where redo was lost, on whom an act was done."""
    path = tmp_path / "more.yaml"
    path.write_text(MORE.format(steps=steps, runbook=runbook))
    answer = ask("why", path, "--account", "U001", *asked)
    assert says in " ".join(answer.out.split()), answer


def test_a_prediction_answers_every_logon(ask):
    """Of an account that holds no secret too; and what a rule decides has a column though nobody holds anything."""
    shown = ask("predict", SCENARIOS / "open-questions" / "q07-first-initiation-in-session-2.yaml").out
    assert "refused not-initiated" in shown
    assert "password" in shown.splitlines()[1]


def test_a_pattern_that_names_nobody_and_one_file_for_two_formats_are_refused(ask, tmp_path):
    """As bad usage."""
    assert "there is no account 'Z*'" in ask("predict", LEAK, "--account", "Z*").err
    one = tmp_path / "one.csv"
    assert ask("predict", LEAK, "--csv", one, "--parquet", one).code == 2
    assert not one.exists()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--account", "U01", "--field", "password"), "there is no account 'U01'; did you mean 'U001'?"),
        (
            ("--account", "U*", "--field", "password"),
            "'U*' stands for several accounts; name one of them, such as U001",
        ),
        (("--account", "U001", "--field", "pasword"), "no field 'pasword'; did you mean 'password'?"),
        (("--account", "U001", "--field", "password", "--at", "tuesday"), "there is no session 'tuesday'"),
        (("--account", "U001", "--field", "password", "--site", "primry"), "did you mean 'primary'?"),
        (("--account", "U001", "--field", "password", "--at", "monday 09:00"), "monday +9h"),
    ],
)
def test_an_impossible_question_is_refused(ask, asked, says):
    """With the nearest known name."""
    answer = ask("why", LEAK, *asked)
    assert answer.code == 2
    assert says in answer.err
