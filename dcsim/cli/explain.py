"""`dcsim explain`: print what a word means, or which words there are."""

from __future__ import annotations

import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.report.explain import as_json as data_of
from dcsim.report.explain import lines, overview
from dcsim.usecases.explain import explain
from dcsim.usecases.meanings import everything


@click.command("explain")
@click.argument("words", metavar="[WORD]...", nargs=-1)
@options.json_option
def command(words: tuple[str, ...], as_json: bool) -> int:
    """Tell what a WORD means that dcsim prints, or that its files are written in.

    A WORD is the code of a finding or of a refusal, the name of an invariant, a notice, an action, a policy, a kind of
    change, a verdict ... Without a WORD, all of them are listed.
    """
    meanings = explain(" ".join(words)) if words else everything()
    if as_json:
        terminal.say_json(data_of(meanings))
    else:
        for line in lines(meanings, terminal.paint) if words else overview(meanings, terminal.paint):
            terminal.say(line)
    return PASSED
