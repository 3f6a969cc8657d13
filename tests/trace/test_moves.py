"""What events moved, held against the states of the run that ITF writes: applied one after the other, the moves give
each state; and no move says what is not so.
"""

from pathlib import Path

import pytest

from dcsim.domain.runbook import RestorePoint
from dcsim.files.disk import discover
from dcsim.files.load import load_scenarios
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.itf import history
from dcsim.trace.moves import RedoMove

ROOT = Path(__file__).parents[2] / "scenarios"
FILES = discover([ROOT])
WRONG = ("failback-copy", "restore-friday", "no-drain", "stale-restore-point")


def runs(path):
    """The runs of a scenario, and of the same under wrong runbooks: the runbook, the trace and its states."""
    for runbook in (None, *(WRONG if path.parent.name == "open-questions" else ())):
        for case in load_scenarios(path, runbook=runbook):
            model = Model(case.rulebook, case.runbook, case.scenario.policies)
            trace = simulate(model, case.scenario, tracing=True)
            yield case, trace, history(model, case.scenario, trace)


class World:
    """A state that moves are applied to: cells by account, place and field; entries by account, number and copy."""

    def __init__(self, state):
        self.cells = {
            (account, site, "", field): shown(cell)
            for account, stores in state["stores"].items()
            for site, fields in stores.items()
            for field, cell in fields.items()
        }
        self.redo = {account: {} for account in state["redo"]}
        self.roles = dict(state["roles"])
        self.open = set(state["open"])
        self.interval = state["interval"]
        self.down = set(state["down"])

    def apply(self, event, state):
        """Apply the moves of an event. Where a move names only some of its accounts, the next state tells the others:
        also of a restore point, which takes what the store holds.
        """
        self.next = state
        for move in event.moves:
            getattr(self, type(move).__name__)(event, move)

    def CellMove(self, event, move):
        before, after = shown(move.before), shown(move.after)
        assert before != after, move

        def fits(account):
            becomes = shown(self.next["stores"][account][move.place.site][move.field])
            return self.cells.get(at(account, move), (None,)) == before and becomes == after

        for account in self.accounts(event, move, fits):
            assert self.cells.get(at(account, move), (None,)) == before, move
            self.cells[at(account, move)] = after

    def RedoMove(self, event, move):
        key, cells = (move.number, move.copy), {field: shown(cell) for field, cell in move.cells}
        was = None if move.before == "" else (move.before, cells)
        for account in self.accounts(event, move, lambda a: self.redo[a].get(key) == was):
            assert self.redo[account].get(key) == was, move
            self.redo[account][key] = (move.after, cells)
            if move.after in ("applied", "ignored", "cleared"):
                del self.redo[account][key]

    def ControlMove(self, _, move):
        if move.what == "role":
            assert self.roles[move.site] == move.before
            self.roles[move.site] = move.after
        elif move.what == "interval":
            assert self.interval == move.before
            self.interval = move.after
        elif move.what == "session":
            change = self.open.add if (move.before, move.after) == ("closed", "open") else self.open.remove
            change((move.name, move.site))
        elif move.what == "up-or-down":
            change = self.down.add if (move.before, move.after) == ("up", "down") else self.down.remove
            change(move.name)
        elif move.what != "step":
            assert (move.what, move.after) in (("restore-point", "taken"), ("runbook", "aborted")), move

    def accounts(self, event, move, fits):
        """The accounts that a move is about: the event's; those that it names; or of many, those that it fits."""
        if event.account:
            assert (move.accounts, move.examples) == (1, ())
            return [event.account]
        assert len(set(move.examples)) == min(3, move.accounts)
        if move.accounts <= 3:
            return move.examples
        fitting = [account for account in self.redo if fits(account)]
        assert (len(fitting), tuple(fitting[:3])) == (move.accounts, move.examples)
        return fitting

    def matches(self, state):
        stores = {
            account: {
                site: {field: self.cells[account, site, "", field] for field in fields}
                for site, fields in stores.items()
            }
            for account, stores in state["stores"].items()
        }
        assert stores == {
            account: {site: {field: shown(cell) for field, cell in fields.items()} for site, fields in stores.items()}
            for account, stores in state["stores"].items()
        }
        assert {account: list(entries.values()) for account, entries in self.redo.items()} == {
            account: [(e["held"], {f: shown(c) for f, c in e["cells"].items()}) for e in entries]
            for account, entries in state["redo"].items()
        }
        assert (self.roles, self.open, self.interval) == (dict(state["roles"]), set(state["open"]), state["interval"])
        assert self.down == set(state["down"])


def at(account, move):
    return account, move.place.site, move.place.name, move.field


def shown(cell):
    """A cell with the type of its value: 1 is not yes."""
    if cell is None:
        return (None,)
    value, origin = (cell["value"], cell["origin"]) if isinstance(cell, dict) else (cell.value, cell.origin)
    return type(value).__name__, value, origin


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_moves_lead_from_each_state_to_the_next(path):
    """Stores, redo in its order, roles, what is open and the interval, for every account and event. What is left of a
    move's `before` is what was there.
    """
    for _, trace, states in runs(path):
        world = World(states[0])
        world.matches(states[0])
        for event, state in zip(trace.events, states[1:], strict=True):
            world.apply(event, state)
            world.matches(state)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_restore_point_holds_what_the_store_held(path):
    """When it was taken last."""
    for case, trace, states in runs(path):
        steps = {step.id: step for step in case.runbook.steps}
        world = World(states[0])
        for event, state in zip(trace.events, states[1:], strict=True):
            world.apply(event, state)
            step = steps.get(event.step)
            if isinstance(step, RestorePoint) and event.outcome == "moved" and event.says == step.id:
                for account, stores in state["stores"].items():
                    for field, cell in stores[step.site].items():
                        assert world.cells[account, step.site, step.name, field] == shown(cell)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_event_of_the_operator_names_its_step(path):
    """So that a reader can look it up in the runbook; no other event names one."""
    for case, trace, _ in runs(path):
        steps = {step.id for step in case.runbook.steps}
        for event in trace.events:
            left = event.outcome != "refused nothing-to-do"
            assert (event.step in steps) == (event.actor == "operator" and left), event
            if event.outcome == "moved" and event.actor == "operator":
                assert event.step in event.says


SLIPS = {
    "m23-skipped-copy": [("copy-2fa", "dropped")],
    "m23-repeated-mark-survived": [("mark", "repeated")],
    "m23-delayed-mark": [("mark", "delayed")],
    "m23-swapped-close": [("revert", "brought forward")],
    "m02-drain-gives-up": [],
    "m02-drop-beyond-repair": [
        (step, "dropped") for step in ("resend", "mark", "activate", "open-session-2", "close-session-2", "revert")
    ],
}
"""What became of steps to come, by scenario."""


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_moves_steps(name):
    """What the operator leaves out, does twice, late or too early; a step that is taken is no such move."""
    ((_, trace, _),) = runs(ROOT / "failure-modes" / f"{name}.yaml")
    moves = [(move.name, move.after) for event in trace.events for move in event.moves if what(move) == "step"]
    assert moves == SLIPS[name]


def what(move):
    return getattr(move, "what", "")


ENDS = {
    "access-copied-in": (False, "cleared", "operator"),
    "m01-forced-fail-over": (False, "cleared", "operator"),
    "m17-redo-applied-twice": (True, "applied", "link"),
    "m17-redo-applied-twice-survived": (True, "ignored", "link"),
}
"""How an entry left the link, other than by being applied in its turn: whether it was a copy, and who did it."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_entry_leaves_the_link_in_one_of_three_ways(path):
    """A copy of the whole site and a forced fail-over clear it, a checked standby ignores a copy, and all else is
    applied: then the other site holds what the entry carries, unless a later entry says otherwise.
    """
    ends = set()
    for _, trace, states in runs(path):
        for event, state in zip(trace.events, states[1:], strict=True):
            redo = [move for move in event.moves if isinstance(move, RedoMove)]
            left = [move for move in redo if move.after in ("applied", "ignored", "cleared")]
            ends |= {(m.copy, m.after, event.actor) for m in left if m.copy or m.after != "applied"}
            for move in (m for m in left if m.after == "applied" and m.accounts == 1):
                account = event.account or move.examples[0]
                later = {field for m in left if m.after == "applied" for field, _ in m.cells if m is not move}
                stores = state["stores"][account].values()
                for field, cell in move.cells:
                    assert field in later or any(shown(store[field]) == shown(cell) for store in stores)
    if path.parent.name != "eurex-t7-dr":
        assert ends == ({ENDS[path.stem]} if path.stem in ENDS else set())
