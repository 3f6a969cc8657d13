"""What the rules permit: the circular's fates as a table, and the fold over a history."""

import attrs
import pytest

from dcsim.domain.account import BASELINE, Cell, Record
from dcsim.domain.action_outcome import Change
from dcsim.domain.rulebook import Rule
from dcsim.files.load import load_rulebook
from dcsim.semantics.intent import allows, as_of, fate, permitted

BOOK = load_rulebook("seoch-2fa-2023").value

# The coverage of the circular: change kind | S1 to S2 | S1 to Monday | S2 to Monday; what it leaves open is `open`.
FATES = """
initiate-2fa              | carry | carry | discard
repeat-2fa-set-up         | open  | open  | discard
partial-2fa-set-up        | open  | open  | discard
change-2fa-password       | open  | open  | discard
change-otp-channel        | open  | open  | discard
change-smartcard-password | open  | open  | open
register-email            | open  | open  | open
create-user               | open  | open  | open
suspend-user              | open  | open  | open
reinstate-user            | open  | open  | open
reset-user                | open  | open  | open
unlock-user               | open  | open  | open
failed-logon              | open  | open  | open
lockout                   | open  | open  | open
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in FATES.strip().splitlines()]
LANES = (("session-1", "session-2"), ("session-1", "monday"), ("session-2", "monday"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
@pytest.mark.parametrize("kind", ["user", "da"])
def test_the_circulars_fates(row, kind):
    """Each kind of change has the fate that the footnotes give, and is open where they are silent."""
    found = tuple(fate(BOOK, kind, row[0], origin, target).fate for origin, target in LANES)
    assert found == row[1:]


def test_the_table_speaks_of_every_kind():
    """No kind of change is missing from the table."""
    assert {row[0] for row in ROWS} == set(BOOK.kinds)


@pytest.mark.parametrize("origin", [name for name in BOOK.timeline if name not in BOOK.by_name])
def test_gaps_are_open(origin):
    """The circular says nothing of changes made in a gap."""
    assert all(fate(BOOK, "user", kind, origin, "monday").fate == "open" for kind in BOOK.kinds)


def change(kind, field, value, origin):
    return Change(kind, field, Cell(None), Cell(value, origin), "primary")


def holds(history, target, field, book=BOOK):
    ledger = permitted(book, "user", Record(), history)
    expected = ledger.at(target, field)
    return [(cell.value, cell.origin) for cell in expected.cells]


SET_UP = change("initiate-2fa", "password", "P1", "session-1")
IN_S1 = change("change-2fa-password", "password", "P2", "session-1")
IN_S2 = change("change-2fa-password", "password", "P3", "session-2")
NONE = (None, BASELINE)
P1, P2, P3 = ("P1", "session-1"), ("P2", "session-1"), ("P3", "session-2")

HISTORIES = {
    "nothing happened": ([], [NONE], [NONE]),
    "carried": ([SET_UP], [P1], [P1]),
    "carried, then discarded": ([SET_UP, IN_S2], [P3], [P1]),
    "discarded alone": ([IN_S2], [P3], [NONE]),
    "open after carried": ([SET_UP, IN_S1], [P1, P2], [P1, P2]),
    "carried after open": ([IN_S1, SET_UP], [P1], [P1]),
    "an open change, then a discard to the end of Session 1": ([SET_UP, IN_S1, IN_S2], [P3], [P1, P2]),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_what_is_permitted_after_a_history(name):
    """Carried leaves one value, open leaves both, a discard falls back."""
    history, session_2, monday = HISTORIES[name]
    assert holds(history, "session-2", "password") == session_2
    assert holds(history, "monday", "password") == monday


def test_a_change_is_in_force_in_its_own_session_and_says_nothing_of_earlier_ones():
    """A session that opens again must hold what was committed in it."""
    assert holds([IN_S2], "session-2", "password") == [P3]
    assert holds([IN_S2], "session-1", "password") == [NONE]


def test_the_end_of_a_baseline_session_holds_what_was_committed_by_then():
    """Whatever the rules say of later targets, a session's end is what it was; and what a target would hold had nothing
    been made since is what the rules let it hold of that.
    """
    assert holds([SET_UP, IN_S1, IN_S2], "session-1", "password") == [P2]
    assert holds([SET_UP, IN_S1, IN_S2], as_of("monday", "session-1"), "password") == [P1, P2]


def with_rule(**fields):
    rule = Rule(id="r", accounts=("user",), made_in=("session-1",), at=("monday",), assumption="a test", **fields)
    return attrs.evolve(BOOK, rules=(rule,))


def test_a_reset_leaves_its_constant_whatever_its_origin():
    """A reset permits the constant, by whomever it was set."""
    book = with_rule(changes=("failed-logon",), fate="reset", to=0)
    ledger = permitted(book, "user", Record(), [change("failed-logon", "failures", 2, "session-1")])
    assert allows(ledger.at("monday", "failures"), Cell(0, "anywhere"))
    assert not allows(ledger.at("monday", "failures"), Cell(2, "session-1"))


def test_a_reset_touches_what_the_rule_names_and_nothing_else():
    """Without the change that the rule resets, what stood stays; where nothing stood, the constant does no harm."""
    book = with_rule(changes=("change-smartcard-password",), fate="reset", to="initial")
    stood = permitted(book, "user", Record(smartcard=Cell("C0")), []).at("monday", "smartcard")
    assert [cell.value for cell in stood.cells] == ["C0"]
    bare = permitted(book, "user", Record(), []).at("monday", "smartcard")
    assert [cell.value for cell in bare.cells] == [None, "initial"]


def before(fate, to=None, *, origins=False):
    rule = Rule(
        id="r",
        accounts=("user",),
        changes=("change-smartcard-password",),
        made_in=(BASELINE,),
        at=("monday",),
        fate=fate,
        to=to,
        assumption="a test",
    )
    book = attrs.evolve(BOOK, rules=(rule,))
    ledger = permitted(book, "user", Record(smartcard=Cell("C0")), [])
    return [cell.origin if origins else cell.value for cell in ledger.at("monday", "smartcard").cells]


def test_what_is_thrown_away_leaves_the_field_empty():
    """Each field has its own way to hold nothing."""
    for kind, field, stood, nothing in (
        ("failed-logon", "failures", 2, 0),
        ("lockout", "locked", True, False),
        ("create-user", "status", "active", "absent"),
    ):
        book = with_rule(changes=(kind,), fate="discard")
        book = attrs.evolve(book, rules=(attrs.evolve(book.rules[0], made_in=(BASELINE,)),))
        ledger = permitted(book, "user", Record(**{field: Cell(stood)}), [])
        assert [cell.value for cell in ledger.at("monday", field).cells] == [nothing]


def test_what_stood_before_is_an_origin_like_any_other():
    """It is carried, thrown away, or reset, as a rule about `baseline` says; without a rule it stays."""
    assert before("carry") == ["C0"]
    assert before("carry", origins=True) == [BASELINE]
    assert before("reset", "initial", origins=True) == ["any"]
    assert before("discard") == [None]
    assert before("reset", "initial") == ["initial"]
    assert [c.value for c in permitted(BOOK, "user", Record(email=Cell(True)), []).at("monday", "email").cells] == [
        True
    ]


def test_rules_that_cannot_be_kept_together_permit_nothing():
    """Carried from Session 1, and sent back to Friday by a later change: no value is right, unless they are equal."""
    rules = tuple(attrs.evolve(r, baseline=BASELINE) if r.id == "fn3" else r for r in BOOK.rules)
    book = attrs.evolve(BOOK, rules=rules)
    assert holds([SET_UP, IN_S2], "monday", "password", book) == []
    assert holds([IN_S2], "monday", "password", book) == [NONE]


def test_the_order_and_the_split_of_rules_do_not_matter():
    """Rules turned round, and rules written one for each origin and target, permit the same."""
    split = tuple(
        attrs.evolve(rule, id=f"{rule.id}-{origin}-{target}", made_in=(origin,), at=(target,))
        for rule in reversed(BOOK.rules)
        for origin in rule.made_in
        for target in rule.at
    )
    for history, _, _ in HISTORIES.values():
        for target in BOOK.by_name:
            other = attrs.evolve(BOOK, rules=split)
            assert holds(history, target, "password") == holds(history, target, "password", other)


def test_a_discard_may_fall_back_to_the_previous_business_day():
    """With the baseline `baseline`, the value is that of before the weekend, or what open changes made of it since."""
    book = with_rule(changes=("change-2fa-password",), fate="discard", baseline=BASELINE)
    assert holds([IN_S1], "monday", "password", book) == [NONE]
    assert holds([SET_UP, IN_S1], "monday", "password", book) == [NONE, P1]


def test_what_is_made_after_a_baseline_is_not_part_of_it():
    """A discard to the end of Session 1 does not bring back what was carried from the gap after it; with the session
    itself as its origin, the same change is what the discard falls back to.
    """
    carried = Rule(
        id="c",
        accounts=("user",),
        changes=("initiate-2fa",),
        made_in=("session-1", "after-session-1"),
        at=("monday",),
        fate="carry",
        assumption="a test",
    )
    thrown = attrs.evolve(
        carried, id="d", changes=("reset-user",), made_in=("session-2",), fate="discard", baseline="session-1"
    )
    book = attrs.evolve(BOOK, rules=(carried, thrown))
    gone = change("reset-user", "password", None, "session-2")
    in_session = change("initiate-2fa", "password", "P1", "session-1")
    in_gap = change("initiate-2fa", "password", "P1", "after-session-1")
    assert holds([in_session, gone], "monday", "password", book) == [P1]
    assert holds([in_gap, gone], "monday", "password", book) == []


def test_what_stood_before_does_not_contradict_a_discard_back_to_it():
    """A constant that a reset lets stand where nothing stood is older than any baseline: after an act that the rules
    reset, two discards back to what stood before leave it, and nothing, both permitted.
    """
    reset = Rule(
        id="r",
        accounts=("user",),
        changes=("reset-user",),
        made_in=("session-2",),
        at=("monday",),
        fate="reset",
        to="R",
        assumption="a test",
    )
    thrown = attrs.evolve(
        reset,
        id="d",
        changes=("initiate-2fa",),
        made_in=("after-session-2",),
        fate="discard",
        to=None,
        baseline=BASELINE,
    )
    book = attrs.evolve(BOOK, rules=(reset, thrown))
    done = change("reset-user", "password", "P1", "session-2")
    opened = change("change-2fa-password", "password", "P2", "after-session-2")
    once, twice = (change("initiate-2fa", "password", value, "after-session-2") for value in ("P3", "P4"))
    expected = {NONE, ("R", "any"), ("P2", "after-session-2")}
    assert set(holds([done, opened, once, twice], "monday", "password", book)) == expected


def test_an_open_change_stays_open_under_a_later_discard():
    """A DA's reset in Session 2, which no rule speaks of, still counts when the user then sets up anew there."""
    reset = change("reset-user", "password", None, "session-2")
    again = change("initiate-2fa", "password", "P3", "session-2")
    assert holds([SET_UP, reset, again], "monday", "password") == [P1, (None, "session-2")]


def test_what_was_overwritten_in_its_own_interval_cannot_come_back():
    """Of two open changes of one kind in one session only the later may be there."""
    first = change("change-smartcard-password", "smartcard", "B", "session-1")
    second = change("change-smartcard-password", "smartcard", "A", "session-1")
    assert holds([first, second], "monday", "smartcard") == [NONE, ("A", "session-1")]


def test_the_fold_is_the_same_one_change_at_a_time():
    """Folding a history at once, or bit by bit from where one stands, comes to the same ledger."""
    from dcsim.semantics.intent import permit

    history = [SET_UP, IN_S1, IN_S2]
    ledger = permitted(BOOK, "user", Record(), history[:1])
    for one in history[1:]:
        ledger = permit(BOOK, "user", ledger, one)
    assert ledger == permitted(BOOK, "user", Record(), history)
