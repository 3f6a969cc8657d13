"""The pytest plugin: scenarios are tests, in a pytest of their own."""

import ast
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import dcsim
from dcsim import plugin

PACKAGE = Path(dcsim.__file__).parent
SCENARIO = """\
scenario: {name}
title: A password changed in Session 2 is gone on Monday
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {{id: U001, kind: user, participant: B01234, email: registered, smartcard: friday}}
steps:
  - {{at: session-1 +5m, account: U001, do: initiate-2fa, password: P1, channel: email}}
  - {{at: session-2 +5m, account: U001, do: change-password, from: P1, to: P2}}
  - {{at: monday +9h, account: U001, do: logon, with: otp, password: P2, expect: {expect}}}
"""
RIGHT, WRONG = "refused wrong-password", "accepted"


class Suite:
    """A folder with files, and pytest over it: only dcsim's plugin is loaded, and those that are asked for."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def scenario(self, name, expect=RIGHT, called=None):
        self.write(name, SCENARIO.format(name=called or Path(name).name.split(".")[0], expect=expect))

    def pytest(self, *words, plugins=()):
        loaded = [word for name in ("dcsim.plugin", *plugins) for word in ("-p", name)]
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        env |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(PACKAGE.parent)}
        words = (sys.executable, "-m", "pytest", *loaded, "-p", "no:cacheprovider", "--color=no", *words)
        run = subprocess.run(words, cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        self.code, self.text = run.returncode, run.stdout + run.stderr
        return self.text


@pytest.fixture
def suite(tmp_path):
    made = Suite(tmp_path)
    made.write("pytest.ini", "[pytest]\naddopts = --strict-markers --strict-config\n")
    return made


def outcomes(text):
    """{passed: 1, ...} of the closing line."""
    line = text.strip().splitlines()[-1]
    return {word.rstrip("s") if word == "errors" else word: int(n) for n, word in re.findall(r"(\d+) ([a-z]+)", line)}


def test_a_scenario_is_a_test_under_its_own_name(suite):
    """`*.dcsim.yaml` is collected without being asked for; other YAML is left alone."""
    suite.scenario("night.dcsim.yaml")
    suite.scenario("not-asked-for.yaml")
    assert "night.dcsim.yaml::night PASSED" in suite.pytest("-v")
    assert (suite.code, outcomes(suite.text)) == (0, {"passed": 1})


def test_a_failure_reads_as_dcsim_run_prints_it(suite):
    """The place comes first, as file:line; then the very text of `dcsim run`, with how to see it again."""
    suite.scenario("night.dcsim.yaml", WRONG)
    shown = suite.pytest()
    assert suite.code == 1
    words = [sys.executable, "-m", "dcsim", "run", "night.dcsim.yaml"]
    env = {"PYTHONPATH": str(PACKAGE.parent), "NO_COLOR": "1"}
    ran = subprocess.run(words, cwd=suite.folder, env=env, capture_output=True, text=True, check=False).stdout
    told = ran[: ran.rindex("0 passed")]
    assert "[night.dcsim.yaml:10]" in told
    assert told in shown
    assert "\nnight.dcsim.yaml:10: night fails\n" in shown
    assert "Traceback" not in shown


def test_a_violation_points_to_the_last_act_before_it(suite):
    """Where an invariant breaks the file has no line; the last act before it is the one to look at."""
    suite.scenario("night.dcsim.yaml")
    shown = suite.pytest("--dcsim-runbook", "failback-copy", "--tb=short")
    assert "discarded-absent" in shown
    assert "again: dcsim run night.dcsim.yaml --runbook failback-copy" in shown
    suite.write("night.dcsim.yaml", SCENARIO.format(name="night", expect="any"))
    assert "\nnight.dcsim.yaml:9: night fails\n" in suite.pytest("--dcsim-runbook", "failback-copy")


def test_scenarios_can_be_held_to_be_strict(suite):
    """What asserts nothing fails, and so does an open question that is not acknowledged, where it is asked for."""
    nothing = (
        SCENARIO.format(name="night", expect="any")
        .replace("email}", "email, expect: any}")
        .replace("P2}", "P2, expect: any}")
    )
    suite.write("night.dcsim.yaml", nothing)
    assert "1 passed" in suite.pytest()
    assert "asserts nothing" in suite.pytest("--dcsim-strict")
    assert (suite.code, "again: dcsim run night.dcsim.yaml --strict\n" in suite.text) == (1, True)
    text = SCENARIO.format(name="night", expect=RIGHT).replace("session-2 +5m", "session-1 +9m")
    suite.write("night.dcsim.yaml", text.replace(RIGHT, "accepted"))
    assert "1 passed" in suite.pytest()
    assert "does not acknowledge Q4" in suite.pytest("--dcsim-strict-open")
    assert suite.code == 1


def test_the_rulebook_can_be_another(suite):
    """--dcsim-rulebook takes the place of the scenario's own, as `dcsim run --rulebook` does."""
    suite.scenario("night.dcsim.yaml")
    book = (PACKAGE / "builtin/rulebooks/seoch-2fa-2023.yaml").read_text()
    suite.write("book.yaml", book)
    assert "1 passed" in suite.pytest("--dcsim-rulebook", "book.yaml")
    assert "no such file" in suite.pytest("--dcsim-rulebook", "gone.yaml")
    assert suite.code == 2


def test_faulty_input_is_an_error_of_the_collection(suite):
    """Every finding is told with code and place; nothing runs, and there is no traceback."""
    suite.write("night.dcsim.yaml", SCENARIO.format(name="night", expect=RIGHT).replace("U001, do", "U002, does", 2))
    shown = suite.pytest()
    assert (suite.code, outcomes(shown)) == (2, {"error": 1})
    assert len(re.findall(r"^E? *DC\d+ night\.dcsim\.yaml:\d+:\d+ ", shown, re.MULTILINE)) >= 2
    assert "Traceback" not in shown


def test_globs_name_other_files(suite):
    """dcsim_files are globs from the root folder; of what they match, rulebooks and runbooks are no scenarios."""
    suite.write("pytest.ini", "[pytest]\ndcsim_files =\n  scenarios/**/*.yaml\n  more/*.yml\n")
    for name in ("scenarios/a.yaml", "scenarios/b/c/d.yaml", "more/e.yml", "more/deeper/f.yml", "other/g.yaml"):
        suite.scenario(name)
    shutil.copy(PACKAGE / "builtin/runbooks/snapshot-standby.yaml", suite.folder / "scenarios")
    suite.write("scenarios/broken.yaml", "scenario: [")
    shown = suite.pytest("--collect-only", "-q")
    assert sorted(re.findall(r"::(\w)$", shown, re.MULTILINE)) == ["a", "d", "e"]
    assert "ERROR scenarios/broken.yaml" in shown


def test_a_glob_that_matches_nothing_is_told(suite):
    """A suite must not be green for want of its scenarios; where some of it was asked for, that is as it may be."""
    suite.write("pytest.ini", "[pytest]\ndcsim_files = scenarois/*.yaml\n")
    suite.scenario("night.dcsim.yaml")
    assert "'scenarois/*.yaml' matches no file" in suite.pytest()
    assert "matches no file" not in suite.pytest("night.dcsim.yaml")


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("s/**/*.yaml", "s/a.yaml", True),
        ("s/**/*.yaml", "s/b/c/a.yaml", True),
        ("s/**/*.yaml", "t/s/a.yaml", False),
        ("s/*.yaml", "s/b/a.yaml", False),
        ("s/**", "s/b/a.yaml", True),
        ("./s/?.yaml", "s/a.yaml", True),
        ("s/a.yaml", "s/a_yaml", False),
        ("*.yaml", "a.yaml.orig", False),
        ("s/[ab].yaml", "s/b.yaml", True),
        ("s/[!ab].yaml", "s/b.yaml", False),
    ],
)
def test_a_glob_is_read_as_shells_read_it(glob, path, matches):
    """One star stays in its folder, two cross folders, and the whole path counts."""
    assert bool(re.match(plugin._pattern(glob), path)) is matches


def test_scenarios_are_chosen_by_name_and_by_marker(suite):
    """-k, -m and the node's id choose scenarios as they choose tests."""
    suite.scenario("night.dcsim.yaml")
    suite.scenario("day.dcsim.yaml")
    suite.write("test_plain.py", "def test_plain(): pass\n")
    assert outcomes(suite.pytest("-k", "night")) == {"passed": 1, "deselected": 2}
    assert outcomes(suite.pytest("-m", "dcsim")) == {"passed": 2, "deselected": 1}
    assert outcomes(suite.pytest("-m", "not dcsim")) == {"passed": 1, "deselected": 2}
    assert outcomes(suite.pytest("day.dcsim.yaml::day")) == {"passed": 1}


def test_junit_holds_the_whole_text(suite):
    """A failure in JUnit XML has the file, the place, and the rule that it rests on."""
    suite.scenario("night.dcsim.yaml")
    suite.pytest("--junit-xml=j.xml", "--dcsim-runbook=failback-copy")
    case = ET.parse(suite.folder / "j.xml").getroot().find(".//testcase")
    assert (case.get("classname"), case.get("name")) == ("night.dcsim.yaml", "night")
    assert case.find("failure").get("message").startswith("night.dcsim.yaml:10: night fails")
    assert "by rule fn3" in case.find("failure").text


def test_scenarios_are_shared_out_among_processes(suite):
    """pytest-xdist runs them, and a failure reads the same from a worker."""
    pytest.importorskip("xdist")
    for number in range(4):
        suite.scenario(f"night-{number}.dcsim.yaml", WRONG if number == 2 else RIGHT)
    shown = suite.pytest("-n", "2", plugins=["xdist.plugin"])
    assert outcomes(shown) == {"failed": 1, "passed": 3}
    assert "night-2.dcsim.yaml:10: night-2 fails\nFAIL  night-2" in shown


def test_the_order_may_be_random(suite):
    """pytest-randomly shuffles scenarios among tests."""
    pytest.importorskip("pytest_randomly")
    for number in range(6):
        suite.scenario(f"night-{number}.dcsim.yaml")
    suite.write("test_plain.py", "def test_plain(): pass\n")
    orders = set()
    for seed in (1, 2, 3):
        shown = suite.pytest("-v", "-p", "pytest_randomly", f"--randomly-seed={seed}")
        assert outcomes(shown) == {"passed": 7}
        orders.add(tuple(re.findall(r"^(night-\d)", shown, re.MULTILINE)))
    assert len(orders) > 1


def test_a_suite_without_scenarios_pays_nothing(suite):
    """Of dcsim, only the plugin itself is imported, and none of its libraries."""
    suite.write(
        "test_plain.py",
        "import sys\n"
        "def test_plain():\n"
        "    heavy = {'attrs', 'attr', 'yaml', 'click', 'simpy', 'hypothesis', 'cattrs', 'numpy'}\n"
        "    assert {n for n in sys.modules if n.startswith('dcsim')} == {'dcsim', 'dcsim.plugin'}\n"
        "    assert not heavy & set(sys.modules)\n",
    )
    suite.write("data.yaml", "scenario: not asked for\n")
    suite.pytest()
    assert suite.code == 0, suite.text


def test_an_own_invariant_of_conftest_is_judged(suite):
    """What conftest.py registers is held against every scenario, and may be expected by one."""
    suite.scenario("night.dcsim.yaml")
    suite.write(
        "conftest.py",
        "from dcsim.testing import Violation, invariant\n"
        "@invariant('no-email-channel', when='open')\n"
        "def _(scene):\n"
        "    '''Nobody has one-time passwords sent by e-mail.'''\n"
        "    if scene.found.channel.value == 'email':\n"
        "        yield Violation('', f'channel at {scene.site}', 'another', 'email')\n",
    )
    shown = suite.pytest()
    assert suite.code == 1
    assert "no-email-channel  Nobody has one-time passwords sent by e-mail." in shown
    suite.write(
        "night.dcsim.yaml",
        SCENARIO.format(name="night", expect=RIGHT) + "expect:\n  violations: [no-email-channel]\n",
    )
    suite.pytest()
    assert suite.code == 0, suite.text


def test_the_plugin_stands_on_what_pytest_publishes():
    """It imports nothing of pytest's inside, and at its top nothing but pytest and what comes with Python."""
    tree = ast.parse((PACKAGE / "plugin.py").read_text())
    top = {n.module.split(".")[0] for n in tree.body if isinstance(n, ast.ImportFrom)}
    top |= {alias.name.split(".")[0] for n in tree.body if isinstance(n, ast.Import) for alias in n.names}
    assert top <= {"pytest"} | set(sys.stdlib_module_names)
    assert "_pytest" not in (PACKAGE / "plugin.py").read_text()


_MARKS = "\\u200b-\\u200f\\u202a-\\u202e\\u2028\\u2029\\u2066-\\u2069\\ufeff"
ODD = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{_MARKS}]|^\s*::|##\w*\[", re.MULTILINE)
HOSTILE = "v\\e[31m\\x9b1m\\u202e\\u200b\\r\\n::error::forged\\n##[error]y"


@pytest.mark.parametrize("expect", [RIGHT, WRONG])
def test_nothing_hostile_is_printed(suite, expect):
    """Neither by a name nor by a title, by a failure, by a finding or by a warning: pytest prints them as they are."""
    text = SCENARIO.format(name=f'"{HOSTILE}"', expect=expect).replace("title: A", f'note: "{HOSTILE}"\ntitle: A')
    suite.write("x.dcsim.yaml", text.replace("U001", f'"{HOSTILE}"'))
    suite.write("warns.dcsim.yaml", text.replace("friday", f'"{HOSTILE}"').replace("A password", f'"{HOSTILE}" #'))
    suite.write("broken.dcsim.yaml", text.replace("change-password", f'"{HOSTILE}"'))
    printed = suite.pytest("-v", "-rA", "--continue-on-collection-errors")
    assert "forged" in printed
    assert not ODD.search(printed), ODD.search(printed)


def test_each_row_of_a_table_of_values_is_a_test(suite):
    """With its name, its own result, and the command that runs it again."""
    rows = "foreach:\n  - {end: refused wrong-password}\n  - {end: accepted}\n"
    text = SCENARIO.format(name="row", expect='"${end}"').replace("accounts:\n", f"{rows}accounts:\n")
    suite.write("row.dcsim.yaml", text)
    said = suite.pytest("-v")
    assert suite.code == 1
    assert "row.dcsim.yaml::row[1] PASSED" in said
    assert "row.dcsim.yaml::row[2] FAILED" in said
    assert "again: dcsim run 'row.dcsim.yaml#2'" in said
    assert "1 passed" in suite.pytest("row.dcsim.yaml::row[1]")
