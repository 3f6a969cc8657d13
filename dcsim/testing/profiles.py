"""Profiles of settings for Hypothesis. Each profile gives every setting.

A setting that a profile does not give is taken from the profile that is active when it is registered. In CI, Hypothesis
activates a profile of its own, which is called ``ci`` too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.database import DirectoryBasedExampleDatabase

EXAMPLES = ".hypothesis/examples"
"""Where failing examples are kept, relative to the folder in which the tests run. A pipeline can cache it."""

_SAME: Mapping[str, Any] = {
    "verbosity": Verbosity.normal,
    "report_multiple_bugs": True,
    # A weekend takes a millisecond, but the first one also loads the files.
    "deadline": None,
    "suppress_health_check": (HealthCheck.too_slow,),
    "backend": "hypothesis",
}
_ALL_PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink, Phase.explain)
_KEPT = DirectoryBasedExampleDatabase(EXAMPLES)

PROFILES: Mapping[str, Mapping[str, Any]] = {
    "dev": {
        "max_examples": 100,
        "stateful_step_count": 30,
        "derandomize": False,
        "database": _KEPT,
        "phases": _ALL_PHASES,
        "print_blob": False,
        **_SAME,
    },
    "ci": {
        "max_examples": 200,
        "stateful_step_count": 30,
        "derandomize": True,
        "database": None,
        "phases": (Phase.explicit, Phase.generate, Phase.target, Phase.shrink),
        "print_blob": True,
        **_SAME,
    },
    "nightly": {
        "max_examples": 10_000,
        "stateful_step_count": 100,
        "derandomize": False,
        "database": _KEPT,
        "phases": _ALL_PHASES,
        "print_blob": True,
        **_SAME,
    },
}
"""``dev`` is for daily work. ``ci`` is for pull requests and draws the same each time. ``nightly`` searches longer."""


def register_profiles(load: str | None = None) -> None:
    """Register ``dev``, ``ci`` and ``nightly``, and activate the one that ``load`` names, if any.

    Call it at the top of the conftest.py in the root folder. There it runs before Hypothesis reads the option
    ``--hypothesis-profile``, so the option still decides.
    """
    for name, profile in PROFILES.items():
        settings.register_profile(name, **profile)
    if load is not None:
        settings.load_profile(load)
