"""The files that pages are made of are sound, and each of them is used."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import tinycss2

PACKAGE = Path(__file__).parent.parent.parent / "dcsim"
ASSETS = PACKAGE / "report" / "pages" / "assets"
TEMPLATES = PACKAGE / "report" / "pages" / "templates"
SCRIPTS = sorted(ASSETS.glob("*.js"))
STYLES = sorted(ASSETS.glob("*.css"))
SOURCES = "\n".join(path.read_text() for path in sorted(PACKAGE.rglob("*.py")))
MARKUP = "\n".join(path.read_text() for path in sorted(TEMPLATES.iterdir()))
LINES = 350

pytestmark = pytest.mark.skipif(not (PACKAGE.parent / "pyproject.toml").exists(), reason="needs the source tree")


def test_scripts_have_no_fault_that_a_linter_finds():
    """Oxlint passes over every script, by the rules of .oxlintrc.json."""
    linter, rules = Path(sys.executable).parent / "oxlint", PACKAGE.parent / ".oxlintrc.json"
    done = subprocess.run([linter, "-c", rules, ASSETS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"on {len(SCRIPTS)} file" in done.stdout


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_make_no_markup_of_text_and_load_nothing(path):
    """A script makes elements and sets their text. It parses no HTML, runs no text, and asks no server."""
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|fetch\(|XMLHttpRequest|import\("
    )
    assert not re.search(forbidden, path.read_text())


def rules_of(text):
    """The rules of a stylesheet, also those within @media. AssertionError where one cannot be read."""
    for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
        assert rule.type != "error", rule.message
        if rule.type == "at-rule" and rule.content:
            yield from rules_of(tinycss2.serialize(rule.content))
        elif rule.type == "qualified-rule":
            yield rule


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_can_be_read_and_each_class_is_used(path):
    """A stylesheet has no error, and no rule for a class that no template, script or module names."""
    used = "\n".join((MARKUP, SOURCES, *(script.read_text() for script in SCRIPTS)))
    for rule in rules_of(path.read_text()):
        for declaration in tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True):
            assert declaration.type == "declaration", (path.name, declaration.message)
        for name in re.findall(r"\.([a-zA-Z][\w-]*)", tinycss2.serialize(rule.prelude)):
            # A class may be made of a word and a value; the tones v0 to v5 are made by palette.py.
            first, _, last = name.rpartition("-")
            made = (
                rf"{re.escape(first or name)}-{{{{|}}}}-{re.escape(last)}" if not re.fullmatch(r"v\d", name) else "v\\{"
            )
            exact = rf"(?<![\w-]){re.escape(name)}(?![\w-])"
            assert re.search(rf"{exact}|{made}", used), f"{path.name}: .{name} is not used"


def test_every_file_is_used():
    """Each template is included, extended or rendered, and each asset is named by a module."""
    for path in (*SCRIPTS, *STYLES):
        assert f'"{path.name}"' in SOURCES, path.name
    for path in TEMPLATES.iterdir():
        anchor = re.escape(path.name.split(".")[0])
        named = rf"""["']{re.escape(path.name)}["']|["']{anchor}["']"""
        assert re.search(named, MARKUP + SOURCES), path.name


@pytest.mark.parametrize("path", [*SCRIPTS, *STYLES, *sorted(TEMPLATES.iterdir())], ids=lambda path: path.name)
def test_files_stay_small(path):
    """A template or an asset can be read on a few screens, as a module can."""
    assert len(path.read_text().splitlines()) <= LINES
