"""`dcsim run` over files that cannot be run, and over scenarios that fail in large numbers."""

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from dcsim.simulate import expectations

ROOT = Path(__file__).parents[2]
GOOD = """\
scenario: {name}
title: A password is set, and it works
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {{id: U001, kind: user, participant: B01234, email: registered, smartcard: friday}}
steps:
  - {{at: session-1 +5m, account: U001, do: initiate-2fa, password: P1, channel: email}}
  - {{at: monday +9h, account: U001, do: logon, with: otp, password: P1}}
"""
MANY = """\
scenario: many
title: Many
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {population: COUNT, prefix: U, kind: user, participant: B01234, email: registered, smartcard: friday}
steps:
  - {at: session-1 +5m, account: U*, do: initiate-2fa, password: P1, channel: email}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a broken file between two good ones."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "c"):
        (tmp_path / f"{name}.yaml").write_text(GOOD.format(name=name))
    (tmp_path / "b.yaml").write_text(GOOD.format(name="b").replace("do: logon", "do: lgon"))
    return tmp_path


def rulebook():
    return (ROOT / "dcsim/builtin/rulebooks/seoch-2fa-2023.yaml").read_text()


# -- one bad file ------------------------------------------------------------------------------------------------------


def test_one_bad_file_is_one_error_and_the_others_run(dcsim, folder):
    """In its place among the others, with its finding; the findings are on stderr, and the exit code is 2."""
    code, out, err = dcsim("run", ".")
    lines = out.splitlines()
    assert code == 2
    assert [line.split()[:2] for line in lines[:3]] == [["pass", "a"], ["ERROR", "b.yaml"], ["pass", "c"]]
    assert "DC104 b.yaml:9:41 unknown action 'lgon'" in lines[1]
    assert lines[-1].startswith("2 passed, 1 error in ")
    assert err.startswith("DC104 b.yaml:9:41 unknown action 'lgon'")
    assert len(err.splitlines()) == 1


def test_an_error_is_in_json_and_in_junit(dcsim, folder):
    """With every finding, its file and its line."""
    code, out, _ = dcsim("run", ".", "--json", "--junit", "j.xml")
    report = json.loads(out)
    assert (code, report["passed"], report["failed"], report["errors"]) == (2, 2, 0, 1)
    wrong = report["results"][1]
    assert (wrong["status"], wrong["path"], wrong["name"]) == ("error", "b.yaml", "b")
    (finding,) = wrong["findings"]
    assert (finding["code"], finding["line"], finding["severity"]) == ("DC104", 9, "error")
    suites = ET.parse(folder / "j.xml").getroot()
    assert [suites.get(name) for name in ("tests", "failures", "errors")] == ["3", "0", "1"]
    case = suites[1].find("testcase")
    assert (case.get("file"), case.get("line")) == ("b.yaml", "9")
    assert case.find("error").get("message").startswith("DC104 b.yaml:9:41 unknown action 'lgon'")


@pytest.mark.parametrize(("more", "code"), [([], 2), (["--runbook", "failback-copy"], 2)])
def test_an_error_weighs_more_than_a_failure(dcsim, folder, more, code):
    """A run that could not test everything is not merely a run that failed."""
    failing = GOOD.format(name="d").replace("password: P1}", "password: XX}")
    (folder / "d.yaml").write_text(failing)
    ended, out, _ = dcsim("run", ".", *more)
    assert (ended, "1 failed, 1 error" in out) == (code, True)


def test_a_path_that_does_not_exist_is_an_error_too(dcsim, folder):
    """What is there is run."""
    code, out, err = dcsim("run", "gone.yaml", "a.yaml")
    assert (code, err) == (2, "DC100 gone.yaml no such file or folder\n")
    assert "1 passed, 1 error" in out


def test_quiet_tells_errors(dcsim, folder):
    """An error is no success."""
    assert dcsim("run", ".", "-q")[1].startswith("ERROR  b.yaml  DC104 ")


# -- one cause ---------------------------------------------------------------------------------------------------------


def test_books_that_do_not_fit_many_scenarios_are_one_error(dcsim, folder):
    """It says how many, and where first; a scenario that they do fit is run."""
    for number in range(5):
        (folder / f"n{number}.yaml").write_text(GOOD.format(name=f"n{number}"))
    fits = (
        GOOD.format(name="fits").replace("seoch-2fa-2023", "asx-24-bcp-2025").replace("snapshot-standby", "roll-back")
    )
    fits = fits.replace("session-1", "test").replace("\n  - {at: monday", ", expect: any}\n  - {at: monday", 1)
    (folder / "z.yaml").write_text(fits.replace("channel: email}, expect", "channel: email, expect"))
    code, out, err = dcsim("run", ".", "--rulebook", "asx-24-bcp-2025", "--json", "--junit", "j.xml")
    report = json.loads(out)
    assert (code, report["errors"], len(report["results"])) == (2, 2, 3)
    (misfit,) = [r for r in report["results"] if r["scenarios"]]
    assert len(misfit["scenarios"]) == 7
    assert (misfit["path"], [f["code"] for f in misfit["findings"]]) == ("asx-24-bcp-2025", ["DC186"])
    told = next(line for line in err.splitlines() if line.startswith("DC186"))
    assert "rulebook 'asx-24-bcp-2025' does not fit 7 of 9 scenarios" in told
    assert "a.yaml:8:10 unknown session 'session-1'" in told
    assert len(err.splitlines()) == 2  # and that of the broken file
    suites = ET.parse(folder / "j.xml").getroot()
    # The cause is an error; each scenario that it keeps from running is skipped, and so the number of cases stays.
    assert [suites.get(name) for name in ("tests", "errors")] == ["10", "2"]
    skipped = [case.get("classname") for case in suites.iter("testcase") if case.find("skipped") is not None]
    assert skipped == ["a", "c", "n0", "n1", "n2", "n3", "n4"]


def test_a_book_that_is_not_there_is_told_once(dcsim, folder):
    """It does not misfit; there is none."""
    code, out, err = dcsim("run", "a.yaml", "c.yaml", "--rulebook", "./gone.yaml")
    assert (code, err) == (2, "DC100 gone.yaml no such file\n")
    assert "[in 2 scenarios]" in out
    assert "0 passed, 1 error" in out


def test_a_faulty_rulebook_of_many_scenarios_is_told_once(dcsim, folder):
    """Its fault is the rulebook's, and one result."""
    (folder / "book.yaml").write_text("rulebook: [\n")
    for name in ("d", "e"):
        (folder / f"{name}.yaml").write_text(GOOD.format(name=name).replace("seoch-2fa-2023", "./book.yaml"))
    code, out, err = dcsim("run", ".", "--json")
    results = json.loads(out)["results"]
    assert (code, [r["path"] for r in results]) == (2, ["a.yaml", "b.yaml", "c.yaml", "book.yaml"])
    assert results[-1]["scenarios"] == ["d.yaml", "e.yaml"]
    assert err.count("DC103") == 1


def test_a_runbook_that_does_not_fit_its_rulebook_is_told_once(dcsim, folder):
    """The scenarios' own names are then unknown as well; a file that has another fault tells that."""
    (folder / "book.yaml").write_text(rulebook().replace("session-1", "evening"))
    for name in ("d", "e", "f"):
        (folder / f"{name}.yaml").write_text(GOOD.format(name=name).replace("seoch-2fa-2023", "./book.yaml"))
    (folder / "f.yaml").write_text((folder / "f.yaml").read_text().replace("password: P1,", "pasword: P1,"))
    code, out, err = dcsim("run", "d.yaml", "e.yaml", "f.yaml", "--json")
    results = json.loads(out)["results"]
    assert (code, [r["scenarios"] for r in results]) == (2, [["d.yaml", "e.yaml"], []])
    assert "d.yaml:8" not in err
    assert err.count("f.yaml:8") == 2
    assert len([line for line in err.splitlines() if "snapshot-standby.yaml:" in line]) == len(results[0]["findings"])


def test_one_scenario_that_books_do_not_fit_tells_its_own_findings(dcsim, folder):
    """There is nothing to fold."""
    err = dcsim("run", "a.yaml", "--rulebook", "asx-24-bcp-2025")[2]
    assert "DC186" not in err
    assert "DC121 a.yaml:8:10" in err


# -- what is not loaded ------------------------------------------------------------------------------------------------


def test_what_looks_like_a_scenario_is_listed(dcsim, folder):
    """On stderr and in JSON; the exit code is that of what was run."""
    (folder / "b.yaml").unlink()
    (folder / "x.YAML").write_text(GOOD.format(name="x"))
    (folder / "y.yaml").write_text(GOOD.format(name="y").replace("scenario:", "scenaro:"))
    code, out, err = dcsim("run", ".", "--json")
    report = json.loads(out)
    assert (code, len(report["results"])) == (0, 2)
    assert [(f["path"], f["line"]) for f in report["not_loaded"]] == [("x.YAML", 0), ("y.yaml", 1)]
    assert "DC185 y.yaml:1:1 warning: looks like a scenario, but has the key 'scenaro'; did you mean 'scenario'?" in err


def test_steps_of_different_accounts_out_of_order_are_told_with_v(dcsim, folder):
    """A file may take the accounts one by one; -v says that this one does."""
    text = GOOD.format(name="two").replace("accounts:\n", "accounts:\n  - {id: U2, kind: user, smartcard: C0}\n")
    (folder / "two.yaml").write_text(f"{text}  - {{at: session-1 +1m, account: U2, do: logout, expect: any}}\n")
    assert "DC18" not in dcsim("run", "two.yaml")[2]
    assert "DC189 two.yaml:11:1 warning: 'session-1 +1m' of U2 happens before" in dcsim("run", "two.yaml", "-v")[2]


# -- strictness --------------------------------------------------------------------------------------------------------

FLAGGED = {
    "no step": ("steps:\n", "", "asserts nothing"),
    "any": ("steps:\n", "steps:\n  - {at: session-1 +1m, account: U001, do: logout, expect: any}\n", "asserts nothing"),
    "fault": (None, "faults:\n  - {link: drop, account: U001, nth: 9}\n", "it never happened"),
}


@pytest.mark.parametrize("what", FLAGGED)
def test_a_flag_is_a_note_and_under_strict_a_failure(dcsim, folder, what):
    """What is probably a mistake is told, and fails where it is asked for; the command that is told repeats it."""
    cut, more, says = FLAGGED[what]
    text = GOOD.format(name="x")
    (folder / "x.yaml").write_text((text if cut is None else text[: text.index(cut)]) + more)
    code, out, _ = dcsim("run", "x.yaml")
    assert (code, next(line for line in out.splitlines() if says in line)[:12]) == (0, "      note  ")
    code, out, _ = dcsim("run", "x.yaml", "--strict", "--json")
    (result,) = json.loads(out)["results"]
    assert (code, result["status"], [p["kind"] for p in result["problems"]]) == (1, "failed", ["strict"])
    assert says in result["flags"][0]
    assert result["flags"][0] in result["notes"]
    assert result["reproduce"].endswith("--strict")
    out = dcsim("run", "x.yaml", "--strict")[1]
    assert out.count(says) == 1, "a flag that fails is told once"


@pytest.mark.parametrize(
    "more",
    [
        "expect:\n  violations: [discarded-absent]\n",
        "expect:\n  monday: {U001: {status: active}}\n",
        "expect:\n  sometimes: [initiate-2fa]\n",
        "",
    ],
)
def test_what_asserts_something_is_not_flagged(dcsim, folder, more):
    """An expectation of any sort, or one step that could fail."""
    text = GOOD.format(name="x")
    steps = text if not more else text[: text.index("steps:")]
    (folder / "x.yaml").write_text(steps + more)
    assert json.loads(dcsim("run", "x.yaml", "--strict", "--json")[1])["results"][0]["flags"] == []


# -- large numbers -----------------------------------------------------------------------------------------------------


def test_accounts_that_fail_alike_are_one_problem_with_their_number(dcsim, folder):
    """In text, JSON and JUnit, whether few or many."""
    expect = "expect:\n  monday: {U*: {two-factor: {password: P9, channel: email}}}\n"
    (folder / "x.yaml").write_text(MANY.replace("COUNT", "2310") + expect)
    out = dcsim("run", "x.yaml", "--junit", "j.xml")[1]
    says = "U1 (and 2,309 more accounts), password when monday opens at Mon 12 Jun 00:00:00: expected P9, found P1"
    assert says in out
    assert says in ET.parse(folder / "j.xml").getroot()[0].find(".//failure").get("message")
    (problem,) = json.loads(dcsim("run", "x.yaml", "--json")[1])["results"][0]["problems"]
    assert (problem["accounts"], problem["line"]) == (2310, 10)


def test_failures_beyond_a_limit_are_counted(dcsim, folder, monkeypatch):
    """Each account has its own line here: twenty are printed, a hundred and more are kept, the rest is counted."""
    monkeypatch.setattr(expectations, "KEEP", 100)  # another test's harness may keep more
    count = 250
    expect = "".join(f"    U{n}: {{two-factor: {{password: P9}}}}\n" for n in range(1, count + 1))
    act = "  - {at: session-2 +5m, account: U*, do: change-password, from: P1, to: P2}\n"
    steps = MANY.replace("COUNT", str(count)) + act
    (folder / "x.yaml").write_text(f"{steps}expect:\n  monday:\n{expect}")
    out = dcsim("run", "x.yaml", "--junit", "j.xml")[1]
    assert out.count("password when monday opens") == 20
    assert f"      and {count - 20} more expectations not met\n" in out
    result = json.loads(dcsim("run", "x.yaml", "--json")[1])["results"][0]
    assert len(result["problems"]) + result["more"] == count
    assert result["more"] > 0
    failure = ET.parse(folder / "j.xml").getroot()[0].find(".//failure")
    assert f"and {result['more']} more" in failure.text
    # What is broken is told in any case.
    assert "discarded-absent" in dcsim("run", "x.yaml", "--runbook", "failback-copy")[1]
    verbose = dcsim("run", "x.yaml", "-v")[1]
    assert verbose.count("password when monday opens") == len(result["problems"])
    assert f"      and {result['more']} more expectations not met\n" in verbose


def test_junit_tells_time_title_and_place(dcsim, folder):
    """And the failure's own sentence as its message."""
    (folder / "c.yaml").write_text(GOOD.format(name="c").replace("password: P1}", "password: XX}"))
    dcsim("run", "a.yaml", "c.yaml", "--junit", "j.xml")
    suites = ET.parse(folder / "j.xml").getroot()
    (passed, failed) = suites.iter("testcase")
    assert all(float(case.get("time")) > 0 for case in (passed, failed))
    title = suites[0].find("properties/property").attrib
    assert title == {"name": "title", "value": "A password is set, and it works"}
    assert (failed.get("file"), failed.get("line")) == ("c.yaml", "9")
    found = "U001, logon at Mon 12 Jun 09:00:00: expected accepted, found refused wrong-password"
    assert failed.find("failure").get("message") == found


@pytest.mark.parametrize(("columns", "most"), [("40", 60), ("70", 70), ("200", 200), (None, 118)])
def test_the_width_follows_the_terminal(dcsim, folder, monkeypatch, columns, most):
    """From 60 columns on, and COLUMNS says how wide it is; in a pipe, lines have 118 columns, whatever COLUMNS says."""
    monkeypatch.setenv("COLUMNS", columns or "70")
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: columns is not None, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    change = "  - {at: session-2 +5m, account: U001, do: change-password, from: P1, to: P2}\n  - {at: monday"
    (folder / "c.yaml").write_text(GOOD.format(name="c").replace("  - {at: monday", change))
    lines = dcsim("run", "c.yaml", "--runbook", "failback-copy")[1].splitlines()
    widest = max(map(len, lines[1:-2]))
    assert min(most, 118) * 0.75 < widest <= most
    assert most <= 118 or widest > 118


@pytest.mark.parametrize(
    ("words", "names"), [(["-k", "a"], ["a"]), (["-k", "not a"], ["b", "c"]), (["--tag", "slow"], ["c"])]
)
def test_scenarios_are_selected_by_words_and_tags(dcsim, folder, words, names):
    """What cannot be run stays: nobody knows whether it would be selected."""
    (folder / "b.yaml").write_text(GOOD.format(name="b"))
    (folder / "c.yaml").write_text(GOOD.format(name="c").replace("title:", "tags: [slow]\ntitle:"))
    code, out, _ = dcsim("run", ".", *words, "--json")
    assert (code, [r["name"] for r in json.loads(out)["results"]]) == (0, names)
    (folder / "broken.yaml").write_text("scenario: [")
    assert [r["name"] for r in json.loads(dcsim("run", ".", *words, "--json")[1])["results"]] == sorted(
        [*names, "broken"]
    )


def test_a_selection_of_nothing_is_bad_usage(dcsim, folder):
    """A run of no scenario would be green."""
    code, _, err = dcsim("run", "a.yaml", "-k", "nothing")
    assert (code, "none of 1 scenarios is selected" in err) == (2, True)
