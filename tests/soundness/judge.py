"""An independent judge: whether what was seen of a weekend is what its rulebook permits. Plain and slow.

It shares nothing with `dcsim.semantics` but the values. It knows of a run what people who stand beside it know: which
steps the operator took and which of them the sites refused, what came of each act of a client, and what a store was
seen to hold (`Look`). From the rulebook it computes by brute force what is permitted: each way to answer each question
that the rules leave open is a world of its own; each look and each outcome strikes out the worlds that it does not
agree with; when none is left for an account, the promise is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, product
from typing import Any

import attrs

from dcsim.domain.account import BASELINE, FIELDS, Account
from dcsim.domain.actions import (
    Administer,
    ChangeOtpChannel,
    ChangePassword,
    ClientAction,
    InitiateTwoFactor,
    Logon,
    Logout,
    RegisterEmail,
    Write,
)
from dcsim.domain.change_kinds import fields_of
from dcsim.domain.moment import epoch
from dcsim.domain.rulebook import Rule, Rulebook, Session
from dcsim.domain.runbook import Activate, Close, FailOver, Open, Revert, Runbook, Step, Switch

# -- what is seen --------------------------------------------------------------------------------------------------


@attrs.frozen
class Did:
    """A step of the operator that the sites did not refuse."""

    at: int
    step: Step


@attrs.frozen
class Look:
    """What a store holds of each account and field, in words, while a session is open there."""

    at: int
    session: str
    site: str
    held: Mapping[tuple[str, str], str]


@attrs.frozen
class Act:
    """What came of a client's act: `moved` or `refused CODE`, what the screen showed, and the site that answered.

    An act that takes time is seen twice, under one `ticket`: when it `asks`, and when it `commits`.
    """

    at: int
    account: str
    action: ClientAction
    outcome: str
    shows: str = ""
    site: str = ""
    by: str = ""
    part: str = ""
    ticket: int = 0


@attrs.frozen
class Fell:
    """A site, or the link, goes down."""

    at: int
    what: str


@attrs.frozen
class Rose:
    """What was down is up again."""

    at: int
    what: str


Seen = Did | Look | Act | Fell | Rose


@attrs.frozen
class Broken:
    """Why the promise is broken: when, for whom (nobody: the control), and how."""

    at: int
    account: str
    how: str


class Unclear(Exception):
    """What was seen does not tell what was changed: the judge abstains."""


# -- what the rules permit -----------------------------------------------------------------------------------------

Cells = tuple[tuple[str, Any], ...]
"""Fields with their values, in the order of the fields."""


@attrs.frozen
class Change:
    """A client's change as the judge understands it: its kind, when it was made, what it wrote, and its number among
    all acts.
    """

    kind: str
    origin: str
    wrote: Cells
    number: int = 0


History = tuple[Change, ...]
EMPTY = {"email": False, "locked": False, "failures": 0, "credential": 0}


def ruling(book: Rulebook, account: str, kind: str, origin: str, target: str) -> Rule | None:
    """The rule that speaks of one cell, or None where the cell is open."""
    for rule in book.rules:
        if (
            account in rule.accounts
            and origin in rule.made_in
            and target in rule.at
            and kind in book.expand(rule.changes)
        ):
            return rule
    return None


@attrs.frozen
class Folded:
    """What one field may hold, and the change that put it there (with its rule; no rule: it was open)."""

    values: tuple[Any, ...]
    top: Change | None = None
    rule: Rule | None = None


@attrs.frozen
class Reading:
    """One way to read a rulebook for one account and one target: the open questions answered with yes are `kept`."""

    book: Rulebook
    account: str
    target: str
    start: Mapping[str, Any]
    kept: frozenset[tuple[str, str]]

    def field(self, name: str, history: History) -> Folded:
        """What a field may hold at the target after these changes."""
        now = self._before_the_weekend(name)
        for number, change in enumerate(history):
            wrote = dict(change.wrote)
            if name not in wrote or not self._reaches(change):
                continue
            rule = ruling(self.book, self.account, change.kind, change.origin, self.target)
            if change.origin == self.target:
                now = Folded((wrote[name],), change)
            elif rule is None:
                if (change.kind, change.origin) in self.kept:
                    now = Folded((wrote[name],), change)
            elif rule.fate == "carry":
                now = Folded((wrote[name],), change, rule)
            elif rule.fate == "reset":
                now = Folded((rule.to,), change, rule)
            elif rule.baseline is not None:
                now = self._fall_back(name, history[:number], rule.baseline, now)
        return now

    def _reaches(self, change: Change) -> bool:
        order = self.book.order
        return order[change.origin] < order[self.target] or change.origin == self.target

    def _fall_back(self, name: str, before: History, baseline: str, now: Folded) -> Folded:
        """As if nothing had been made after the baseline; but what was made since, and stays, is not undone."""
        order = self.book.order
        fallen = self.field(name, tuple(c for c in before if order[c.origin] <= order[baseline]))
        if now.top is None or order[now.top.origin] <= order[baseline]:
            return fallen
        if now.rule is None or same(now.values, fallen.values):
            return now
        return Folded((), now.top, now.rule)

    def _before_the_weekend(self, name: str) -> Folded:
        """What stood stays, but where a rule speaks of it; where nothing stood, a reset's constant does no harm."""
        stood, nothing = self.start[name], EMPTY.get(name)
        rules = [rule for rule in self._rules(name) if BASELINE in rule.made_in]
        if same(stood, nothing):
            resets = (rule.to for rule in self._rules(name) if rule.fate == "reset")
            return Folded((nothing, *(to for to in dict.fromkeys(resets) if not same(to, nothing))))
        if not rules or rules[0].fate == "carry":
            return Folded((stood,))
        return Folded((nothing if rules[0].fate == "discard" else rules[0].to,))

    def _rules(self, name: str) -> list[Rule]:
        """The rules that speak of a field at the target."""
        return [
            rule
            for rule in self.book.rules
            if self.account in rule.accounts and self.target in rule.at
            if any(name in fields_of(kind) for kind in self.book.expand(rule.changes))
        ]


def same(one: Any, other: Any) -> bool:
    """Equal in words: 1 is not yes."""
    return repr(one) == repr(other)


def permitted(book: Rulebook, account: str, start: Mapping[str, Any], history: History, target: str) -> Iterator[Cells]:
    """Every whole record that some reading of the rules permits when the target opens."""
    asked = sorted(
        {
            (change.kind, change.origin)
            for change in history
            if book.order[change.origin] < book.order[target]
            if ruling(book, account, change.kind, change.origin, target) is None
        }
    )
    for answers in product((False, True), repeat=len(asked)):
        kept = frozenset(question for question, yes in zip(asked, answers, strict=True) if yes)
        reading = Reading(book, account, target, start, kept)
        each = [[(name, value) for value in reading.field(name, history).values] for name in start]
        yield from product(*each)


# -- what a client may expect of a record --------------------------------------------------------------------------


@attrs.frozen
class Expected:
    """What must come of an act: accepted (no code) or refused, and the change that it makes of the account."""

    code: str = ""
    kind: str = ""
    wrote: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Desk:
    """A session's service, by the rulebook's sessions and policies (docs/reference/actions.md)."""

    book: Rulebook
    policies: Mapping[str, Any]
    session: Session

    def serve(
        self, action: ClientAction, who: Account, held: Mapping[str, Any], admin: Account | None, his: Mapping[str, Any]
    ) -> Expected:
        """What must come of an act on `who`, of whom the site holds `held`; `his` is what it holds of the actor."""
        kind = kind_of(action, held)
        code = next(self._codes(action, kind, who, held, admin, his), "")
        limit = self.policies["lockout-after"]
        if code in ("wrong-password", "wrong-otp", "expired-otp") and isinstance(action, Logon) and limit:
            failures = held["failures"] + 1
            if failures >= limit:
                return Expected(code, "lockout", {"failures": 0, "locked": True})
            return Expected(code, "failed-logon", {"failures": failures})
        if code:
            return Expected(code)
        if isinstance(action, Logon):
            return Expected("", "failed-logon", {"failures": 0} if held["failures"] else {})
        return Expected("", kind, written(action, held))

    def _codes(
        self,
        action: ClientAction,
        kind: str,
        who: Account,
        held: Mapping[str, Any],
        admin: Account | None,
        his: Mapping[str, Any],
    ) -> Iterator[str]:
        """Why the act is refused, the first reason first."""
        actor = admin or who
        offered = self.session.changes
        if offered is not None and kind in self.book.kinds and kind not in self.book.expand(offered):
            yield "not-offered"
        if self.policies["registration-required"] and not actor.profile.registered:
            yield "not-registered"
        if his["status"] == "absent":
            yield "unknown-account"
        if isinstance(action, Administer):
            yield from self._administered(action, who, held, admin, his)
            return
        if isinstance(action, Logon):
            yield from self._door(action, actor)
        method = getattr(action, "with_", None)
        if method is not None and method not in self.session.logon:
            yield "method-not-offered"
        if held["status"] == "suspended":
            yield "suspended"
        if held["locked"] and not isinstance(action, RegisterEmail | Write):
            yield "locked"
        yield from self._own(action, held, method)

    def _door(self, action: Logon, actor: Account) -> Iterator[str]:
        terminal = self.book.accounts[actor.profile.kind]
        if action.portal is not None and action.portal.rstrip("/") != terminal.portal.rstrip("/"):
            yield "wrong-portal"
        if action.link is not None and action.link not in terminal.links.get(action.with_, ()):
            yield "wrong-link"

    def _own(self, action: ClientAction, held: Mapping[str, Any], method: str | None) -> Iterator[str]:
        if isinstance(action, RegisterEmail):
            if held["email"]:
                yield "already-registered"
        elif isinstance(action, InitiateTwoFactor):
            if self.policies["email-required"] and not held["email"]:
                yield "email-missing"
            if whole(held) and self.policies["repeat-set-up"] == "refused":
                yield "already-initiated"
            if self.policies["set-up"] == "atomic" and None in (action.password, action.channel):
                yield "incomplete-set-up"
        elif isinstance(action, Logon | ChangePassword | ChangeOtpChannel):
            given = action.from_ if isinstance(action, ChangePassword) else action.password
            if method == "smartcard":
                if isinstance(action, Logon) and action.card != "production":
                    yield "wrong-card"
                if held["smartcard"] is None:
                    yield "no-smartcard"
                if held["smartcard"] != given:
                    yield "wrong-password"
            else:
                if not whole(held):
                    yield "not-initiated"
                if isinstance(action, Logon) and not held["credential"]:
                    yield "no-credential"
                if held["password"] != given:
                    yield "wrong-password"
                if isinstance(action, Logon) and action.otp == "wrong":
                    yield "wrong-otp"
                if isinstance(action, Logon) and 0 < self.policies["otp-validity"] < action.otp_age:
                    yield "expired-otp"

    def _administered(
        self,
        action: Administer,
        who: Account,
        held: Mapping[str, Any],
        admin: Account | None,
        his: Mapping[str, Any],
    ) -> Iterator[str]:
        if admin is None or who.profile.kind not in self.book.accounts[admin.profile.kind].administers:
            yield "not-administrator"
            return
        if admin.profile.participant != who.profile.participant:
            yield "other-participant"
        if his["status"] == "suspended":
            yield "suspended"
        if his["locked"]:
            yield "locked"
        absent = held["status"] == "absent"
        if action.verb == "create-user":
            if not absent:
                yield "user-exists"
            return
        if absent:
            yield "unknown-user"
        if action.verb == "suspend-user" and held["status"] == "suspended":
            yield "user-suspended"
        if action.verb == "reinstate-user" and held["status"] != "suspended":
            yield "not-suspended"
        if action.verb == "unlock-user" and not held["locked"]:
            yield "not-locked"
        if action.verb == "reset-user" and held["password"] is None and held["channel"] is None:
            yield "nothing-to-reset"


def whole(held: Mapping[str, Any]) -> bool:
    """Whether 2FA is initiated."""
    return held["password"] is not None and held["channel"] is not None


def kind_of(action: ClientAction, held: Mapping[str, Any]) -> str:
    """The kind of change that an act would be."""
    if isinstance(action, Write):
        return action.record
    if isinstance(action, ChangePassword):
        return "change-smartcard-password" if action.with_ == "smartcard" else "change-2fa-password"
    if isinstance(action, InitiateTwoFactor):
        if whole(held):
            return "repeat-2fa-set-up"
        return "initiate-2fa" if {"password", "channel"} <= set(written(action, held)) else "partial-2fa-set-up"
    return action.verb


ADMINISTERED: Mapping[str, Mapping[str, Any]] = {
    "create-user": {"status": "active"},
    "suspend-user": {"status": "suspended"},
    "reinstate-user": {"status": "active"},
    "reset-user": {"password": None, "channel": None},
    "unlock-user": {"locked": False, "failures": 0},
}


def written(action: ClientAction, held: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an accepted act writes."""
    if isinstance(action, InitiateTwoFactor):
        password = held["password"] if action.password is None else action.password
        channel = held["channel"] if action.channel is None else action.channel
        if password is not None and channel is not None:
            return {"password": password, "channel": channel, "credential": held["credential"] + 1}
        return {"password": password} if channel is None else {"channel": channel}
    if isinstance(action, ChangePassword):
        return {"smartcard" if action.with_ == "smartcard" else "password": action.to}
    if isinstance(action, ChangeOtpChannel):
        return {"channel": action.channel, "credential": held["credential"] + 1}
    if isinstance(action, RegisterEmail):
        return {"email": True}
    if isinstance(action, Write):
        return {action.record: action.value}
    return ADMINISTERED[action.verb]


CLOSED = ("closed", "read-only", "not-offered", "method-not-offered")
"""Refusals for what is open or closed, whatever the record holds."""

# -- the weekend ---------------------------------------------------------------------------------------------------


@attrs.frozen
class World:
    """One way in which things may be for an account: what was changed, and what the serving site holds."""

    history: History = ()
    held: Cells = ()


@attrs.define
class Judge:
    """Goes through what was seen, in order of time."""

    book: Rulebook
    runbook: Runbook
    policies: Mapping[str, Any]
    accounts: Mapping[str, Account]
    strictly: bool = False
    roles: dict[str, str] = attrs.field(init=False)
    open: list[tuple[str, str]] = attrs.field(factory=list)
    worlds: dict[str, list[World]] = attrs.field(init=False)
    windows: list[tuple[int, int, Session]] = attrs.field(init=False)
    asked: dict[int, tuple[Session | None, int]] = attrs.field(factory=dict)
    asked_at: dict[int, str] = attrs.field(factory=dict)
    lost: set[int] = attrs.field(factory=set)
    down: set[str] = attrs.field(factory=set)
    acts: int = 0
    now: int = 0
    inside: Session | None = None
    up_inside: bool = False

    def __attrs_post_init__(self) -> None:
        self.roles = dict(self.runbook.sites)
        self.worlds = {name: [World()] for name in self.accounts}
        edges = ((epoch(s.opens, self.book), epoch(s.closes, self.book), s) for s in self.book.sessions)
        self.windows = sorted(edges, key=lambda w: w[0])

    def judge(self, seen: Iterable[Seen]) -> Broken | None:
        """The first thing that was seen and that the rulebook does not permit; None if there is none."""
        for at, group in groupby(seen, key=lambda s: s.at):
            broken = self._instant(at, list(group))
            if broken:
                return broken
        return self._until(max(self.now, self.windows[-1][1]) + 1)

    def _instant(self, at: int, group: list[Seen]) -> Broken | None:
        """What happens at one instant: steps take no time, so that only what they leave counts; then clients act."""
        broken = self._until(at)
        looked: Look | None = None
        for seen in group:
            if isinstance(seen, Did):
                self._operated(seen.step)
                looked = None
            elif isinstance(seen, Fell):
                self.down.add(seen.what)
                self.lost |= {ticket for ticket, site in self.asked_at.items() if site == seen.what}
            elif isinstance(seen, Rose):
                self.down.discard(seen.what)
            elif isinstance(seen, Look):
                looked = seen
                broken = broken or (self._look(seen) if self.strictly else None)
        if looked:
            broken = broken or self._look(looked)
        for seen in group:
            if isinstance(seen, Act):
                broken = broken or self._act(seen)
        return broken

    # -- time ------------------------------------------------------------------------------------------------------

    def _until(self, at: int) -> Broken | None:
        """Time passes, up to an instant: nobody does anything, but there must be service in every window."""
        broken = None
        while self.now < at:
            edges = [edge for opens, closes, _ in self.windows for edge in (opens, closes)]
            then = min([at, *(edge for edge in edges if edge > self.now)])
            broken = broken or self._served()
            self.now = then
            broken = broken or self._enter()
        return broken

    def _enter(self) -> Broken | None:
        """Look at the clock: a window that opens begins with what is permitted there."""
        inside = next((s for opens, closes, s in self.windows if opens <= self.now < closes), None)
        if inside is self.inside:
            return None
        if self.strictly and self.inside and not self.up_inside:
            return Broken(self.now, "", f"{self.inside.site} was down in the whole window of {self.inside.name}")
        self.inside, self.up_inside = inside, False
        for name, account in self.accounts.items():
            worlds = self.worlds[name]
            start = {field: account.start[field].value for field in (*FIELDS, *self.book.records)}
            self.worlds[name] = distinct(World(world.history) for world in worlds)
            if inside:
                self.worlds[name] = distinct(
                    World(world.history, held)
                    for world in self.worlds[name]
                    for held in permitted(self.book, account.profile.kind, start, world.history, inside.name)
                )
                if not self.worlds[name]:
                    return Broken(self.now, name, f"no record is permitted in {inside.name}: the rules cannot be kept")
        return None

    def _served(self) -> Broken | None:
        """While time passes in a window, its session is open at its site, which is no standby, and no other is open."""
        if self.inside is None:
            return None
        name, site = self.inside.name, self.inside.site
        self.up_inside |= site not in self.down
        if site in self.down:
            # Nobody asks for service of a site that has crashed; but no other may serve in its stead.
            others = [each for each in self.open if each[1] not in self.down]
            return Broken(self.now, "", f"{others[0][0]} is open while {site} is down") if others else None
        if (name, site) not in self.open:
            return Broken(self.now, "", f"{name} is not open at {site}")
        if self.roles[site] == "standby":
            return Broken(self.now, "", f"{site} is read-only in {name}")
        if {each for each in self.open if each[1] not in self.down} != {(name, site)}:
            return Broken(self.now, "", f"another session is open in {name}")
        return None

    def _operated(self, step: Step) -> None:
        if isinstance(step, Open):
            self.open.append((step.session, step.site))
        elif isinstance(step, Close):
            self.open = [(session, site) for session, site in self.open if session != step.session]
        elif isinstance(step, Activate):
            self.roles[step.site] = "snapshot-standby"
        elif isinstance(step, Revert):
            self.roles[step.site] = "standby"
        elif isinstance(step, Switch | FailOver):
            for site, role in self.roles.items():
                self.roles[site] = "standby" if role == "primary" else "primary"

    # -- what is seen ----------------------------------------------------------------------------------------------

    def _look(self, look: Look) -> Broken | None:
        if self.inside is None or (look.session, look.site) != (self.inside.name, self.inside.site):
            return None
        for name in self.accounts:
            found = {field: text for (who, field), text in look.held.items() if who == name}
            left = [w for w in self.worlds[name] if all(words(dict(w.held)[f]) == text for f, text in found.items())]
            if not left:
                return Broken(look.at, name, f"{self._permitted(name, found)} in {look.session}")
            self.worlds[name] = left
        return None

    def _permitted(self, name: str, found: Mapping[str, str]) -> str:
        """What differs from each world, in words."""
        says = []
        for world in self.worlds[name]:
            held = {field: words(value) for field, value in world.held}
            says.append(", ".join(f"{f} {held[f]}" for f, text in found.items() if held[f] != text))
        wrong = [f for f in found if any(words(dict(w.held)[f]) != found[f] for w in self.worlds[name])]
        return f"permitted: {' or '.join(dict.fromkeys(says))}; found {', '.join(f'{f} {found[f]}' for f in wrong)}"

    def _act(self, act: Act) -> Broken | None:
        if isinstance(act.action, Logout):
            return None  # nothing is promised of it
        self.acts += 1
        since = self.acts
        if act.part == "commits":
            if act.ticket not in self.asked:
                return None  # what was refused is not committed
            session, since = self.asked.pop(act.ticket)
            if act.ticket in self.lost or self.asked_at[act.ticket] in self.down:
                lost = act.outcome == "refused site-down"
                return None if lost else Broken(act.at, act.account, f"{act.action} was lost, found {act.outcome}")
            if session is not self.inside:
                return self._late(act, session)
        if act.outcome == "moved" and act.site in self.down:
            return Broken(act.at, act.account, f"served by {act.site}, which is down")
        if self.inside is None:
            return self._act_in_a_gap(act)
        if self.inside.site in self.down and act.outcome != "moved":
            return None  # nobody is served there
        if act.outcome == "moved" and act.site != self.inside.site:
            return Broken(act.at, act.account, f"served by {act.site} in {self.inside.name}")
        desk = Desk(self.book, self.policies, self.inside)
        name = act.account
        left, actors = [], []
        told = set()
        for world in self.worlds[name]:
            for his in self.worlds[act.by] if act.by else [world]:
                held = dict(world.held)
                expected = desk.serve(act.action, self.accounts[name], held, self.accounts.get(act.by), dict(his.held))
                if self._edited(world, act.action, since):
                    expected = Expected("edited-meanwhile")
                told.add(f"refused {expected.code}" if expected.code else "moved")
                if self._agrees(expected, act):
                    waits = act.part == "asks" and not expected.code
                    left.append(world if waits else self._after(world, expected))
                    actors.append(his)
        if act.part == "asks" and act.outcome == "moved":
            self.asked[act.ticket], self.asked_at[act.ticket] = (self.inside, self.acts), act.site
        if not left:
            return Broken(act.at, name, f"{act.action}: permitted {' or '.join(sorted(told))}, found {act.outcome}")
        if act.by:
            self.worlds[act.by] = distinct(actors)
        self.worlds[name] = distinct(left)
        return None

    def _edited(self, world: World, action: ClientAction, since: int) -> bool:
        """Whether what an act means to write was written by another since it was asked for."""
        if self.policies["concurrent-edits"] != "refuse" or isinstance(action, Logon):
            return False
        means = set(written(action, dict(world.held)))
        return any(c.number > since and means & set(dict(c.wrote)) for c in world.history)

    def _agrees(self, expected: Expected, act: Act) -> bool:
        outcome = f"refused {expected.code}" if expected.code else "moved"
        shows = ""
        if isinstance(act.action, Logon) and not expected.code and self.inside:
            shows = self.inside.shows.get(self.accounts[act.account].profile.kind, "")
        return outcome == act.outcome and (bool(expected.code) or shows == act.shows)

    def _after(self, world: World, expected: Expected) -> World:
        if not expected.wrote:
            return world
        assert self.inside
        change = Change(expected.kind, self.inside.name, tuple(expected.wrote.items()), self.acts)
        held = tuple((field, expected.wrote.get(field, value)) for field, value in world.held)
        return World((*world.history, change), held)

    def _late(self, act: Act, session: Session | None) -> Broken | None:
        """A commit that comes when its session is over, or when one has opened since it was asked for."""
        strict = self.policies["in-flight-at-close"] == "refuse" or isinstance(act.action, Logon)
        if strict or act.outcome != "moved":
            codes = ("closed", "not-offered") if session is None else ("closed",)
            wrong = strict and act.outcome not in [f"refused {code}" for code in codes]
            return Broken(act.at, act.account, f"{act.action}: a late commit, found {act.outcome}") if wrong else None
        if self.inside is not None or not isinstance(act.action, Write) or session is None:
            raise Unclear("a late commit beside another session, or of what depends on the record")
        origin = session.name if self.policies["origin-fixed-at"] == "request" else self._gap()
        change = Change(act.action.record, origin, tuple(written(act.action, {}).items()), self.acts)
        self.worlds[act.account] = [World((*w.history, change)) for w in self.worlds[act.account]]
        return None

    def _act_in_a_gap(self, act: Act) -> Broken | None:
        """Between the windows everything is refused, but for what a policy lets pass at production: if that is refused,
        then for what the record holds, which nothing is promised of there, and not for what is open or closed.
        """
        allowed = self.policies["changes-in-gaps"]
        kind = kind_of(act.action, {"password": None, "channel": None, "credential": 0})
        if act.outcome != "moved":
            # A site that has crashed cannot be blamed where the change is made at another, which is up.
            production = next((site for site, role in self.roles.items() if role == "primary"), None)
            elsewhere = act.outcome == "refused site-down" and production not in self.down
            closed = act.outcome in [f"refused {code}" for code in CLOSED]
            if kind in allowed and act.part != "commits" and (closed or elsewhere):
                return Broken(act.at, act.account, f"{act.action} is {act.outcome} between the windows")
            return None
        production = next(site for site, role in self.roles.items() if role == "primary")
        if isinstance(act.action, InitiateTwoFactor | ChangeOtpChannel) and allowed:
            raise Unclear(f"{act.action.verb} in a gap")
        if kind not in allowed or act.site != production:
            return Broken(act.at, act.account, f"{act.action} accepted between the windows")
        if act.part == "asks":
            self.asked[act.ticket], self.asked_at[act.ticket] = (None, self.acts), act.site
            return None
        change = Change(kind, self._gap(), tuple(written(act.action, {}).items()), self.acts)
        self.worlds[act.account] = [World((*w.history, change)) for w in self.worlds[act.account]]
        return None

    def _gap(self) -> str:
        past = [session.name for _, closes, session in self.windows if closes <= self.now]
        return f"after-{past[-1]}" if past else f"before-{self.windows[0][2].name}"


def distinct(worlds: Iterable[World]) -> list[World]:
    """Each world once."""
    return list({repr(world): world for world in worlds}.values())


def words(value: Any) -> str:
    """A value in words, as a run tells it."""
    if value is None:
        return "none"
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def judge(
    book: Rulebook,
    runbook: Runbook,
    policies: Mapping[str, Any],
    accounts: Iterable[Account],
    seen: Iterable[Seen],
    *,
    strictly: bool = False,
) -> Broken | None:
    """Whether what was seen breaks the promise of the rulebook; None if it does not. ``strictly``: what is seen between
    two steps of one instant counts as well, and so does a window that a crash took whole.
    """
    return Judge(book, runbook, policies, {account.id: account for account in accounts}, strictly).judge(seen)
