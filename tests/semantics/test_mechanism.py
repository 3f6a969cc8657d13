"""The mechanism: the link's verdicts as a table, and the operator's steps."""

import attrs
import pytest

from dcsim.domain.account import Account, Cell, Profile, Record
from dcsim.domain.action_outcome import Blocked, Turned
from dcsim.domain.actions import Deliver, Operate, Slip
from dcsim.domain.moment import moment
from dcsim.domain.runbook import Activate, Close, Drain, FailOver, Open, Reset, RestorePoint, Revert, Switch
from dcsim.domain.world import Redo
from dcsim.files.load import load_rulebook, load_runbook
from dcsim.semantics.mechanism import behind, deliver, settle, turn
from dcsim.semantics.model import Model, first_control, first_lane

BOOK, RUN = load_rulebook("seoch-2fa-2023").value, load_runbook("snapshot-standby").value
AT = moment("session-1 opens")


def model(*steps, apply="checked"):
    book = attrs.evolve(RUN, steps=steps or RUN.steps, link=attrs.evolve(RUN.link, apply=apply))
    return Model(BOOK, book)


def entry(value, held="sent"):
    return Redo((("password", Cell(value, "session-1")),), held)


def lane(of, *redo):
    start = first_lane(of, Account("U", Profile("user"), Record()))
    return attrs.evolve(start, redo=redo)


# apply | entries on the link (value:held) | verdicts, in order | standby holds | entries left
LINK = """
checked | 1:sent                | pass                  | 1    |
checked | 1:sent 2:sent         | pass pass             | 2    |
checked | 1:sent                | drop                  | None | 1:lost
checked | 1:sent 2:sent         | drop pass             | None | 1:lost 2:received
checked | 1:sent 2:sent         | drop pass resend pass | 2    |
checked | 1:sent 2:sent         | delay pass            | None | 1:late 2:received
checked | 1:sent 2:sent         | delay pass resend pass| 2    |
checked | 1:sent                | duplicate             | 1    | 1:again
checked | 1:sent 2:sent         | duplicate pass again  | 2    |
blind   | 1:sent 2:sent         | drop pass             | 2    | 1:lost
blind   | 1:sent 2:sent         | drop pass resend pass | 1    |
blind   | 1:sent 2:sent         | duplicate pass again  | 1    |
blind   | 1:sent 2:sent         | delay pass resend pass| 1    |
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in LINK.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[2]}")
def test_the_link(row):
    """A checked standby applies once and in order, whatever the link does; a blind one does not."""
    apply, redo, verdicts, holds, left = row
    of = model(apply=apply)
    here = lane(of, *(entry(*word.split(":")) for word in redo.split()))
    for verdict in verdicts.split():
        here, _, _ = deliver(of, first_control(of), here, Deliver(verdict))
    assert str(here.store("secondary").password.value) == holds
    assert " ".join(f"{e.cells[0][1].value}:{e.held}" for e in here.redo) == left


def test_a_snapshot_standby_receives_and_does_not_apply():
    """Redo that arrives while the standby is open for changes waits until it is turned back."""
    of = model(
        RestorePoint(at=AT, site="secondary", name="p"),
        Activate(at=AT, site="secondary"),
        Revert(at=AT, site="secondary", to="p"),
    )
    control, here = first_control(of), lane(of, entry("1"))
    for step in range(2):
        after = turn(of, control, Operate(), lambda: False).control
        here, control = settle(of, control, after, Operate(), here), after
        if step == 1:
            here, _, _ = deliver(of, control, here, Deliver())
    assert here.store("secondary").password.value is None
    assert behind(here)
    after = turn(of, control, Operate(), lambda: False).control
    here = settle(of, control, after, Operate(), here)
    assert here.store("secondary").password.value == "1"
    assert not behind(here)


OPEN_1 = Open(at=AT, session="session-1", site="primary")
# the steps of a runbook, and what becomes of the last: its code, or done
STEPS = {
    "a standby cannot serve": ([Open(at=AT, session="session-2", site="secondary")], "read-only"),
    "a session opens once at a site": ([OPEN_1, OPEN_1], "open-already"),
    "what is not open cannot close": ([Close(at=AT, session="session-1")], "not-open"),
    "a primary is no standby": ([Activate(at=AT, site="primary")], "not-a-standby"),
    "a standby is no snapshot standby": ([Revert(at=AT, site="secondary", to="p")], "not-a-snapshot-standby"),
    "a point must have been taken": (
        [Activate(at=AT, site="secondary"), Revert(at=AT, site="secondary", to="p")],
        "no-such-point",
    ),
    "no switch while a session is open": ([OPEN_1, Switch(at=AT)], "serving"),
    "a caught-up standby can take over": ([Switch(at=AT)], "done"),
    "a forced failover is always possible": ([OPEN_1, FailOver(at=AT)], "done"),
}


@pytest.mark.parametrize("name", STEPS)
def test_what_the_sites_refuse_the_operator(name):
    """A step that the sites cannot take is refused with its code, and the runbook goes on."""
    steps, code = STEPS[name]
    of = model(*steps)
    control = first_control(of)
    for _ in steps:
        outcome = turn(of, control, Operate(), lambda: False)
        control = outcome.control
    assert (outcome.code if isinstance(outcome, Blocked) else "done") == code
    assert control.todo == ()


def test_a_drain_waits_and_a_timeout_does_what_the_runbook_says():
    """Behind: it waits. Timed out: abort ends the runbook, proceed goes on, an id skips to that step."""
    then = (attrs.evolve(OPEN_1, id="a"), attrs.evolve(OPEN_1, id="b"))
    for on_timeout, left in (("abort", 0), ("proceed", 2), ("b", 1)):
        of = model(Drain(id="d", at=AT, on_timeout=on_timeout), *then)
        waits = turn(of, first_control(of), Operate(), lambda: True)
        assert isinstance(waits, Blocked)
        assert waits.control == first_control(of)
        after = turn(of, waits.control, Operate(timed_out=True), lambda: True)
        assert isinstance(after, Turned)
        assert len(after.control.todo) == left
        assert after.control.halted is (on_timeout == "abort")


def test_the_operators_slips():
    """Skip drops the next step, repeat doubles it, swap exchanges it with its successor, delay marks it late."""
    of = model(attrs.evolve(OPEN_1, id="a"), Close(id="b", at=AT, session="session-1"))
    for error, steps in (("skip", [1]), ("repeat", [0, 0, 1]), ("swap", [1, 0]), ("delay", [0, 1])):
        control = turn(of, first_control(of), Slip(error), lambda: False).control
        assert [todo.step for todo in control.todo] == steps
        assert control.todo[0].late == (error == "delay")


def test_a_forced_failover_loses_what_was_not_applied():
    """The recovery point of a failover is what the standby had applied."""
    of = model(FailOver(at=AT))
    control = first_control(of)
    after = turn(of, control, Operate(), lambda: True).control
    here = settle(of, control, after, Operate(), lane(of, entry("1")))
    assert here.redo == ()
    assert after.production == "secondary"
    assert here.store("secondary").password.value is None


def test_a_reset_step_sets_its_constant():
    """The operator's reset writes the same value for every account."""
    of = model(Reset(at=AT, site="primary", fields=("failures",), to=0))
    control = first_control(of)
    after = turn(of, control, Operate(), lambda: False).control
    here = settle(of, control, after, Operate(), lane(of))
    assert here.store("primary").failures.value == 0


@pytest.mark.parametrize(
    ("role", "with_link", "without"),
    [
        ("snapshot-standby", "snapshot-standby", "stand-alone"),
        ("stand-alone", "stand-alone", "stand-alone"),
        ("primary", "primary", "primary"),
    ],
)
def test_without_a_link_a_snapshot_standby_stands_alone_and_any_other_site_has_its_role(role, with_link, without):
    """There is nothing that it could follow."""
    for link, expected in ((RUN.link, with_link), (None, without)):
        control = first_control(
            Model(BOOK, attrs.evolve(RUN, sites={"primary": "primary", "secondary": role}, link=link))
        )
        assert (control.role("primary"), control.role("secondary")) == ("primary", expected)
