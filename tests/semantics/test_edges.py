"""Edges of what sites and links do: each test is a rule that a one-word fault would break."""

import attrs
import pytest

from dcsim.domain.account import BASELINE, Account, Cell, Profile, Record
from dcsim.domain.action_outcome import Blocked, Change, Moved, Refused
from dcsim.domain.actions import (
    ChangePassword,
    CreateUser,
    Deliver,
    Logon,
    Operate,
    ReinstateUser,
    Request,
    ResetUser,
    SuspendUser,
    UnlockUser,
)
from dcsim.domain.moment import moment
from dcsim.domain.runbook import Copy, FailOver, RestorePoint, Revert, Switch
from dcsim.domain.world import Edit, Redo, Todo
from dcsim.files.load import load_rulebook, load_runbook
from dcsim.semantics.client_step import act, serving, write, writes
from dcsim.semantics.intent import permit
from dcsim.semantics.interning import NOBODY, Table
from dcsim.semantics.mechanism import deliver, settle, turn
from dcsim.semantics.model import Model, first_control, first_lane
from dcsim.semantics.promise import check_outcome, check_record
from dcsim.semantics.scene import Scene, violations
from dcsim.semantics.step import passing

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
    after = write(first_control(of), waits, changes)
    assert [edit.stale for edit in after.edits] == [stale]
    # A later write elsewhere does not make it good again.
    elsewhere = tuple(attrs.evolve(change, site="secondary") for change in changes)
    assert [edit.stale for edit in write(first_control(of), after, elsewhere).edits] == [stale]


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


@pytest.mark.parametrize(
    ("site", "opened", "serves"),
    [
        (None, (), (None, "primary")),
        ("secondary", (), (None, "secondary")),
        (None, (("session-1", "primary"),), ("session-1", "primary")),
        ("secondary", (("session-1", "primary"),), (None, "secondary")),
        (None, (("session-1", "primary"), ("session-2", "secondary")), ("session-2", "secondary")),
        ("primary", (("session-1", "primary"), ("session-2", "secondary")), ("session-1", "primary")),
    ],
)
def test_who_serves(site, opened, serves):
    """The site that is asked for; else what was opened last; else production."""
    assert serving(attrs.evolve(first_control(model()), open=opened), site) == serves


def test_where_no_site_is_production_nobody_serves():
    """A client who comes then is refused, by no site."""
    of = model()
    control = attrs.evolve(first_control(of), roles=(("primary", "standby"), ("secondary", "standby")))
    refused = act(of, control, lane(of, smartcard="C0"), Logon("smartcard", "C0"))
    assert (refused.code, refused.site) == ("closed", "")


def alone():
    """A runbook without a link, whose second site stands alone."""
    return Model(BOOK, attrs.evolve(RUN, link=None, sites={"primary": "primary", "secondary": "snapshot-standby"}))


def test_without_a_standby_nothing_is_put_on_the_link():
    """Redo is for a site that follows."""
    changes = (Change("x", "email", Cell(None), Cell(True, "session-1"), "primary"),)
    assert write(first_control(alone()), lane(alone()), changes).redo == ()
    assert len(write(first_control(model()), lane(model()), changes).redo) == 1


def test_the_longest_time_on_the_link():
    """The lag and the jitter; none, where there is no link."""
    link = attrs.evolve(RUN.link, lag=2000, jitter=500)
    assert Model(BOOK, attrs.evolve(RUN, link=link)).lag == 2500
    assert alone().lag == 0


# the step | the role of the second site | whether redo waits | what becomes of it
CHANGES_OF_ROLE = """
switch    | standby     |     | done
switch    | standby     | yes | not-caught-up
switch    | stand-alone |     | not-caught-up
fail-over | standby     | yes | done
fail-over | stand-alone |     | not-a-standby
"""


@pytest.mark.parametrize("row", CHANGES_OF_ROLE.strip().splitlines())
def test_who_can_take_over(row):
    """A planned switch needs a standby that is caught up; a forced one only needs a site that follows."""
    verb, role, waits, told = (word.strip() for word in row.split("|"))
    of = model(Switch(at=AT) if verb == "switch" else FailOver(at=AT))
    control = attrs.evolve(first_control(of), roles=(("primary", "primary"), ("secondary", role)))
    outcome = turn(of, control, Operate(), lambda: waits == "yes")
    assert (outcome.code if isinstance(outcome, Blocked) else "done") == told
    if told == "done":
        assert dict(outcome.control.roles) == {"primary": "standby", "secondary": "primary"}


# apply | what is held of the entry | whether the standby is said to disagree
AGREE = """
checked | sent     | no
checked | late     | no
checked | received | no
checked | lost     | yes
checked | again    | yes
blind   | sent     | no
blind   | late     | no
blind   | lost     | yes
blind   | again    | yes
"""


@pytest.mark.parametrize("row", AGREE.strip().splitlines())
def test_what_is_on_its_way_is_no_disagreement(row):
    """Redo that was lost, or that is a copy of what was applied, will not bring the standby what it lacks."""
    apply, held, told = (word.strip() for word in row.split("|"))
    of = model(apply=apply)
    here = lane(of, entry("P1", held))
    here = here.with_store("primary", here.store("primary").put({"password": Cell("P1", "session-1")}))
    scene = Scene(model=of, control=first_control(of), lane=here, session="session-1", site="primary")
    broken = [v.where for v in violations("open", scene) if v.invariant == "sites-agree"]
    assert broken == (["password at secondary"] if told == "yes" else [])


def test_a_copy_that_the_link_makes_is_not_shipped_by_the_primary():
    """Only what a client commits is put on the link."""
    of = model()
    table = Table(of)
    control, number = first_control(of), table.number(lane(of, entry("P1")))
    hop = table.hop(control, (number, Deliver("duplicate", 1), NOBODY, None))
    assert [e.held for e in table.lanes[hop.lane].redo] == ["again"]
    assert not hop.shipped


def test_what_came_after_a_hole_is_on_its_way_to_a_blind_standby_only():
    """A checked standby waits at what was lost, so that what follows does not reach it."""
    for apply, lacking in (("blind", ["email"]), ("checked", ["email", "password"])):
        of = model(apply=apply)
        lost = Redo((("email", Cell(True, "session-1")),), "lost", 1)
        here = lane(of, lost, entry("P1", "sent", 2))
        both = {"password": Cell("P1", "session-1"), "email": Cell(True, "session-1")}
        here = here.with_store("primary", here.store("primary").put(both))
        scene = Scene(model=of, control=first_control(of), lane=here, session="session-1", site="primary")
        broken = [v.where.split()[0] for v in violations("open", scene) if v.invariant == "sites-agree"]
        assert sorted(broken) == lacking


@pytest.mark.parametrize(("left", "told"), [("P0", []), ("P1", []), ("P2", ["restores-baseline"])])
def test_of_several_baselines_any_will_do_for_a_revert(left, told):
    """Where rules fall back to what stood before for one target, and to the end of Session 1 for another."""
    rule = next(rule for rule in BOOK.rules if rule.fate == "discard")
    rules = tuple(
        attrs.evolve(rule, id=base, made_in=("session-2",), at=("monday",), baseline=base)
        for base in (BASELINE, "session-1")
    )
    of = attrs.evolve(model(), rulebook=attrs.evolve(BOOK, rules=rules))
    here = lane(of, password="P0", channel="email")
    made = Change("initiate-2fa", "password", Cell("P0"), Cell("P1", "session-1"), "primary")
    here = attrs.evolve(here, ledger=permit(of.rulebook, "user", here.ledger, made))
    here = here.with_store("secondary", here.store("secondary").put({"password": Cell(left, "session-2")}))
    control = attrs.evolve(first_control(of), interval=BOOK.order["after-session-2"])
    scene = Scene(model=of, control=control, lane=here, site="secondary")
    found = [v for v in violations("revert", scene) if v.where.startswith("password")]
    assert [v.invariant for v in found] == told
    if found:
        assert (found[0].expected, found[0].rules) == ("P0 or P1 (made in session-1)", (BASELINE, "session-1"))


def test_what_is_found_where_the_rules_leave_it_open_is_the_answer_from_then_on():
    """Either is permitted at first; then the one that was found must stay, and the other is broken, and told once."""
    of = model()
    start = lane(of, smartcard="C0")
    made = Change("change-smartcard-password", "smartcard", Cell("C0"), Cell("C1", "session-1"), "primary")
    start = attrs.evolve(start, ledger=permit(of.rulebook, "user", start.ledger, made))
    for first, then in (("C0", "C1"), ("C1", "C0")):
        here = start
        for value, broken in ((first, 0), (first, 0), (then, 1), (then, 0), (first, 0)):
            here = here.with_store("primary", here.store("primary").put({"smartcard": Cell(value, "session-1")}))
            here, wrong = check_record(of, here, "monday", "primary")
            assert len(wrong) == broken, (first, value)


@pytest.mark.parametrize(
    ("verb", "written"),
    [
        (CreateUser, {"status": "active"}),
        (SuspendUser, {"status": "suspended"}),
        (ReinstateUser, {"status": "active"}),
        (ResetUser, {"password": None, "channel": None}),
        (UnlockUser, {"locked": False, "failures": 0}),
    ],
)
def test_what_an_administrator_writes(verb, written):
    """Each act sets its fields, whatever they held."""
    assert dict(writes(verb("U"), Record())) == written


def test_an_operator_without_a_step_to_come_is_no_fault():
    """Nothing is done, and the control stays."""
    of = model()
    control = attrs.evolve(first_control(of), todo=())
    assert Table(of).turn(control, Operate(), waiting=False).step.control == control


@pytest.mark.parametrize(("only", "found"), [(None, True), ("window-served", True), ("survives", False)])
def test_only_what_the_model_is_checked_against_is_reported(only, found):
    """Of the promise too: at a session that is not open in its window."""
    of = attrs.evolve(model(), only=only and frozenset([only]))
    control = attrs.evolve(first_control(of), interval=of.rulebook.order["session-1"])
    assert bool(passing(of, control)) is found


@pytest.mark.parametrize(("standing", "broken"), [("suspended", []), ("active", ["promise"])])
def test_an_administrator_stands_in_the_promised_world_as_at_the_site_that_serves(standing, broken):
    """After a session that is open too long, the production site would serve in its gap: an administrator whom it has
    suspended is rightly refused, although the other site has not.
    """
    of = attrs.evolve(model(), overrides={"changes-in-gaps": ("suspend-user",)})
    roles = (("primary", "standby"), ("secondary", "primary"))
    now = attrs.evolve(first_control(of), interval=BOOK.order["after-session-1"], roles=roles)
    now = attrs.evolve(now, open=(("session-1", "secondary"),))
    user, by = lane(of), first_lane(of, Account("A", Profile("da"), Record()))
    by = by.with_store("secondary", by.store("secondary").put({"status": Cell(standing)}))
    found = check_outcome(of, now, user, SuspendUser("U"), Refused(user, "suspended", ""), by)
    assert [v.invariant for v in found] == broken


@pytest.mark.parametrize(("value", "kept"), [("suspended", True), ("absent", False)])
def test_an_accepted_act_writes_what_it_would_write_in_the_promised_world(value, kept):
    """That both accept it is not enough."""
    of = attrs.evolve(model(), overrides={"changes-in-gaps": ("suspend-user",)})
    now = attrs.evolve(first_control(of), interval=BOOK.order["after-session-1"], open=(("session-1", "primary"),))
    user, by = lane(of), first_lane(of, Account("A", Profile("da"), Record()))
    change = Change("suspend-user", "status", Cell("active"), Cell(value, "after-session-1"), "primary")
    found = check_outcome(of, now, user, SuspendUser("U"), Moved(user, (change,), site="primary"), by)
    assert (found == ()) is kept
