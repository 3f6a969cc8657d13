"""A condition as what a scenario expects of its figures, so that `dcsim run` judges it as the sweep did."""

from __future__ import annotations

from collections.abc import Mapping

from dcsim.files.findings import Keys
from dcsim.usecases.sweep.condition import Condition

JUDGED = ("passed",)
"""What a run tells anyway."""


def expected(condition: Condition) -> Mapping[Keys, str]:
    """The places under ``expect``, and what is written there. Empty where a scenario cannot expect it: ``or``, ``not``,
    or one figure against another.
    """
    return {}
