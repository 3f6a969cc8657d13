"""Names for the ways in which the promise is broken, computed from the values and origins that were found.

A breach that fits no other name is called ``promise``. Each name is registered beside the practices
(``scene.INVARIANTS``). Its number is the failure mode of dual-site weekends that it catches
(docs/reference/failure-modes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from dcsim.domain.account import BASELINE, COUNTERS, TWO_FACTOR, Cell, Record
from dcsim.domain.action_outcome import Moved, Transition, Violation
from dcsim.domain.actions import ClientAction, Commit, LaneAction, Logon, Request
from dcsim.domain.change_kinds import fields_of
from dcsim.domain.rulebook import Rulebook, Session
from dcsim.domain.world import Control, Expected, Lane, Option
from dcsim.semantics import intent
from dcsim.semantics.mechanism import OPERATOR
from dcsim.semantics.model import Model
from dcsim.semantics.scene import any_of, diagnosis, outcome_code, show

ARRIVES = diagnosis("carried-arrives", 1, "What is carried to a session at the other site is there when it is served.")
SURVIVES = diagnosis(
    "carried-survives", 4, "What stands, or is carried to a later session at the same site, is still there."
)
ABSENT = diagnosis("discarded-absent", 3, "No value that the rules discard is served at a target.")
RESET = diagnosis(
    "reset-applied",
    4,
    "What the rules reset holds its constant, and an operator sets nothing that they do not ask for.",
)
COUNTED = diagnosis("counters-follow-rule", 6, "Failed-logon counters and locks hold what a declared rule permits.")
VERSION = diagnosis(
    "credential-same-version",
    11,
    "The OTP credential has the version that belongs to the password and channel in force.",
)
WHOLE = diagnosis(
    "initiation-carried-whole", 22, "Password and channel of an initiation arrive together or not at all."
)
SERVED = diagnosis(
    "window-served", 12, "In its whole printed window a session is open at its site, and can be written to."
)
FINISHES = diagnosis(
    "runbook-finishes", 25, "The operator can take every step of the runbook, once what it needs is back."
)
AT_ITS_SITE = diagnosis("serves-at-its-site", 12, "Each session is served by the site that the rulebook names.")
ONE_WRITER = diagnosis(
    "one-writer",
    13,
    "At most one site accepts writes at any instant, and in a printed window no other session is open.",
)
ACT_AT_ITS_SITE = diagnosis(
    "act-at-its-site", 12, "What clients do inside a printed window is done at the site that the rulebook names."
)
LOGON = diagnosis("logon-in-window", 19, "Nobody logs on outside the printed windows.")
WRITES = diagnosis(
    "writes-in-window", 10, "Every accepted write falls in a window, or is one that a policy accepts outside."
)
PROMISE = diagnosis("promise", 22, "Whatever a client does or finds is as the notice permits.")


# -- the control ---------------------------------------------------------------------------------------------------


def diagnose_control(session: Session | None, control: Control, named: Callable[[str], Session]) -> Iterator[Violation]:
    """How the control differs from the promised one. ``session`` is the one whose window is open; ``named`` finds a
    session by its name.
    """
    # Outside the windows an open session breaks nothing by itself: it is the acts that it accepts which do.
    if session is None:
        return
    # Nobody is served at a site that is down: that is the fault's doing, which figures tell, and no runbook's.
    up = tuple((name, site) for name, site in control.open if site not in control.down)
    sites = tuple(dict.fromkeys(site for _, site in up))
    if len(sites) > 1:
        yield Violation(ONE_WRITER, "sites", "one open", f"{' and '.join(sites)} open")
    for name, site in up:
        if site != named(name).site:
            yield Violation(AT_ITS_SITE, name, named(name).site, site)
    others = [name for name, _ in up if name != session.name]
    if others and len(sites) == 1:
        yield Violation(ONE_WRITER, "sessions", f"{session.name} open", f"{' and '.join(others)} open as well")
    at = [site for name, site in up if name == session.name]
    if not at and session.site not in control.down:
        yield Violation(SERVED, session.name, f"open at {session.site}", "closed")
    for site in at:
        if control.role(site) == "standby":
            yield Violation(SERVED, session.name, "can be written to", f"{site} is a read-only standby")


# -- records -------------------------------------------------------------------------------------------------------


def diagnose_record(
    book: Rulebook, lane: Lane, session: str, site: str, wrong: Mapping[str, Expected], conflicting: tuple[str, ...]
) -> Iterator[Violation]:
    """How a record differs from what is permitted. ``wrong`` are the fields whose values are not permitted;
    ``conflicting`` those whose values are permitted only under different readings.
    """
    found, secret = lane.store(site), {"password", "channel"}
    mixed = len({found[field].origin for field in TWO_FACTOR}) > 1
    names = set()
    for field, expected in wrong.items():
        # A wrong credential comes with a wrong password or channel: one cause is reported once.
        if field != "credential" or not secret & set(wrong):
            name, rules = diagnose_field(
                book, lane.profile.kind, session, site, field, expected, found[field], mixed=mixed
            )
            names.add(name)
            where, cell = f"{field} at {site}", (site, field)
            yield Violation(name, where, any_of(expected), show(found[field]), rules, cell)
    if secret & {*wrong, *conflicting} and names <= {ARRIVES, SURVIVES} and _is_half_lost(lane, found, session):
        got = "password only" if found.channel.value is None else "channel only"
        yield Violation(WHOLE, f"2FA at {site}", "password and channel, or neither", got)
    elif conflicting:
        yield _diagnose_conflict(book, lane, session, site, conflicting)


def _is_half_lost(lane: Lane, found: Record, session: str) -> bool:
    """Whether the record has only one of password and channel, which no reading permits."""
    half = (found.password.value is None) != (found.channel.value is None)
    return half and not _may_be_half(lane, session)


def _diagnose_conflict(book: Rulebook, lane: Lane, session: str, site: str, fields: tuple[str, ...]) -> Violation:
    """The breach of fields whose values are each permitted, but never together."""
    found, leaked, kinds = lane.store(site), set[str](), set[str]()
    for field in fields:
        leaked.update(_discarding_rules(book, lane.profile.kind, field, found[field].origin, session))
        kinds.update(kind for kind, _ in lane.ledger.at(session, field).questions)
    name = ABSENT if leaked else VERSION if "credential" in fields else PROMISE
    got = ", ".join(f"{field} {show(found[field])}" for field in fields)
    all_or_none = f"all or none of what {' and '.join(sorted(kinds))} wrote"
    return Violation(name, f"{' and '.join(fields)} at {site}", all_or_none, got, tuple(sorted(leaked)))


def _may_be_half(lane: Lane, session: str) -> bool:
    """Whether some reading permits one of password and channel without the other."""
    passwords, channels = (lane.ledger.at(session, field).options for field in ("password", "channel"))
    return any(
        (one.cell.value is None) != (other.cell.value is None) and intent.compatible(one.answers, other.answers)
        for one in passwords
        for other in channels
    )


def diagnose_field(
    book: Rulebook, kind: str, session: str, site: str, field: str, expected: Expected, found: Cell, *, mixed: bool
) -> tuple[str, tuple[str, ...]]:
    """The name for a field whose value is not permitted, and the rules that say so. ``mixed``: password, channel and
    credential that were found have more than one origin.
    """
    rules = expected.rules
    if not expected.options:
        return PROMISE, rules
    discarding = _discarding_rules(book, kind, field, found.origin, session)
    if field in COUNTERS:
        return COUNTED, _union(rules, discarding)
    # A value made in the session that serves it was written there, and did not leak into it.
    if discarding and found.origin != session:
        return ABSENT, _union(rules, discarding)
    best = _asked_for(expected)
    if found.origin == OPERATOR or best.cell.origin == intent.ANY_ORIGIN:
        return RESET, _union(rules, best.rules)
    # Only a reading asks for the value: neither "arrives" nor "survives" may be claimed of it.
    if not best.rules and best.answers:
        return PROMISE, rules
    if field == "credential" and (mixed or found.origin == best.cell.origin):
        return VERSION, rules
    made = book.by_name.get(best.cell.origin)
    if best.cell.origin == BASELINE or (made and made.site == site):
        return SURVIVES, rules
    return ARRIVES, rules


def _asked_for(expected: Expected) -> Option:
    """The option to compare with: the last one that a rule asks for, else the last one."""
    asked = [option for option in expected.options if option.rules]
    return (asked or list(expected.options))[-1]


def _discarding_rules(book: Rulebook, kind: str, field: str, origin: str, session: str) -> tuple[str, ...]:
    """The rules that discard changes of a field made in an interval."""
    rulings = (intent.fate(book, kind, k, origin, session) for k in book.kinds if field in fields_of(k))
    return tuple(dict.fromkeys(name for ruling in rulings if ruling.fate == "discard" for name in ruling.ids))


def _union(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


# -- outcomes ------------------------------------------------------------------------------------------------------


def diagnose_site(session: Session | None, outcome: Transition) -> tuple[Violation, ...]:
    """The breach of an act that writes, inside a window, at another site than the rulebook names."""
    site = outcome.changes[0].site if outcome.changes else ""
    if session and site and site != session.site:
        return (Violation(ACT_AT_ITS_SITE, session.name, session.site, site),)
    return ()


def diagnose_outcome(
    model: Model, control: Control, action: LaneAction, outcome: Transition, promised: Transition
) -> Violation:
    """How an outcome differs from the promised ones. ``promised`` is one of these."""
    now, act = model.interval(control), action.action if isinstance(action, Request | Commit) else action
    if isinstance(outcome, Moved) and isinstance(act, Logon):
        return Violation(LOGON, now, outcome_code(promised), "accepted")
    if isinstance(outcome, Moved) and outcome.changes:
        change = outcome.changes[0]
        return Violation(WRITES, f"{change.field} at {change.site}", outcome_code(promised), f"made in {now}")
    verb = act.verb if isinstance(act, ClientAction) else ""
    return Violation(PROMISE, f"{verb} in {now}", outcome_code(promised), outcome_code(outcome))
