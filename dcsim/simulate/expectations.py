"""The judge: holds what happened against what the scenario expects to see."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dcsim.domain.actions import LaneAction, Request
from dcsim.domain.outcome import Refused, Transition
from dcsim.domain.scenario import ClientStep, Scenario, Seen
from dcsim.semantics.interning import Hop
from dcsim.semantics.invariants import spell
from dcsim.semantics.model import Model
from dcsim.trace.event import Failure, Trace
from dcsim.trace.recorder import Recorder

KEEP = 100
"""Failures of one kind beyond this number are counted, not kept."""


@attrs.define(eq=False)
class Judge:
    """Collects the expectations that were not met."""

    model: Model
    scenario: Scenario
    recorder: Recorder
    failures: list[Failure] = attrs.field(factory=list)
    met: set[int] = attrs.field(factory=set)

    def step(self, step: ClientStep, account: int, action: LaneAction, hop: Hop) -> None:
        """Hold one act's outcome against the step's expectation; a request that is accepted is not judged yet."""
        outcome = hop.step.outcome
        refused = isinstance(outcome, Refused)
        if step.expect == "any" or (step.expect == "accepted" and not refused):
            return
        if isinstance(action, Request) and not refused:
            return
        if getattr(outcome, "code", "") == "no-request" or meets(step.expect, outcome):
            return
        self._fail(step.line, account, step.action.verb, step.expect, told(outcome))

    def opened(self, session: str, site: str) -> None:
        """Hold each account's record at a target that opens against what the scenario expects there."""
        for index, seen in enumerate(self.scenario.seen):
            if seen.target == session:
                self.met.add(index)
                for account, field in self._amiss(seen, site):
                    where, found = f"{field} when {session} opens", self.recorder.lane(account).store(site)[field]
                    self._fail(seen.line, account, where, spell(seen.fields[field]), spell(found.value))

    def _amiss(self, seen: Seen, site: str) -> Iterator[tuple[int, str]]:
        """Accounts and fields that hold something else; accounts in the same lane are looked at once."""
        lanes, numbers = self.recorder.lanes, self.recorder.roster.numbers(seen.account)
        wrong = {}
        for number in set(lanes[numbers.start : numbers.stop]):
            record = self.recorder.table.lanes[number].store(site)
            wrong[number] = [f for f, expected in seen.fields.items() if not same(record[f].value, expected)]
        if any(wrong.values()):
            yield from ((account, field) for account in numbers for field in wrong[lanes[account]])

    def _fail(self, line: int, account: int, where: str, expected: str, actual: str) -> None:
        if len(self.failures) < KEEP:
            name = self.recorder.roster.name(account)
            self.failures.append(
                Failure(line=line, account=name, where=where, expected=expected, actual=actual, at=self.recorder.now)
            )

    def trace(self) -> Trace:
        """The run as a whole, with expectations about targets that never opened."""
        for index, seen in enumerate(self.scenario.seen):
            if index not in self.met:
                never = Failure(
                    line=seen.line, account=seen.account, where=seen.target, expected="opens", actual="never opened"
                )
                self.failures.append(never)
        recorder = self.recorder
        return Trace(
            events=tuple(recorder.events),
            failures=tuple(self.failures),
            broken=tuple(recorder.broken.values()),
            noticed=tuple(recorder.noticed.values()),
            actions=recorder.actions,
            digest=recorder.digest,
        )


def same(found: object, expected: object) -> bool:
    """Equal, and of one type: 1 is not yes."""
    return found == expected and type(found) is type(expected)


def told(outcome: Transition) -> str:
    """An outcome in the words of an expectation."""
    if isinstance(outcome, Refused):
        return f"refused {outcome.code}"
    return outcome.shows or "accepted"


def meets(expect: str, outcome: Transition) -> bool:
    """Whether an outcome is what a step expects."""
    if expect == "any":
        return True
    if isinstance(outcome, Refused):
        return expect in ("refused", f"refused {outcome.code}")
    return expect == "accepted" or bool(outcome.shows and expect == outcome.shows)
