"""Accounts from tables and lists of names, and what scenarios include: what they become, and each fault where it is."""

import importlib.util

import attrs
import pytest

from dcsim.files.cells import CellText
from dcsim.files.findings import InputError
from dcsim.files.load import load_scenario, load_texts

HEAD = """scenario: x
title: X
rulebook: rulebook.yaml
runbook: runbook.yaml
"""
STEPS = "steps:\n  - {at: session-1 +5m, account: A1, do: logon, with: otp, password: p, expect: any}\n"
TABLE = "accounts: {csv: a.csv}\n"
ONE = "accounts: [{id: A1, kind: user}]\n"
INCLUDE = "include: i.yaml\n"


def write(folder, body, **files):
    """A scenario and the files beside it: ``a_csv`` is the text of ``a.csv``."""
    for name, text in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path = folder / "scenario.yaml"
    path.write_text(HEAD + body)
    return path


def findings(folder, body, **files):
    path = write(folder, body, **files)
    try:
        found = load_scenario(path).warnings
    except InputError as error:
        found = error.findings
    return [str(finding).replace(f"{folder}/", "") for finding in found]


def parts(value):
    """A value and everything in it."""
    yield value
    inner = value.items() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    if attrs.has(type(value)):
        inner = [getattr(value, field.name) for field in attrs.fields(type(value))]
    for one in inner:
        yield from parts(one)


FULL = """id,kind,participant,registered,status,email,smartcard,locked,failures,password,channel,order,group,x-note
A1,user,B1,yes,active,registered,friday,no,2,p,email,7,team,whatever
"A2",da, B2 ,FALSE,active,,none,TRUE,,,,,team,
A3,user,,,absent,,,,,,,,,
"""
WRITTEN = """accounts:
  - {id: A1, kind: user, participant: B1, email: registered, smartcard: friday, failures: 2, records: {order: 7},
     two-factor: {password: p, channel: email}, group: team}
  - {id: A2, kind: da, participant: B2, registered: false, locked: true, group: team}
  - {id: A3, kind: user, status: absent}
"""
JSON = """{"id":"A1","kind":"user","participant":"B1","email":"registered","smartcard":"friday","failures":2,"order":7,\
"two-factor":{"password":"p","channel":"email"},"group":"team"}
{"id":"A2","kind":"da","participant":"B2","registered":false,"locked":true,"group":"team","smartcard":null}
{"id":"A3","kind":"user","status":"absent"}
"""


def test_a_table_gives_the_accounts_that_are_written_out(weekend):
    """Each column is a key of an account or a record; flags, numbers and empty cells are what they stand for."""
    asked = load_scenario(write(weekend.folder, WRITTEN + STEPS)).scenario
    for name, text in (
        ("a.csv", FULL),
        ("a.csv", FULL.replace("\n", "\r\n")),
        ("a.csv", f"\ufeff{FULL}"),
        ("a.jsonl", JSON),
    ):
        path = write(weekend.folder, TABLE.replace("a.csv", name) + STEPS, **{name.replace(".", "_"): text})
        case = load_scenario(path)
        assert case.scenario.accounts == asked.accounts
        assert case.scenario.groups == {"team": ("A1", "A2")}
        assert case.texts[name] == text
        assert load_texts(case.texts).scenario.accounts == asked.accounts
        assert not [part for part in parts((case.scenario, case.rulebook)) if isinstance(part, CellText)]


def test_parquet_is_a_table_too_and_a_trace_keeps_it_as_text(weekend):
    """Where pyarrow is installed."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = write(weekend.folder, TABLE.replace(".csv", ".parquet") + STEPS)
    columns = {"id": ["A1", "A2"], "kind": ["user", "da"], "failures": [2, None], "locked": [True, False]}
    parquet.write_table(pyarrow.table(columns), weekend.folder / "a.parquet")
    case = load_scenario(path)
    asked = "accounts: [{id: A1, kind: user, failures: 2, locked: true}, {id: A2, kind: da}]\n"
    assert case.scenario.accounts == load_scenario(write(weekend.folder, asked + STEPS)).scenario.accounts
    assert load_texts(case.texts).scenario.accounts == case.scenario.accounts


def test_without_pyarrow_parquet_is_a_finding(weekend, monkeypatch):
    """It says how to install it."""
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    found = findings(weekend.folder, TABLE.replace(".csv", ".parquet") + STEPS, a_parquet="PAR1")
    assert "DC176 a.parquet Parquet needs pyarrow, which is not installed" in found[0]
    assert importlib.util.find_spec("dcsim")


def test_keys_beside_a_table_hold_for_rows_that_leave_them_out(weekend):
    """Half a set-up is for the rows that give the other half."""
    table = "id,kind,password\nA1,,p\nA2,da,\n"
    item = "accounts:\n  - {csv: a.csv, kind: user, two-factor: {channel: sms}, records: {order: o}}\n"
    asked = """accounts:
  - {id: A1, kind: user, two-factor: {password: p, channel: sms}, records: {order: o}}
  - {id: A2, kind: da, records: {order: o}}
"""
    accounts = load_scenario(write(weekend.folder, item + STEPS, a_csv=table)).scenario.accounts
    assert accounts == load_scenario(write(weekend.folder, asked + STEPS)).scenario.accounts


def test_names_are_accounts_that_are_alike(weekend):
    """With a prefix before each, and in a group of all, if these are given."""
    body = "accounts:\n  - {names: [1, b], prefix: A, kind: user, group: team}\n  - {names: c, kind: da}\n"
    case = load_scenario(write(weekend.folder, body + STEPS))
    assert [(a.id, a.profile.kind) for a in case.scenario.accounts] == [("A1", "user"), ("Ab", "user"), ("c", "da")]
    assert case.scenario.groups == {"team": ("A1", "Ab")}
    assert case.scenario.accounts[0].start is case.scenario.accounts[1].start


TABLES = [
    ("id;kind\nA1;user\n", []),
    ("id;kind\nA1;usr\n", ["DC124 a.csv:2:4 unknown account kind 'usr'; did you mean 'user'?"]),
    ("id|kind\nA1|user\n", []),
    ("name\nA1\n", ["DC168 a.csv:1:1 unknown column 'name'", "DC168 a.csv:1:1 no column 'id'; each account needs one"]),
    ("ident,kind\nA1,user\n", ["DC168 a.csv:1:1 unknown column 'ident'", "DC168 a.csv:1:1 no column 'id'"]),
    ("id,kind,emial\nA1,user,\n", ["DC168 a.csv:1:9 unknown column 'emial'; did you mean 'email'?"]),
    ("id,kind,ordr\nA1,user,\n", ["DC168 a.csv:1:9 unknown column 'ordr'; did you mean 'order'?"]),
    ("id,kind,records\nA1,user,\n", ["DC168 a.csv:1:9 unknown column 'records'"]),
    ("id,kind,order,records.order\nA1,user,a,b\n", ["DC129 a.csv:1:15 'records.order' and 'order' stand for the same"]),
    ("id,kind,kind\nA1,user,da\n", ["DC175 a.csv:1:1 the first row must name each column once"]),
    ("id,kind\nA1,user\nA2\n", ["DC175 a.csv:3:1 the row has 1 cells; the first row names 2 columns"]),
    ('id,kind\nA1,user\n"A2,user\nA3,user\n', ["DC175 a.csv:3:1 not CSV: unexpected end of data; a quotation mark"]),
    ("", ["DC175 a.csv:1:1 the first row must name each column once"]),
    ("id,kind\n", ["DC109 a.csv:1:1 the table has no row, so it has no account"]),
    ("id,kind\nA1,user\n,user\n", ["DC107 a.csv:3:1 the row has no id"]),
    ("id,kind\nA1,user\nA1,user\n", ["DC129 a.csv:3:1 duplicate account 'A1'"]),
    ("id,kind\nA1,usr\n", ["DC124 a.csv:2:4 unknown account kind 'usr'; did you mean 'user'?"]),
    ('id,smartcard,kind\n"A1","x,y",usr\n', ["DC124 a.csv:2:12 unknown account kind 'usr'; did you mean 'user'?"]),
    ("id,kind,locked\nA1,user,maybe\n", ["DC108 a.csv:2:9 expected true or false, found the text 'maybe'"]),
    ("id,kind,failures\nA1,user,x\n", ["DC108 a.csv:2:9 expected a whole number, found the text 'x'"]),
    ("id,kind,failures\nA1,user,-1\n", ["DC109 a.csv:2:9 -1 is below zero"]),
    ("id,kind,status\nA1,user,activ\n", ["DC109 a.csv:2:9 'activ' may not stand here; did you mean 'active'?"]),
    ("id,kind,password\nA1,user,p\n", ["DC107 a.csv:2:9 missing key 'channel'"]),
    ("id,participant\nA1,B\n", ["DC107 a.csv:2:1 missing key 'kind'"]),
    ("id,kind\nA*,user\nA1,user\n", ["DC109 a.csv:2:1 'A*' cannot name an account"]),
    ("id,kind\nx-1,user\nA1,user\n", ["DC109 a.csv:2:1 'x-1' cannot be a name: keys that begin with 'x-' are ignored"]),
    ("id,kind\nÄ1,user\n".encode("latin-1"), ["DC102 a.csv:2:1 not UTF-8 text"]),
]


@pytest.mark.parametrize(("table", "said"), TABLES)
def test_a_fault_of_a_table_is_found_in_its_cell(weekend, table, said):
    """The file, the line and the column of the cell; and no finding that only follows from it."""
    found = findings(weekend.folder, TABLE + STEPS, a_csv=table)
    assert len(found) == len(said)
    assert all(one.startswith(words) for one, words in zip(found, said, strict=True)), found


ALL_AT_ONCE = {
    "id,kind,emial,foo,status\nA1,usr,x,y,gone\nA2,user\n,user,none,,\nA4,user,reg,,aktiv\n": [
        *("DC168 1:9", "DC168 1:15", "DC124 2:4", "DC109 2:8", "DC109 2:12"),
        *("DC175 3:1", "DC107 4:1", "DC109 5:9", "DC109 5:14"),
    ],
    "id,kind,order,records.order\nA1,usr,a,b\nA2,user,c\n": ["DC129 1:15", "DC124 2:4", "DC175 3:1"],
    'id,kind\nA1,usr\n"A2,user\n': ["DC124 2:4", "DC175 3:1"],
    # What follows from a column that nobody knows is not told: no row has a kind, or the other half of a set-up.
    "id,sort\nA1,user\n": ["DC168 1:4"],
    "id,kind,password,otp\nA1,user,P1,sms\n": ["DC168 1:18"],
    "id,kind,team\nA1,user,x\n": ["DC168 1:9"],
}


@pytest.mark.parametrize("table", ALL_AT_ONCE)
def test_no_fault_of_a_table_hides_another(weekend, table):
    """Neither an unknown column nor a row of another length: all rows are looked at, and nothing follows twice."""
    steps = STEPS.replace("A1", "x") if "team" in table else STEPS
    found = findings(weekend.folder, TABLE + steps, a_csv=table)
    assert [one.split()[0] + one.split()[1].removeprefix("a.csv").replace(":", " ", 1) for one in found] == (
        ALL_AT_ONCE[table]
    ), found


def test_no_fault_of_json_lines_hides_another(weekend):
    """A line that is no JSON, one that is no object, one without an id, and a column that is told once."""
    rows = '{"id": "A1", "kind": "usr", "emial": "x"}\n{"id"\n[1]\n{"kind": "user"}\n{"id": "A2", "emial": "none"}\n'
    found = findings(weekend.folder, TABLE.replace(".csv", ".jsonl") + STEPS, a_jsonl=rows)
    told = sorted(" ".join(one.split()[:2]).replace("a.jsonl:", "") for one in found)
    rows_without = ["DC107 4:1", "DC107 5:1"]
    assert told == [*rows_without, "DC109 1:1", "DC124 1:1", "DC168 1:1", "DC175 2:1", "DC175 3:1"], found


ITEMS = [
    (TABLE, "DC100 scenario.yaml:5:17 no such file: 'a.csv'; its path is looked up beside the file that names it"),
    ("accounts: {csv: a.txt}\n", "DC109 scenario.yaml:5:17 'a.txt' is no table by its suffix; expected CSV (.csv)"),
    ("accounts: {csv: [a.csv]}\n", "DC108 scenario.yaml:5:17 expected the path of a file"),
    ("accounts: {csv: ''}\n", "DC108 scenario.yaml:5:17 expected the path of a file"),
    (
        "accounts:\n  - {csv: b.csv, kind: da, kin: x}\n",
        "DC106 scenario.yaml:6:28 unknown key 'kin'; did you mean 'kind'?",
    ),
    ("accounts:\n  - {csv: b.csv, kind: usr}\n", "DC124 scenario.yaml:6:24 unknown account kind 'usr'"),
    ("accounts:\n  - {csv: b.csv, kind: user}\n  - {id: A1, kind: user}\n", "DC129 scenario.yaml:7:10 duplicate"),
    (
        "accounts:\n  - {csv: b.csv, id: A1, kind: user}\n",
        "DC109 scenario.yaml:6:5 an item has one of the keys id, names",
    ),
    ("accounts:\n  - {names: [], kind: user}\n", "DC109 scenario.yaml:6:13 expected a list of names, one at least"),
    (
        "accounts:\n  - {names: {A1: 2}, kind: user}\n",
        "DC109 scenario.yaml:6:13 expected a list of names, one at least",
    ),
    ("accounts:\n  - {names: [A1, A1], kind: user}\n", "DC129 scenario.yaml:6:18 duplicate account 'A1'"),
    ("accounts:\n  - {names: [A1, 7], kind: user}\n", "DC108 scenario.yaml:6:18 expected text, found the number '7'"),
    ("accounts:\n  - {names: [A1, b], kind: usr}\n", "DC124 scenario.yaml:6:28 unknown account kind 'usr'"),
    ("accounts:\n  - {names: [A1, b], kin: user, kind: user}\n", "DC106 scenario.yaml:6:22 unknown key 'kin'"),
    ("accounts:\n  - {kind: user}\n", "DC107 scenario.yaml:6:5 missing key 'population' or 'id' or 'names' or 'csv'"),
]


@pytest.mark.parametrize(("accounts", "said"), ITEMS)
def test_a_fault_of_an_item_is_told_once(weekend, accounts, said):
    """However many accounts the item stands for."""
    found = findings(weekend.folder, accounts + STEPS, b_csv="id\nA1\nA2\n")
    assert len(found) == 1
    assert found[0].startswith(said)


def test_a_hundred_thousand_rows_load_in_seconds(weekend):
    """A table is read row by row, and its accounts share what is alike."""
    from time import process_time

    rows = "".join(f"U{number},user,B{number % 500},registered,friday\n" for number in range(100_000))
    path = write(
        weekend.folder,
        "accounts: {csv: a.csv}\nexpect: {violations: z}\n",
        a_csv=f"id,kind,participant,email,smartcard\n{rows}",
    )
    started = process_time()
    assert len(load_scenario(path).scenario.accounts) == 100_000
    assert process_time() - started < 8


# -- include -----------------------------------------------------------------------------------------------------------


def test_shared_steps_come_before_the_scenarios_own(weekend):
    """With the accounts and groups of their file, and of those that it includes; a file counts once."""
    (weekend.folder / "sub").mkdir()
    (weekend.folder / "sub" / "j.yaml").write_text(
        "x-why: shared by two\naccounts: {csv: a.csv}\ngroups: {all: ['*']}\ninclude: ../i.yaml\n"
    )
    (weekend.folder / "sub" / "a.csv").write_text("id,kind\nA2,user\n")
    shared = STEPS.replace("A1", "all") + "faults: [{operator: skip, step: drain}]\nnote: hello\n"
    path = write(weekend.folder, "include: [i.yaml, sub/j.yaml]\n" + ONE + STEPS, i_yaml=shared)
    case = load_scenario(path)
    assert [a.id for a in case.scenario.accounts] == ["A2", "A1"]
    assert [(step.account, step.line) for step in case.scenario.steps] == [("all", 2), ("A1", 8)]
    assert [step.file for step in case.scenario.steps] == [str(weekend.folder / "i.yaml"), ""]
    assert case.scenario.groups == {"all": ("A2", "A1")}
    assert len(case.scenario.faults) == 1
    assert set(case.texts) == {"scenario", "rulebook", "runbook", "i.yaml", "sub/j.yaml", "sub/a.csv"}
    again = load_texts(case.texts)
    assert [step.file for step in again.scenario.steps] == ["<i.yaml>", ""]
    assert again.texts == case.texts


INCLUDED = [
    (INCLUDE, None, ["DC100 scenario.yaml:5:10 no such file: 'i.yaml'; its path is looked up beside the file"]),
    (
        "include: [i.yaml, ./i.yaml]\n",
        STEPS,
        ["DC151 scenario.yaml:5:19 warning: './i.yaml' stands in this list alread"],
    ),
    (INCLUDE, INCLUDE + STEPS, ["DC169 i.yaml:1:10 'i.yaml' includes 'i.yaml'"]),
    (INCLUDE, "include: j.yaml\n", ["DC169 j.yaml:1:10 'i.yaml' includes 'j.yaml' includes 'i.yaml'"]),
    (
        INCLUDE,
        HEAD + ONE,
        ["DC109 i.yaml:1:1 this is a scenario; only shared steps can be included; move what is shared"],
    ),
    ("include: rulebook.yaml\n", None, ["DC109 rulebook.yaml:2:1 this is a rulebook; only shared steps can be"]),
    (INCLUDE, "password: hunter2\n", ["DC109 i.yaml:1:1 nothing is shared here: no key is one of note, include"]),
    (INCLUDE, "- a\n", ["DC108 i.yaml:1:1 expected a mapping with one of the keys note, include, accounts"]),
    (INCLUDE, "", ["DC108 i.yaml:1:1 expected a mapping with one of the keys note, include, accounts"]),
    (INCLUDE, "steps: [1, 2\n", ["DC103 i.yaml:2:1 not YAML: while parsing a flow sequence"]),
    (INCLUDE, "steps: []\nstpes: []\n", ["DC106 i.yaml:2:1 unknown key 'stpes' in a file that is included; did you"]),
    (INCLUDE, "steps: []\nexpect: {}\n", ["DC106 i.yaml:2:1 unknown key 'expect' in a file that is included"]),
    (INCLUDE, "steps: {a: b}\n", ["DC108 i.yaml:1:8 expected a list"]),
    (INCLUDE, "groups: [a]\n", ["DC108 i.yaml:1:9 expected a mapping of groups to their members"]),
    (INCLUDE, "steps: []\nsteps: []\n", ["DC105 i.yaml:2:1 duplicate key 'steps'"]),
    (INCLUDE, STEPS.replace("A1", "A9"), ["DC120 i.yaml:2:34 unknown account 'A9'; expected one of A1, g"]),
    (INCLUDE, STEPS.replace("logon", "logn"), ["DC104 i.yaml:2:42 unknown action 'logn'; did you mean 'logon'?"]),
    (INCLUDE, STEPS.replace("account", "acount"), ["DC107 i.yaml:2:5 missing key 'account'", "DC106 i.yaml:2:25 unk"]),
    (INCLUDE, "faults: [{link: dropp}]\n", ["DC109 i.yaml:1:17 'dropp' may not stand here; did you mean 'drop'?"]),
    (INCLUDE, ONE, ["DC129 scenario.yaml:6:17 duplicate account 'A1'"]),
    (INCLUDE, "groups: {g: [A1]}\n", ["DC129 scenario.yaml:7:10 group 'g' is declared already: i.yaml, line 1"]),
    (INCLUDE, "groups: {h: [A9]}\n", ["DC120 i.yaml:1:14 unknown account 'A9'; expected one of A1, g, h"]),
    ("include: i.txt\n", None, ["DC109 scenario.yaml:5:10 'i.txt' is no YAML file by its suffix"]),
    ("include: {a: b}\n", None, ["DC108 scenario.yaml:5:10 expected the path of a file"]),
    ("include: [i.yaml, [a]]\n", STEPS, ["DC108 scenario.yaml:5:19 expected the path of a file"]),
]


@pytest.mark.parametrize(("include", "shared", "said"), INCLUDED)
def test_a_fault_of_an_included_file_is_found_where_it_stands(weekend, include, shared, said):
    """In that file; and nothing is quoted of a file that holds nothing to share."""
    files = {"j_yaml": INCLUDE + STEPS} | ({} if shared is None else {"i_yaml": shared})
    found = findings(weekend.folder, f"{include}{ONE}groups: {{g: ['*']}}\n{STEPS}", **files)
    assert len(found) == len(said), found
    assert all(one.startswith(words) for one, words in zip(found, said, strict=True)), found
    assert "hunter2" not in str(found)


def test_files_that_include_each_other_without_end_are_refused(weekend):
    """A chain of files is followed twenty deep."""
    for number in range(30):
        (weekend.folder / f"c{number}.yaml").write_text(f"include: c{number + 1}.yaml\n")
    found = findings(weekend.folder, "include: c0.yaml\n" + ONE + STEPS)
    assert [one.split(" ", 2)[0] for one in found] == ["DC169"]
    assert "more than 20 deep" in found[0]


def test_what_may_be_missing_because_a_file_is_missing_is_not_told(weekend):
    """Its accounts and groups may be there."""
    body = INCLUDE + STEPS.replace("A1", "A9") + "expect: {monday: {B: {status: active}}}\n"
    assert [one[:5] for one in findings(weekend.folder, body)] == ["DC100"]
    assert [one[:5] for one in findings(weekend.folder, TABLE + STEPS.replace("A1", "A9"))] == ["DC100"]


def test_texts_need_no_files(weekend):
    """And say which one they lack."""
    case = load_scenario(write(weekend.folder, INCLUDE + ONE, i_yaml=STEPS))
    texts = {name: text for name, text in case.texts.items() if name != "i.yaml"}
    with pytest.raises(InputError, match=r"DC107 texts missing key 'i.yaml'"):
        load_texts(texts)


def test_steps_of_two_files_need_no_common_order(weekend):
    """What is included comes first, whenever it happens; within a file, the order of time is asked for."""
    late = STEPS.replace("session-1 +5m", "monday +5m")
    assert findings(weekend.folder, INCLUDE + ONE + STEPS, i_yaml=late) == []
    found = findings(weekend.folder, INCLUDE + ONE + STEPS, i_yaml=late + STEPS.removeprefix("steps:\n"))
    assert [one[:24] for one in found] == ["DC188 i.yaml:3:10 warnin"]
