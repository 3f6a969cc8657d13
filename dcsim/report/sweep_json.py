"""The result of a sweep as JSON values. Pure."""

from __future__ import annotations

from typing import Any

from dcsim.report.sweep import QUANTILES, EdgeSearch, Spread, SweepResult, SweepRow, SweepSide, marked


def as_json(result: SweepResult) -> dict[str, Any]:
    """Return the result as JSON values. docs/reference/sweep.md describes the keys."""
    return {
        "dcsim-sweep": 1,
        "subject": result.subject,
        "question": result.question,
        "condition": result.condition,
        "axes": [
            {"path": axis.path, "sort": axis.sort, "now": axis.now, "values": list(axis.values)} for axis in result.axes
        ],
        "by": result.by.path if result.by else None,
        "runs": result.runs,
        "seed": result.seed,
        "points": [_row_json(result, row) for row in result.rows],
        "of": result.of,
        "searches": [_search_json(result, search) for search in result.searches],
        "units": dict(result.units),
        "notes": list(result.notes),
        "scope": [{"says": sentence, "points": points} for sentence, points in result.scope],
        "partial": result.partial,
        "why": result.why,
        "again": result.again,
    }


def _row_json(result: SweepResult, row: SweepRow) -> dict[str, Any]:
    made: dict[str, Any] = {"at": {axis.path: value for axis, value in zip(result.axes, row.values, strict=True)}}
    made |= {"answer": row.answer, "runs": row.runs, "of": row.of, "held": row.held, "failed": row.failed}
    if result.question == "check":
        made |= {"verdict": row.verdict, "broken": list(row.broken), "why": row.why}
    made["figures"] = {name: _spread_json(row.figures[name], row.of) for name in row.figures}
    return made | ({"findings": list(map(str, row.findings))} if row.findings else {})


def _spread_json(spread: Spread, runs: int) -> Any:
    if runs == 1:
        return marked(spread.values[0]) if spread.values else None
    if not spread.values:
        return {"missing": spread.missing}
    named = {name: marked(spread.quantile(percent)) for name, percent in QUANTILES}
    least, most = map(marked, (spread.values[0], spread.values[-1]))
    return {"least": least, **named, "most": most, "missing": spread.missing}


def _search_json(result: SweepResult, search: EdgeSearch) -> dict[str, Any]:
    return {
        "range": [search.low, search.high],
        "step": search.step,
        "monotone": search.monotone,
        "tried": [_row_json(result, row) for row in search.rows],
        "edges": [
            {
                "exact": edge.exact and result.runs == 1,
                "below": _side_json(result, edge.below),
                "above": _side_json(result, edge.above),
            }
            for edge in search.edges
        ],
    }


def _side_json(result: SweepResult, side: SweepSide) -> dict[str, Any]:
    return _row_json(result, side.row) | {
        "run": side.status,
        "play": side.play,
        "saved": side.saved,
        "texts": dict(side.texts),
    }
