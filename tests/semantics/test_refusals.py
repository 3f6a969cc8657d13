"""The order of refusals, as a table: what is wrong at once, and which code the client gets."""

import attrs
import pytest

from dcsim.domain.account import BASELINE, Account, Cell, Profile, Record
from dcsim.domain.action_outcome import Refused
from dcsim.domain.actions import (
    CLIENT_ACTIONS,
    ChangeOtpChannel,
    ChangePassword,
    CreateUser,
    InitiateTwoFactor,
    Logon,
    Logout,
    RegisterEmail,
    ReinstateUser,
    ResetUser,
    SuspendUser,
    UnlockUser,
)
from dcsim.files.load import load_rulebook, load_runbook
from dcsim.semantics.client_step import act
from dcsim.semantics.model import Model, first_control, first_lane
from dcsim.semantics.refusals import ORDER, REFUSALS

BOOK, RUN = load_rulebook("seoch-2fa-2023").value, load_runbook("snapshot-standby").value
MODEL = Model(BOOK, RUN, {"registration-required": True, "repeat-set-up": "refused", "otp-validity": 1000})
OPEN = attrs.evolve(first_control(MODEL), interval=1, open=(("session-1", "primary"),))
MONDAY = attrs.evolve(OPEN, interval=5, open=(("monday", "primary"),))
SHUT = first_control(MODEL)

READY = {"status": "active", "email": True, "smartcard": "C0", "password": "P0", "channel": "email", "credential": 1}
ACTIONS = {
    "otp logon": Logon(with_="otp", password="P0"),
    "card logon": Logon(with_="smartcard", password="C0"),
    "logout": Logout(),
    "initiate": InitiateTwoFactor("P1", "email"),
    "half initiate": InitiateTwoFactor("P1"),
    "change password": ChangePassword("P0", "P1"),
    "change card password": ChangePassword("C0", "C1", with_="smartcard"),
    "change channel": ChangeOtpChannel("P0", "app"),
    "register email": RegisterEmail(),
    "create": CreateUser("U"),
    "suspend": SuspendUser("U"),
    "reinstate": ReinstateUser("U"),
    "reset": ResetUser("U"),
    "unlock": UnlockUser("U"),
}

# Each row: the action; the facts that are amiss, in the order in which they are found; the code of the first.
# Taking the first fact away must uncover the next code, so a row is also a proof of precedence.
TABLE = """
otp logon            | down shut absent no-portal                                               | site-down
otp logon            | shut absent no-portal no-link suspended locked bare wrong stale          | closed
otp logon            | unregistered absent no-portal no-link suspended locked bare wrong stale  | not-registered
otp logon            | absent no-portal no-link suspended locked bare wrong stale               | unknown-account
otp logon            | no-portal no-link suspended locked bare wrong stale                      | wrong-portal
otp logon            | no-link suspended locked bare wrong stale                                | wrong-link
otp logon            | suspended locked bare wrong stale                                        | suspended
otp logon            | locked bare wrong stale                                                  | locked
otp logon            | bare wrong stale                                                         | not-initiated
otp logon            | uncertified wrong bad-otp stale                                          | no-credential
otp logon            | wrong bad-otp stale                                                      | wrong-password
otp logon            | bad-otp stale                                                            | wrong-otp
otp logon            | stale                                                                    | expired-otp
otp logon            | at-the-limit                                                             | accepted
otp logon            |                                                                          | accepted
card logon           | retired suspended other-card cardless wrong                              | method-not-offered
card logon           | suspended other-card cardless wrong                                      | suspended
card logon           | other-card cardless wrong                                                | wrong-card
card logon           | cardless wrong                                                           | no-smartcard
card logon           | wrong                                                                    | wrong-password
card logon           |                                                                          | accepted
logout               |                                                                          | not-logged-on
initiate             | shut suspended no-email                                                  | closed
initiate             | suspended locked no-email                                                | suspended
initiate             | locked no-email                                                          | locked
initiate             | no-email                                                                 | email-missing
initiate             |                                                                          | already-initiated
initiate             | bare                                                                     | accepted
half initiate        | bare no-email                                                            | email-missing
half initiate        | bare                                                                     | incomplete-set-up
change password      | shut suspended locked bare wrong                                         | closed
change password      | suspended locked bare wrong                                              | suspended
change password      | locked bare wrong                                                        | locked
change password      | bare wrong                                                               | not-initiated
change password      | wrong                                                                    | wrong-password
change password      |                                                                          | accepted
change card password | retired cardless wrong                                                   | method-not-offered
change card password | cardless wrong                                                           | no-smartcard
change card password | wrong                                                                    | wrong-password
change channel       | suspended bare wrong                                                     | suspended
change channel       | bare wrong                                                               | not-initiated
change channel       | wrong                                                                    | wrong-password
change channel       |                                                                          | accepted
register email       | absent suspended                                                         | unknown-account
register email       | suspended                                                                | suspended
register email       |                                                                          | already-registered
register email       | shut no-email                                                            | accepted
create               | shut nobody stranger                                                     | closed
create               | nobody stranger                                                          | not-administrator
create               | stranger                                                                 | other-participant
create               |                                                                          | user-exists
create               | absent-user                                                              | accepted
suspend              | stranger suspended                                                       | other-participant
suspend              | da-suspended da-locked                                                   | suspended
suspend              | da-locked absent-user                                                    | locked
suspend              | absent-user                                                              | unknown-user
suspend              | suspended                                                                | user-suspended
suspend              |                                                                          | accepted
reinstate            | absent-user                                                              | unknown-user
reinstate            |                                                                          | not-suspended
reinstate            | suspended                                                                | accepted
reset                | bare                                                                     | nothing-to-reset
reset                |                                                                          | accepted
unlock               |                                                                          | not-locked
unlock               | locked                                                                   | accepted
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in TABLE.strip().splitlines()]


def outcome(name, amiss):
    """Take an action with some facts amiss, and name the code."""
    user, da, action = dict(READY), dict(READY), ACTIONS[name]
    facts = set(amiss)
    if facts & {"absent", "absent-user"}:
        user["status"] = "absent"
    elif "suspended" in facts:
        user["status"] = "suspended"
    user["locked"] = "locked" in facts
    da["locked"] = "da-locked" in facts
    da["status"] = "suspended" if "da-suspended" in facts else "active"
    lacking = (("no-email", "email", False), ("cardless", "smartcard", None))
    user |= {field: value for fact, field, value in lacking if fact in facts}
    if "bare" in facts:
        user |= {"password": None, "channel": None, "credential": 0}
    if "uncertified" in facts:
        user |= {"credential": 0}
    changes = {
        "no-portal": {"portal": "https://elsewhere"},
        "no-link": {"link": "elsewhere"},
        "other-card": {"card": "other"},
        "bad-otp": {"otp": "wrong"},
        "stale": {"otp_age": 1001},
        "at-the-limit": {"otp_age": 1000},
    }
    for fact in facts & set(changes):
        action = attrs.evolve(action, **changes[fact])
    if "wrong" in facts:
        action = attrs.evolve(action, **{"from_" if hasattr(action, "from_") else "password": "XX"})
    control = SHUT if "shut" in facts else MONDAY if "retired" in facts else OPEN
    if "down" in facts:
        control = attrs.evolve(control, down=("primary",))
    by = None
    if hasattr(action, "user") and "nobody" not in facts:
        by = lane("da", "P2" if "stranger" in facts else "P1", da, True)
    result = act(MODEL, control, lane("user", "P1", user, "unregistered" not in facts), action, by)
    return result.code if isinstance(result, Refused) else "accepted"


def lane(kind, participant, values, registered):
    record = Record(**{field: Cell(value, BASELINE) for field, value in values.items()})
    return first_lane(MODEL, Account("x", Profile(kind, participant, registered), record))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}:{row[2]}")
def test_the_first_reason_in_the_table_is_the_one_given(row):
    """With several things amiss at once, the client hears of the first in the written order."""
    name, amiss, code = row
    assert outcome(name, amiss.split()) == code


def test_every_verb_has_an_order_and_every_refusal_is_used():
    """Each client action but the generic write has a row, each order names known refusals, none is dead."""
    assert set(ORDER) == set(CLIENT_ACTIONS)
    used = {code for order in ORDER.values() for code in order}
    assert used == set(REFUSALS)
    covered = {row[2] for row in ROWS} - {"accepted"}
    assert set(REFUSALS) - covered == {"read-only", "not-offered"}


def test_the_order_of_codes_in_the_table_is_the_order_of_the_guards():
    """Rows of one action come in the order of its guards."""
    for name, action in ACTIONS.items():
        codes = [code for n, _, code in ROWS if n == name and code != "accepted"]
        order = ORDER[action.verb]
        assert codes == sorted(codes, key=order.index), name


def test_a_standby_is_read_only():
    """A session at a standby takes nobody."""
    control = attrs.evolve(OPEN, open=(("session-2", "secondary"),))
    refused = act(MODEL, control, lane("user", "P1", READY, True), ACTIONS["otp logon"])
    assert refused.code == "read-only"


def test_a_session_offers_only_the_changes_it_names():
    """A session that limits its changes refuses others with not-offered."""
    sessions = (attrs.evolve(BOOK.sessions[0], changes=("register-email",)), *BOOK.sessions[1:])
    model = Model(attrs.evolve(BOOK, sessions=sessions), RUN)
    refused = act(model, OPEN, lane("user", "P1", READY, True), ACTIONS["change password"])
    assert refused.code == "not-offered"
