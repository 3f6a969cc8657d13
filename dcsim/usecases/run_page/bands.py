"""The sessions as they are drawn, and what the rules promise at their openings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dcsim.domain.account import typed
from dcsim.domain.actions import Tick
from dcsim.domain.moment import instant, moment
from dcsim.domain.runbook import Open
from dcsim.report.pages.event_words import session_words
from dcsim.report.pages.palette import Palette
from dcsim.report.pages.tracks import Band, PromiseLine
from dcsim.usecases.predict import expected_value
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
    evidence: RunEvidence, places: Places, account: str, field: str, palette: Palette
) -> Iterator[PromiseLine]:
    """Yield what the rules permit at each opening that found something else, and at that which the page is about."""
    stages = evidence.stages(account)
    focus = evidence.focus
    for number, stage in enumerate(stages):
        opened = _opening(evidence, places, stages, number)
        if opened is None or stage.event is None:
            continue
        session, site = opened
        before = next(s.lane for s in reversed(stages[:number]) if s.event is None or s.event.at < _opens(evidence, session) or s is stages[number - 1])
        expected = expected_value(before, stage.lane, session, field)
        found = stage.lane.store(site)[field]
        kept = any(typed(option.cell.value) == typed(found.value) for option in expected.options)
        asked = focus is not None and (focus.account, focus.field, focus.session) == (account, field, session)
        if not kept or asked:
            n = stage.event.n
            yield PromiseLine(
                track=places.of(site, n),
                start=n,
                end=_closing(stages[number + 1 :], session, site),
                promised=tuple(dict.fromkeys(palette.chip(option.cell.value) for option in expected.options)),
                found=palette.chip(found.value),
                kept=kept,
            )
