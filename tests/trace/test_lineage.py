"""Where values came from and where they were lost, held against the states of the run that ITF writes."""

from pathlib import Path

import pytest

from dcsim.files.disk import discover
from dcsim.files.load import load_scenarios
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.itf import history
from dcsim.trace.lineage import last_seen, lineage, stages_of

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FOLDERS = ("failure-modes", "open-questions", "asx-24-bcp", "eurex-t7-dr", "mcx-launch", "how-to")
FILES = discover([SCENARIOS / folder for folder in FOLDERS])
WRONG = ("failback-copy", "restore-friday", "no-drain", "stale-restore-point")


def weekends(path):
    """The run of a scenario, and of the same under wrong runbooks: the model, the recorder, the states."""
    for runbook in (None, *(WRONG if path.parent.name == "open-questions" else ())):
        case = load_scenarios(path, runbook=runbook)[0]
        model, kept = Model(case.rulebook, case.runbook, case.scenario.policies), []
        start = min(at for at, _ in model.ticks) - 10**9
        trace = simulate(model, case.scenario, tracing=True, looks=[(start, kept.append)])
        yield model, kept[0], history(model, case.scenario, trace), trace


def accounts(recorder):
    return [recorder.roster.name(number) for number in range(recorder.roster.size)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_chain_ends_at_the_event_that_made_the_value(path):
    """The act changed the field to the value; or an operator set it; or it stood there at the beginning. Each earlier
    link stands before the later one.
    """
    for model, recorder, states, trace in weekends(path):
        for account in accounts(recorder):
            stages = stages_of(recorder, account)
            for site in model.sites:
                for field, cell in states[-1]["stores"][account][site].items():
                    chain = lineage(model, stages, site, field)
                    assert (chain[0].cell.value, chain[0].cell.origin) == (cell["value"], cell["origin"])
                    numbers = [arrival.event.n if arrival.event else 0 for arrival in chain]
                    assert numbers == sorted(numbers, reverse=True)
                    made_by(states, account, field, cell, trace.events[numbers[-1] - 1] if numbers[-1] else None)


def made_by(states, account, field, cell, event):
    if event is None:
        assert any(cell == store[field] for store in states[0]["stores"][account].values())
    elif cell["origin"] == "operator":
        assert event.actor == "operator"
    else:
        after = [change.after for change in event.changes if change.field == field]
        assert [(one.value, one.origin) for one in after] == [(cell["value"], cell["origin"])], event


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_value_is_lost_at_the_event_after_which_no_store_has_it(path):
    """For each value that a store ever held, by the states of the run."""
    for model, recorder, states, _ in weekends(path):
        for account in accounts(recorder):
            stages = stages_of(recorder, account)
            for site in model.sites:
                held = [state["stores"][account][site] for state in states]
                for field in held[0]:
                    for value, origin in {(h[field]["value"], h[field]["origin"]) for h in held}:
                        there = [
                            n for n, h in enumerate(held) if (h[field]["value"], h[field]["origin"]) == (value, origin)
                        ]
                        cell = next(s.lane.store(site)[field] for s in stages if same(s, site, field, value, origin))
                        event = last_seen(stages, field, cell, site=site).event
                        assert (event.n if event else len(states)) == there[-1] + 1


def same(stage, site, field, value, origin):
    cell = stage.lane.store(site)[field]
    return (type(cell.value), cell.value, cell.origin) == (type(value), value, origin)
