"""Files in a folder that look like scenarios and are not loaded: each is told with its reason, and nothing else is."""

from pathlib import Path

import pytest

from dcsim.files.disk import discover
from dcsim.files.not_loaded import not_loaded

ROOT = Path(__file__).parents[2]
WHOLE = """\
scenario: x
title: X
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts: []
steps: []
expect: {}
"""


def without(*keys):
    return "".join(line for line in WHOLE.splitlines(keepends=True) if line.split(":")[0] not in keys)


def told(folder):
    """What is told of a folder: names, lines and messages."""
    (folder / "whole.yaml").write_text(WHOLE)
    found = not_loaded([folder], discover([folder]))
    return {Path(each.path).relative_to(folder).as_posix(): (each.line, each.message, each.hint) for each in found}


SUFFIX = "looks like a scenario, but its name does not end in .yaml or .yml"
NO_KEY = "looks like a scenario, but has no key 'scenario'"
TOLD = {
    "capitals": ("x.YAML", WHOLE, 0, "its name ends in '.YAML', and capital letters count"),
    "a capital": ("Good.Yml", WHOLE, 0, "its name ends in '.Yml', and capital letters count"),
    "text": ("good.txt", WHOLE, 0, SUFFIX),
    "without a suffix": ("good", WHOLE, 0, SUFFIX),
    "kept aside": ("x.yaml.bak", WHOLE, 0, SUFFIX),
    "of an editor": ("x.yml~", WHOLE, 0, SUFFIX),
    "saved as text": ("deep/er/x.yaml.txt", WHOLE, 0, SUFFIX),
    "json": ("x.json", '{"scenario": "x", "rulebook": "a", "runbook": "b"}', 0, SUFFIX),
    "not yaml any more": ("x.yaml.orig", f"{WHOLE}faults: [", 0, SUFFIX),
    "misspelt": (
        "x.yaml",
        WHOLE.replace("scenario:", "scenaro:"),
        1,
        "looks like a scenario, but has the key 'scenaro'",
    ),
    "capital": ("x.yaml", f"# X\n{WHOLE.replace('scenario:', 'Scenario:')}", 2, "but has the key 'Scenario'"),
    "without a name": ("x.yml", without("scenario"), 0, NO_KEY),
    "without a runbook too": ("x.yaml", without("scenario", "runbook"), 0, NO_KEY),
    "without a rulebook too": ("x.yaml", without("scenario", "rulebook"), 0, NO_KEY),
    "broken, without a name": ("x.yaml", f"{without('scenario')}faults: [", 0, NO_KEY),
}


@pytest.mark.parametrize("why", TOLD)
def test_what_looks_like_a_scenario_is_told_with_its_reason(why, tmp_path):
    """Its name, the line where there is one, and the mend."""
    name, text, line, message = TOLD[why]
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    found = told(tmp_path)
    assert list(found) == [name]
    assert found[name][0] == line
    assert message in found[name][1]
    assert found[name][2]


QUIET = {
    "hidden": (".x.YAML", WHOLE),
    "in a hidden folder": (".git/x.YAML", WHOLE),
    "loaded": ("x.yaml", WHOLE),
    "steps to include": ("x.yaml", "steps:\n  - {at: session-1 +5m, account: U001, do: logout}\n"),
    "accounts to include": ("x.yaml", "accounts:\n  - {id: U001, kind: user}\n"),
    "a runbook": ("x.yaml", "runbook: r\nsites: {}\nsteps: []\n"),
    "a runbook that is not whole": ("x.yaml", "runbook: r\ntitle: R\nsteps: []\n"),
    "a rulebook": ("x.yaml", "rulebook: r\naccounts: {}\nsessions: []\n"),
    "a rulebook in capitals": ("x.YAML", "rulebook: r\naccounts: {}\nsessions: []\n"),
    "a page": ("x.md", WHOLE),
    "notes that quote a part": ("notes.txt", "Notes\n\nscenario: x\nsteps:\n  - more of it\n"),
    "a script": ("run", "#!/bin/sh\ndcsim run x.yaml  # scenario\n"),
    "a list": ("x.yaml", "- scenario: x\n"),
    "other YAML": ("x.yaml", "name: ci\njobs: {}\n"),
    "other JSON": ("x.json", '{"name": "scenario"}'),
    "bytes": ("x.json", "\x00"),
    "empty": ("x.yaml", ""),
}


@pytest.mark.parametrize("what", QUIET)
def test_nothing_else_is_told(what, tmp_path):
    """What is hidden is hidden on purpose, and other files are none of dcsim's business."""
    name, text = QUIET[what]
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    assert told(tmp_path) == {}


def test_files_that_are_given_by_name_are_not_searched(tmp_path):
    """Only what a folder holds can be forgotten."""
    for name in ("x.yaml", "y.YAML"):
        (tmp_path / name).write_text(WHOLE)
    path = tmp_path / "x.yaml"
    assert list(not_loaded([path], [path])) == []


@pytest.mark.skipif(not (ROOT / "scenarios").is_dir(), reason="needs the source tree")
def test_the_suite_has_no_such_file():
    """And none of its rulebooks and runbooks is taken for one."""
    folder = ROOT / "scenarios"
    assert list(not_loaded([folder], discover([folder]))) == []
