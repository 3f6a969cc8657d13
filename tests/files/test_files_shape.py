"""The shape of the three files: strict, and every fault at once."""

import attrs
import pytest

from dcsim.domain.account import Cell
from dcsim.domain.faults import OperatorSlip
from dcsim.domain.moment import DURATION_FORMS, Moment
from dcsim.files.findings import Finding

UNIT = "write its unit, '10s' or '10m'"


def test_every_fault_of_a_file_is_found_at_once_in_order(weekend):
    """A person mends a file in one go, from top to bottom."""
    weekend.change("scenario", "shows: [1, 2]", "shows: [1, x]").change("scenario", "kind: da", "kind: 5")
    weekend.change("scenario", "with: otp", "with: opt").change("scenario", "nth: 1", "nth: yes")
    weekend.change("scenario", "locked: false", "lokked: false").change("scenario", "every: 10ms", "every: 10")
    assert weekend.findings() == [
        "DC108 scenario.yaml:6:12 expected a whole number, found the text 'x'",
        "DC108 scenario.yaml:13:22 expected text, found the number '5'; put quotes around it",
        f"DC108 scenario.yaml:17:45 expected a duration {DURATION_FORMS}, found the number '10'; {UNIT}",
        "DC109 scenario.yaml:21:58 'opt' may not stand here; did you mean 'otp'?",
        "DC108 scenario.yaml:26:38 expected a whole number, found the text 'yes'",
        "DC106 scenario.yaml:32:30 unknown key 'lokked'; did you mean 'locked'?",
    ]


REFUSED = [
    ("scenario", "rulebook: rulebook.yaml", "rulebook:", "4:10 expected text, found nothing"),
    ("scenario", "title: A", "title: [A", "not YAML"),
    ("scenario", "registered: false", "registered: no", "expected true or false, found the text 'no'"),
    ("scenario", "failures: 1", "failures: true", "expected a whole number, found the flag 'true'"),
    ("scenario", "password: P0, channel: email}", "password: P0}", "11:40 missing key 'channel'"),
    (
        "scenario",
        "two-factor: {password: P0, channel: email}",
        "two-factor: yes",
        "expected a mapping, found the text 'yes'",
    ),
    ("scenario", "id: U003, kind", "kind", "12:5 missing key 'population' or 'id'"),
    ("scenario", "link: drop", "lnk: drop", "26:5 a fault has one of the keys 'link', 'operator'"),
    ("scenario", "do: logout", "account: U002", "duplicate key 'account'"),
    ("scenario", ", do: logout", "", "24:5 missing key 'do'"),
    ("scenario", "do: logout", "do: 1", "24:43 expected text, found the number '1'"),
    ("scenario", "do: logout", "do: logout, user: U001", "24:51 unknown key 'user'"),
    (
        "scenario",
        "value: 7",
        "value: 7.5",
        "expected text, a whole number, true, false or null, found the number '7.5'",
    ),
    ("scenario", "monday +9h1m", "monday + 9 hours", "'monday + 9 hours' is not a moment; write 'monday +9h'"),
    ("scenario", "2023-06-12 09:00", "2023-16-12 09:00", "month must be in 1..12"),
    ("scenario", "by: 3h", "by: 400d", "'400d' is longer than a year"),
    ("scenario", "by: 3h", "by: 3hours", "'3hours' is not a duration"),
    ("scenario", "accounts:\n", "accounts: {}\nx:\n", "9:11 expected a list, found a mapping"),
    ("scenario", "email-required: true", "email-required: 1", "8:65 expected true or false, found the number '1'"),
    ("scenario", "set-up: stepwise", "set-up: step", "8:79 'step' may not stand here; did you mean 'stepwise'?"),
    ("scenario", "lockout-after: 2", "lockout-after: -2", "8:27 -2 is below zero"),
    ("scenario", "X*: {smartcard: none}", "X*: gone", "33:9 expected a mapping, found the text 'gone'"),
    ("rulebook", "2023-06-10 18:00", "10 June 2023", "'10 June 2023' is not a date and time"),
    ("rulebook", "2023-06-10 18:00", "2023-06-31 18:00", "'2023-06-31 18:00' is not a time: day is out of range"),
    ("rulebook", "{value: 3, ", "{", "74:18 missing key 'value'"),
    ("rulebook", "{value: 3, ", "{value: many, ", "74:26 expected a whole number, found the text 'many'"),
    ("rulebook", "citation: {place: annex}", "citation: annex", "74:39 expected a mapping, found the text 'annex'"),
    ("rulebook", "title: A notice", "titel: A notice", "8:3 missing key 'title'"),
    ("rulebook", "version: 1\n", "", "missing key 'version'"),
    ("rulebook", "version: 1\n", "version: '1'\n", "expected a whole number, found the text '1'"),
    ("runbook", "secondary: standby", "secondary: stand-by", "'stand-by' may not stand here; did you mean 'standby'?"),
    ("runbook", "apply: blind", "aply: blind", "unknown key 'aply'; did you mean 'apply'?"),
    ("runbook", "do: switch", "do: switch, site: primary", "unknown key 'site'"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), REFUSED)
def test_nothing_is_taken_for_what_it_is_not(weekend, file, old, new, said):
    """Each value is what it must be, or the finding says what it is and what belongs there."""
    findings = weekend.change(file, old, new).findings()
    assert [f for f in findings if said in f], "\n".join(findings)


def test_a_scenario_is_what_its_file_says(weekend):
    """Lines, moments, durations, accounts, populations and expectations."""
    case = weekend.load()
    scenario = case.scenario
    first, crowd = scenario.steps[:2]
    assert (first.line, first.at, first.account) == (16, Moment("session-1", None, 300_000), "U001")
    assert (crowd.every, scenario.steps[6].takes, scenario.steps[5].action.otp_age) == (10, 2000, 10_000)
    assert scenario.faults[2] == OperatorSlip(operator="skip", step="again")
    assert scenario.policies["otp-validity"] == 30_000
    assert scenario.policies["changes-in-gaps"] == ("change-2fa-password", "change-otp-channel")
    assert [(p.prefix, p.count, p.like.start.smartcard) for p in scenario.populations] == [("X", 1000, Cell("friday"))]
    start = scenario.accounts[1].start
    assert (start.password, start.credential, start["order"]) == (Cell("P0"), Cell(1), Cell("O0"))
    assert scenario.accounts[2].start["status"] == Cell("absent")
    assert [(s.account, s.line) for s in scenario.seen] == [("U001", 31), ("U002", 32), ("X*", 33)]
    assert scenario.seen[1].fields == {
        "password": None,
        "channel": None,
        "locked": False,
        "failures": 0,
        "order": "O1",
    }


def test_equal_records_and_profiles_are_shared(weekend):
    """A hundred thousand accounts written out must not cost a hundred thousand records."""
    weekend.change("scenario", "  - {id: U003", "  - {id: U004, kind: user, status: absent}\n  - {id: U003")
    accounts = {a.id: a for a in weekend.load().scenario.accounts}
    assert accounts["U003"].start is accounts["U004"].start
    assert accounts["U003"].profile is accounts["U004"].profile


def test_one_word_stands_for_a_list_of_one(weekend):
    """`made-in: session-2` and `made-in: [session-2]` say the same."""
    book = weekend.load().rulebook
    assert book.rules[1].made_in == ("session-2",)
    assert book.accounts["user"].links["otp"] == ("With code",)


def test_steps_without_an_id_are_named_after_what_they_do(weekend):
    """By session, name, goal or site, and made unique."""
    weekend.change("runbook", "{at: session-2 closes +30m, do: switch}", "{at: session-2 closes +30m, do: drain}")
    ids = [step.id for step in weekend.load().runbook.steps]
    assert ids[:5] == ["restore-point-friday", "open-session-1", "reset-primary", "close-session-1", "drain"]
    assert ids[10:15] == ["close-session-2", "revert-mark", "copy", "drain-2", "fail-over"]


def test_a_finding_reads_like_a_compilers_message():
    """Code, place, message, and what was probably meant."""
    finding = Finding("DC104", "x.yaml", 4, 18, "unknown action 'log-on'", hint="did you mean 'logon'?")
    assert str(finding) == "DC104 x.yaml:4:18 unknown action 'log-on'; did you mean 'logon'?"
    assert str(attrs.evolve(finding, line=0, hint="")) == "DC104 x.yaml unknown action 'log-on'"
    with pytest.raises(KeyError, match="DC999"):
        Finding("DC999", "x", 1, 1, "")


def test_none_is_nothing_in_records_as_elsewhere(weekend):
    """Held at first, expected, or written: `none` and null are the same, so that one meets the other."""
    weekend.change("scenario", "records: {order: O0}", "records: {order: none}")
    weekend.change("scenario", "records: {order: O1}", "records: {order: none}")
    weekend.change("scenario", "record: order, value: 7", "record: order, value: none")
    scenario = weekend.load().scenario
    assert scenario.accounts[1].start["order"].value is None
    assert scenario.seen[1].fields["order"] is None
    assert scenario.steps[2].action.value is None
