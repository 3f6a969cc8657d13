"""A scenario before and after it was minimised, as text, JSON and a test case. Pure."""

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
    """The result of minimising a scenario file. ``text`` is the text of the new file.

    ``fails_by`` says how the new scenario fails; ``invariant`` is the invariant that it breaks, if any. ``late``: the
    time ran out, so the scenario may still have parts that it does not need. ``interrupted``: the caller asked to stop.
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
    """Yield how much was removed, and how the scenario still fails."""
    yield f"{result.path}: {_counts(result.before, result.before)} -> {_counts(result.after, result.before)}"
    yield f"{result.label}: it still fails by {result.fails_by}"
    if result.late or result.interrupted:
        why = "it was interrupted" if result.interrupted else "the time ran out"
        yield f"{why}: something may be left that it does not need"


def scenario_file(result: Minimised, again: str) -> str:
    """Return the new scenario's text with the report as comments, so that the output is a valid scenario file."""
    head = "".join(map(_comment, lines(result)))
    return f"{head}{result.text}{_comment(f'again: {again}')}".rstrip("\n")


def _comment(line: str) -> str:
    return "".join(f"# {part}\n" for part in line.splitlines())


def _counts(scenario: Scenario, whole: Scenario) -> str:
    """Count steps, faults and accounts of a scenario. The latter two are mentioned only where there was a choice."""
    parts = [some(len(scenario.steps), "step")]
    parts += [some(len(scenario.faults), "fault")] if whole.faults and (scenario.faults or scenario is whole) else []
    parts += [some(_accounts(scenario), "account")] if scenario is whole or _accounts(scenario) > 1 else []
    return ", ".join(parts)


def _accounts(scenario: Scenario) -> int:
    return len(scenario.accounts) + sum(population.count for population in scenario.populations)


def as_json(result: Minimised, file: str | None, again: str) -> dict[str, Any]:
    """Return the whole result as JSON values. docs/reference/findings-on-disk.md describes the keys.

    ``file``: where the text was written, if anywhere.
    """
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
    """Return one test case. It passes, because the scenario was minimised."""
    text = "\n".join([*lines(result), result.text, f"again: {again}"])
    return [TestCase("minimize", result.path, output=text)]
