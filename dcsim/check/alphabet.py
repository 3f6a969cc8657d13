"""What clients may try, with abstract values: enough of each kind to tell every outcome apart.

Two labels of each sort suffice, for nothing in the step compares values but for equality (docs/explanation/bounds.md).
"""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.domain.actions import (
    Administer,
    ChangeOtpChannel,
    ChangePassword,
    ClientAction,
    CreateUser,
    InitiateTwoFactor,
    Logon,
    RegisterEmail,
    ReinstateUser,
    ResetUser,
    SuspendUser,
    UnlockUser,
    Write,
)
from dcsim.domain.world import Lane
from dcsim.semantics.model import Model

PASSWORDS = ("P1", "P2")
CARD_PASSWORDS = ("C1", "C2")
CHANNELS = ("email", "app")
VALUES = ("V1", "V2")
WRONG = "wrong"
USER = "*"
"""The user in an administrator's act, until the act is written down for an account with a name."""


def client_actions(model: Model, lane: Lane, site: str) -> Iterator[ClientAction]:
    """Everything that an account's holder may try, simplest first, given what the serving site holds."""
    record = lane.store(site)
    passwords, channels = fresh(PASSWORDS, lane, "password"), fresh(CHANNELS, lane, "channel")
    for password in passwords:
        yield from (InitiateTwoFactor(password, channel) for channel in channels)
    if model.policies["set-up"] == "stepwise":
        yield InitiateTwoFactor(passwords[0], None)
        yield InitiateTwoFactor(None, channels[0])
    yield RegisterEmail()
    now = str(record.password.value) if record.password.value is not None else WRONG
    yield from (ChangePassword(now, to) for to in passwords)
    yield from (ChangeOtpChannel(now, channel) for channel in channels)
    yield Logon(with_="otp", password=now)
    yield Logon(with_="otp", password=WRONG)
    card = record.smartcard.value
    if card is not None:
        cards = fresh(CARD_PASSWORDS, lane, "smartcard")
        yield from (ChangePassword(str(card), to, with_="smartcard") for to in cards)
        yield Logon(with_="smartcard", password=str(card))
        yield Logon(with_="smartcard", password=WRONG)
    for name in model.rulebook.records:
        yield from (Write(name, value) for value in fresh(VALUES, lane, name))


def fresh(labels: tuple[str, ...], lane: Lane, field: str) -> tuple[str, ...]:
    """The labels in use somewhere in the lane and the first that is not: a new label is like any other new one."""
    records = [record for _, record in (*lane.stores, *lane.points)]
    used = {record[field].value for record in records}
    used |= {cell.value for entry in lane.redo for name, cell in entry.cells if name == field}
    used |= {cell.value for (_, name), expected in lane.ledger.rows if name == field for cell in expected.cells}
    unused = next((label for label in labels if label not in used), None)
    return tuple(label for label in labels if label in used or label == unused)


def administrators_actions() -> tuple[Administer, ...]:
    """Everything that an administrator may try on a user."""
    return (SuspendUser(USER), ReinstateUser(USER), ResetUser(USER), UnlockUser(USER), CreateUser(USER))
