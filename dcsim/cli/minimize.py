"""`dcsim minimize`: a scenario that fails, made as short and as plain as it can be."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

import attrs
import click

from dcsim.cli import terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.cli.parameters import DURATION, OUTPUT, PATH
from dcsim.domain.scenario import Scenario
from dcsim.files.disk import near, save
from dcsim.files.inputs import is_own
from dcsim.files.load import Case, load_scenario, load_texts
from dcsim.files.sources import is_path
from dcsim.files.write import write_scenario
from dcsim.fuzzer.minimise import minimise
from dcsim.report.text import some
from dcsim.simulate.weekend import simulate
from dcsim.usecases.failure_predicate import Failing, failing_of, told
from dcsim.usecases.shorten import MINIMISED, shorten
from dcsim.usecases.vocabulary import INVARIANT_NAMES, REFUSAL_CODES


@click.command("minimize")
@click.argument("scenario", type=PATH)
@click.option("--invariant", type=click.Choice(INVARIANT_NAMES), metavar="NAME", help="The invariant to keep broken.")
@click.option("--out", type=OUTPUT, metavar="FILE", help="Write the scenario here, not to stdout.")
@click.option("--time", "seconds", type=DURATION, default="30s", show_default=True, help="Make do after so long.")
@click.option("--rulebook", metavar="NAME|PATH", help="The rules; instead of the scenario's own.")
@click.option("--runbook", metavar="NAME|PATH", help="The runbook; instead of the scenario's own.")
def command(
    scenario: Path, invariant: str | None, out: Path | None, seconds: float, rulebook: str | None, runbook: str | None
) -> int:
    """Make a failing SCENARIO as short and as plain as it can be.

    What comes out fails in the same way: by the invariant that it breaks unexpectedly, else by the expectation that it
    does not meet. It is labelled `shortest` when the check finds nothing shorter, else `minimised`. Nothing is written
    unless --out says where.
    """
    is_own(scenario)  # --out may name it
    case = load_scenario(scenario, rulebook, runbook, INVARIANT_NAMES, REFUSAL_CODES)
    failing = failing_of(case, invariant, time.monotonic() + seconds / 2)
    terminal.progress("minimising")
    before, started = failing.start, time.monotonic()
    after = minimise(before, failing.fails)
    if failing.invariant:
        terminal.progress("asking the check")
        left = max(0.0, seconds - (time.monotonic() - started))
        after = shorten(failing.model(after), after, failing.invariant, left)
    else:
        after = attrs.evolve(after, label=MINIMISED)
    terminal.progress("")
    if failing.late:
        after = attrs.evolve(after, label=MINIMISED)
    text = _confirmed(_written(case, told(failing, after), scenario, out), case, failing)
    _tell(_lines(case, failing, before, after), text, out, _again(scenario, out, failing, rulebook, runbook))
    return PASSED


def _written(case: Case, scenario: Scenario, path: Path, out: Path | None) -> str:
    """The text of a scenario, with the files that it names as they are called from where it is written."""
    names = {"rulebook": scenario.rulebook, "runbook": scenario.runbook}
    for kind, name in names.items():
        own = getattr(case.scenario, kind) == name and (path.parent / name).is_file()
        found = path.parent / name if own else Path(name)
        if is_path(name) and found.is_file():
            names[kind] = near(found, out.parent if out else Path())
    return write_scenario(attrs.evolve(scenario, rulebook=names["rulebook"], runbook=names["runbook"]))


def _confirmed(text: str, case: Case, failing: Failing) -> str:
    """The text, once it is known that it loads and fails in the same way."""
    again = load_texts({**case.texts, "scenario": text}, INVARIANT_NAMES, REFUSAL_CODES).scenario
    broken = simulate(failing.model(again), again, tracing=False)
    if not failing.same(again, broken, lines=False):
        raise AssertionError(f"the minimised scenario no longer fails:\n{text}")
    return text


def _lines(case: Case, failing: Failing, before: Scenario, after: Scenario) -> list[str]:
    late = ["the time ran out: something may be left that it does not need"] if failing.late else []
    return [
        f"{case.path}: {_counts(before, before)} -> {_counts(after, before)}",
        f"{after.label}: it still fails by {failing.told}",
        *late,
    ]


def _counts(scenario: Scenario, whole: Scenario) -> str:
    """How many steps, faults and accounts a scenario has; of faults and accounts only where there was a choice."""
    accounts = len(scenario.accounts) + sum(p.count for p in scenario.populations)
    parts = [some(len(scenario.steps), "step")]
    parts += [some(len(scenario.faults), "fault")] if whole.faults and (scenario.faults or scenario is whole) else []
    parts += [some(accounts, "account")] if scenario is whole or accounts > 1 else []
    return ", ".join(parts)


def _again(path: Path, out: Path | None, failing: Failing, rulebook: str | None, runbook: str | None) -> str:
    if out:
        return shlex.join(["dcsim", "run", str(out)])
    words = ["dcsim", "minimize", str(path)]
    words += ["--invariant", failing.invariant] if failing.invariant else []
    words += ["--rulebook", rulebook] if rulebook else []
    words += ["--runbook", runbook] if runbook else []
    return shlex.join(words)


def _tell(lines: list[str], text: str, out: Path | None, again: str) -> None:
    """Say what was removed; around the scenario's text as comments, so that stdout is a scenario file too."""
    if out:
        save(out, text)
        terminal.say("\n".join([*lines, f"again: {again}"]))
        return
    terminal.say("\n".join([*map(_comment, lines), text.rstrip("\n"), _comment(f"again: {again}")]))


def _comment(line: str) -> str:
    return "\n".join(f"# {part}" for part in line.splitlines())
