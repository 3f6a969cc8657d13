"""The pages keep step with the code: `python tests/test_docs.py --write` makes the generated ones anew."""

import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dcsim.report import reference_pages

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT / "tests"))
PAGES = {**reference_pages.PAGES, "api.md": importlib.import_module("api_page").page}
MARKDOWN = sorted([*DOCS.rglob("*.md"), ROOT / "README.md"])


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_fresh(name):
    """A reference page says what the code says."""
    assert (DOCS / "reference" / name).read_text() == PAGES[name](), "run: python tests/test_docs.py --write"


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    """Each relative link of a page leads to a file that exists."""
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_no_page_is_an_orphan():
    """Every page of docs/ is linked from another page."""
    linked = set()
    for path in MARKDOWN:
        targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text())
        linked |= {(path.parent / target).resolve() for target in targets}
    assert [p for p in DOCS.rglob("*.md") if p.resolve() not in linked] == []


def blocks(path):
    """The commands of a page with the output printed below them: lines indented by four, the first with a dollar."""
    for block in re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", path.read_text(), re.MULTILINE):
        lines = [line[4:] for line in block.splitlines()]
        if lines[0].startswith("$ "):
            yield lines[0][2:], "\n".join(lines[1:]).strip()


FILE = re.compile(r"^```\w+ (\S+\.\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A file of a page: a fenced block whose first line gives the file's name after the language."""
STORIES = [path for path in MARKDOWN if FILE.search(path.read_text())]
COMMANDS = [
    pytest.param(path, command, shown, id=f"{path.name}:{command[:60]}")
    for path in MARKDOWN
    for command, shown in blocks(path)
    if path not in STORIES and "python3 -m venv" not in command
]


@pytest.mark.parametrize(("path", "command", "shown"), COMMANDS)
def test_commands_of_the_pages_print_what_the_pages_show(path, command, shown, tmp_path):
    """Each command block runs as printed, and its output is the one shown (times aside)."""
    words = shlex.split(command.replace(".venv/bin/", ""))
    assert words[0] == "dcsim", command
    run = subprocess.run(
        [sys.executable, "-m", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert "Traceback" not in run.stderr, run.stderr
    if shown:
        assert steady(run.stdout + run.stderr) == steady(shown)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_page_with_files_runs_from_an_empty_folder(path, tmp_path):
    """Its files are written, and its commands run there one after the other; each prints what the page shows."""
    for name, text in FILE.findall(path.read_text()):
        (tmp_path / name).write_text(text)
    for command, shown in blocks(path):
        words = shlex.split(command)
        call = [sys.executable, "-m", *words] if words[0] == "dcsim" else words
        run = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path, check=False, env=alone(tmp_path))
        assert "Traceback" not in run.stderr, run.stderr
        assert steady(run.stdout + run.stderr) == steady(shown), command


def alone(folder):
    """An environment in which only this dcsim is found."""
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(Path(importlib.import_module("dcsim").__file__).parents[1]),
        "HOME": str(folder),
    }


def steady(text):
    """A text without its times."""
    return re.sub(r"in [\d.]+ s|[\d.]+ s, [\d,]+ states/s", "in N s", text).strip()


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    for page, make in PAGES.items():
        (DOCS / "reference" / page).write_text(make())
