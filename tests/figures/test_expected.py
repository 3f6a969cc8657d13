"""A scenario may expect figures: one that is not as expected fails the run, with what was found and why."""

import json
from pathlib import Path

import attrs
import pytest

from dcsim.domain.figures import COMPARE, FIGURES, ExpectedFigure, comparison
from dcsim.files.findings import InputError
from dcsim.files.load import load_scenario
from dcsim.files.write import write_scenario
from dcsim.usecases.figures import figures
from dcsim.usecases.run import RunOptions, run

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"
HEAD = """\
scenario: figures
title: Figures that are expected
rulebook: seoch-2fa-2023
runbook: RUNBOOK
accounts: [{id: U001, kind: user, email: registered, smartcard: friday}]
steps:
  - {at: session-1 closes -1s, account: U001, do: initiate-2fa, password: P1, channel: email}
expect:
"""


@pytest.fixture
def case(tmp_path):
    def load(*expected, runbook="snapshot-standby"):
        path = tmp_path / "x.yaml"
        path.write_text(HEAD.replace("RUNBOOK", runbook) + "".join(f"  {line}\n" for line in expected))
        return load_scenario(path)

    return load


def unmet(case):
    """The figures that are not as expected: name, expected, found, line."""
    told = [p for p in run(case).problems if not p.statement]
    return [(p.says.removeprefix("figure "), p.expected, p.actual, p.line) for p in told]


def test_a_figure_that_is_as_expected_passes_and_another_fails(case):
    """Whole or of a part, in a mapping or after a dot, a number or a comparison; with the line, and the reason."""
    kept = ["rpo: 0", "stale-accounts: {session-2: 0, monday: '< 1'}", "rto.monday: '<= 5m'"]
    assert run(case(*kept, "slack: {drain: '>= 2h'}", "slack.mark: '!= 1m'")).status == "passed"
    lost = case("rpo: 0", "rpo-age: {session-2: '<= 1h'}", "slack: {mark: '> 2h'}", runbook="no-drain")
    assert unmet(lost) == [
        ("rpo", "0", "3", 9),
        ("rpo-age.session-2", "<= 1h", "2h1s", 10),
        ("slack.mark", "> 2h", "2h", 11),
    ]
    (because,) = run(lost).problems[0].because
    assert because.startswith("session-2 at secondary, Sat 10 Jun 22:00:00: 3 changes are lost, the oldest: U001 ")
    assert because.endswith("initiate-2fa, committed Sat 10 Jun 19:59:59")


def test_what_is_not_reached_is_never_as_expected(tmp_path, case):
    """Whatever is expected of it: null is not 0, and not less than anything."""
    path = tmp_path / "waits.yaml"
    text = (SCENARIOS / "failure-modes" / "m25-waits-for-good.yaml").read_text()
    path.write_text(
        text.replace("expect:\n", "expect:\n  rpo: '>= 0'\n  stale-accounts.monday: '< 9'\n  rto: '!= 1s'\n")
    )
    found = [one for one in unmet(load_scenario(path)) if one[2] == "not reached"]
    assert [one[0] for one in found] == ["rpo", "stale-accounts.monday", "rto"]


def test_every_comparison_compares():
    """A figure is held against a number as the sign says; what has no end is more than any number."""
    for sign, compare in COMPARE.items():
        for value in (0, 5, 10):
            assert ExpectedFigure(name="rpo", compare=sign, number=5).met(value) is compare(value, 5)
        assert not ExpectedFigure(name="rpo", compare=sign, number=5).met(None)
    assert ExpectedFigure(name="slack", compare=">=", number=10**15).met(float("inf"))
    assert comparison(">=10m", "duration") == (">=", 600_000)
    assert comparison("1h30m", "duration") == ("==", 5_400_000)
    assert comparison("< 3", "count") == ("<", 3)


WRONG = [
    ("rpo: yes", "DC109", "'yes' is not a number"),
    ("rpo: 1.5", "DC108", "found the number '1.5'"),
    ("rpo: -1", "DC109", "'-1' is not a number"),
    ("rpo:", "DC108", "found nothing"),
    ("rpo: {}", "DC109", "expects nothing"),
    ("rpo: []", "DC108", "found a list"),
    ("rpo: '>> 3'", "DC109", "is not a number"),
    ("rpo: {session-9: 0}", "DC121", "unknown session 'session-9'"),
    ("rpo.: 0", "DC121", "unknown session ''"),
    ("rto: 5", "DC109", "'5' is not a duration"),
    ("rto: '>= 5 minutes'", "DC109", "is not a duration"),
    ("slack: {dran: 10m}", "DC125", "did you mean 'drain'?"),
    ("drain-wait.mark: 0", "DC125", "unknown drain 'mark'"),
    ("failures.monday: 0", "DC106", "unknown part of 'failures'"),
    ("failures: {monday: 0}", "DC108", "found a mapping"),
    ("stale-acounts: 0", "DC106", "did you mean 'stale-accounts'?"),
    ("last-safe-moment: {drain: 10m}", "DC106", "expect 'slack'"),
    ("violations: 0", "DC108", "found the number '0'; write 'violations: [NAME]', or leave it out if there are none"),
    ("violations.session-2: 0", "DC106", "list the invariants: 'violations: [NAME]'"),
    ("rpo: {session-2: 0}\n  rpo.session-2: 1", "DC109", "'rpo.session-2' is expected twice"),
]


@pytest.mark.parametrize(("line", "code", "says"), WRONG, ids=[line for line, *_ in WRONG])
def test_what_cannot_be_expected_is_a_finding_with_its_place(case, line, code, says):
    """Bad comparisons, units, parts and names are findings at their line."""
    with pytest.raises(InputError) as error:
        case(*line.split("\n  "))
    (finding,) = [found for found in error.value.findings if found.severity == "error"]
    assert finding.code == code
    assert says in f"{finding.message}; {finding.hint}"
    assert finding.line in (9, 10)


def test_a_drain_is_not_looked_for_where_the_runbook_has_none(case):
    """The hint says so."""
    with pytest.raises(InputError) as error:
        case("drain-wait.drain: 0", runbook="no-drain")
    found = [(f.code, f.line, f.hint) for f in error.value.findings if f.severity == "error"]
    assert found == [("DC125", 9, "the runbook has no drain")]


def test_a_session_cannot_have_the_name_of_a_figure(tmp_path):
    """So a key under expect is one of the two, whatever a rulebook calls its sessions."""
    book = load_scenario(SCENARIOS / "circular" / "footnote-1.yaml").texts["rulebook"]
    for name in FIGURES:
        path = tmp_path / "book.yaml"
        path.write_text(book.replace("session-2", name))
        (tmp_path / "x.yaml").write_text(HEAD.replace("seoch-2fa-2023", "./book.yaml").replace("RUNBOOK", "no-drain"))
        with pytest.raises(InputError) as error:
            load_scenario(tmp_path / "x.yaml")
        assert any(f"'{name}'" in found.message and found.path.endswith("book.yaml") for found in error.value.findings)


def test_written_expectations_read_back(tmp_path, case):
    """A scenario that is written has the same expectations of figures."""
    one = case("rpo: 0", "rpo-age: {session-2: '<= 1h'}", "slack: {mark: '> 2h', drain: 0}", "drain-wait: '!= 5m'")
    path = tmp_path / "again.yaml"
    path.write_text(write_scenario(one.scenario))
    before, again = ([attrs.evolve(f, line=0) for f in s.figures] for s in (one.scenario, load_scenario(path).scenario))
    assert again == before
    assert len(again) == 5


def test_values_are_told_in_order_and_have_units(case):
    """The values by name are the same in every run, those of a registry's figures, in its order; JSON has them all."""
    one, two = (figures(case("rpo: 0"), slack=True) for _ in range(2))
    assert one == two
    names = [name.partition(".")[0] for name in one.values]
    assert list(dict.fromkeys(names)) == list(FIGURES)
    assert one.values["rto.session-2"] == 0
    assert "slack.drain" in one.values
    assert "slack.drain" not in figures(case("rpo: 0")).values


def test_figures_are_computed_where_they_are_asked_for(case, dcsim, tmp_path):
    """By default there are none; expected, or with --figures, they are in the result, in text and in JSON."""
    silent = case("monday: {U001: {two-factor: {password: P1}}}")
    assert run(silent).figures is None
    assert run(silent, RunOptions(figures=True)).figures.values["slack.mark"] == 900_000
    assert "slack.mark" not in run(case("rpo: 0")).figures.values
    path = tmp_path / "x.yaml"
    code, out, _ = dcsim("run", path, "--figures")
    assert code == 0
    assert "        mark             Sat 10 Jun 21:45:00  15m            Sat 10 Jun 22:00:00" in out
    (told,) = json.loads(dcsim("run", path, "--json")[1])["results"]
    assert told["figures"]["values"]["rpo"] == 0
    assert told["figures"]["units"]["rto.monday"] == "duration"
    code, out, _ = dcsim("explain", "slack.drain")
    assert (code, out.split()[0]) == (0, "slack")


def test_what_would_mend_a_run_is_judged_by_its_figures_too(case):
    """A run that fails by a figure alone is not said to pass where a step is left out and the figure stays."""
    from dcsim.usecases.run_page.gather import gather
    from dcsim.usecases.run_page.leave_out import leave_out

    failing = case("slack.open-session-2: '>= 10m'")
    assert [one.name for one in leave_out(gather(failing, RunOptions())).mends] == []
