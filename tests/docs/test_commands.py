"""Each command block of the pages is run as printed, and prints what the page shows; or it says here why not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from page_parts import DOCS, PAGES, ROOT, beside, blocks, code, links, name

import dcsim
from dcsim.cli.lazy_group import cli

NOT_RUN = {
    "$ python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/dcsim run scenarios": "by .ci/run, as printed",
    "$ python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/python -m pytest -q -n auto": (
        "by .ci/run, as printed: it is this very suite"
    ),
    "$ python3 -m venv .venv && .venv/bin/pip install -q dcsim && source .venv/bin/activate": (
        "fetches dcsim from a package index; .ci/run installs the wheel that it built"
    ),
    "dcsim check --rulebook seoch-2fa-2023 --runbook snapshot-standby BOUNDS": "BOUNDS stands for the rows of a table",
    "dcsim rules mutate seoch-2fa-2023 --runbook snapshot-standby --suite scenarios --markdown": (
        "takes minutes; tests/cli/test_rules_mutate.py compares its table with the page"
    ),
    "pytest -m dcsim --junit-xml=junit.xml     # scenarios only": "the reader's suite; tests/plugin does the same",
    'python -X importtime -c "import pytest, dcsim.plugin" 2>&1 | grep dcsim': "prints times only",
    "$ pip install 'dcsim[dask]'": "for several machines; tests/cluster does the same on one",
    "docs/how-to/explore.md": "serves pages until it is stopped; tests/explore and tests/browser do the same",
    "docs/reference/findings.md": "what is wrong on purpose; tests/files/test_files_codes.py provokes every code",
}
"""The command blocks that are not run here, by their first lines (or all of a page), each with its reason."""


def has_files(page):
    return bool(beside(page)) or any(block.file for block in blocks(page))


TUTORIAL = [page for page in dict.fromkeys(links(DOCS / "README.md")) if page.parent.name == "tutorial"]
STORIES = [TUTORIAL, *([page] for page in PAGES if page not in TUTORIAL and has_files(page))]
"""Pages that begin in an empty folder; the tutorial's follow one another in the same."""


def key_not_run(page, block):
    """What of NOT_RUN says that the block is not run."""
    return next((key for key in (name(page), block.text.split("\n")[0]) if key in NOT_RUN), None)


def commands(page):
    to_run = (block for block in blocks(page) if not key_not_run(page, block))
    return [(block.line, *each) for block in to_run for each in block.commands]


ALONE = [
    pytest.param(command, shown, id=f"{name(page)}:{line}: {command[:60]}")
    for page in PAGES
    if not any(page in story for story in STORIES)
    for line, command, shown in commands(page)
]


def test_every_command_block_is_run_or_says_why_not():
    """A block that looks like a command begins with a dollar, and so is run; the others have a reason above."""
    looks = [(page, block) for page in PAGES for block in blocks(page) if block.is_command]
    keys = [key_not_run(page, block) for page, block in looks]
    assert set(NOT_RUN) == set(keys) - {None}
    run = [(name(page), block) for (page, block), key in zip(looks, keys, strict=True) if key is None]
    assert [(page, block.line) for page, block in run if not block.text.startswith("$ ")] == []
    assert len(run) > 40


@pytest.mark.parametrize(("command", "shown"), ALONE)
def test_a_command_prints_what_the_page_shows(command, shown, tmp_path):
    """It runs by itself from the top of the repository."""
    compare(call(command, ROOT, tmp_path), shown)


@pytest.mark.parametrize("pages", STORIES, ids=lambda pages: pages[0].stem)
def test_a_page_with_files_runs_from_an_empty_folder(pages, tmp_path):
    """Its files are written and its commands run there, as they come; each prints what the page shows."""
    folder = tmp_path / "empty"
    folder.mkdir()
    for page in pages:
        for file in beside(page):
            shutil.copy(file, folder)
        for block in blocks(page):
            if block.file:
                path = folder / block.file
                path.parent.mkdir(exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
            elif not key_not_run(page, block):
                for command, shown in block.commands:
                    compare(call(command, folder, tmp_path), shown)


def call(command, folder, home):
    """Run a command as a shell does, with this `dcsim` first on the path, and return all that it prints."""
    program = home / "bin" / "dcsim"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dcsim "$@"\n')
    program.chmod(0o755)
    run = subprocess.run(
        ["bash", "-c", command.replace(".venv/bin/", "")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        check=False,
        env={
            "PATH": f"{program.parent}:/usr/bin:/bin",
            "PYTHONPATH": str(Path(dcsim.__file__).parents[1]),
            "HOME": str(home),
        },
    )
    assert "Traceback" not in run.stdout, run.stdout
    assert run.returncode in {0, 1, 2, 3}, f"{command}: {run.returncode}\n{run.stdout}"
    return run.stdout


def compare(said, shown):
    """Hold what was said against what is shown: equal, times aside; a line `...` stands for any lines."""
    said, shown = steady(said), steady(shown)
    assert shown or not said, f"the page shows nothing of:\n{said}"
    pattern = re.escape(shown).replace(re.escape("\n..."), r"(\n.*)?")
    assert re.fullmatch(pattern, said, re.DOTALL), f"the page shows:\n{shown}\n\nit prints:\n{said}"


HEARTBEAT = re.compile(r"^[\d,]+ examples?, [\d,]+ invariants? broken, \d+ s\n", re.MULTILINE)
TIMES = re.compile(r"in [\d.]+ s\b( \([\d,]+ examples/s\))?|[\d.]+ s, [\d,]+ states/s")


def steady(text):
    """A text without its times and speeds, and without the progress that a slow machine is told."""
    return TIMES.sub("in N s", HEARTBEAT.sub("", text)).strip()


def test_what_a_page_calls_exists():
    """Each `dcsim COMMAND --option` of a page, in a block or in the text, is a command with that option."""
    wrong = [
        (name(page), words)
        for page in PAGES
        for text in code(page)
        for words in re.findall(r"(?<![\w./-])dcsim ([a-z][^\n|;&]*)", re.sub(r"(\\\n|\n\s+)(?=--)", " ", text))
        if not known(words.split())
    ]
    assert wrong == []


def known(words):
    """Whether a command knows the options. What stands for a command, such as `COMMAND`, knows all."""
    command, context = cli, click.Context(cli)
    while isinstance(command, click.Group) and words:
        command, *words = command.get_command(context, words[0]), *words[1:]
    options = {option for each in command.params for option in each.opts} if command else None
    return options is None or {word.split("=")[0] for word in words if word.startswith("--")} <= {*options, "--help"}
