"""SARIF of `rules lint`: valid by the official schema, with what code hosts need to show a finding once."""

import json
from pathlib import Path

import jsonschema
import pytest

from dcsim.files.codes import CODES

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
BUILTIN = Path(__file__).parents[2] / "dcsim" / "builtin" / "rulebooks"
BOOKS = sorted(path.stem for path in BUILTIN.glob("*.yaml"))


def lint(dcsim, folder, *words, code=None):
    """The one run of the SARIF that a lint writes."""
    ended, _, err = dcsim("rules", "lint", *words, "--sarif", folder / "x.sarif")
    assert ended in ((0, 1) if code is None else (code,)), err
    data = json.loads((folder / "x.sarif").read_text())
    assert [error.message for error in VALIDATOR.iter_errors(data)] == []
    (run,) = data["runs"]
    return run


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A rulebook of one's own, with faults."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my rules" / "ours:1.yaml"
    path.parent.mkdir()
    path.write_text(
        (BUILTIN / "seoch-2fa-2023.yaml").read_text().replace("at: [session-2, monday]", "at: [sesion-2, monday]", 1)
    )
    return path.relative_to(tmp_path)


@pytest.mark.parametrize("name", BOOKS)
def test_every_builtin_rulebook_gives_a_valid_file(name, dcsim, tmp_path):
    """Alone; and its results are what the JSON of the lint tells."""
    run = lint(dcsim, tmp_path, name)
    told = json.loads(dcsim("rules", "lint", name, "--json")[1])["findings"]
    said = [(r["ruleId"], r["level"], r["locations"][0]["physicalLocation"]) for r in run["results"]]
    assert len(said) == len(told)
    for (code, level, place), finding in zip(said, told, strict=True):
        assert (code, level) == (finding["code"], finding["severity"])
        assert place["artifactLocation"]["uri"] == finding["path"]
        assert place["region"] == {"startLine": finding["line"], "startColumn": finding["col"]}


def test_every_code_is_a_rule_with_help(dcsim, tmp_path):
    """And each result names its rule by number, too."""
    run = lint(dcsim, tmp_path, *BOOKS)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(CODES)
    assert all(rule["help"]["text"] and rule["help"]["markdown"] and rule["fullDescription"]["text"] for rule in rules)
    assert run["results"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


def test_the_page_of_a_rule_has_such_a_heading(dcsim, tmp_path):
    """As GitHub makes anchors: lower case, without punctuation, and with hyphens for blanks."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "findings.md").read_text()
    heads = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    anchors = {"".join(c for c in head.lower() if c.isalnum() or c in " -_").replace(" ", "-") for head in heads}
    for rule in lint(dcsim, tmp_path, BOOKS[0])["tool"]["driver"]["rules"]:
        assert rule["helpUri"].split("#")[1] in anchors


def test_a_rulebook_that_cannot_be_read_is_told(book, dcsim, tmp_path):
    """The file is written all the same, with the fault at its place, and it says that the lint did not succeed."""
    run = lint(dcsim, tmp_path, book, code=1)
    assert any("sesion-2" in result["message"]["text"] for result in run["results"])
    book.write_text("rulebook: [\n")
    run = lint(dcsim, tmp_path, book, code=2)
    assert run["invocations"] == [{"executionSuccessful": False}]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("DC103", "error")


def test_a_path_is_a_uri(book, dcsim, tmp_path):
    """A blank and a colon are escaped: a colon would end the name of a scheme."""
    uris = {
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in lint(dcsim, tmp_path, book)["results"]
    }
    assert uris == {"my%20rules/ours%3A1.yaml"}


def test_fingerprints_survive_moved_lines(book, dcsim, tmp_path):
    """A comment above moves every line, and changes no fingerprint; each result has one of its own."""
    before = lint(dcsim, tmp_path, book)["results"]
    book.write_text("# a comment\n\n" + book.read_text())
    after = lint(dcsim, tmp_path, book)["results"]
    marks = [[r["partialFingerprints"]["dcsim/v1"] for r in results] for results in (before, after)]
    assert marks[0] == marks[1]
    assert len(set(marks[0])) == len(marks[0]) > 0
    lines = [[r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in rs] for rs in (before, after)]
    assert [line + 2 for line in lines[0]] == lines[1]


def test_a_baseline_tells_old_from_new(book, dcsim, tmp_path):
    """What is known is unchanged, what is not is new; without a baseline nothing is said of it."""
    assert all("baselineState" not in result for result in lint(dcsim, tmp_path, book)["results"])
    dcsim("rules", "lint", book, "--write-baseline", "base.json")
    book.write_text(book.read_text().replace("at: [session-2, monday]", "at: [sessoin-2, monday]", 1))
    states = {}
    for result in lint(dcsim, tmp_path, book, "--baseline", "base.json")["results"]:
        states.setdefault(result["baselineState"], []).append(result["message"]["text"])
    assert any("sesion-2" in text for text in states["unchanged"])
    assert any("sessoin-2" in text for text in states["new"])


def test_two_lints_write_the_same_bytes(dcsim, tmp_path):
    """No time of day, no folder of this machine."""
    texts = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        lint(dcsim, tmp_path / name, *BOOKS)
        texts.append((tmp_path / name / "x.sarif").read_bytes())
    assert texts[0] == texts[1]
    assert str(tmp_path).encode() not in texts[0]
