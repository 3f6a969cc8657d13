"""The other questions of `dcsim check`: the neighbourhood of a scenario, and two runs compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dcsim.checker.explorers.budget import Budget
from dcsim.cli import terminal
from dcsim.report.check_questions import comparison_lines, neighbourhood_lines
from dcsim.usecases.check import Bounds, Subject, compare
from dcsim.usecases.neighbourhood import within


def mode_of(asked: Mapping[str, Any]) -> str:
    """Return the option that asks one of these questions; empty text where none does."""
    return "--within" if asked["k"] is not None else "--non-interference" if asked["non_interference"] else ""


def answer(subject: Subject, bounds: Bounds, budget: Budget, asked: Mapping[str, Any]) -> str:
    """Answer the question that was asked: print the answer, and return its status."""
    if asked["k"] is not None:
        near = within(subject, asked["k"], budget)
        return say(neighbourhood_lines(near, terminal.paint), near.status)
    compared = compare(subject, bounds, budget, engine=asked["engine"])
    return say(comparison_lines(subject.within(bounds), compared, terminal.paint), compared.status)


def say(lines: Iterable[str], status: str) -> str:
    """Print an answer, and return its status."""
    terminal.progress("")
    terminal.say("\n".join(lines))
    return status
