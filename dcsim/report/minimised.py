"""A scenario before and after it was minimised: as text, JSON and a test case. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from dcsim import __version__
from dcsim.domain.scenario import Scenario
from dcsim.report.junit import TestCase
from dcsim.report.text import some

FORMAT = 1


@attrs.frozen(kw_only=True)
class Minimised:
    """The result of minimising a scenario file. ``text`` is what the new file says.

    ``fails_by`` says how it still fails, ``invariant`` by which one, if by one. ``late``: it was ended early, so that
    something may be left that it does not need; ``interrupted``: because that was asked for.
    """

    path: str
    before: Scenario
    after: Scenario
    fails_by: str
    invariant: str
    text: str
    seconds: float
    late: bool = False
    interrupted: bool = False

    @property
    def label(self) -> str:
        """``shortest`` or ``minimised``."""
        return self.after.label


def lines(result: Minimised) -> Iterator[str]:
    """How much was left out, and how it still fails."""
    yield f"{result.path}: {_counts(result.before, result.before)} -> {_counts(result.after, result.before)}"
    yield f"{result.label}: it still fails by {result.fails_by}"
    if result.late or result.interrupted:
        why = "it was interrupted" if result.interrupted else "the time ran out"
        yield f"{why}: something may be left that it does not need"


def scenario_file(result: Minimised, again: str) -> str:
    """The new scenario's text with what is to be said of it as comments, so that the output is a scenario file."""
    head = "".join(map(_comment, lines(result)))
    return f"{head}{result.text}{_comment(f'again: {again}')}".rstrip("\n")


def _comment(line: str) -> str:
    return "".join(f"# {part}\n" for part in line.splitlines())


def _counts(scenario: Scenario, whole: Scenario) -> str:
    """How many steps, faults and accounts a scenario has; of faults and accounts only where there was a choice."""
    parts = [some(len(scenario.steps), "step")]
    parts += [some(len(scenario.faults), "fault")] if whole.faults and (scenario.faults or scenario is whole) else []
    parts += [some(_accounts(scenario), "account")] if scenario is whole or _accounts(scenario) > 1 else []
    return ", ".join(parts)


def _accounts(scenario: Scenario) -> int:
    return len(scenario.accounts) + sum(population.count for population in scenario.populations)


def as_json(result: Minimised, file: str | None, again: str) -> dict[str, Any]:
    """Everything of the result; documented in docs/reference/findings-on-disk.md. ``file``: where the text is."""
    return {
        "dcsim-minimize": FORMAT,
        "version": __version__,
        "interrupted": result.interrupted,
        "path": result.path,
        "label": result.label,
        "fails-by": result.fails_by,
        "invariant": result.invariant or None,
        "late": result.late,
        "before": _sizes(result.before),
        "after": _sizes(result.after),
        "seconds": round(result.seconds, 3),
        "file": file,
        "scenario": result.text,
        "reproduce": again,
    }


def _sizes(scenario: Scenario) -> dict[str, int]:
    return {"steps": len(scenario.steps), "faults": len(scenario.faults), "accounts": _accounts(scenario)}


def test_cases(result: Minimised, again: str) -> list[TestCase]:
    """One test case, which passes: the scenario was minimised."""
    text = "\n".join([*lines(result), result.text, f"again: {again}"])
    return [TestCase("minimize", result.path, output=text)]
