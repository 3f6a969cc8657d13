"""The pages of `rules show`, `rules lint`, `rules diff` and `fuzz` say what the same command says as JSON."""

import json
import re
from pathlib import Path

import pytest
from reading import sound

from dcsim.files.load import load_runbook

ROOT = Path(__file__).parent.parent.parent
BOOKS = sorted(path.stem for path in (ROOT / "dcsim" / "builtin" / "rulebooks").glob("*.yaml"))
MANY = sorted(map(str, (ROOT / "tests" / "rules" / "books").glob("*.yaml")))


@pytest.fixture
def made(dcsim, tmp_path):
    """A command's page, what it prints as JSON, and its exit code."""

    def make(*words):
        path = tmp_path / "page.html"
        code, printed, err = dcsim(*words, "--json", "--html", path)
        assert path.exists(), err
        text = path.read_text(encoding="utf-8")
        again = tmp_path / "again.html"
        dcsim(*words, "--html", again)
        assert again.read_bytes() == path.read_bytes()
        return sound(text), json.loads(printed), code

    return make


@pytest.mark.parametrize("book", [*BOOKS, *MANY])
def test_every_cell_of_the_matrix_stands_in_its_row(book, made):
    """With the fate of the JSON and its rules; cells that cannot happen with a dash."""
    root, data, _ = made("rules", "show", book, "--all")
    found = {}
    for body in root.one("table").every("tbody"):
        head, *rows = body.every("tr")
        for row in rows:
            changes, accounts, *cells = [child for child in row.children if not isinstance(child, str)]
            for change in changes.text.split(", "):
                for account in accounts.text.split(", "):
                    for target, cell in zip(data["targets"], cells, strict=True):
                        found[account, change, head.text, target] = cell
    for cell in data["cells"]:
        made_in = "standing in the baseline" if cell["origin"] == "baseline" else f"made in {cell['origin']}"
        shown = found[cell["account"], cell["change"], made_in, cell["target"]]
        if not cell["possible"]:
            assert shown.text.startswith("–")
            continue
        assert shown.attributes["class"] == cell["fate"]
        assert {link.text for link in shown.every("a")} == {rule["id"] for rule in cell["rules"]}
    for question in data["open_questions"]:
        assert question["asks"] in root.one("main").text or "\n" in question["asks"]


@pytest.mark.parametrize("books", [["seoch-2fa-2023"], MANY[:3], [MANY[0], "seoch-2fa-2023"]])
def test_every_finding_of_a_lint_is_told(books, made):
    """Code, severity, message, hint and place; and what was proved."""
    root, data, _ = made("rules", "lint", *books)
    rows = list(root.one(id="findings").one("tbody").every("tr")) if data["findings"] else []
    assert len(rows) == len(data["findings"])
    for row, finding in zip(rows, data["findings"], strict=True):
        for part in ("code", "severity", "message", "hint"):
            assert " ".join(finding[part].split()) in row.text
        assert finding["path"] in row.text
        assert (f":{finding['line']}:{finding['col']}" in row.text) == bool(finding["line"])
        assert root.one(id=f"code-{finding['code']}")
    assert all(note in root.one(id="proved").text for note in data["notes"])
    severities = [finding["severity"] for finding in data["findings"]]
    tone = "bad" if "error" in severities else "warn" if severities else "good"
    assert tone in root.one(class_="badge").attributes["class"].split()


def amended(folder):
    """The built-in rulebook with an amendment: what is made in Session 2 is carried; and Session 1 opens earlier."""
    text = (ROOT / "dcsim" / "builtin" / "rulebooks" / "seoch-2fa-2023.yaml").read_text(encoding="utf-8")
    carried = re.sub(r"fate: discard\n +baseline: session-1\n", "fate: carry\n", text)
    assert carried != text
    path = folder / "amended.yaml"
    path.write_text(carried.replace("2023-06-10 18:00", "2023-06-10 17:30"))
    return path


def test_every_difference_is_told_with_its_scenario(made, dcsim, tmp_path):
    """What becomes of it under each rulebook, the steps that show it, and a trace that `replay` verifies."""
    root, data, code = made("rules", "diff", "seoch-2fa-2023", amended(tmp_path))
    assert code == 1
    assert data["differences"]
    articles = list(root.every("article"))
    assert len(articles) == len(data["aspects"]) + len(data["differences"])
    for article, group in zip(articles[len(data["aspects"]) :], data["differences"], strict=True):
        assert [cell.text for cell in article.every("td", class_="nowrap")][:2] == group["fates"]
        for cell in group["cells"]:
            assert cell["change"] in article.text
        steps = (
            article.one("pre", class_="steps") if len(list(article.every("pre"))) == 1 else next(article.every("pre"))
        )
        assert all(" ".join(step.split()) in steps.text for step in group["shown"]["steps"])
        assert all(name in article.text for name in group["shown"]["broken"])
    code, printed, err = dcsim("replay", tmp_path / "page.html")
    shown = [each for each in (*data["aspects"], *data["differences"]) if each["shown"]]
    assert len(shown) > len(data["differences"])
    assert (code, printed.count("all as recorded")) == (0, len(shown)), err


def test_two_rulebooks_that_ask_for_the_same_are_said_to(made):
    """And nothing else is."""
    root, data, code = made("rules", "diff", "seoch-2fa-2023", "seoch-2fa-2023")
    assert (code, data["equivalent"]) == (0, True)
    assert f"all {data['cells']} cells are decided alike" in root.one("h1").text
    assert not list(root.every("article"))


def test_every_finding_of_a_campaign_is_shown(made, dcsim, tmp_path):
    """With its statement and its steps, and a trace that `replay` verifies."""
    words = ["--rulebook", "seoch-2fa-2023", "--engine", "random", "--max-examples", "300", "--slips", "1"]
    root, data, code = made("fuzz", *words, "--runbook", "failback-copy")
    assert code == 1
    articles = list(root.every("article"))
    assert [article.one("h3").text.split()[1].rstrip(",") for article in articles] == [
        finding["invariant"] for finding in data["findings"]
    ]
    for article, finding in zip(articles, data["findings"], strict=True):
        assert finding["statement"] in article.text
        steps = [step.strip() for step in article.one("pre").text.split("- {") if step.strip()]
        assert len(steps) == finding["steps"] + finding["faults"]
    drawn = root.one(id="drawn").text
    assert f"examples {data['examples']}" in drawn
    assert f"steps taken {data['steps']:,}" in drawn
    assert data["reproduce"] in root.one(id="record").text
    _, printed, _ = dcsim("replay", tmp_path / "page.html")
    assert printed.count("all as recorded") == len(articles)


def test_a_search_that_finds_nothing_is_no_proof(made):
    """Its page is not green, and says so."""
    words = ["--rulebook", "seoch-2fa-2023", "--engine", "random", "--max-examples", "50"]
    root, data, code = made("fuzz", *words, "--runbook", "snapshot-standby")
    assert (code, data["status"]) == (0, "passed")
    assert not list(root.one("main").every(class_="good"))
    assert "a search is no proof" in root.one(class_="badge").text
    assert "nothing was found" in root.one("h1").text


def test_a_campaign_has_the_names_of_its_books_and_not_their_paths(made, tmp_path):
    """As the page of a check has them; the command still names the files."""
    (tmp_path / "own.yaml").write_text(load_runbook("snapshot-standby").text, encoding="utf-8")
    words = ["--rulebook", "seoch-2fa-2023", "--engine", "random", "--max-examples", "20"]
    root, _, _ = made("fuzz", *words, "--runbook", tmp_path / "own.yaml")
    assert "under snapshot-standby: nothing was found" in root.one("h1").text
    assert root.one("title").text.startswith("snapshot-standby under seoch-2fa-2023: fuzz")
    assert "own.yaml" not in root.one(id="drawn").text
    assert "own.yaml" in root.one(id="record").text
