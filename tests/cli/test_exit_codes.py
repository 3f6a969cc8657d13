"""The exit code says the verdict, whatever the streams do, and bad input is never a fault of dcsim's own."""

import json
import subprocess
import sys

import pytest
from program import dcsim
from test_bad_input import GOOD

BAD = GOOD.replace("password: P1, channel: email}}}", "password: P2, channel: email}}}")
PYTHON = f"{sys.executable} -m dcsim"
WORDS = {0: "run good.yaml", 1: "run bad.yaml", 2: "run broken.yaml", "usage": "run --nothing"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A scenario that passes, one that fails, one that cannot be read."""
    made = tmp_path_factory.mktemp("codes")
    for name, text in (("good", GOOD), ("bad", BAD), ("broken", "scenario: [")):
        (made / f"{name}.yaml").write_text(text)
    return made


def shell(line, folder):
    words = ["bash", "-c", line]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("code", WORDS)
@pytest.mark.parametrize(
    "line",
    [
        "{} 2>&-",
        "{} 2>/dev/full",
        "{} <&- >&- 2>&-",
        "{} 2>&1 >/dev/null | true; exit ${{PIPESTATUS[0]}}",
        "{} | true; exit ${{PIPESTATUS[0]}}",
    ],
)
def test_streams_that_are_closed_change_no_code(line, code, folder):
    """Neither a closed nor a full stderr does, nor a reader that leaves."""
    run = shell(line.format(f"{PYTHON} {WORDS[code]}"), folder)
    assert run.returncode == (code if isinstance(code, int) else 2)
    assert "Traceback" not in run.stderr
    assert "Exception ignored" not in run.stderr


@pytest.mark.parametrize("words", ["--version", "--help", "schema", "run --help", "explain DC144"])
def test_a_reader_that_leaves_is_no_error(words, folder):
    """Of what is no verdict the code is 0; click's own end of a broken pipe would be 1."""
    run = shell(f"{PYTHON} {words} | true; exit ${{PIPESTATUS[0]}}", folder)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("words", ["--version", "--help", "schema", "run good.yaml", "run bad.yaml"])
def test_results_that_cannot_be_printed_are_an_error(words, folder):
    """A full stdout is told with exit code 2, also where stderr is full as well."""
    run = shell(f"{PYTHON} {words} >/dev/full", folder)
    assert (run.returncode, len(run.stderr.splitlines())) == (2, 1)
    assert shell(f"{PYTHON} {words} >/dev/full 2>&1", folder).returncode == 2


# -- memory ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["dcsim.cli.lazy_group", "dcsim.files.load", "dcsim.cli.errors"])
def test_memory_that_runs_out_is_told_in_a_line(place, folder):
    """At work, in an import, and while another error is being told: exit code 4, and no traceback."""
    words = ["explain", "no-such-word"] if place == "dcsim.cli.errors" else ["run", "broken.yaml"]
    code = (
        "import sys\n"
        "class Spent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {place!r}: raise MemoryError\n"
        "sys.meta_path.insert(0, Spent())\n"
        "from dcsim.cli.main import main\n"
        "main()\n"
    )
    run = subprocess.run([sys.executable, "-c", code, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (4, "dcsim: the memory ran out\n")


@pytest.mark.parametrize("more", [1, 6, 12])
def test_memory_that_is_limited(more, folder):
    """A run that may take only so many MiB more than Python has at its start: it is told in a line."""
    code = (
        "import resource, sys\n"
        "from dcsim.cli.main import main\n"
        "size = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        f"resource.setrlimit(resource.RLIMIT_AS, (size + {more} * 2**20,) * 2)\n"
        "main()\n"
    )
    words = [sys.executable, "-c", code, "run", "good.yaml"]
    run = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (4, "dcsim: the memory ran out\n")


# -- input -------------------------------------------------------------------------------------------------------------

HUGE = "99999999999999999999"


def population(number):
    return GOOD.replace("id: U001", f"population: {number}, prefix: U").replace("U001", "U1")


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("huge.yaml", population(HUGE), "DC109"),
        ("many.yaml", population(20_000_001), "DC109"),
        ("manifest.json", "[" * 100_000, "DC108"),
        ("object.json", '{"a":' * 100_000, "DC108"),
        ("nan.json", '{"dcsim-findings": NaN}', "DC108"),
    ],
)
@pytest.mark.parametrize("command", ["run", "replay"])
def test_what_is_too_much_is_a_finding(command, name, text, code, tmp_path, dcsim):
    """A population that no memory holds, and JSON that no reader reads."""
    (tmp_path / name).write_text(text)
    ended, out, err = dcsim(command, tmp_path / name)
    assert ended == 2, err
    assert "DC" in out + err
    if (command == "replay") == name.endswith("json"):
        assert code in err


def test_a_manifest_in_the_way_is_a_finding(tmp_path):
    """Also one of 100,000 brackets."""
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    words = ["--rulebook", "seoch-2fa-2023", "--runbook", "snapshot-standby", "--max-examples", "1"]
    run = dcsim("fuzz", *words, "--save", ".", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.startswith("DC161 manifest.json"), run.stderr


@pytest.fixture(scope="module")
def traced(folder):
    """A finding with its trace beside it."""
    assert dcsim("run", "bad.yaml", "--trace", ".", cwd=folder).returncode == 1
    return (folder / "bad.trace.jsonl").read_text().splitlines(keepends=True)


@pytest.mark.parametrize(
    "change",
    [
        {"at": "abc"},
        {"at": float("nan")},
        {"at": float("inf")},
        {"at": 10**30},
        {"at": True},
        {"at": None},
        {"at": 1.5},
        {"action": "logon"},
        {"action": {}},
        {"action": {"do": 1}},
        {"action": {"do": "logon", "action": 3}},
        {"account": 7},
        {"account": []},
        {"by": {}},
        {"actor": 5},
        {"outcome": 5},
        {"says": []},
        {"actor": "nobody"},
        {"n": "x"},
        {"changes": 3},
        {"position": "x"},
    ],
    ids=str,
)
def test_a_trace_of_wrong_types_is_told(change, traced, folder, dcsim):
    """By a replay of it, and by one of the scenario beside it; never as a fault of dcsim's own."""
    number = next(n for n, line in enumerate(traced) if n and json.loads(line)["actor"] == "client")
    data = json.loads(traced[number]) | change
    (folder / "bad.trace.jsonl").write_text("".join([*traced[:number], json.dumps(data) + "\n", *traced[number + 1 :]]))
    code, _, err = dcsim("replay", folder / "bad.trace.jsonl")
    assert code in (1, 2)
    assert (code == 2) == err.startswith("DC118 "), err
    assert dcsim("replay", folder / "bad.yaml")[0] == 1


# -- secrets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "hunter2 is the word",
        "hunter2: 5\nother: x\n",
        "- hunter2\n",
        "a: *hunter2\n",
        "!hunter2 x",
        "a: [hunter2",
        '"hunter2',
    ],
)
@pytest.mark.parametrize("kind", ["rulebook", "runbook"])
def test_a_file_that_a_scenario_names_is_not_printed(kind, text, tmp_path, dcsim):
    """A scenario may come from someone else: it makes dcsim tell nothing of a file that is none of dcsim's."""
    own = {"rulebook": "seoch-2fa-2023", "runbook": "snapshot-standby"}[kind]
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.txt").write_text(text)
    (tmp_path / "in" / "x.yaml").write_text(GOOD.replace(f"{kind}: {own}", f"{kind}: ../secret.txt"))
    code, out, err = dcsim("run", tmp_path / "in" / "x.yaml")
    assert code == 2
    assert "hunter2" not in out + err
    assert f"is no {kind}" in err
