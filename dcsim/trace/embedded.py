"""Traces inside a page of HTML: written so that no text of theirs ends the script that holds them, and read back."""

from __future__ import annotations

import gzip
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from io import BytesIO

import attrs

from dcsim.trace.jsonl import TraceError

ID = "dcsim-trace"
MOST_PLAIN = 1_000_000
"""A trace with more characters is compressed."""
MOST_UNPACKED = 128 << 20
"""The most bytes of a trace that was compressed: as much as is read of a file."""
_PACKED, _WIDTH = '"gzip"', 4096
# A whole parser of HTML would take minutes over some texts that are no page of dcsim's.
_SCRIPT = re.compile(rf"""<script\b[^<>]*\bid=(["'])(?P<id>{ID}(?:-\d+)?)\1[^<>]*>""")
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@attrs.frozen
class EmbeddedTrace:
    """A trace of a page: the id of its script, its text as in a file of its own, and the line of the page at which
    this text begins (1 if it was compressed: its lines are then those of a file of its own).
    """

    id: str
    text: str
    line: int


def trace_id(number: int) -> str:
    """Return the id of the script that holds a page's first trace (number 1), or a later one."""
    return ID if number == 1 else f"{ID}-{number}"


def embed(text: str) -> str:
    """Return a trace as the content of ``<script type="application/json" id="dcsim-trace">``: an array of its lines,
    each on a line of its own. It needs no other escape.

    A long trace is compressed: the array is the word ``gzip`` and the parts of its Base64.
    """
    if len(text) > MOST_PLAIN:
        # Without a time of day, so that the same trace is the same text.
        packed = b64encode(gzip.compress(text.encode(), mtime=0)).decode()
        return _array([_PACKED, *(f'"{packed[at : at + _WIDTH]}"' for at in range(0, len(packed), _WIDTH))])
    # In JSON these signs stand in strings only, and there an escape is the same sign.
    return _array(text.translate(_ESCAPES).removesuffix("\n").split("\n"))


def _array(items: Iterable[str]) -> str:
    return "[\n" + ",\n".join(items) + "\n]"


def extract(page: str) -> tuple[EmbeddedTrace, ...]:
    """Return the traces of a page. TraceError, with a line of the page, if it has none or is not whole."""
    found = [_trace(page, script) for script in _SCRIPT.finditer(page)]
    if not page.rstrip().endswith("</html>"):
        raise TraceError(_line(page, len(page.rstrip())), "the page was cut short: it does not end in </html>")
    if not found:
        raise TraceError(1, f'the page carries no trace: it has no <script type="application/json" id="{ID}">')
    by_id: dict[str, EmbeddedTrace] = {}
    for trace in found:
        if by_id.setdefault(trace.id, trace) is not trace:
            raise TraceError(trace.line, f"the page has two traces '{trace.id}'")
    return tuple(found)


def _trace(page: str, script: re.Match[str]) -> EmbeddedTrace:
    name, start = script["id"], script.end()
    # No "<" is in the content, so the next one begins the tag that ends the script.
    end = page.find("<", start)
    if not page.startswith("</script>", end):
        raise TraceError(_line(page, start), f"the page was cut short: its trace '{name}' does not end")
    content = page[start:end]
    lines = [line.removesuffix("\r") for line in content.strip().split("\n")]
    if len(lines) < 3 or (lines[0], lines[-1]) != ("[", "]"):
        raise TraceError(_line(page, start), f"the page's trace '{name}' is no array with one line for each event")
    first = _line(page, page.index("[", start)) + 1
    items = [*(line.removesuffix(",") for line in lines[1:-2]), lines[-2]]
    if items[0] == _PACKED:
        return EmbeddedTrace(name, _unpacked(items[1:], name, first), 1)
    return EmbeddedTrace(name, "\n".join((*items, "")), first)


def _unpacked(parts: list[str], name: str, line: int) -> str:
    try:
        packed = b64decode("".join(part.strip('"') for part in parts), validate=True)
        with gzip.open(BytesIO(packed)) as file:
            text = file.read(MOST_UNPACKED + 1)
        if len(text) > MOST_UNPACKED:
            raise TraceError(line, f"the page's trace '{name}' is above {MOST_UNPACKED >> 20} MiB")
        return text.decode()
    except (ValueError, OSError, EOFError, zlib.error):
        raise TraceError(line, f"the page's trace '{name}' is damaged: it cannot be unpacked") from None


def _line(page: str, at: int) -> int:
    return page.count("\n", 0, at) + 1
