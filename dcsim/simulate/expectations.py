"""The judge: compares what happened in a run with what the scenario expects."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dcsim.domain.action_outcome import Refused, Transition
from dcsim.domain.actions import LaneAction, Request
from dcsim.domain.scenario import ClientStep, Scenario, Seen
from dcsim.semantics.interning import Hop
from dcsim.semantics.invariant_registry import spell
from dcsim.semantics.model import Model
from dcsim.trace.event import Failure, Trace
from dcsim.trace.recorder import Recorder

KEEP = 100
"""Failed expectations of a run beyond this number are not kept."""


@attrs.define(eq=False)
class Judge:
    """Collects the expectations that were not met."""

    model: Model
    scenario: Scenario
    recorder: Recorder
    failures: list[Failure] = attrs.field(factory=list)
    reached: set[int] = attrs.field(factory=set)
    """The indices of those ``seen`` expectations whose target has opened."""

    def judge_step(self, step: ClientStep, account: int, action: LaneAction, hop: Hop) -> None:
        """Compare one act's outcome with the step's expectation."""
        outcome = hop.step.outcome
        refused = isinstance(outcome, Refused)
        if step.expect == "any" or (step.expect == "accepted" and not refused):
            return
        # An accepted request is judged at its commit. The commit of a refused one ("no-request") was judged before.
        if isinstance(action, Request) and not refused:
            return
        if getattr(outcome, "code", "") == "no-request" or meets(step.expect, outcome):
            return
        self._fail(step, account, step.action.verb, step.expect, in_words(outcome))

    def judge_opening(self, session: str, site: str) -> None:
        """Compare each account's record at a target that opens with what the scenario expects there."""
        for index, seen in enumerate(self.scenario.seen):
            if seen.target == session:
                self.reached.add(index)
                for account, field in self._differing(seen, site):
                    where, found = f"{field} when {session} opens", self.recorder.lane(account).store(site)[field]
                    self._fail(seen, account, where, spell(seen.fields[field]), spell(found.value))

    def _differing(self, seen: Seen, site: str) -> Iterator[tuple[int, str]]:
        """The accounts and fields that hold another value than expected."""
        # Accounts in the same lane hold the same: each lane is compared once, also for a hundred thousand accounts.
        lanes, numbers = self.recorder.lanes, self.recorder.roster.numbers(seen.account)
        wrong = {}
        for number in {lanes[account] for account in numbers}:
            record = self.recorder.table.lanes[number].store(site)
            wrong[number] = [f for f, expected in seen.fields.items() if not same(record[f].value, expected)]
        if any(wrong.values()):
            yield from ((account, field) for account in numbers for field in wrong[lanes[account]])

    def _fail(self, of: ClientStep | Seen, account: int, where: str, expected: str, actual: str) -> None:
        if len(self.failures) < KEEP:
            name, at = self.recorder.roster.name(account), self.recorder.now
            failure = Failure(line=of.line, account=name, where=where, expected=expected, actual=actual, at=at)
            self.failures.append(attrs.evolve(failure, file=of.file))

    def trace(self) -> Trace:
        """The whole run. Expectations about targets that never opened fail here."""
        for index, seen in enumerate(self.scenario.seen):
            if index not in self.reached:
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
