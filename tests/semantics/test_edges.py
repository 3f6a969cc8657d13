"""Edges of what sites and links do: each test is a rule that a one-word fault would break."""

import attrs
import pytest

from dcsim.domain.account import Account, Cell, Profile, Record
from dcsim.domain.actions import ChangePassword, Deliver, Operate, Request
from dcsim.domain.moment import moment
from dcsim.domain.outcome import Change
from dcsim.domain.runbook import Copy, RestorePoint, Revert
from dcsim.domain.world import Edit, Redo, Todo
from dcsim.files.load import load_rulebook, load_runbook
from dcsim.semantics.client import write
from dcsim.semantics.mechanism import deliver, settle
from dcsim.semantics.model import Model, first_control, first_lane
from dcsim.semantics.scene import Scene, violations

BOOK, RUN = load_rulebook("seoch-2fa-2023").value, load_runbook("snapshot-standby").value
AT = moment("session-1 opens")


def model(*steps, apply="checked"):
    return Model(BOOK, attrs.evolve(RUN, steps=steps or RUN.steps, link=attrs.evolve(RUN.link, apply=apply)))


def lane(of, *redo, **fields):
    record = Record(**{name: Cell(value) for name, value in fields.items()})
    return attrs.evolve(first_lane(of, Account("U", Profile("user"), record)), redo=redo)


def entry(value, held="sent", number=1):
    return Redo((("password", Cell(value, "session-1")),), held, number)


# fields that are copied | from | to | what is left on the link
COPIES = """
           | primary   | secondary |
password   | primary   | secondary | 1
           | secondary | primary   | 1
password   | secondary | primary   | 1
"""


@pytest.mark.parametrize("row", COPIES.strip("\n").splitlines())
def test_only_a_whole_copy_from_production_makes_redo_needless(row):
    """What is on the link is still to be applied after a copy of some fields, or of the standby back."""
    fields, source, target, left = (word.strip() for word in row.split("|"))
    of = model(Copy(at=AT, source=source, target=target, fields=tuple(fields.split())))
    control = first_control(of)
    after = attrs.evolve(control, todo=())
    redo = settle(of, control, after, Operate(), lane(of, entry("1"))).redo
    assert " ".join(str(e.cells[0][1].value) for e in redo) == left


# apply | what is held of the entry before | whether the one that is applied has overtaken it
OVERTAKES = """
blind   | late     | yes
blind   | lost     | yes
blind   | again    | no
checked | late     | no
checked | lost     | no
"""


@pytest.mark.parametrize("row", OVERTAKES.strip().splitlines())
def test_what_is_applied_before_a_late_or_lost_entry_has_overtaken_it(row):
    """A blind standby applies out of turn whenever an earlier entry may still come, be it late or lost; a checked one
    waits.
    """
    apply, held, told = (word.strip() for word in row.split("|"))
    of = model(apply=apply)
    here = lane(of, entry("1", held, 1), entry("2", "sent", 2))
    _, judged, overtook = deliver(of, first_control(of), here, Deliver("pass", 2))
    assert judged.number == 2
    assert overtook is (told == "yes")


@pytest.mark.parametrize(
    ("site", "field", "stale"),
    [
        ("primary", "password", True),
        ("secondary", "password", False),
        ("primary", "email", False),
        ("secondary", "email", False),
    ],
)
def test_a_request_is_stale_by_a_write_at_its_own_site_of_what_it_means_to_write(site, field, stale):
    """What is written at the other site, or in another field, is not what the request has read."""
    of = model()
    read = lane(of, password="P0", channel="email")
    asked = Request(ChangePassword("P0", "P1"), "U", 1)
    waits = attrs.evolve(read, edits=(Edit(asked, read.store("primary"), "session-1", "session-1", "primary"),))
    value = {"password": "P9", "email": True}[field]
    changes = (Change("x", field, Cell(None), Cell(value, "session-1"), site),)
    assert [edit.stale for edit in write(first_control(of), waits, changes).edits] == [stale]


@pytest.mark.parametrize(("now", "told"), [("session-2", []), ("after-session-2", ["restores-baseline"])])
def test_a_revert_is_held_against_a_baseline_once_the_window_is_over(now, told):
    """Inside the session's own window it may open again with what was made in it; after it, what is left must be what
    some rule falls back to.
    """
    steps = (RestorePoint(at=AT, site="secondary", name="p"), Revert(at=AT, site="secondary", to="p"))
    of = model(*steps)
    control = attrs.evolve(first_control(of), interval=BOOK.order[now], todo=(Todo(1),))
    holds = lane(of, password="P0", channel="email")
    made = attrs.evolve(holds.store("secondary"), password=Cell("P2", "session-2"))
    scene = Scene(model=of, control=control, lane=holds.with_store("secondary", made), site="secondary")
    assert [v.invariant for v in violations("revert", scene)] == told
