"""Explains what does not match, by the fewest assumptions: clocks, another runbook or a slip, one missing line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from dcsim.domain.moment import spell
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.report.reconcile import DayExplanation
from dcsim.semantics.model import Model
from dcsim.usecases.reconcile import clocks
from dcsim.usecases.reconcile.day import TestDay
from dcsim.usecases.reconcile.explain_accounts import AccountExplanations, Show, Why
from dcsim.usecases.reconcile.hypotheses import (
    HypothesisScore,
    Sample,
    answers_under,
    copies,
    delays,
    extremes,
    offsets,
    runbooks,
    sample,
    scores,
    slips,
)
from dcsim.usecases.reconcile.reading import questions_behind
from dcsim.usecases.reconcile.stores import stale_stores
from dcsim.usecases.reconcile.trial import DumpPlace, History, HistoryVerdict, Trial, some

MOST_CLOCKS = 2000
"""How many accounts are tried with clocks that are off."""
ROUNDS = 4
OTHER_READING = Why("as another answer to the open question has it")
NEAR = 0.8
"""Another hypothesis is told too if it explains this part of what the best one does."""


@attrs.define(eq=False)
class Explained:
    """What was found: the explanation of each account, those that match within the tolerance of clocks, what explains
    most, what is nearly as good, and how many were not tried.
    """

    why: dict[int, Why] = attrs.field(factory=dict)
    within: set[int] = attrs.field(factory=set)
    best: list[DayExplanation] = attrs.field(factory=list)
    others: list[DayExplanation] = attrs.field(factory=list)
    notes: list[str] = attrs.field(factory=list)


@attrs.define(eq=False)
class Explainer:
    """Tries hypotheses on the accounts that do not match. ``unlike``: the answer of each of them."""

    trial: Trial
    unlike: dict[int, HistoryVerdict]
    tolerance: int
    more: Sequence[Runbook]
    show: Show
    found: Explained = attrs.field(factory=Explained)
    day: TestDay = attrs.field(init=False)
    target: DumpPlace = attrs.field(init=False)
    scenario: Scenario = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.day, self.target, self.scenario = self.trial.day, self.trial.target, self.trial.day.scenario

    def explain(self) -> Explained:
        """Try everything, the cheapest assumption first."""
        for account, answer in self.unlike.items():
            if answer.as_predicted:
                self.found.why[account] = Why("as predicted: this runbook does so, and breaks the promise")
        model, answers = self.day.model, {n: a for n, a in self.unlike.items() if n not in self.found.why}
        answers = self._clocks(model, answers)
        if all(map(self._permitted, answers)):
            # Whatever differs is permitted by another reading: nobody need have done anything wrong.
            self.found.why |= dict.fromkeys(answers, OTHER_READING)
            return self.found
        model, answers = self._runbooks(model, answers)
        if self.found.best:
            answers = self._clocks(model, answers)
        self.found.why |= {account: OTHER_READING for account in answers if self._permitted(account)}
        left = {n: answer for n, answer in answers.items() if n not in self.found.why}
        found = AccountExplanations(
            attrs.evolve(self.day, model=model), self.target, self.scenario, left, self.show
        ).explained()
        self.found.why |= found.why
        self.found.best += found.counted
        self.found.notes += found.notes
        return self.found

    def _permitted(self, account: int) -> bool:
        """Whether all that differs is permitted by another reading of what the source leaves open."""
        answer = self.unlike[account]
        if any(verdict.violation or not verdict.promised for verdict in answer.fields):
            return False
        return not answer.unlike or bool(questions_behind(self.trial, account, answer.unlike[0]))

    # -- clocks --------------------------------------------------------------------------------------------------------

    def _clocks(self, model: Model, answers: dict[int, HistoryVerdict]) -> dict[int, HistoryVerdict]:
        """What is left of the accounts once clocks may be off by some seconds."""
        tried = [account for account, answer in answers.items() if answer.unlike][:MOST_CLOCKS]
        best = {
            account: (History(account, tuple(self.day.history(account)), self.day.members[account]), answers[account])
            for account in tried
        }
        left = dict(answers)
        for _ in range(ROUNDS):
            pairs = [(n, h) for n, (old, answer) in best.items() for h in self._moved(old, answer)]
            if not pairs:
                break
            outcomes = some(self.day, model, self.target, [history for _, history in pairs], self.scenario)
            further: dict[int, tuple[History, HistoryVerdict]] = {}
            for (account, history), answer in zip(pairs, outcomes, strict=True):
                if account in left and answer.matches:
                    self.found.within.add(account)
                    del left[account]
                elif account in left and _reach(answer) > _reach(further.get(account, best[account])[1]):
                    further[account] = (history, answer)
            best = {account: each for account, each in further.items() if account in left}
        return left

    def _moved(self, history: History, answer: HistoryVerdict) -> Iterable[History]:
        return clocks.variants(self.day, history, answer, self.tolerance) if answer.unlike else ()

    # -- the operator --------------------------------------------------------------------------------------------------

    def _runbooks(self, model: Model, answers: dict[int, HistoryVerdict]) -> tuple[Model, dict[int, HistoryVerdict]]:
        """The model that explains most accounts, and what it leaves unexplained."""
        if not answers:
            return model, answers
        unlike = sample(self.day, answers)
        alike = sample(self.day, self._alike())
        tried = [
            *delays(self.day, answers.values()),
            *slips(self.day),
            *offsets(self.day, answers.values(), self.tolerance),
            *runbooks(self.day, self.target, self.more),
            *stale_stores(self.day),
            *copies(self.day),
            *extremes(self.day, self.target),
        ]
        ranked = scores(self.day, self.target, self.scenario, tried, unlike, alike)
        if not ranked or ranked[0].net <= 0:
            self.found.others += [self._told(score, unlike, alike) for score in ranked[:1]]
            return model, answers
        best = ranked[0]
        self.day = best.hypothesis.seen(self.day)
        under = answers_under(self.day, self.target, self.scenario, best.hypothesis, answers)
        self.scenario = best.hypothesis.under(self.scenario)
        left = {account: answer for account, answer in answers.items() if not under[account].as_predicted}
        self.found.why |= dict.fromkeys(answers.keys() - left.keys(), Why(best.hypothesis.says))
        self.found.best.append(
            DayExplanation(
                says=best.hypothesis.says,
                accounts=len(answers) - len(left),
                of=len(answers),
                contradicts=round(best.contradicts),
            )
        )
        near = [score for score in ranked[1:] if score.net >= NEAR * best.net]
        # Beside what the operator may have done, the clock is told.
        near.sort(key=lambda score: not score.hypothesis.ahead)
        # One of each sort says enough.
        first = {score.hypothesis.sort: score for score in reversed((best, *near))}
        told = [score for score in near if first[score.hypothesis.sort] is score][:2]
        self.found.others += [self._told(score, unlike, alike) for score in told]
        if len(near) > len(told):
            self.found.notes.append(f"{len(near) - len(told)} more slips or runbooks explain nearly as much")
        return best.hypothesis.model, {account: under[account] for account in left}

    def _alike(self) -> Iterable[int]:
        took_part = dict.fromkeys((*(row[1] for row in self.day.rows), *self.day.held))
        return (account for account in took_part if account not in self.unlike)

    def _told(self, score: HypothesisScore, unlike: Sample, alike: Sample) -> DayExplanation:
        return DayExplanation(
            says=score.hypothesis.says,
            accounts=round(score.explains),
            of=unlike.of,
            contradicts=round(score.contradicts),
            sampled=not (unlike.whole and alike.whole),
        )


def _reach(answer: HistoryVerdict) -> int:
    """How far the log is matched."""
    return answer.unlike[0].at if answer.unlike else 1 << 62


def tolerance_note(within: int, tolerance: int) -> str:
    """The note on accounts that match only if clocks may be off."""
    return f"{within:,} of the accounts match only if the clocks of single acts may be off by {spell(tolerance)}"
