"""Bugs planted in the core, for tests and benchmarks: each must be found, and by the invariant made for it.

Each takes a ``patch`` such as pytest's ``monkeypatch.setattr``: (object, name, value).
"""

import attrs

from dcsim.check.spine import Spine
from dcsim.domain.outcome import Turned
from dcsim.domain.runbook import Close
from dcsim.semantics import client, mechanism


def aliased(patch):
    """Both sites share one record."""
    real = client.write

    def write(control, lane, changes):
        after = real(control, lane, changes)
        if not changes:
            return after
        record = after.store(changes[0].site)
        return attrs.evolve(after, stores=tuple((site, record) for site, _ in after.stores))

    patch(client, "write", write)


def leaked_counter(patch):
    """A revert leaves the failed-logon counter as it was in Session 2."""
    real = mechanism.settle

    def settle(model, before, after, action, lane):
        settled = real(model, before, after, action, lane)
        if settled.points and settled.store("secondary") != lane.store("secondary"):
            kept = {field: lane.store("secondary")[field] for field in ("failures", "locked")}
            settled = settled.with_store("secondary", settled.store("secondary").put(kept))
        return settled

    patch(mechanism, "settle", settle)


def early_copy(patch):
    """The secondary's copy is taken before Session 1 closes: what is still on the link by then is never applied."""
    real = mechanism.settle

    def settle(model, before, after, action, lane):
        settled = real(model, before, after, action, lane)
        closed = after.open != before.open and isinstance(model.step(before.todo[0]), Close)
        return attrs.evolve(settled, redo=()) if closed and not settled.points else settled

    patch(mechanism, "settle", settle)


def monday_from_secondary(patch):
    """What opens on Monday is the secondary's store as Session 2 left it."""
    real = mechanism.settle

    def settle(model, before, after, action, lane):
        settled = real(model, before, after, action, lane)
        if before.todo and model.step(before.todo[0]).id == "revert" and settled.points:
            return settled.with_store("primary", lane.store("secondary"))
        return settled

    patch(mechanism, "settle", settle)


def drain_that_does_not_wait(patch):
    """Drains are content at once: with one delivery held up and never sent again, Session 2 opens behind."""
    patch(mechanism, "_drain", lambda model, control, done, step, *_: Turned(done, step.id))
    patch(Spine, "_caught_up", lambda self, node: True)
    patch(Spine, "_stuck", lambda self, node: False)


@attrs.frozen(eq=False)
class Bug:
    """A planted bug, the invariant that finds it after some slips and faults, and what it takes to find it."""

    plant: object
    invariant: str
    after: tuple = ()
    faults: int = 0
    errors: int = 0
    policies: dict = attrs.field(factory=dict)

    @property
    def name(self):
        return self.plant.__name__.replace("_", " ")


BUGS = (
    Bug(aliased, "discarded-absent"),
    Bug(leaked_counter, "sites-agree", policies={"lockout-after": 2}),
    Bug(early_copy, "carried-arrives"),
    Bug(monday_from_secondary, "discarded-absent"),
    Bug(drain_that_does_not_wait, "opens-caught-up", after=("link delay", "skip resend"), faults=1, errors=1),
)
