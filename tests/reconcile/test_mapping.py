"""The mapping file is read strictly, with a position for each fault; and tables that cannot be used are told."""

import json

import jsonschema
import pytest

from dcsim.files.schema import schema

SCENARIO = """\
scenario: two
title: Two accounts
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {id: U1, kind: user, participant: B1, email: registered}
  - {id: U2, kind: user, participant: B1, email: registered}
"""
LOG = """\
time,account,act,password,channel,outcome
2023-06-10 18:05,U1,initiate-2fa,P1,sms,accepted
"""
DUMP = "account,password,channel\nU1,P1,sms\nU2,,\n"


@pytest.fixture
def call(reconcile, tmp_path):
    """The command on two accounts: its code and all that it printed."""

    def run(log=LOG, dump=DUMP, mapping=None, scenario=SCENARIO):
        for name, text in (("two.yaml", scenario), ("log.csv", log), ("dump.csv", dump), ("map.yaml", mapping)):
            if text is not None:
                (tmp_path / name).write_text(text)
        given = ("--map", tmp_path / "map.yaml") if mapping is not None else ()
        code, out, err = reconcile(tmp_path / "two.yaml", tmp_path / "log.csv", tmp_path / "dump.csv", *given)
        return code, out + err

    return run


FAULTS = [
    ("[]", "DC108", "1:1", "expected a mapping with 'log' or 'dump'"),
    ("version: 2", "DC110", "1:10", "write 1"),
    ("lgo: {}", "DC106", "1:1", "did you mean 'log'?"),
    ("log: {time: {colum: TS}}", "DC106", "1:14", "did you mean 'column'?"),
    ("log: {time: {format: '%d'}}", "DC107", "1:13", "missing key 'column'"),
    ("log: {time: {column: TS, timezone: Mars/Olympus}}", "DC109", "1:36", "unknown timezone 'Mars/Olympus'"),
    ("log: {account: 5}", "DC108", "1:16", "the number '5'"),
    ("log: {act: {column: E, values: {A: log-on}}}", "DC104", "1:36", "did you mean 'logon'?"),
    ("log: {act: {column: E, values: {A: {with: otp}}}}", "DC107", "1:36", "missing key 'do'"),
    ("log: {act: {column: E, values: {A: {do: logon, wit: otp}}}}", "DC106", "1:48", "did you mean 'with'?"),
    ("log: {act: {column: E, values: {A: {do: logon, with: opt}}}}", "DC109", "1:54", "did you mean 'otp'?"),
    ("log: {outcome: {column: R, values: {OK: acepted}}}", "DC197", "1:41", "did you mean 'accepted'?"),
    ("log: {outcome: {column: R, values: {N: refused closd}}}", "DC197", "1:40", "did you mean 'closed'?"),
    ("log: {arguments: {passwrd: PW}}", "DC197", "1:19", "did you mean 'password'?"),
    ("dump: {fields: {pasword: PW}}", "DC197", "1:17", "did you mean 'password'?"),
    ("dump: {fields: {email: {column: M, values: {1: true}}}}", "DC108", "1:45", "put quotes around it"),
]


@pytest.mark.parametrize(("text", "code", "place", "says"), FAULTS)
def test_a_fault_of_the_mapping_has_its_place(text, code, place, says, call):
    """Each fault has its code, its line and column, and the likely mend."""
    ended, said = call(mapping=text)
    assert ended == 2
    assert f"{code} " in said
    assert f"map.yaml:{place} " in said
    assert says in said


TABLES = [
    ("DC195", {"log": "WHEN,WHO,WHAT\n1,2,3\n"}, "log.csv:1:1 no column for the time"),
    ("DC195", {"log": LOG, "mapping": "log: {account: WHO}"}, "there is no column 'WHO'"),
    ("DC195", {"dump": "name,pw\nU1,x\n"}, "no column for the account"),
    ("DC195", {"dump": "account,pw\nU1,x\n"}, "no column of a field"),
    ("DC196", {"log": LOG.replace("2023-06-10 18:05", "yesterday")}, "log.csv:2:1 the time cannot be read"),
    ("DC196", {"log": LOG, "mapping": "log: {time: {column: time, format: '%d.%m.%Y'}}"}, "expected '%d.%m.%Y'"),
    ("DC196", {"dump": "account,locked\nU1,perhaps\n"}, "dump.csv:2:1 the cell for 'locked' cannot be read"),
    ("DC196", {"log": LOG.replace("password", "otp")}, "is none that"),
    ("DC198", {"log": LOG.replace("U1", "X1")}, "no row is an act of an account of the scenario"),
    ("DC198", {"dump": "account,password\n"}, "the dump has no row"),
    ("DC198", {"dump": "account,password\nX1,P\n"}, "no row is of an account of the scenario"),
    ("DC199", {"dump": "account,password\nU1,P1\nU1,P1\n"}, "'U1' is also on line 2"),
]


@pytest.mark.parametrize(("code", "files", "says"), TABLES)
def test_a_table_that_cannot_be_used_is_told(code, files, says, call):
    """A missing column, an unreadable cell, nobody who is known, an account twice: bad input, with a code."""
    if says == "is none that":
        files = {"log": "time,account,act,with,password\n2023-06-10 18:05,U1,logon,carrier-pigeon,P\n"}
    ended, said = call(**files)
    assert ended == 2, said
    assert f"{code} " in said
    assert says in said


TIMES = [
    ("2023-06-10T18:05:00", ""),
    ("2023-06-10T18:05:00.250", ""),
    ("2023-06-10T10:05:00+00:00", ""),
    ("2023-06-10T10:05:00Z", ""),
    ("1686391500", ""),
    ("1686391500000", ""),
    ("10/06/2023 06:05 PM", "log: {time: {column: time, format: '%d/%m/%Y %I:%M %p'}}"),
    ("2023-06-10 12:05:00", "log: {time: {column: time, timezone: Europe/Berlin}}"),
]


@pytest.mark.parametrize(("time", "mapping"), TIMES)
def test_times_are_read_in_many_forms(time, mapping, call):
    """ISO 8601 with and without a zone, seconds and milliseconds since 1970, any format, any timezone."""
    code, said = call(log=LOG.replace("2023-06-10 18:05", time), mapping=mapping or None)
    assert code == 0, said


def test_what_is_not_understood_is_told_and_counted(call):
    """Accounts, acts and outcomes that nobody knows, and accounts that the dump lacks: told, and a finding."""
    more = "2023-06-10 18:06,X9,logout,,,accepted\n2023-06-10 18:07,U1,dance,,,accepted\n"
    more += "2023-06-10 18:08,U1,logon,P1,,hmm\n"
    code, said = call(log=LOG + more, dump="account,password\nU1,P1\nX8,P1\n")
    assert code == 1
    for told in (
        "1 row of the log of an account that the scenario does not know: #",
        "(line 3)",
        "act that neither dcsim nor the mapping knows: #",
        "(line 4)",
        "outcome that is not understood, and taken as not recorded: #",
        "(line 5)",
        "1 row of the dump of an account that the scenario does not know: #",
        "lacks: U2",
    ):
        assert told in " ".join(said.split())
    # Any of these may be a secret in the wrong column.
    assert not [word for word in ("X9", "X8", "dance", "hmm") if word in said]


@pytest.mark.parametrize(
    ("head", "row"), [("user", "DA,reset-user,U1"), ("by", "U1,reset-user,DA"), ("by", "U1,reset-user,")]
)
def test_an_administrator_need_not_be_named(head, row, call):
    """The administrator acts on a user; or the user is acted on by an administrator, who need not be named."""
    scenario = SCENARIO + "  - {id: DA, kind: da, participant: B1, email: registered}\n"
    log = f"time,account,act,{head},password,channel,outcome\n2023-06-10 18:05,U1,initiate-2fa,,P1,sms,accepted\n"
    dump = "account,password,channel\nU1,,\nU2,,\nDA,,\n"
    code, said = call(log + f"2023-06-10 18:06,{row},,,accepted\n", dump, scenario=scenario)
    assert code == 0, said
    # The other way round: without the reset, the dump would differ.
    assert call(log, dump, scenario=scenario)[0] == 1


def test_the_schema_knows_the_mapping():
    """`dcsim schema mapping` accepts a mapping, in its short and its full form, and refuses a misspelt one."""
    checker = jsonschema.Draft202012Validator(schema("mapping"))
    good = {
        "log": {
            "time": {"column": "TS", "format": "%d"},
            "account": "ID",
            "act": {"column": "E", "values": {"L": {"do": "logon", "with": "otp"}, "O": "logout"}, "ignore": ["PING"]},
            "arguments": {"password": "PW", "channel": {"column": "CH", "values": {"E": "email"}}},
        },
        "dump": {"account": "ID", "fields": {"email": {"column": "M", "values": {"Y": True}}}},
    }
    assert checker.is_valid(json.loads(json.dumps(good)))
    assert not checker.is_valid({"log": {"time": {"colum": "TS"}}})
    assert not checker.is_valid({"lgo": {}})


def test_a_runbook_that_does_not_fit_is_refused(reconcile, tmp_path):
    """What is to be tried must be a runbook of this weekend: another one is bad input, and not passed over."""
    for name, text in (("two.yaml", SCENARIO), ("log.csv", LOG), ("dump.csv", DUMP)):
        (tmp_path / name).write_text(text)
    files = (tmp_path / "two.yaml", tmp_path / "log.csv", tmp_path / "dump.csv")
    code, _, err = reconcile(*files, "--try", "mocks-to-live")
    assert code == 2
    assert "mocks-to-live" in err
    assert reconcile(*files, "--try", "failback-copy")[0] == 0


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1e300", "nan", "-inf", "2023-02-30 18:05:00"]
)
def test_a_time_beyond_the_calendar_is_a_finding(time, call):
    """What no calendar has is told like any other time that cannot be read."""
    code, said = call(log=LOG.replace("2023-06-10 18:05", time))
    assert code == 2
    assert "DC196" in said


@pytest.mark.parametrize(
    "word", ["refused closed", "Refused: closed", "DENIED (closed)", "failed - closed", "closed", "refused"]
)
def test_refusals_are_read_in_many_words(word, call):
    """A refusal with or without its code, however it is spelt."""
    late = LOG.replace("2023-06-10 18:05", "2023-06-10 20:30").replace("accepted", word.replace(",", " "))
    code, said = call(log=late, dump="account,password\nU1,\nU2,\n")
    assert code == 0, said
