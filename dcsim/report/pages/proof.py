"""The page of a check: the verdict with its bounds, what breaks after which slips and faults, what it covers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import attrs

from dcsim.checker.explorers.big_counts import Count
from dcsim.checker.explorers.engines import NOT_ATTRIBUTED
from dcsim.checker.explorers.protocol import Mishaps, Occurrence, in_words
from dcsim.checker.model.point import ERRORS, RULE
from dcsim.checker.question.safety import Counterexample
from dcsim.domain.account import Account
from dcsim.files.write import write_steps
from dcsim.report.check import MOST_NAMED, CheckResult, count, count_of, faults_of
from dcsim.report.pages.proof_words import NO_FAULT, any_number, card_texts, no_fault_possible, sentences, tone_of
from dcsim.report.pages.render import page
from dcsim.report.pages.timeline import Timeline
from dcsim.report.run_view import stated
from dcsim.semantics.intent import empty
from dcsim.semantics.invariant_registry import practice, spell


@attrs.frozen(kw_only=True)
class Growth:
    """How much there is to explore within some bounds, and what breaks there. ``why``: why it was not counted."""

    ops: int | None
    faults: int
    slips: int
    engine: str = ""
    states: Count = 0
    transitions: Count = 0
    exact: bool = True
    broken: tuple[str, ...] = ()
    why: str = ""

    @property
    def counted(self) -> tuple[str, str]:
        """States and transitions in words."""
        about = "" if self.exact else "at most "
        return f"{about}{count(self.states)}", f"{about}{count(self.transitions)}"


@attrs.frozen(kw_only=True)
class MishapRow:
    """A combination of faults and slips: what breaks after it, and each counterexample's number, if there is one."""

    words: str
    breaks: tuple[tuple[str, int], ...] = ()


@attrs.frozen(kw_only=True)
class ExampleView:
    """A counterexample on the page. ``first``: no other of the same invariant stands above it."""

    number: int
    example: Counterexample
    timeline: Timeline
    first: bool = True

    @property
    def after(self) -> str:
        """Its faults and slips in words."""
        return in_words(self.example.after)

    @property
    def statement(self) -> str:
        """What does not hold, in words."""
        return stated(self.example.invariant)

    @property
    def steps(self) -> list[str]:
        """The steps of its scenario."""
        return list(write_steps(self.example.scenario))

    @property
    def practice(self) -> bool:
        """Whether it breaks a practice, and not the promise."""
        return practice(self.example.invariant)


@attrs.frozen(kw_only=True, eq=False)
class ProofPage:
    """What the page of a check shows.

    ``timelines`` are those of the counterexamples. ``traces`` are their traces, as ids and contents of scripts that no
    browser runs. ``again`` is the command, and ``digests`` are those of the rulebook's and the runbook's text.
    """

    result: CheckResult
    again: str
    timelines: tuple[Timeline, ...] = ()
    growth: tuple[Growth, ...] = ()
    digests: Mapping[str, str] = attrs.field(factory=dict)
    traces: tuple[tuple[str, str], ...] = ()

    @property
    def html(self) -> str:
        """The page as text."""
        word, tone = tone_of(self.result)
        sentence, lead = sentences(self.result)
        return page(
            "proof.html.j2",
            styles=("timeline.css", "proof.css"),
            page=self,
            result=self.result,
            answer=self.result.answer,
            weekend=self.result.weekend,
            word=word,
            tone=tone,
            sentence=sentence,
            lead=lead,
            any_number=any_number(self.result),
            cards=card_texts(self.result),
            count_of=count_of,
            slip_kinds=ERRORS,
            faults=faults_of(self.result.weekend),
            no_fault=NO_FAULT if no_fault_possible(self.result) else "",
        )

    @cached_property
    def examples(self) -> tuple[ExampleView, ...]:
        """The counterexamples, numbered from 1."""
        seen: set[str] = set()
        views: list[ExampleView] = []
        for example, small in zip(self.result.counterexamples, self.timelines, strict=True):
            first = example.invariant not in seen
            views.append(ExampleView(number=len(views) + 1, example=example, timeline=small, first=first))
            seen.add(example.invariant)
        return tuple(views)

    @cached_property
    def mishaps(self) -> dict[Mishaps, MishapRow]:
        """What was told of faults and slips: what breaks something, and each single one that breaks nothing more."""
        answer, found = self.result.answer, self.result.added
        # A single one may break only what breaks without it: it adds nothing, and does not survive.
        single = [after for after in answer.broken if len(after) == 1] + [(one,) for one in answer.survived]
        told = dict.fromkeys(after for after in (*found, *single) if after and after != NOT_ATTRIBUTED)
        return {
            after: MishapRow(
                words=in_words(after), breaks=tuple((name, self._shown(name, after)) for name in found.get(after, ()))
            )
            for after in told
        }

    @property
    def slips(self) -> list[tuple[str, list[tuple[str, MishapRow | None]]]]:
        """A row for each step of the runbook, with what each slip at it breaks (None: nothing is told of it)."""
        if not self.result.weekend.slips:
            return []
        steps = [step.id for step in self.result.weekend.model.runbook.steps]
        return [(s, [(slip, self.mishaps.get((Occurrence("slip", slip, s),))) for slip in ERRORS]) for s in steps]

    @property
    def faults(self) -> list[MishapRow]:
        """What each fault breaks."""
        return [row for after, row in self.mishaps.items() if len(after) == 1 and after[0].kind == "fault"]

    @property
    def not_attributed(self) -> tuple[str, ...]:
        """What breaks, of which it is not known after which slips and faults, or even without any."""
        return self.result.answer.broken.get(NOT_ATTRIBUTED, ())

    @property
    def together(self) -> list[MishapRow]:
        """The combinations of several that break what no part of them does."""
        return [row for after, row in self.mishaps.items() if len(after) > 1]

    def _shown(self, name: str, after: Mishaps) -> int:
        """Return the number of the counterexample that shows a break, or 0."""
        return next((e.number for e in self.examples if (e.example.invariant, e.example.after) == (name, after)), 0)

    @property
    def survived(self) -> frozenset[str]:
        """The single faults and slips that break nothing."""
        return frozenset(one.words for one in self.result.answer.survived)

    @property
    def groups(self) -> Iterator[list[tuple[str, str, str]]]:
        """Who takes part, group by group: each account's name, its kind, and what it begins with."""
        for part in self.result.weekend.parts:
            yield [(a.id, a.profile.kind, _begins(a)) for a in part.accounts[:MOST_NAMED]]

    @property
    def unnamed(self) -> int:
        """How many accounts are not named."""
        return sum(max(0, len(part.accounts) - MOST_NAMED) for part in self.result.weekend.parts)

    @property
    def decided(self) -> list[tuple[str, str]]:
        """The rules that decided something, each with its citation or its assumption; also in a part of a search."""
        fired, rules = self.result.answer.explored.fired, self.result.weekend.model.rulebook.rules
        return [(rule.id, rule.basis) for rule in rules if fired.get(Occurrence(RULE, rule.id))]

    @property
    def cut_off(self) -> bool:
        """Whether the search ended before everything was looked at or decided."""
        explored = self.result.answer.explored
        return not explored.complete or bool(explored.why)

    def told(self, step: str, slip: str) -> str:
        """Say what is known of a slip of which nothing was told."""
        if not self.cut_off:
            return "never happened"
        happened = self.result.answer.explored.fired.get(Occurrence("slip", slip, step))
        return "happened; not decided" if happened else "not decided"

    @property
    def fired(self) -> list[tuple[str, str]]:
        """How often each thing happened."""
        fired = self.result.answer.explored.fired
        return [(name, count(number)) for name, number in sorted((str(each), n) for each, n in fired.items())]

    @property
    def bars(self) -> list[tuple[Growth, int]]:
        """The growth, each row with its share of the largest number of states, in percent."""
        sizes = [row.states for row in self.growth if isinstance(row.states, int)]
        most = max(sizes, default=1) or 1
        return [
            (g, max(1, 100 * g.states // most) if isinstance(g.states, int) and g.states else 0) for g in self.growth
        ]


def _begins(account: Account) -> str:
    """Say what an account begins with, apart from what is empty."""
    start = account.start
    held = [f"{field} {spell(start[field].value)}" for field in start.fields if start[field].value != empty(field)]
    return ", ".join(held) or "nothing"
