"""`dcsim replay`: a trace once more through the pure step."""

from __future__ import annotations

from pathlib import Path

import click

from dcsim import __version__
from dcsim.cli import screen
from dcsim.cli.ends import FINDING, PASSED
from dcsim.cli.known import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.cli.paths import PATH
from dcsim.files.disk import read_text
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import load_texts
from dcsim.semantics.model import Model
from dcsim.trace.codec import TraceError, edited_sources, parse
from dcsim.trace.replay import replay


@click.command("replay")
@click.argument("path", metavar="FILE", type=PATH)
def command(path: Path) -> int:
    """Re-execute a trace through the pure core and say where it first differs."""
    try:
        head, events = parse(read_text(path))
        case = load_texts(head["sources"], INVARIANT_NAMES, REFUSAL_CODES)
        edited = edited_sources(head)
        model = Model(case.rulebook, case.runbook, case.scenario.policies)
        difference = replay(model, case.scenario, head, events)
    except TraceError as error:
        raise InputError([Finding("DC118", str(path), error.line, 1, str(error))]) from None
    if edited:
        screen.say(f"{path}: the header's digest of its {' and '.join(edited)} differs: the file was edited")
        return FINDING
    if difference is None:
        screen.say(f"{path}: {len(events)} events replayed, all as recorded")
        return PASSED
    if head["version"] != __version__:
        screen.say(f"{path}: recorded by dcsim {head['version']}, replayed by {__version__}")
    what = f"event {difference.event}" if difference.event else "the header"
    screen.say(
        f"{path}:{difference.event + 1}: {what} differs in its {difference.field}: "
        f"recorded {difference.recorded}, replayed {difference.replayed}\n  likely cause: {difference.cause}"
    )
    return FINDING
