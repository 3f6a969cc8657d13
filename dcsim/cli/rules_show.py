"""`dcsim rules show`: the fate matrix of a rulebook."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.cli.parameters import OUTPUT
from dcsim.domain.rulebook import Rulebook
from dcsim.files.disk import save
from dcsim.files.findings import InputError
from dcsim.files.load import examine_rulebook
from dcsim.files.resolver import BUILTIN
from dcsim.report.fate_matrix import Matrix, matrix_of
from dcsim.report.matrix_json import as_json as json_of
from dcsim.report.matrix_markdown import as_markdown
from dcsim.report.matrix_text import lines
from dcsim.report.pages.matrix_page import as_html
from dcsim.report.text import WIDTH

CONTRADICTION = "DC144"


@click.command("show")
@click.argument("rulebook")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with every cell.")
@click.option("--markdown", is_flag=True, help="A page in the Markdown of GitHub.")
@click.option("--all", "everything", is_flag=True, help="Also what cannot happen, and the open questions.")
@click.option("--out", type=OUTPUT, metavar="FILE", help="Write it here instead of stdout.")
@options.html_option
def command(rulebook: str, as_json: bool, markdown: bool, everything: bool, out: Path | None, html: Path | None) -> int:
    """Show the fate matrix of RULEBOOK: what happens at each later session to every kind of change to every kind of
    account, depending on where it was made; and which rule says so, with its place in the source.

    A rulebook with contradictions is shown too; the contradictions are marked.
    """
    if as_json and markdown:
        raise click.UsageError("give one of --json, --markdown")
    view = matrix_of(_sound(rulebook), everything=everything)
    text = json_of(view) if as_json else as_markdown(view) if markdown else _text(view, to_file=out is not None)
    if out:
        save(out, f"{text}\n")
    else:
        terminal.say(text)
    if html:
        save(html, as_html(view))
    return PASSED


def _text(view: Matrix, *, to_file: bool) -> str:
    """Return the matrix as text. A file has no colours, and not the width of this terminal."""
    if to_file:
        return "\n".join(lines(view))
    return "\n".join(lines(view, terminal.paint, min(shutil.get_terminal_size((WIDTH, 0)).columns, WIDTH)))


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
