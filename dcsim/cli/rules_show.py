"""`dcsim rules show`: the fate matrix of a rulebook."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from dcsim.cli import terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.cli.parameters import OUTPUT
from dcsim.domain.rulebook import Rulebook
from dcsim.files.disk import save
from dcsim.files.findings import InputError
from dcsim.files.load import examine_rulebook
from dcsim.files.resolver import BUILTIN
from dcsim.report.fate_matrix import Matrix, matrix_of
from dcsim.report.matrix_html import as_html
from dcsim.report.matrix_json import as_json
from dcsim.report.matrix_markdown import as_markdown
from dcsim.report.matrix_text import lines
from dcsim.report.text import WIDTH

CONTRADICTION = "DC144"
FORMATS: Mapping[str, Callable[[Matrix], str]] = {"json": as_json, "html": as_html, "markdown": as_markdown}


@click.command("show")
@click.argument("rulebook")
@click.option("--json", is_flag=True, help="One JSON object, with every cell.")
@click.option("--html", is_flag=True, help="A page for a browser, in one file.")
@click.option("--markdown", is_flag=True, help="A page in the Markdown of GitHub.")
@click.option("--all", "everything", is_flag=True, help="Also what cannot happen, and the open questions.")
@click.option("--out", type=OUTPUT, metavar="FILE", help="Write it here instead of stdout.")
def command(rulebook: str, everything: bool, out: Path | None, **formats: bool) -> int:
    """Show the fate matrix of RULEBOOK: what happens at each later session to every kind of change to every kind of
    account, depending on where it was made; and which rule says so, with its place in the source.

    A rulebook with contradictions is shown too; the contradictions are marked.
    """
    chosen = [name for name in FORMATS if formats[name]]
    if len(chosen) > 1:
        raise click.UsageError(f"give one of {', '.join(f'--{name}' for name in FORMATS)}")
    view = matrix_of(_sound(rulebook), everything=everything)
    if chosen:
        text = FORMATS[chosen[0]](view)
    elif out:
        text = "\n".join(lines(view))  # a file has no colours, and not the width of this terminal
    else:
        text = "\n".join(lines(view, terminal.paint, min(shutil.get_terminal_size((WIDTH, 0)).columns, WIDTH)))
    if out:
        save(out, f"{text}\n")
    else:
        terminal.say(text)
    return PASSED


def _sound(name: str) -> Rulebook:
    """Return the rulebook. InputError where it has errors other than contradictions, which the matrix can show.

    Findings about a built-in rulebook are not printed: the user cannot correct it.
    """
    examined = examine_rulebook(name)
    if examined.rulebook is None or any(f.severity == "error" and f.code != CONTRADICTION for f in examined.findings):
        raise InputError(examined.findings)
    if not examined.path.startswith(BUILTIN):
        terminal.warn(examined.findings)
    return examined.rulebook
