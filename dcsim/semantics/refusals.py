"""One visit of a client to a site, and the reasons to refuse it, in the order in which they are checked.

Each reason has a guard, which is a predicate over the visit. ``ORDER`` lists the guards of each verb: the first that
applies gives the refusal. The reference page of refusals and the precedence test are made from these two tables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from dcsim.domain.account import Profile, Record
from dcsim.domain.action_signature import SECRETS, method_of, presented
from dcsim.domain.rulebook import AccountKind
from dcsim.domain.world import Control
from dcsim.semantics.model import Model


@attrs.frozen(cache_hash=True)
class Party:
    """An account as the serving site sees it."""

    profile: Profile
    record: Record
    logged_on: bool = False


@attrs.frozen
class Visit:
    """An action that a client brings to a site and a session. ``by`` is the administrator, if one acts."""

    model: Model
    control: Control
    party: Party
    action: Any
    site: str | None
    session: str | None
    kind: str
    by: Party | None = None

    @property
    def record(self) -> Record:
        """What the serving site holds of the account that the action would change."""
        return self.party.record

    @property
    def actor(self) -> Party:
        """The account that acts: the administrator if there is one, else the account itself."""
        return self.by or self.party

    @property
    def terminal(self) -> AccountKind:
        """The portal and links of the kind of account that acts."""
        return self.model.rulebook.accounts[self.actor.profile.kind]

    def policy(self, name: str) -> Any:
        """A policy's value."""
        return self.model.policies[name]


def _initiated(record: Record) -> bool:
    """Whether 2FA is initiated: password and channel are both set."""
    return record.password.value is not None and record.channel.value is not None


def _offered(v: Visit) -> bool:
    if v.session is None:
        # Inside a printed window nothing is "between sessions", even where its session was never opened.
        between = v.model.interval(v.control) not in v.model.rulebook.by_name
        return between and v.kind in v.policy("changes-in-gaps")
    changes = v.model.session(v.session).changes
    # A session limits changes; an action such as a logon, whose kind is no kind of change, is not limited by it.
    return changes is None or v.kind not in v.model.rulebook.kinds or v.kind in v.model.rulebook.expand(changes)


def _method_missing(v: Visit) -> bool:
    return v.session is not None and v.action.with_ not in v.model.session(v.session).logon


def _secret(v: Visit) -> Any:
    """The secret that the site holds for the way of logging on that the action uses."""
    return v.record[SECRETS[method_of(v.action)]].value


def _by_otp(v: Visit) -> bool:
    return method_of(v.action) == "otp"


def _wrong_link(v: Visit) -> bool:
    links = v.terminal.links.get(v.action.with_, ())
    return v.action.link is not None and v.action.link not in links


def _expired(v: Visit) -> bool:
    # A validity of 0 means that a one-time password never expires.
    return _by_otp(v) and 0 < v.policy("otp-validity") < v.action.otp_age


@attrs.frozen
class Refusal:
    """A reason to refuse: when it applies, and its sentence."""

    applies: Callable[[Visit], bool]
    why: str


REFUSALS: dict[str, Refusal] = {
    "site-down": Refusal(lambda v: v.site in v.control.down, "the site is down, or crashed before the commit"),
    "closed": Refusal(lambda v: v.session is None and not _offered(v), "no session is open"),
    "read-only": Refusal(
        lambda v: v.site is None or v.control.role(v.site) == "standby", "the serving site is a read-only standby"
    ),
    "not-offered": Refusal(lambda v: not _offered(v), "this session does not offer that change"),
    "not-registered": Refusal(
        lambda v: bool(v.policy("registration-required") and not v.actor.profile.registered),
        "the participant did not register",
    ),
    "unknown-account": Refusal(
        lambda v: v.actor.record.status.value == "absent", "the serving site knows no such account"
    ),
    "wrong-portal": Refusal(
        lambda v: v.action.portal is not None and v.action.portal.rstrip("/") != v.terminal.portal.rstrip("/"),
        "this kind of account enters by another portal",
    ),
    "wrong-link": Refusal(_wrong_link, "the landing page's link for this method and kind of account is another"),
    "method-not-offered": Refusal(_method_missing, "this session does not offer that way of logging on"),
    "suspended": Refusal(lambda v: v.actor.record.status.value == "suspended", "the account is suspended"),
    "locked": Refusal(lambda v: bool(v.actor.record.locked.value), "the account is locked"),
    "wrong-card": Refusal(
        lambda v: v.action.with_ == "smartcard" and v.action.card != "production",
        "the card is not the production smartcard",
    ),
    "no-smartcard": Refusal(
        lambda v: not _by_otp(v) and v.record.smartcard.value is None, "the account has no smartcard"
    ),
    "not-initiated": Refusal(
        lambda v: _by_otp(v) and not _initiated(v.record), "2FA is not initiated at the serving site"
    ),
    "no-credential": Refusal(
        lambda v: _by_otp(v) and not v.record.credential.value, "the serving site holds no OTP credential"
    ),
    "wrong-password": Refusal(lambda v: presented(v.action) != _secret(v), "the password is wrong"),
    "wrong-otp": Refusal(lambda v: _by_otp(v) and v.action.otp == "wrong", "the one-time password is wrong"),
    "expired-otp": Refusal(_expired, "the one-time password is no longer good"),
    "email-missing": Refusal(
        lambda v: bool(v.policy("email-required") and not v.record.email.value), "no e-mail address is registered"
    ),
    "already-registered": Refusal(lambda v: bool(v.record.email.value), "an e-mail address is registered already"),
    "already-initiated": Refusal(
        lambda v: _initiated(v.record) and v.policy("repeat-set-up") == "refused", "2FA is initiated already"
    ),
    "incomplete-set-up": Refusal(
        lambda v: v.policy("set-up") == "atomic" and None in (v.action.password, v.action.channel),
        "a set-up needs both password and OTP channel",
    ),
    "not-logged-on": Refusal(lambda v: not v.party.logged_on, "there is no open logon"),
    "not-administrator": Refusal(
        lambda v: v.by is None or v.party.profile.kind not in v.terminal.administers,
        "this kind of account does not administer that one",
    ),
    "other-participant": Refusal(
        lambda v: v.by is not None and v.by.profile.participant != v.party.profile.participant,
        "the user belongs to another participant",
    ),
    "unknown-user": Refusal(lambda v: v.record.status.value == "absent", "the serving site knows no such user"),
    "user-exists": Refusal(lambda v: v.record.status.value != "absent", "the user exists already"),
    "user-suspended": Refusal(lambda v: v.record.status.value == "suspended", "the user is suspended already"),
    "not-suspended": Refusal(lambda v: v.record.status.value != "suspended", "the user is not suspended"),
    "not-locked": Refusal(lambda v: not v.record.locked.value, "the user is not locked"),
    "nothing-to-reset": Refusal(
        lambda v: v.record.password.value is None and v.record.channel.value is None,
        "the user has no 2FA set-up",
    ),
}

# The order is from the outside in: the site and session, the participant, the account, and its secrets last.
_SITE = ("site-down", "closed", "read-only", "not-offered", "not-registered", "unknown-account")
WHERE = ("site-down", "closed", "read-only", "not-offered")
"""The refusals that depend on the site and the session. A commit checks these in its own way (``client``)."""
_STATUS = ("suspended", "locked")
_ADMINISTRATOR = ("not-administrator", "other-participant")

ORDER: dict[str, tuple[str, ...]] = {
    "logon": (
        *_SITE,
        "wrong-portal",
        "wrong-link",
        "method-not-offered",
        *_STATUS,
        "wrong-card",
        "no-smartcard",
        "not-initiated",
        "no-credential",
        "wrong-password",
        "wrong-otp",
        "expired-otp",
    ),
    "logout": ("site-down", "not-logged-on"),
    "initiate-2fa": (*_SITE, *_STATUS, "email-missing", "already-initiated", "incomplete-set-up"),
    "change-password": (
        *_SITE,
        "method-not-offered",
        *_STATUS,
        "no-smartcard",
        "not-initiated",
        "wrong-password",
    ),
    "change-otp-channel": (*_SITE, *_STATUS, "not-initiated", "wrong-password"),
    "register-email": (*_SITE, "suspended", "already-registered"),
    "write": (*_SITE, "suspended"),
    "create-user": (*_SITE, *_ADMINISTRATOR, *_STATUS, "user-exists"),
    "suspend-user": (*_SITE, *_ADMINISTRATOR, *_STATUS, "unknown-user", "user-suspended"),
    "reinstate-user": (*_SITE, *_ADMINISTRATOR, *_STATUS, "unknown-user", "not-suspended"),
    "reset-user": (*_SITE, *_ADMINISTRATOR, *_STATUS, "unknown-user", "nothing-to-reset"),
    "unlock-user": (*_SITE, *_ADMINISTRATOR, *_STATUS, "unknown-user", "not-locked"),
}

FAILED_LOGONS = ("wrong-password", "wrong-otp", "expired-otp")
"""The refusals of a logon that count towards a lockout."""


def refusal(visit: Visit, but: tuple[str, ...] = ()) -> str | None:
    """The code of the first reason to refuse the visit, or None. ``but``: reasons that are not checked."""
    return next((code for code in ORDER[visit.action.verb] if code not in but and REFUSALS[code].applies(visit)), None)


_OF_METHOD = "of the way of logging on"
_READS = {
    **dict.fromkeys(("unknown-account", "suspended", "unknown-user", "user-exists"), "status"),
    **dict.fromkeys(("user-suspended", "not-suspended"), "status"),
    **dict.fromkeys(("locked", "not-locked"), "locked"),
    **dict.fromkeys(("not-initiated", "already-initiated", "nothing-to-reset"), "password"),
    **dict.fromkeys(("email-missing", "already-registered"), "email"),
    **dict.fromkeys(("no-smartcard",), "smartcard"),
    **dict.fromkeys(("no-credential",), "credential"),
    **dict.fromkeys(("wrong-password",), _OF_METHOD),
}


def field_read(code: str, action: Any) -> str:
    """The field of the record on which a refusal mainly depends; empty if it depends on none."""
    field = _READS.get(code, "")
    return SECRETS[method_of(action)] if field == _OF_METHOD else field


OF_ACTOR = ("unknown-account", *_STATUS)
"""The refusals that depend on the account that acts, even if it acts on another."""
