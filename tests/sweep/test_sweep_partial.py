"""A sweep that ends early: what was half done is not called done, and what is done once more is told."""

import csv
import json
import re

import pytest

from dcsim.usecases.sweep.condition import FigureComparison
from dcsim.usecases.sweep.measure import Measured, PointQuestion, row_of
from dcsim.usecases.tasks.each import Again, each
from dcsim.usecases.tasks.task import ClusterLost, Died

GIVEN = ("sweep", "first.yaml", "--vary", "link.lag=1s,2s", "--runs", "40", "--csv", "rows.csv")


def _losing(at):
    def losing(*given, **more):
        for number, found in enumerate(each(*given, **more)):
            if number == at:
                raise ClusterLost("the cluster is gone")
            yield found

    return losing


def test_a_point_that_is_half_done_is_unknown(folder, dcsim, monkeypatch):
    """25 of its 40 runs were done, and the condition was true in each: the others might have failed."""
    monkeypatch.setattr("dcsim.usecases.sweep.each", _losing(3))
    code, out, _ = dcsim(*GIVEN)
    assert code == 3
    assert "1s        ✓ 40 of 40" in out
    assert "2s        ? 25 of 25 (86.68% to 100%); 25 of 40 runs were done" in out
    assert "partial: the cluster is gone; 1 of 2 points were done, and 1 in part" in out
    rows = list(csv.DictReader((folder / "rows.csv").open()))
    assert [(row["answer"], row["runs"], row["runs asked"]) for row in rows] == [
        ("holds", "40", "40"),
        ("unknown", "25", "40"),
    ]


def test_where_no_run_was_done_none_came_out_alike(folder, dcsim, monkeypatch):
    """The note on runs that came out alike stands only where there were several."""
    assert "came out alike" in dcsim(*GIVEN)[1]
    monkeypatch.setattr("dcsim.usecases.sweep.each", lambda *_, **__: iter([(0, Died("died twice")), (1, Died("too"))]))
    code, out, _ = dcsim(*GIVEN, "--html", folder / "a.html")
    assert code in (3, 130)
    assert "? unknown" in out
    assert "came out alike" not in out
    assert dcsim("sweep", "first.yaml", "--vary", "link.lga=1s", "--runs", "3")[0] == 2
    out = dcsim("sweep", "first.yaml", "--vary", "steps.activate.at=-1h", "--runs", "3")[1]
    assert "came out alike" not in out


def test_work_that_is_done_once_more_is_told(folder, dcsim, monkeypatch):
    """As of run and fuzz: a line on stderr says why, and which points; the output is the same."""
    given = ("sweep", "first.yaml", "--vary", "link.lag=1s,2s", "--runs", "30")
    plain = dcsim(*given)

    def dying(function, shared, payloads, place, stop, listen):
        listen(Again((0, 1, 2), "a process ended (signal 9)"))
        return each(function, shared, payloads, place, stop, listen)

    monkeypatch.setattr("dcsim.usecases.sweep.each", dying)
    code, out, err = dcsim(*given)
    assert (code, out) == plain[:2]
    assert err.splitlines() == ["dcsim: a process ended (signal 9); run once more: link.lag 1s, link.lag 2s"]


def test_the_seed_that_fails_is_named_though_runs_before_it_are_missing():
    """Seeds count from the first of their own task."""
    asked = PointQuestion(files=None, swept=(), condition=FigureComparison("rpo", "=="), runs=50, seed=7)
    late = Measured(runs=({"rpo": 0}, {"rpo": 1}), first=32)
    assert row_of(asked, (), [late]).failing == 33


def test_an_edge_between_samples_is_told_with_both_shares(folder, dcsim):
    """With a jitter of an hour, some runs fail and some do not: no value is the largest that holds."""
    given = ("sweep", "first.yaml", "--runbook", "weekend.yaml", "--vary", "link.jitter=1h", "--runs", "10")
    given += ("--find", "stale-accounts == 0", "--by", "link.lag=2h..4h", "--to", "20m", "--html", folder / "a.html")
    told = dcsim(*given)[1]
    found = re.search(
        r"sampled, so not exact: stale-accounts == 0: holds in 10 of 10 \(72\.25% to 100%\) at link.lag (\S+); "
        r"(\d) of 10 \(\S+ to \S+\) at link.lag (\S+), runbook.link.jitter 1h ",
        " ".join(told.split()),
    )
    assert found, told
    assert found[1] != found[3]
    assert 0 < int(found[2]) < 10
    assert "largest" not in told + (folder / "a.html").read_text()
    [edge] = json.loads(dcsim(*given, "--json")[1])["searches"][0]["edges"]
    assert edge["exact"] is False


@pytest.mark.parametrize("option", ["--csv", "--parquet", "--html"])
def test_a_file_that_cannot_be_written_is_refused_before_the_sweep(folder, dcsim, monkeypatch, option):
    """The work of hours is not lost for a folder that is not there; a folder that the sweep makes is there."""

    def begun(*_, **__):
        raise AssertionError("the sweep has begun")

    given = ("sweep", "first.yaml", "--vary", "link.lag=1s")
    assert dcsim(*given, "--save", "made", option, "made/x.file")[0] == 0
    monkeypatch.setattr("dcsim.cli.sweep.sweep", begun)
    code, out, err = dcsim(*given, option, "nowhere/x.file")
    assert (code, out) == (2, "")
    assert "nowhere/x.file cannot be written: there is no folder nowhere" in err
