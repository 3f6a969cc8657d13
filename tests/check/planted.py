"""Bugs planted in the core, for tests and benchmarks. Each must be found, by the invariant that was made for it.

Each takes a ``patch`` such as pytest's ``monkeypatch.setattr``: (object, name, value).
"""

import attrs

from dcsim.checker.model.clock_and_operator import Environment
from dcsim.domain.account import Cell
from dcsim.domain.action_outcome import Turned
from dcsim.domain.actions import Operate
from dcsim.domain.runbook import Close, Revert
from dcsim.semantics import client_step, mechanism, model


def aliased(patch):
    """Both sites share one record."""
    real = client_step.write

    def write(control, lane, changes):
        after = real(control, lane, changes)
        if not changes:
            return after
        record = after.store(changes[0].site)
        return attrs.evolve(after, stores=tuple((site, record) for site, _ in after.stores))

    patch(client_step, "write", write)


def leaked_counter(patch):
    """A revert leaves the failed-logon counter as it was in Session 2."""
    real = mechanism.settle

    def settle(of, before, after, action, lane):
        settled = real(of, before, after, action, lane)
        if settled.points and settled.store("secondary") != lane.store("secondary"):
            kept = {field: lane.store("secondary")[field] for field in ("failures", "locked")}
            settled = settled.with_store("secondary", settled.store("secondary").put(kept))
        return settled

    patch(mechanism, "settle", settle)


def early_copy(patch):
    """The secondary's copy is taken before Session 1 closes: what is still on the link by then is never applied."""
    real = mechanism.settle

    def settle(of, before, after, action, lane):
        settled = real(of, before, after, action, lane)
        closed = after.open != before.open and isinstance(of.step(before.todo[0]), Close)
        return attrs.evolve(settled, redo=()) if closed and not settled.points else settled

    patch(mechanism, "settle", settle)


def monday_from_secondary(patch):
    """What opens on Monday is the secondary's store as Session 2 left it."""
    real = mechanism.settle

    def settle(of, before, after, action, lane):
        settled = real(of, before, after, action, lane)
        if before.todo and of.step(before.todo[0]).id == "revert" and settled.points:
            return settled.with_store("primary", lane.store("secondary"))
        return settled

    patch(mechanism, "settle", settle)


def drain_that_does_not_wait(patch):
    """Drains end at once: if one delivery is delayed and never sent again, Session 2 opens before it arrives."""
    patch(mechanism, "_drain", lambda model, control, done, step, *_: Turned(done, step.id))
    patch(Environment, "_caught_up", lambda self, node: True)
    patch(Environment, "_stuck", lambda self, node: False)


def newest_first(patch):
    """The standby applies the newest waiting redo first."""

    def newest(lane, delivery):
        held = mechanism._MEANT.get(delivery.verdict, ("sent",))
        return next((i for i in reversed(range(len(lane.redo))) if lane.redo[i].held in held), None)

    def catch_up(model, control, lane):
        if control.other is None or control.role(control.other) != "standby":
            return lane
        for entry in lane.redo:
            if entry.held == "received":
                lane = mechanism._apply(control, lane, entry)
        return attrs.evolve(lane, redo=tuple(entry for entry in lane.redo if entry.held != "received"))

    patch(mechanism, "_judged", newest)
    patch(mechanism, "catch_up", catch_up)


def double_apply(patch):
    """Redo contains statements and not values, and is applied twice: each time the credential gets another version."""
    patch(mechanism, "_apply", _applied(_one_more))


def half_set_up(patch):
    """The standby applies only the password of an initiation."""
    patch(mechanism, "_apply", _applied(lambda _: {}, unlike=("channel", "credential")))


def counters_not_applied(patch):
    """Failed logons and locks stay where they are made."""
    patch(mechanism, "_apply", _applied(lambda _: {}, unlike=("failures", "locked")))


def origin_at_apply(patch):
    """The standby stamps applied values with the interval in which it applies them, not that of their commit."""

    def stamped(cells):
        return {field: Cell(cell.value, "after-session-1") for field, cell in cells.items()}

    patch(mechanism, "_apply", _applied(stamped))


def _applied(more, unlike=()):
    """The standby's apply, without the fields ``unlike`` and with the cells that ``more`` adds."""

    def apply(control, lane, entry):
        cells = {field: cell for field, cell in entry.cells if field not in unlike}
        store = lane.store(control.other)
        return lane.with_store(control.other, store.put({**cells, **more(cells)}))

    return apply


def _one_more(cells):
    cell = cells.get("credential")
    return {"credential": Cell(cell.value + 1, cell.origin)} if cell else {}


def older_value_wins(patch):
    """Waiting redo is merged into the entry after it, and its older values win."""
    real = client_step.write

    def write(control, lane, changes):
        after = real(control, lane, changes)
        if len(after.redo) < 2 or len(after.redo) == len(lane.redo) or lane.redo[-1].held != "sent":
            return after
        before, last = lane.redo[-1], after.redo[-1]
        merged = attrs.evolve(last, cells=tuple({**dict(last.cells), **dict(before.cells)}.items()))
        return attrs.evolve(after, redo=(*lane.redo[:-1], before, merged))

    patch(client_step, "write", write)


def half_at_the_site(patch):
    """An initiation writes its password, and not its channel."""
    real = client_step._set_up

    def _set_up(action, record):
        return {field: value for field, value in real(action, record).items() if field == "password"}

    patch(client_step, "_set_up", _set_up)


def restore_point_by_reference(patch):
    """A restore point is the store itself and not a copy of it, so a revert changes nothing."""
    real = mechanism.settle

    def settle(of, before, after, action, lane):
        settled = real(of, before, after, action, lane)
        if isinstance(action, Operate) and isinstance(of.step(before.todo[0]), Revert):
            site = of.step(before.todo[0]).site
            return settled.with_store(site, lane.store(site))
        return settled

    patch(mechanism, "settle", settle)


def closes_a_second_late(patch):
    """Sessions stay open for a second after their windows."""
    patch(model, "instant", _late("closes"))


def opens_a_second_late(patch):
    """Sessions open a second after their windows do."""
    patch(model, "instant", _late("opens"))


def _late(edge):
    """The instant of a moment, a second later for those that are an edge of a window."""
    real = model.instant
    return lambda when, book: real(when, book) + 1000 * (when.edge == edge and when.offset == 0)


def origin_at_request(patch):
    """A change counts as made when it was asked for, not when it was committed."""
    real = client_step.commit

    def commit(model, control, lane, action, by=None):
        early = attrs.evolve(model, overrides={**model.overrides, "origin-fixed-at": "request"})
        return real(early, control, lane, action, by)

    patch(client_step, "commit", commit)


def commit_unseen(patch):
    """A commit does not look whether what its request read has changed since."""
    patch(client_step, "_too_late", lambda model, control, lane, edit: "")


@attrs.frozen(eq=False)
class Bug:
    """A planted bug, the invariant that finds it after some slips and faults, and what it takes to find it.

    ``length``: the fewest acts that can break something, where the check cannot tell.
    """

    plant: object
    invariant: str
    after: tuple = ()
    faults: int = 0
    errors: int = 0
    policies: dict = attrs.field(factory=dict)
    ops: int = 1
    length: int | None = None

    @property
    def name(self):
        return self.plant.__name__.replace("_", " ")


BUGS = (
    Bug(aliased, "discarded-absent"),
    Bug(leaked_counter, "sites-agree", policies={"lockout-after": 2}),
    Bug(early_copy, "carried-arrives"),
    Bug(monday_from_secondary, "discarded-absent"),
    Bug(newest_first, "promise", ops=2),
    Bug(double_apply, "credential-same-version"),
    Bug(half_set_up, "initiation-carried-whole"),
    Bug(counters_not_applied, "sites-agree", policies={"lockout-after": 2}),
    Bug(origin_at_apply, "applied-in-order"),
    Bug(older_value_wins, "promise", ops=2),
    Bug(half_at_the_site, "set-up-whole"),
    Bug(restore_point_by_reference, "restores-baseline"),
    Bug(closes_a_second_late, "logon-in-window"),
    Bug(opens_a_second_late, "window-served"),
    Bug(origin_at_request, "one-origin", policies={"in-flight-at-close": "commit"}),
    Bug(drain_that_does_not_wait, "opens-caught-up", after=("link delay", "skip resend"), faults=1, errors=1),
)

BEYOND = (Bug(commit_unseen, "no-lost-update", length=2),)
"""Bugs in acts that take time. The default policies leave these acts out of the check's alphabet, so the fuzzer and the
scenarios find them. It takes two acts for one to overtake the other.
"""
