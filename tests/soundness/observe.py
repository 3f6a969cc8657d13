"""A weekend as a bystander sees it: a run of dcsim, told in the judge's words.

A store is looked at through what a scenario expects to see when a session opens: it expects what no store holds, and
the run says what it found instead. To look in the middle of a window, the session is closed and opened again within
one instant, in which nobody can act.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import judge as judging

from dcsim.domain.account import FIELDS
from dcsim.domain.actions import ClientAction, Commit, Down, Operate, Request, Up
from dcsim.domain.moment import Moment, epoch
from dcsim.domain.runbook import Close, Open, Runbook, Step
from dcsim.domain.scenario import Scenario, Seen
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate import expectations
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Trace

NOTHING = "(what no store holds)"
LOOK = "look-"
"""What the ids of the steps begin with that look at a store."""
expectations.KEEP = 10**6  # each look is a failure of an expectation: none may be left out


@attrs.frozen(eq=False)
class Observer:
    """Runs scenarios of one model, and says what was seen; models with the same looks are made once."""

    model: Model
    fields: tuple[str, ...]
    _tables: dict[object, Table] = attrs.field(factory=dict)

    def watch(self, scenario: Scenario, *, strictly: bool = False):
        """What is seen of a run, with a look at the serving store whenever it may have changed; and the plain run.

        ``strictly``: after each step, even where the next one is taken in the same instant.
        """
        plain = simulate(self.model, scenario, tracing=True, table=self._table(()))
        table = self._table(tuple(self._looks(plain, strictly=strictly)))
        trace = simulate(table.model, self._expecting(scenario), tracing=True, table=table)
        seen = list(told(table.model, trace))
        if acts(seen) != acts(told(self.model, plain)):
            seen = list(told(self.model, plain))  # to look made a difference, which it should not: do without
        return seen, plain

    def _expecting(self, scenario: Scenario) -> Scenario:
        sessions = [session.name for session in self.model.rulebook.sessions]
        nothing = dict.fromkeys(self.fields, NOTHING)
        seen = (Seen(target=s, account=a.id, fields=nothing) for s in sessions for a in scenario.accounts)
        return attrs.evolve(scenario, seen=tuple(seen))

    def _table(self, looks: tuple[tuple[int, int, str, str], ...]) -> Table:
        """The model with looks, and what was computed of it: when a window opens, after each step in it, and just
        before it closes.
        """
        if looks not in self._tables:
            steps: list[Step] = []
            for number in range(-1, len(self.model.runbook.steps)):
                steps += [self.model.runbook.steps[number]] if number >= 0 else []
                for after, at, session, site in looks:
                    if after == number:
                        steps += look(self.model, at, session, site, len(steps))
            runbook = attrs.evolve(self.model.runbook, steps=tuple(steps))
            self._tables[looks] = Table(attrs.evolve(self.model, runbook=runbook))
        return self._tables[looks]

    def _looks(self, plain: Trace, *, strictly: bool) -> Iterator[tuple[int, int, str, str]]:
        """(the step after which to look, when, session, site), in order of time."""
        book = self.model.rulebook
        by_id = self.model.runbook.by_id
        taken = [(event.at, step) for event, step in operated(self.model.runbook, plain)]
        for session in sorted(book.sessions, key=lambda s: s.opens):
            opens, closes = epoch(session.opens, book), epoch(session.closes, book)
            instants = {opens, closes - 1, *(at for at, _ in taken if opens <= at < closes)}
            counts = {(at, sum(when <= at for when, _ in taken)) for at in instants}
            if strictly:
                counts |= {(at, number) for number, (at, _) in enumerate(taken, start=1) if opens <= at < closes}
            for at, number in sorted(counts):
                before = [step for _, step in taken[:number]]
                if session.site in down(plain, at):
                    continue  # a look is two steps, which would wait
                if before and served(before, session.name) == session.site:
                    last = max(by_id[step.id] for step in before)
                    due = max(at, *(self.model.due[by_id[step.id]] for step in before))
                    if due == at:
                        yield last, at, session.name, session.site


def down(trace: Trace, at: int) -> set[str]:
    """What is down at an instant, after all that happens then; or before any of it."""
    what: set[str] = set()
    for event in trace.events:
        if event.at > at:
            break
        if isinstance(event.action, Down):
            what.add(event.action.what)
        elif isinstance(event.action, Up) and event.at < at:
            what.discard(event.action.what)
    return what


def look(model: Model, at: int, session: str, site: str, number: int) -> tuple[Step, Step]:
    """Two steps that look at a store within one instant."""
    opens = epoch(model.rulebook.by_name[session].opens, model.rulebook)
    moment = Moment(session, "opens", at - opens)
    return (
        Close(id=f"{LOOK}{number}-closes", at=moment, session=session),
        Open(id=f"{LOOK}{number}-opens", at=moment, session=session, site=site),
    )


def served(steps: list[Step], session: str) -> str | None:
    """Where a session is open after these steps."""
    site = None
    for step in steps:
        if isinstance(step, Open) and step.session == session:
            site = step.site
        elif isinstance(step, Close) and step.session == session:
            site = None
    return site


def operated(runbook: Runbook, trace: Trace):
    """The steps of the operator that were done, each with its event."""
    for event in trace.events:
        if isinstance(event.action, Operate) and event.outcome == "moved" and event.says in runbook.by_id:
            yield event, runbook.steps[runbook.by_id[event.says]]


def acts(seen):
    """What came of clients' acts."""
    return [s for s in seen if isinstance(s, judging.Act)]


def told(model: Model, trace: Trace):
    """A trace in the judge's words."""
    failures = [f for f in trace.failures if f.expected == NOTHING and f.actual != "never opened"]
    done = {event.n: step for event, step in operated(model.runbook, trace)}
    for event in trace.events:
        step = done.get(event.n)
        if isinstance(event.action, Down):
            yield judging.Fell(event.at, event.action.what)
        elif isinstance(event.action, Up):
            yield judging.Rose(event.at, event.action.what)
        if step is not None:
            yield judging.Did(event.at, step)
            if isinstance(step, Open) and failures:
                yield judging.Look(event.at, step.session, step.site, dict(_held(event.at, step.session, failures)))
        elif isinstance(event.action, ClientAction | Request | Commit):
            yield _act(event)


def _act(event):
    shows = event.says if event.outcome == "moved" else ""
    done = event.action, event.outcome, shows, event.site, event.by
    if isinstance(event.action, ClientAction):
        return judging.Act(event.at, event.account, *done)
    part = "asks" if isinstance(event.action, Request) else "commits"
    return judging.Act(event.at, event.account, event.action.action, *done[1:], part, event.action.ticket)


def _held(at, session, failures):
    """What this opening found, which is what comes first of what is left."""
    end = f" when {session} opens"
    met = set()
    while failures and failures[0].at == at and failures[0].where.endswith(end):
        key = failures[0].account, failures[0].where.removesuffix(end)
        if key in met:
            return
        met.add(key)
        yield key, failures.pop(0).actual


def watcher(model: Model) -> Observer:
    """An observer of every field."""
    return Observer(model, (*FIELDS, *model.rulebook.records))


def verdict(observer: Observer, scenario: Scenario, *, strictly: bool = False):
    """Why a run of a scenario breaks the promise, by the judge; None if it does not. ``strictly``: what a store holds
    between two steps of one instant counts as well, though no client can come between them; and so does a window that
    a crash took whole, of which `check` does not speak.
    """
    model = observer.model
    seen, _ = observer.watch(scenario, strictly=strictly)
    return judging.judge(model.rulebook, model.runbook, model.policies, scenario.accounts, seen, strictly=strictly)
