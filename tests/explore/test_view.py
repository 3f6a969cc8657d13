"""What a page says is complete and true: every refusal has its reason, and no wrong value passes for a right one."""

from typing import get_args, get_type_hints

from hypothesis import given, settings
from hypothesis import strategies as st
from random_paths import PAIRS, begun, steps_of

from dcsim.domain.actions import Logon, Verdict
from dcsim.domain.faults import LinkFault, OperatorSlip
from dcsim.domain.world import Held
from dcsim.semantics.refusals import REFUSALS, field_read
from dcsim.usecases.check import Who
from dcsim.usecases.explore import otherwise
from dcsim.usecases.explore.begin import begin
from dcsim.usecases.explore.events import VERDICTS
from dcsim.usecases.explore.gather import HELD, view
from dcsim.usecases.explore.next_choices import FAULTS, SLIPS

NUMBERS = st.lists(st.integers(0, 10**6), max_size=12)


def test_every_refusal_says_what_would_have_to_be_otherwise():
    """A new refusal must be told apart by the field on which it depends, or have a sentence of its own."""
    act = Logon(with_="otp", password="P1")
    told = {code for code in REFUSALS if field_read(code, act) or code in otherwise._OTHERWISE}
    assert told == set(REFUSALS)


def test_every_word_of_the_link_and_the_operator_has_a_sentence():
    """What the link does with an entry, where one is, what faults and slips do: nothing is shown as a bare word."""
    assert set(VERDICTS) == set(get_args(Verdict))
    assert set(HELD) == set(get_args(Held))
    assert set(FAULTS) == set(get_args(get_type_hints(LinkFault)["link"]))
    assert set(SLIPS) == set(get_args(get_type_hints(OperatorSlip)["operator"]))


@settings(max_examples=30)
@given(st.sampled_from(PAIRS), NUMBERS)
def test_nothing_wrong_is_called_right(pair, numbers):
    """A value that is not promised is marked, whatever field it is of; a refused act has a code, a reason, a remedy."""
    _, pages = steps_of(begun(pair).walk, numbers)
    for shown, _ in pages[-1:]:
        for promise in shown.worlds[0].promises:
            for row in promise.rows:
                assert row.wrong or row.found in row.permitted, row
        for offer in (offer for who in shown.acts for offer in who.refused):
            (outcome,) = offer.outcomes
            assert outcome.code
            assert outcome.why
            assert outcome.otherwise
            assert outcome.code not in outcome.also


def test_a_value_that_is_told_with_another_is_marked_too():
    """Of a set-up that has not arrived, password and channel are told as broken; the credential is not called right."""
    walk = begin(None, "seoch-2fa-2023", ("snapshot-standby",), Who(accounts=1)).walk
    shown = view(walk, ("at.session-1.+5m", "USER1.initiate-2fa.P1.email"))
    later = shown.worlds[0].promises[1]
    assert (later.session, later.now) == ("session-2", False)
    assert {row.field: bool(row.wrong) for row in later.rows} == {"password": True, "channel": True, "credential": True}


def test_a_value_of_which_no_rule_speaks_is_not_called_promised():
    """The opening finds one of the permitted values, which does not make it the promised one: it stays left open."""
    walk = begin(None, "seoch-2fa-2023", ("snapshot-standby",), Who(accounts=1)).walk
    path = ("at.session-1.+5m", "USER1.initiate-2fa.P1.email", "USER1.change-password.P1.P2", "at.session-2.+1m")
    for promise in view(walk, path).worlds[0].promises:
        rows = {row.field: row for row in promise.rows}
        assert [chip.text for chip in rows["password"].permitted] == ["P1", "P2"]
        assert rows["password"].open == ("Q4: change-2fa-password made in session-1",)
        assert not rows["channel"].open
    assert view(walk, path).worlds[0].promises[0].now


def test_a_delay_of_the_link_is_called_as_long_as_it_is():
    """On the path, and where it is offered."""
    walk = begin(None, "seoch-2fa-2023", ("snapshot-standby",), Who(accounts=1)).walk
    path = ("at.session-1.+5m", "USER1.initiate-2fa.P1.email")
    assert "entry 1 of USER1 is held up for 1h, and later ones may overtake it" in [
        offer.says for offer in view(walk, path).faults
    ]
    choices = view(walk, (*path, "fault.delay.USER1.1.by=3h")).choices
    assert choices[-1].says == "fault: entry 1 of USER1 is held up for 3h, and later ones may overtake it"


def test_a_page_says_what_is_ahead():
    """Where the runbook will break the promise if nothing more is done, the page says so before it happens."""
    walk = begin(None, "seoch-2fa-2023", ("failback-copy",), Who(accounts=1)).walk
    path = ("at.session-2.+5m", "USER1.initiate-2fa.P1.email")
    (world,) = view(walk, path).worlds
    assert {each.invariant for each in world.ahead} == {"discarded-absent"}
    assert not world.broken
    (later,) = view(walk, (*path, "at.monday.+1h")).worlds
    assert {each.choice for each in later.broken} == {3}
    assert not later.ahead


def test_nobody_acts_between_two_steps_of_one_instant():
    """While something is due at the very instant, no act is offered as if it could come in between."""
    walk = begun(PAIRS[0]).walk
    shown = view(walk, ("on",))
    assert shown.waits
    assert not view(walk, ("on", "on")).waits
    assert [offer.word for offer in shown.time] == ["on", "at.session-1.+0s"]


def cells(world):
    """Every value of a table, with the name of its column."""
    columns = [column.name for column in world.columns]
    return [(name, cell) for row in world.rows for name, held in zip(columns, row.cells, strict=True) for cell in held]


def test_what_changed_and_what_differs_is_marked():
    """Only the cells that the last choice changed are marked so, and only those that differ between two runbooks."""
    walk = begin(None, "seoch-2fa-2023", ("snapshot-standby", "failback-copy"), Who(accounts=1)).walk
    path = ("at.session-2.+5m", "USER1.initiate-2fa.P1.email")
    for world in view(walk, path).worlds:
        held = cells(world)
        changed = {(place, cell.field) for place, cell in held if cell.changed}
        assert changed == {("secondary", field) for field in ("password", "channel", "credential")}
        assert not any(cell.differs for _, cell in held)
    for world in view(walk, (*path, "at.monday.+1h")).worlds:
        held = cells(world)
        assert {place for place, cell in held if cell.differs} == {"primary", "secondary"}


def test_a_commit_that_takes_time_follows_by_itself():
    """An act that takes time is asked for now, and its commit comes as an event of its own."""
    walk = begun(PAIRS[0]).walk
    shown = view(walk, ("at.session-1.+5m", "USER1.initiate-2fa.P1.email.takes=5m"))
    assert shown.choices[-1].happened == ("USER1 asks to initiate-2fa password P1 channel email",)
    assert shown.time[0].says == "on: USER1 commits: initiate-2fa password P1 channel email"
    assert not shown.waits


@given(NUMBERS)
@settings(max_examples=10)
def test_a_page_depends_on_its_address_alone(numbers):
    """A walk that has seen other pages before shows the same as a new one: nothing is kept but what saves time."""
    old = begun(PAIRS[1]).walk
    path, _ = steps_of(old, numbers)
    new = begin(None, *[PAIRS[1][0], PAIRS[1][1:]], Who()).walk
    assert view(old, path) == view(new, path)


def test_what_is_down_is_marked_while_it_is(tmp_path):
    """A walk of a scenario with a crash and an outage tells both, and marks them only while they last."""
    path = tmp_path / "x.yaml"
    path.write_text(
        "scenario: x\ntitle: X\nrulebook: seoch-2fa-2023\nrunbook: snapshot-standby\n"
        "accounts: [{id: U1, kind: user, email: registered}]\nfaults:\n"
        "  - {site: crash, of: primary, at: session-1 +10m, back: 10m}\n"
        "  - {link: outage, from: session-1 +15m, until: session-1 +30m}\n"
    )
    walk = begin(path, None, ()).walk
    marked = {}
    for minute in (5, 12, 17, 25, 35):
        shown = view(walk, (f"at.session-1.+{minute}m",))
        marked[minute] = {column.name for column in shown.worlds[0].columns if column.down}
        assert len(shown.standing) == 2
    assert marked == {5: set(), 12: {"primary"}, 17: {"primary", "link"}, 25: {"link"}, 35: set()}
    assert any("fault: primary is down" in says for says in (c.says for c in view(walk, ("at.session-1.+5m",)).time))
