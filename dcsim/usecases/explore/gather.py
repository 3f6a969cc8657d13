"""Gathers what the page of a walk shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dcsim.checker.model.alphabet import fields_in_use
from dcsim.domain.account import Cell, Record, Value, typed
from dcsim.domain.actions import LINK
from dcsim.domain.faults import LinkFault, OperatorSlip, described
from dcsim.domain.moment import clock, spell
from dcsim.domain.world import Held, Lane, Redo
from dcsim.files.write import write_act
from dcsim.report.explore_view import (
    AccountRow,
    BreakView,
    EntryView,
    PathStep,
    PlaceColumn,
    PlacedValue,
    WalkView,
    WorldView,
)
from dcsim.report.pages.palette import Palette
from dcsim.report.run_view import cite, stated
from dcsim.semantics.invariant_registry import practice
from dcsim.semantics.model import Model
from dcsim.trace.event import Broken
from dcsim.usecases.explore.choices import Choice, Next, Try, Until, sort_of
from dcsim.usecases.explore.events import in_words
from dcsim.usecases.explore.next_choices import (
    FAULTS,
    SLIPS,
    World,
    act_offers,
    busy,
    fault_offers,
    plan,
    time_offers,
    worlds_at,
)
from dcsim.usecases.explore.promised import promises
from dcsim.usecases.explore.walk import PathEnd, Walk

FEW = 5
"""So many accounts have their acts on one page; of more, one account at a time."""
HELD: Mapping[Held, str] = {
    "sent": "on its way",
    "late": "held up",
    "lost": "lost",
    "received": "received, not applied",
    "again": "a copy on its way",
}
"""Where a redo entry is, in words."""
COUNTED = ("failures", "credential", "locked")
"""Fields that are shown only once they hold something else than at the start."""


def view(walk: Walk, path: Sequence[str], account: str = "") -> WalkView:
    """Everything that the page of a path shows. MisfitError if the path does not fit.

    ``account`` is the one whose acts are shown, where there are too many to show all.
    """
    here = walk.reach(path)
    before = walk.reach(path[:-1]) if path else here
    worlds = worlds_at(here)
    shown = tuple(_fields(here))
    tones = Palette(tuple(_values(worlds, shown)))
    first = worlds[0]
    names = [each.id for each in walk.base.accounts]
    chosen = account if account in names else _last_to_act(here) or names[0]
    acting = names if len(names) <= FEW else [chosen]
    waits = "Something else is due at this very instant, so no client can act before it." if busy(here) else ""
    return WalkView(
        title=walk.base.title,
        rulebook=walk.book.rulebook,
        clock=clock(here.now, walk.book),
        interval=first.model.interval(first.control),
        path=tuple(path),
        choices=tuple(_choices(here, path)),
        worlds=tuple(_world(world, before, worlds, shown, tones) for world in worlds),
        time=tuple(time_offers(here)),
        acts=tuple(act_offers(here, acting)),
        others=tuple(name for name in names if name not in acting),
        faults=tuple(fault_offers(here)),
        standing=tuple(map(described, walk.base.faults)),
        waits=waits,
    )


def _last_to_act(here: PathEnd) -> str:
    return next((choice.account for choice in reversed(here.choices) if isinstance(choice, Try)), "")


# -- the path ----------------------------------------------------------------------------------------------------------


def _choices(here: PathEnd, path: Sequence[str]) -> Iterator[PathStep]:
    """Each choice with what happened in it."""
    done = (0,) * len(here.plays)
    for number, (word, choice) in enumerate(zip(path, here.choices, strict=True), start=1):
        taken = here.steps[number - 1]
        events = [
            (event, play)
            for play, since, until in zip(here.plays, done, taken, strict=True)
            for event in play.events[since:until]
        ]
        broke = (
            broken.violation.invariant
            for play, since, until in zip(here.plays, done, taken, strict=True)
            for broken in play.trace.broken
            if since < broken.event <= until
        )
        last = max((event.at for event, _ in events), default=0)
        yield PathStep(
            word=word,
            says=_says(choice, here),
            sort=sort_of(choice),
            at=clock(last, here.walk.book) if last else "",
            happened=tuple(dict.fromkeys(in_words(event, play.model) for event, play in events)),
            broke=tuple(dict.fromkeys(broke)),
        )
        done = taken


def _says(choice: Choice, here: PathEnd) -> str:
    match choice:
        case Next():
            return "on"
        case Until():
            return f"until {clock(choice.instant, here.walk.book)}"
        case Try():
            takes = f", which takes {spell(choice.takes)}" if choice.takes else ""
            return f"{choice.account}: {write_act(choice.action)}{takes}"
        case LinkFault():
            nth, who = choice.nth or "any", choice.account or "any account"
            return f"fault: entry {nth} of {who} {FAULTS[choice.link].format(by=spell(choice.by))}"
        case OperatorSlip():
            return "slip: the operator " + SLIPS[choice.operator].format(step=choice.step, by=spell(choice.by))


# -- the state ---------------------------------------------------------------------------------------------------------


def _fields(here: PathEnd) -> Iterator[str]:
    """The fields to show: those that the rulebook knows, or that differ anywhere from the start."""
    known = fields_in_use(here.walk.book)
    starts = [account.start for account in here.walk.base.accounts]
    lanes = [world.lanes for world in worlds_at(here)]
    for field in starts[0].fields:
        moved = any(
            typed(record[field].value) != typed(start[field].value)
            for some in lanes
            for lane, start in zip(some, starts, strict=True)
            for record in _records(lane)
        )
        held = any(start[field].value not in (None, "active") for start in starts)
        if moved or (field in known and field not in COUNTED) or (held and field not in COUNTED):
            yield field


def _records(lane: Lane) -> Iterator[Record]:
    yield from (record for _, record in (*lane.stores, *lane.points))


def _values(worlds: Sequence[World], shown: Sequence[str]) -> Iterator[Value]:
    """The values of fields other than marks and numbers, in the order of the accounts: each has a tone."""
    found: dict[Value, None] = {}
    for world in worlds:
        for lane in world.lanes:
            for record in (lane.ledger.start, *_records(lane)):
                cells = (record[field].value for field in shown)
                found |= dict.fromkeys(v for v in cells if isinstance(v, str) and v != "active")
    return iter(found)


def _world(world: World, before: PathEnd, worlds: Sequence[World], shown: Sequence[str], tones: Palette) -> WorldView:
    columns = tuple(_columns(world))
    old = World(before, world.number)
    broken = tuple(_breaks(world))
    return WorldView(
        runbook=world.model.runbook.runbook,
        columns=columns,
        rows=tuple(_row(number, columns, world, old, worlds, shown, tones) for number in range(len(world.lanes))),
        promises=tuple(promises(world, tones)),
        plan=tuple(plan(world)),
        broken=tuple(each for each in broken if each.choice),
        ahead=tuple(each for each in broken if not each.choice),
        halted=world.control.halted,
    )


def _row(
    number: int,
    columns: Sequence[PlaceColumn],
    world: World,
    old: World,
    worlds: Sequence[World],
    shown: Sequence[str],
    tones: Palette,
) -> AccountRow:
    account, others = world.here.walk.base.accounts[number], [other for other in worlds if other is not world]
    moved = [field for field in shown if any(_moved(each.lanes[number], account.start, field) for each in worlds)]
    return AccountRow(
        account=account.id,
        kind=account.profile.kind,
        entries=tuple(_entry(entry, tones) for entry in world.lanes[number].redo),
        still=tuple(
            PlacedValue(field=field, chip=tones.chip(account.start[field].value), origin=account.start[field].origin)
            for field in shown
            if field not in moved
        ),
        cells=tuple(tuple(_cells(column, number, world, old, others, moved, tones)) for column in columns),
    )


def _moved(lane: Lane, start: Record, field: str) -> bool:
    """Whether a field holds at any place another value than at the start, or one that was made since."""
    return any(record[field] != start[field] for record in _records(lane))


def _columns(world: World) -> Iterator[PlaceColumn]:
    """Each site with its restore points, and the link between them."""
    control, model = world.control, world.model
    for number, (site, role) in enumerate(control.roles):
        if number and model.runbook.link:
            yield PlaceColumn(name=LINK, sort="link", down=LINK in control.down)
        at = tuple(session for session, where in control.open if where == site)
        trial, down = role == "snapshot-standby", site in control.down
        yield PlaceColumn(name=site, sort="site", role=role, open=at, trial=trial, down=down)
        for where, point in control.points:
            if where == site:
                yield PlaceColumn(name=f"{point} of {site}", sort="point")


def _cells(
    column: PlaceColumn,
    number: int,
    world: World,
    old: World,
    others: Sequence[World],
    shown: Sequence[str],
    tones: Palette,
) -> Iterator[PlacedValue]:
    lane = world.lanes[number]
    if column.sort == "link":
        return
    record = _record(lane, column.name)
    assert record is not None, "a column is a place that holds records"
    was = _record(old.lanes[number], column.name)
    elsewhere = [_record(other.lanes[number], column.name) for other in others]
    for field in shown:
        cell = record[field]
        yield PlacedValue(
            field=field,
            chip=tones.chip(cell.value),
            origin=cell.origin,
            changed=was is not None and was[field] != cell,
            differs=any(held is None or _value(held[field]) != _value(cell) for held in elsewhere),
        )


def _value(cell: Cell) -> object:
    return typed(cell.value)


def _record(lane: Lane, name: str) -> Record | None:
    """What a site, or a restore point of it, holds of an account."""
    points = {f"{point} of {site}": record for (site, point), record in lane.points}
    return dict(lane.stores).get(name) or points.get(name)


def _entry(entry: Redo, tones: Palette) -> EntryView:
    values = (PlacedValue(field=field, chip=tones.chip(cell.value), origin=cell.origin) for field, cell in entry.cells)
    return EntryView(says=f"entry {entry.number}, {HELD[entry.held]}", values=tuple(values))


# -- what broke --------------------------------------------------------------------------------------------------------


def _breaks(world: World) -> Iterator[BreakView]:
    """What the whole run breaks, with the choice in which it broke; 0 where it is still to come."""
    here, number = world.here, world.number
    for broken in here.plays[number].trace.broken:
        choice = next((n for n, taken in enumerate(here.steps, start=1) if broken.event <= taken[number]), 0)
        yield _break(broken, world.model, choice)


def _break(broken: Broken, model: Model, choice: int) -> BreakView:
    violation = broken.violation
    who = f"{broken.account}, " if broken.account else ""
    return BreakView(
        invariant=violation.invariant,
        practice=practice(violation.invariant),
        statement=stated(violation.invariant),
        says=f"{who}{violation.where}: expected {violation.expected}, found {violation.actual}",
        when=clock(broken.at, model.rulebook),
        choice=choice,
        rests_on=tuple(cite(model.rulebook, violation.rules)),
    )
