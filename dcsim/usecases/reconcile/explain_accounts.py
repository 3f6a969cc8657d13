"""Explains accounts one by one: redo that was lost or late, a line that is missing, a line that is there twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from dcsim.domain.account import Value
from dcsim.domain.scenario import Scenario
from dcsim.report.reconcile import DayExplanation
from dcsim.report.text import some as some_
from dcsim.usecases.reconcile import missing
from dcsim.usecases.reconcile.day import TestDay
from dcsim.usecases.reconcile.hypotheses import befallen, lived_alike
from dcsim.usecases.reconcile.trial import DumpPlace, HistoryVerdict, some

MOST_TRIED = 60
"""How many accounts are tried with everything; first one of each distinct history."""
MOST_ALIKE = 5000
"""How many more are tried with what explained an account that did the same."""
MOST_ADMINISTERED, MOST_OF_ALL = 3, 0.1
"""Unlogged acts of administrators explain so many accounts at most: a number, and a part of all."""
ADMINISTERED = "matches if one line of an administrator is missing"
MISSING, TWICE = "matches if one line is missing", "matches if one line is left out"

Show = Callable[[int, Value, str], str]


@attrs.frozen
class Why:
    """An explanation: of which kind, and (where it is another for each account) in full."""

    kind: str
    full: str = ""

    def __str__(self) -> str:
        return self.full or self.kind


@attrs.define(eq=False)
class AccountExplanations:
    """Explanations of single accounts. ``counted`` says how many accounts have one of each kind."""

    day: TestDay
    target: DumpPlace
    scenario: Scenario
    answers: dict[int, HistoryVerdict]
    show: Show
    why: dict[int, Why] = attrs.field(factory=dict)
    counted: list[DayExplanation] = attrs.field(factory=list)
    notes: list[str] = attrs.field(factory=list)

    def explained(self) -> AccountExplanations:
        """Try everything on some accounts, and what explained them on those that did the same."""
        groups = lived_alike(self.day, self.answers)
        tried = [group[0] for group in sorted(groups, key=len, reverse=True)]
        tried = list(dict.fromkeys((*tried, *self.answers)))[:MOST_TRIED]
        found = self._changes(missing.changes(self.day, self.target, n, self.answers[n]) for n in tried)
        faults = self._faults(tried)
        self._try_alike(groups, found)
        for account in tried:
            fault, line = faults.get(account, ""), self.why.get(account)
            if fault:
                self.why[account] = Why(fault, f"{fault}; or it {line}" if line else "")
        self._doubt()
        counts: dict[str, int] = {}
        for why in self.why.values():
            counts[why.kind] = counts.get(why.kind, 0) + 1
        for kind, number in sorted(counts.items(), key=lambda item: -item[1]):
            self.counted.append(DayExplanation(says=f"each by itself: {kind}", accounts=number, of=len(self.answers)))
        return self

    def _doubt(self) -> None:
        """Take back what would need many unlogged acts of administrators: something else made them alike."""
        took_part = len({*(row[1] for row in self.day.rows), *self.day.held})
        doubted = [account for account, why in self.why.items() if why.kind == ADMINISTERED]
        if len(doubted) > max(MOST_ADMINISTERED, took_part * MOST_OF_ALL):
            for account in doubted:
                del self.why[account]
            many = some_(len(doubted), "account")
            self.notes.append(f"{many} would each need an unlogged act of an administrator, which is not believed")

    def _try_alike(self, groups: Sequence[Sequence[int]], found: dict[int, missing.ChangedHistory]) -> None:
        """Try a missing line on the accounts that did the same as one which it explained."""
        # Their acts have the same labels, so that the same deed may be missing.
        alike = [
            (n, found[group[0]].insert) for group in groups if group[0] in found for n in group[1:] if n not in found
        ]
        chosen = [(n, deed) for n, deed in alike if deed][:MOST_ALIKE]
        self._changes(missing.inserted(self.day, self.target, n, self.answers[n], deed) for n, deed in chosen)
        rest = len(self.answers) - len({*found, *(n for n, _ in chosen)})
        if len(self.answers) > MOST_TRIED and rest:
            self.notes.append(f"missing lines and faults of single accounts were not tried on {rest:,} accounts")

    def _faults(self, accounts: Sequence[int]) -> dict[int, str]:
        """The first fault of its own redo that explains each account."""
        tried = [(account, *each) for account in accounts for each in befallen(self.day, account)]
        histories = [history for _, _, history in tried]
        outcomes = some(self.day, self.day.model, self.target, histories, self.scenario)
        fit = [(account, says) for (account, says, _), o in zip(tried, outcomes, strict=True) if o.as_predicted]
        return dict(reversed(fit))

    def _changes(self, tried: Iterable[Iterable[missing.ChangedHistory]]) -> dict[int, missing.ChangedHistory]:
        """For each account, the change that explains it and assumes least."""
        changes = [change for changes in tried for change in changes]
        histories = [change.history for change in changes]
        outcomes = some(self.day, self.day.model, self.target, histories, self.scenario)
        fit: dict[int, list[missing.ChangedHistory]] = {}
        for change, outcome in zip(changes, outcomes, strict=True):
            if outcome.as_predicted:
                fit.setdefault(change.history.account, []).append(change)
        best = {}
        for account, fitting in fit.items():
            first = best[account] = min(fitting, key=lambda change: (change.administers, change.values))
            alike = [change for change in fitting if _key(change) == _key(first)]
            full = f"matches {missing.words(self.day, account, alike, self.show)}"
            kind = ADMINISTERED if first.administers else MISSING
            self.why[account] = Why(kind if first.insert else TWICE, full)
        return best


def _key(change: missing.ChangedHistory) -> object:
    return (change.line,) if change.insert is None else (change.insert.template.words, change.insert.labels)
