"""The terminal: colours where they are wanted, progress only where someone watches, structlog to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, TextIO

import click

_STYLES = {
    "good": {"fg": "green"},
    "bad": {"fg": "red", "bold": True},
    "warn": {"fg": "yellow"},
    "dim": {"dim": True},
    "bold": {"bold": True},
}


def colourful(stream: TextIO | None) -> bool:
    """Whether a stream wants colour: NO_COLOR wins over FORCE_COLOR, which wins over what the stream is.

    A stream that was closed from outside is None.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream is not None and stream.isatty())


def paint(text: str, style: str) -> str:
    """Colour a text for stdout."""
    return click.style(text, **_STYLES[style]) if colourful(sys.stdout) else text  # type: ignore[arg-type]


def say(text: str) -> None:
    """A line on stdout."""
    click.echo(text, color=True)


def warn(warnings: Iterable[object]) -> None:
    """Warnings about files on stderr, each once."""
    sys.stderr.writelines(f"{warning}\n" for warning in dict.fromkeys(warnings))


def progress(text: str) -> None:
    """A passing line on stderr, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def debugger(verbosity: int) -> Callable[..., Any]:
    """What tells the inner workings: structlog to stderr with -vv, else nothing. The library never configures it."""
    if verbosity < 2:
        return lambda *_, **__: None
    import structlog

    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=colourful(sys.stderr)),
        ],
    )
    debug: Callable[..., Any] = structlog.get_logger("dcsim").debug
    return debug


def heartbeat(text: str) -> None:
    """A plain line on stderr, where nobody watches a terminal."""
    if not sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
