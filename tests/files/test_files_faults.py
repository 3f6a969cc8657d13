"""Faults in files: what is wrong is told at its place with the likely mend, what is right is read as it is meant."""

import pytest

from dcsim.domain.distribution import Empirical, Uniform
from dcsim.domain.faults import Crash, LateOperator, Outage, SlowLink
from dcsim.files.disk import discover
from dcsim.files.findings import InputError
from dcsim.files.load import load_scenarios, load_texts
from dcsim.files.resolver import source_of

BOOKS = {
    "rulebook": source_of("rulebook", "seoch-2fa-2023").text,
    "runbook": source_of("runbook", "snapshot-standby").text,
}
HEAD = """scenario: x
title: X
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts: [{id: U1, kind: user, email: registered}]
steps: [{at: session-1 +5m, account: U1, do: logout, expect: refused}]
"""
WINDOW = "from: session-1 opens, until: session-1 closes"
CRASH = "of: primary, at: session-1 opens"


def findings(fault, runbook=BOOKS["runbook"]):
    """What is told of a fault: code, column and the whole sentence."""
    with pytest.raises(InputError) as error:
        load_texts({**BOOKS, "runbook": runbook, "scenario": f"{HEAD}faults:\n  - {fault}\n"})
    return [(f.code, f.col, f"{f.message}; {f.hint}") for f in error.value.findings if f.severity == "error"]


@pytest.mark.parametrize(
    ("fault", "code", "at", "says"),
    [
        ("{link: outage, until: session-2 opens}", "DC107", "{", "missing key 'from'; as in {link: outage, from: "),
        ("{link: outage, at: session-2 opens}", "DC106", "at:", "did you mean 'from', the moment at which it begins?"),
        ("{link: outage, from: session-2 opens, for: 10m}", "DC106", "for:", "did you mean 'until', the moment"),
        (f"{{link: slow, by: 30s, {WINDOW}}}", "DC106", "by:", "did you mean 'lag'"),
        (f"{{link: slow, lag: 30, {WINDOW}}}", "DC108", "30", "write its unit, '30s' or '30m'"),
        (f"{{link: slow, lag: {{uniform: [9s, 1s]}}, {WINDOW}}}", "DC109", "[9s", "swap them"),
        (f"{{link: slow, lag: {{values: []}}, {WINDOW}}}", "DC109", "[]", "the list of durations is empty; list one"),
        (
            f"{{link: slow, lag: {{uniform: [1s, 9s]}}, to: 3m, {WINDOW}}}",
            "DC109",
            "3m",
            "'to' goes with a constant lag",
        ),
        (f"{{link: slow, lag: {{normal: [1s, 9s]}}, {WINDOW}}}", "DC106", "normal", "did you mean 'lognormal'?"),
        (f"{{link: slow, lag: {{lognormal: {{mean: 2s}}}}, {WINDOW}}}", "DC107", "{mean", "median and p99, found mean"),
        (f"{{link: slow, lag: {{values: [1s, soon]}}, {WINDOW}}}", "DC109", "soon", "'soon' is not a duration"),
        ("{site: crash, at: session-1 opens}", "DC107", "{", "missing key 'of'; as in {site: crash, of: primary"),
        ("{site: primary, at: session-1 opens}", "DC109", "primary", "as in {site: crash, of: primary"),
        ("{crash: primary, at: session-1 opens}", "DC107", "{", "as in {site: crash, of: primary"),
        (
            f"{{site: crash, {CRASH}, for: 10m}}",
            "DC106",
            "for:",
            "did you mean 'back', how long it is down, a duration?",
        ),
        (f"{{site: crash, {CRASH}, until: monday opens}}", "DC106", "until", "did you mean 'back'"),
        (f"{{site: crash, {CRASH}, back: 10}}", "DC108", "10", "write its unit"),
        (f"{{site: crash, {CRASH}, before: mark}}", "DC109", "{", "found at and before"),
        ("{site: crash, of: primary}", "DC109", "{", "found none of them"),
        ("{site: crash, of: primary, before: session-2 opens}", "DC125", "session", "did you mean 'open-session-2'?"),
        ("{site: crash, of: link, before: mark}", "DC122", "link", "expected one of primary, secondary"),
        ("{clock: slow, site: primary, by: 5m}", "DC106", "site", "did you mean 'of', the site?"),
        ("{clock: skew, of: primary, by: 5m}", "DC109", "skew", "expected one of fast, slow"),
        (
            "{operator: late, step: mark}",
            "DC107",
            "{",
            "missing key 'by'; as in {operator: late, step: drain, by: 10m}",
        ),
        ("{otp: delayed, account: U1, by: 5m}", "DC109", "delayed", "as in {otp: late, account: U001, by: 5m}"),
        ("{otp: late, account: U1, nth: 0, by: 5m}", "DC109", "0,", "the first is 1"),
        ("{request: slow, account: U9, by: 5m}", "DC120", "U9", "expected one of U1"),
        ("{request: slow, account: 'U8*', by: 5m}", "DC120", "'U8*'", "no account has a name like 'U8*'"),
        ("{link: outage, from: session-1 closes, until: session-1 opens}", "DC109", "session-1 opens", "swap them"),
        ("{link: outage, from: session-1 +3h}", "DC142", "session-1 +3h", "is outside 'session-1'"),
        ("{site: crash, of: primary, at: 2019-01-01 00:00}", "DC142", "2019", "before the first session"),
    ],
)
def test_a_mistake_in_a_fault_is_one_finding_with_its_mend(fault, code, at, says):
    """At the column of what is wrong."""
    ((found, column, sentence),) = findings(fault)
    assert (found, column) == (code, 5 + fault.rindex(at) if at == "session-1 opens" else 5 + fault.index(at))
    assert says in sentence


def test_what_is_right_in_a_faulty_fault_is_checked_too():
    """A key that is missing hides neither an unknown account nor an unknown site nor a wrong moment."""
    assert [code for code, *_ in findings("{otp: late, account: U9}")] == ["DC107", "DC120"]
    assert [code for code, *_ in findings("{site: crush, of: nowhere, before: mark}")] == ["DC109", "DC122"]
    assert [code for code, *_ in findings("{link: slow, lag: 3, from: session-9 opens}")] == ["DC107", "DC108", "DC121"]


def test_two_faults_at_one_place_exclude_each_other():
    """Two lags at a time, two clocks of a site, two delays of a step."""
    for pair in (
        f"{{link: slow, lag: 1m, {WINDOW}}}\n  - {{link: slow, lag: 2m, from: session-1 +1m, until: session-1 +2m}}",
        "{clock: slow, of: primary, by: 1m}\n  - {clock: fast, of: primary, by: 1m}",
        "{operator: late, step: mark, by: 1m}\n  - {operator: late, step: mark, by: 2m}",
    ):
        assert [code for code, *_ in findings(pair)] == ["DC109"]


def test_no_site_is_called_link():
    """It is the link's name where something is down."""
    runbook = BOOKS["runbook"].replace("{primary: primary, secondary:", "{primary: primary, link:")
    runbook = runbook.replace("site: secondary", "site: link")
    assert any("no site may have the name 'link'" in says for _, _, says in findings("{link: drop}", runbook))


CSV = "x-day,duration\nMon,1m\nTue,30s\n"


def test_durations_come_from_a_table_in_a_row_of_foreach_and_in_a_shared_file(tmp_path):
    """Each is looked up beside the file that names it, and placeholders may stand for all of a fault."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "faults.yaml").write_text(
        f"faults:\n  - {{link: slow, lag: {{csv: lags.csv}}, {WINDOW}}}\n  - {{operator: late, by: {{csv: s.csv}}}}\n"
    )
    (tmp_path / "shared" / "lags.csv").write_text(CSV)
    (tmp_path / "shared" / "s.csv").write_text("seconds\n2\n0.5\n")
    rows = "foreach:\n  - {site: primary, when: drain, back: 5m}\n  - {site: secondary, when: mark, back: null}\n"
    crash = '  - {site: crash, of: "${site}", before: "${when}", back: "${back}"}\n'
    path = tmp_path / "x.yaml"
    path.write_text(f"{HEAD}include: shared/faults.yaml\n{rows}faults:\n{crash}")
    slow, late, first = load_scenarios(path)[0].scenario.faults
    assert isinstance(slow, SlowLink)
    assert slow.lag == Empirical(values=(30_000, 60_000))
    assert late == LateOperator(operator="late", by=Empirical(values=(500, 2000)))
    assert first == Crash(site="crash", of="primary", before="drain", back=300_000)
    assert load_scenarios(path)[1].scenario.faults[2].back is None
    assert [found.name for found in discover([tmp_path])] == ["x.yaml"]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("duration\nsoon\n", "'soon' is no duration"),
        ("length\n1s\n", "no row with a column of durations"),
        ("duration\n", "no row with a column of durations"),
        ("ms\n-5\n", "'-5' is no duration"),
        ("ms\nnan\n", "'nan' is no duration"),
        ("ms\n1e400\n", "'1e400' is no duration"),
        ("duration\n</script>\u202e\n", "is no duration"),
    ],
)
def test_a_table_that_holds_no_durations_is_a_finding(tmp_path, table, says):
    """At its row, or at the name of the table."""
    (tmp_path / "lags.csv").write_text(table, encoding="utf-8")
    path = tmp_path / "x.yaml"
    path.write_text(f"{HEAD}faults: [{{link: slow, lag: {{csv: lags.csv}}, {WINDOW}}}]\n")
    with pytest.raises(InputError, match=says):
        load_scenarios(path)


def test_what_is_left_out_is_never_and_what_is_zero_is_at_once():
    """An outage without an end, and a site that is back at once."""
    faults = "{link: outage, from: session-1 opens}, {site: crash, of: primary, at: session-1 opens, back: 0s}"
    case = load_texts(
        {**BOOKS, "scenario": f"{HEAD}faults: [{faults}, {{operator: late, by: {{uniform: [0s, 0s]}}}}]\n"}
    )
    outage, crash, late = case.scenario.faults
    assert isinstance(outage, Outage)
    assert outage.until is None
    assert crash.back == 0
    assert late.by == Uniform(low=0, high=0)
