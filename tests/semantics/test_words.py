"""How values and outcomes are told, as a table; and what a model is held against."""

import attrs
import pytest

from dcsim.domain.account import BASELINE, Account, Cell, Profile, Record
from dcsim.domain.action_outcome import Moved, Refused
from dcsim.domain.runbook import Waiver
from dcsim.domain.world import Expected, Option
from dcsim.files.load import load_rulebook, load_runbook
from dcsim.semantics.mechanism import OPERATOR
from dcsim.semantics.model import Model, first_lane
from dcsim.semantics.scene import INVARIANTS, any_of, outcome_code, practice, show, spell

BOOK, RUN = load_rulebook("seoch-2fa-2023").value, load_runbook("snapshot-standby").value


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "none"),
        (True, "yes"),
        (False, "no"),
        (1, "1"),
        (-7, "-7"),
        ("P1", "P1"),
        ("none", "'none'"),
        ("yes", "'yes'"),
        ("no", "'no'"),
        ("", "''"),
        ("1", "'1'"),
        ("-7", "'-7'"),
        ("-P", "-P"),
    ],
)
def test_a_value_is_told_so_that_no_two_look_alike(value, told):
    """A text that reads like a number, or like a word for another value, stands in quotes."""
    assert spell(value) == told


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        (BASELINE, "P1"),
        ("any", "P1"),
        ("session-2", "P1 (made in session-2)"),
        (OPERATOR, "P1 (set by the operator)"),
    ],
)
def test_a_cell_is_told_with_where_it_was_made_unless_that_goes_without_saying(origin, told):
    """What stood before, and what may come from anywhere, has no place of its own."""
    assert show(Cell("P1", origin)) == told


def test_what_is_permitted_is_told_as_alternatives_and_the_impossible_by_its_rules():
    """Each cell once; where the rules leave none, the rules are named."""
    one, other = Option(Cell("P1", "session-1")), Option(Cell(None))
    assert any_of(Expected((one, other, one))) == "P1 (made in session-1) or none"
    assert any_of(Expected((), ("fn1", "fn3"))) == "the impossible: fn1 and fn3 cannot be kept together"


def test_an_outcome_is_told_by_its_code():
    """A refusal by its code, anything else as accepted."""
    lane = first_lane(Model(BOOK, RUN), Account("U", Profile("user"), Record()))
    assert outcome_code(Moved(lane)) == "accepted"
    assert outcome_code(Refused(lane, "locked", "the account is locked")) == "refused locked"


# only | practices | waives | name | family | held
HELD = """
-                |   |               | sites-agree      | practice | yes
-                | - |               | sites-agree      | practice | no
-                |   | sites-agree   | sites-agree      | practice | no
-                |   | standby-ready | sites-agree      | practice | yes
-                | - | sites-agree   | discarded-absent | promise  | yes
discarded-absent |   |               | discarded-absent | promise  | yes
discarded-absent |   |               | sites-agree      | practice | no
sites-agree      |   |               | sites-agree      | practice | yes
sites-agree      | - |               | sites-agree      | practice | no
mine             |   |               | mine             | own      | yes
discarded-absent |   |               | mine             | own      | no
"""


@pytest.mark.parametrize("row", HELD.strip().splitlines())
def test_what_a_model_is_held_against(row):
    """All but what was left out: by name, by a waiver, or practices as a whole; only practices are waived."""
    only, practices, waives, name, family, held = (word.strip() for word in row.split("|"))
    runbook = attrs.evolve(RUN, waives=(Waiver(practice=waives, reason="a test"),) if waives else ())
    of = Model(BOOK, runbook, only=None if only == "-" else frozenset([only]), practices=practices != "-")
    assert of.checks(name, family) is (held == "yes")


def test_only_a_practice_ends_no_schedule():
    """By its family; a name that nobody knows is none."""
    assert {name for name in INVARIANTS if practice(name)} == {
        name for name, invariant in INVARIANTS.items() if invariant.family == "practice"
    }
    assert practice("sites-agree")
    assert not practice("discarded-absent")
    assert not practice("no-such-name")
