"""When the accounts of a step come: anywhere in a window, early or late in it as a curve says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs

from dcsim.domain.distribution import Empirical, Lognormal, Uniform
from dcsim.domain.moment import Moment

Curve = Literal["uniform", "early", "rush", "late", "last-minute", "middle"]

# Only products, sums and quotients of floats, which are the same on every machine: a logarithm is not.
CURVES: Mapping[str, Callable[[Any], Any]] = {
    "uniform": lambda u: u,
    "early": lambda u: u * u,
    "rush": lambda u: u * u * u * u,
    "late": lambda u: 1 - u * u,
    "last-minute": lambda u: 1 - u * u * u * u * u * u * u * u,
    "middle": lambda u: 0.5 + 0.5 * (2 * u - 1) * abs(2 * u - 1) * abs(2 * u - 1),
}
"""For each curve: how far in the window an account comes, from 0 to 1, by a number from 0 to 1 that is drawn for it."""


@attrs.frozen(kw_only=True)
class ArrivalWindow:
    """A window in which each account of a step comes at an instant of its own: from the step's moment ``until`` another
    (excluded), by a ``curve``.
    """

    until: Moment
    curve: Curve = "uniform"


Arrival = ArrivalWindow | Uniform | Lognormal | Empirical
"""When an account comes: in a window, or so long after the step's moment as is drawn from a distribution."""
