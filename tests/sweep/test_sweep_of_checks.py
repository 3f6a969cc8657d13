"""`dcsim sweep --check` varies only what a check reads, and says within which bounds it proved."""

import html
import json
from pathlib import Path

import pytest

from dcsim.usecases.request import RequestError
from dcsim.usecases.sweep import SweepRequest, paths, planned
from dcsim.usecases.sweep.measure import subject_at

OTHER = {"duration": "7m", "moment": "+3m", "time": "+3m", "count": "5", "number": "0.5"}
NAMED = {"kind": "da", "smartcard": "none", "participant": "B09999"}


def _other(one):
    now = one.now
    if one.sort == "flag":
        return "false" if now == "true" else "true"
    if one.sort == "word":
        return next(word for word in one.words if word != now)
    return OTHER.get(one.sort) or NAMED[one.keys[-1]]


def test_each_offered_path_of_a_scenario_changes_what_is_checked(folder):
    """None is offered of which the checked model knows nothing: a verdict along it would be no answer."""
    offered = [one for one in paths(SweepRequest(scenario=Path("first.yaml"), question="check")) if one.book]
    mine = [one for one in offered if one.book == "scenario"]
    assert {one.keys[0] for one in mine} == {"accounts", "policies"}
    for one in mine:
        vary = (f"{one.path}={_other(one)}",)
        asked = planned(SweepRequest(scenario=Path("first.yaml"), question="check", vary=vary))
        subjects = [subject_at(asked, texts) for texts in (asked.files.texts, _edited(asked))]
        assert subjects[0].model != subjects[1].model or subjects[0].groups != subjects[1].groups, one.path


def _edited(asked):
    return asked.files.at(asked.swept, tuple(one.values[0] for one in asked.swept))


@pytest.mark.parametrize("path", ["steps.1.at=+1m", "steps.2.takes=1s", "heal=1s,2s", "faults.1.lag=1h,5h,100d"])
def test_what_a_check_does_not_read_is_refused(folder, path):
    """Steps, faults, and when the link heals: a check tries its own."""
    with (folder / "first.yaml").open("a") as file:
        file.write("faults: [{link: slow, lag: 1h, from: session-1 opens, until: session-1 closes}]\n")
    with pytest.raises(
        RequestError, match=r"a check does not read 'scenario.*the runbook, and of a scenario its accoun"
    ):
        planned(SweepRequest(scenario=Path("first.yaml"), question="check", vary=(path,)))
    if path.startswith("faults"):
        with pytest.raises(RequestError, match="a check does not read"):
            planned(SweepRequest(scenario=Path("first.yaml"), question="check", by="faults.1.lag=1h..5h"))


def test_without_a_scenario_there_is_nothing_to_run():
    """A rulebook and a runbook can only be checked."""
    request = SweepRequest(rulebook="seoch-2fa-2023", runbook="no-drain", vary=("link.lag=1s",))
    with pytest.raises(RequestError, match="give a SCENARIO, or --check"):
        planned(request)


def test_the_bounds_and_what_decided_nothing_are_told_once(folder, dcsim):
    """As `dcsim check` tells them, in text, JSON and page; a sentence that is true of one point says so."""
    given = ("--check", "--rulebook", "seoch-2fa-2023", "--runbook", "weekend.yaml", "--accounts", "1", "--ops", "1")
    given += ("--vary", "link.lag=1s,2s")
    code, out, _ = dcsim("sweep", *given, "--html", folder / "a.html")
    assert code == 0
    joined = " ".join(out.split())
    alone = " ".join(dcsim("check", *given[1:-2])[1].split())
    bounds = alone[alone.index("bounds: ") : alone.index(" engine ")]
    silent = alone[alone.index("rule that decided nothing: ") :][:40]
    scope = json.loads(dcsim("sweep", *given, "--json")[1])["scope"]
    page = html.unescape((folder / "a.html").read_text())
    for sentence in (bounds, silent):
        assert joined.count(sentence) == 1
        assert page.count(sentence) == 1
        assert [one["points"] for one in scope if one["says"].startswith(sentence)] == [2]
