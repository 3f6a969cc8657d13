"""Everything that can happen, as values: what clients do, what the link does, what the operator and the clock do."""

from __future__ import annotations

from typing import ClassVar, Literal

import attrs

from dcsim.domain.account import Value, typed

Method = Literal["smartcard", "otp"]


@attrs.frozen(cache_hash=True)
class ClientAction:
    """An act of an account's holder. Its fields, hyphenated, are the keys of a scenario's step."""

    verb: ClassVar[str]


@attrs.frozen(cache_hash=True)
class InitiateTwoFactor(ClientAction):
    """Set up password and OTP channel. Leave one out for a set-up that stops half way."""

    verb = "initiate-2fa"
    password: str | None = None
    channel: str | None = None


@attrs.frozen(cache_hash=True)
class Logon(ClientAction):
    """Log on with the smartcard or with an OTP. Portal and link default to the right ones.

    ``otp_age`` is the age of the one-time password in milliseconds (written as a duration).
    """

    verb = "logon"
    with_: Method
    password: str
    card: Literal["production", "other"] = "production"
    otp: Literal["right", "wrong"] = "right"
    otp_age: int = attrs.field(default=0, metadata={"duration": True})
    portal: str | None = None
    link: str | None = None


@attrs.frozen(cache_hash=True)
class Logout(ClientAction):
    """End the open logon."""

    verb = "logout"


@attrs.frozen(cache_hash=True)
class ChangePassword(ClientAction):
    """Change the smartcard's or the 2FA password; ``from`` authenticates, so no separate logon is needed."""

    verb = "change-password"
    from_: str
    to: str
    with_: Method = "otp"


@attrs.frozen(cache_hash=True)
class ChangeOtpChannel(ClientAction):
    """Change the OTP channel; ``password`` authenticates. The site issues a new OTP credential."""

    verb = "change-otp-channel"
    password: str
    channel: str


@attrs.frozen(cache_hash=True)
class RegisterEmail(ClientAction):
    """Register the account's e-mail address."""

    verb = "register-email"


@attrs.frozen(cache_hash=True)
class Write(ClientAction):
    """Write one of the rulebook's own records (an order, a configuration value)."""

    verb = "write"
    record: str
    value: Value = attrs.field(default=None, eq=typed)


@attrs.frozen(cache_hash=True)
class Administer(ClientAction):
    """A delegated administrator's act on a user of its own participant."""

    user: str


@attrs.frozen(cache_hash=True)
class CreateUser(Administer):
    """Create a user (declared in the scenario with ``status: absent``)."""

    verb = "create-user"


@attrs.frozen(cache_hash=True)
class SuspendUser(Administer):
    """Suspend a user: no logon until reinstated."""

    verb = "suspend-user"


@attrs.frozen(cache_hash=True)
class ReinstateUser(Administer):
    """Lift a suspension."""

    verb = "reinstate-user"


@attrs.frozen(cache_hash=True)
class ResetUser(Administer):
    """Wipe a user's 2FA set-up; the user must initiate again."""

    verb = "reset-user"


@attrs.frozen(cache_hash=True)
class UnlockUser(Administer):
    """Unlock a user that too many failed logons had locked."""

    verb = "unlock-user"


CLIENT_ACTIONS: dict[str, type[ClientAction]] = {
    cls.verb: cls
    for cls in (
        InitiateTwoFactor,
        Logon,
        Logout,
        ChangePassword,
        ChangeOtpChannel,
        RegisterEmail,
        Write,
        CreateUser,
        SuspendUser,
        ReinstateUser,
        ResetUser,
        UnlockUser,
    )
}


@attrs.frozen(cache_hash=True)
class Request:
    """A client action whose commit comes later: the site reads now and writes at the commit."""

    action: ClientAction
    by: str = ""
    ticket: int = 0


@attrs.frozen(cache_hash=True)
class Commit:
    """The commit of the request with the same ticket."""

    action: ClientAction
    by: str = ""
    ticket: int = 0


Verdict = Literal["pass", "delay", "drop", "duplicate", "again", "release", "resend"]


@attrs.frozen(cache_hash=True)
class Deliver:
    """The link's verdict on a redo entry of one account: the one with that number, 0 for the first that it fits.

    ``pass`` delivers it; ``delay`` lets later ones overtake; ``drop`` loses it until a resend; ``duplicate``
    delivers it and keeps a copy, which comes ``again``; ``release`` lets a late one go on; ``resend`` puts a lost or
    late one back in line.
    """

    verdict: Verdict = "pass"
    number: int = 0


@attrs.frozen(cache_hash=True)
class Tick:
    """The clock crosses the next edge of a printed window."""

    session: str
    edge: Literal["opens", "closes"]


@attrs.frozen(cache_hash=True)
class Operate:
    """The operator takes the next step of the runbook; ``timed_out`` where it waited in vain."""

    timed_out: bool = False


@attrs.frozen(cache_hash=True)
class OperatorError:
    """The operator's slip at the next step: skipped, done twice, put off past the next event, or swapped with the
    step after it.
    """

    error: Literal["skip", "repeat", "delay", "swap"]


ControlAction = Tick | Operate | OperatorError
LaneAction = ClientAction | Request | Commit | Deliver
Action = ControlAction | LaneAction
