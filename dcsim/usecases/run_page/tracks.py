"""The weekend of one field of one account, as values that are drawn: tracks, stretches of values, and branches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from dcsim.domain.account import Cell, typed
from dcsim.domain.runbook import Activate, Copy, Flashback, Revert
from dcsim.domain.world import Lane
from dcsim.report.pages.palette import Palette
from dcsim.report.pages.tracks import Branch, Stretch, Track, Tracks
from dcsim.trace.lineage import AccountStage
from dcsim.trace.places import held
from dcsim.usecases.run_page.bands import bands, promise_lines
from dcsim.usecases.run_page.downs import down_stretches
from dcsim.usecases.run_page.event_stages import EventStage, event_stages
from dcsim.usecases.run_page.flows import flows
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.marks import marks
from dcsim.usecases.run_page.places import Places


def tracks(evidence: RunEvidence, account: str, field: str) -> Tracks:
    """Return the weekend of a field of an account."""
    stages = event_stages(evidence, account)
    places = places_of(evidence, stages)
    palette = palette_of(evidence.stages(account), field)
    found = flows(evidence, places, stages, field, palette)
    return Tracks(
        account=account,
        field=field,
        instants=_instants(evidence),
        tracks=places.tracks,
        stretches=tuple(_stretches(places, stages, field, palette)),
        branches=places.branches,
        flows=found,
        marks=tuple(marks(evidence, places, stages, account, field)),
        bands=tuple(bands(evidence, places, stages)),
        promises=tuple(promise_lines(evidence, places, stages, field, palette)),
        downs=tuple(down_stretches(evidence, places)),
    )


def palette_of(stages: Sequence[AccountStage], field: str) -> Palette:
    """Return the tones of the values that a field held anywhere."""
    cells = (cell for stage in stages for cell in held(stage.lane, field).values())
    return Palette(tuple(dict.fromkeys(cell.value for cell in cells if cell.value is not None)))


def _instants(evidence: RunEvidence) -> tuple[int, ...]:
    events = evidence.recorder.events
    return (events[0].at if events else 0, *(event.at for event in events))


# -- places and branches -------------------------------------------------------------------------------------------


def places_of(evidence: RunEvidence, stages: Sequence[EventStage]) -> Places:
    """Return the tracks of a run: a line for each site, its trial branch below it, and the link after the first."""
    trials = tuple(_trials(evidence, stages))
    lines: list[Track] = []
    site_at, branch_at = dict[str, int](), dict[str, int]()
    for number, site in enumerate(evidence.model.sites):
        site_at[site] = len(lines)
        lines.append(Track(name=site, kind="site", roles=tuple(_roles(evidence, stages, site))))
        if any(trial.site == site for trial in trials):
            branch_at[site] = len(lines)
            lines.append(Track(name="trial branch", kind="branch", note=f"of {site}"))
        if number == 0 and evidence.model.runbook.link and len(evidence.model.sites) > 1:
            lines.append(Track(name="link", kind="link"))
    return Places(
        tracks=tuple(lines),
        sites=site_at,
        branch_tracks=branch_at,
        branches=tuple(
            Branch(site=site_at[t.site], track=branch_at[t.site], start=t.start, end=t.end, kept=t.kept) for t in trials
        ),
    )


def _roles(evidence: RunEvidence, stages: Sequence[EventStage], site: str) -> Iterator[tuple[int, str]]:
    last = stages[0].before.role(site) if stages else evidence.model.runbook.sites[site]
    yield 0, last
    for stage in stages:
        role = stage.after.role(site)
        if role != last:
            yield stage.event.n, role
        last = role


@attrs.frozen(kw_only=True)
class _Trial:
    site: str
    start: int
    end: int | None = None
    kept: bool = False


def _trials(evidence: RunEvidence, stages: Sequence[EventStage]) -> Iterator[_Trial]:
    """Yield the trial branches in order: each begins when a site is activated."""
    for site in evidence.model.sites:
        start: int | None = None
        for stage in stages:
            n, step = stage.event.n, stage.done
            if start is not None and stage.after.role(site) != "snapshot-standby":
                yield _Trial(site=site, start=start, end=n, kept=not isinstance(step, Revert))
                start = None
            elif start is not None and _overwritten(step, site):
                yield _Trial(site=site, start=start, end=n)
                start = n
            elif isinstance(step, Activate) and step.site == site:
                start = n
        if start is not None:
            yield _Trial(site=site, start=start)


def _overwritten(step: object, site: str) -> bool:
    """Whether a step replaces all that a site holds."""
    return (isinstance(step, Flashback) and step.site == site) or (
        isinstance(step, Copy) and step.target == site and not step.fields
    )


# -- values --------------------------------------------------------------------------------------------------------


def _stretches(places: Places, stages: Sequence[EventStage], field: str, palette: Palette) -> Iterator[Stretch]:
    lanes = _lanes(stages)
    for site, track in places.sites.items():
        points = _points(places, stages, site)
        own = ((n, _own_cell(places, lane, site, points, n, field), places.on_branch(site, n)) for n, lane in lanes)
        yield from _runs(track, own, palette)
        for branch in places.branches_of(site):
            inside = ((n, lane.store(site)[field], False) for n, lane in lanes if _during(branch, n))
            yield from _runs(branch.track, inside, palette, branch.end)


def _lanes(stages: Sequence[EventStage]) -> list[tuple[int, Lane]]:
    """Return the account's lane after each event; 0 is the beginning."""
    return [*((0, stage.lanes[0]) for stage in stages[:1]), *((stage.event.n, stage.lanes[1]) for stage in stages)]


def _during(branch: Branch, event: int) -> bool:
    return branch.start <= event and (branch.end is None or event < branch.end)


def _own_cell(places: Places, lane: Lane, site: str, points: Mapping[int, str], event: int, field: str) -> Cell | None:
    """Return what stands on a site's own track: its store; or the restore point, while the store is on a branch."""
    if not places.on_branch(site, event):
        return lane.store(site)[field]
    record = dict(lane.points).get((site, points.get(event, "")))
    return record[field] if record else None


def _points(places: Places, stages: Sequence[EventStage], site: str) -> dict[int, str]:
    """Return for each event on a branch the restore point to which the site will be flashed back; else its last."""
    chosen: dict[int, str] = {}
    for branch in places.branches_of(site):
        ends = [s.done for s in stages if s.event.n == branch.end]
        named = next((step.to for step in ends if isinstance(step, Revert | Flashback)), None)
        for stage in stages:
            if _during(branch, stage.event.n):
                taken = [name for at, name in stage.after.points if at == site]
                chosen |= {stage.event.n: named or taken[-1]} if named or taken else {}
    return chosen


def _runs(
    track: int, cells: Iterable[tuple[int, Cell | None, bool]], palette: Palette, last: int | None = None
) -> Iterator[Stretch]:
    """Yield a stretch for each run of equal values. ``last`` is the event at which the last one ends."""
    starts: list[tuple[int, Cell | None, bool]] = []
    for n, cell, kept in cells:
        if not starts or not _alike(starts[-1], cell, kept):
            starts.append((n, cell, kept))
    ends = [*(n for n, _, _ in starts[1:]), last]
    for (n, cell, kept), end in zip(starts, ends, strict=True):
        if cell:
            yield Stretch(track=track, start=n, end=end, value=palette.chip(cell.value), held=kept)


def _alike(one: tuple[int, Cell | None, bool], cell: Cell | None, kept: bool) -> bool:
    was = one[1]
    return one[2] == kept and (was is cell if was is None or cell is None else typed(was.value) == typed(cell.value))
