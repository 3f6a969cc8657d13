"""Options that several commands share. A command takes the rest of its options as keyword arguments."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import attrs
import click

from dcsim.checker.explorers.budget import LEAST
from dcsim.checker.question.any_operations import MOST_PAIRS
from dcsim.cli import terminal
from dcsim.cli.parameters import ANY, CLUSTER, COUNT, DURATION, KINDS, KINDS_IN_TIME, OUTPUT, PATH, SIZE
from dcsim.files.disk import make_folder, save
from dcsim.files.findings import InputError
from dcsim.report.annotations import Annotation, commands, of_findings
from dcsim.report.junit import TestCase, junit
from dcsim.usecases.tasks.task import MOST_JOBS, Workplace

Option = Callable[[Any], Any]
"""A decorator of a command."""


def several(*options: Option) -> Option:
    """Combine options into one decorator. The help lists them in this order."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):  # the last decorator that is applied comes first in the help
            command = option(command)
        return command

    return decorate


def instead(what: str = "the scenario's own") -> Option:
    """Return the options for another rulebook and runbook."""
    return several(
        click.option("--rulebook", metavar="NAME|PATH", help=f"The rulebook; instead of {what}."),
        click.option("--runbook", metavar="NAME|PATH", help=f"The runbook; instead of {what}."),
    )


moment = several(
    click.option("--at", metavar="MOMENT", help="A session (its opening), or such as 'session-2 +5m'. [default: last]"),
    click.option("--site", metavar="SITE", help="The site; by default the one that serves the session."),
)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
html_option = click.option("--html", type=OUTPUT, metavar="FILE", help="Write a page for a browser: one file, offline.")


def formats(command: Any) -> Any:
    """Add ``--format`` and, as a short way, ``--json``. The command gets ``as_json``, and ``github``: it adds
    annotations to the text. Those of a file that cannot be used are printed here.
    """

    @wraps(command)
    def told(*given: Any, form: str | None, as_json: bool, **asked: Any) -> Any:
        if as_json and form not in (None, "json"):
            raise click.UsageError(f"--json does not go with --format {form}")
        github = form == "github"
        try:
            return command(*given, as_json=as_json or form == "json", github=github, **asked)
        except InputError as error:
            annotate(of_findings(error.findings) if github else ())
            raise

    choice = click.Choice(["text", "json", "github"])
    help_ = "How to print results; github: as text, and as annotations of GitHub Actions.  [default: text]"
    return click.option("--format", "form", type=choice, help=help_)(json_option(told))


def annotate(annotations: Iterable[Annotation]) -> None:
    """Print annotations, so many as GitHub shows."""
    terminal.say_commands(commands(annotations))


run_folders = several(
    click.option("--trace", type=PATH, metavar="DIR", help="Write a trace of each run."),
    click.option("--perfetto", type=PATH, metavar="DIR", help="Write each run for Perfetto or chrome://tracing."),
    click.option("--itf", type=PATH, metavar="DIR", help="Write the states of each run as ITF."),
    click.option(
        "--results",
        type=OUTPUT,
        metavar="FILE",
        help="Write what each opening finds of each account, and the verdict: .csv, .jsonl or .parquet.",
    ),
)
selection = several(
    click.option(
        "-k", "words", default="", metavar="TEXT", help="Only scenarios whose names fit: 'password and not da'."
    ),
    click.option(
        "--tag", "tags", multiple=True, metavar="TAG", help="Only scenarios with one of these tags; !TAG: without it."
    ),
)
verbosity = several(
    click.option("-q", "--quiet", is_flag=True, help="Only failures and the closing line."),
    click.option("-v", "--verbose", count=True, help="Also every event, and expected violations."),
    click.option("--figures", is_flag=True, help="Also figures: RPO, RTO, lags, stale accounts, slack of each step."),
)
strictness = several(
    click.option("--strict", is_flag=True, help="Warnings about a scenario are failures: it asserts nothing, ..."),
    click.option("--strict-open", is_flag=True, help="So are open questions that it does not acknowledge (`opens`)."),
)
practices = click.option(
    "--practices",
    type=click.Choice(["on", "off"]),
    default="on",
    show_default=True,
    callback=lambda _context, _parameter, value: value == "on",
    help="Whether breaks of good practice count, too.",
)
heal = click.option(
    "--heal",
    type=DURATION,
    metavar="DURATION",
    callback=lambda _context, _parameter, value: None if value is None else round(value * 1000),
    help="Faults without an end end so long after they began, and then all must come together.",
)
fault_kinds = click.option(
    "--fault-kinds",
    type=KINDS,
    default="entry",
    show_default=True,
    metavar="KINDS",
    help="Which faults: entry (of redo), outage (of the link), crash (of a site); several by commas.",
)


def _bounds(ops_help: str, default: int | None) -> Option:
    """Return the options for bounds. Where ``ops`` has no default, the command also gets ``then_any``."""
    return several(
        click.option(
            "--ops",
            type=COUNT,
            default=default,
            show_default=True,
            callback=lambda context, _parameter, value: _how_often(context, value),
            help=f"Operations between two ticks: a number, or 'any' for a proof without a bound.{ops_help}",
        ),
        click.option(
            "--faults", type=click.IntRange(0), default=0, show_default=True, help="Faults of link and sites."
        ),
        fault_kinds,
        click.option(
            "--slips", "--errors", type=click.IntRange(0), default=0, show_default=True, help="Slips of the operator."
        ),
    )


def _how_often(context: click.Context, ops: int | str | None) -> int | None:
    context.params["then_any"] = ops is None
    return 1 if ops is None else ops if isinstance(ops, int) else None


bounds = _bounds("", default=1)
bounds_or_any = _bounds(f"  [default: 1, then any where a proof looks at {MOST_PAIRS:,} states or fewer]", default=None)
who = several(
    click.option(
        "--accounts",
        type=COUNT,
        callback=lambda context, _parameter, value: _how_many(context, value),
        help="Users; by default one account of every kind. 'any': any number of every kind.",
    ),
    click.option("--kind", metavar="KIND", help="The users' kind; by default the first that administers nobody."),
    click.option("--without-email", type=click.IntRange(0), default=0, show_default=True, help="Users without e-mail."),
    click.option("--administrators", type=click.IntRange(0), help="Administrators, beside the users."),
    click.option("--standing", is_flag=True, help="Accounts begin with a value in every field that rules concern."),
)
budget = several(
    click.option("--time", "seconds", type=DURATION, default="5m", show_default=True, help="Give up after this time."),
    click.option(
        "--memory",
        type=SIZE,
        default="4G",
        show_default=True,
        callback=lambda _context, _parameter, value: _enough(value),
        help="Give up before using more memory.",
    ),
)


def _how_many(context: click.Context, accounts: int | str | None) -> int | None:
    context.params["any_accounts"] = accounts == ANY
    return accounts if isinstance(accounts, int) else None


def _enough(memory: int) -> int:
    if memory < LEAST:
        raise click.BadParameter(f"give {LEAST >> 20}M at least, which is about what dcsim takes to begin with")
    return memory


def place(command: Any) -> Any:
    """Add ``-j`` and ``--cluster``: where tasks run. The command gets ``place``."""

    @wraps(command)
    def placed(*given: Any, jobs: int | None, cluster: str | None, **asked: Any) -> Any:
        if jobs is not None and cluster is not None:
            raise click.UsageError("-j does not go with --cluster, which has as many processes as it has workers")
        return command(*given, place=Workplace(jobs or 1, cluster), **asked)

    on_cluster = click.option("--cluster", type=CLUSTER, metavar="ADDRESS", help="A Dask cluster, as HOST:PORT.")
    help_ = "Processes of this machine.  [default: 1]"
    return click.option("-j", "--jobs", "jobs", type=click.IntRange(1, MOST_JOBS), help=help_)(on_cluster(placed))


def folder(help_: str) -> Option:
    """Return the option ``--save``, which becomes the argument ``folder``."""
    return click.option("--save", "folder", type=PATH, metavar="DIR", help=help_)


def refuse(mode: str, given: Mapping[str, object]) -> None:
    """Raise a usage error for options that the chosen mode would ignore."""
    for option, value in given.items():
        if mode and value:
            raise click.UsageError(f"{option} does not go with {mode}")


def made(folder_: Path | None) -> None:
    """Make the folder before the work begins, so that an error is reported early."""
    if folder_:
        make_folder(folder_)


junit_option = click.option("--junit", type=OUTPUT, metavar="FILE", help="Write JUnit XML.")

books = several(
    click.option("--rulebook", required=True, metavar="NAME|PATH", help="The rulebook."),
    click.option("--runbook", required=True, metavar="NAME|PATH", help="The runbook."),
)


def at_least(least: int, name: str, default: int | None, help_: str, *declarations: str) -> Option:
    """Return an option that takes a whole number."""
    shown = {"default": default, "show_default": True} if default is not None else {}
    return click.option(name, *declarations, type=click.IntRange(least), help=help_, **shown)  # type: ignore[arg-type]


time_faults = several(
    at_least(0, "--time-faults", 0, "Faults in time at most; all of them end, and then all must come together."),
    click.option(
        "--fault-kinds",
        type=KINDS_IN_TIME,
        metavar="KINDS",
        callback=lambda _context, _parameter, value: value or (),
        help=f"Which of them: {', '.join(KINDS_IN_TIME.known)}; several by commas.  [default: all that can strike]",
    ),
)


def give(
    lines: Iterable[str],
    data: dict[str, Any],
    cases: list[TestCase],
    seconds: float,
    junit_: Path | None,
    as_json: bool,
    annotations: Iterable[Annotation] = (),
) -> None:
    """Print a result, with its annotations, as text or as JSON. Then write it as JUnit XML, if a file was named."""
    terminal.progress("")
    if as_json:
        terminal.say_json(data)
    elif text := "\n".join(lines):
        terminal.say(text)
    annotate(annotations)
    if junit_:
        save(junit_, junit(cases, seconds))


SILENT = ("html", "as_json", "form", "junit", "sarif_", "folder", "keep", "out")
"""The options that say only where a result goes."""


def again() -> str:
    """Return the command as it was given, without the options that say only where its result goes."""
    options = (each for each in click.get_current_context().command.params if each.name in SILENT)
    takes_value = {word: not getattr(option, "is_flag", False) for option in options for word in option.opts}
    words, left = ["dcsim"], iter(sys.argv[1:])
    for word in left:
        name, equals, _ = word.partition("=")
        if name not in takes_value:
            words.append(word)
        elif takes_value[name] and not equals:
            next(left, None)
    return shlex.join(words)


def part(cls: type[Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are fields of a class."""
    return {name: asked[name] for name in attrs.fields_dict(cls) if name in asked}


def saved(out: Path | None, text: str) -> InputError | None:
    """Write the text. Return the error, if any: it is raised after the result was printed."""
    try:
        if out:
            save(out, text)
    except InputError as error:
        return error
    return None
