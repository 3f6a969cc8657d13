"""The terminal: the only module that prints. It makes every text harmless, and shows colours where they are wanted.

Text from files and from the command line may contain anything, also control sequences. Therefore colours are inserted
last. ``paint`` marks them by random characters that differ in every process, so no text can imitate such a mark.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any, TextIO

from dcsim import harmless

_SGR = {"good": "\x1b[32m", "bad": "\x1b[31m\x1b[1m", "warn": "\x1b[33m", "dim": "\x1b[2m", "bold": "\x1b[1m"}
LEAST_COLUMNS = 60
_PRIVATE = 0x100000  # a plane of characters for private use, which harmless.text does not change


def _new_mark() -> str:
    return "".join(chr(_PRIVATE + int.from_bytes(os.urandom(2), "big") % 0xFFF0) for _ in range(2))


_MARKS = {_new_mark(): codes for codes in ("\x1b[0m", *_SGR.values())}
_END, *_BEGIN = _MARKS
_BEGINS = dict(zip(_SGR, _BEGIN, strict=True))
_ANY = "|".join(_MARKS)
_MARK = re.compile(_ANY)
# GitHub Actions executes a line that begins with two colons, even after blanks. Colour marks may be between them.
_COMMAND = re.compile(rf"^((?:[^\S\n]|{_ANY})*):(?=(?:{_ANY})*:)", re.MULTILINE)

# The only commands that dcsim gives itself: to show something beside a line of a file.
_ANNOTATION = re.compile(r"::(?:error|warning|notice) (?:[a-z]+=[^:,]*,)*[a-z]+=[^:,]*::.*")


def colourful(stream: TextIO | None) -> bool:
    """Whether a stream gets colours. NO_COLOR comes first, then FORCE_COLOR, then whether the stream is a terminal.

    A stream that the caller has closed is None.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream is not None and stream.isatty())


def columns(otherwise: int) -> int:
    """Return the width of the terminal, or what COLUMNS says of it; ``otherwise`` where stdout is no terminal."""
    if sys.stdout is None or not sys.stdout.isatty():
        return otherwise
    return max(LEAST_COLUMNS, shutil.get_terminal_size((otherwise, 0)).columns)


def paint(text: str, style: str) -> str:
    """Mark a text for colour on stdout. Only ``say`` replaces the marks by colours."""
    return f"{_BEGINS[style]}{text}{_END}" if colourful(sys.stdout) else text


def say(text: str) -> None:
    """Print one or several lines on stdout. If the reader has left, the rest is dropped; the exit code stays."""
    _print(f"{_with_colours_only(text)}\n")


def say_line(text: str) -> None:
    """Print one line on stdout. Line breaks in it come from a user's text, and are escaped."""
    say(text.replace("\n", "\\n"))


def say_commands(lines: Iterable[str]) -> None:
    """Print commands to GitHub's runner, which ``report.annotations`` makes. Any other line is printed as text."""
    for line in lines:
        if _ANNOTATION.fullmatch(line) and harmless.line(line[2:]) == line[2:]:
            _print(f"{line}\n")
        else:
            say_line(line)


def say_json(value: Any) -> None:
    """Print a value on stdout as indented JSON."""
    say(harmless.to_json(value, indent=2))


def complain(*lines: object) -> None:
    """Print lines on stderr, with line breaks in them escaped. A failure to write does not change the exit code."""
    _err("".join(f"{_with_colours_only(harmless.line(str(line)))}\n" for line in lines))


def complain_text(text: str) -> None:
    """Print a text of several lines on stderr."""
    _err(f"{_with_colours_only(text)}\n")


def warn(warnings: Iterable[object]) -> None:
    """Print warnings on stderr, each once."""
    complain(*dict.fromkeys(map(str, warnings)))


def progress(text: str) -> None:
    """Replace the progress line on stderr, if it is a terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        _err(f"\r\x1b[K{harmless.line(text)}")


def heartbeat(text: str) -> None:
    """Print a plain line on stderr, if it is not a terminal but a log."""
    if sys.stderr is not None and not sys.stderr.isatty():
        complain(text)


def debugger(verbosity: int) -> Callable[..., Any]:
    """Return a function that logs details with -vv and does nothing otherwise.

    structlog is configured only here: the library leaves this to its user.
    """
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
    """Discard what stdout has still to write. Otherwise Python would try again at exit, and print a traceback."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _harmless_values(_: Any, __: str, values: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: harmless.line(value) if isinstance(value, str) else value for key, value in values.items()}


def _with_colours_only(text: str) -> str:
    """Return the text with its colours, but without anything else that a terminal or a CI system would interpret."""
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
