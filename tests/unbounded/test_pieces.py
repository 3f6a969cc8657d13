"""Into how many pieces redo is divided: each step that must be a cut is one, and what needs none is none."""

import attrs
import pytest
from any_and_bounded import exactly

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.tables import Tables
from dcsim.checker.model import redo_pieces
from dcsim.checker.model.point import GONE
from dcsim.checker.model.weekend import Weekend
from dcsim.domain.runbook import STEPS
from dcsim.files.load import load_texts
from dcsim.semantics.model import Model

RULEBOOK = """
rulebook: pieces
version: 1
title: Two records
timezone: UTC
source: {title: made up}
accounts: {u: {}}
records: [f, g]
sessions:
- {name: s1, site: a, opens: 2026-01-10 08:00, closes: 2026-01-10 08:20, logon: [smartcard], changes: [f, g],
   citation: {place: x}}
- {name: s2, site: b, opens: 2026-01-10 10:00, closes: 2026-01-10 11:00, logon: [], changes: [], citation: {place: x}}
rules: []
"""
RUNBOOK = """
runbook: pieces
version: 1
title: Redo that was committed before a look at the standby arrives before a step, or after it, or never
sites: {a: primary, b: standby}
link: {lag: 40m, apply: checked}
steps:
- {id: before, do: restore-point, site: b, name: before, at: 2026-01-10 07:30}
- {id: open, do: open, session: s1, site: a, at: 2026-01-10 08:00}
- {id: look, do: restore-point, site: b, name: look, at: 2026-01-10 08:20}
- {id: close, do: close, session: s1, at: 2026-01-10 08:20}
- {id: step, at: 2026-01-10 08:30, STEP}
"""
SCENARIO = """
scenario: pieces
title: One user
rulebook: ./rulebook.yaml
runbook: ./runbook.yaml
accounts:
- {id: U1, kind: u, participant: p, smartcard: C1}
"""
CUTS = {
    "restore-point": "site: b, name: here",
    "activate": "site: b",
    "fail-over": "",
    "reset": "site: b, fields: [f, g], to: X",
    "flashback": "site: b, to: before",
    "copy": "source: b, target: a",
}
NO_CUTS = {
    "drain": "timeout: 5m, on-timeout: proceed",
    "resend": "",
    "switch": "",
    "restore-point": "site: a, name: here",
    "reset": "site: a, fields: [f, g], to: X",
}


def weekend(verb, given, ops, records="f, g", apply="checked", **bounds):
    """A user who may write some records, and a runbook with one step of a kind."""
    runbook = RUNBOOK.replace("STEP", ", ".join(filter(None, (f"do: {verb}", given)))).replace("checked", apply)
    case = load_texts({"rulebook": RULEBOOK.replace("f, g", records), "runbook": runbook, "scenario": SCENARIO})
    return Weekend(Model(case.rulebook, case.runbook), case.scenario.accounts, ops, **bounds)


def reached(of):
    """Each point with each lane that is reached there and has nothing on the link."""
    closure = Closure(Tables(of), Budget(seconds=10)).run()
    places, lanes = closure.tables.places, of.table.lanes
    found = {(places[place].control, places[place].lanes[lane]) for _, place, lane in closure.pairs}
    resting = {(point, lanes[node[0]]) for point, node in found if node != GONE}
    return {(point, lane) for point, lane in resting if not any(entry.held == "sent" for entry in lane.redo)}


def lost(verb, given, ops, **bounds):
    """What some operations reach, with redo entry by entry, and any number of them with composed redo does not."""
    within, anyhow = (exactly(weekend(verb, given, most, **bounds)) for most in (ops, None))
    return reached(within) - reached(attrs.evolve(anyhow, composes=True))


@pytest.mark.parametrize("verb", CUTS)
def test_a_step_that_must_be_a_cut_is_one(verb, monkeypatch):
    """Redo may arrive in part before the step, and in part after it. If the step were no cut, this would be lost."""
    assert lost(verb, CUTS[verb], 2) == set()
    real, kind = redo_pieces.cuts, STEPS[verb]
    monkeypatch.setattr(redo_pieces, "cuts", lambda control, step: not isinstance(step, kind) and real(control, step))
    assert lost(verb, CUTS[verb], 2)


@pytest.mark.parametrize("verb", NO_CUTS)
def test_nothing_is_lost_where_a_step_is_no_cut(verb):
    """Whether redo arrives before or after a step that asks nothing of the far site makes no difference later."""
    assert lost(verb, NO_CUTS[verb], 2) == set()


@pytest.mark.parametrize("apply", ["checked", "blind"])
@pytest.mark.parametrize("verb", ["restore-point", "activate", "copy", "resend", "switch"])
def test_nothing_is_lost_where_a_fault_befalls_an_entry(verb, apply):
    """With one fault of the link, all that single entries reach is reached by entries of which it is foreseen."""
    assert lost(verb, (NO_CUTS | CUTS)[verb], 3, records="f", apply=apply, faults=1) == set()
