"""The ends that are not results: bad usage, bad input, a full disk, a fault of our own. Never a traceback for input."""

from __future__ import annotations

import errno
import re

import click

from dcsim import __version__
from dcsim.cli import terminal
from dcsim.cli.exit_codes import INTERNAL, INTERRUPTED, PASSED, USAGE
from dcsim.files.findings import InputError
from dcsim.semantics.custom_invariants import InvariantsError
from dcsim.usecases.request import RequestError


def explain(error: BaseException) -> int:
    """Say what happened on stderr; return the exit code. MemoryError is passed on: what is left may not do to tell."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.exceptions.Abort | KeyboardInterrupt):
        terminal.complain("dcsim: interrupted")
        return INTERRUPTED
    if isinstance(error, BrokenPipeError | SystemExit):
        # What click printed was not wanted to its end; click says so by an exit of its own.
        terminal.silence()
        return PASSED
    if isinstance(error, RequestError):
        error = click.UsageError(str(error))
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, InputError):
        terminal.complain(*error.findings)
        return USAGE
    if isinstance(error, InvariantsError):
        # Its second line is the user's own line of code.
        terminal.complain_text(f"dcsim: {error}")
        return USAGE
    if isinstance(error, OSError) and error.errno != errno.ENOMEM:
        terminal.silence()
        terminal.complain(f"dcsim: {error.filename or 'output'}: {error.strerror or error}")
        return USAGE
    if isinstance(error, MemoryError | OSError):
        raise MemoryError from error  # noqa: TRY004 - the system says it in two ways
    return _own(error)


def _usage(error: click.ClickException) -> int:
    """How the command is called, and what is wrong with the call, on one line whatever words it quotes."""
    context = getattr(error, "ctx", None)
    if context is not None:
        terminal.complain_text(f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n")
    terminal.complain("Error: " + re.sub(r"\s*\n\s*", " ", error.format_message()))
    return USAGE


def _own(error: BaseException) -> int:
    """A fault of dcsim's own: the traceback goes to the person who can report it."""
    import traceback

    terminal.complain(f"dcsim {__version__}: an error in dcsim itself; please report it{_address()} with what follows")
    terminal.complain_text("".join(traceback.format_exception(error)).rstrip("\n"))
    return INTERNAL


def _address() -> str:
    """Where to report it: the package's own metadata say so, where it is installed."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = dict(url.split(", ", 1) for url in metadata("dcsim").get_all("Project-URL", ()))
    except PackageNotFoundError:
        return ""
    return f" at {urls['Issues']}" if "Issues" in urls else ""
