"""`dcsim init`: write a first scenario with comments, which can be run at once."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from dcsim.cli import terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.cli.parameters import PATH
from dcsim.files.disk import save


@click.command("init")
@click.argument("path", metavar="[FILE]", type=PATH, default=Path("first.yaml"))
def command(path: Path) -> int:
    """Write a commented first scenario (first.yaml). Never overwrites a file."""
    # A link that leads nowhere does not "exist", but writing would follow it.
    if path.is_symlink() or path.exists():
        raise click.ClickException(f"{path} exists already; name another file")
    save(path, files("dcsim.builtin").joinpath("first.yaml").read_text(encoding="utf-8"))
    terminal.say_line(f"{path} written; next: dcsim run {path}")
    return PASSED
