"""The page of the command line, made from the commands themselves: it says what `--help` says."""

import inspect

import click

from dcsim.cli.lazy_group import cli

INTRO = """\
<!-- Made by `python tests/test_docs.py --write`; edit the code it is made from. -->

# The command line

Every command with its arguments and options, as `dcsim COMMAND --help` prints them. What the results look like, and
what the exit codes mean: [reports and exit codes](report.md).
"""


def page():
    """The page's text."""
    sections = [_section(command, context) for command, context in commands(cli, click.Context(cli, info_name="dcsim"))]
    return "\n".join((INTRO, *sections))


def commands(command, context):
    """A command and all those below it, in the order in which the help lists them."""
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            yield from commands(below, click.Context(below, info_name=name, parent=context))


def _section(command, context):
    usage = " ".join(("Usage:", context.command_path, *command.collect_usage_pieces(context)))
    parts = [f"## {context.command_path}", f"```text\n{usage}\n```", inspect.cleandoc(command.help)]
    if isinstance(command, click.Group):
        parts.append(_table("command", "what it does", _below(command, context)))
    if options := [each for each in command.params if isinstance(each, click.Option) and not each.hidden]:
        records = (option.get_help_record(context) for option in options)
        parts.append(_table("option", "meaning", ((f"`{names}`", " ".join(says.split())) for names, says in records)))
    return "\n\n".join(parts) + "\n"


def _below(command, context):
    for name in command.list_commands(context):
        path = f"{context.command_path} {name}"
        # A group that imports its commands when they are called knows their purposes before.
        known = getattr(command, "known", {}).get(name)
        says = known or command.get_command(context, name).get_short_help_str(limit=200)
        yield f"[`{path}`](#{path.replace(' ', '-')})", says


def _table(left, right, rows):
    cells = (tuple(cell.replace("|", "\\|") for cell in row) for row in rows)
    return "\n".join((f"| {left} | {right} |", "| --- | --- |", *(f"| {one} | {other} |" for one, other in cells)))
