"""How a broken promise is named, as tables: of one field, and of the control."""

import attrs
import pytest

from dcsim.domain.account import BASELINE, Cell
from dcsim.domain.world import Expected, Option
from dcsim.files.load import load_rulebook, load_runbook
from dcsim.semantics.diagnosis import diagnose_control, diagnose_field
from dcsim.semantics.mechanism import OPERATOR
from dcsim.semantics.model import Model, first_control

BOOK, RUN = load_rulebook("seoch-2fa-2023").value, load_runbook("snapshot-standby").value
CONTROL = first_control(Model(BOOK, RUN))


def option(value, origin=BASELINE, rules=(), answered=False):
    answers = ((("change-2fa-password", "session-1"), True),) if answered else ()
    return Option(Cell(value, origin), answers, rules)


STOOD, BY_RULE = option("P0"), option("P1", "session-1", ("fn1",))
READING, CONSTANT = option("P2", "session-1", answered=True), option("R", "any", ("r",))
# what is permitted | what is found, where it was made | field | name | rules told
NAMES = {
    "the rules ask for the impossible": ((), ("P1", "session-1"), "password", "promise", ("x",)),
    "a counter": ((STOOD,), (3, "session-1"), "failures", "counters-follow-rule", ("x",)),
    "made where rules discard it": ((STOOD,), ("P9", "session-2"), "password", "discarded-absent", ("x", "fn3")),
    "set by the operator": ((BY_RULE,), ("P9", OPERATOR), "password", "reset-applied", ("x", "fn1")),
    "not reset": ((CONSTANT,), ("P9", "session-1"), "password", "reset-applied", ("x", "r")),
    "an open question with a third answer": ((STOOD, READING), ("P9", "session-1"), "password", "promise", ("x",)),
    "what a rule asks for comes before readings": (
        (BY_RULE, READING),
        ("P9", BASELINE),
        "password",
        "carried-arrives",
        ("x",),
    ),
    "what a rule asks for under a reading": (
        (option("P2", "session-1", ("fn1",), answered=True),),
        ("P9", BASELINE),
        "password",
        "carried-arrives",
        ("x",),
    ),
    "carried from the other site": ((BY_RULE,), ("P0", BASELINE), "password", "carried-arrives", ("x",)),
    "what stood": ((STOOD,), ("P9", "session-1"), "password", "carried-survives", ("x",)),
    "a credential of another set-up": (
        (option(2, "session-1", ("fn1",)),),
        (1, "session-1"),
        "credential",
        "credential-same-version",
        ("x",),
    ),
    "a credential that did not come": (
        (option(2, "session-1", ("fn1",)),),
        (1, BASELINE),
        "credential",
        "carried-arrives",
        ("x",),
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_value_is_named_by_what_is_permitted_and_where_it_was_made(name):
    """At Session 2's site, in what Monday serves there."""
    options, found, field, told, rules = NAMES[name]
    expected = Expected(options, ("x",))
    assert diagnose_field(BOOK, "user", "monday", "secondary", field, expected, Cell(*found), mixed=False) == (
        told,
        rules,
    )


def test_a_value_of_the_same_site_did_not_survive_and_one_of_the_other_did_not_arrive():
    """Where it was made decides, by the site of that session."""
    expected, found = Expected((BY_RULE,)), Cell("P0", BASELINE)
    for site, name in (("primary", "carried-survives"), ("secondary", "carried-arrives")):
        assert diagnose_field(BOOK, "user", "monday", site, "password", expected, found, mixed=False)[0] == name


def test_a_credential_of_a_set_up_that_was_made_in_two_intervals_is_of_another_version():
    """Whatever the credential's own origin is."""
    expected = Expected((option(2, "session-1", ("fn1",)),))
    for mixed, name in ((True, "credential-same-version"), (False, "carried-arrives")):
        assert (
            diagnose_field(BOOK, "user", "monday", "secondary", "credential", expected, Cell(1), mixed=mixed)[0] == name
        )


FIRST, SECOND = ("session-1", "primary"), ("session-2", "secondary")
WRONG_SITE = ("session-1", "secondary")
# what is open in Session 1's window | the roles that serve | (name, where, expected, found) of each departure
CONTROLS = {
    "as promised": ([FIRST], {}, []),
    "nothing": ([], {}, [("window-served", "session-1", "open at primary", "closed")]),
    "another session": (
        [SECOND],
        {"secondary": "primary"},
        [
            ("one-writer", "sessions", "session-1 open", "session-2 open as well"),
            ("window-served", "session-1", "open at primary", "closed"),
        ],
    ),
    "another as well": (
        [FIRST, SECOND],
        {"secondary": "snapshot-standby"},
        [("one-writer", "sites", "one open", "primary and secondary open")],
    ),
    "two sessions at one site": (
        [FIRST, ("monday", "primary")],
        {},
        [("one-writer", "sessions", "session-1 open", "monday open as well")],
    ),
    "at the wrong site, which is a standby": (
        [WRONG_SITE],
        {},
        [
            ("serves-at-its-site", "session-1", "primary", "secondary"),
            ("window-served", "session-1", "can be written to", "secondary is a read-only standby"),
        ],
    ),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_departs_from_the_promised_one(name):
    """In the window of Session 1; outside the windows nothing is said."""
    opened, roles, told = CONTROLS[name]
    control = attrs.evolve(
        CONTROL, open=tuple(opened), roles=tuple((site, roles.get(site, role)) for site, role in CONTROL.roles)
    )
    found = diagnose_control(BOOK.by_name["session-1"], control, BOOK.by_name.__getitem__)
    assert [(v.invariant, v.where, v.expected, v.actual) for v in found] == told
    assert list(diagnose_control(None, control, BOOK.by_name.__getitem__)) == []
