"""`dcsim minimize`: make a scenario that fails as short and as plain as possible."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import INTERRUPTED, PASSED
from dcsim.cli.graceful_stop import asking
from dcsim.cli.parameters import DURATION, OUTPUT, PATH
from dcsim.files.load import load_scenario
from dcsim.files.overwrite_guard import is_own
from dcsim.report.minimised import Minimised, lines, scenario_file, test_cases
from dcsim.report.minimised import as_json as data_of
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.minimise import minimise


@click.command("minimize")
@click.argument("scenario", type=PATH)
@click.option("--invariant", type=click.Choice(INVARIANT_NAMES), metavar="NAME", help="The invariant to keep broken.")
@click.option("--out", type=OUTPUT, metavar="FILE", help="Write the scenario here, not to stdout.")
@click.option(
    "--time", "seconds", type=DURATION, default="30s", show_default=True, help="Return the best result after this time."
)
@options.instead()
@options.json_option
@options.junit_option
def command(
    scenario: Path,
    invariant: str | None,
    out: Path | None,
    seconds: float,
    rulebook: str | None,
    runbook: str | None,
    as_json: bool,
    junit: Path | None,
) -> int:
    """Make a failing SCENARIO as short and as plain as possible.

    The result fails in the same way: by the invariant that it breaks unexpectedly, or else by the expectation that it
    does not meet. It is labelled `shortest` when the check finds nothing shorter, else `minimised`. Files are written
    only with --out or --junit.
    """
    if out and junit and out.resolve() == junit.resolve():
        raise click.UsageError("--out and --junit name one file")
    is_own(scenario)  # so that --out may replace it
    case = load_scenario(scenario, rulebook, runbook, INVARIANT_NAMES, REFUSAL_CODES)
    folder = out.parent if out else Path()
    with asking() as stop:
        listen = lambda event: terminal.progress(event.doing)  # noqa: E731
        result = minimise(case, invariant=invariant, seconds=seconds, folder=folder, stop=stop, listen=listen)
        unsaved = options.saved(out, result.text)
        file = out if not unsaved else None
        again = _again(scenario, file, result, {"--rulebook": rulebook, "--runbook": runbook})
        shown = [*lines(result), f"again: {again}"] if file else [scenario_file(result, again)]
        data = data_of(result, str(file) if file else None, again)
        options.give(shown, data, test_cases(result, again), result.seconds, junit, as_json)
    if unsaved:
        raise unsaved
    return INTERRUPTED if result.interrupted else PASSED


def _again(path: Path, file: Path | None, result: Minimised, books: dict[str, str | None]) -> str:
    words = ["dcsim", "run", str(file)] if file else ["dcsim", "minimize", str(path)]
    if not file:
        # Without a new file there is nothing to run: repeat the minimising.
        words += ["--invariant", result.invariant] if result.invariant else []
        words += [word for option, name in books.items() if name for word in (option, name)]
    return shlex.join(words)
