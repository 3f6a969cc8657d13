"""dcsim: a simulator and checker of dual-data-centre rollovers.

The public API is in ``dcsim.api``; it is imported when one of its names is first asked for, so that ``import dcsim``
and ``dcsim --version`` start at once.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in typing, without what it takes to import that
if TYPE_CHECKING:
    from dcsim.api import (
        Case,
        CheckResult,
        DiffResult,
        Explanation,
        Figures,
        Finding,
        FuzzResult,
        InputError,
        LintResult,
        Prediction,
        Reconciliation,
        RequestError,
        Rulebook,
        Runbook,
        RunResult,
        check,
        diff,
        fuzz,
        lint,
        load_rulebook,
        load_runbook,
        load_scenario,
        load_scenarios,
        predict,
        reconcile,
        run,
        why,
    )

__version__ = "0.1.0"

__all__ = [
    "Case",
    "CheckResult",
    "DiffResult",
    "Explanation",
    "Figures",
    "Finding",
    "FuzzResult",
    "InputError",
    "LintResult",
    "Prediction",
    "Reconciliation",
    "RequestError",
    "Rulebook",
    "RunResult",
    "Runbook",
    "__version__",
    "check",
    "diff",
    "fuzz",
    "lint",
    "load_rulebook",
    "load_runbook",
    "load_scenario",
    "load_scenarios",
    "predict",
    "reconcile",
    "run",
    "why",
]


if not TYPE_CHECKING:
    # Hidden from type checkers, which would take any name for one of the package's.

    def __getattr__(name: str) -> object:
        """A name of the public API, imported now."""
        if name not in __all__:
            raise AttributeError(f"module 'dcsim' has no attribute '{name}'")
        from dcsim import api  # noqa: PLC0415 - the start-up of everything else must not pay for it

        return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
