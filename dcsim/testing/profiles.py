"""Profiles of settings for Hypothesis, every one of them said in full.

What is left out of a profile comes from the one in force when it is registered, and where CI is set, Hypothesis puts
one of its own in force, called ``ci`` as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.database import DirectoryBasedExampleDatabase

EXAMPLES = ".hypothesis/examples"
"""Where failing examples are kept, from the folder in which the tests run: what a pipeline caches."""

_SAME: Mapping[str, Any] = {
    "verbosity": Verbosity.normal,
    "report_multiple_bugs": True,
    # A weekend takes a millisecond, the first one as long as it takes to load the files.
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
"""``dev`` for the desk; ``ci`` gates pull requests, and draws the same each time; ``nightly`` looks for news."""


def register_profiles(load: str | None = None) -> None:
    """Register ``dev``, ``ci`` and ``nightly``; and put one in force, when ``load`` names it.

    Call it at the top of the root's conftest.py: there it comes before ``--hypothesis-profile`` is looked at, which
    then has its way.
    """
    for name, profile in PROFILES.items():
        settings.register_profile(name, **profile)
    if load is not None:
        settings.load_profile(load)
