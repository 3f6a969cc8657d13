"""Findings about files as SARIF 2.1.0, which code hosts and editors show beside the lines. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from dcsim import __version__
from dcsim.files.codes import CODES
from dcsim.files.findings import Finding

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "https://github.com/dcsim/dcsim"
PAGE = f"{HOME}/blob/main/docs/reference/findings.md"
FINGERPRINT = "dcsim/v1"


def sarif(new: Iterable[Finding], old: Iterable[Finding] | None = None, *, whole: bool = True) -> dict[str, Any]:
    """Return findings as SARIF, ready for JSON.

    ``old`` are those that a baseline lists (None: there was no baseline). ``whole``: every file could be read.
    """
    index = {code: number for number, code in enumerate(CODES)}
    compared = old is not None
    seen: Counter[tuple[str, ...]] = Counter()
    results = [_result(f, index, seen, "new" if compared else "") for f in new]
    results += [_result(f, index, seen, "unchanged") for f in old or ()]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver()},
                "invocations": [{"executionSuccessful": whole}],
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _driver() -> dict[str, Any]:
    return {
        "name": "dcsim",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": HOME,
        "rules": [_rule(code) for code in CODES],
    }


def _rule(code: str) -> dict[str, Any]:
    found = CODES[code]
    help_ = f"{found.cause}\n\nFor example: {found.example}\n\n{found.mend}"
    anchor = "".join(c for c in f"{code} {found.title}".lower() if c.isalnum() or c in " -").replace(" ", "-")
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in found.title.replace("-", " ").split()),
        "shortDescription": {"text": found.title},
        "fullDescription": {"text": found.cause},
        "help": {
            "text": help_,
            "markdown": f"{found.cause}\n\nFor example:\n\n```\n{found.example}\n```\n\n{found.mend}",
        },
        "helpUri": f"{PAGE}#{anchor}",
        "defaultConfiguration": {"level": found.severity},
    }


def _result(finding: Finding, index: Mapping[str, int], seen: Counter[tuple[str, ...]], state: str) -> dict[str, Any]:
    hint = f"; {finding.hint}" if finding.hint else ""
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": finding.severity,
        "message": {"text": f"{finding.message}{hint}"},
        "locations": [{"physicalLocation": _place(finding)}],
        "partialFingerprints": {FINGERPRINT: _fingerprint(finding, seen)},
    }
    return result | ({"baselineState": state} if state else {})


def _place(finding: Finding) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.path)}}
    if finding.line:
        place["region"] = {"startLine": finding.line, "startColumn": max(1, finding.col)}
    return place


def _uri(path: str) -> str:
    """Return a path as a URI, relative where the path is."""
    posix = PurePath(path).as_posix()
    # A colon in the first part would be read as the end of a scheme.
    return f"{'file://' if posix.startswith('/') else ''}{quote(posix, safe='/')}"


def _fingerprint(finding: Finding, seen: Counter[tuple[str, ...]]) -> str:
    """Return what tells a finding from others: as a baseline does, not by its line, because lines move.

    Findings that are alike otherwise are numbered.
    """
    key = (finding.code, finding.path, finding.message)
    seen[key] += 1
    return hashlib.sha256("\n".join((*key, str(seen[key]))).encode("utf-8", "surrogatepass")).hexdigest()[:32]
