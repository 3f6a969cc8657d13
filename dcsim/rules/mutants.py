"""Mutants: a rulebook in which one rule says something else, and a runbook in which the operator does one thing wrong.

A check that cannot tell a mutant from the original does not look where the two differ. Mutants come in a fixed order,
each once, and none says what the original says. They are well formed: what a lint may still find in one is its very
point, a rule that contradicts another or a restore point that is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Literal

import attrs

from dcsim.domain.account import BASELINE, typed
from dcsim.domain.moment import UNITS, Moment, instant, spell
from dcsim.domain.rulebook import Fate, Rule, Rulebook
from dcsim.domain.runbook import Drain, Runbook, Step
from dcsim.rules.decision_space import origins
from dcsim.rules.phrases import several

Slip = Literal["skip", "repeat", "delay", "swap"]
SLIPS: tuple[Slip, ...] = ("skip", "repeat", "delay", "swap")
Steps = tuple[Step, ...]

_OTHER_FATES: Mapping[Fate, tuple[Fate, ...]] = {
    "carry": ("discard",),
    "discard": ("carry",),
    "reset": ("carry", "discard"),
}


# -- rules ---------------------------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class RuleMutant:
    """A rulebook in which one rule is missing or says something else; ``how`` is what became of it (``negated``)."""

    rulebook: Rulebook
    rule: str
    how: str

    @property
    def name(self) -> str:
        """The rule and what became of it: ``fn1 not at monday``."""
        return f"{self.rule} {self.how}"


def rule_mutants(book: Rulebook) -> Iterator[RuleMutant]:
    """Each rule deleted, negated, and with one of its origins, targets, kinds or its baseline dropped or replaced.

    An origin gives way to the intervals and sessions next to it, a target to each other session, a kind of account to
    each other kind, a kind of change to the first of which the rule does not speak. What then no longer fits is left
    off as well: a target that does not come after the origin, a baseline that does not come before it.
    """
    for index, rule in enumerate(book.rules):
        yield RuleMutant(_instead(book, index), rule.id, "deleted")
        known = {_meaning(book, rule)}
        for how, mutation in _mutations(book, rule):
            fitted = _fitted(book, mutation)
            if fitted and _meaning(book, fitted) not in known:
                known.add(_meaning(book, fitted))
                yield RuleMutant(_instead(book, index, fitted), rule.id, how)


def _instead(book: Rulebook, index: int, *rules: Rule) -> Rulebook:
    """The rulebook with other rules, or none, in the place of one."""
    return attrs.evolve(book, rules=(*book.rules[:index], *rules, *book.rules[index + 1 :]))


def _meaning(book: Rulebook, rule: Rule) -> tuple[Any, ...]:
    """All that a rule says, in whatever order it lists it."""
    lists = (rule.accounts, book.expand(rule.changes), rule.made_in, rule.at)
    return (*map(frozenset, lists), rule.fate, typed(rule.to), rule.baseline)


def _mutations(book: Rulebook, rule: Rule) -> Iterator[tuple[str, Rule]]:
    spelled = attrs.evolve(rule, changes=book.expand(rule.changes))
    unsaid = tuple(kind for kind in book.kinds if kind not in spelled.changes)
    yield from _fates(rule)
    yield from _members(rule, "made_in", "made in", partial(_nearby, book))
    yield from _members(rule, "at", "at", lambda _: _sessions(book))
    yield from _members(rule, "accounts", "for", lambda _: tuple(book.accounts))
    yield from _members(spelled, "changes", "of", lambda _: unsaid[:1])
    yield from _baselines(book, rule)


def _fates(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for fate in _OTHER_FATES[rule.fate]:
        how = f"negated to {fate}" if rule.fate == "reset" else "negated"
        yield how, attrs.evolve(rule, fate=fate, to=None, baseline=None)


def _members(rule: Rule, field: str, word: str, others: Callable[[str], tuple[str, ...]]) -> Iterator[tuple[str, Rule]]:
    """Each member of one of the rule's lists dropped, where it has several, and replaced by others."""
    members: tuple[str, ...] = getattr(rule, field)
    for old in members:
        rest = tuple(member for member in members if member != old)
        if rest:
            yield f"not {word} {old}", _put(rule, field, rest)
        for new in others(old):
            how = f"{word} {new}, not {old}" if rest else f"{word} {new}"
            yield how, _put(rule, field, tuple(new if member == old else member for member in members))


def _put(rule: Rule, field: str, members: tuple[str, ...]) -> Rule:
    change: dict[str, Any] = {field: members}
    return attrs.evolve(rule, **change)


def _nearby(book: Rulebook, origin: str) -> tuple[str, ...]:
    """The intervals next to this one, and the sessions next to it but for a gap; the baseline only where the rulebook
    speaks of what stood before.
    """
    far = {name: abs(book.order[name] - book.order[origin]) for name in origins(book)}
    near = (BASELINE, *book.by_name)
    return tuple(name for name, distance in far.items() if distance == 1 or (distance == 2 and name in near))


def _sessions(book: Rulebook) -> tuple[str, ...]:
    return tuple(name for name in book.timeline if name in book.by_name)


def _baselines(book: Rulebook, rule: Rule) -> Iterator[tuple[str, Rule]]:
    """What else a discard could fall back to."""
    if rule.fate == "discard":
        yield "without a baseline", attrs.evolve(rule, baseline=None)
        for name in (BASELINE, *_sessions(book)):
            yield f"back to {name}", attrs.evolve(rule, baseline=name)


def _fitted(book: Rulebook, rule: Rule) -> Rule | None:
    """The rule without the targets and the baseline that its origins no longer admit; None if no target is left."""
    places = [book.order[origin] for origin in rule.made_in]
    at = tuple(target for target in dict.fromkeys(rule.at) if book.order[target] > max(places))
    fits = rule.baseline is not None and book.order[rule.baseline] < min(places)
    return attrs.evolve(rule, at=at, baseline=rule.baseline if fits else None) if at else None


# -- steps ---------------------------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class RunbookMutant:
    """A runbook into which a slip at one step is written, as if it were the plan; ``plan`` is what it was made of."""

    runbook: Runbook
    step: str
    slip: Slip
    plan: Steps

    @property
    def name(self) -> str:
        """The slip and its step, as faults name them: ``skip mark``."""
        return f"{self.slip} {self.step}"

    def exact(self, book: Rulebook) -> str:
        """The slip, with all that there is to know of it: ``delay revert by 30m, still before open-monday``.

        A slip of the same name may be another one elsewhere: an operator puts a step off by any time.
        """
        place = next(index for index, step in enumerate(self.plan) if step.id == self.step)
        if self.slip == "swap":
            return f"{self.name} with {self.plan[place + 1].id}"
        if self.slip != "delay":
            return f"{self.name} at once" if self.slip == "repeat" else self.name
        due = self.plan[place].at
        by = instant(self.runbook.steps[place].at, book) - instant(due, book)
        together = [step.id for step in self.plan[place + 1 :] if step.at == due]
        ahead = next((step.id for step in self.plan[place + 1 :] if step.at != due), "")
        said = (f"{self.name} by {spell(by)}", f"with {several(together)}", f"still before {ahead}")
        return ", ".join(part for part, given in zip(said, (True, together, ahead), strict=True) if given)


def runbook_mutants(runbook: Runbook) -> Iterator[RunbookMutant]:
    """Each step left out, done twice in a row, put off, and done right after the next one.

    A step that is put off comes when the next one after it is due, and before it; so do steps due at the same moment.
    The last ones come an hour late. A drain that would go on to a step which is no longer ahead goes on to the one
    that comes after it in the plan.
    """
    known = {runbook.steps}
    for index, step in enumerate(runbook.steps):
        for slip in SLIPS:
            steps = _onward(runbook, _slipped(runbook.steps, index, slip))
            if steps not in known:
                known.add(steps)
                yield RunbookMutant(attrs.evolve(runbook, steps=steps), step.id, slip, runbook.steps)


def _slipped(steps: Steps, index: int, slip: Slip) -> Steps:
    before, step, rest = steps[:index], steps[index], steps[index + 1 :]
    if slip == "skip":
        return (*before, *rest)
    if slip == "repeat":
        return (*before, step, attrs.evolve(step, id=_fresh(f"{step.id}-repeated", steps)), *rest)
    if slip == "delay":
        return (*before, *_put_off(steps[index:]))
    return (*before, rest[0], attrs.evolve(step, at=rest[0].at), *rest[1:]) if rest else steps


def _fresh(name: str, steps: Steps) -> str:
    while any(step.id == name for step in steps):
        name += "-again"
    return name


def _put_off(steps: Steps) -> Steps:
    """The first step, and those due with it, moved to the moment of the next; without one, by an hour."""
    due = steps[0].at
    later = next((step.at for step in steps if step.at != due), _an_hour_after(due))
    return tuple(attrs.evolve(step, at=later) if step.at == due else step for step in steps)


def _an_hour_after(moment: Moment) -> Moment:
    if moment.local is not None:
        return attrs.evolve(moment, local=moment.local + timedelta(hours=1))
    return attrs.evolve(moment, edge=moment.edge or "opens", offset=moment.offset + UNITS["h"])


def _onward(plan: Runbook, steps: Steps) -> Steps:
    """The steps, with time-outs that go on to a step still ahead."""
    return tuple(
        attrs.evolve(step, on_timeout=_goal(plan, step, steps[i + 1 :])) if isinstance(step, Drain) else step
        for i, step in enumerate(steps)
    )


def _goal(plan: Runbook, drain: Drain, rest: Steps) -> str:
    if drain.on_timeout not in plan.by_id:
        return drain.on_timeout
    ahead = {step.id for step in rest}
    return next((step.id for step in plan.steps[plan.by_id[drain.on_timeout] :] if step.id in ahead), "abort")
