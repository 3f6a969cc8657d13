"""The fate matrix as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dcsim import __version__
from dcsim.domain.rulebook import Rule
from dcsim.harmless import to_json
from dcsim.report.fate_matrix import Matrix
from dcsim.rules.decision_space import matrix, origins

FORMAT = 1


def as_json(view: Matrix) -> str:
    """Return one object with a line for each cell. docs/reference/rules-show.md describes the keys."""
    book = view.book
    head = {
        "dcsim-rules-show": FORMAT,
        "version": __version__,
        "rulebook": book.rulebook,
        "title": book.title,
        "accounts": list(book.accounts),
        "changes": list(book.kinds),
        "origins": list(origins(book)),
        "targets": list(view.targets),
        "counts": dict(view.counts),
        "open_questions": [{"id": q.id, "asks": q.asks, "stands_in": q.stands_in} for q in book.open_questions],
    }
    # The closing of the head is cut off and written by hand, so that each cell has one line.
    cells = ",\n    ".join(to_json(cell) for cell in _cells(view))
    return f'{to_json(head, indent=2)[:-2]},\n  "cells": [\n    {cells}\n  ]\n}}'


def _cells(view: Matrix) -> Iterator[dict[str, Any]]:
    rules = {rule.id: _rule(rule) for rule in view.book.rules}
    # The decision space is read again, because the view has only words and programs need values.
    for cell, ruling in matrix(view.book).items():
        kind, nothing = view.ruled[cell].kind, view.nothing.get(cell[:3])
        fate = {"reset": "reset", "discarded": "discard"}.get(kind)
        agreed = next((rule for rule in ruling.rules if rule.fate == fate), None)
        yield cell._asdict() | {
            "fate": kind,
            "to": agreed.to if agreed else None,
            "baseline": agreed.baseline if agreed else None,
            "rules": [rules[name] for name in dict.fromkeys(rule.id for rule in ruling.rules)],
            "possible": nothing is None,
            "why": nothing.basis if nothing else "" if ruling.rules else view.ruled[cell].basis,
        }


def _rule(rule: Rule) -> dict[str, Any]:
    citation = {"place": rule.citation.place, "quote": rule.citation.quote} if rule.citation else None
    return {"id": rule.id, "citation": citation, "assumption": rule.assumption}
