"""How a broken promise is broken: a name for it, computed from values and origins where it was found.

A breach that fits no other name is ``promise``. Each name is registered beside the practices (``scene.INVARIANTS``);
its number is the failure mode of dual-site weekends that it catches (docs/reference/failure-modes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from dcsim.domain.account import BASELINE, COUNTERS, TWO_FACTOR, Cell
from dcsim.domain.actions import ClientAction, Commit, LaneAction, Logon, Request
from dcsim.domain.kinds import fields_of
from dcsim.domain.outcome import Moved, Transition, Violation
from dcsim.domain.rulebook import Rulebook, Session
from dcsim.domain.world import Control, Expected, Lane, Option
from dcsim.semantics import intent
from dcsim.semantics.mechanism import OPERATOR
from dcsim.semantics.model import Model
from dcsim.semantics.scene import any_of, diagnosis, show, told_code

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


def served(session: Session | None, control: Control, named: Callable[[str], Session]) -> Iterator[Violation]:
    """How the control departs from the promised one; ``session``: the one whose window is open. Outside the windows all
    that clients do is refused: what is open there shows itself by what it accepts.
    """
    if session is None:
        return
    sites = tuple(dict.fromkeys(site for _, site in control.open))
    if len(sites) > 1:
        yield Violation(ONE_WRITER, "sites", "one open", f"{' and '.join(sites)} open")
    for name, site in control.open:
        if site != named(name).site:
            yield Violation(AT_ITS_SITE, name, named(name).site, site)
    others = [name for name, site in control.open if name != session.name]
    if others and len(sites) == 1:
        yield Violation(ONE_WRITER, "sessions", f"{session.name} open", f"{' and '.join(others)} open as well")
    at = [site for name, site in control.open if name == session.name]
    if not at:
        yield Violation(SERVED, session.name, f"open at {session.site}", "closed")
    for site in at:
        if control.role(site) == "standby":
            yield Violation(SERVED, session.name, "can be written to", f"{site} is a read-only standby")


# -- records -------------------------------------------------------------------------------------------------------


def held(
    book: Rulebook, lane: Lane, session: str, site: str, wrong: Mapping[str, Expected], apart: tuple[str, ...]
) -> Iterator[Violation]:
    """How a record departs from what is permitted: the fields that hold another value, or that only different readings
    explain.
    """
    found, secret = lane.store(site), {"password", "channel"}
    mixed = len({found[field].origin for field in TWO_FACTOR}) > 1
    names = set()
    for field, expected in wrong.items():
        if field != "credential" or not secret & set(wrong):
            name, rules = how(book, lane.profile.kind, session, site, field, expected, found[field], mixed=mixed)
            names.add(name)
            where, cell = f"{field} at {site}", (site, field)
            yield Violation(name, where, any_of(expected), show(found[field]), rules, cell)
    half = (found.password.value is None) != (found.channel.value is None)
    if half and secret & {*wrong, *apart} and names <= {ARRIVES, SURVIVES} and not _may_be_half(lane, session):
        got = "password only" if found.channel.value is None else "channel only"
        yield Violation(WHOLE, f"2FA at {site}", "password and channel, or neither", got)
    elif apart:
        leaked = {r for f in apart for r in _discarding(book, lane.profile.kind, f, found[f].origin, session)}
        name = ABSENT if leaked else VERSION if "credential" in apart else PROMISE
        kinds = {kind for field in apart for kind, _ in lane.ledger.at(session, field).questions}
        got = ", ".join(f"{field} {show(found[field])}" for field in apart)
        all_or_none = f"all or none of what {' and '.join(sorted(kinds))} wrote"
        yield Violation(name, f"{' and '.join(apart)} at {site}", all_or_none, got, tuple(sorted(leaked)))


def _may_be_half(lane: Lane, session: str) -> bool:
    """Whether some reading leaves one of password and channel without the other."""
    passwords, channels = (lane.ledger.at(session, field).options for field in ("password", "channel"))
    return any(
        (one.cell.value is None) != (other.cell.value is None) and intent.compatible(one.answers, other.answers)
        for one in passwords
        for other in channels
    )


def how(
    book: Rulebook, kind: str, session: str, site: str, field: str, expected: Expected, found: Cell, *, mixed: bool
) -> tuple[str, tuple[str, ...]]:
    """The name for a field that holds what is not permitted, and the rules that say so. ``mixed``: the 2FA set-up that
    is found was not made, or left as it was, in one interval.
    """
    rules = expected.rules
    if not expected.options:
        return PROMISE, rules
    discarding = _discarding(book, kind, field, found.origin, session)
    if field in COUNTERS:
        return COUNTED, _both(rules, discarding)
    if discarding and found.origin != session:
        return ABSENT, _both(rules, discarding)
    best = _best(expected)
    if found.origin == OPERATOR or best.cell.origin == intent.ANY_ORIGIN:
        return RESET, _both(rules, best.rules)
    if not best.rules and best.answers:
        return PROMISE, rules
    if field == "credential" and (mixed or found.origin == best.cell.origin):
        return VERSION, rules
    made = book.by_name.get(best.cell.origin)
    if best.cell.origin == BASELINE or (made and made.site == site):
        return SURVIVES, rules
    return ARRIVES, rules


def _best(expected: Expected) -> Option:
    """The option that is asked for: by a rule if there is one, else what changed last."""
    asked = [option for option in expected.options if option.rules]
    return (asked or list(expected.options))[-1]


def _discarding(book: Rulebook, kind: str, field: str, origin: str, session: str) -> tuple[str, ...]:
    """The rules that discard what was made of a field in an interval."""
    rulings = (intent.fate(book, kind, k, origin, session) for k in book.kinds if field in fields_of(k))
    return tuple(dict.fromkeys(name for ruling in rulings if ruling.fate == "discard" for name in ruling.ids))


def _both(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


# -- what clients are told -----------------------------------------------------------------------------------------


def elsewhere(session: Session | None, outcome: Transition) -> tuple[Violation, ...]:
    """What is written inside a window at another site than the one that the rulebook names."""
    site = outcome.changes[0].site if outcome.changes else ""
    if session and site and site != session.site:
        return (Violation(ACT_AT_ITS_SITE, session.name, session.site, site),)
    return ()


def decided(model: Model, control: Control, action: LaneAction, outcome: Transition, promised: Transition) -> Violation:
    """How an outcome departs from the promised ones, of which one is given."""
    now, act = model.interval(control), action.action if isinstance(action, Request | Commit) else action
    if isinstance(outcome, Moved) and isinstance(act, Logon):
        return Violation(LOGON, now, told_code(promised), "accepted")
    if isinstance(outcome, Moved) and outcome.changes:
        change = outcome.changes[0]
        return Violation(WRITES, f"{change.field} at {change.site}", told_code(promised), f"made in {now}")
    verb = act.verb if isinstance(act, ClientAction) else ""
    return Violation(PROMISE, f"{verb} in {now}", told_code(promised), told_code(outcome))
