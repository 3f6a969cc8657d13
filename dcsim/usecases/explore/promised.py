"""What the sessions promise that are open or come next, against what their sites hold now."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dcsim.domain.account import Account, typed
from dcsim.domain.action_outcome import Violation
from dcsim.domain.moment import clock
from dcsim.domain.world import Lane
from dcsim.report.explore_view import PromisedValue, PromiseView
from dcsim.report.pages.palette import Palette
from dcsim.report.run_view import cite
from dcsim.semantics.promise import check_record
from dcsim.usecases.explore.next_choices import World
from dcsim.usecases.predict import expected_value, open_fates


def promises(world: World, tones: Palette) -> Iterator[PromiseView]:
    """What the session promises whose window is open, and the next one."""
    model, control = world.model, world.control
    order = model.rulebook.order
    by_time = [name for name in model.rulebook.timeline if name in model.rulebook.by_name]
    now = model.interval(control)
    later = [name for name in by_time if order[name] > control.interval]
    for name in (*([now] if now in model.rulebook.by_name else []), *later[:1]):
        session = model.session(name)
        opens = next(at for at, tick in model.ticks if tick.session == name and tick.edge == "opens")
        of = [(*held, _broken(world, held[2], name)) for held in _held(world, opens) if session.site in model.sites]
        yield PromiseView(
            session=name,
            site=session.site,
            opens=clock(opens, model.rulebook),
            now=name == now,
            rows=tuple(row for each in of for row in _promised(world, name, *each, tones)),
            together=tuple(
                f"{account.id}, {v.where}: {v.invariant}: expected {v.expected}, found {v.actual}"
                for account, _, _, broken in of
                for v in broken
                if not v.cell
            ),
        )


def _held(world: World, opens: int) -> Iterator[tuple[Account, Lane, Lane]]:
    """Each account with its lane before a session opened, and now. The opening decides between permitted values."""
    play = world.here.plays[world.number]
    before = play.lanes(min(world.taken, sum(event.at < opens for event in play.events)))
    return zip(world.here.walk.base.accounts, before, world.lanes, strict=True)


def _broken(world: World, lane: Lane, session: str) -> tuple[Violation, ...]:
    """What a record would break if it were compared with the promise now."""
    # Each wrong value is told once; here it is told as long as it lasts.
    rows = tuple((key, attrs.evolve(expected, told=())) for key, expected in lane.ledger.rows)
    untold = attrs.evolve(lane, ledger=attrs.evolve(lane.ledger, rows=rows))
    return check_record(world.model, untold, session, world.model.session(session).site)[1]


def _promised(
    world: World,
    session: str,
    account: Account,
    before: Lane,
    lane: Lane,
    broken: tuple[Violation, ...],
    tones: Palette,
) -> Iterator[PromisedValue]:
    """The fields of which the session's promise says something, or in which the site differs from the start."""
    book, site = world.model.rulebook, world.model.session(session).site
    found, rows = lane.store(site), {*before.ledger.of(session), *lane.ledger.of(session)}
    for field in found.fields:
        expected, cell = expected_value(before, lane, session, field), found[field]
        if field not in rows and typed(cell.value) == typed(lane.ledger.start[field].value):
            continue
        values = {typed(option.cell.value): option.cell.value for option in expected.options}
        wrong = [v.invariant for v in broken if v.cell == (site, field)]
        if typed(cell.value) not in values and not wrong:
            # It is told with another field of the same cause.
            wrong = [v.invariant for v in broken]
        yield PromisedValue(
            session=session,
            site=site,
            account=account.id,
            field=field,
            permitted=tuple(tones.chip(value) for value in values.values()),
            rules=tuple((rule, basis) for rule in expected.rules for basis in cite(book, [rule])),
            found=tones.chip(cell.value),
            wrong=tuple(dict.fromkeys(wrong)),
            open=tuple(str(each) for each in open_fates(book, lane.profile.kind, session, expected)),
        )
