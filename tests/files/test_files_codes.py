"""Every registered finding, provoked once: the registry holds nothing that is never found, and lacks nothing."""

import os
import re
from pathlib import Path

import pytest

from dcsim.files import codes
from dcsim.files.codes import CODES
from dcsim.files.disk import discover, save
from dcsim.files.findings import InputError
from dcsim.files.load import load_rulebook

BOMB = "\n".join(
    ["a: &a [1]"] + [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
)

SAMPLE = (Path(__file__).parent / "samples" / "scenario.yaml").read_text()

# code, file, what the sample says, what it says instead, the finding
CHANGES = [
    ("DC100", "scenario", "rulebook.yaml", "gone.yaml", "scenario.yaml:4:11 no such file: 'gone.yaml'"),
    ("DC103", "scenario", "shows: [1, 2]", "shows: [1, 2", "not YAML: while parsing a flow sequence"),
    ("DC103", "scenario", "label: shortest", "label: !!python/name:os.system x", "scenario.yaml:7:8 tags such as"),
    ("DC104", "scenario", "do: logon", "do: log-on", "21:45 unknown action 'log-on'; did you mean 'logon'?"),
    ("DC104", "runbook", "do: drain", "do: dry", "12:32 unknown action 'dry'; did you mean 'drain'?"),
    ("DC105", "scenario", "label: shortest", "title: x", "7:1 duplicate key 'title'; it stands on line 3 already"),
    (
        "DC106",
        "scenario",
        "account: U001, do",
        "acount: U001, do",
        "16:25 unknown key 'acount'; did you mean 'account'?",
    ),
    ("DC107", "scenario", "account: U001, do", "do", "16:5 missing key 'account'"),
    ("DC108", "scenario", "B01234", "1234", "10:41 expected text, found the number '1234'; put quotes around it"),
    ("DC108", "scenario", "scenario: sample", "1: 2\nscenario: sample", "2:1 expected text as a key"),
    (
        "DC109",
        "scenario",
        "status: absent",
        "status: gone",
        "12:36 'gone' may not stand here; expected one of active, suspended, absent",
    ),
    ("DC110", "runbook", "version: 1", "version: 2", "3:10 version 2 of the format is not supported; write 1"),
    ("DC111", "scenario", "label: shortest", f"label: {'[' * 200}{']' * 200}", "nested more than 100 deep"),
    ("DC112", "scenario", "label: shortest", BOMB, "aliases write this out to more than 1,000,000 values"),
    ("DC113", "scenario", "[1, 2]", "&a [*a]", "6:8 an alias stands inside the value that it names"),
    ("DC114", "scenario", "accounts:", "---\naccounts:", "9:1 a second document starts here"),
    ("DC116", "scenario", "rulebook: rulebook.yaml", "rulebook: no-such", "4:11 unknown rulebook 'no-such'"),
    ("DC120", "scenario", "account: X17", "account: X1001", "18:35 unknown account 'X1001'"),
    ("DC120", "scenario", "user: U001", "user: U01", "22:65 unknown account 'U01'; did you mean 'U001'?"),
    ("DC121", "scenario", "monday +9h1m", "sunday +9h1m", "24:10 unknown session 'sunday'; did you mean 'monday'?"),
    ("DC121", "scenario", "  monday:\n", "  mundi:\n", "30:3 unknown session 'mundi'"),
    ("DC121", "rulebook", "made-in: session-2", "made-in: session-9", "60:14 unknown session or gap 'session-9'"),
    ("DC121", "runbook", "do: close, session: session-2", "do: close, session: x", "18:48 unknown session 'x'"),
    ("DC122", "runbook", "site: secondary, name", "site: secund, name", "15:53 unknown site 'secund'"),
    ("DC122", "rulebook", "site: secondary", "site: tertiary", "5:8 'tertiary', which serves 'session-2', is none of"),
    ("DC123", "rulebook", "changes: initiate-2fa", "changes: initiate", "52:14 unknown change kind 'initiate'"),
    ("DC123", "scenario", "changes-in-gaps: account-changes", "changes-in-gaps: [nap]", "unknown change kind 'nap'"),
    ("DC124", "scenario", "kind: da", "kind: dad", "13:22 unknown account kind 'dad'; did you mean 'da'?"),
    ("DC124", "rulebook", "administers: user", "administers: usher", "unknown account kind 'usher'"),
    ("DC125", "scenario", "step: again", "step: agan", "28:28 unknown step 'agan'; did you mean 'again'?"),
    (
        "DC125",
        "runbook",
        "on-timeout: again",
        "on-timeout: open-session-1",
        "step 'open-session-1' does not come later",
    ),
    ("DC126", "runbook", "to: mark", "to: markk", "19:66 unknown restore point 'markk'; did you mean 'mark'?"),
    ("DC127", "scenario", "[discarded-absent]", "[discarded]", "34:16 unknown invariant 'discarded'"),
    (
        "DC132",
        "scenario",
        "refused wrong-password",
        "refused wrong-pasword",
        "23:87 unknown refusal 'wrong-pasword'; did you mean 'wrong-password'?",
    ),
    ("DC128", "scenario", "record: order", "record: trade", "18:59 unknown record 'trade'"),
    ("DC128", "runbook", "fields: email", "fields: mail", "unknown field 'mail'; did you mean 'email'?"),
    ("DC129", "scenario", "id: U002", "id: U001", "11:10 duplicate account 'U001'"),
    ("DC129", "scenario", "id: U002", "id: X2", "11:10 account 'X2' is one of a population already"),
    (
        "DC130",
        "scenario",
        "lockout-after",
        "lock-after",
        "8:12 unknown policy 'lock-after'; did you mean 'lockout-after'?",
    ),
    ("DC131", "rulebook", "Europe/Berlin", "Europe/Berlinn", "5:11 unknown timezone 'Europe/Berlinn'; did you mean"),
    ("DC140", "rulebook", "10 22:00", "10 19:00", "33:12 session 'session-2' opens before 'session-1' has closed"),
    ("DC141", "rulebook", "10 20:00", "10 17:00", "25:5 session 'session-1' does not open before it closes"),
    ("DC142", "scenario", "+30m, account: X17", "+3h, account: X17", "did you mean 'session-1 closes +1h'?"),
    (
        "DC143",
        "rulebook",
        "at: monday",
        "at: session-1",
        "61:9 rule 'drop': 'session-1' does not come after 'session-2'",
    ),
    ("DC144", "rulebook", "changes: order", "changes: initiate-2fa", "rules 'keep' and 'orders' contradict each other"),
    ("DC145", "rulebook", ", citation: {place: annex}", "", "74:18 policy 'lockout-after' has neither citation nor"),
    (
        "DC146",
        "runbook",
        "session-2 closes +20m",
        "session-2 closes +5m",
        "20:10 'copy' (session-2 closes +5m) is due before",
    ),
    ("DC149", "rulebook", "10 June 2023 (Saturday)", "10 Juno 2023", "12:17 warning: '10 Juno 2023' is not read as"),
    (
        "DC147",
        "rulebook",
        "10 June 2023",
        "10 June 2022",
        "12:17 warning: '10 June 2022 (Saturday)': 10 June 2022 is a Fri",
    ),
    (
        "DC148",
        "rulebook",
        "event: rehearsal",
        "event: monday",
        "13:17 warning: 'monday' is dated 12 June 2023 in paragraph 2",
    ),
    (
        "DC151",
        "rulebook",
        "made-in: session-2",
        "made-in: [session-2, session-2]",
        "warning: 'session-2' stands in this",
    ),
    ("DC163", "scenario", "label: shortest", "opens: [Q17]", "7:9 unknown open question 'Q17'; did you mean 'Q1'?"),
    ("DC187", "scenario", "  violations:", "  sometimes: [rule fn1]\n  violations:", "unknown occurrence 'rule fn1'"),
    (
        "DC188",
        "scenario",
        "at: session-2 +5m",
        "at: session-1 +4m",
        "20:10 warning: U001: 'session-1 +4m' stands below",
    ),
    ("DC177", "scenario", "title: A", "title： A", "3:6 a fullwidth colon (U+FF1A) stands here; write ':'"),
    ("DC178", "scenario", "  - {id: U001", "\t- {id: U001", "10:1 a tab in the indentation; indent with spaces"),
    ("DC179", "scenario", "to: P2", "to: “P2”", "warning: '“P2”' holds a left double quotation mark (U+201C)"),
    (
        "DC180",
        "scenario",
        "do: logon,",
        "do: logon, link: Log in,",
        "warning: 'Log in' is no link of a user for logging",
    ),
    ("DC181", "scenario", "two-factor: {password: P1", "two-factor: {password: P11", "'P11' is set nowhere"),
    ("DC230", "scenario", "prefix: X,", "prefix: X, behaviour: {early: 0},", "14:54 the weight 0 is not above zero"),
    (
        "DC231",
        "scenario",
        "every: 10ms",
        "every: 10ms, profile: early",
        "17:60 unknown profile 'early'",
    ),
    ("DC232", "scenario", "every: 10ms", "chance: 30", "17:46 30 is no chance; write a number from 0 to 1"),
    (
        "DC233",
        "scenario",
        "every: 10ms",
        "spread: {until: session-1 +6m}",
        "17:54 'session-1 +6m' is not after 'session-1 +6m'; the window begins at the step's 'at'",
    ),
    (
        "DC234",
        "scenario",
        "every: 10ms",
        "spread: {uniform: [1m, 3h]}",
        "17:46 warning: some accounts come after 'session-1' closes, by up to 1h6m; end it at 'session-1 closes'",
    ),
    ("DC235", "scenario", "every: 10ms", "after: 30s", "17:45 no step of 'X*' stands above"),
    ("DC150", "scenario", SAMPLE[SAMPLE.index("steps:") :], "", "2:1 warning: no step, no fault and no expectation"),
]


def not_utf8(folder):
    (folder / "x.yaml").write_bytes("title: é\n".encode("latin-1"))
    load_rulebook(folder / "x.yaml")


OTHERS = [
    ("DC101", load_rulebook, "is a folder, not a file"),
    ("DC102", not_utf8, "x.yaml:1:8 not UTF-8 text: byte 0xe9"),
    ("DC115", lambda folder: discover([folder]), "no scenario in this folder"),
    ("DC117", lambda folder: save(folder / "no" / "x.yaml", ""), "cannot be written: No such file or directory"),
]


@pytest.mark.parametrize(("code", "file", "old", "new", "said"), CHANGES)
def test_each_fault_of_a_weekend_is_found_where_it_stands(weekend, code, file, old, new, said):
    """One change to the sample files, one finding of the right code, with its place and what was meant."""
    known = {"invariants": {"discarded-absent"}, "refusals": {"wrong-password"}}
    findings = weekend.change(file, old, new).findings(**known)
    assert [f for f in findings if f.startswith(f"{code} ") and said in f], "\n".join(findings)


@pytest.mark.parametrize(("code", "act", "said"), OTHERS)
def test_each_fault_of_the_disk_is_found(tmp_path, code, act, said):
    """A file that cannot be had is a finding like any other."""
    with pytest.raises(InputError) as caught:
        act(tmp_path)
    assert [f for f in caught.value.findings if f.code == code and said in str(f).replace(os.sep, "/")], caught.value


def test_the_sample_has_no_finding(weekend):
    """What the changes above are made to is itself without fault."""
    assert weekend.findings(invariants={"discarded-absent"}, refusals={"wrong-password"}) == []


def test_no_code_stands_for_two_findings():
    """The table is put together of several, and none of them takes a code that another has."""
    files = Path(codes.__file__).parent.glob("codes*.py")
    taken = [code for file in files for code in re.findall(r'"(DC\d+)": Code', file.read_text())]
    assert sorted(taken) == sorted(CODES)


def test_every_registered_code_is_provoked():
    """No code is registered that no test provokes, and none is provoked that is not registered."""
    elsewhere = {"DC118"}  # tests/cli/test_replay.py
    elsewhere |= {"DC119"}  # tests/cli/test_rules_cli.py
    elsewhere |= {"DC160", "DC161", "DC162"}  # tests/cli/test_findings_merge.py, tests/cli/test_fuzz.py
    elsewhere |= {"DC164", "DC165"}  # tests/files/test_files_groups.py
    elsewhere |= {"DC168", "DC169"}  # tests/files/test_files_expand.py
    elsewhere |= {"DC166", "DC167", "DC170", "DC171", "DC172"}  # tests/files/test_files_foreach.py
    elsewhere |= {"DC175", "DC176"}  # tests/files/test_files_expand.py
    elsewhere |= {"DC185", "DC186", "DC189", "DC190"}  # tests/cli/test_run_errors.py, tests/files
    elsewhere |= {"DC191"}  # tests/cluster/test_lost.py
    elsewhere |= {f"DC{number}" for number in range(195, 200)}  # tests/reconcile/test_mapping.py
    elsewhere |= {f"DC{number}" for number in range(200, 214)}  # tests/rules/test_rules_lint.py
    elsewhere |= {"DC220", "DC221"}  # tests/audit/test_pack_folder.py
    assert {row[0] for row in (*CHANGES, *OTHERS)} | elsewhere == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_code_explains_itself(code):
    """Each code has a title, a cause, an example and a way to mend it."""
    texts = [getattr(CODES[code], name) for name in ("title", "cause", "example", "mend")]
    assert all(text.strip() == text and text for text in texts)
    assert len({c.title for c in CODES.values()}) == len(CODES)
