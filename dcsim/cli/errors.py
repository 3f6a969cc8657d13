"""The ends that are not results: bad usage, bad input, a full disk, a fault of our own. Never a traceback for input."""

from __future__ import annotations

import os
import sys

import click

from dcsim import __version__
from dcsim.cli.exit_codes import INTERNAL, INTERRUPTED, PASSED, USAGE
from dcsim.files.findings import InputError
from dcsim.semantics.custom_invariants import InvariantsError
from dcsim.usecases.request import RequestError


def explain(error: Exception) -> int:
    """Say what happened on stderr; return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.exceptions.Abort):
        sys.stderr.write("dcsim: interrupted\n")
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        _drop_output()
        return PASSED
    if isinstance(error, RequestError):
        error = click.UsageError(str(error))
    if isinstance(error, click.ClickException):
        error.show()
        return USAGE
    if isinstance(error, InputError):
        sys.stderr.writelines(f"{finding}\n" for finding in error.findings)
        return USAGE
    if isinstance(error, InvariantsError):
        sys.stderr.write(f"dcsim: {error}\n")
        return USAGE
    if isinstance(error, OSError):
        _drop_output()
        sys.stderr.write(f"dcsim: {error.filename or 'output'}: {error.strerror or error}\n")
        return USAGE
    return _own(error)


def _drop_output() -> None:
    """Send what stdout still holds to nowhere: Python would try once more at exit, and print a traceback."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _own(error: Exception) -> int:
    """A fault of dcsim's own: the traceback goes to the person who can report it."""
    import traceback

    sys.stderr.write(f"dcsim {__version__}: an error in dcsim itself; please report it with what follows\n")
    sys.stderr.write("".join(traceback.format_exception(error)))
    return INTERNAL
