"""Random rulebooks and random runbooks, and random weekends of clients under them; all from a seed.

A runbook is drawn first: sessions opened where the rulebook says, and between them steps that move the service and the
data about, most of them sensible. What it does to a single change tells which rules it keeps, as far as one change can
tell; the rulebook that says so, with some noise, is likely to be kept. Then steps are dropped, doubled, moved and put
in, at odd moments too: inside a session, at its very edge, after all is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import attrs
import yaml

from dcsim.domain.actions import (
    ChangeOtpChannel,
    ChangePassword,
    ClientAction,
    CreateUser,
    InitiateTwoFactor,
    Logon,
    RegisterEmail,
    ReinstateUser,
    ResetUser,
    SuspendUser,
    UnlockUser,
    Write,
)
from dcsim.domain.faults import Crash, Fault, FaultKind, LinkFault, Outage
from dcsim.domain.moment import Moment, epoch
from dcsim.domain.scenario import ClientStep, Scenario, Seen
from dcsim.files.findings import InputError
from dcsim.files.load import Case, load_texts
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate

DAY = datetime(2026, 1, 10)  # noqa: DTZ001 - a rulebook's times are on its own wall clock
NOTHING = "(what no store holds)"
MINUTE = 60_000
ON = "(the next session that opens)"

Step = dict[str, Any]
"""A step of a runbook as its file says it, but for `at`: minutes since midnight."""


@attrs.frozen
class Group:
    """Kinds of change that rules speak of together, and the field by which a change of them is seen."""

    kinds: tuple[str, ...]
    field: str
    fields: tuple[str, ...]
    constants: tuple[Any, ...]


GROUPS = {
    "order": Group(("order",), "order", ("order",), (None, "K1")),
    "plan": Group(("plan",), "plan", ("plan",), (None, "K2")),
    "2fa": Group(
        ("initiate-2fa", "repeat-2fa-set-up", "partial-2fa-set-up", "change-2fa-password", "change-otp-channel"),
        "password",
        ("password", "channel", "credential"),
        (),
    ),
    "card": Group(("change-smartcard-password",), "smartcard", ("smartcard",), ("K3",)),
    "email": Group(("register-email",), "email", ("email",), (False,)),
    "counters": Group(("failed-logon", "lockout", "unlock-user"), "failures", ("failures", "locked"), ()),
    "status": Group(("suspend-user", "reinstate-user", "create-user"), "status", ("status",), ()),
    "wipe": Group(("reset-user",), "password", ("password", "channel"), ()),
}
THEMES = (
    ("order",),
    ("order",),
    ("order", "plan"),
    ("2fa",),
    ("card",),
    ("email", "order"),
    ("counters",),
    ("status",),
    ("status", "2fa"),
    ("2fa", "order"),
    ("2fa", "wipe"),
    ("card", "counters"),
)
ADMINISTERED = ("status", "wipe")
TIMED = 0.3
"""How many pairs are checked with faults in time."""
AT_ONCE = 0.12
"""How many pairs have a link with next to no lag, and how many drains a time-out of 0."""
IN_FLIGHT = {"in-flight-at-close": "commit", "origin-fixed-at": "request", "concurrent-edits": "last-wins"}


@attrs.define
class Draw:
    """A pair on its way: what was drawn of the rulebook and of the runbook."""

    rng: Random
    theme: tuple[str, ...] = ()
    kinds: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    sessions: list[dict[str, Any]] = attrs.field(factory=list)
    policies: dict[str, Any] = attrs.field(factory=dict)
    sites: dict[str, str] = attrs.field(factory=dict)
    link: dict[str, Any] = attrs.field(factory=dict)
    steps: list[Step] = attrs.field(factory=list)
    rules: list[dict[str, Any]] = attrs.field(factory=list)
    accounts: list[dict[str, Any]] = attrs.field(factory=list)
    points: list[tuple[str, str]] = attrs.field(factory=list)

    def often(self, chance: float) -> bool:
        """Whether, at this chance."""
        return self.rng.random() < chance

    # -- the rulebook, but for its rules -----------------------------------------------------------------------------

    def weekend(self) -> None:
        """Kinds of account, sites, sessions and policies."""
        rng = self.rng
        self.theme = rng.choice(THEMES)
        self.kinds = {"u": {}} | ({"w": {}} if self.often(0.25) else {})
        if set(self.theme) & set(ADMINISTERED):
            self.kinds = {"u": {}, "da": {"administers": ["u"]}}
        self.sites = {"a": "primary", "b": "standby"}
        if self.often(0.12):
            self.sites = {"a": "primary"}
        elif self.often(0.1):
            self.sites["b"] = rng.choice(("snapshot-standby", "stand-alone"))
        offered = [kind for name in self.theme for kind in GROUPS[name].kinds]
        at = 8 * 60
        for number in range(rng.choice((1, 2, 2, 2, 3, 3, 3, 3, 4))):
            at += rng.choice((0, 30, 60, 60, 180)) if number else 0
            length = rng.choice((60, 120))
            self.sessions.append(
                {
                    "name": f"s{number + 1}",
                    "site": rng.choice(list(self.sites)) if number else "a",
                    "opens": at,
                    "closes": at + length,
                    "logon": rng.choice((["smartcard", "otp"], ["smartcard", "otp"], ["otp"], ["smartcard"], [])),
                    "changes": offered if self.often(0.9) else [],
                }
            )
            at += length
        if self.often(0.2):
            self.policies["changes-in-gaps"] = [k for k in offered if k in ("order", "register-email")]
        if "counters" in self.theme:
            self.policies["lockout-after"] = rng.choice((1, 2))
        if "2fa" in self.theme:
            self.policies["set-up"] = "stepwise" if self.often(0.15) else "atomic"
            self.policies["repeat-set-up"] = "refused" if self.often(0.2) else "allowed"
        for name, value in IN_FLIGHT.items():
            if self.often(0.04):
                self.policies[name] = value
        self.link = {"lag": rng.choice(("2s", "2s", "2s", "1m")), "apply": "blind" if self.often(0.05) else "checked"}
        self.link |= {"jitter": "30s"} if self.often(0.05) else {}
        self._people()
        if self.often(0.1):
            self.accounts.append({**self.accounts[0], "id": "U2"})

    def _people(self) -> None:
        for kind in self.kinds:
            account: dict[str, Any] = {"id": f"{kind.upper()}1", "kind": kind, "participant": "p"}
            account["smartcard"] = "C1"
            if not ("email" in self.theme and self.often(0.7)):
                account["email"] = "registered"
            if "2fa" in self.theme and self.often(0.4):
                account["two-factor"] = {"password": "P0", "channel": "c0"}
            if kind == "u" and "status" in self.theme and self.often(0.2):
                account["status"] = self.rng.choice(("absent", "suspended"))
            held = {name: "O0" for name in self.theme if name in ("order", "plan") and self.often(0.5)}
            if held and account.get("status") != "absent":
                account["records"] = held
            if account.get("status") == "absent":
                account = {name: account[name] for name in ("id", "kind", "participant", "status")}
            self.accounts.append(account)

    # -- the runbook -------------------------------------------------------------------------------------------------

    def runbook(self) -> None:
        """Open and close each session, and between them bring the service and the data to where they are wanted."""
        roles = dict(self.sites)
        before = None
        for session in self.sessions:
            begin = before["closes"] if before else session["opens"] - 120
            moves = self._transfer(session["site"], roles)
            room = session["opens"] - begin
            times = sorted(self.rng.randrange(room) if room else 0 for _ in moves)
            self.steps += [{"at": begin + at, **move} for at, move in zip(times, moves, strict=True)]
            self.steps.append(
                {"at": session["opens"], "do": "open", "session": session["name"], "site": session["site"]}
            )
            self.steps.append({"at": session["closes"], "do": "close", "session": session["name"]})
            before = session

    def _transfer(self, site: str, roles: dict[str, str]) -> list[Step]:
        """Steps between two sessions; the last of them so that the site can serve."""
        steps: list[Step] = []
        other = next((name for name in roles if name != site), None)
        if self.often(0.6) and other:
            steps.append(self._drain())
        if self.often(0.35):
            steps.append(self._point(self.rng.choice(list(roles))))
        if other and roles[other] == "snapshot-standby" and self.often(0.7):
            mine = [name for at, name in self.points if at == other]
            if mine and self.often(0.85):
                steps.append({"do": "revert", "site": other, "to": self.rng.choice(mine[-2:])})
                roles[other] = "standby"
        steps += self._data(roles)
        if roles[site] == "standby":
            way = self.rng.choice(("activate", "activate", "switch", "switch", "fail-over"))
            if way == "activate":
                steps += [self._point(site)] if self.often(0.8) else []
                steps.append({"do": "activate", "site": site})
                roles[site] = "snapshot-standby"
            else:
                steps.append({"do": way})
                roles.update({name: "standby" if role == "primary" else "primary" for name, role in roles.items()})
        return steps

    def _data(self, roles: dict[str, str]) -> list[Step]:
        """Steps that move data about, or wipe it."""
        steps: list[Step] = []
        if len(roles) > 1 and self.often(0.3):
            source, target = self.rng.sample(list(roles), 2)
            steps.append({"do": "copy", "source": source, "target": target} | self._some_fields(0.4))
        if self.points and self.often(0.2):
            site, name = self.rng.choice(self.points)
            steps.append({"do": "flashback", "site": site, "to": name})
        if self.often(0.2):
            steps.append(self._reset())
        return steps

    def _drain(self) -> Step:
        timeout, then = self.rng.choice(("20m", "20m", "30s")), self.rng.choice(("proceed", "abort", ON))
        return {"do": "drain", "timeout": timeout, "on-timeout": then}

    def _some_fields(self, chance: float) -> Step:
        if not self.often(chance):
            return {}
        fields = GROUPS[self.rng.choice(self.theme)].fields
        return {"fields": list(fields if self.often(0.6) else fields[: self.rng.randint(1, len(fields))])}

    def _point(self, site: str) -> Step:
        self.points.append((site, f"p{len(self.points) + 1}"))
        return {"do": "restore-point", "site": site, "name": self.points[-1][1]}

    def _reset(self) -> Step:
        site = self.rng.choice(list(self.sites))
        group = GROUPS[self.rng.choice(self.theme)]
        if "credential" in group.fields or "password" in group.fields:
            fields, to = self.rng.choice((["password", "channel"], ["password", "channel"], ["password"])), None
        elif "failures" in group.fields:
            fields, to = self.rng.choice(((["failures"], 0), (["locked"], False)))
        elif "status" in group.fields:
            fields, to = ["status"], "active"
        else:
            fields, to = list(group.fields), self.rng.choice(group.constants)
        some = {"accounts": [self.rng.choice(list(self.kinds))]} if self.often(0.3) else {}
        return {"do": "reset", "site": site, "fields": fields, "to": to} | some

    def mutate(self) -> None:
        """Drop, double, move or put in a step, at any moment."""
        at = self.rng.randrange(len(self.steps))
        step = dict(self.steps[at])
        what = self.rng.choice(("drop", "double", "move", "put", "put", "put", "nudge"))
        if what in ("drop", "move", "nudge"):
            del self.steps[at]
        if what == "nudge":
            step["at"] += self.rng.choice((-30, -1, 1, 5, 30))
        elif what in ("double", "move"):
            step["at"] = self.moment()
        elif what == "put":
            step = {"at": self.moment(), **self._any_verb()}
        if what != "drop":
            self.steps.append(step)

    def moment(self) -> int:
        """Any moment: an edge, beside one, inside a window or a gap, before the first or after the last."""
        session = self.rng.choice(self.sessions)
        edge = session[self.rng.choice(("opens", "closes"))]
        inside = self.rng.randrange(session["opens"], session["closes"])
        last = self.sessions[-1]["closes"] + 30
        return self.rng.choice((edge, edge + 1, edge - 1, inside, inside, edge + 15, edge - 15, last))

    def _any_verb(self) -> Step:
        """Any step of any sort; it may be refused."""
        rng, site = self.rng, self.rng.choice(list(self.sites))
        session = rng.choice(self.sessions)["name"]
        verbs = ["open", "close", "reset", "reset", "restore-point"]
        if len(self.sites) > 1:
            verbs += ["drain", "resend", "activate", "switch", "fail-over", "copy", "copy"]
        verbs += ["revert", "flashback", "flashback"] if self.points else []
        verb = rng.choice(verbs)
        if verb == "open":
            return {"do": verb, "session": session, "site": site}
        if verb == "close":
            return {"do": verb, "session": session}
        if verb == "reset":
            return self._reset()
        if verb == "restore-point":
            return self._point(site)
        if verb == "drain":
            return self._drain()
        if verb == "copy":
            source, target = rng.sample(list(self.sites), 2)
            return {"do": verb, "source": source, "target": target} | self._some_fields(0.5)
        if verb in ("revert", "flashback"):
            site, name = rng.choice(self.points)
            return {"do": verb, "site": site, "to": name}
        return {"do": verb, "site": site} if verb == "activate" else {"do": verb}

    # -- rules -------------------------------------------------------------------------------------------------------

    def told(self, noise: float) -> None:
        """The rules that the runbook keeps, as far as single changes tell; and some that it may not keep."""
        case = self.case()
        table = Table(Model(case.rulebook, case.runbook))
        names = [session["name"] for session in self.sessions]
        gaps = [f"before-{names[0]}", *(f"after-{name}" for name in names[:-1])]
        gaps = [g for g in gaps if self.policies.get("changes-in-gaps")]
        order = case.rulebook.order
        for account in {account["kind"]: account for account in reversed(self.accounts)}.values():
            for name in self.theme:
                origins = [*names, *(g for g in gaps if GROUPS[name].kinds[0] in self.policies["changes-in-gaps"])]
                for origin in sorted(origins, key=order.__getitem__):
                    found = self._seen(case, table, account, name, origin)
                    for target in (n for n in names if order[n] > order[origin]):
                        self._rule(account["kind"], name, origin, target, found.get(target), noise)
                if self.often(0.25):
                    found = self._seen(case, table, account, name, "")
                    for target in names:
                        self._rule_of_friday(account["kind"], name, target, found.get(target), noise)
        self._merged()

    def _seen(
        self, case: Case, table: Table, account: dict[str, Any], name: str, origin: str
    ) -> dict[str, tuple[str, str, str]]:
        """For each target that opened, what it held, what was written, and what stood before."""
        group = GROUPS[name]
        who = next(a for a in case.scenario.accounts if a.id == account["id"])
        steps: tuple[ClientStep, ...] = ()
        wrote = ""
        if origin:
            action, wrote = CHANGES[name](who)
            by = next((a.id for a in case.scenario.accounts if a.profile.kind == "da"), who.id)
            actor = by if name in ADMINISTERED else who.id
            steps = (ClientStep(at=midst(case, origin), account=actor, action=action, expect="any"),)
        seen = (Seen(target=s.name, account=who.id, fields={group.field: NOTHING}) for s in case.rulebook.sessions)
        scenario = attrs.evolve(case.scenario, steps=steps, seen=tuple(seen))
        trace = simulate(table.model, scenario, table=table)
        if origin and not any(event.changes for event in trace.events):
            return {}
        stood = words(who.start[group.field].value)
        return {
            failure.where.rpartition(" when ")[2].removesuffix(" opens"): (failure.actual, wrote, stood)
            for failure in trace.failures
            if " when " in failure.where
        }

    def _rule(self, kind: str, name: str, origin: str, target: str, seen: Any, noise: float) -> None:
        group, rng = GROUPS[name], self.rng
        if self.often(0.1 + noise / 2):
            return
        fates = ["carry", "discard", "reset"] if group.constants else ["carry", "discard"]
        fate = rng.choice(fates)
        to = rng.choice(group.constants) if fate == "reset" else None
        if seen and not self.often(noise):
            found, wrote, stood = seen
            fate = "carry" if found == wrote else "discard" if found == stood else "reset"
            to = found if fate == "reset" else None
            to = {"none": None, "no": False, "yes": True}.get(to or "none", to)
            if fate == "reset" and (name not in ("order", "plan", "card") and not (name == "email" and to is False)):
                fate = "discard"
        rule = {"accounts": [kind], "changes": list(group.kinds), "made-in": [origin], "at": [target], "fate": fate}
        if len(group.kinds) > 1 and self.often(0.15):
            rule["changes"] = rng.sample(group.kinds, rng.randint(1, len(group.kinds)))
        if fate == "reset":
            rule["to"] = "none" if to is None else to
        if fate == "discard" and self.often(0.4):
            names = [session["name"] for session in self.sessions]
            earlier = names[: names.index(origin)] if origin in names else names[: names.index(target)][:-1]
            rule["baseline"] = rng.choice(["baseline", *(earlier if origin in names else [])])
        self.rules.append(rule)

    def _rule_of_friday(self, kind: str, name: str, target: str, seen: Any, noise: float) -> None:
        if name not in ("order", "plan", "card", "email"):
            return
        group = GROUPS[name]
        fate, to = self.rng.choice(("carry", "discard")), None
        if seen and not self.often(noise):
            found, _, stood = seen
            fate = "carry" if found == stood else "discard" if found in ("none", "no") else "reset"
            to = found
        rule = {"accounts": [kind], "changes": list(group.kinds), "made-in": ["baseline"], "at": [target], "fate": fate}
        if fate == "reset":
            if name == "email":
                return
            rule["to"] = to
        self.rules.append(rule)

    def _merged(self) -> None:
        """Rules that say the same of two targets, or of two kinds of account, are often one."""
        rules: list[dict[str, Any]] = []
        for rule in self.rules:
            for other in rules:
                for key in ("at", "accounts", "made-in"):
                    if self.often(0.5) and all(rule.get(k) == other.get(k) for k in {*rule, *other} - {key}):
                        other[key] = [*other[key], *(v for v in rule[key] if v not in other[key])]
                        break
                else:
                    continue
                break
            else:
                rules.append(rule)
        self.rng.shuffle(rules)
        self.rules = rules

    # -- files -------------------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """The three files."""
        cited = {"citation": {"place": "x"}}
        sessions = [{**s, "opens": clock(s["opens"]), "closes": clock(s["closes"]), **cited} for s in self.sessions]
        rulebook = {
            "rulebook": "drawn",
            "version": 1,
            "title": "Drawn",
            "timezone": "UTC",
            "source": {"title": "drawn"},
            "accounts": self.kinds,
            "records": [name for name in ("order", "plan") if name in self.theme],
            "sessions": sessions,
            "rules": [{"id": f"r{number}", **rule, **cited} for number, rule in enumerate(self.rules)],
            "policies": {name: {"value": value, **cited} for name, value in self.policies.items()},
        }
        runbook = {
            "runbook": "drawn",
            "version": 1,
            "title": "Drawn",
            "sites": self.sites,
            "link": "none" if "stand-alone" in self.sites.values() else self.link,
            "steps": [self._step(number, step) for number, step in enumerate(self._possible())],
        }
        for number, step in enumerate(runbook["steps"]):
            if step.get("on-timeout") == ON:
                opens = (later["id"] for later in runbook["steps"][number:] if later["do"] == "open")
                step["on-timeout"] = next(opens, "proceed")
        scenario = {"scenario": "drawn", "title": "Drawn", "rulebook": "./rulebook.yaml", "runbook": "./runbook.yaml"}
        scenario |= {"accounts": self.accounts}
        return {"rulebook": dump(rulebook), "runbook": dump(runbook), "scenario": dump(scenario)}

    def _possible(self) -> list[Step]:
        """The steps in order of time, without those that go back to what was not kept yet."""
        steps, kept = [], set()
        for step in sorted(self.steps, key=lambda s: s["at"]):
            if step["do"] == "restore-point":
                kept.add(step["name"])
            if step["do"] not in ("revert", "flashback") or step["to"] in kept:
                steps.append(step)
        return steps

    def _step(self, number: int, step: Step) -> Step:
        to = {"to": "none"} if step["do"] == "reset" and step.get("to") is None else {}
        return {"id": f"{step['do']}-{number}", **step, **to, "at": clock(step["at"])}

    def case(self) -> Case:
        """The pair, loaded, with a scenario of its accounts. InputError where it is no pair."""
        return load_texts(self.texts())


def words(value: Any) -> str:
    """A value as a run tells it."""
    return "none" if value is None else ("no", "yes")[value] if isinstance(value, bool) else str(value)


def clock(minutes: int) -> str:
    """Minutes since midnight, on the wall clock."""
    return f"{DAY + timedelta(minutes=minutes):%Y-%m-%d %H:%M}"


class _Plain(yaml.SafeDumper):
    """What is said twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def dump(value: Any) -> str:
    """As YAML."""
    return yaml.dump(value, Dumper=_Plain, sort_keys=False, default_flow_style=None, width=110)


def midst(case: Case, interval: str) -> Moment:
    """A moment in the middle of a session or of a gap."""
    book = case.rulebook
    sessions = sorted(book.sessions, key=lambda s: s.opens)
    if interval in book.by_name:
        opens, closes = (epoch(edge, book) for edge in (book.by_name[interval].opens, book.by_name[interval].closes))
        return Moment(interval, "opens", (closes - opens) // 2)
    if interval.startswith("before-"):
        return Moment(sessions[0].name, "opens", -MINUTE)
    name = interval.removeprefix("after-")
    after = next(s for s, before in zip(sessions[1:], sessions, strict=False) if before.name == name)
    room = epoch(after.opens, book) - epoch(book.by_name[name].closes, book)
    return Moment(name, "closes", room // 2)


CHANGES = {
    "order": lambda who: (Write("order", "X1"), "X1"),
    "plan": lambda who: (Write("plan", "X1"), "X1"),
    "2fa": lambda who: (InitiateTwoFactor("X1", "x"), "X1"),
    "card": lambda who: (ChangePassword(str(who.start.smartcard.value), "X1", "smartcard"), "X1"),
    "email": lambda who: (RegisterEmail(), "yes"),
    "counters": lambda who: (Logon("smartcard", "wrong"), "1"),
    "status": lambda who: (
        (CreateUser(who.id), "active") if who.start.status.value == "absent" else (SuspendUser(who.id), "suspended")
    ),
    "wipe": lambda who: (ResetUser(who.id), "none"),
}


@attrs.frozen(eq=False)
class Pair:
    """A rulebook and a runbook that were drawn, with the accounts to check them with, and the bounds on operations and
    on faults, which are of these kinds.
    """

    number: str
    texts: dict[str, str]
    case: Case
    theme: tuple[str, ...]
    ops: int
    faults: int = 0
    kinds: tuple[FaultKind, ...] = ("entry",)

    @property
    def model(self) -> Model:
        """The model of the pair."""
        return Model(self.case.rulebook, self.case.runbook)


def pair(seed: str) -> Pair | None:
    """The pair of a seed; None where what was drawn is no rulebook or no runbook for it. ``SEED/n`` is the pair of
    SEED with one step dropped, doubled, moved or put in.
    """
    parent, _, child = seed.partition("/")
    draw = Draw(Random(parent))
    draw.weekend()
    draw.runbook()
    for _ in range(draw.rng.choice((0, 0, 1, 1, 2))):
        draw.mutate()
    try:
        draw.told(draw.rng.choice((0, 0, 0, 0.1, 0.5)))
        for _ in range(draw.rng.choice((0, 0, 0, 0, 1, 1, 2))):
            draw.mutate()
        faults = int(draw.often(0.08) and len(draw.sites) > 1)
        ops = draw.rng.choice((1, 1, 1, 2))
        if child:
            draw.rng = Random(seed)
            draw.mutate()
        at_once(seed, draw)
        faults, kinds = timed(seed, faults, linked=len(draw.sites) > 1 and "stand-alone" not in draw.sites.values())
        return Pair(seed, draw.texts(), draw.case(), draw.theme, ops, faults, kinds)
    except InputError:
        return None


def at_once(seed: str, draw: Draw) -> None:
    """For some pairs, a link with no lag or almost none, and drains that give up at once."""
    rng = Random(f"{seed}: what takes no time")
    if rng.random() < AT_ONCE:
        draw.link["lag"] = rng.choice(("0s", "0s", "1ms"))
    for step in draw.steps:
        if step["do"] == "drain" and rng.random() < AT_ONCE:
            step["timeout"] = "0s"


def timed(seed: str, faults: int, *, linked: bool) -> tuple[int, tuple[FaultKind, ...]]:
    """The bounds on faults: for some pairs, faults in time. What else is drawn of a pair does not depend on it."""
    rng = Random(f"{seed}: faults in time")
    if faults or rng.random() > TIMED:
        return faults, ("entry",)
    kinds: tuple[tuple[FaultKind, ...], ...] = (("outage",), ("outage",), ("crash",), ("entry", "outage", "crash"))
    return 1, rng.choice(kinds) if linked else ("crash",)


def read(pair: Pair, texts: dict[str, str]) -> Pair:
    """The pair in other words."""
    return attrs.evolve(pair, texts=texts, case=load_texts(texts))


# -- weekends of clients -------------------------------------------------------------------------------------------


def weekend(pair: Pair, rng: Random) -> Scenario:
    """What clients do in one weekend: at most so many changes an account between two ticks, and logons besides."""
    book = pair.case.rulebook
    sessions = sorted(book.sessions, key=lambda s: s.opens)
    edges = [epoch(edge, book) for s in sessions for edge in (s.opens, s.closes)]
    edges = [edges[0] - 60 * MINUTE, *edges, edges[-1] + 60 * MINUTE]
    people = Clients(pair, rng, fresh=rng.random() < 0.8)
    busy = rng.choice((0.3, 0.6, 1.0))
    acts: list[tuple[int, str, ClientAction]] = []
    for begin, end in pairwise(edges):
        if end - begin < 4 * MINUTE:
            continue
        times = []
        for account in pair.case.scenario.accounts:
            for _ in range(pair.ops):
                if rng.random() < busy:
                    times.append((instant(pair, rng, begin, end), account.id, True))
            if not pair.case.rulebook.policies.get("lockout-after") and rng.random() < 0.5:
                times.append((instant(pair, rng, begin, end), account.id, False))
        for at, who, changes in sorted(times):
            acts += [(at, *act) for act in ([people.change(who)] if changes else people.logon(who))]
    first = sessions[0]
    slow = rng.random() < (0.5 if any(name in book.policies for name in IN_FLIGHT) else 0.1)
    steps = []
    for at, who, act in acts:
        takes = rng.choice((1000, MINUTE, 60 * MINUTE)) if slow and rng.random() < 0.5 else 0
        takes = 0 if isinstance(act, Logon) else takes  # a logon in flight is the site's own business
        moment = Moment(first.name, "opens", at - epoch(first.opens, book))
        steps.append(ClientStep(at=moment, account=who, action=act, takes=takes, expect="any"))
    faults: list[Fault] = [fault(pair, rng)] if pair.faults and rng.random() < 0.8 else []
    return attrs.evolve(pair.case.scenario, scenario="weekend", steps=tuple(steps), faults=tuple(faults))


def fault(pair: Pair, rng: Random) -> Fault:
    """A fault of one of the pair's kinds: on one of the first entries that an account ships, or in time."""
    kind = rng.choice(pair.kinds) if len(pair.kinds) > 1 else pair.kinds[0]
    if kind != "entry":
        return fault_in_time(pair, rng, kind)
    who = rng.choice(pair.case.scenario.accounts).id
    by = rng.choice((1000, MINUTE, 60 * MINUTE, 600 * MINUTE))
    link = rng.choice(("delay", "drop", "duplicate"))
    return LinkFault(link=link, account=who, nth=rng.randint(1, 3), **({"by": by} if link == "delay" else {}))


def fault_in_time(pair: Pair, rng: Random, kind: FaultKind) -> Fault:
    """An outage or a crash, often beside what happens at a fixed instant or next to a step."""
    book, model = pair.case.rulebook, pair.model
    first = min(book.sessions, key=lambda s: s.opens)
    near = rng.choice([at for at, _ in model.ticks] + list(model.due))
    at = near + rng.choice((0, 1, -1, 1000, -1000, rng.randrange(-90, 90) * MINUTE))
    start = Moment(first.name, "opens", at - epoch(first.opens, book))
    lasting = rng.choice((1, 1500, 5 * MINUTE, 25 * MINUTE, 90 * MINUTE, 300 * MINUTE))
    if kind == "outage":
        end = attrs.evolve(start, offset=start.offset + lasting)
        return Outage(link="outage", from_=start, until=rng.choice((end, end, None)))
    crash = Crash(site="crash", of=rng.choice(model.sites), back=lasting)
    step = rng.choice(model.runbook.steps).id
    return attrs.evolve(crash, **rng.choice(({"at": start}, {"before": step}, {"after": step})))


def instant(pair: Pair, rng: Random, begin: int, end: int) -> int:
    """An instant between two ticks, now and then right beside one, or right beside a step of the operator."""
    if rng.random() < 0.1:
        return rng.choice((begin + 1000, end - 1000, begin, end - 1))
    due = [at for at in pair.model.due if begin < at < end]
    if due and rng.random() < 0.15:
        return rng.choice(due) + rng.choice((-1000, 0, 1000))
    return rng.randrange(begin + MINUTE, end - MINUTE, 1000)


def probed(pair: Pair, scenario: Scenario) -> Scenario:
    """The scenario, and clients who try what they can between any two events."""
    book, model = pair.case.rulebook, pair.model
    first = min(book.sessions, key=lambda s: s.opens)
    opens = epoch(first.opens, book)
    events = sorted({at for at, _ in model.ticks} | set(model.due))
    tries: list[ClientAction] = [Write(name, f"try-{name}") for name in book.records]
    tries += [Logon("smartcard", "C1"), Logon("otp", "P0"), RegisterEmail(), InitiateTwoFactor("try", "try")]
    tries += [ChangePassword("C1", "C1", "smartcard")]
    people = pair.case.scenario.accounts
    users = [account.id for account in people if account.profile.kind == "u"]
    rules_over = [verb(user) for user in users for verb in (SuspendUser, ReinstateUser, CreateUser, ResetUser)]
    steps = list(scenario.steps)
    for begin, end in pairwise([*events, events[-1] + MINUTE]):
        moment = Moment(first.name, "opens", (begin + end) // 2 - opens)
        for account in people if end > begin + 1 else ():
            acts = [*tries, *(rules_over if account.profile.kind == "da" else ())]
            steps += [ClientStep(at=moment, account=account.id, action=act, expect="any") for act in acts]
    return attrs.evolve(scenario, accounts=people, steps=tuple(steps))


@attrs.define
class Clients:
    """What clients may do, with labels that are new each time (`fresh`) or not."""

    pair: Pair
    rng: Random
    fresh: bool
    used: dict[str, list[str]] = attrs.field(factory=dict)

    def _label(self, sort: str) -> str:
        used = self.used.setdefault(sort, [])
        if not self.fresh and used and self.rng.random() < 0.6:
            return self.rng.choice(used)
        used.append(f"{sort}{len(used) + 1}")
        return used[-1]

    def _known(self, sort: str, first: str) -> str:
        known = [first, *self.used.get(sort, [])]
        return known[-1] if self.rng.random() < 0.6 else self.rng.choice(known)

    def change(self, who: str) -> tuple[str, ClientAction]:
        """An act that may change the account: its holder's, or an administrator's."""
        name = self.rng.choice(self.pair.theme)
        accounts = self.pair.case.scenario.accounts
        da = next((a.id for a in accounts if a.profile.kind == "da"), None)
        if name in ADMINISTERED:
            verb = self.rng.choice(
                (SuspendUser, SuspendUser, ReinstateUser, CreateUser) if name == "status" else (ResetUser,)
            )
            user = next(a.id for a in accounts if a.profile.kind == "u")
            return (da or who, verb(user)) if who == user else self.logon(who)[0]
        if name in ("order", "plan"):
            return who, Write(name, self._label(f"{name[0]}{who}") if self.rng.random() < 0.9 else None)
        if name == "card":
            old = self._known(f"c{who}", "C1")
            return who, ChangePassword(old, self._label(f"c{who}"), "smartcard")
        if name == "email":
            return who, RegisterEmail()
        if name == "counters":
            if da and self.rng.random() < 0.3:
                return da, UnlockUser(who)
            return who, Logon("smartcard", self.rng.choice(("wrong", "wrong", "C1")))
        return who, self._two_factor(who)

    def _two_factor(self, who: str) -> ClientAction:
        verb = self.rng.choice(("set up", "set up", "password", "channel"))
        old = self._known(f"p{who}", "P0")
        if verb == "set up":
            password, channel = self._label(f"p{who}"), self._label(f"h{who}")
            if self.pair.model.policies["set-up"] == "stepwise" and self.rng.random() < 0.5:
                return InitiateTwoFactor(*self.rng.choice(((password, None), (None, channel))))
            return InitiateTwoFactor(password, channel)
        if verb == "password":
            return ChangePassword(old, self._label(f"p{who}"))
        return ChangeOtpChannel(old, self._label(f"h{who}"))

    def logon(self, who: str) -> list[tuple[str, ClientAction]]:
        """A logon with what may be the right password."""
        if "2fa" in self.pair.theme and self.rng.random() < 0.6:
            return [(who, Logon("otp", self._known(f"p{who}", "P0")))]
        return [(who, Logon("smartcard", self._known(f"c{who}", "C1")))]
