"""The terminal: the one place that prints. Every text is made harmless here; colours and progress only where wanted.

What comes from files and from the command line may hold anything. Colours are put in last: ``paint`` marks them by
characters that differ in every process, so that no text can forge one.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any, TextIO

from dcsim import harmless

_SGR = {"good": "\x1b[32m", "bad": "\x1b[31m\x1b[1m", "warn": "\x1b[33m", "dim": "\x1b[2m", "bold": "\x1b[1m"}
_PRIVATE = 0x100000  # a plane of characters for private use, which are left as they are


def _new_mark() -> str:
    return "".join(chr(_PRIVATE + int.from_bytes(os.urandom(2), "big") % 0xFFF0) for _ in range(2))


_MARKS = {_new_mark(): codes for codes in ("\x1b[0m", *_SGR.values())}
_END, *_BEGIN = _MARKS
_BEGINS = dict(zip(_SGR, _BEGIN, strict=True))
_ANY = "|".join(_MARKS)
_MARK = re.compile(_ANY)
# GitHub obeys a line that begins so, whatever blanks stand before; here also where colours stand between.
_COMMAND = re.compile(rf"^((?:[^\S\n]|{_ANY})*):(?=(?:{_ANY})*:)", re.MULTILINE)


def colourful(stream: TextIO | None) -> bool:
    """Whether a stream wants colour: NO_COLOR wins over FORCE_COLOR, which wins over what the stream is.

    A stream that was closed from outside is None.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream is not None and stream.isatty())


def paint(text: str, style: str) -> str:
    """Mark a text for colour on stdout: only ``say`` knows what the marks stand for."""
    return f"{_BEGINS[style]}{text}{_END}" if colourful(sys.stdout) else text


def say(text: str) -> None:
    """A line on stdout, or several. Once nobody reads them the rest is dropped: the verdict still counts."""
    _print(f"{_obeyed_by_none(text)}\n")


def say_line(text: str) -> None:
    """One line on stdout: line breaks in it are a user's, and are spelled out."""
    say(text.replace("\n", "\\n"))


def say_json(value: Any) -> None:
    """A value on stdout as JSON for people."""
    say(harmless.to_json(value, indent=2))


def complain(*lines: object) -> None:
    """Lines on stderr, line breaks in each spelled out. What stderr cannot take changes no exit code."""
    _err("".join(f"{_obeyed_by_none(harmless.line(str(line)))}\n" for line in lines))


def complain_text(text: str) -> None:
    """A text of several lines on stderr."""
    _err(f"{_obeyed_by_none(text)}\n")


def warn(warnings: Iterable[object]) -> None:
    """Warnings about files on stderr, each once."""
    complain(*dict.fromkeys(map(str, warnings)))


def progress(text: str) -> None:
    """A passing line on stderr, on a terminal only."""
    if sys.stderr is not None and sys.stderr.isatty():
        _err(f"\r\x1b[K{harmless.line(text)}")


def heartbeat(text: str) -> None:
    """A plain line on stderr, where nobody watches a terminal."""
    if sys.stderr is not None and not sys.stderr.isatty():
        complain(text)


def debugger(verbosity: int) -> Callable[..., Any]:
    """What tells the inner workings: structlog to stderr with -vv, else nothing. The library never configures it."""
    if verbosity < 2:
        return lambda *_, **__: None
    import structlog

    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            _harmless_values,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=colourful(sys.stderr)),
        ],
    )
    debug: Callable[..., Any] = structlog.get_logger("dcsim").debug
    return debug


def silence() -> None:
    """Send what stdout still holds to nowhere: Python would try once more at exit, and print a traceback."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _harmless_values(_: Any, __: str, values: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: harmless.line(value) if isinstance(value, str) else value for key, value in values.items()}


def _obeyed_by_none(text: str) -> str:
    """The text with its colours, and with nothing else that a terminal or a CI system would obey."""
    shown = _COMMAND.sub(r"\1\\x3a", harmless.text(text))
    return _MARK.sub(lambda match: _MARKS[match[0]], shown)


def _print(text: str) -> None:
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        silence()


def _err(text: str) -> None:
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(text)
        sys.stderr.flush()
