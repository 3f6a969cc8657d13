"""The step: what is told when a session opens, what is forgotten when it is over, and what is asked at a tick."""

import attrs
import pytest

from dcsim.domain.account import Account, Cell, Profile, Record
from dcsim.domain.action_outcome import Change
from dcsim.domain.actions import Operate, Tick
from dcsim.domain.moment import moment
from dcsim.domain.runbook import Close, Drain, Open, Switch
from dcsim.domain.world import Todo
from dcsim.files.load import load_rulebook, load_runbook
from dcsim.semantics.intent import permit
from dcsim.semantics.model import Model, first_control, first_lane
from dcsim.semantics.promise import check_record
from dcsim.semantics.step import control_step, settle

BOOK, RUN = load_rulebook("seoch-2fa-2023").value, load_runbook("snapshot-standby").value
AT = moment("session-1 opens")
STEPS = (
    Open(id="open", at=AT, session="monday", site="primary"),
    Close(id="close", at=AT, session="session-1"),
)
OF = Model(BOOK, attrs.evolve(RUN, steps=STEPS))
START = first_lane(OF, Account("U", Profile("user"), Record(smartcard=Cell("C0"))))


def control(step, now, **fields):
    return attrs.evolve(first_control(OF), interval=BOOK.order[now], todo=(Todo(step),), **fields)


def taken(before, lane):
    action = Operate()
    return settle(OF, before, control_step(OF, before, action, lambda: False), action, lane)


@pytest.mark.parametrize(("found", "did"), [("C0", "did not carry it"), ("C1", "carried it"), (None, "")])
def test_what_a_runbook_made_of_an_open_question_is_told_where_its_target_opens(found, did):
    """With the change and what was found; nothing, where what was found is neither, or nothing was open."""
    made = Change("change-smartcard-password", "smartcard", Cell("C0"), Cell("C1", "session-1"), "primary")
    lane = attrs.evolve(START, ledger=permit(BOOK, "user", START.ledger, made))
    lane = lane.with_store("primary", lane.store("primary").put({"smartcard": Cell(found, "session-1")}))
    notices = [n for n in taken(control(0, "monday"), lane).notices if n.kind == "open-cell"]
    assert len(notices) == bool(did)
    assert all(f"this runbook {did}: {found}" in n.says for n in notices)
    assert taken(control(0, "monday"), START).notices == ()


@pytest.mark.parametrize(("now", "left"), [("session-1", True), ("after-session-1", False)])
def test_what_was_permitted_in_a_session_is_forgotten_when_it_is_over(now, left):
    """Closed within its window it may open again; a session to which nothing falls back is forgotten after it."""
    book = attrs.evolve(BOOK, rules=())
    of = attrs.evolve(OF, rulebook=book)
    made = Change("register-email", "email", Cell(False), Cell(True, "session-1"), "primary")
    lane = attrs.evolve(START, ledger=permit(book, "user", START.ledger, made))
    before = control(1, now, open=(("session-1", "primary"),), opened=("session-1",))
    after = settle(of, before, control_step(of, before, Operate(), lambda: False), Operate(), lane).lane
    assert bool(after.ledger.of("session-1")) is left


def test_a_tick_is_not_the_step_that_comes_next():
    """Whether the standby is ready is asked when production opens, and not when the clock passes an edge before."""
    roles = (("primary", "primary"), ("secondary", "snapshot-standby"))
    before = control(0, "after-session-2", roles=roles)
    for action, told in ((Tick("monday", "opens"), []), (Operate(), ["standby-ready"])):
        found = control_step(OF, before, action, lambda: False).violations
        assert [v.invariant for v in found if v.invariant == "standby-ready"] == told


@pytest.mark.parametrize(("verb", "refused"), [("drain", []), ("switch", ["step-refused"])])
def test_a_drain_that_waits_is_not_refused(verb, refused):
    """A switch with an account behind is refused, and is told; a drain waits for it, and its step is still to come."""
    steps = (Drain(id="drain", at=AT, timeout=1000), Switch(id="switch", at=AT))
    of = Model(BOOK, attrs.evolve(RUN, steps=steps))
    before = attrs.evolve(first_control(of), todo=(Todo([step.verb for step in steps].index(verb)),))
    step = control_step(of, before, Operate(), lambda: True)
    assert [notice.kind for notice in step.notices] == refused
    assert bool(step.control.todo) == (not refused)


def test_a_value_that_nobody_asked_for_is_wrong_although_no_rule_speaks_of_its_field():
    """What nobody changed holds what it held at the start, and a change of it is told once."""
    assert check_record(OF, START, "session-1", "primary") == (START, ())
    changed = START.with_store("primary", START.store("primary").put({"smartcard": Cell("C9", "operator")}))
    after, wrong = check_record(OF, changed, "session-1", "primary")
    assert [violation.where.split()[0] for violation in wrong] == ["smartcard"]
    assert check_record(OF, after, "session-1", "primary")[1] == ()
