"""JUnit XML of every command: valid by Jenkins's schema, and read by a library that is not ours."""

import copy
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

import junitparser
import pytest
import xmlschema

ROOT = Path(__file__).parents[2]
SCHEMA = xmlschema.XMLSchema(str(Path(__file__).parent / "schemas" / "junit-10.xsd"))
FOOTNOTE = "scenarios/circular/footnote-3.yaml"
CHECK = ["check", "--rulebook", "seoch-2fa-2023", "--accounts", "1"]
FUZZ = ["fuzz", "--rulebook", "seoch-2fa-2023", "--max-examples", "60"]
COMMANDS = {
    "run": (["run", "scenarios/circular"], 0),
    "run-failing": (["run", "scenarios/circular", "--runbook", "failback-copy"], 1),
    "run-error": (["run", "{tmp}/wrong.yaml", FOOTNOTE], 2),
    "run-slips": (["run", "scenarios/failure-modes"], 0),
    "check-proved": ([*CHECK, "--runbook", "snapshot-standby", "--ops", "1"], 0),
    "check-violated": ([*CHECK, "--runbook", "failback-copy"], 1),
    "check-inconclusive": (["check", *CHECK[1:3], "--runbook", "snapshot-standby", "--ops", "3", "--time", "0s"], 3),
    "check-nothing": ([*CHECK, "--runbook", "snapshot-standby", "--ops", "0"], 3),
    "check-slips": ([*CHECK, "--runbook", "snapshot-standby", "--slips", "1"], 1),
    "fuzz": ([*FUZZ, "--runbook", "failback-copy"], 1),
    "fuzz-nothing": ([*FUZZ, "--runbook", "snapshot-standby", "--time", "0s"], 3),
    "replay": (["replay", FOOTNOTE], 0),
    "minimize": (["minimize", FOOTNOTE, "--runbook", "failback-copy", "--time", "5s"], 0),
    "lint": (["rules", "lint", "seoch-2fa-2023"], 0),
    "lint-strict": (["rules", "lint", "seoch-2fa-2023", "eurex-t7-dr-2019", "--strict"], 1),
}
SHOWN_BY_OTHERS = ("file", "line")
"""GitLab and the reporters for GitHub read these of a test case. Jenkins's schema had them until 2018."""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What a command has written, once."""
    known = {}

    def write(dcsim, monkeypatch, name):
        if name not in known:
            folder = tmp_path_factory.mktemp(name)
            (folder / "wrong.yaml").write_text("scenario: [\n")
            monkeypatch.chdir(ROOT)
            words, code = COMMANDS[name]
            path = folder / "x.xml"
            ended = dcsim(*(word.format(tmp=folder) for word in words), "--junit", path)
            assert ended[0] == code, ended
            known[name] = path
        return known[name]

    return write


@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_valid_by_the_schema(name, written, dcsim, monkeypatch):
    """Whatever a command found; but for two attributes of a test case, which others show."""
    root = ET.parse(written(dcsim, monkeypatch, name)).getroot()
    plain = copy.deepcopy(root)
    for case in plain.iter("testcase"):
        for attribute in SHOWN_BY_OTHERS:
            case.attrib.pop(attribute, None)
    assert [error.reason for error in SCHEMA.iter_errors(plain)] == []
    allowed = {f"'{attribute}' attribute not allowed for element" for attribute in SHOWN_BY_OTHERS}
    assert {error.reason for error in SCHEMA.iter_errors(root)} <= allowed


@pytest.mark.parametrize("name", COMMANDS)
def test_a_reader_that_is_not_ours_counts_the_same(name, written, dcsim, monkeypatch):
    """Each suite's numbers, and the whole file's, are those of the cases that stand there."""
    path = written(dcsim, monkeypatch, name)
    read = junitparser.JUnitXml.fromfile(str(path))
    said = {
        key: int(value) for key, value in ET.parse(path).getroot().items() if key in ("tests", "failures", "errors")
    }
    kinds = {"failures": junitparser.Failure, "errors": junitparser.Error, "skipped": junitparser.Skipped}
    whole = dict.fromkeys(("tests", *kinds), 0)
    for suite in read:
        cases = list(suite)
        counted = {key: sum(isinstance(end, kind) for c in cases for end in c.result) for key, kind in kinds.items()}
        counted["tests"] = len(cases)
        assert counted == {key: getattr(suite, key) for key in counted}
        whole = {key: whole[key] + counted[key] for key in whole}
    assert said == {key: whole[key] for key in said}
    assert whole["tests"] > 0


def cases_of(path):
    """Each test case by its name, with the properties of its suite."""
    return {
        case.name: (case, {p.name: p.value for p in suite.properties()})
        for suite in junitparser.JUnitXml.fromfile(str(path))
        for case in suite
    }


def test_a_scenario_tells_what_it_rests_on(written, dcsim, monkeypatch):
    """Rulebook, runbook, seed, digest and open questions; where to read; and the command in it ends as the case did."""
    path = written(dcsim, monkeypatch, "run-failing")
    case, properties = cases_of(path)["footnote-3"]
    assert (properties["rulebook"], properties["runbook"], properties["seed"]) == (
        "seoch-2fa-2023",
        "failback-copy",
        "0",
    )
    assert len(properties["digest"]) == 16
    assert case.classname == "scenarios.circular.footnote-3"
    assert case._elem.get("file") == FOOTNOTE
    line = Path(ROOT, FOOTNOTE).read_text().splitlines()[int(case._elem.get("line")) - 1]
    assert "U001: {two-factor: {password: P1" in line
    (end,) = case.result
    assert isinstance(end, junitparser.Failure)
    again = shlex.split(case.system_out.splitlines()[-1].removeprefix("again: dcsim "))
    assert dcsim(*again)[0] == 1
    suites = ET.parse(path).getroot()
    opened = [p.get("value") for p in suites.iter("property") if p.get("name") == "opened"]
    assert any(value.startswith("Q") for value in opened)


def test_tags_are_properties(dcsim, tmp_path, monkeypatch):
    """Each by itself, so that a dashboard can group by them."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / FOOTNOTE).read_text()
    Path("x.yaml").write_text(text.replace("rulebook:", "tags: [slow, board]\nrulebook:", 1))
    assert dcsim("run", "x.yaml", "--junit", "x.xml")[0] == 0
    tags = [p.get("value") for p in ET.parse("x.xml").getroot().iter("property") if p.get("name") == "tag"]
    assert tags == ["slow", "board"]


def test_nothing_depends_on_when_it_ran(dcsim, tmp_path, monkeypatch):
    """But for the seconds, two runs write the same, and no time of day."""
    monkeypatch.chdir(ROOT)
    texts = []
    for name in ("a", "b"):
        dcsim("run", "scenarios/circular", "--junit", tmp_path / name)
        root = ET.parse(tmp_path / name).getroot()
        for element in root.iter():
            element.attrib.pop("time", None)
            assert "timestamp" not in element.attrib
        texts.append(ET.tostring(root))
    assert texts[0] == texts[1]


def test_what_could_not_be_run_is_an_error(written, dcsim, monkeypatch):
    """And not a failure: nothing is known of it."""
    cases = cases_of(written(dcsim, monkeypatch, "run-error"))
    (end,) = cases["wrong"][0].result
    assert isinstance(end, junitparser.Error)
    assert "DC103" in end.message
    assert cases["footnote-3"][0].is_passed


def test_a_check_has_a_case_for_each_invariant(written, dcsim, monkeypatch):
    """Proved ones pass, broken ones fail with their schedule; of what was not decided none passes."""
    from dcsim.semantics.invariant_registry import INVARIANTS

    proved = cases_of(written(dcsim, monkeypatch, "check-proved"))
    assert proved.keys() == {"search", *INVARIANTS}
    assert proved["discarded-absent"][0].is_passed
    assert "proved" in proved["discarded-absent"][0].system_out
    violated = cases_of(written(dcsim, monkeypatch, "check-violated"))
    (end,) = violated["discarded-absent"][0].result
    assert isinstance(end, junitparser.Failure)
    assert "initiate-2fa" in end.text
    others = [case for name, (case, _) in violated.items() if name not in ("search", "discarded-absent")]
    assert others
    assert not any(case.is_passed for case in others)
    undecided = cases_of(written(dcsim, monkeypatch, "check-inconclusive"))
    assert not any(case.is_passed for case, _ in undecided.values())
    assert isinstance(undecided["search"][0].result[0], junitparser.Error)
    nothing = cases_of(written(dcsim, monkeypatch, "check-nothing"))
    assert not any(case.is_passed for case, _ in nothing.values())


def test_practices_that_do_not_count_are_skipped(dcsim, tmp_path):
    """A practice that was not looked at is not told as kept."""
    words = [*CHECK, "--runbook", "snapshot-standby", "--ops", "1", "--practices", "off", "--junit", tmp_path / "x.xml"]
    assert dcsim(*words)[0] == 0
    (end,) = cases_of(tmp_path / "x.xml")["standby-ready"][0].result
    assert isinstance(end, junitparser.Skipped)


def test_what_a_baseline_knows_is_skipped(dcsim, tmp_path):
    """A lint fails on news only, and so does its JUnit."""
    base = tmp_path / "base.json"
    assert dcsim("rules", "lint", "seoch-2fa-2023", "--write-baseline", base)[0] == 0
    words = ["rules", "lint", "seoch-2fa-2023", "--baseline", base, "--junit", tmp_path / "x.xml"]
    assert dcsim(*words)[0] == 0
    ends = [type(end) for case, _ in cases_of(tmp_path / "x.xml").values() for end in case.result]
    assert ends
    assert set(ends) == {junitparser.Skipped}
