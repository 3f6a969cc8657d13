"""Counterexamples in the Informal Trace Format, with one state for each event, written and read back."""

import json
from importlib.resources import files

import pytest

from dcsim.domain.moment import epoch
from dcsim.files.load import load_rulebook, load_runbook, load_scenario
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.itf import VARIABLES, Map, decode, encode, history, read_itf, write_itf


@pytest.fixture(scope="module")
def counterexample(tmp_path_factory):
    """The first scenario under failback-copy, with its trace."""
    path = tmp_path_factory.mktemp("itf") / "first.yaml"
    path.write_text((files("dcsim.builtin") / "first.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    case = load_scenario(path, runbook="failback-copy")
    model = Model(case.rulebook, case.runbook, case.scenario.policies)
    return model, case.scenario, simulate(model, case.scenario)


def test_it_reads_back_equal(counterexample):
    """What is written as JSON reads back to the states of the trace."""
    data = json.loads(json.dumps(write_itf(*counterexample)))
    back = read_itf(data)
    assert back.variables == VARIABLES
    assert back.states == history(*counterexample)
    assert back.meta == data["#meta"]


def test_there_is_a_state_for_the_beginning_and_one_for_each_event(counterexample):
    """The states are numbered from 0, and each has every variable and nothing else."""
    trace, states = counterexample[2], write_itf(*counterexample)["states"]
    assert [state["#meta"] for state in states] == [{"index": n} for n in range(len(trace.events) + 1)]
    assert all(set(state) == {"#meta", *VARIABLES} for state in states)


def test_it_says_what_is_broken_and_by_which_words_of_the_source(counterexample):
    """The header names the invariant, its rules with their citations, and the state in which it breaks first."""
    about = write_itf(*counterexample)["#meta"]
    first = counterexample[2].broken[0]
    assert (about["format"], about["status"], about["invariant"]) == ("ITF", "violation", "discarded-absent")
    assert "fn3" in about["rules"]
    assert any("NOT be carried forward" in citation for citation in about["citations"])
    assert about["state"] == first.event
    states = history(*counterexample)
    assert [n for n, state in enumerate(states) if "discarded-absent" in state["broken"]] == [first.event]


def test_the_states_are_the_worlds(counterexample):
    """The states contain what the stores hold before, in and after Session 2."""
    model, _, _ = counterexample
    states = read_itf(write_itf(*counterexample)).states
    first, last = states[0], states[-1]
    assert first["stores"]["U001"]["primary"]["password"] == {"value": None, "origin": "baseline"}
    assert first["open"] == frozenset()
    assert first["roles"] == {"primary": "primary", "secondary": "standby"}
    opened = next(s for s in states if s["open"] == {("session-2", "secondary")})
    assert opened["now"] == epoch(model.session("session-2").opens, model.rulebook)
    assert opened["interval"] == "session-2"
    assert last["stores"]["U001"]["primary"]["password"] == {"value": "P2", "origin": "session-2"}
    sent = next(s for s in states if s["redo"]["U001"])
    assert sent["redo"]["U001"][0]["held"] == "sent"


def test_whole_numbers_are_tagged(counterexample):
    """No state contains a plain JSON number, whose size some readers limit, and none contains null."""
    for state in write_itf(*counterexample)["states"]:
        for variable in VARIABLES:
            assert not list(bare(state[variable]))


def bare(value):
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from bare(item)


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        2**70,
        True,
        False,
        None,
        "x",
        (),
        (1, "a"),
        frozenset({(1, 2), (3, 4)}),
        Map({(1, 2): None}),
        [],
        {"a": 1},
    ],
)
def test_every_sort_of_value_reads_back(value):
    """Each value reads back equal and with its type: true is not 1, a tuple is not a list."""
    back = decode(json.loads(json.dumps(encode(value))))
    assert back == value
    assert type(back) is type(value)


def test_a_trace_of_another_model_is_refused(counterexample):
    """Under another runbook the trace's actions have other results, and the trace is refused."""
    _, scenario, trace = counterexample
    other = under("snapshot-standby")
    with pytest.raises(ValueError, match="another result"):
        history(other, scenario, trace)


def under(name):
    return Model(load_rulebook("seoch-2fa-2023").value, load_runbook(name).value)


@pytest.mark.parametrize("data", [[], {}, {"#meta": {}, "vars": ["a"], "states": [{}]}, {"vars": 1}])
def test_what_is_no_itf_is_refused(data):
    """A file of another format is a ValueError, not a crash."""
    with pytest.raises(ValueError, match="not ITF"):
        read_itf(data)


def test_a_trace_without_a_violation_says_so(counterexample):
    """The trace of a run that breaks nothing has the status ok and no invariant."""
    _, scenario, _ = counterexample
    model = under("snapshot-standby")
    about = write_itf(model, scenario, simulate(model, scenario))["#meta"]
    assert about["status"] == "ok"
    assert "invariant" not in about
