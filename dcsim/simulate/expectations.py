"""The judge: compares what happened in a run with what the scenario expects."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import attrs

from dcsim.domain.action_outcome import Refused, Transition
from dcsim.domain.actions import LaneAction, Request
from dcsim.domain.moment import clock, epoch
from dcsim.domain.scenario import ClientStep, Scenario, Seen
from dcsim.semantics.interning import Hop
from dcsim.semantics.invariant_registry import spell
from dcsim.semantics.model import Model
from dcsim.trace.event import Failure, Opening, Trace
from dcsim.trace.histories import with_events
from dcsim.trace.recorder import Recorder

KEEP = 100
"""So many failed expectations of a run are kept. Those beyond are counted, by what failed; so many kinds are kept."""


@attrs.define(eq=False)
class Judge:
    """Collects the expectations that were not met, and what the accounts in ``watch`` held when a session opened."""

    model: Model
    scenario: Scenario
    recorder: Recorder
    watch: frozenset[int] = frozenset()
    failures: list[Failure] = attrs.field(factory=list)
    more: dict[tuple[object, ...], Failure] = attrs.field(factory=dict)
    """The first failure of each kind beyond those that are kept. Accounts that fail alike are of one kind."""
    counts: dict[tuple[object, ...], int] = attrs.field(factory=dict)
    """How many accounts each of these kinds has."""
    openings: list[Opening] = attrs.field(factory=list)
    reached: set[int] = attrs.field(factory=set)
    """The indices of those ``seen`` expectations whose target has opened in time."""
    late: dict[str, int] = attrs.field(factory=dict)
    """When those targets opened that opened only after their windows had closed."""

    @cached_property
    def _indices(self) -> dict[int, int]:
        """The index of each step of the scenario, by its identity."""
        return {id(step): index for index, step in enumerate(self.scenario.steps)}

    def judge_step(self, step: ClientStep, account: int, action: LaneAction, hop: Hop, accounts: int = 1) -> None:
        """Compare one act's outcome with the step's expectation. If no more failures are kept, so many ``accounts`` may
        be judged together, for which it was the same.
        """
        found = unexpected(step, action, hop)
        if found:
            index = self._indices[id(step)]
            self._fail((id(step), found), accounts, step, account, step.action.verb, step.expect, found, step=index)

    def judge_opening(self, session: str, site: str) -> None:
        """Compare each account's record at a target that opens with what the scenario expects there.

        After the window has closed nobody is served from the record, so no expectation is met by it.
        """
        if self.recorder.now >= epoch(self.model.session(session).closes, self.model.rulebook):
            self.late.setdefault(session, self.recorder.now)
            self._watch(session, site)
            return
        for index, seen in enumerate(self.scenario.seen):
            if seen.target == session:
                self.reached.add(index)
                for account, accounts, field, found in self._differing(seen, site):
                    where, expected = f"{field} when {session} opens", spell(seen.fields[field])
                    place = {"field": field, "target": session, "site": site}
                    self._fail((index, field, found), accounts, seen, account, where, expected, found, **place)
        self._watch(session, site)

    def _differing(self, seen: Seen, site: str) -> Iterator[tuple[int, int, str, str]]:
        """The accounts and fields that hold another value than expected, and that value. An account may stand for so
        many alike.
        """
        # Accounts in the same lane hold the same: each lane is compared once, also for a hundred thousand accounts.
        recorder, numbers = self.recorder, self.recorder.roster.numbers(seen.account)
        many, lanes = recorder.many, recorder.lanes
        wrong: dict[int, list[tuple[str, str]]] = {}
        for number in many.distinct_of(numbers) if many else {lanes[account] for account in numbers}:
            record = recorder.table.lanes[number].store(site)
            differ = [field for field, expected in seen.fields.items() if not same(record[field].value, expected)]
            if differ:
                wrong[number] = [(field, spell(record[field].value)) for field in differ]
        if not wrong:
            return
        one_by_one = ((account, 1) for account in numbers if lanes[account] in wrong)
        for account, accounts in many.alike(numbers, wrong, KEEP - len(self.failures)) if many else one_by_one:
            yield from ((account, accounts, field, found) for field, found in wrong[lanes[account]])

    def _fail(
        self,
        kind: tuple[object, ...],
        accounts: int,
        of: ClientStep | Seen,
        account: int,
        where: str,
        expected: str,
        actual: str,
        **place: Any,
    ) -> None:
        """Keep a failure, or count it: of one account, or if no more are kept, of so many."""
        if kind not in self.counts:
            name, now = self.recorder.roster.name(account), self.recorder.now
            words = {"where": where, "expected": expected, "actual": actual, **place}
            failure = Failure(line=of.line, file=of.file, account=name, at=now, **words)
            if len(self.failures) < KEEP:
                self.failures.append(failure)
                return
            kind = kind if len(self.more) < KEEP else ()
            if kind:
                self.more[kind] = failure
        self.counts[kind] = self.counts.get(kind, 0) + accounts

    def _watch(self, session: str, site: str) -> None:
        """Keep what the watched accounts hold at a session that opens."""
        recorder = self.recorder
        for account in sorted(self.watch):
            lane = recorder.lane(account)
            record, start, rows = lane.store(site), lane.ledger.start, lane.ledger.of(session)
            fields = {f: record[f] for f in record.fields if f in rows or not same(record[f].value, start[f].value)}
            name, event = recorder.roster.name(account), len(recorder.events)
            self.openings.append(Opening(event=event, session=session, site=site, account=name, fields=fields))

    def _unopened(self, target: str) -> dict[str, Any]:
        """What was expected of a target that did not open in time, and what was found."""
        if target not in self.late:
            return {"expected": "opens", "actual": "never opened"}
        when = clock(self.late[target], self.model.rulebook)
        return {"expected": "opens in its window", "actual": f"opened at {when}, after its window had closed"}

    def trace(self) -> Trace:
        """The whole run. Expectations about targets that never opened in time fail here."""
        for index, seen in enumerate(self.scenario.seen):
            if index not in self.reached:
                place: dict[str, Any] = {
                    "line": seen.line,
                    "file": seen.file,
                    "account": seen.account,
                    "target": seen.target,
                }
                self.failures.append(Failure(where=seen.target, **self._unopened(seen.target), **place))
        recorder, histories = self.recorder, self.recorder.histories
        name = recorder.roster.name
        return Trace(
            events=tuple(recorder.events),
            failures=tuple(self.failures),
            broken=tuple(recorder.broken.values()),
            noticed=recorder.notices(),
            actions=recorder.actions,
            digest=recorder.digest,
            more=tuple(attrs.evolve(failure, accounts=self.counts[kind]) for kind, failure in self.more.items()),
            unkept=self.counts.get((), 0),
            openings=tuple(self.openings),
            accounts=recorder.roster.size,
            practices=self.model.practices,
            histories=with_events(histories.shared(name), recorder.events) if histories else (),
            administrators=tuple(map(name, sorted(histories.administrators()))) if histories else (),
        )


def unexpected(step: ClientStep, action: LaneAction, hop: Hop) -> str:
    """What an act came to, in words, if it is not what its step expects; else empty."""
    outcome = hop.step.outcome
    refused = isinstance(outcome, Refused)
    if step.expect == "any" or (step.expect == "accepted" and not refused):
        return ""
    # An accepted request is judged at its commit. The commit of a refused one ("no-request") was judged before.
    if isinstance(action, Request) and not refused:
        return ""
    if getattr(outcome, "code", "") == "no-request" or meets(step.expect, outcome):
        return ""
    return in_words(outcome)


def same(found: object, expected: object) -> bool:
    """Whether two values are equal and of one type: 1 is not yes, although Python calls 1 and True equal."""
    return found == expected and type(found) is type(expected)


def in_words(outcome: Transition) -> str:
    """An outcome in the words in which a step's ``expect`` is written."""
    if isinstance(outcome, Refused):
        return f"refused {outcome.code}"
    return outcome.shows or "accepted"


def meets(expect: str, outcome: Transition) -> bool:
    """Whether an outcome is the one that a step expects."""
    if expect == "any":
        return True
    if isinstance(outcome, Refused):
        return expect in ("refused", f"refused {outcome.code}")
    return expect == "accepted" or bool(outcome.shows and expect == outcome.shows)
