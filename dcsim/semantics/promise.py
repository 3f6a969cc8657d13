"""The promise, and whether a world keeps it. Nothing here knows a mechanism: no link, restore point or runbook.

    The runbook keeps the promise if, at every instant, whatever any client may do has an outcome that the notice
    permits, and every site that serves holds, for every account and field, a value that the notice permits, from the
    moment its window opens until it closes.

That is refinement (Abadi and Lamport, "The existence of refinement mappings", 1991): the promised world is the session
that the notice names, open at its site in its whole window, and the records that intent permits, carried on through
what clients did since. ``served`` holds the control against it, ``held`` a record, ``decided`` an outcome. How it is
broken is told by ``diagnosis``; what breaks it and fits no name there is still broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import attrs

from dcsim.domain.account import Cell, Record, typed
from dcsim.domain.actions import ClientAction, Commit, LaneAction, Request
from dcsim.domain.outcome import Moved, Refused, Transition, Violation
from dcsim.domain.world import Answers, Control, Expected, Lane, Option
from dcsim.semantics import client, diagnosis, intent
from dcsim.semantics.model import Model
from dcsim.semantics.refusals import Party


def world(model: Model, control: Control) -> Control:
    """The promised control: inside a printed window its session is open at its site, which can be written to; outside,
    nothing is open.
    """
    session = model.rulebook.by_name.get(model.interval(control))
    if session is None:
        return attrs.evolve(control, open=())
    roles = tuple((site, "primary" if site == session.site else role) for site, role in control.roles)
    return attrs.evolve(control, open=((session.name, session.site),), roles=roles)


def served(model: Model, control: Control) -> tuple[Violation, ...]:
    """How a control in which time passes departs from the promised one."""
    return tuple(diagnosis.served(model.rulebook.by_name.get(model.interval(control)), control, model.session))


# -- records -------------------------------------------------------------------------------------------------------


def watched(model: Model, control: Control) -> Iterator[tuple[str, str]]:
    """The session whose window is open, at each site where it is served."""
    now = model.interval(control)
    return ((session, site) for session, site in control.open if session == now)


def held(model: Model, lane: Lane, session: str, site: str) -> tuple[Lane, tuple[Violation, ...]]:
    """Hold what a site serves in a session against what is permitted; what is found there is the reading from then on,
    be it right or wrong: each breach is told once.
    """
    found, rows = lane.store(site), lane.ledger.of(session)
    odd = {field: lane.ledger.at(session, field) for field in _differ(found, lane.ledger.start) if field not in rows}
    rows |= odd
    matching = {field: _matching(rows[field], found[field]) for field in found.fields if field in rows}
    wrong = tuple(field for field, options in matching.items() if not options and found[field] not in rows[field].told)
    apart = () if wrong else _apart(matching)
    settled = {field: _settled(rows[field], options, found[field]) for field, options in matching.items()}
    changed = {field: row for field, row in settled.items() if row is not rows[field] or field in odd}
    after = attrs.evolve(lane, ledger=lane.ledger.put(session, changed)) if changed else lane
    if not (wrong or apart):
        return after, ()
    return after, tuple(diagnosis.held(model.rulebook, lane, session, site, {f: rows[f] for f in wrong}, apart))


def _differ(found: Record, start: Record) -> Iterator[str]:
    if found == start:
        return iter(())
    return (field for field in found.fields if typed(found[field].value) != typed(start[field].value))


def _matching(expected: Expected, found: Cell) -> tuple[Option, ...]:
    return tuple(option for option in expected.options if typed(option.cell.value) == typed(found.value))


def _apart(matching: Mapping[str, tuple[Option, ...]]) -> tuple[str, ...]:
    """The fields of which each is permitted, but under no one reading; none, where there is one."""
    left: list[Answers] = [()]
    for field, options in matching.items():
        answers = {option.answers for option in options}
        if not answers or () in answers:
            continue
        left = [intent.join(a, b) for a, b in product(left, answers) if intent.compatible(a, b)]
        if not left:
            return tuple(f for f, opts in matching.items() if any(option.answers for option in opts) or f == field)
    return ()


def _settled(expected: Expected, matching: tuple[Option, ...], found: Cell) -> Expected:
    """The row once a reading is fixed: what is found there must stay; where it is wrong, it may be put right."""
    if not matching:
        return expected if found in expected.told else attrs.evolve(expected, told=(*expected.told, found))
    if len(expected.options) == 1:
        return expected
    made = max(option.made for option in matching)
    return attrs.evolve(expected, options=(Option(found, (), matching[0].rules, made),))


# -- what clients are told -----------------------------------------------------------------------------------------


def decided(
    model: Model, control: Control, before: Lane, action: LaneAction, outcome: Transition, by: Lane | None
) -> tuple[Violation, ...]:
    """Hold the outcome of a client's act against those that the promised world would give."""
    elsewhere = diagnosis.elsewhere(model.rulebook.by_name.get(model.interval(control)), outcome)
    if elsewhere:
        return elsewhere
    promised = world(model, control)
    if promised.open == control.open and all(control.role(site) != "standby" for _, site in control.open):
        return ()  # the same control decides, and the record is held against intent wherever it changes
    if served(model, control):
        return ()  # told there
    outcomes = list(_promised(model, promised, before, action, by))
    if any(_alike(outcome, other) for other in outcomes):
        return ()
    return (diagnosis.decided(model, control, action, outcome, outcomes[0]),)


def _promised(
    model: Model, control: Control, before: Lane, action: LaneAction, by: Lane | None
) -> Iterator[Transition]:
    """What the promised world would make of an act, for each record that it may hold."""
    if isinstance(action, Commit):
        yield client.commit(model, control, before, action, by)
        return
    act = action.action if isinstance(action, Request) else action
    assert isinstance(act, ClientAction), "a delivery is decided by nobody"
    session, site = client.serving(control, None)
    actual = before.store(site or model.sites[0])
    for record in _records(before, session, actual) if session else (actual,):
        party = Party(before.profile, record, before.logon is not None)
        actor = Party(by.profile, by.store(site or model.sites[0])) if by else None
        found = client.decide(model, control, act, party, actor, site)
        if found.code:
            yield Refused(before, found.code, "", found.changes, found.site)
        elif isinstance(action, Request):
            yield Moved(before, site=found.site)
        else:
            yield Moved(before, found.changes, found.shows, found.site)


def _records(lane: Lane, session: str, actual: Record) -> Iterator[Record]:
    # What was told to be wrong is not told again by what comes of it.
    rows = lane.ledger.of(session)
    for cells in product(*((*expected.cells, *expected.told) for expected in rows.values())):
        yield actual.put(dict(zip(rows, cells, strict=True)))


def _alike(one: Transition, other: Transition) -> bool:
    """Whether both are refused, for whatever reason; or a client is told the same, and the same is written at the same
    site.
    """
    if isinstance(one, Refused) or isinstance(other, Refused):
        return type(one) is type(other)
    written = [[(c.field, typed(c.after.value), c.site) for c in outcome.changes] for outcome in (one, other)]
    return one.shows == other.shows and written[0] == written[1]
