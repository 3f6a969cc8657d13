"""Every command takes a scenario of a population, or says what it does not do with one."""

import json

import attrs
import pytest
from crowds import case_of, crowd, run_of

from dcsim.cli.run_progress import paced
from dcsim.files.load import load_scenario
from dcsim.semantics.model import Model
from dcsim.simulate.acts import streams
from dcsim.simulate.one_by_one import one_by_one
from dcsim.trace.roster import Roster
from dcsim.usecases.explore.begin import begin
from dcsim.usecases.request import Progress
from dcsim.usecases.run import RunOptions, recorded

BACK = crowd(users=2500, das=30).replace("snapshot-standby", "failback-copy")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(BACK, encoding="utf-8")
    return path


def test_traces_of_many_accounts_are_of_histories_and_replay(file, tmp_path, dcsim):
    """The header holds the text and the seed, from which all of it is drawn again."""
    assert dcsim("run", file, "-q", "--seed", "5", "--trace", tmp_path / "t")[0] == 1
    (trace,) = (tmp_path / "t").iterdir()
    head = json.loads(trace.read_text().splitlines()[0])
    assert head["folded"]
    assert head["accounts"] == 2530
    assert sum(row["accounts"] for row in head["histories"]) == 2530
    assert dcsim("replay", trace)[0] == 0


def test_the_same_is_found_of_every_account_when_each_act_is_a_step_of_its_own():
    """A run of a population is that of the plain scenario in which its acts are written out."""
    case = case_of(crowd(users=80, das=20))
    plain = one_by_one(case.scenario, case.rulebook, seed=3)
    assert not plain.populations
    assert not any(step.drawn for step in plain.steps)
    whole = run_of(case, 3, tracing=True)
    written = run_of(attrs.evolve(case, scenario=plain), 3, tracing=True)
    acts = [(e.at, e.account, e.outcome, e.changes) for e in whole.events if e.actor == "client"]
    again = [(e.at, e.account, e.outcome, e.changes) for e in written.events if e.actor == "client"]
    assert sorted(acts, key=repr) == sorted(again, key=repr)
    assert len(acts) > 100


def test_a_failing_population_is_made_short(file, tmp_path, dcsim):
    """`minimize` finds one account that fails in the same way, in a file without any chance."""
    out = tmp_path / "short.yaml"
    assert dcsim("minimize", file, "--out", out, "--time", "10s")[0] == 0
    short = load_scenario(out).scenario
    assert not short.populations
    assert len(short.accounts) == 1
    assert dcsim("run", out, "-q")[0] == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["why", "--account", "USER7", "--field", "password"], 0, "USER7, password at primary"),
        (["predict"], 0, "2,530 accounts"),
        (["check", "--time", "5s"], 2, "a scenario with a population cannot be checked"),
        (["explore", "--no-browser"], 2, "a walk has 100 accounts at most"),
        (["run", "-v", "--account", "USER7"], 1, "monday finds of USER7"),
    ],
)
def test_each_command_takes_it_or_says_why_not(file, words, code, said, dcsim):
    """No command breaks down on a scenario of a population."""
    command, *options = words
    ended, out, err = dcsim(command, file, *options)
    assert ended == code
    assert said in " ".join((out + err).split())


def test_a_walk_does_not_begin_with_acts_that_hang_on_others(tmp_path, dcsim):
    """It says which steps it cannot take; without them it begins."""
    path = tmp_path / "x.yaml"
    path.write_text(crowd(users=20, das=0), encoding="utf-8")
    ended, _, err = dcsim("explore", path, "--no-browser")
    assert ended == 2
    assert "`if: refused`" in err


def test_a_walk_has_the_acts_that_its_accounts_draw(tmp_path):
    """The path of a small population has the very events of its run."""
    path = tmp_path / "x.yaml"
    path.write_text(crowd(users=20, das=0).replace(", if: refused", ""), encoding="utf-8")
    start = begin(path, None, ())
    whole = start.walk.reach(start.whole).plays[0].trace
    assert whole.digest == run_of(load_scenario(path), tracing=True).digest
    assert len(whole.events) > 60


def test_the_report_says_from_which_line_an_act_is(file, tmp_path, dcsim):
    """The page names the line of the profile's step, also where two profiles do the same."""
    page = tmp_path / "page.html"
    assert dcsim("report", file, "--out", page)[0] in (0, 1)
    text = page.read_text(encoding="utf-8")
    lines = [n for n, line in enumerate(BACK.splitlines(), start=1) if "{at: session-2" in line]
    assert f"x.yaml, line {lines[0]}" in text


def test_a_long_run_says_how_far_it_is():
    """Acts at an instant or before are done; the last report has all of them."""
    case = case_of(crowd(users=2500, das=0))
    planned = streams(Model(case.rulebook, case.runbook), case.scenario, Roster(case.scenario), 0)
    instants = sorted(act[0] for stream in planned for act in stream.acts())
    for when in (instants[0] - 1, instants[0], instants[len(instants) // 2], instants[-1]):
        assert sum(stream.until(when) for stream in planned) == sum(each <= when for each in instants)
    reports = []
    recorded(case, RunOptions(), reports.append)
    assert all(report.of == len(instants) and report.unit == "acts" for report in reports)
    assert paced(Progress("x", 500, 2000, "acts"), 2.0) == "x: 500 of 2,000 acts, 250 a second, 6 s left"
    assert paced(Progress("x", 0, 2000, "acts"), 0.0) == "x: 0 of 2,000 acts"
