"""The parameters that a notice may leave out.

A rulebook sets them with a citation or a reason, and a scenario may override them. Each default is the permissive
value. No default is a claim about any real system.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs


@attrs.frozen
class Parameter:
    """A policy's meaning, its default, and the values that it may have: one of some words, or a ``count``, a
    ``duration``, a ``flag``, or some ``kinds`` of change.
    """

    takes: str | tuple[str, ...]
    default: Any
    meaning: str


POLICIES: Mapping[str, Parameter] = MappingProxyType(
    {
        "lockout-after": Parameter("count", 0, "failed logons in a row that lock an account; 0: never"),
        "otp-validity": Parameter("duration", 0, "how long a one-time password is good; 0: always"),
        "email-required": Parameter("flag", False, "whether initiation of 2FA needs a registered e-mail address"),
        "registration-required": Parameter("flag", False, "whether a participant must have registered for the test"),
        "set-up": Parameter(
            ("atomic", "stepwise"), "atomic", "whether password and channel commit as one, or each as it is given"
        ),
        "repeat-set-up": Parameter(("allowed", "refused"), "allowed", "a set-up after a completed one"),
        "in-flight-at-close": Parameter(
            ("refuse", "commit"), "refuse", "a request whose commit comes after the session closed"
        ),
        "concurrent-edits": Parameter(
            ("refuse", "last-wins"), "refuse", "a commit whose record changed since the request read it"
        ),
        "origin-fixed-at": Parameter(("commit", "request"), "commit", "which instant decides a change's origin"),
        "logons-at-close": Parameter(("end", "stay"), "end", "what becomes of open logons when a session closes"),
        "changes-in-gaps": Parameter("kinds", (), "kinds of change that the production site accepts between sessions"),
    }
)
