"""Tries on survivors what the quick lists leave out, tests that start `dcsim` as a program among them.

Usage: python tests/mutation/wide.py --json FILE [--only PART]
The file of rows is that of mutants.py. The fault is put into a copy of the committed tree, in which the tests run with
PYTHONPATH set to the copy, so that a program that they start has the fault as well. They end at the first failure, or
after a minute.
"""

import argparse
import ast
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from equivalent import reason
from mutants import ROOT
from operators import Mutant, mutated
from runner import WORDS

SECONDS = 60
ENGINE = (
    "tests/findings",
    "tests/cli/test_run.py",
    "tests/check/test_weekend_check.py",
    "tests/agreement",
    "tests/cli/test_rules_cli.py",
    "tests/rules",
)
RULES = (
    "tests/cli/test_rules_cli.py",
    "tests/rules",
    "tests/cli/test_rules_mutate.py",
    "tests/cli/test_rules_show.py",
    "tests/findings",
    "tests/cli/test_run.py",
    "tests/check/test_weekend_check.py",
    "tests/agreement",
    "tests/test_suite.py",
)


def lists(file):
    """The tests for a survivor, those that are likeliest to notice it first."""
    return RULES if "rules" in Path(file).parts else ENGINE


def survivors(path):
    """The last row of each mutant of a file of rows, where it survived and somebody could notice it."""
    rows = {}
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        rows[row["file"], row["node"], row["way"]] = row
    left = (row for row in rows.values() if row["verdict"] == "survived" and "wide" not in row)
    return [row for row in left if not reason(row)]


def tried(row, copy, tests):
    """The row with what the tests say, in a copy of the tree, of the fault."""
    path = copy / row["file"]
    source = path.read_text(encoding="utf-8")
    path.write_text(ast.unparse(mutated(source, Mutant(*(row[key] for key in Mutant._fields)))), encoding="utf-8")
    try:
        code, said = tested(copy, tests)
    finally:
        path.write_text(source, encoding="utf-8")
    if code is None:
        return row | {"wide": "out of time"}
    if code == 0:
        return row | {"wide": "survived"}
    failed = [line for line in said.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    by = failed[0].split()[1] if failed else f"exit {code}"
    return row | {"verdict": "killed", "wide": "killed", "by": by}


def tested(copy, tests):
    """The exit code of the tests, None where they take too long, and what they print."""
    command = [sys.executable, "-m", "pytest", *WORDS, "--tb=no", "-rfE", *tests]
    env = {**os.environ, "PYTHONPATH": str(copy)}
    # In a session of its own: the programs that the tests have started end with it.
    process = subprocess.Popen(command, cwd=copy, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        said, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, ""
    return process.returncode, said


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, required=True, help="the rows that mutants.py has kept; more are added")
    parser.add_argument("--only", default="", help="part of a file's path")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        tree = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(tree)) as archive:
            archive.extractall(folder, filter="data")
        for row in survivors(options.json):
            if options.only in row["file"]:
                found = tried(row, Path(folder), lists(row["file"]))
                with options.json.open("a", encoding="utf-8") as kept:
                    kept.write(json.dumps(found) + "\n")
                print(*(found[key] for key in ("wide", "file", "line", "says", "by")), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
