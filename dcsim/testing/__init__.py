"""For authors of tests: drawn weekends, invariants as assertions, a state machine, and profiles for Hypothesis.

Hypothesis is imported only when a name that needs it is used. ``invariant`` and ``assert_invariants`` do not need it.

>>> from dcsim.testing import assert_invariants, broken, run
>>> from dcsim.files.load import load_pair
>>> from dcsim.fuzzer.decode import Space, decode
>>> space = Space(*load_pair("seoch-2fa-2023", "snapshot-standby"))
>>> assert_invariants(decode(bytes(10), space))
>>> broken("discarded-absent").__name__
'DiscardedAbsent'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dcsim.domain.action_outcome import Violation
from dcsim.semantics.custom_invariants import invariant
from dcsim.semantics.scene import Scene
from dcsim.testing.assertions import ExpectationNotMet, InvariantBroken, Run, assert_invariants, broken, run

if TYPE_CHECKING:
    from dcsim.testing.machine import WeekendMachine
    from dcsim.testing.profiles import PROFILES, register_profiles
    from dcsim.testing.strategies import accounts, rulebooks, runbooks, scenarios, traces

__all__ = [
    "PROFILES",
    "ExpectationNotMet",
    "InvariantBroken",
    "Run",
    "Scene",
    "Violation",
    "WeekendMachine",
    "accounts",
    "assert_invariants",
    "broken",
    "invariant",
    "register_profiles",
    "rulebooks",
    "run",
    "runbooks",
    "scenarios",
    "traces",
]

_LATE = {
    "WeekendMachine": "machine",
    "PROFILES": "profiles",
    "register_profiles": "profiles",
    **dict.fromkeys(("accounts", "rulebooks", "runbooks", "scenarios", "traces"), "strategies"),
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
