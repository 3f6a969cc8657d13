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
