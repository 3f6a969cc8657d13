"""Lays a weekend out: every track, line, arrow, mark and label gets its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from dcsim.report.pages.drawing import axis as below
from dcsim.report.pages.drawing.arrows import arrow, flow_label, grouped
from dcsim.report.pages.drawing.boxes import Box, first_part, free, shortened, width_of
from dcsim.report.pages.drawing.labels import Placer, Side, Wanted
from dcsim.report.pages.drawing.lines import chips, lines
from dcsim.report.pages.drawing.scale import Scale, scale_of
from dcsim.report.pages.drawing.shapes import (
    BandShape,
    DownShape,
    Drawing,
    FlowShape,
    LineShape,
    MarkShape,
    PromiseShape,
    TrackShape,
)
from dcsim.report.pages.tracks import OUTSIDE, Mark, PromiseLine, Tracks

WIDTH, LEFT, MARGIN = 1384.0, 128.0, 24.0
"""The width of a drawing, where its tracks begin, and the margin at its right."""
_HEAD_ROW, _FIRST, _LINK, _AFTER_LINK, _BELOW, _AXIS = 22.0, 96.0, 76.0, 74.0, 78.0, 62.0
_TINT, _HATCH = 26.0, 10.0
_WEIGHTS = {
    "break": 100,
    "discard": 70,
    "revert": 66,
    "point": 64,
    "role": 62,
    "reset": 60,
    "note": 30,
    "others": 10,
    "fault": 68,
}
_MOST_SAID = 12


def drawing(tracks: Tracks, timezone: str) -> Drawing:
    """Return the drawing of a weekend. ``timezone`` is that of its instants."""
    scale = scale_of(tracks, LEFT, WIDTH - LEFT - MARGIN)
    bands, top = _bands(tracks, scale)
    heights = _heights(tracks, top)
    axis = heights[len(tracks.tracks) - 1] + _AXIS
    drawn = lines(tracks, scale, heights)
    by_shape = _marks(tracks.marks, scale, heights)
    marks = tuple(by_shape)
    flows = grouped(tracks.flows, scale)
    arrows = tuple(arrow(flow, scale, heights) for flow in flows)
    named = chips(drawn, [*(mark.box for mark in marks), *(box for each in arrows for box in each.boxes)])
    promises, promised = _promises(tracks.promises, scale, heights)
    taken = [mark.box for mark in marks] + [chip.box for chip in named] + [box for line in drawn for box in line.boxes]
    taken += [box for each in arrows for box in each.boxes]
    taken += [Box(line.x1, line.y - 4, line.x2, line.y + 4) for line in promises]
    downs = tuple(_downs(tracks, scale, heights))
    taken += [down.box for down in downs]
    names = tuple(_track_shapes(tracks, scale, heights))
    taken += [name.box for name in names]
    placer = Placer(Box(4, top, scale.right + MARGIN, axis - 6), taken)
    wanted = [each for flow in flows if (each := flow_label(flow, scale, heights))]
    labels = placer.place([*wanted, *promised, *_mark_labels(tracks, by_shape), *_held(drawn, arrows)])
    bad = [mark.event for mark in tracks.marks if mark.tone == "bad"] + [flow.end for flow in flows if flow.wrong]
    edges = [n for band in tracks.bands for n in (band.opens, band.closes)]
    return Drawing(
        account=tracks.account,
        field=tracks.field,
        width=scale.right + MARGIN,
        height=axis + 58,
        left=LEFT,
        right=scale.right,
        axis=axis,
        tracks=names,
        bands=tuple(_band_shapes(tracks, scale, heights, bands, axis)),
        lines=drawn,
        chips=named,
        promises=promises,
        downs=downs,
        flows=arrows,
        marks=marks,
        labels=labels,
        ticks=below.ticks(scale, axis, timezone, edges, bad),
        cuts=below.cuts(scale, axis, scale.right + MARGIN),
        days=below.days(scale, axis, scale.right + MARGIN, timezone),
        values=tracks.values,
        dropped=placer.dropped,
    )


# -- tracks and bands ----------------------------------------------------------------------------------------------


def _heights(tracks: Tracks, top: float) -> dict[int, float]:
    """Return how far down each track is; what reaches no site is right below the sessions' heads."""
    outside = any(mark.track == OUTSIDE for mark in tracks.marks)
    found, y, last = {OUTSIDE: top + 16.0}, top + _FIRST + (40.0 if outside else 0.0), ""
    for number, track in enumerate(tracks.tracks):
        if number:
            y += _LINK if track.kind == "link" else _AFTER_LINK if last == "link" else _BELOW
        found[number], last = y, track.kind
    return found


def _track_shapes(tracks: Tracks, scale: Scale, heights: Mapping[int, float]) -> Iterator[TrackShape]:
    for number, track in enumerate(tracks.tracks):
        begins = next((scale.xs[b.start] for b in tracks.branches if b.track == number), LEFT)
        role = track.roles[0][1] if track.roles else track.note
        long = f"role: {role}"
        role = long if track.roles and width_of(long) <= LEFT - 8 else role
        yield TrackShape(
            y=heights[number],
            kind=track.kind,
            name=shortened(track.name[:1].upper() + track.name[1:], LEFT - 12, bold=True),
            more=shortened(role, LEFT - 8),
            left=begins,
            right=scale.right,
        )


def _bands(tracks: Tracks, scale: Scale) -> tuple[list[tuple[Box, Box]], float]:
    """Return the head of each session with the room of its words, and how far down the heads reach.

    A head is as wide as the window. Words may reach out of it; those that would meet are stacked.
    """
    found: list[tuple[Box, Box]] = []
    taken: list[Box] = []
    for band in tracks.bands:
        x1 = scale.xs[band.opens] if band.opens else LEFT
        x2 = scale.xs[band.closes] if band.closes else scale.right
        wide = max(x2 - x1, width_of(band.says, bold=True) + 12)
        wide = min(wide, scale.right + MARGIN - LEFT)
        left = min(max((x1 + x2 - wide) / 2, LEFT - 8), scale.right + MARGIN - wide)
        row = 0
        while not free(room := Box(left, 4 + row * _HEAD_ROW, left + wide, 4 + row * _HEAD_ROW + 20), taken):
            row += 1
        taken.append(room)
        found.append((Box(x1, room.y1, x2, room.y2), room))
    return found, max((box.y2 for box in taken), default=4.0) + 4


def _band_shapes(
    tracks: Tracks, scale: Scale, heights: Mapping[int, float], heads: Sequence[tuple[Box, Box]], axis: float
) -> Iterator[BandShape]:
    tones = [track for track, line in enumerate(tracks.tracks) if line.kind == "site"]
    for band, (head, room) in zip(tracks.bands, heads, strict=True):
        boxes = tuple(
            Box(scale.xs[start], heights[track] - _TINT, _end(scale, end), heights[track] + _TINT)
            for track, start, end in band.open
        )
        sites = [max(t for t in tones if t <= track) for track, *_ in band.open]
        yield BandShape(
            head=head,
            room=room,
            words=shortened(band.says, room.x2 - room.x1 - 8, bold=True),
            says=band.says,
            edges=(head.x1, head.x2),
            open=boxes,
            tone="other" if sites and sites[0] != tones[0] else "first",
            opened=bool(band.open),
            bottom=axis,
        )


def _downs(tracks: Tracks, scale: Scale, heights: Mapping[int, float]) -> Iterator[DownShape]:
    """Return a hatched box for each stretch in which something is down, and a dotted one where it is slow."""
    for down in tracks.downs:
        y = heights[down.track]
        box = Box(scale.xs[down.start], y - _HATCH, _end(scale, down.end), y + _HATCH)
        yield DownShape(box=box, slow=down.slow, says=down.says)


def _end(scale: Scale, event: int | None) -> float:
    return scale.right if event is None else scale.xs[event]


# -- marks ---------------------------------------------------------------------------------------------------------


def _marks(found: Sequence[Mark], scale: Scale, heights: Mapping[int, float]) -> dict[MarkShape, Mark]:
    """Return the marks, each with the first of those for which it stands. Acts at one place are one mark."""
    at: dict[tuple[float, int, str], list[Mark]] = {}
    for mark in found:
        at.setdefault((scale.xs[mark.event], mark.track, _sort(mark)), []).append(mark)
    shapes: dict[MarkShape, Mark] = {}
    for (x, track, _), same in at.items():
        says = "; ".join(mark.says for mark in same[:_MOST_SAID])
        more = f"; and {len(same) - _MOST_SAID:,} more" if len(same) > _MOST_SAID else ""
        tone = next((mark.tone for tone in ("bad", "warn") for mark in same if mark.tone == tone), "")
        first = next(mark for mark in same if mark.tone == tone)
        shape = MarkShape(
            x=x,
            y=heights[track],
            shape=first.shape,
            tone=tone,
            events=tuple(dict.fromkeys((first.event, *(mark.event for mark in same)))),
            says=first_part(f"{says}{more}", 900),
        )
        shapes[shape] = first
    return shapes


def _sort(mark: Mark) -> str:
    return "act" if mark.shape in ("act", "refused") else mark.shape


def _mark_labels(tracks: Tracks, shapes: Mapping[MarkShape, Mark]) -> Iterator[Wanted]:
    for shape, mark in shapes.items():
        count = len(shape.events) if _sort(mark) == "act" else 1
        if mark.label or count > 1:
            yield Wanted(
                event=mark.event,
                x=shape.x,
                y=shape.y,
                text=f"{count:,} acts" if count > 1 else mark.label,
                more=mark.label if count > 1 and mark.tone else "" if count > 1 else mark.more,
                tone=shape.tone,
                says=shape.says,
                weight=_weight(mark, tracks),
                sides=_sides(mark, tracks),
                lean="end" if mark.shape == "break" else "middle",
                clear=15.0 if mark.shape == "break" else 11.0,
            )


def _weight(mark: Mark, tracks: Tracks) -> int:
    if mark.shape in ("act", "refused"):
        changes = any(stretch.start == mark.event for stretch in tracks.stretches)
        return 90 if mark.tone == "bad" else 56 if changes else 44
    return _WEIGHTS[mark.shape] + (15 if mark.tone and mark.shape != "break" else 0)


def _sides(mark: Mark, tracks: Tracks) -> tuple[Side, ...]:
    if mark.shape == "discard":
        return "right", "below", "above", "left"
    if mark.shape in ("role", "revert", "break"):
        return "above", "below"
    promised = any(line.track == mark.track and line.start <= mark.event for line in tracks.promises)
    return ("below", "above") if mark.track > 0 or promised else ("above", "below")


# -- what was promised ---------------------------------------------------------------------------------------------


def _promises(
    found: Sequence[PromiseLine], scale: Scale, heights: Mapping[int, float]
) -> tuple[tuple[PromiseShape, ...], list[Wanted]]:
    shapes, words = list[PromiseShape](), list[Wanted]()
    for line in found:
        x1, x2, y = scale.xs[line.start], _end(scale, line.end), heights[line.track] - 18
        permitted = " or ".join(chip.text for chip in line.promised) or "the impossible: rules contradict"
        promised = "promised" if len(line.promised) < 2 else "open, permitted"
        tone = line.promised[0].tone if line.promised else "bad"
        shapes.append(
            PromiseShape(
                x1=x1, x2=x2, y=y, tone=tone, says=first_part(f"{promised}: {permitted}; found: {line.found.text}", 300)
            )
        )
        words.append(_beside(line.start, x1 + 14, y, f"{promised}: {permitted}", tone, ("above",)))
        words.append(
            _beside(line.start, x1 + 22, heights[line.track], f"found: {line.found.text}", line.found.tone, ("below",))
        )
    return tuple(shapes), words


def _beside(event: int, x: float, y: float, text: str, tone: str, sides: tuple[Side, ...]) -> Wanted:
    return Wanted(
        event=event, x=x, y=y, text=text, tone=tone, weight=110, sides=sides, lean="start", clear=5.0, reach=30.0
    )


def _held(found: Sequence[LineShape], arrows: Sequence[FlowShape]) -> Iterator[Wanted]:
    """Yield the words on what restore points keep, in the middle of the widest part that no arrow crosses."""
    for line in found:
        if line.held:
            level = Box(line.x1, line.y - 20, line.x2, line.y + 20)
            across = sorted((box.x1 + box.x2) / 2 for each in arrows for box in each.boxes if box.meets(level))
            parts = pairwise((line.x1, *across, line.x2))
            left, right = max(parts, key=lambda part: part[1] - part[0])
            yield Wanted(
                event=line.start,
                x=(left + right) / 2,
                y=line.y,
                text=f"held back: the restore point keeps {line.value.text}",
                tone="faint",
                weight=50,
                sides=("above", "below"),
                clear=6.0,
                reach=40.0,
            )
