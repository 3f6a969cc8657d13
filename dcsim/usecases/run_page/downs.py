"""What is down, and for how long; and a link that is slow: as stretches of the tracks that are drawn."""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.domain.actions import LINK, Disturb
from dcsim.domain.faults import SlowLink, lag_in_words
from dcsim.domain.moment import instant
from dcsim.report.pages.tracks import OUTSIDE, DownStretch
from dcsim.usecases.downs import down_times
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.places import Places


def down_stretches(evidence: RunEvidence, places: Places) -> Iterator[DownStretch]:
    """Yield what is down, in order of its beginning, and then the spans in which the link is slow."""
    events = evidence.recorder.events
    for span in down_times(events):
        track = places.link if span.what == LINK else places.sites[span.what]
        if track is not None:
            end = span.end.n if span.end else None
            yield DownStretch(track=track, start=span.start.n, end=end, says=span.words(evidence.model))
    if places.link is not None:
        yield from _slow(evidence, places.link)


def _slow(evidence: RunEvidence, track: int) -> Iterator[DownStretch]:
    told = [event for event in evidence.recorder.events if isinstance(event.action, Disturb)]
    for fault in evidence.case.scenario.faults:
        if isinstance(fault, SlowLink):
            begins, ends = (instant(edge, evidence.book) for edge in (fault.from_, fault.until))
            # Where one ends and the next begins at one instant, the end is told first.
            start = [event.n for event in told if event.at == begins][-1:]
            end = [event.n for event in told if event.at == ends][:1]
            if start:
                says = f"the lag is {lag_in_words(fault)}"
                yield DownStretch(track=track, start=start[0], end=end[0] if end else None, says=says, slow=True)


def track_of_fault(places: Places, says: str) -> int:
    """Return the track that what is told of a fault in time is about: a site that it names, or else the link."""
    site = next((site for site in places.sites if f" {site} " in f" {says} "), None)
    link = OUTSIDE if places.link is None else places.link
    return link if site is None else places.sites[site]
