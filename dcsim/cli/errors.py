"""Errors at the command line: bad usage, bad input, a full disk, an error in dcsim. Bad input gives no traceback."""

from __future__ import annotations

import errno
import re

import click

from dcsim import __version__
from dcsim.cli import terminal
from dcsim.cli.exit_codes import INCONCLUSIVE, INTERNAL, INTERRUPTED, PASSED, USAGE
from dcsim.files.findings import InputError
from dcsim.semantics.custom_invariants import InvariantsError
from dcsim.usecases.request import RequestError
from dcsim.usecases.tasks.task import ClusterLost


def explain(error: BaseException) -> int:
    """Print an error on stderr and return its exit code. MemoryError is raised again: printing may need more memory."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.exceptions.Abort | KeyboardInterrupt):
        terminal.complain("dcsim: interrupted")
        return INTERRUPTED
    if isinstance(error, BrokenPipeError | SystemExit):
        # The reader of stdout closed it before the end. Click raises SystemExit in this case.
        terminal.silence()
        return PASSED
    if isinstance(error, RequestError):
        error = click.UsageError(str(error))
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, InputError):
        terminal.complain(*error.findings)
        return USAGE
    if isinstance(error, ClusterLost):
        terminal.complain(f"dcsim: {error}; what had arrived is kept, and is a part of the result only")
        return INCONCLUSIVE
    if isinstance(error, InvariantsError):
        # The message has two lines; the second is a line of the user's code.
        terminal.complain_text(f"dcsim: {error}")
        return USAGE
    if isinstance(error, OSError) and error.errno != errno.ENOMEM:
        terminal.silence()
        terminal.complain(f"dcsim: {error.filename or 'output'}: {error.strerror or error}")
        return USAGE
    if isinstance(error, MemoryError | OSError):
        raise MemoryError from error  # noqa: TRY004 - the system reports a lack of memory by either of the two
    return _own(error)


def _usage(error: click.ClickException) -> int:
    """Print how to call the command, and the error on one line, even where it quotes words with line breaks."""
    context = getattr(error, "ctx", None)
    if context is not None:
        terminal.complain_text(f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n")
    terminal.complain("Error: " + re.sub(r"\s*\n\s*", " ", error.format_message()))
    return USAGE


def _own(error: BaseException) -> int:
    """Print an error of dcsim itself, with the traceback that a report needs."""
    import traceback

    terminal.complain(f"dcsim {__version__}: an error in dcsim itself; please report it{_address()} with what follows")
    terminal.complain_text("".join(traceback.format_exception(error)).rstrip("\n"))
    return INTERNAL


def _address() -> str:
    """Return where to report errors, from the metadata of the package; empty where it is not installed."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = dict(url.split(", ", 1) for url in metadata("dcsim").get_all("Project-URL", ()))
    except PackageNotFoundError:
        return ""
    return f" at {urls['Issues']}" if "Issues" in urls else ""
