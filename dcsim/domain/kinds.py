"""The kinds of change that rules speak of, and the fields each one writes.

A rulebook adds its own records (orders, trades, configuration); each is a kind of its own name that writes the
field of that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dcsim.domain.account import TWO_FACTOR

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "initiate-2fa": TWO_FACTOR,
        "repeat-2fa-set-up": TWO_FACTOR,
        "partial-2fa-set-up": TWO_FACTOR,
        "change-2fa-password": ("password",),
        "change-otp-channel": ("channel", "credential"),
        "change-smartcard-password": ("smartcard",),
        "register-email": ("email",),
        "create-user": ("status",),
        "suspend-user": ("status",),
        "reinstate-user": ("status",),
        "reset-user": ("password", "channel"),
        "unlock-user": ("locked", "failures"),
        "failed-logon": ("failures",),
        "lockout": ("locked", "failures"),
    }
)


def fields_of(kind: str) -> tuple[str, ...]:
    """The fields that a kind of change writes; a rulebook's own record writes the field of its name."""
    return KINDS.get(kind, (kind,))


NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "initiate-2fa": ("create-user",),
        "partial-2fa-set-up": ("create-user",),
        "change-smartcard-password": ("create-user",),
        "register-email": ("create-user",),
        "repeat-2fa-set-up": ("initiate-2fa",),
        "change-2fa-password": ("initiate-2fa",),
        "change-otp-channel": ("initiate-2fa",),
        "reinstate-user": ("suspend-user",),
        "unlock-user": ("lockout",),
    }
)
"""What a kind of change builds on: without the other, it has nothing to change."""

COMPOSITES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"initiate-2fa": ("change-2fa-password", "change-otp-channel"), "lockout": ("failed-logon", "lockout")}
)
"""What is set up as one thing, and the kinds of change that touch a part of it."""

RESTRICTIONS = ("suspend-user", "lockout")
"""Kinds of change that forbid an account something."""
