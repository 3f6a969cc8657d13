"""dcsim.testing: profiles of settings, invariants of one's own, and the pages about them."""

import inspect
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml
from hypothesis import settings

import dcsim
from dcsim import testing
from dcsim.files.load import load_scenario
from dcsim.semantics import custom_invariants as own
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.testing import Violation, assert_invariants, broken, invariant

ROOT = Path(dcsim.__file__).parent.parent
BOOK, RIGHT = "seoch-2fa-2023", "snapshot-standby"

MINE = '''
from dcsim.testing import Violation, invariant

@invariant("nobody-by-email", when="open")
def _(scene):
    """Nobody has e-mail."""
    if scene.found.channel.value == "email":
        yield Violation("", f"channel at {scene.site}", "another", "email")
'''
NIGHT = """\
scenario: night
title: A night
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {id: U001, kind: user, participant: B01234, email: registered, smartcard: friday}
steps:
  - {at: session-1 +5m, account: U001, do: initiate-2fa, password: P1, channel: email}
"""


# -- profiles ------------------------------------------------------------------------------------------------------


def python(program, **env):
    """What a program prints in a process of its own."""
    kept = {k: v for k, v in os.environ.items() if k not in ("CI", "GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI")}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=kept | {"PYTHONPATH": str(ROOT)} | env,
        capture_output=True,
        text=True,
        check=True,
        cwd=env.get("HOME", "/"),
    )
    return run.stdout.strip()


TOLD = (
    "from hypothesis import settings; s = settings.default; "
    "print(s.max_examples, s.derandomize, s.deadline, s.stateful_step_count, s.database is None)"
)


@pytest.mark.parametrize("ci", ["", "true"])
@pytest.mark.parametrize("name", ["dev", "ci", "nightly"])
def test_a_profile_is_the_same_wherever_it_is_loaded(name, ci, tmp_path):
    """No setting leaks in from the profile that Hypothesis loads by itself where CI is set."""
    wanted = testing.PROFILES[name]
    program = f"from dcsim.testing import register_profiles; register_profiles({name!r}); {TOLD}"
    keys = ("max_examples", "derandomize", "deadline", "stateful_step_count")
    told = " ".join(str(v) for v in (*(wanted[key] for key in keys), wanted["database"] is None))
    assert python(program, **({"CI": ci} if ci else {}), HOME=str(tmp_path)) == told


def test_every_setting_of_a_profile_is_said():
    """A profile names each setting that this version of Hypothesis has; no weekend has a deadline."""
    known = set(inspect.signature(settings.__init__).parameters) - {"self", "parent"}
    for name, profile in testing.PROFILES.items():
        assert set(profile) == known, name
        assert profile["deadline"] is None
    assert testing.PROFILES["ci"]["derandomize"]


def test_where_ci_is_set_the_gate_is_in_force_at_once(tmp_path):
    """Hypothesis has its own `ci` in force then; registering replaces it, with deadline None and all."""
    program = f"from dcsim.testing import register_profiles; register_profiles(); {TOLD}"
    assert python(program, CI="true", HOME=str(tmp_path)) == "200 True None 30 True"


# -- invariants of one's own ---------------------------------------------------------------------------------------


@pytest.fixture
def registry(monkeypatch):
    """The registry, as it was when the test is over."""
    before = dict(INVARIANTS)
    yield INVARIANTS
    INVARIANTS.clear()
    INVARIANTS.update(before)
    broken.cache_clear()


def test_an_own_invariant_is_judged_like_the_houses(registry, tmp_path):
    """It has its class, its statement and its id, whatever its violations call themselves; weekends that were played
    before it was there are judged by it, too.
    """
    (tmp_path / "night.yaml").write_text(NIGHT)
    night = load_scenario(tmp_path / "night.yaml")
    assert_invariants(night)

    @invariant("nobody-by-email", when="change")
    def _(scene):
        """Nobody chooses e-mail."""
        for change in scene.outcome.changes:
            if change.field == "channel" and change.after.value == "email":
                yield Violation("something", f"channel at {change.site}", "another", "email")

    with pytest.raises(broken("nobody-by-email"), match="nobody-by-email  Nobody chooses e-mail"):
        assert_invariants(night)
    assert broken("nobody-by-email").__name__ == "NobodyByEmail"
    assert list(registry)[-1] == "nobody-by-email"


def test_an_invariant_that_could_not_be_told_is_refused(registry):
    """A name that is taken or no name, an unknown moment, no statement: each is a ValueError that says so."""

    def silent(scene):
        yield from ()

    def said(scene):
        """Something."""
        yield from ()

    with pytest.raises(ValueError, match="its docstring is its statement"):
        invariant("mine", when="open")(silent)
    with pytest.raises(ValueError, match="is there already"):
        invariant("one-writer", when="open")(said)
    with pytest.raises(ValueError, match="is no moment; expected one of change, apply, open"):
        invariant("mine", when="opens")
    with pytest.raises(ValueError, match="is named like"):
        invariant("Mine it is", when="open")
    invariant("mine", when="open")(said)
    invariant("mine", when="open")(said)
    assert "mine" in registry


def test_two_that_share_a_function_name_are_two(registry):
    """One does not take the place of the other in silence: a place is a file and a line."""

    @invariant("mine", when="open")
    def _(scene):
        """One."""
        yield from ()

    with pytest.raises(ValueError, match="is there already"):

        @invariant("mine", when="close")
        def _(scene):
            """Another."""
            yield from ()


BAD = {
    "raise ValueError('oops')": ("raised ValueError: oops", 6),
    "return None": ("returned None; expected it to yield each Violation", 0),
    "return Violation('', '', '', '')": ("returned Violation(", 0),
    "return 'a text'": ("returned 'a text'", 0),
    "yield 'a text'": ("yielded 'a text', which is no Violation", 6),
    "return ['a text']": ("yielded 'a text', which is no Violation", 0),
    "scene.account": ("raised AssertionError: a scene of this moment has no account", 6),
    "helper()": ("raised ZeroDivisionError: division by zero", 3),
    "import sys; sys.exit(0)": ("raised SystemExit: 0", 6),
    "raise ValueError('x' * 9999)": ("raised ValueError: xxx", 6),
    "raise Odd": ("raised Odd", 6),
}
COMMANDS = {
    "run": ("run", "night.yaml"),
    "check": ("check", "--rulebook", BOOK, "--runbook", RIGHT),
    "check a scenario": ("check", "night.yaml"),
    "fuzz": ("fuzz", "--rulebook", BOOK, "--runbook", RIGHT, "--max-examples", "20"),
    "fuzz at random": ("fuzz", "--rulebook", BOOK, "--runbook", RIGHT, "--max-examples", "20", "--engine", "random"),
    "fuzz by two": ("fuzz", "--rulebook", BOOK, "--runbook", RIGHT, "--max-examples", "20", "-j", "2"),
}


def wrong_one(folder, bad):
    """A package with an invariant that goes wrong, and a scenario."""
    body = f"""from dcsim.testing import Violation, invariant
class Odd(Exception): __str__ = lambda self: 1 / 0
def helper(): 1 / 0
@invariant("mine", when="control")
def _(scene):
    \"\"\"Something.\"\"\"; {bad}
"""
    offered(folder, body)
    (folder / "night.yaml").write_text(NIGHT)


def told_briefly(run, folder, bad):
    """Nothing of dcsim's, and no traceback: exit code 2, what it did, and the user's own line."""
    says, line = BAD[bad]
    # A campaign prints what it found until then, which is nothing here.
    assert run.returncode == 2, run.stderr
    assert not run.stdout or "0 invariants broken" in run.stdout
    first, *rest = run.stderr.splitlines()
    assert first.startswith(f"dcsim: invariant 'mine' (mine.py:4) {says}"), run.stderr
    if line:
        assert rest == [f"  mine.py:{line}: {(folder / 'mine.py').read_text().splitlines()[line - 1].strip()}"]
    else:
        assert rest == []
    assert len(run.stderr) < 500


@pytest.mark.parametrize("bad", BAD)
def test_an_invariant_that_goes_wrong_is_told_by_the_users_own_line(bad, tmp_path):
    """Whatever it raises, returns or yields."""
    wrong_one(tmp_path, bad)
    told_briefly(command(tmp_path, *COMMANDS["run"]), tmp_path, bad)


@pytest.mark.parametrize("words", [name for name in COMMANDS if name != "run"])
def test_every_engine_tells_it_alike(words, tmp_path):
    """Also where another process asked it, or Hypothesis drew the weekend."""
    bad = "raise ValueError('oops')"
    wrong_one(tmp_path, bad)
    told_briefly(command(tmp_path, *COMMANDS[words]), tmp_path, bad)


def offered(folder, body, value="mine"):
    """A package that is installed in a folder, with an entry point."""
    info = folder / "mine-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{own.GROUP}]\nmine = {value}\n")
    (folder / "mine.py").write_text(body)


def command(folder, *words):
    env = {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}", "NO_COLOR": "1"}
    words = [sys.executable, "-m", "dcsim", *words]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_command_line_judges_what_packages_offer(tmp_path):
    """An installed package's invariants are in force in `dcsim run`, and a scenario may expect them."""
    (tmp_path / "night.yaml").write_text(NIGHT)
    assert command(tmp_path, "run", "night.yaml").returncode == 0
    offered(tmp_path, MINE)
    run = command(tmp_path, "run", "night.yaml")
    assert run.returncode == 1
    assert "nobody-by-email  Nobody has e-mail." in run.stdout
    (tmp_path / "night.yaml").write_text(NIGHT + "expect:\n  violations: [nobody-by-email]\n")
    assert command(tmp_path, "run", "night.yaml").returncode == 0


@pytest.mark.parametrize(("body", "value"), [("1 / 0\n", "mine"), ("", "mine:gone")])
def test_a_package_that_cannot_be_loaded_is_named(body, value, tmp_path):
    """The entry point and what went wrong, in a line, with the code of bad input."""
    (tmp_path / "night.yaml").write_text(NIGHT)
    offered(tmp_path, body, value)
    run = command(tmp_path, "run", "night.yaml")
    assert run.returncode == 2
    assert f"the invariants of entry point mine ({value}) cannot be loaded: " in run.stderr
    assert "Traceback" not in run.stderr


def test_invariants_are_declared_without_hypothesis():
    """A package that offers invariants does not bring Hypothesis into the command line."""
    program = "from dcsim.testing import invariant, assert_invariants; import sys; print('hypothesis' in sys.modules)"
    assert python(program) == "False"
    late = "import dcsim.testing as t, sys; t.scenarios; t.WeekendMachine; print('hypothesis' in sys.modules)"
    assert python(late) == "True"


# -- the pages -----------------------------------------------------------------------------------------------------

PAGES = Path(__file__).parents[2] / "docs"
needs_pages = pytest.mark.skipif(not PAGES.exists(), reason="needs the source tree")


def fenced(page, language):
    """The blocks of a page in one language."""
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", (PAGES / page).read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.slow
@needs_pages
def test_the_python_of_the_pages_runs(tmp_path):
    """Each block of the reference, under pytest with the profile of the how-to, does what it is there for."""
    for kind, name in (("rules", BOOK), ("runbooks", RIGHT)):
        (tmp_path / kind).mkdir()
        source = Path(dcsim.__file__).parent / "builtin" / kind.replace("rules", "rulebooks") / f"{name}.yaml"
        (tmp_path / kind / "ours.yaml").write_text(source.read_text())
    drawn, machine, own_one = fenced("reference/testing.md", "python")
    (profiles,) = fenced("how-to/run-in-ci.md", "python")
    (tmp_path / "conftest.py").write_text(profiles)
    (tmp_path / "test_drawn.py").write_text(drawn)
    (tmp_path / "test_machine.py").write_text(machine)
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--hypothesis-profile=ci",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:dcsim",
    ]
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")} | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert "2 passed" in run.stdout
    (tmp_path / "mine.py").write_text(own_one)
    assert python("import mine; print(mine.no_email_channel.__doc__)", PYTHONPATH=f"{ROOT}{os.pathsep}{tmp_path}") == (
        "Nobody has one-time passwords sent by e-mail."
    )


@needs_pages
def test_the_pipelines_of_the_pages_are_yaml():
    """Every YAML block of the how-to can be read."""
    blocks = fenced("how-to/run-in-ci.md", "yaml")
    assert len(blocks) == 5
    assert all(yaml.safe_load(textwrap.dedent(block)) for block in blocks)
