"""Sums up what differs: equal differences are one row, with a count and examples. Values are shown through the veil."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from dcsim.domain.account import Value
from dcsim.domain.world import Question
from dcsim.report.reconcile import DayAccount, DayDifference
from dcsim.semantics.invariant_registry import INVARIANTS, spell
from dcsim.usecases.reconcile.day import UNNAMED, Row, TestDay
from dcsim.usecases.reconcile.explain_accounts import Why
from dcsim.usecases.reconcile.labels import START, UNTOLD, WRONG
from dcsim.usecases.reconcile.reading import questions_behind
from dcsim.usecases.reconcile.trial import DumpPlace, FieldVerdict, HistoryVerdict, Trial, same

EXAMPLES = 3


@attrs.define(eq=False)
class Grouped:
    """The accounts that have one difference alike."""

    kind: str
    what: str
    expected: str
    found: str
    verdict: str
    rests_on: tuple[str, ...]
    why: Why | None
    accounts: int = 0
    examples: list[str] = attrs.field(factory=list)

    @property
    def row(self) -> DayDifference:
        """The difference as a row of the report."""
        more = ["..."] if self.accounts > len(self.examples) else []
        explained = str(self.why) if self.why else ""
        if self.why and self.why.full and self.accounts > 1:
            explained = f"each by itself; the first {self.why.full}"
        made: dict[str, Any] = {"examples": (*self.examples, *more), "explained": explained}
        same_names = attrs.fields_dict(DayDifference).keys() - made.keys()
        return DayDifference(**{name: getattr(self, name) for name in same_names}, **made)


@attrs.define(eq=False)
class Summary:
    """Collects the differences of accounts."""

    day: TestDay
    target: DumpPlace
    trial: Trial
    groups: dict[tuple[Any, ...], Grouped] = attrs.field(factory=dict)
    accounts: list[DayAccount] = attrs.field(factory=list)
    _facts: dict[FieldVerdict, tuple[str, str, str, str, tuple[str, ...]]] = attrs.field(factory=dict)

    def add(self, account: int, answer: HistoryVerdict, why: Why | None) -> None:
        """Add what differs for one account. Of its acts only the first counts: the others may follow from it."""
        name, differs, basis = self.day.names[account], list[str](), tuple[str, ...]()
        first = answer.unlike[0] if answer.unlike else None
        if first:
            interval = self.day.interval(first.at)
            what, expected, found = f"{first.deed.template.words} in {interval}", first.got, first.deed.wanted
            basis = self._asked(account, questions_behind(self.trial, account, first), interval)
            group = self._group(why, "act", what, expected, found, "open" if basis else "differs", basis)
            if group.accounts < EXAMPLES:
                group.examples.append(f"{name} (line {first.line}, {self.day.clock(first.at)})")
            group.accounts += 1
            differs.append(f"{what}: {found} in the day, expected {expected}")
        for verdict in answer.fields:
            differs.append(self._add_field(account, verdict, why))
        full = str(why) if why else ""
        verdicts = [_verdict(each) for each in answer.fields] + (["open" if basis else "differs"] if first else [])
        worst = next((v for v in ("differs", "not permitted", "open") if v in verdicts), "matches")
        line = first.line if first else 0
        self.accounts.append(
            DayAccount(account=name, verdict=worst, line=line, differs="; ".join(differs), explained=full)
        )

    def _add_field(self, account: int, verdict: FieldVerdict, why: Why | None) -> str:
        facts = self._facts.get(verdict)
        if facts is None:
            facts = self._facts[verdict] = self._field_facts(account, verdict)
        group = self._group(why, "field", *facts)
        shown = self.show(account, verdict.found, verdict.field)
        if group.accounts < EXAMPLES:
            predicted = self.show(account, verdict.predicted, verdict.field)
            other = "" if same(verdict.found, verdict.predicted) else f", not {predicted}"
            group.examples.append(f"{self.day.names[account]} ({shown}{other})")
        group.accounts += 1
        what, expected, found = facts[:3]
        return f"{what}: {shown}, {found}; expected {expected}"

    def _field_facts(self, account: int, verdict: FieldVerdict) -> tuple[str, str, str, str, tuple[str, ...]]:
        """What a row of the report says. Accounts that lived alike share their verdicts, and so these facts."""
        role = _Roles(self.day, self.day.history(account))
        expected = role.of(verdict.predicted)
        if same(verdict.found, verdict.predicted):
            expected = f"{' or '.join(map(role.of, verdict.permitted)) or 'nothing'} (this runbook does the same)"
        what = f"{verdict.field} at {self.target.session}"
        return what, expected, role.of(verdict.found), _verdict(verdict), self._basis(account, verdict)

    def _group(self, why: Why | None, *facts: Any) -> Grouped:
        key = (*facts, why.kind if why else "")
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Grouped(*(*facts, why))
        return group

    def _basis(self, account: int, verdict: FieldVerdict) -> tuple[str, ...]:
        """The invariant and the rules that a value breaks; or the open questions that hang on it."""
        book = self.day.model.rulebook
        if verdict.violation:
            name = verdict.violation.invariant
            rules = (f"by rule {r.id}, {r.basis}" for r in book.rules if r.id in verdict.violation.rules)
            return (f"{name}: {INVARIANTS[name].statement}", *rules)
        return self._asked(account, verdict.questions, self.target.session)

    def _asked(self, account: int, questions: Iterable[Question], target: str) -> tuple[str, ...]:
        """Open questions in words, each with the rulebook's own questions that it hangs on."""
        book, kind = self.day.model.rulebook, self.day.members[account].profile.kind
        asked = []
        for change, made in questions:
            ids = ", ".join(question.id for question in book.questions_about(kind, change, made, target))
            says = f"the source does not say whether {change} made in {made} reaches {target}"
            asked.append(f"{says} ({ids})" if ids else says)
        return tuple(asked)

    def show(self, account: int, label: Value, field: str) -> str:
        """A value of an account as a report shows it."""
        return shown(self.day, account, label, field)

    @property
    def rows(self) -> tuple[DayDifference, ...]:
        """The differences; first those that most accounts have."""
        return tuple(group.row for group in sorted(self.groups.values(), key=lambda group: -group.accounts))


def _verdict(verdict: FieldVerdict) -> str:
    if verdict.violation:
        return "not permitted"
    return "open" if verdict.promised else "differs"


def shown(day: TestDay, account: int, label: Value, field: str) -> str:
    """A value of an account as a report shows it: a word of the scenario's files, or a salted hash."""
    if label == UNNAMED:
        text = day.dump.rows[day.names[account]][0][day.fields.index(field)]
        return day.veil.show(str(text))
    if not (isinstance(label, str) and label.startswith("\0")):
        return spell(label)
    if label == WRONG:
        return "a wrong one"
    texts = [text for text, known in day.tables[account].items() if known == label]
    # A start value also stands there as its hash, which comes second.
    return day.veil.show(texts[0]) if texts and isinstance(texts[0], str) else "not recorded"


@attrs.define(eq=False)
class _Roles:
    """Describes the values of one account by what they were in its day, whatever they are."""

    day: TestDay
    rows: Sequence[Row]

    def of(self, label: Value) -> str:
        if not (isinstance(label, str) and label.startswith("\0")):
            return spell(label)
        if label == UNNAMED:
            return "a value that the log does not know"
        if label.startswith(START):
            return "the value of the start"
        made = next((at for at, _, _, deed, _ in self.rows if label in deed.writes), None)
        place = f" in {self.day.interval(made)}" if made is not None else ""
        if label.startswith(UNTOLD):
            return f"a value set{place}, which the log does not record"
        return f"the value set{place}" if made is not None else "a value that was presented, and is set by no line"
