"""All actions, as values: those of clients, of the link, of the operator and of the clock."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Literal, TypeVar

import attrs

from dcsim.domain.account import TWO_FACTOR, Value, typed
from dcsim.domain.action_signature import Kind, Method, method, new, record, secret, user


@attrs.frozen(cache_hash=True)
class ClientAction:
    """An act of an account's holder. Its fields, hyphenated, are the keys of a scenario's step.

    ``kinds`` are the kinds of change that it makes. (An action that writes the rulebook's own records has none, since
    these are kinds of the rulebook.) ``guesses``: a wrong secret has an effect, so engines try wrong secrets too.
    ``lasting``: its effect may outlast the open logon.
    """

    verb: ClassVar[str]
    kinds: ClassVar[Mapping[str, Kind]] = MappingProxyType({})
    guesses: ClassVar[bool] = False
    lasting: ClassVar[bool] = True


CLIENT_ACTIONS: dict[str, type[ClientAction]] = {}
"""Every client action by its verb. The rest of dcsim finds the actions here, and names none of them."""

C = TypeVar("C", bound=type[ClientAction])


def client_action(cls: C) -> C:
    """Register a client action: a class whose fields declare their sort (``declaration``)."""
    CLIENT_ACTIONS[cls.verb] = cls
    return cls


@client_action
@attrs.frozen(cache_hash=True)
class InitiateTwoFactor(ClientAction):
    """Set up password and OTP channel. Leave one out for a set-up that stops half-way."""

    verb = "initiate-2fa"
    kinds = MappingProxyType(
        {
            "initiate-2fa": Kind(
                TWO_FACTOR, needs=("create-user",), parts=("change-2fa-password", "change-otp-channel")
            ),
            "repeat-2fa-set-up": Kind(
                TWO_FACTOR, needs=("initiate-2fa",), set_up=True, policies={"repeat-set-up": "allowed"}
            ),
            "partial-2fa-set-up": Kind(TWO_FACTOR, needs=("create-user",), policies={"set-up": "stepwise"}),
        }
    )
    password: str | None = attrs.field(default=None, metadata=new("password", part=True))
    channel: str | None = attrs.field(default=None, metadata=new("channel", part=True))


@client_action
@attrs.frozen(cache_hash=True)
class ChangePassword(ClientAction):
    """Change the smartcard's or the 2FA password; ``from`` authenticates, so no separate logon is needed."""

    verb = "change-password"
    kinds = MappingProxyType(
        {
            "change-2fa-password": Kind(("password",), needs=("initiate-2fa",), method="otp", set_up=True),
            "change-smartcard-password": Kind(("smartcard",), needs=("create-user",), method="smartcard"),
        }
    )
    from_: str = attrs.field(metadata=secret())
    to: str = attrs.field(metadata=new())
    with_: Method = attrs.field(default="otp", metadata=method())


@client_action
@attrs.frozen(cache_hash=True)
class ChangeOtpChannel(ClientAction):
    """Change the OTP channel; ``password`` authenticates. The site issues a new OTP credential."""

    verb = "change-otp-channel"
    kinds = MappingProxyType(
        {"change-otp-channel": Kind(("channel", "credential"), needs=("initiate-2fa",), set_up=True)}
    )
    password: str = attrs.field(metadata=secret("password"))
    channel: str = attrs.field(metadata=new("channel"))


@client_action
@attrs.frozen(cache_hash=True)
class RegisterEmail(ClientAction):
    """Register the account's e-mail address."""

    verb = "register-email"
    kinds = MappingProxyType({"register-email": Kind(("email",), needs=("create-user",), begins={"email": False})})


@client_action
@attrs.frozen(cache_hash=True)
class Write(ClientAction):
    """Write one of the rulebook's own records (an order, a configuration value)."""

    verb = "write"
    record: str = attrs.field(metadata=record())
    value: Value = attrs.field(default=None, eq=typed, metadata=new())


@attrs.frozen(cache_hash=True)
class Administer(ClientAction):
    """A delegated administrator's act on a user of its own participant."""

    user: str = attrs.field(metadata=user())


@client_action
@attrs.frozen(cache_hash=True)
class CreateUser(Administer):
    """Create a user (declared in the scenario with ``status: absent``)."""

    verb = "create-user"
    kinds = MappingProxyType(
        {"create-user": Kind(("status",), begins={"status": "absent", "email": False, "smartcard": None})}
    )


@client_action
@attrs.frozen(cache_hash=True)
class SuspendUser(Administer):
    """Suspend a user: no logon until reinstated."""

    verb = "suspend-user"
    kinds = MappingProxyType({"suspend-user": Kind(("status",), restricts=True)})


@client_action
@attrs.frozen(cache_hash=True)
class ReinstateUser(Administer):
    """Lift a suspension."""

    verb = "reinstate-user"
    kinds = MappingProxyType(
        {"reinstate-user": Kind(("status",), needs=("suspend-user",), begins={"status": "suspended"})}
    )


@client_action
@attrs.frozen(cache_hash=True)
class ResetUser(Administer):
    """Wipe a user's 2FA set-up; the user must initiate again."""

    verb = "reset-user"
    kinds = MappingProxyType({"reset-user": Kind(("password", "channel"), set_up=True)})


@client_action
@attrs.frozen(cache_hash=True)
class UnlockUser(Administer):
    """Unlock a user that too many failed logons had locked."""

    verb = "unlock-user"
    kinds = MappingProxyType({"unlock-user": Kind(("locked", "failures"), needs=("lockout",), begins={"locked": True})})


@client_action
@attrs.frozen(cache_hash=True)
class Logon(ClientAction):
    """Log on with the smartcard or with an OTP. Without a portal or link, the right one is meant.

    ``otp_age`` is the age of the one-time password in milliseconds (written as a duration).
    """

    verb = "logon"
    guesses = True
    # Few failed logons in a row must not reach the limit of 9, and one must reach the limit of 1: so each kind is tried
    # without the other.
    kinds = MappingProxyType(
        {
            "failed-logon": Kind(("failures",), refused=True, set_up=True, policies={"lockout-after": 9}),
            "lockout": Kind(
                ("locked", "failures"),
                parts=("failed-logon", "lockout"),
                restricts=True,
                refused=True,
                set_up=True,
                policies={"lockout-after": 1},
            ),
        }
    )
    with_: Method = attrs.field(metadata=method())
    password: str = attrs.field(metadata=secret())
    card: Literal["production", "other"] = "production"
    otp: Literal["right", "wrong"] = "right"
    otp_age: int = attrs.field(default=0, metadata={"duration": True})
    portal: str | None = None
    link: str | None = None


@client_action
@attrs.frozen(cache_hash=True)
class Logout(ClientAction):
    """End the open logon."""

    verb = "logout"
    lasting = False


@attrs.frozen(cache_hash=True)
class Request:
    """A client action whose commit comes later: the site reads the record now, and writes it at the commit.

    ``by`` is the administrator, if one acts. ``ticket`` tells requests for the same action apart.
    """

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
    """What the link does with one redo entry of an account. ``number`` is the entry's (0: the first one that fits).

    ``pass`` delivers it; ``delay`` holds it up, so that later ones may overtake it; ``drop`` loses it until a resend;
    ``duplicate`` delivers it and keeps a copy; ``again`` delivers such a copy; ``release`` ends a delay; ``resend``
    sends a lost or late one again.
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
    """The operator takes the next step of the runbook. ``timed_out``: the step is a drain whose time is up."""

    timed_out: bool = False


@attrs.frozen(cache_hash=True, repr=False)
class Slip:
    """The operator's slip at the next step, which is skipped, done twice, put off past the next event, or swapped with
    the step after it.
    """

    error: Literal["skip", "repeat", "delay", "swap"]

    def __repr__(self) -> str:
        """As traces of the first format have it: their digests are made of it."""
        return f"OperatorError(error={self.error!r})"


@attrs.frozen(cache_hash=True)
class Down:
    """A site crashes, or the link fails (``LINK``)."""

    what: str


@attrs.frozen(cache_hash=True)
class Up:
    """A site that was down is back, or the link (``LINK``) works again."""

    what: str


@attrs.frozen(cache_hash=True)
class Disturb:
    """A fault begins or ends that changes when things happen, and nothing else; ``says`` is what is told of it."""

    says: str


LINK = "link"
"""The replication link, where something is down. No site may have this name."""

ControlAction = Tick | Operate | Slip | Down | Up | Disturb
LaneAction = ClientAction | Request | Commit | Deliver
Action = ControlAction | LaneAction
