"""The sessions as they are drawn, and what the rules promise at their openings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dcsim.domain.actions import Tick
from dcsim.domain.runbook import Open
from dcsim.report.pages.event_words import session_words
from dcsim.report.pages.palette import Palette
from dcsim.report.pages.tracks import Band, PromiseLine
from dcsim.semantics import intent
from dcsim.usecases.run_page.event_stages import EventStage
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.places import Places


def bands(evidence: RunEvidence, places: Places, stages: Sequence[EventStage]) -> Iterator[Band]:
    """Yield each session in order of time."""
    edges = {
        (stage.event.action.session, stage.event.action.edge): stage.event.n
        for stage in stages
        if isinstance(stage.event.action, Tick)
    }
    for session in sorted(evidence.book.sessions, key=lambda each: each.opens):
        opened = tuple(_opened(places, stages, session.name))
        sites = dict.fromkeys(site for site, *_ in opened)
        serves = f"{' and '.join(sites)} serve{'' if len(sites) > 1 else 's'}" if sites else "not opened"
        yield Band(
            name=session.name,
            opens=edges.get((session.name, "opens"), 0),
            closes=edges.get((session.name, "closes"), 0),
            open=tuple((places.of(site, start), start, end) for site, start, end in opened),
            says=f"{session_words(session.name)} · {serves}",
        )


def _opened(places: Places, stages: Sequence[EventStage], session: str) -> Iterator[tuple[str, int, int | None]]:
    """Yield the sites at which a session was open, from which event until which."""
    since: dict[str, int] = {}
    for stage in stages:
        now = {site for name, site in stage.after.open if name == session}
        for site in sorted(now - since.keys(), key=list(places.sites).index):
            since[site] = stage.event.n
        for site in [site for site in since if site not in now]:
            yield site, since.pop(site), stage.event.n
    yield from ((site, start, None) for site, start in since.items())


def promise_lines(
    evidence: RunEvidence, places: Places, stages: Sequence[EventStage], field: str, palette: Palette
) -> Iterator[PromiseLine]:
    """Yield what the rules permit at each opening that found something else, and at that which the page is about."""
    for number, stage in enumerate(stages):
        step = stage.done
        if not isinstance(step, Open):
            continue
        before, after = stage.lanes
        expected, found = before.ledger.at(step.session, field), after.store(step.site)[field]
        kept = intent.allows(expected, found)
        if not kept or _asked(evidence, step):
            yield PromiseLine(
                track=places.of(step.site, stage.event.n),
                start=stage.event.n,
                end=_closed(stages[number:], step),
                promised=tuple(dict.fromkeys(palette.chip(option.cell.value) for option in expected.options)),
                found=palette.chip(found.value),
                kept=kept,
            )


def _asked(evidence: RunEvidence, step: Open) -> bool:
    """Whether a page is about what an opening finds."""
    return evidence.focus is not None and (evidence.focus.session, evidence.focus.site) == (step.session, step.site)


def _closed(stages: Sequence[EventStage], step: Open) -> int | None:
    return next((s.event.n for s in stages if (step.session, step.site) not in s.after.open), None)
