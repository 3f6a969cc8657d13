"""The arrows of a drawing: redo, copies, and roles that are swapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from dcsim.report.pages.drawing.boxes import Box, first_part
from dcsim.report.pages.drawing.labels import Side, Wanted
from dcsim.report.pages.drawing.scale import Scale
from dcsim.report.pages.drawing.shapes import FlowShape
from dcsim.report.pages.tracks import Flow

_STOPS = ("late", "lost", "cleared", "sent")
_SLICES = 8


def grouped(found: Sequence[Flow], scale: Scale) -> tuple[Flow, ...]:
    """Return the flows with those that would be drawn over each other as one."""
    alike: dict[tuple[object, ...], list[Flow]] = {}
    for flow in found:
        way = (scale.xs[flow.start], scale.xs[flow.end], flow.source, flow.target)
        alike.setdefault((flow.kind, flow.arrived, flow.wrong, *way), []).append(flow)
    return tuple(_as_one(same) for same in alike.values())


def _as_one(same: Sequence[Flow]) -> Flow:
    last = same[-1]
    if len(same) == 1:
        return last
    fate = last.label.partition("redo")[0]
    words = f"{fate}{len(same):,} redo entries" if last.kind == "redo" else f"{last.label} and {len(same) - 1:,} more"
    return attrs.evolve(last, count=len(same), label=words)


def arrow(flow: Flow, scale: Scale, heights: Mapping[int, float]) -> FlowShape:
    """Return the arrow of a flow."""
    (x1, y1), (x2, y2) = _ends(flow, scale, heights)
    stops = flow.arrived in _STOPS
    half = {"copy": 10.0, "redo": 6.0, "switch": 6.0}[flow.kind]
    head = "" if stops else _head(x1, y1, x2, y2, half)
    return FlowShape(
        kind=flow.kind,
        arrived=flow.arrived,
        event=flow.end,
        says=first_part(f"{flow.label}{f', {flow.more}' if flow.more else ''}", 300),
        path=f"M{x1:g} {y1:g}L{x2:g} {y2:g}",
        head=head,
        cross=(x2, y2) if flow.arrived in ("lost", "cleared") else None,
        tone=flow.chip.tone if flow.chip else "v0",
        wrong=flow.wrong,
        boxes=tuple(_slices(x1, y1, x2, y2, half)),
    )


def _ends(flow: Flow, scale: Scale, heights: Mapping[int, float]) -> tuple[tuple[float, float], tuple[float, float]]:
    x1, x2 = scale.xs[flow.start], scale.xs[flow.end]
    y1, y2 = heights[flow.source], heights[flow.target]
    down = 1 if y2 >= y1 else -1
    if flow.source == flow.target:
        # A copy of an entry waits on the link until it is delivered or the run ends.
        return (x1, y1), (x2, y2)
    stop = 0 if flow.arrived in _STOPS else 9 * down
    return (x1, y1 + 8 * down), (x2, y2 - stop)


def _head(x1: float, y1: float, x2: float, y2: float, half: float) -> str:
    """Return the points of an arrow's head at its second end."""
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1.0
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    back = half * 1.9
    bx, by = x2 - ux * back, y2 - uy * back
    points = ((x2, y2), (bx - uy * half, by + ux * half), (bx + uy * half, by - ux * half))
    return " ".join(f"{round(x, 1):g},{round(y, 1):g}" for x, y in points)


def _slices(x1: float, y1: float, x2: float, y2: float, half: float) -> Iterator[Box]:
    """Yield boxes along an arrow, which is not level."""
    for part in range(_SLICES):
        a, b = part / _SLICES, (part + 1) / _SLICES
        xa, xb = sorted((x1 + (x2 - x1) * a, x1 + (x2 - x1) * b))
        ya, yb = sorted((y1 + (y2 - y1) * a, y1 + (y2 - y1) * b))
        yield Box(xa - half, ya, xb + half, yb)


def flow_label(flow: Flow, scale: Scale, heights: Mapping[int, float]) -> Wanted | None:
    """Return the words of a flow, beside the middle of its arrow."""
    if not flow.chip and flow.kind == "redo" and flow.arrived == "applied":
        return None
    (x1, y1), (x2, y2) = _ends(flow, scale, heights)
    sides: tuple[Side, ...] = ("left", "right") if flow.kind == "copy" else ("right", "left")
    part = 0.5 if flow.kind != "redo" or flow.arrived in _STOPS else 0.62
    return Wanted(
        event=flow.end,
        x=x1 + (x2 - x1) * part,
        y=y1 + (y2 - y1) * part,
        text=flow.label,
        more=flow.more,
        tone="bad" if flow.wrong or flow.arrived in ("lost", "cleared") else flow.chip.tone if flow.chip else "",
        weight=80 if flow.kind == "copy" else 85 if flow.kind == "switch" else 40,
        sides=sides,
        framed=flow.kind == "copy" and flow.wrong,
        clear=14.0,
        reach=64.0,
    )
