"""When sites serve: how long after the printed opening of a session one does, and for how long none does."""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.domain.moment import epoch
from dcsim.domain.world import Control
from dcsim.trace.meter import Meter


def serves_after(meter: Meter, session: str) -> int | None:
    """Return how long after its printed opening a session is served first; None if it never is in its window."""
    opens, closes = _window(meter, session)
    served = (max(start, opens) for start, end, up in _stretches(meter, session) if up and end > opens)
    first = next(served, closes)
    return first - opens if first < closes else None


def downtime(meter: Meter, session: str) -> int:
    """Return for how long no site serves a session, in its printed window."""
    opens, closes = _window(meter, session)
    return sum(max(0, min(end, closes) - max(start, opens)) for start, end, up in _stretches(meter, session) if not up)


def _window(meter: Meter, session: str) -> tuple[int, int]:
    book = meter.table.model.rulebook
    return epoch(book.by_name[session].opens, book), epoch(book.by_name[session].closes, book)


def _stretches(meter: Meter, session: str) -> Iterator[tuple[int, int, bool]]:
    """Yield stretches of time, from and to, and whether a site serves the session in them."""
    always = 1 << 62
    since = -always
    before = meter.controls[0][1]
    for at, control in meter.controls[1:]:
        yield since, at, serves(before, session)
        since, before = at, control
    yield since, always, serves(before, session)


def serves(control: Control, session: str) -> bool:
    """Whether clients can use a session at a site that is up, whichever it is."""
    return any(name == session and site not in control.down for name, site in control.open)
