"""Gives each act, fault and slip on a path of the model its instant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import attrs

from dcsim.checker.explorers.protocol import Label
from dcsim.checker.model.faults_in_time import TimedFault
from dcsim.checker.model.weekend import GONE, Labelled, Node, Point, Weekend
from dcsim.domain.actions import (
    LINK,
    Administer,
    ClientAction,
    Commit,
    Deliver,
    Down,
    Operate,
    Request,
    Slip,
    Tick,
)
from dcsim.domain.faults import Crash, LinkFault, OperatorSlip, Outage
from dcsim.domain.moment import Moment, epoch
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Drain, Resend, Step

MINUTE = 60_000
FOR_GOOD = 30 * 24 * 60 * MINUTE
"""A delay longer than the weekend, in milliseconds."""


Strike = Literal["soon", "midway", "late"]
Walked = tuple[Any, Label, Any]
"""The state before a label, the label, and the state after it."""


@attrs.frozen
class Timing:
    """A choice of instants. ``pressing``: acts whose redo must still be on the link come as late as possible, and all
    others as early as possible. ``strikes``: when, between two events, each fault in time begins or ends. ``early``:
    what goes down does so as soon as the first redo is committed that it holds up. That is the same state of the model,
    and where the lag is short it is the only way to have the redo still on the link.
    """

    pressing: bool = False
    strikes: tuple[Strike, ...] = ("midway",)
    early: bool = False


@attrs.define
class _Act:
    """A client's act that gets an instant (``at``). Without an ``action``: a delayed entry that arrives, or a commit.

    ``ships``: it may put redo on the link. ``held``: that redo is still there at the next event. ``commit``: the commit
    of this request; None: it is never committed.
    """

    account: str
    action: ClientAction | None
    target: int
    ships: bool = True
    held: bool = False
    at: int = 0
    request: Request | None = None
    commit: _Act | None = None

    @property
    def takes(self) -> int:
        """The time from request to commit, in milliseconds."""
        if self.request is None:
            return 0
        return max(1, self.commit.at - self.at) if self.commit else FOR_GOOD


@attrs.define
class Scheduler:
    """Follows a path and gives each act its instant.

    ``last`` is the instant of the last event. ``waiting`` are the acts since then, which have no instant yet; ``acts``
    have one. ``step``: the last step of the operator, if no other event came after it. ``shipped``: by account, the act
    that put each entry on the link. ``late``: the delayed entries (account, index of the fault, act). ``released``:
    those that arrived again (index of the fault, act, arrival). ``down``: by what is down, the index of the fault and
    the instant. ``back``: the earliest instant at which the model let something come back last, and the instant at
    which it does. ``struck``: how many faults in time began or ended.
    """

    weekend: Weekend
    timing: Timing
    last: int = 0
    put_off: str = ""
    step: str = ""
    struck: int = 0
    down: dict[str, tuple[int, int]] = attrs.field(factory=dict)
    back: tuple[int, int] = (0, 0)
    acts: list[_Act] = attrs.field(factory=list)
    waiting: list[_Act] = attrs.field(factory=list)
    shipped: dict[int, list[_Act]] = attrs.field(factory=dict)
    faults: list[Any] = attrs.field(factory=list)
    late: list[tuple[int, int, _Act]] = attrs.field(factory=list)
    released: list[tuple[int, _Act, _Act]] = attrs.field(factory=list)

    def walk(self, states: Sequence[Walked]) -> None:
        """Take every label of a path in turn."""
        for (point, nodes), label, (_, after) in states:
            if label[0] is not None:
                self._account(label, nodes, after)
            elif isinstance(label[1], TimedFault):
                self._strike(point, nodes, label[1])
            elif isinstance(label[1], Tick | Labelled):
                self._event(point, nodes, label[1])
        self._place(min(self._next(), self.last + (len(self.waiting) + 2) * MINUTE), ())
        if self.put_off:
            self._delayed(self.last + 24 * 60 * MINUTE)
        for index, at in (struck for what, struck in self.down.items() if what != LINK):
            # Later than anything else that happens on the path.
            end = max((self.last, *(act.at for act in self.acts))) + MINUTE
            self.faults[index] = attrs.evolve(self.faults[index], back=end - at)
        # How long an entry was delayed is known only now that its arrival has an instant.
        for index, act, arrival in self.released:
            by = max(1, arrival.at - act.at - self.lag)
            self.faults[index] = attrs.evolve(self.faults[index], by=by)

    @property
    def lag(self) -> int:
        """The link's lag, in milliseconds."""
        link = self.weekend.model.runbook.link
        return link.lag if link else 0

    def _next(self) -> int:
        """The printed instant of the next tick or runbook step: the last acts of the path come before it."""
        model = self.weekend.model
        printed = (*(at for at, _ in model.ticks), *model.due)
        return min((at for at in printed if at > self.last), default=self.last + 24 * 60 * MINUTE)

    def _account(self, label: Label, nodes: tuple[Node, ...], after: tuple[Node, ...]) -> None:
        number, action = label[0], label[1]
        if isinstance(action, Deliver):
            self._delivery(number, action, nodes[number])
            return
        actor = self.weekend.accounts[label[2] if len(label) > 2 else number].id
        self.waiting.append(self._act(actor, action, number))
        grown = len(self._redo(after[number])) - len(self._redo(nodes[number]))
        self.shipped.setdefault(number, []).extend([self.waiting[-1]] * grown)

    def _act(self, actor: str, action: ClientAction | Request | Commit, number: int) -> _Act:
        """An act; a request and its commit are one act of the scenario, which takes time."""
        if isinstance(action, Request):
            return _Act(actor, self._named(action.action, number), number, ships=False, request=action)
        if not isinstance(action, Commit):
            return _Act(actor, self._named(action, number), number)
        asked, commit = Request(action.action, action.by, action.ticket), _Act(actor, None, number)
        acts = (act for act in reversed([*self.acts, *self.waiting]) if act.target == number)
        next(act for act in acts if act.request == asked and act.commit is None).commit = commit
        return commit

    def _named(self, action: ClientAction, number: int) -> ClientAction:
        """The act, with the name of the user whom it concerns."""
        return attrs.evolve(action, user=self.weekend.accounts[number].id) if isinstance(action, Administer) else action

    def _delivery(self, number: int, action: Deliver, node: Node) -> None:
        account = self.weekend.accounts[number].id
        if action.verdict == "release":
            held_up = next(late for late in self.late if late[0] == number)
            self.late.remove(held_up)
            self.waiting.append(_Act(account, None, number, ships=False))
            self.released.append((*held_up[1:], self.waiting[-1]))
        elif action.verdict in ("delay", "drop", "duplicate"):
            sent = sum(entry.held == "sent" for entry in self._redo(node))
            # Verdicts come in the order in which entries were shipped, so the next is the oldest that is still sent.
            nth = len(self.shipped[number]) - sent + 1
            if action.verdict == "delay":
                self.late.append((number, len(self.faults), self.shipped[number][nth - 1]))
            length = {"by": FOR_GOOD} if action.verdict == "delay" else {}
            self.faults.append(LinkFault(link=action.verdict, account=account, nth=nth, **length))

    def _redo(self, node: Node) -> Any:
        return () if node == GONE else self.weekend.table.lanes[node[0]].redo

    def _event(self, point: Point, nodes: tuple[Node, ...], label: Tick | Labelled) -> None:
        began, at = self._instants(point, label)
        self._place(at, nodes)
        if isinstance(label, Labelled) and isinstance(self._step(label), Resend) and label.action == Operate():
            self._resent(nodes, at)
        if isinstance(label, Labelled) and isinstance(label.action, Slip):
            if label.action.error == "delay":
                self.put_off = label.step
            else:
                self.faults.append(OperatorSlip(operator=label.action.error, step=label.step))
        elif isinstance(label, Labelled) and self.put_off == label.step:
            self._delayed(began)
        self.last = max(self.last, at)
        # The last step of the operator at this instant, if nothing but steps came after it.
        self.step = label.step if isinstance(label, Labelled) and isinstance(label.action, Operate) else ""

    # -- faults in time --------------------------------------------------------------------------------------------

    def _strike(self, point: Point, nodes: tuple[Node, ...], label: TimedFault) -> None:
        """The link or a site goes down or comes back: between two events, or next to a step of the operator."""
        what, begins = label.action.what, isinstance(label.action, Down)
        beside = begins and point.stage == "now"
        at = self.last if beside else self._between(point, label)
        if not beside:
            self._place(at, nodes)
            self.last = at
            at = self._first_held(nodes, at) if begins and self.timing.early else at
        if not begins:
            self.back = label.at, at
            self._return(*self.down.pop(what), at)
            return
        self.down[what] = len(self.faults), at
        moment = moment_of(at, self.weekend.model.rulebook)
        if what == LINK:
            self.faults.append(Outage(link="outage", from_=moment))
        elif not beside:
            self.faults.append(Crash(site="crash", of=what, at=moment))
        elif self.step:
            self.faults.append(Crash(site="crash", of=what, after=self.step))
        else:
            step = self.weekend.model.step(point.control.todo[0]).id
            self.faults.append(Crash(site="crash", of=what, before=step))

    def _between(self, point: Point, label: TimedFault) -> int:
        """The instant of a fault in time: soon after the last event, shortly before the next one, or midway."""
        spans = dict(self.weekend.environment.faults.returns(point))
        first = max(self.last, label.at) + len(self.waiting) + 1
        last = max(first, spans.get(label.at, first + MINUTE))
        when = self.timing.strikes[self.struck % len(self.timing.strikes)]
        self.struck += 1
        late = max(first, last - max(1, self.lag // 2))
        return {"soon": first, "midway": (first + last) // 2, "late": late}[when]

    def _first_held(self, nodes: tuple[Node, ...], at: int) -> int:
        """The instant at which the first redo was committed that is still on the link at an instant."""
        sent = {number: sum(entry.held == "sent" for entry in self._redo(node)) for number, node in enumerate(nodes)}
        held = (act for number, n in sent.items() if n for act in self.shipped[number][-n:])
        return min((act.at for act in held), default=at)

    def _return(self, index: int, since: int, at: int) -> None:
        fault = self.faults[index]
        if isinstance(fault, Outage):
            self.faults[index] = attrs.evolve(fault, until=moment_of(max(at, since + 1), self.weekend.model.rulebook))
        else:
            self.faults[index] = attrs.evolve(fault, back=max(1, at - since))

    # -- events ----------------------------------------------------------------------------------------------------

    def _step(self, label: Labelled) -> Step:
        runbook = self.weekend.model.runbook
        return runbook.steps[runbook.by_id[label.step]]

    def _resent(self, nodes: tuple[Node, ...], at: int) -> None:
        """Entries that are sent again count once more: link faults number an account's entries as they are shipped."""
        for number, node in enumerate(nodes):
            again = [entry for entry in self._redo(node) if entry.held in ("lost", "late")]
            act = _Act(self.weekend.accounts[number].id, None, number, ships=False, at=at)
            self.shipped.setdefault(number, []).extend([act] * len(again))

    def _delayed(self, at: int) -> None:
        due = self.weekend.model.due[self.weekend.model.runbook.by_id[self.put_off]]
        self.faults.append(OperatorSlip(operator="delay", step=self.put_off, by=max(1, at - due)))
        self.put_off = ""

    def _instants(self, point: Point, label: Tick | Labelled) -> tuple[int, int]:
        """The instants at which a tick or runbook step begins and ends."""
        model = self.weekend.model
        if isinstance(label, Tick):
            at = next(at for at, tick in model.ticks if tick == label)
            return at, at
        index = model.runbook.by_id[label.step]
        step = self._step(label)
        timeout = step.timeout if isinstance(step, Drain) and label.action == Operate(timed_out=True) else None
        began = max(model.due[index], point.at if point.put_off else 0)
        if timeout is not None:
            began = self.weekend.environment.began(point)
            # It began when what the steps before it waited for came back.
            began = max(began, self.back[1]) if began >= self.back[0] else began
        if self.put_off == label.step:
            began = max(self.last, model.due[index]) + (len(self.waiting) + 2) * 1000
        return began, max(began + (timeout or 0), self.last)

    def _place(self, until: int, nodes: tuple[Node, ...]) -> None:
        """Give the acts since the last event their instants, before the next event at ``until``.

        Most acts come early. An act whose redo must still be on the link at ``until`` comes within the lag before it,
        and so does everything that its account does afterwards.
        """
        lag = self.lag
        for number, node in enumerate(nodes):
            sent = sum(entry.held == "sent" for entry in self._redo(node))
            mine = [act for act in self.waiting if act.target == number and act.ships]
            for act in mine[len(mine) - sent :] if sent else ():
                act.held = True
        early = [act for act in self.waiting if not act.held]
        late = [act for act in self.waiting if act.held]
        room = 1 if self.timing.pressing else max(1, min(MINUTE, (until - lag - self.last) // (len(early) + 1)))
        for i, act in enumerate(early, start=1):
            act.at = self.last + i * room
        begin, gap = max(self.last, until - lag), max(1, lag // (len(late) + 1))
        if self.timing.pressing:
            gap = max(1, min(1000, lag // (len(late) + 2)))
            begin = max(self.last, until - (len(late) + 1) * gap)
        for i, act in enumerate(late, start=1):
            act.at = begin + i * gap
        self.acts += self.waiting
        self.waiting = []


def moment_of(at: int, rulebook: Rulebook) -> Moment:
    """An instant relative to the opening of its session or, between sessions, to the last close before it."""
    before: Moment | None = None
    for name in (n for n in rulebook.timeline if n in rulebook.by_name):
        session = rulebook.by_name[name]
        opens, closes = epoch(session.opens, rulebook), epoch(session.closes, rulebook)
        if opens <= at < closes:
            return Moment(name, None, at - opens)
        if at >= closes:
            before = Moment(name, "closes", at - closes)
        elif before is None:
            return Moment(name, "opens", at - opens)
    assert before is not None
    return before
