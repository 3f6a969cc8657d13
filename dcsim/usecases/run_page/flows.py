"""What goes from site to site: redo entries on the link, copies of stores, and roles that are swapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from dcsim.domain.account import Cell
from dcsim.domain.runbook import Copy, FailOver, Step, Switch
from dcsim.report.pages.event_words import copied_words, span_words
from dcsim.report.pages.palette import Chip, Palette
from dcsim.report.pages.tracks import Arrived, Flow
from dcsim.trace.moves import RedoMove, lane_moves
from dcsim.usecases.run_page.event_stages import EventStage
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.places import Places


def flows(
    evidence: RunEvidence, places: Places, stages: Sequence[EventStage], field: str, palette: Palette
) -> tuple[Flow, ...]:
    """Return all that goes from site to site, in order."""
    wrong = {broken.cause for broken in evidence.trace.broken if broken.cause}
    walk = _OnTheLink(places, field, palette)
    found: list[Flow] = []
    for stage in stages:
        found += _by_step(places, stage, field, palette, wrong)
        found += walk.after(evidence, stage)
    return (*found, *walk.under_way(stages[-1] if stages else None))


# -- steps of the operator -----------------------------------------------------------------------------------------


def _by_step(places: Places, stage: EventStage, field: str, palette: Palette, wrong: set[int]) -> Iterator[Flow]:
    n, step = stage.event.n, stage.done
    if isinstance(step, Copy):
        carries = not step.fields or field in step.fields
        yield Flow(
            kind="copy",
            start=n,
            end=n,
            source=places.of(step.source, n),
            target=places.of(step.target, n),
            chip=palette.chip(stage.lanes[1].store(step.target)[field].value) if carries else None,
            label=step.id,
            more=copied_words(step),
            wrong=n in wrong,
        )
    elif isinstance(step, Switch | FailOver) and stage.before.production and stage.before.other:
        yield Flow(
            kind="switch",
            start=n,
            end=n,
            source=places.sites[stage.before.production],
            target=places.sites[stage.before.other],
            label=step.id,
            more=_swap(step),
            wrong=n in wrong,
        )


def _swap(step: Step) -> str:
    return "forced: redo on the link is lost" if isinstance(step, FailOver) else "roles are swapped"


# -- the link ------------------------------------------------------------------------------------------------------

Key = tuple[int, bool]
"""A redo entry on the link: its number, and whether it is a copy."""
_STOPPED: tuple[Arrived, ...] = ("late", "lost", "cleared", "sent")
"""What stays on the link has taken no time to arrive."""


_FATES: Mapping[Arrived, str] = {
    "late": "held up",
    "lost": "lost",
    "cleared": "taken off",
    "sent": "still on its way",
    "received": "not applied yet",
    "ignored": "recognised, ignored",
}


@attrs.frozen
class _Leg:
    """A redo entry sets off from a track."""

    start: int
    source: int
    chip: Chip | None


@attrs.define
class _OnTheLink:
    """The redo entries of one account that are under way; and when each was committed, by its number."""

    places: Places
    field: str
    palette: Palette
    legs: dict[Key, _Leg] = attrs.field(factory=dict)
    committed: dict[int, int] = attrs.field(factory=dict)

    def after(self, evidence: RunEvidence, stage: EventStage) -> Iterator[Flow]:
        """Yield what an event brings to an end, and remember what it sends off."""
        if self.places.link is None:
            return
        moves = lane_moves(evidence.model, stage.before, stage.event.action, *stage.lanes)
        redo = [move for move in moves if isinstance(move, RedoMove)]
        # What leaves comes first: a number is free for the next entry when its entry has left.
        for move in sorted(redo, key=lambda move: move.before == ""):
            yield from self._moved(stage, move)

    def _moved(self, stage: EventStage, move: RedoMove) -> Iterator[Flow]:
        key, link = (move.number, move.copy), self.places.link
        assert link is not None
        if move.before in ("sent", "again") and key in self.legs:
            yield self._arrived(stage, self.legs.pop(key), _arrived(move), key)
        if move.before == "" and not move.copy:
            self.committed[move.number] = stage.event.at
        if move.after in ("sent", "again"):
            chip = self._chip(move.cells)
            source = link if move.copy or move.before else self.places.of(stage.event.site, stage.event.n)
            self.legs[key] = _Leg(stage.event.n, source, chip)

    def _arrived(self, stage: EventStage, leg: _Leg, how: Arrived, key: Key) -> Flow:
        link, n = self.places.link, stage.event.n
        assert link is not None
        site = stage.before.other or ""
        target = link if how in _STOPPED else self._end(site, n, how)
        fate = f"{_FATES[how]}: " if how in _FATES else ""
        took = f", {span_words(stage.event.at - self.committed[key[0]])}" if how not in _STOPPED else ""
        return Flow(
            kind="redo",
            start=leg.start,
            end=n,
            source=leg.source,
            target=target,
            arrived=how,
            chip=leg.chip,
            # The fate comes first: where there is little room, the end is cut.
            label=f"{fate}redo{f' {leg.chip.text}' if leg.chip else ''}{', again' if key[1] else ''}{took}",
        )

    def _end(self, site: str, n: int, how: Arrived) -> int:
        """Return where an entry ends: what a snapshot standby receives does not reach its trial branch."""
        return self.places.sites[site] if how == "received" else self.places.of(site, n)

    def _chip(self, cells: tuple[tuple[str, Cell], ...]) -> Chip | None:
        carried = dict(cells).get(self.field)
        return self.palette.chip(carried.value) if carried else None

    def under_way(self, last: EventStage | None) -> Iterator[Flow]:
        """Yield what is still on the link when the run ends."""
        for key, leg in self.legs.items():
            assert last is not None
            yield self._arrived(last, leg, "sent", key)


def _arrived(move: RedoMove) -> Arrived:
    if move.after == "again":
        return "sent"
    return move.after or "sent"
