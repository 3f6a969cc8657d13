"""Scenarios back to YAML."""

from datetime import datetime, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcsim.domain.account import Cell
from dcsim.domain.actions import CLIENT_ACTIONS, Administer, Write
from dcsim.domain.faults import LinkFault, OperatorSlip
from dcsim.domain.moment import Moment, moment
from dcsim.domain.runbook import Drain, Link, Reset
from dcsim.domain.scenario import ClientStep, Seen
from dcsim.files.load import load_runbook, load_scenario, load_texts
from dcsim.files.resolver import builtin_names
from dcsim.files.write import write_runbook, write_scenario
from dcsim.files.yaml_scalars import write_moment

LABELS = st.text(st.characters(codec="utf-8"), max_size=8)
TITLES = LABELS.map("title {}".format)
FIRST = {"account": st.sampled_from(["U001", "X17"]), "session-1": st.integers(0, 7_199_999)}


def plain(scenario):
    """A scenario as comparable data, without the lines that its steps were written on."""
    data = {field.name: getattr(scenario, field.name) for field in attrs.fields(type(scenario))}
    return data | {name: [attrs.evolve(item, line=0) for item in data[name]] for name in ("steps", "seen")}


def again(case, scenario):
    return load_texts({**case.texts, "scenario": write_scenario(scenario)}).scenario


def arguments(cls):
    """Any value that each argument of an action may have."""
    special = {
        "with_": st.sampled_from(["smartcard", "otp"]),
        "card": st.sampled_from(["production", "other"]),
        "otp": st.sampled_from(["right", "wrong"]),
        "otp_age": st.integers(0, 10**9),
        "record": st.just("order"),
        "user": st.sampled_from(["U001", "X*"]),
        "value": st.one_of(LABELS.filter(lambda label: label != "none"), st.integers(), st.booleans(), st.none()),
    }
    return st.fixed_dictionaries({f.name: special.get(f.name, LABELS) for f in attrs.fields(cls)})


ACTIONS = st.sampled_from(list(CLIENT_ACTIONS.values())).flatmap(lambda cls: arguments(cls).map(lambda a: cls(**a)))
MOMENTS = st.one_of(
    st.integers(0, 7_199_999).map(lambda offset: Moment("session-1", None, offset)),
    st.integers(-(10**9), 10**8).map(lambda offset: Moment("session-1", "closes", offset)),
    st.integers(0, 10**8).map(lambda ms: Moment(local=datetime(2023, 6, 10) + timedelta(milliseconds=ms))),  # noqa: DTZ001
)
STEPS = st.builds(
    ClientStep,
    at=MOMENTS,
    account=st.sampled_from(["U001", "X17", "X*"]),
    action=ACTIONS,
    takes=st.integers(0, 10**9),
    expect=LABELS.map("shown: {}".format),
).filter(lambda step: not (step.account == "X*" and isinstance(step.action, Administer)))
# Hypothesis also draws texts of the source, and its texts of examples: a text with a misspelled outcome inside.
ODD = ClientStep(
    at=Moment("session-1", None, 0), account="U001", action=CLIENT_ACTIONS["logout"](), expect="shown: refusd"
)
FAULTS = st.one_of(
    st.builds(
        LinkFault,
        link=st.sampled_from(["delay", "drop", "duplicate"]),
        account=st.sampled_from([None, "U001", "X1"]),
        nth=st.one_of(st.none(), st.integers(1, 9)),
        by=st.integers(0, 10**9),
    ),
    st.builds(
        OperatorSlip,
        operator=st.sampled_from(["skip", "repeat", "delay", "swap"]),
        step=st.sampled_from(["drain", "again", "copy"]),
        by=st.integers(0, 10**9),
    ),
)


def place(fault):
    """Where a fault happens: a file has one at each place."""
    return (fault.account, fault.nth) if isinstance(fault, LinkFault) else fault.step


def test_the_sample_reads_back_equal(samples):
    """Everything that a scenario can say survives being written."""
    case = load_scenario(samples / "scenario.yaml")
    assert plain(again(case, case.scenario)) == plain(case.scenario)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(
    steps=st.lists(STEPS, max_size=5), faults=st.lists(FAULTS, max_size=3, unique_by=place), title=TITLES, label=LABELS
)
@example(steps=[ODD], faults=[], title="title", label="")
def test_any_generated_scenario_reads_back_equal(samples_case, steps, faults, title, label):
    """Whatever an engine draws: labels of any characters, moments and durations to the millisecond."""
    changes = {"steps": tuple(steps), "faults": tuple(faults), "title": title, "label": label}
    scenario = attrs.evolve(samples_case.scenario, **changes)
    assert plain(again(samples_case, scenario)) == plain(scenario)


@pytest.fixture(scope="module")
def samples_case(request):
    return load_scenario(request.path.parent / "samples" / "scenario.yaml")


def test_every_action_is_drawn():
    """The property above speaks of all actions; this one names those that act on another."""
    assert {cls.verb for cls in CLIENT_ACTIONS.values() if issubclass(cls, Administer)} == {
        *("create-user", "suspend-user", "reinstate-user", "reset-user", "unlock-user")
    }


def test_moments_are_written_to_the_millisecond():
    """Also those on the wall clock."""
    half = Moment(local=datetime(2023, 6, 10, 20, 0, 0, 500_000))  # noqa: DTZ001
    assert moment(write_moment(half)) == half
    assert write_moment(Moment("session-1", None, 0)) == "session-1 +0s"


def runbook_data(runbook):
    """A runbook as comparable data."""
    return {field.name: getattr(runbook, field.name) for field in attrs.fields(type(runbook))}


RUNBOOKS = [*builtin_names("runbook"), *sorted(Path(__file__).parents[2].glob("scenarios/runbooks/*.yaml"))]


@pytest.mark.parametrize("name", RUNBOOKS, ids=lambda name: Path(name).stem)
def test_every_runbook_reads_back_equal(name, tmp_path):
    """Steps with their ids, moments and durations, sites in their order, and the link; twice written, the same text."""
    runbook = load_runbook(name).value
    path = tmp_path / "again.yaml"
    path.write_text(write_runbook(runbook))
    assert runbook_data(load_runbook(path).value) == runbook_data(runbook)
    assert list(load_runbook(path).value.sites) == list(runbook.sites)
    assert write_runbook(load_runbook(path).value) == path.read_text()


def test_a_runbook_of_odd_names_reads_back_equal(tmp_path, samples):
    """Labels of any characters, a constant of each type, a link that is slow and blind."""
    sample = load_runbook(samples / "runbook.yaml").value
    at = Moment("session-2", "closes", -90_000)
    resets = [
        Reset(id=f"r{n}: # ", at=at, site="primary", fields=("order", "a: b"), to=to)
        for n, to in enumerate([None, 0, 1, True, "true", "1", "", "none of 'it'\n"])
    ]
    odd = attrs.evolve(
        sample,
        title="- [not: a list]",
        link=Link(lag=1, jitter=86_400_001, apply="blind"),
        steps=(*sample.steps, *resets, Drain(id="last", at=Moment(local=datetime(2023, 6, 13)), timeout=0)),  # noqa: DTZ001
    )
    path = tmp_path / "odd.yaml"
    path.write_text(write_runbook(odd))
    assert runbook_data(load_runbook(path).value) == runbook_data(odd)


def with_start(case, **cells):
    account = case.scenario.accounts[0]
    changed = attrs.evolve(account, start=account.start.put({n: Cell(v) for n, v in cells.items()}))
    return attrs.evolve(case.scenario, accounts=(changed, *case.scenario.accounts[1:]))


@pytest.mark.parametrize(
    "cells",
    [
        {"password": "P1"},
        {"credential": 3},
        {"smartcard": "none"},
        {"status": "absent", "email": False, "channel": "x"},
        {"order": "none"},
    ],
)
def test_what_a_file_cannot_say_is_refused(samples_case, cells):
    """Better no counterexample file than one that says something else."""
    with pytest.raises(ValueError, match="cannot say"):
        write_scenario(with_start(samples_case, **cells))


@pytest.mark.parametrize("fields", [{"credential": 1}, {"smartcard": "none"}, {"channel": "none"}, {"order": "none"}])
def test_an_expectation_that_a_file_cannot_hold_is_refused(samples_case, fields):
    """`none` is the word for nothing, and no label."""
    seen = (Seen(target="monday", account="U001", fields=fields),)
    with pytest.raises(ValueError, match="cannot"):
        write_scenario(attrs.evolve(samples_case.scenario, seen=seen))


def test_a_written_value_called_none_is_refused(samples_case):
    """A step that writes it would be read as one that writes nothing."""
    step = attrs.evolve(samples_case.scenario.steps[2], action=Write(record="order", value="none"))
    with pytest.raises(ValueError, match="cannot"):
        write_scenario(attrs.evolve(samples_case.scenario, steps=(step,)))


def test_a_step_is_one_line_as_a_tester_would_write_it(samples_case):
    """Nothing is written that would be the same if left out."""
    text = write_scenario(samples_case.scenario)
    assert "  - {at: session-2 +5m, account: U001, do: change-password, from: P1, to: P2}\n" in text
    assert "  - {id: U001, kind: user, participant: B01234, email: registered, smartcard: friday}\n" in text
