"""What can be varied is computed from the files and their classes; a wrong path says what was meant."""

from pathlib import Path
from typing import get_args

import attrs
import pytest

from dcsim.domain.faults import Fault
from dcsim.domain.runbook import Link
from dcsim.files.forms import keys_of
from dcsim.usecases.request import RequestError
from dcsim.usecases.sweep import SweepRequest, paths, planned
from dcsim.usecases.sweep.settings import BOOKS, setting_of, settings_in

SCENARIO = """
scenario: x
title: x
rulebook: seoch-2fa-2023
runbook: ./weekend.yaml
accounts:
  - {id: U001, kind: user, participant: B01234, email: registered}
  - {population: 3, prefix: P, digits: 2, kind: user, email: registered}
steps:
  - {at: session-1 +5m, account: U001, do: initiate-2fa, password: P1, channel: email}
population:
  users: {count: 300, prefix: L, digits: 3}
  das: 7
  email: registered
  behaviour:
    early:
      weight: 3
      steps:
        - {at: session-1 +5m, spread: {until: session-1 closes, curve: late}, do: initiate-2fa, password: P,
           channel: email}
faults:
  - {link: delay, by: 1m}
  - {link: outage, from: session-1 +1h, until: session-1 closes}
  - {link: slow, lag: {uniform: [1s, 30s]}, from: session-1 opens, until: session-1 closes}
  - {operator: delay, step: mark, by: 5m}
  - {operator: late, by: {lognormal: {median: 1m, p99: 10m}}}
  - {site: crash, of: primary, before: activate, back: 10m}
  - {clock: fast, of: secondary, by: 1m}
  - {otp: late, by: 1m}
  - {request: slow, by: 1m}
"""


@pytest.fixture
def known(folder):
    (folder / "x.yaml").write_text(SCENARIO)
    return paths(SweepRequest(scenario=Path("x.yaml")))


@pytest.mark.parametrize(
    ("path", "now"),
    [
        ("link.lag", "2s"),
        ("link.jitter", "0s"),
        ("steps.mark.at", "session-2 opens -15m"),
        ("accounts.P.population", "3"),
        ("policies.lockout-after", "0"),
        ("rulebook.policies.lockout-after.value", "0"),
        ("sessions.session-1.closes", "2023-06-10 20:00"),
        ("faults.1.by", "1m"),
        ("faults.2.until", "session-1 closes"),
        ("faults.3.lag.uniform.2", "30s"),
        ("faults.5.by.lognormal.p99", "10m"),
        ("faults.6.back", "10m"),
        ("rules.fn3.fate", "discard"),
        ("steps.1.takes", "0s"),
        ("runbook", "./weekend.yaml"),
        ("population.users.count", "300"),
        ("population.das", "7"),
        ("population.behaviour.early.weight", "3"),
        ("population.behaviour.early.steps.1.spread.curve", "late"),
        ("population.behaviour.early.steps.1.channel", "email"),
    ],
)
def test_a_path_names_a_value(known, path, now):
    """By names and numbers, with defaults for what no file says."""
    assert setting_of(path, known).now.removeprefix("./") == now.removeprefix("./")


def test_each_key_of_each_fault_has_a_path(known):
    """Whatever a class of faults takes beside the word that says what fails."""
    names = {one.path for one in known}
    found = {key.name for cls in get_args(Fault) for key in keys_of(cls)}
    alone = {"site", "clock", "otp", "request"}  # of these there is one word, or the word says which fault it is
    for name in found - alone:
        assert any(path.startswith("scenario.faults.") and f".{name}" in path for path in names), name


def test_a_key_of_its_own_has_a_path_as_soon_as_its_class_has_it(monkeypatch):
    """Nothing is listed by hand: a new attribute of the link can be varied."""

    @attrs.frozen(kw_only=True)
    class Wider(Link):
        burst: int = attrs.field(default=5000, metadata={"duration": True})

    @attrs.frozen(kw_only=True)
    class Book:
        runbook: str = ""
        link: Wider = Wider()

    monkeypatch.setitem(BOOKS, "runbook", Book)
    made = settings_in({"runbook": "runbook: a\nlink: {lag: 9s} # new\n"})
    assert setting_of("link.burst", made).now == "5s"


WRONG = [
    ("link.lga", "did you mean 'link.lag'"),
    ("drain.timeout", "--paths lists"),
    ("", "--paths lists"),
    ("steps.mark.timeot", "--paths lists|did you mean"),
    ("title", "--paths lists"),
]


@pytest.mark.parametrize(("path", "says"), WRONG)
def test_a_wrong_path_says_what_was_meant(known, path, says):
    """Or where all are listed."""
    with pytest.raises(RequestError, match=says):
        setting_of(path, known)


def test_what_two_files_have_must_be_told_apart(folder):
    """A path that two files have is not guessed."""
    text = (folder / "weekend.yaml").read_text().replace("id: mark", "id: '1'").replace("to: mark", "to: mark")
    (folder / "weekend.yaml").write_text(text)
    (folder / "x.yaml").write_text(SCENARIO.replace("step: mark", "step: '1'"))
    known = paths(SweepRequest(scenario=Path("x.yaml")))
    with pytest.raises(RequestError, match=r"scenario\.steps\.1\.at or runbook\.steps\.1\.at"):
        setting_of("steps.1.at", known)
    assert setting_of("runbook.steps.1.at", known).book == "runbook"


def test_a_number_that_stands_for_a_mapping_has_the_path_of_the_mapping_too(folder):
    """Whether a file writes `users: 1_000` or `users: {count: 1_000}`: both paths lead to the number."""
    short = SCENARIO.replace("users: {count: 300, prefix: L, digits: 3}", "users: 1_000").replace(
        "  behaviour:", "  behaviour:\n    never-comes: 1"
    )
    (folder / "short.yaml").write_text(short)
    vary = ("population.users.count=20", "population.behaviour.never-comes.weight=4", "population.das.count=5")
    asked = planned(SweepRequest(scenario=Path("short.yaml"), vary=vary))
    text = asked.files.at(asked.swept, tuple(one.values[0] for one in asked.swept))["scenario"]
    changed = short.replace("users: 1_000", "users: 20").replace("never-comes: 1", "never-comes: 4")
    assert text == changed.replace("das: 7", "das: 5")
    (folder / "x.yaml").write_text(SCENARIO)
    long = planned(SweepRequest(scenario=Path("x.yaml"), vary=("population.users=20",)))
    assert long.swept[0].setting.path == "scenario.population.users.count"


def test_what_an_alias_shares_is_named_in_one_way(folder):
    """By its path, whose parts are numbered from 1, and not by another number beside it."""
    shared = SCENARIO.replace(
        "email: registered}\n  - {pop", "email: &e registered}\n  - {id: U002, kind: user, email: *e}\n  - {pop"
    )
    (folder / "x.yaml").write_text(shared.partition("population:\n  users")[0])
    with pytest.raises(RequestError, match=r"^'scenario.accounts.U001.email' cannot be varied: it has no place of its"):
        planned(SweepRequest(scenario=Path("x.yaml"), vary=("accounts.U001.email=none",)))


def test_a_figure_to_show_that_there_is_not_is_no_condition(folder):
    """It is an option of its own."""
    with pytest.raises(RequestError, match=r"^--show: no figure is called 'rpoo'; did you mean 'rpo'"):
        planned(SweepRequest(scenario=Path("first.yaml"), vary=("link.lag=1s",), show=("rpoo",)))
