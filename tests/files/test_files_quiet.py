"""What says nothing is told: a file that was cut off, blank words, keys that hold nothing."""

import time
from pathlib import Path

import pytest

from dcsim.files.findings import InputError
from dcsim.files.load import load_scenario

HEADER = "scenario: s\ntitle: t\nrulebook: seoch-2fa-2023\nrunbook: snapshot-standby\n"
ACCOUNT = "accounts: [{id: U001, kind: user}]\n"

SAMPLES = Path(__file__).parent / "samples"


def from_line(file, start, end=None):
    """What a sample says from one line to another, or to its end."""
    text = (SAMPLES / f"{file}.yaml").read_text()
    return text[text.index(start) : text.index(end) if end else None]


EXPECT = from_line("scenario", "expect:\n")
ACCOUNTS = from_line("rulebook", "accounts:\n", "records:")
STEPS = from_line("runbook", "steps:\n")

# file, what the sample says, what it says instead, the finding
BLANK = [
    ("scenario", "scenario: sample", "scenario: ''", "2:11 expected text, found nothing but blanks"),
    ("scenario", "title: A password changed in Session 2 is gone on Monday", "title: ' '", "3:8 expected text"),
    ("scenario", "account: X17", "account: ''", "expected text, found nothing but blanks"),
    ("scenario", "expect: Function not available", "expect: ' '", "expected text, found nothing but blanks"),
    ("scenario", "records: {order: O0}", "records: {'': O0}", "a key of nothing but blanks names nothing"),
    ("rulebook", "rulebook: sample", "rulebook: '\u200b'", "2:11 expected text, found nothing but blanks"),
    ("rulebook", "title: A notice", 'title: ""', "8:10 expected text, found nothing but blanks"),
    ("rulebook", "id: keep", 'id: ""', "expected text, found nothing but blanks"),
    ("rulebook", "quote: will be carried", 'quote: " "', "expected text, found nothing but blanks"),
    ("rulebook", "says: There is a rehearsal.", 'says: "\\t"', "expected text, found nothing but blanks"),
    ("rulebook", "asks: Which timezone?", "asks: '\u00a0'", "expected text, found nothing but blanks"),
    ("rulebook", "  account-changes:\n", "  ' ':\n", "a key of nothing but blanks names nothing"),
    ("rulebook", "records: [order]", "records: [order, ' ']", "expected text, found nothing but blanks"),
    ("runbook", "runbook: sample", "runbook: ''", "2:10 expected text, found nothing but blanks"),
    ("runbook", "title: A sample procedure", "title: ' '", "4:8 expected text, found nothing but blanks"),
    ("runbook", "id: again", "id: ' '", "expected text, found nothing but blanks"),
]
NOTHING = [
    (
        "scenario",
        "{link: drop, account: U001, nth: 1}",
        "{link: drop, account: , nth: 1}",
        "found nothing; leave the key",
    ),
    ("scenario", "otp-age: 10s", "portal: null", "found nothing"),
    ("scenario", "    X*: {smartcard: none}\n", "    X*: {}\n", "nothing is expected of it"),
    ("scenario", "X*: {smartcard: none}", "X*: {two-factor: {}, records: {}}", "nothing is expected of it"),
    (
        "scenario",
        "X*: {smartcard: none}",
        "X*: {smartcard: none, records: {}}",
        "33:27 nothing is expected of its 'records'",
    ),
    ("scenario", EXPECT, "expect: {}\n", "29:1 'expect' expects nothing; leave it out"),
    ("rulebook", "    members: change-2fa-password\n    such-as: [change-otp-channel]\n", "", "has no members"),
    ("rulebook", ACCOUNTS, "accounts: {}\n", "a rulebook needs a kind of account"),
    ("runbook", STEPS, "steps: []\n", "a runbook needs a step"),
    ("rulebook", "changes: [account-changes, order]", "changes: null", "found nothing; leave the key out"),
    ("rulebook", "baseline: session-1", "baseline:", "found nothing; leave the key out"),
    ("rulebook", "assumption: Usual.", "assumption: ", "found nothing"),
    ("runbook", "fields: email", "fields: []", "an empty 'fields' would stand for all of them"),
    ("runbook", "fields: [failures, order]", "fields: []", "resets nothing with an empty 'fields'"),
    ("runbook", "to: 0}", "to: 0, accounts: []}", "an empty 'accounts' would stand for all of them"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), [*BLANK, *NOTHING])
def test_what_says_nothing_is_told(weekend, file, old, new, said):
    """Blank words where something is named or said, keys without a value, lists and mappings that would mean all."""
    findings = weekend.change(file, old, new).findings()
    assert [finding for finding in findings if said in finding], "\n".join(findings)


# file, what the sample says, what it says instead with a name twice, the name
REPEATED = [
    ("rulebook", "made-in: session-2", "made-in: [session-2, session-2]", "session-2"),
    ("rulebook", "at: [session-2, monday]", "at: [session-2, monday, session-2]", "session-2"),
    ("rulebook", "accounts: [user, da]", "accounts: [user, da, da]", "da"),
    ("rulebook", "changes: initiate-2fa", "changes: [initiate-2fa, initiate-2fa]", "initiate-2fa"),
    ("rulebook", "such-as: [change-otp-channel]", "such-as: [lockout, lockout]", "lockout"),
    ("rulebook", "members: change-2fa-password", "members: [lockout, lockout]", "lockout"),
    ("rulebook", "administers: user", "administers: [user, user]", "user"),
    ("rulebook", "[With card]", "[With card, With card]", "With card"),
    ("rulebook", "logon: otp", "logon: [otp, otp]", "otp"),
    ("rulebook", "[account-changes, order]", "[order, order]", "order"),
    ("rulebook", "[2023-06-05 00:00]", "[2023-06-05 00:00, 2023-06-05 00:00]", "2023-06-05 00:00"),
    ("rulebook", "[register-email, account-changes]", "[order, order]", "order"),
    ("runbook", "[failures, order]", "[failures, order, order]", "order"),
    ("runbook", "to: 0}", "to: 0, accounts: [user, user]}", "user"),
    ("runbook", "fields: email", "fields: [email, email]", "email"),
    ("scenario", "shows: [1, 2]", "shows: [1, 2, 1]", "1"),
    ("scenario", "changes-in-gaps: account-changes", "changes-in-gaps: [order, order]", "order"),
    ("scenario", "[discarded-absent]", "[discarded-absent, discarded-absent]", "discarded-absent"),
    ("scenario", "  violations:", "  sometimes: [logout, logout]\n  violations:", "logout"),
]
DATE = "    - {printed: 10 June 2023 (Saturday), event: rehearsal, place: paragraph 1}\n"


@pytest.mark.parametrize(("file", "old", "new", "name"), REPEATED)
def test_a_set_that_names_something_twice_is_told(weekend, file, old, new, name):
    """One warning, at the second of the two: it adds nothing, and often another name was meant."""
    (found,) = weekend.change(file, old, new).findings()
    before = (weekend.folder / f"{file}.yaml").read_text().partition(new)[0] + new[: new.rindex(name)]
    place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    assert found.startswith(f"DC151 {file}.yaml:{place} warning: '{name}' stands in this list already")


def test_a_practice_is_waived_once(weekend):
    """A second waiver of one practice adds nothing, whatever its reason."""
    waives = "waives: [{practice: sites-agree, reason: a}, {practice: sites-agree, reason: b}]\n"
    (found,) = weekend.change("runbook", "steps:\n", f"{waives}steps:\n").findings()
    assert found == "DC151 runbook.yaml:7:46 warning: 'sites-agree' stands in this list already"


def test_a_kind_of_change_is_a_member_or_a_reading(weekend):
    """A set does not name a kind as the source's own and as one of those that are read into it."""
    (found,) = weekend.change("rulebook", "[change-otp-channel]", "[change-2fa-password]").findings()
    assert found == "DC151 rulebook.yaml:47:15 warning: 'change-2fa-password' is one of the 'members' already"


def test_an_act_may_be_done_twice_and_a_date_be_printed_twice(weekend):
    """Steps are no set: whoever logs on twice does so twice. Nor are dates: a source prints what it prints."""
    step = "  - {at: monday +9h1m, account: U001, do: logout}\n"
    weekend.change("scenario", step, step * 2).change("rulebook", DATE, DATE * 2)
    assert weekend.findings() == []


def test_a_merge_key_is_no_account(weekend):
    """YAML 1.2 has none; in quotes it is a key like any other."""
    (found,) = weekend.change("scenario", "    X*: {smartcard: none}\n", "    <<: {}\n").findings()
    assert found.startswith("DC103 scenario.yaml:33:5 merge keys ('<<') are not read here; write the keys out")


def codes(tmp_path, text):
    """The codes of the findings of a scenario, of its warnings too."""
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    try:
        return [finding.code for finding in load_scenario(path).warnings if finding.path == str(path)]
    except InputError as error:
        return [finding.code for finding in error.findings if finding.path == str(path)]


@pytest.mark.parametrize("rest", ["", "accounts: []\n", "faults: [{operator: skip, step: drain}]\n", "label: x\n"])
def test_a_scenario_that_was_cut_off_is_no_scenario(tmp_path, rest):
    """Without an account nothing can be run, whatever else is there."""
    assert "DC107" in codes(tmp_path, HEADER + rest)


def test_a_scenario_in_which_nothing_happens_is_told(tmp_path):
    """It can be run, and checked: so it is a warning."""
    assert codes(tmp_path, HEADER + ACCOUNT) == ["DC150"]
    assert codes(tmp_path, HEADER + ACCOUNT + "steps: [{at: session-1 +5m, account: U001, do: logout}]\n") == []
    assert codes(tmp_path, HEADER + ACCOUNT + "expect: {monday: {U001: {status: active}}}\n") == []


def many(line, number):
    return "".join(line.format(i) for i in range(number))


# Texts that took time by the square of their size, or of a word in it.
LARGE = {
    "expectations": HEADER
    + "accounts:\n"
    + many("  - {{id: U{}, kind: user}}\n", 40_000)
    + "expect:\n  monday:\n"
    + many("    U{}: {{status: active}}\n", 40_000),
    "unknown accounts": HEADER
    + "accounts:\n"
    + many("  - {{id: U{}x, kind: user}}\n", 500)
    + "steps:\n"
    + many("  - {{at: session-1 +5m, account: U{}y, do: logout}}\n", 20_000),
    "unknown actions": HEADER + ACCOUNT + "steps:\n" + many("  - {{do: do-{}}}\n", 20_000),
    "unknown keys": HEADER + ACCOUNT + many("key-{}: 1\n", 40_000),
    "long ids": HEADER
    + "accounts:\n"
    + many("  - {{id: U{}" + "ab" * 2000 + ", kind: user}}\n", 500)
    + "steps: [{at: session-1 +5m, account: U"
    + "ba" * 2000
    + ", do: logout}]\n",
    "populations": HEADER
    + "accounts:\n"
    + many("  - {{population: 2, prefix: P{}x, kind: user}}\n", 10_000)
    + "steps:\n"
    + many("  - {{at: session-1 +5m, account: P{}x1, do: logout}}\n", 10_000),
    "anchors": HEADER
    + ACCOUNT
    + "steps:\n"
    + many("  - &a{} {{at: session-1 +5m, account: U001, do: logout}}\n", 20_000),
    "aliases of faults": HEADER
    + ACCOUNT
    + "steps: &s\n"
    + many("  - &a{} {{do: x}}\n", 900)
    + "faults: ["
    + ", ".join(["*s"] * 200)
    + "]\n",
    "a comment": HEADER + ACCOUNT + "# " + "x" * 30_000_000,
    "duplicates": HEADER + "accounts:\n" + many("  - {{id: U1, kind: user}} # {}\n", 40_000),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_file_is_read_in_time(tmp_path, name):
    """Time grows with the size of a file, not with its square; the limit is some five times what it takes."""
    started = time.process_time()
    found = codes(tmp_path, LARGE[name])
    assert time.process_time() - started < 15
    assert len(found) <= 1001


def test_more_findings_than_anyone_reads_are_counted_no_further(tmp_path):
    """A thousand of them, and that there are more."""
    found = codes(tmp_path, LARGE["unknown keys"])
    assert found.count("DC106") == 1000
    assert found.count("DC111") == 1
