"""The promise, and whether a world keeps it. Nothing here knows a mechanism: no link, restore point or runbook.

    The runbook keeps the promise if, at every instant, whatever any client may do has an outcome that the notice
    permits, and every site that serves holds, for every account and field, a value that the notice permits, from the
    moment its window opens until it closes.

That is refinement (Abadi and Lamport, "The existence of refinement mappings", 1991): the promised world is the session
that the notice names, open at its site in its whole window, and the records that intent permits, updated by what
clients did since. ``check_control`` compares the control with it, ``check_record`` a record, ``check_outcome`` the
outcome of an act. ``diagnosis`` gives each breach a name. A breach that fits no name there is still a breach.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import attrs

from dcsim.domain.account import Cell, Record, typed
from dcsim.domain.action_outcome import Moved, Refused, Transition, Violation
from dcsim.domain.actions import ClientAction, Commit, LaneAction, Request
from dcsim.domain.world import Answers, Control, Expected, Lane, Option
from dcsim.semantics import client_step, diagnosis, intent
from dcsim.semantics.model import Model
from dcsim.semantics.refusals import Party


def promised_control(model: Model, control: Control) -> Control:
    """The control of the promised world: inside a printed window its session is open at its site, which can be written
    to. Outside the windows nothing is open.
    """
    session = model.rulebook.by_name.get(model.interval(control))
    if session is None:
        return attrs.evolve(control, open=())
    roles = tuple((site, "primary" if site == session.site else role) for site, role in control.roles)
    return attrs.evolve(control, open=((session.name, session.site),), roles=roles)


def check_control(model: Model, control: Control) -> tuple[Violation, ...]:
    """Compare a control under which time passes with the promised one."""
    return tuple(
        diagnosis.diagnose_control(model.rulebook.by_name.get(model.interval(control)), control, model.session)
    )


# -- records -------------------------------------------------------------------------------------------------------


def served_in_window(model: Model, control: Control) -> Iterator[tuple[str, str]]:
    """The session whose window is open, with each site at which it is open."""
    now = model.interval(control)
    return ((session, site) for session, site in control.open if session == now)


def check_record(model: Model, lane: Lane, session: str, site: str) -> tuple[Lane, tuple[Violation, ...]]:
    """Compare what a site serves in a session with what is permitted.

    The lane that comes back remembers what was found: a permitted value is the reading from then on, and a wrong value
    is reported once.
    """
    found = lane.store(site)
    rows, strays = _rows(lane, session, found)
    matching = {field: _matching(rows[field], found[field]) for field in found.fields if field in rows}
    wrong = tuple(field for field, options in matching.items() if not options and found[field] not in rows[field].told)
    conflicting = () if wrong else _without_common_reading(matching)
    fixed = {field: _fix_reading(rows[field], options, found[field]) for field, options in matching.items()}
    changed = {field: row for field, row in fixed.items() if row is not rows[field] or field in strays}
    after = attrs.evolve(lane, ledger=lane.ledger.put(session, changed)) if changed else lane
    if not (wrong or conflicting):
        return after, ()
    broken = {field: rows[field] for field in wrong}
    return after, tuple(diagnosis.diagnose_record(model.rulebook, lane, session, site, broken, conflicting))


def not_permitted(lane: Lane, session: str, site: str) -> tuple[str, ...]:
    """The fields that hold at a site what is not permitted in a session, or what no reading permits together."""
    found = lane.store(site)
    rows, _ = _rows(lane, session, found)
    matching = {field: _matching(rows[field], found[field]) for field in found.fields if field in rows}
    return tuple(f for f, options in matching.items() if not options) or _without_common_reading(matching)


def readings(lane: Lane, session: str, site: str) -> Mapping[str, frozenset[Answers]]:
    """Under which answers to open questions each field's value is permitted, that is not permitted under all."""
    found = lane.store(site)
    rows, _ = _rows(lane, session, found)
    answers = {f: frozenset(o.answers for o in _matching(rows[f], found[f])) for f in found.fields if f in rows}
    return {field: each for field, each in answers.items() if each and () not in each}


def _rows(lane: Lane, session: str, found: Record) -> tuple[dict[str, Expected], dict[str, Expected]]:
    """What is permitted in a session, by field; and those of these rows that the ledger does not have."""
    rows = lane.ledger.of(session)
    # The ledger has rows only for fields of which it says something; any other field must hold what it started with.
    strays = {f: lane.ledger.at(session, f) for f in _changed_since(lane.ledger.start, found) if f not in rows}
    return rows | strays, strays


def _changed_since(start: Record, found: Record) -> Iterator[str]:
    """The fields that hold another value than at the start."""
    if found == start:
        return iter(())
    return (field for field in found.fields if typed(found[field].value) != typed(start[field].value))


def _matching(expected: Expected, found: Cell) -> tuple[Option, ...]:
    return tuple(option for option in expected.options if typed(option.cell.value) == typed(found.value))


def _without_common_reading(matching: Mapping[str, tuple[Option, ...]]) -> tuple[str, ...]:
    """The fields whose values are each permitted, but that no single reading permits together; else none."""
    readings: list[Answers] = [()]
    for field, options in matching.items():
        answers = {option.answers for option in options}
        # A field that is permitted under every reading rules out none of them.
        if not answers or () in answers:
            continue
        readings = [intent.join(a, b) for a, b in product(readings, answers) if intent.compatible(a, b)]
        if not readings:
            return tuple(f for f, opts in matching.items() if any(option.answers for option in opts) or f == field)
    return ()


def _fix_reading(expected: Expected, matching: tuple[Option, ...], found: Cell) -> Expected:
    """The row after this look. A permitted value must stay as it is; a wrong value is noted as reported, and may be
    corrected later.
    """
    if not matching:
        return expected if found in expected.told else attrs.evolve(expected, told=(*expected.told, found))
    if len(expected.options) == 1 and not matching[0].answers:
        return expected
    made = max(option.made for option in matching)
    return attrs.evolve(expected, options=(Option(found, (), matching[0].rules, made),))


# -- outcomes ------------------------------------------------------------------------------------------------------


def check_outcome(
    model: Model, control: Control, before: Lane, action: LaneAction, outcome: Transition, by: Lane | None
) -> tuple[Violation, ...]:
    """Compare the outcome of a client's act with those that the promised world would give."""
    wrong_site = diagnosis.diagnose_site(model.rulebook.by_name.get(model.interval(control)), outcome)
    if wrong_site:
        return wrong_site
    promised = promised_control(model, control)
    if promised.open == control.open and all(control.role(site) != "standby" for _, site in control.open):
        return ()  # both worlds decide alike under the same control, and records are checked wherever they change
    if check_control(model, control):
        return ()  # the control itself breaks the promise, which is reported when time passes
    outcomes = list(_promised_outcomes(model, promised, before, action, by))
    # Where rules ask for the impossible, no record is permitted: that is reported as soon as one is served.
    if not outcomes or any(_same_outcome(outcome, other) for other in outcomes):
        return ()
    return (diagnosis.diagnose_outcome(model, control, action, outcome, outcomes[0]),)


def _promised_outcomes(
    model: Model, control: Control, before: Lane, action: LaneAction, by: Lane | None
) -> Iterator[Transition]:
    """The outcomes of an act in the promised world: one for each record that may be held there."""
    if isinstance(action, Commit):
        yield client_step.commit(model, control, before, action, by)
        return
    act = action.action if isinstance(action, Request) else action
    assert isinstance(act, ClientAction), "a delivery has no outcome that a client sees"
    session, site = client_step.serving(control, None)
    actual = before.store(site or model.sites[0])
    for record in _permitted_records(before, session, actual) if session else (actual,):
        party = Party(before.profile, record, before.logon is not None)
        actor = Party(by.profile, by.store(site or model.sites[0])) if by else None
        decision = client_step.decide(model, control, act, party, actor, site)
        if decision.code:
            yield Refused(before, decision.code, "", decision.changes, decision.site)
        elif isinstance(action, Request):
            yield Moved(before, site=decision.site)
        else:
            yield Moved(before, decision.changes, decision.shows, decision.site)


def _permitted_records(lane: Lane, session: str, actual: Record) -> Iterator[Record]:
    """Every record that is permitted in a session."""
    # Wrong values that were reported count as permitted here, so that their consequences are not reported as well.
    rows = lane.ledger.of(session)
    for cells in product(*((*expected.cells, *expected.told) for expected in rows.values())):
        yield actual.put(dict(zip(rows, cells, strict=True)))


def _same_outcome(one: Transition, other: Transition) -> bool:
    """Whether both are refused, whatever the codes; or both are accepted, show the same, and write the same values at
    the same site.
    """
    if isinstance(one, Refused) or isinstance(other, Refused):
        return type(one) is type(other)
    written = [[(c.field, typed(c.after.value), c.site) for c in outcome.changes] for outcome in (one, other)]
    return one.shows == other.shows and written[0] == written[1]
