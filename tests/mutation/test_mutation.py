"""The tool that asks whether tests bite: it tells a mutant that is noticed from one that lives."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from mutants import known
from operators import mutants, mutated
from page import by_package, summary, wilson
from page import wide as wide_verdict
from targets import TARGETS
from wide import lists
from wide import tried as tried_wide

HERE = Path(__file__).parent
PACKAGES = HERE.parent.parent / "dcsim"

PLANTED = '''"""A module with tests that look at some of it."""

LIMIT = 3


def within(number):
    """Looked at, at its edge."""
    return number <= LIMIT


def unseen(number):
    """Looked at by nobody."""
    return number > 7
'''
TESTS = """
from planted.core import within


def test_edge():
    assert within(3)
    assert not within(4)
"""
PROGRAM = """
import json, sys
from pathlib import Path
from operators import mutants
from runner import quick, thorough

root = Path(sys.argv[1])
path = root / "planted" / "core.py"
tries = [(path, None), *((path, mutant) for mutant in mutants(path.read_text()))]
for way in (quick, thorough):
    print(json.dumps(list(way(root, ["test_planted.py"], tries, 2))))
"""


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """What the two ways say of each mutant of the planted module, and of the module as it stands."""
    root = tmp_path_factory.mktemp("planted")
    (root / "planted").mkdir()
    (root / "planted" / "__init__.py").write_text("")
    (root / "planted" / "core.py").write_text(PLANTED)
    (root / "test_planted.py").write_text(TESTS)
    (root / "pytest.ini").write_text("[pytest]\n")
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, root], capture_output=True, text=True, cwd=HERE, check=True, timeout=120
    )
    return [{row["says"]: row for row in json.loads(line)} for line in run.stdout.splitlines()]


def test_a_fault_at_an_edge_that_a_test_looks_at_is_killed_and_one_that_none_looks_at_survives(tried):
    """Both ways say so, and name the test; without a fault the tests pass."""
    for rows in tried:
        assert rows[""]["verdict"] == "survived"
        edge = rows["number <= LIMIT -> number < LIMIT"]
        assert (edge["verdict"], edge["by"]) == ("killed", "test_planted.py::test_edge")
        assert rows["number > 7 -> number >= 7"]["verdict"] == "survived"
        assert rows["return number > 7 -> return None"]["verdict"] == "survived"


def test_what_runs_when_a_module_is_imported_is_left_to_the_thorough_way(tried):
    """The code of a loaded module's body cannot be exchanged, so that nothing is claimed."""
    quick, thorough = (rows["3 -> 4"]["verdict"] for rows in tried)
    assert (quick, thorough) == ("unfit", "killed")


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("x = a < b", {"a < b -> a <= b", "a < b -> a >= b"}),
        ("x = a and b", {"a and b -> a or b", "a and b -> b", "a and b -> a"}),
        ("x = not a", {"not a -> a"}),
        ("x = any(a)", {"any(a) -> all(a)"}),
        (
            "x = 1 if a else 'standby'",
            {"1 -> 2", "'standby' -> 'standby-x'", "1 if a else 'standby' -> 'standby' if a else 1"},
        ),
        ("x = [a for a in b if a]", {"[a for a in b if a] -> [a for a in b]"}),
        ("'A sentence is no fault.'", set()),
        ("x = f'the {a} is 1'", set()),
        ("assert a < b", set()),
        ("def f(a: Literal['x'] = 0) -> 'y':\n    return a, b", {"0 -> 1", "return (a, b) -> return (b, a)"}),
        ("@lru_cache(maxsize=64)\ndef f():\n    yield 1", {"1 -> 2", "yield 1 -> pass"}),
        ("while a:\n    a -= 1", {"while a: a -= 1 -> while False: a -= 1", "a -= 1 -> pass", "1 -> 2"}),
    ],
)
def test_the_faults_of_a_line(source, faults):
    """Comparisons, logic, constants, filters, branches, order and statements; no messages, no annotations."""
    assert {mutant.says for mutant in mutants(source)} == faults


def test_each_mutant_differs_from_the_source_in_what_it_says():
    """No two are the same, and none is the source."""
    trees = [ast.unparse(mutated(PLANTED, mutant)) for mutant in mutants(PLANTED)]
    assert len({*trees, ast.unparse(ast.parse(PLANTED))}) == len(trees) + 1


def test_the_interval_of_a_share():
    """Wilson's: 95 of 100 lie between 88.8 % and 97.8 %."""
    assert [round(bound, 3) for bound in wilson(95, 100)] == [0.888, 0.978]


def test_tests_are_named_for_each_file_of_the_three_packages_once():
    """A file that is left out would never be mutated."""
    named = [path for names in TARGETS.values() for name in names for path in PACKAGES.glob(f"{name}.py")]
    files = [path for package in ("semantics", "rules", "simulate") for path in (PACKAGES / package).glob("*.py")]
    assert len(named) == len(set(named))
    assert {path for path in files if mutants(path.read_text(encoding="utf-8"))} <= set(named)


def test_what_is_known_is_not_tried_again_unless_it_survived_and_is_asked_for(tmp_path):
    """A row belongs to its line: where that has moved or changed, the mutant is tried."""
    path = PACKAGES / "rules" / "phrases.py"
    one, other, *_ = mutants(path.read_text(encoding="utf-8"))
    sample = [((), path, one), ((), path, other)]
    row = {"file": "dcsim/rules/phrases.py", "by": "", "cpu_s": 0.1}
    rows = [{**row, **one._asdict(), "verdict": "survived"}, {**row, **other._asdict(), "verdict": "killed"}]
    kept = tmp_path / "rows.jsonl"
    kept.write_text("".join(json.dumps(each) + "\n" for each in rows))
    assert [found["verdict"] for found in known(kept, sample, again=False).values()] == ["survived", "killed"]
    assert [found["verdict"] for found in known(kept, sample, again=True).values()] == ["killed"]
    kept.write_text("".join(json.dumps({**each, "line": each["line"] + 1}) + "\n" for each in rows))
    assert known(kept, sample, again=False) == {}


def test_what_the_wide_lists_noticed_is_counted_beside_the_quick_ones(tmp_path):
    """The first verdict stays that of the quick lists; a later kill by a new test is no kill by the wide lists."""
    path = PACKAGES / "rules" / "phrases.py"
    one, other, *_ = mutants(path.read_text(encoding="utf-8"))
    rows = [
        {"file": "dcsim/rules/phrases.py", "cpu_s": 0.1, "reason": "", **mutant._asdict(), **said}
        for mutant, said in (
            (one, {"verdict": "survived", "by": ""}),
            (one, {"verdict": "killed", "wide": "killed", "by": "wide"}),
            (other, {"verdict": "survived", "by": ""}),
            (other, {"verdict": "survived", "wide": "out of time", "by": ""}),
            (other, {"verdict": "killed", "by": "new"}),
        )
    ]
    kept = tmp_path / "rows.jsonl"
    kept.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = list(known(kept, [((), path, one), ((), path, other)], again=False).values())
    assert [(row["first"], row["wide"], row["verdict"]) for row in found] == [
        ("survived", "killed", "killed"),
        ("survived", "out of time", "killed"),
    ]
    assert "0 of 2" in summary(found)
    assert "1 of 2" in summary(found, wide_verdict)
    assert "| 2 | 0 |" in next(by_package(found))


@pytest.mark.parametrize(("limit", "says"), [(3, "survived"), (4, "killed")])
def test_a_survivor_is_put_into_a_copy_of_the_tree_that_programs_import_from(tmp_path, limit, says):
    """The file is afterwards as it was."""
    (tmp_path / "planted.py").write_text("LIMIT = 3\n")
    run = f"run([executable, '-c', 'import planted; assert planted.LIMIT != {limit}'], check=True)"
    (tmp_path / "test_planted.py").write_text(
        f"from subprocess import run\nfrom sys import executable\ndef test_it():\n    {run}\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (mutant,) = mutants("LIMIT = 3\n")
    row = tried_wide(
        {"file": "planted.py", "verdict": "survived", "by": "", **mutant._asdict()}, tmp_path, ["test_planted.py"]
    )
    assert (row["wide"], row["verdict"]) == (says, says)
    assert (tmp_path / "planted.py").read_text() == "LIMIT = 3\n"


def test_the_wide_lists_exist():
    """A path that was renamed would be an error of each run, and pass for a kill."""
    root = PACKAGES.parent
    assert all(
        (root / name).exists() for file in ("dcsim/rules/lint.py", "dcsim/semantics/step.py") for name in lists(file)
    )
