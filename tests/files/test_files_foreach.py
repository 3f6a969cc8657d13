"""A table of values over one scenario: a case for each row, and each fault of the table in its place."""

# ruff: noqa: E501 - a case is a line

import pytest

from dcsim.files.findings import InputError
from dcsim.files.load import addresses, load_scenario, load_scenarios, load_texts

HEAD = """scenario: x
title: X
rulebook: rulebook.yaml
runbook: runbook.yaml
"""
ROWS = "foreach:\n  - {kind: user, n: 1}\n  - {kind: da, n: 2}\n"
BODY = """accounts:
  - {id: U001, kind: "${kind}", failures: "${n}", participant: "B${n}-${kind}"}
steps:
  - {at: "session-1 +${n}m", account: U001, do: logon, with: otp, password: "P${n}", expect: any}
expect:
  monday: {"U00${one}": {status: active}}
""".replace("${one}", "1")


def write(folder, text, **files):
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)
    path = folder / "scenario.yaml"
    path.write_text(text)
    return path


def findings(folder, body, **files):
    path = write(folder, HEAD + body, **files)
    try:
        found = [warning for case in load_scenarios(path) for warning in case.warnings]
    except InputError as error:
        found = error.findings
    return list(dict.fromkeys(str(finding).replace(f"{folder}/", "") for finding in found))


TABLES = [
    ROWS,
    "foreach: {csv: r.csv}\n",
    "foreach: {csv: r.jsonl, x-why: because}\n",
    "foreach: [{n: 1, kind: user, x-why: 3}, {kind: da, n: 2}]\n",
]
FILES = {"r_csv": "kind,n,x-c\nuser,1,a\nda, 2 ,\n", "r_jsonl": '{"kind": "user", "n": 1}\n{"kind": "da", "n": 2}\n'}


@pytest.mark.parametrize("table", TABLES)
def test_each_row_is_a_case_of_its_own(weekend, table):
    """A scalar that is only a placeholder has the value with its type; within a text, it is text."""
    path = write(weekend.folder, HEAD + table + BODY, **FILES)
    cases = load_scenarios(path)
    assert [case.scenario.scenario for case in cases] == ["x[1]", "x[2]"]
    assert [case.row for case in cases] == [1, 2]
    accounts = [case.scenario.accounts[0] for case in cases]
    assert [(a.profile.kind, a.start.failures.value, a.profile.participant) for a in accounts] == [
        ("user", 1, "B1-user"),
        ("da", 2, "B2-da"),
    ]
    assert [case.scenario.steps[0].at.offset for case in cases] == [60_000, 120_000]
    assert [case.scenario.steps[0].action.password for case in cases] == ["P1", "P2"]
    assert {case.path for case in cases} == {str(path)}
    assert addresses(path) == tuple(case.address for case in cases) == (f"{path}#1", f"{path}#2")


@pytest.mark.parametrize("table", TABLES)
def test_an_address_names_one_row(weekend, table):
    """And the texts of the case give the same case again, without any file."""
    path = write(weekend.folder, HEAD + table + BODY, **FILES)
    case = load_scenario(f"{path}#2")
    assert load_scenarios(f"{path}#2")[0].scenario.accounts == case.scenario.accounts
    assert (case.scenario.scenario, case.address) == ("x[2]", f"{path}#2")
    again = load_texts(case.texts)
    assert again.texts == case.texts
    assert again.scenario.scenario == "x[2]"
    assert again.scenario.accounts == case.scenario.accounts
    assert again.scenario.steps == case.scenario.steps


def test_a_file_may_have_the_name_of_an_address(weekend):
    """Then it is meant."""
    path = write(weekend.folder, HEAD + ROWS + BODY)
    other = weekend.folder / "scenario.yaml#2"
    other.write_text(HEAD + "accounts: [{id: A, kind: user}]\nexpect: {monday: {A: {failures: 0}}}\n")
    assert load_scenario(other).scenario.accounts[0].id == "A"
    assert load_scenario(f"{path}#1").scenario.scenario == "x[1]"


def test_the_title_says_which_row_it_is(weekend):
    """By the values of the row, or by placeholders of its own."""
    path = write(weekend.folder, HEAD + ROWS + BODY)
    assert [case.scenario.title for case in load_scenarios(path)] == ["X (kind: user, n: 1)", "X (kind: da, n: 2)"]
    path = write(weekend.folder, HEAD.replace("title: X", 'title: "A ${kind}"') + ROWS + BODY)
    assert [case.scenario.title for case in load_scenarios(path)] == ["A user", "A da"]
    long = ROWS.replace("user", "user, t: " + "w" * 300).replace("da,", "da, t: v,")
    path = write(weekend.folder, HEAD + long + BODY + "note: '${t}'\n")
    assert len(load_scenarios(path)[0].scenario.title) < 120


def test_a_row_chooses_rulebook_runbook_files_and_steps(weekend):
    """Placeholders may stand in any scalar: also in keys, in lists, and where a whole list or mapping is meant."""
    for name in ("one", "two"):
        (weekend.folder / f"{name}.yaml").write_text(
            "steps: [{at: session-1 +5m, account: '${who}', do: logout, expect: any}]\n"
        )
        text = (weekend.folder / "runbook.yaml").read_text()
        (weekend.folder / f"book-{name}.yaml").write_text(text.replace("runbook: sample", f"runbook: {name}"))
    text = """scenario: x
title: X
rulebook: rulebook.yaml
runbook: "./book-${name}.yaml"
foreach:
  - {name: one, who: A, held: {password: p, channel: c}, shown: [1, 2]}
  - {name: two, who: B, held: none, shown: 2}
include: ["${name}.yaml"]
shows: "${shown}"
accounts: [{id: A, kind: user}, {id: B, kind: user}]
expect: {monday: {"${who}": {two-factor: "${held}"}}}
"""
    cases = load_scenarios(write(weekend.folder, text))
    assert [case.runbook.runbook for case in cases] == ["one", "two"]
    assert [case.scenario.steps[0].account for case in cases] == ["A", "B"]
    assert [case.scenario.shows for case in cases] == [(1, 2), (2,)]
    assert [dict(case.scenario.seen[0].fields) for case in cases] == [
        {"password": "p", "channel": "c"},
        {"password": None, "channel": None},
    ]
    assert [case.scenario.seen[0].line for case in cases] == [11, 11]
    assert set(cases[1].texts) == {"scenario", "rulebook", "runbook", "row", "two.yaml"}


@pytest.mark.parametrize("nothing", ["kind: da, n: null", "kind: da, n: ", "kind: da, n: ~"])
def test_an_empty_value_leaves_out_what_it_stands_for(weekend, nothing):
    """A key with its value, or an entry of a list; within a text, it is no text."""
    body = BODY.replace('"session-1 +${n}m"', "session-1 +1m") + 'tags: [a, "${n}", "b${n}"]\n'
    cases = load_scenarios(
        write(
            weekend.folder,
            HEAD
            + ROWS.replace("n: 1", "n: c").replace("kind: da, n: 2", nothing)
            + body.replace('failures: "${n}", ', ""),
        )
    )
    assert [case.scenario.tags for case in cases] == [("a", "c", "bc"), ("a", "b")]


def test_a_placeholder_with_two_signs_stands_for_itself(weekend):
    """A password may be called so."""
    cases = load_scenarios(write(weekend.folder, HEAD + ROWS + BODY.replace('"P${n}"', '"$${n}-${n}"')))
    assert [case.scenario.steps[0].action.password for case in cases] == ["${n}-1", "${n}-2"]


FOUND = [
    (ROWS, "${kind}", "${kid}", ["DC167 scenario.yaml:9:22 unknown placeholder '${kid}'; did you mean 'kind'?"]),
    (ROWS, "+${n}m", "+${m}m", ["DC167 scenario.yaml:11:10 unknown placeholder '${m}'; expected one of kind, n"]),
    (ROWS, 'U001": {', '${u}": {', ["DC167 scenario.yaml:13:12 unknown placeholder '${u}'; expected one of kind, n"]),
    (
        "foreach: [{kind: user, n: 1, m: 3}]\n",
        "",
        "",
        ["DC172 scenario.yaml:5:33 warning: no '${m}' stands in the scenario"],
    ),
    (
        ROWS.replace("da", "dad"),
        "",
        "",
        ["DC124 scenario.yaml:7:12 unknown account kind 'dad' (row 2 of foreach); did you mean 'da'?"],
    ),
    (ROWS, "with: otp", "with: opt", ["DC109 scenario.yaml:11:62 'opt' may not stand here; did you mean 'otp'?"]),
    (
        ROWS.replace("kind: da", "kid: da"),
        "",
        "",
        ["DC166 scenario.yaml:7:11 row 2 has 'kid', and row 1 has not; did you mean 'kind'?"],
    ),
    (
        ROWS.replace("kind: da, ", ""),
        "",
        "",
        ["DC166 scenario.yaml:7:5 row 2 lacks 'kind', which row 1 has; write null for nothing"],
    ),
    (ROWS.replace("kind: da", "kind: null"), "", "", ["DC107 scenario.yaml:9:5 missing key 'kind' (row 2 of foreach)"]),
    ("foreach: []\n", "", "", ["DC109 scenario.yaml:5:10 the table has no row, so nothing would be run; add one"]),
    ("foreach: abc\n", "", "", ["DC108 scenario.yaml:5:10 expected a list of mappings, or {csv: FILE}"]),
    ("foreach: [a, {kind: b}]\n", "", "", ["DC108 scenario.yaml:5:11 expected a mapping of names to values"]),
    (
        "foreach: {csv: no.csv}\n",
        "",
        "",
        ["DC100 scenario.yaml:5:16 no such file: 'no.csv'; its path is looked up beside the file that names it"],
    ),
    ("foreach: {cvs: r.csv}\n", "", "", ["DC106 scenario.yaml:5:10 unknown key 'cvs'; did you mean 'csv'?"]),
    (
        "foreach: {x-a: r.csv}\n",
        "",
        "",
        ["DC107 scenario.yaml:5:10 missing key 'csv'; name the file, or write the rows as a list of mappings"],
    ),
    (
        "foreach: {csv: r.csv}\n",
        "",
        "",
        ["DC108 r.csv:3:4 expected a whole number, found the text 'x' (row 2 of foreach)"],
    ),
    (
        ROWS.replace("n: 1", "n: [1]"),
        '"${n}"',
        "0",
        ["DC167 scenario.yaml:9:59 '${n}' is a list or a mapping, not text (row 1 of foreach)"],
    ),
    (
        "",
        "",
        "",
        [
            "DC171 scenario.yaml:6:22 warning: '${kind}' stands for itself, since the scenario has no table of values (foreach)"
        ],
    ),
]


@pytest.mark.parametrize(("table", "old", "new", "said"), FOUND)
def test_a_fault_of_a_table_is_found_where_it_stands(weekend, table, old, new, said):
    """A fault that all rows have is told once; another with the rows that have it."""
    body = BODY.replace(old, new, 1) if old else BODY
    found = findings(weekend.folder, table + body, r_csv="kind,n\nuser,1\nda,x\n")
    assert all(words in found for words in said), found
    if table and "[1]" not in table and "csv: r" not in table and "n: [1]" not in table:
        assert len(found) == len(said), found


def test_placeholders_in_keys_that_are_ignored_are_ignored(weekend):
    """With a table and without one."""
    plain = 'x-a: "${nobody}"\naccounts: [{id: A, kind: user, x-b: {"${k}": "${v}"}}]\nexpect: {monday: {A: {failures: 0}}}\n'
    assert findings(weekend.folder, plain) == []
    assert findings(weekend.folder, f"foreach: [{{n: 1}}]\ntags: '${{n}}'\n{plain}".replace("'${n}'", "'t${n}'")) == []


def test_a_placeholder_without_quotes_in_brackets_is_explained(weekend):
    """It is no YAML there, and the hint says what to do."""
    found = findings(weekend.folder, ROWS + BODY.replace('"${kind}"', "${kind}"))
    assert found[0].startswith("DC103 scenario.yaml:9:")
    assert found[0].endswith('put quotes around what holds a placeholder, such as "${kind}"')


ADDRESSES = [
    (
        "",
        "DC170 scenario.yaml:5:3 the file holds 2 scenarios, one for each row; name one of them by its number, as scenario.yaml#1",
    ),
    ("#3", "DC170 scenario.yaml:5:3 there is no row 3: the table has 2"),
    ("#0", "DC170 scenario.yaml:5:3 there is no row 0: the table has 2"),
]


@pytest.mark.parametrize(("row", "said"), ADDRESSES)
def test_one_scenario_is_asked_of_many(weekend, row, said, monkeypatch):
    """The finding says how to name one."""
    path = write(weekend.folder, HEAD + ROWS + BODY)
    with pytest.raises(InputError) as caught:
        load_scenario(f"{path}{row}")
    assert str(caught.value.findings[0]).replace(f"{weekend.folder}/", "") == said.replace("5:3", "6:3")


def test_a_row_is_asked_of_a_scenario_without_a_table(weekend):
    """There is none."""
    path = write(weekend.folder, HEAD + BODY)
    with pytest.raises(InputError, match=r"DC170 .*there is no row 1: the scenario has no table of values"):
        load_scenario(f"{path}#1")


def test_a_table_of_one_row_is_one_scenario(weekend):
    """Its row need not be named."""
    path = write(weekend.folder, HEAD + "foreach: [{kind: user, n: 1}]\n" + BODY)
    assert load_scenario(path).address == f"{path}#1"


def test_texts_of_a_plain_scenario_may_hold_the_number_of_a_row(weekend):
    """A scenario that was made of a row needs no table, though the other texts are kept."""
    case = load_scenario(f"{write(weekend.folder, HEAD + ROWS + BODY)}#2")
    plain = HEAD + "accounts: [{id: A, kind: user}]\nexpect: {monday: {A: {failures: 0}}}\n"
    assert load_texts({**case.texts, "scenario": plain}).row == 0


def test_a_text_that_grows_without_end_is_refused(weekend):
    """A value in many places is no way to fill the memory."""
    rows = f"foreach: [{{kind: user, n: '{'w' * 100_000}'}}]\n"
    steps = "".join(
        f'  - {{at: session-1 +1m, account: U001, do: logon, with: otp, password: "{"${n}" * 20}"}}\n'
        for _ in range(40)
    )
    found = findings(weekend.folder, rows + "accounts: [{id: U001, kind: '${kind}'}]\nsteps:\n" + steps)
    assert any("DC111" in one for one in found), found[:3]
