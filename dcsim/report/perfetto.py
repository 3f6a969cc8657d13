"""A run for Perfetto and chrome://tracing: sites are processes, accounts are tracks, and arrows carry values. Pure.

Microseconds count from the beginning of the run. dcsim's clock has milliseconds; within one of them, the microseconds
tell the order of the events. What an opening finds is drawn one microsecond after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs

from dcsim import __version__
from dcsim.domain.actions import LINK as LINK_ITSELF
from dcsim.domain.actions import Commit, Deliver, Disturb, Down, Operate, Request, Slip, Up
from dcsim.domain.moment import clock, epoch
from dcsim.domain.runbook import Drain, Open, Step
from dcsim.domain.scenario import Scenario
from dcsim.domain.world import Control
from dcsim.report.perfetto_faults import downs, lags, waited
from dcsim.report.run_view import cite, stated
from dcsim.report.text import action_words, some
from dcsim.report.trace_events import Canvas, EventTrack, Slice
from dcsim.semantics.invariant_registry import show, spell
from dcsim.semantics.model import Model
from dcsim.trace.event import Event, Trace
from dcsim.trace.lineage import AccountStage, lineage
from dcsim.trace.recorder import Recorder

FORMAT = 1
NOTICE, OPERATOR, LINK, NOWHERE, FAULTS = "notice", "operator", "link", "no site", "faults"
HELD = {
    "sent": "on the link",
    "late": "held up",
    "lost": "lost",
    "received": "received, not applied",
    "again": "copies",
}
_MOST = 499
"""So many events of one millisecond are told apart by microseconds."""


def perfetto(
    model: Model, scenario: Scenario, recorder: Recorder, trace: Trace, shown: Mapping[str, int]
) -> dict[str, Any]:
    """Return a run as trace events, ready for JSON.

    ``shown`` are the accounts that have tracks, each with how many lived through the same. The recorder has taken the
    trace's events.
    """
    drawing = _Drawing(model, scenario, recorder, trace, shown)
    drawing.draw()
    told = {
        "scenario": scenario.scenario,
        "title": scenario.title,
        "rulebook": model.rulebook.rulebook,
        "runbook": model.runbook.runbook,
        "begins": clock(drawing.start, model.rulebook),
        "timezone": model.rulebook.timezone,
        "accounts": f"{recorder.roster.size:,}, of which tracks stand for {sum(shown.values()):,}",
        "digest": "" if trace.folded else trace.digest,
        "dcsim": __version__,
    }
    # The first key says whose file this is; viewers ignore it.
    return {
        "dcsim-perfetto": FORMAT,
        "traceEvents": list(drawing.canvas.written()),
        "displayTimeUnit": "ms",
        "otherData": told,
    }


@attrs.define(eq=False, slots=False)
class _Drawing:
    """The canvas on its way, and what is drawn: ``slices`` are the events' own, by their numbers."""

    model: Model
    scenario: Scenario
    recorder: Recorder
    trace: Trace
    shown: Mapping[str, int]
    canvas: Canvas = attrs.field(factory=Canvas)
    slices: dict[int, Slice] = attrs.field(factory=dict)

    def draw(self) -> None:
        for process in (NOTICE, OPERATOR, *map(_site, self.model.sites), LINK):
            self.canvas.process(process)
        self._windows()
        self._sites()
        for what, down in downs(self.controls):
            self._spans(self.canvas.track(LINK if what == LINK_ITSELF else _site(what), "down"), "down", down)
        for name, begins, ends in lags(self.model, self.scenario):
            self.canvas.slice(self.canvas.track(LINK, "lag"), "lag", name, self.time(begins), self.time(ends))
        for event, before in zip(self.recorder.events, self.controls, strict=False):
            self._event(event, before)
        self._requests()
        self._openings()
        self._waiting()
        self._broken()

    # -- time ------------------------------------------------------------------------------------------------------

    @cached_property
    def start(self) -> int:
        """The instant from which times count: the first event, or the opening of the first window."""
        return min([self.model.ticks[0][0], *(event.at for event in self.recorder.events[:1])])

    @cached_property
    def end(self) -> int:
        """The time at which the run ends."""
        last = max([self.model.ticks[-1][0], *(event.at for event in self.recorder.events[-1:])])
        return self.time(last + 1)

    def time(self, at: int) -> int:
        """The time of an instant."""
        return (at - self.start) * 1000

    @cached_property
    def times(self) -> Sequence[int]:
        """The time of each event, after that of the beginning."""
        times, ranks = [0], Counter[int]()
        for event in self.recorder.events:
            times.append(self.time(event.at) + 2 * min(ranks[event.at], _MOST))
            ranks[event.at] += 1
        return times

    @cached_property
    def controls(self) -> Sequence[Control]:
        """The control before each event, and at last that after all of them."""
        return tuple(self.recorder.controls())

    # -- what belongs to no account --------------------------------------------------------------------------------

    def _windows(self) -> None:
        """Draw the windows of the notice."""
        book, track = self.model.rulebook, self.canvas.track(NOTICE, "windows")
        for session in book.sessions:
            opens, closes = (self.time(epoch(edge, book)) for edge in (session.opens, session.closes))
            self.canvas.slice(track, "window", session.name, opens, closes, site=session.site)

    def _sites(self) -> None:
        """Draw, for each site, its role, the sessions that are open there, and the restore points that it has."""
        for site in self.model.sites:
            roles = [control.role(site) for control in self.controls]
            self._spans(self.canvas.track(_site(site), "role"), "role", roles)
            track = self.canvas.track(_site(site), "sessions")
            opened = [" + ".join(name for name, where in c.open if where == site) for c in self.controls]
            self._spans(track, "session", opened)

    def _spans(self, track: EventTrack, category: str, names: Sequence[str]) -> None:
        """Draw a slice for as long as each name holds; ``names`` are those at the beginning and after each event."""
        begin = 0
        for number, name in enumerate(names):
            if number + 1 < len(names) and names[number + 1] == name:
                continue
            until = self.times[number + 1] if number + 1 < len(names) else self.end
            if name:
                ongoing = "until the run ends" if number + 1 == len(names) else ""
                self.canvas.slice(track, category, name, begin, until, lasts=ongoing)
            begin = until

    def _event(self, event: Event, before: Control) -> None:
        """Draw one event, if it is of the operator or of an account that is shown."""
        if event.account and event.account not in self.shown:
            return
        match event.action:
            case Operate():
                self._operated(event, before)
            case Slip():
                self._one(event, self.canvas.track(OPERATOR, "steps"), "slip", f"slip: {event.action.error}")
            case Deliver():
                name = "deliver" if event.action.verdict == "pass" else event.action.verdict
                self._one(event, self._account(LINK, event.account), "redo", f"{name} redo {event.action.number}")
            case Down() | Up() | Disturb():
                self._one(event, self.canvas.track(FAULTS, "faults in time"), "fault", event.says)
            case _ if event.account:
                where = _site(event.site) if event.site else NOWHERE
                self._one(event, self._account(where, event.account), "act", _verb(event))

    def _operated(self, event: Event, before: Control) -> None:
        step = self.model.step(before.todo[0])
        begins = self.times[event.n]
        if isinstance(step, Drain) or waited(self.recorder.events, self.controls, event, step):
            begins = self._begun(event, before.todo[0].step)
        self._one(event, self.canvas.track(OPERATOR, "steps"), "step", _step(step), begins)

    def _begun(self, event: Event, index: int) -> int:
        """Return the time at which a step began to wait: when it was due, and the step before it was done."""
        before = next((e for e in reversed(self.recorder.events[: event.n - 1]) if e.actor == "operator"), None)
        if before and isinstance(before.action, Slip):
            return self.times[event.n]  # it may have been put off: until when, no event tells
        began = max(self.model.due[index], self.start, before.at if before else 0)
        done = self.times[before.n] if before else 0
        return max(self.time(began), done) + 1 if began < event.at else self.times[event.n]

    def _one(self, event: Event, track: EventTrack, category: str, name: str, begins: int | None = None) -> None:
        """Draw the slice of one event. A refusal is told by its name, and not by a colour."""
        ts = self.times[event.n]
        self.slices[event.n] = self.canvas.slice(
            track,
            category,
            name if event.outcome == "moved" else f"refused: {name}",
            ts if begins is None else begins,
            ts,
            event=event.n,
            at=clock(event.at, self.model.rulebook),
            account=event.account,
            by=event.by,
            did=action_words(event.action) if event.account else "",
            outcome=event.outcome.replace("moved", "accepted"),
            says=event.says,
            position=event.position or "",
            changes=[f"{c.field}: {spell(c.before.value)} -> {spell(c.after.value)}" for c in event.changes],
        )

    def _account(self, process: str, account: str) -> EventTrack:
        alike = self.shown.get(account, 1) - 1
        return self.canvas.track(process, f"{account} (and {alike:,} more alike)" if alike else account)

    def _requests(self) -> None:
        """Draw an arrow from each request to its commit."""
        asked: dict[tuple[str, int], Event] = {}
        for event in self.recorder.events:
            if event.n not in self.slices:
                continue
            if isinstance(event.action, Request):
                asked[event.account, event.action.ticket] = event
            elif isinstance(event.action, Commit) and (event.account, event.action.ticket) in asked:
                ends = asked[event.account, event.action.ticket], event
                self.canvas.arrow("request", f"{event.account}: request", [self.slices[e.n] for e in ends])

    # -- what is carried -------------------------------------------------------------------------------------------

    @cached_property
    def stages(self) -> Mapping[str, Sequence[AccountStage]]:
        """What each shown account went through."""
        return {account: _stages(self.recorder, account) for account in self.shown}

    def _openings(self) -> None:
        """Draw what each account holds when a session opens, and arrows from the acts that made it."""
        for event, before in zip(self.recorder.events, self.controls, strict=False):
            step = self.model.step(before.todo[0]) if isinstance(event.action, Operate) else None
            if isinstance(step, Open) and event.outcome == "moved":
                for account, stages in self.stages.items():
                    self._opening(account, [s for s in stages if not s.event or s.event.n <= event.n], event, step)

    def _opening(self, account: str, stages: Sequence[AccountStage], event: Event, step: Open) -> None:
        record = stages[-1].lane.store(step.site)
        ways: dict[tuple[int, ...], list[str]] = {}
        for field in record.fields:
            arrivals = lineage(self.model, stages, step.site, field)
            events = tuple(dict.fromkeys(a.event.n for a in reversed(arrivals) if a.event))
            if events and arrivals[-1].event:
                ways.setdefault(events, []).append(field)
        if not ways:
            return
        # A microsecond after the step, as what is found.
        ts = self.times[event.n] + 1
        fields = {field: show(record[field]) for way in ways.values() for field in way}
        track = self._account(_site(step.site), account)
        found = self.canvas.slice(track, "opening", f"{step.session} opens", ts, ts, account=account, **fields)
        for events, names in ways.items():
            values = ", ".join(f"{name} {spell(record[name].value)}" for name in names)
            through = [*(self.slices[n] for n in events if n in self.slices), found]
            self.canvas.arrow("carry", f"{account}: {values}", through, to=step.session)

    def _waiting(self) -> None:
        """Count the redo of the shown accounts that waits, by where it is."""
        moves: dict[int, list[tuple[str, Counter[str]]]] = {}
        for account, stages in self.stages.items():
            for stage in stages:
                states = Counter(HELD[entry.held] for entry in stage.lane.redo)
                moves.setdefault(stage.event.n if stage.event else 0, []).append((account, states))
        folded = any(count > 1 for count in self.shown.values())
        title = "redo that waits" + (" (of the accounts shown)" if folded else "")
        ever = {name for each in moves.values() for _, states in each for name in states}
        now: dict[str, Counter[str]] = {}
        last: dict[str, int] = {}
        for number in sorted(moves) if ever else ():
            now.update(moves[number])
            total = {name: sum(states[name] for states in now.values()) for name in HELD.values() if name in ever}
            if total != last:
                self.canvas.count(LINK, title, self.times[number], total)
                last = total

    # -- what is wrong ---------------------------------------------------------------------------------------------

    def _broken(self) -> None:
        """Mark what is broken, and what was expected and is not so, across all tracks."""
        track = self.canvas.track(NOTICE, "windows")
        for broken in self.trace.broken:
            v = broken.violation
            ts = self.times[broken.event] if broken.event else max(0, self.time(broken.at))
            self.canvas.mark(
                track,
                "broken",
                f"{v.invariant} is broken",
                ts,
                statement=stated(v.invariant),
                where=v.where,
                account=_who(broken.account, broken.accounts),
                expected=v.expected,
                found=v.actual,
                by=list(cite(self.model.rulebook, v.rules)),
            )
        for failure in self.trace.failures:
            self.canvas.mark(
                track,
                "expectation",
                "expectation not met",
                max(0, self.time(failure.at or self.start)),
                account=_who(failure.account, failure.accounts),
                where=failure.where,
                expected=failure.expected,
                found=failure.actual,
                line=failure.line,
            )


def _site(site: str) -> str:
    return f"site {site}"


def _verb(event: Event) -> str:
    """Name an act: its verb, and that it is a request or its commit."""
    action = event.action
    if isinstance(action, Request | Commit):
        return f"{type(action).__name__.lower()} {action.action.verb}"
    return str(getattr(action, "verb", type(action).__name__))


def _step(step: Step) -> str:
    return f"{step.id} ({step.verb})" if step.id not in ("", step.verb) else step.verb


def _who(account: str, accounts: int) -> str:
    return f"{account} and {some(accounts - 1, 'more account')}" if accounts > 1 else account


def _stages(recorder: Recorder, account: str) -> Sequence[AccountStage]:
    """Return what an account went through, with the numbers that events have in this run."""
    (number,) = recorder.roster.numbers(account)
    past = recorder.history(number)
    return tuple(AccountStage(recorder.events[n - 1] if n else None, lane, control) for n, lane, control in past)
