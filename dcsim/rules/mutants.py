"""Mutants: a rulebook in which one rule is changed, and a runbook in which the operator makes one slip.

A check that cannot tell a mutant from the original does not look where the two differ. Mutants come in a fixed order.
Each comes once, and none means the same as the original. They are well formed, but a lint may find what the mutation
causes: a rule that contradicts another, or a restore point that does not exist.
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
    """A rulebook in which one rule is missing or changed; ``how`` says how it was changed (``negated``)."""

    rulebook: Rulebook
    rule: str
    how: str

    @property
    def name(self) -> str:
        """The rule and how it was changed: ``fn1 not at monday``."""
        return f"{self.rule} {self.how}"


def rule_mutants(book: Rulebook) -> Iterator[RuleMutant]:
    """Each rule deleted; each rule negated; and each rule with one origin, target or kind, or its baseline, dropped or
    replaced.

    An origin is replaced by the intervals and sessions next to it, a target by each other session, a kind of account by
    each other kind, and a kind of change by the first kind that the rule does not name. Targets that do not come after
    the new origin are dropped too, and so is a baseline that does not come before it.
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
    """All that a rule says. The order of its lists makes no difference."""
    lists = (rule.accounts, book.expand(rule.changes), rule.made_in, rule.at)
    return (*map(frozenset, lists), rule.fate, typed(rule.to), rule.baseline)


def _mutations(book: Rulebook, rule: Rule) -> Iterator[tuple[str, Rule]]:
    # With its change sets written out, so that one kind of a set can be dropped.
    in_full = attrs.evolve(rule, changes=book.expand(rule.changes))
    not_named = tuple(kind for kind in book.kinds if kind not in in_full.changes)
    yield from _fates(rule)
    yield from _members(rule, "made_in", "made in", partial(_nearby, book))
    yield from _members(rule, "at", "at", lambda _: _sessions(book))
    yield from _members(rule, "accounts", "for", lambda _: tuple(book.accounts))
    yield from _members(in_full, "changes", "of", lambda _: not_named[:1])
    yield from _baselines(book, rule)


def _fates(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for fate in _OTHER_FATES[rule.fate]:
        how = f"negated to {fate}" if rule.fate == "reset" else "negated"
        yield how, attrs.evolve(rule, fate=fate, to=None, baseline=None)


def _members(rule: Rule, field: str, word: str, others: Callable[[str], tuple[str, ...]]) -> Iterator[tuple[str, Rule]]:
    """Each member of one list of the rule: dropped, if it is not the only one; and replaced by each of the others."""
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
    """The intervals next to this one, and the sessions that only a gap separates from it. The baseline counts only if
    the rulebook has a rule on it.
    """
    distances = {name: abs(book.order[name] - book.order[origin]) for name in origins(book)}
    beyond_a_gap = (BASELINE, *book.by_name)
    return tuple(name for name, far in distances.items() if far == 1 or (far == 2 and name in beyond_a_gap))


def _sessions(book: Rulebook) -> tuple[str, ...]:
    return tuple(name for name in book.timeline if name in book.by_name)


def _baselines(book: Rulebook, rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Discards with no baseline, and with each baseline that they could have."""
    if rule.fate == "discard":
        yield "without a baseline", attrs.evolve(rule, baseline=None)
        for name in (BASELINE, *_sessions(book)):
            yield f"back to {name}", attrs.evolve(rule, baseline=name)


def _fitted(book: Rulebook, rule: Rule) -> Rule | None:
    """The rule without the targets and the baseline that its origins do not admit; None if no target is left."""
    places = [book.order[origin] for origin in rule.made_in]
    at = tuple(target for target in dict.fromkeys(rule.at) if book.order[target] > max(places))
    fits = rule.baseline is not None and book.order[rule.baseline] < min(places)
    return attrs.evolve(rule, at=at, baseline=rule.baseline if fits else None) if at else None


# -- steps ---------------------------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class RunbookMutant:
    """A runbook in which a slip at one step is written as if it were planned; ``plan`` are the original steps."""

    runbook: Runbook
    step: str
    slip: Slip
    plan: Steps

    @property
    def name(self) -> str:
        """The slip and its step, as faults name them: ``skip mark``."""
        return f"{self.slip} {self.step}"

    def exact(self, book: Rulebook) -> str:
        """The slip in full: ``delay revert by 30m, still before open-monday``.

        Its name alone is not enough: a scenario's fault can delay the same step by another time.
        """
        place = next(index for index, step in enumerate(self.plan) if step.id == self.step)
        if self.slip == "swap":
            return f"{self.name} with {self.plan[place + 1].id}"
        if self.slip != "delay":
            return f"{self.name} at once" if self.slip == "repeat" else self.name
        due, later = self.plan[place].at, self.plan[place + 1 :]
        by = instant(self.runbook.steps[place].at, book) - instant(due, book)
        parts = [f"{self.name} by {spell(by)}"]
        if together := [step.id for step in later if step.at == due]:
            parts.append(f"with {several(together)}")
        if ahead := next((step.id for step in later if step.at != due), ""):
            parts.append(f"still before {ahead}")
        return ", ".join(parts)


def runbook_mutants(runbook: Runbook) -> Iterator[RunbookMutant]:
    """Each step skipped, repeated at once, delayed, and swapped with the next one.

    A delayed step is done at the moment of the next step, and just before it; steps due at the same moment are delayed
    with it. Where there is no next step, the delay is an hour. If the slip moves or removes the step with which a drain
    goes on after a time-out, the drain goes on with the next step of the plan that is still ahead.
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
    """The first step and those due with it, moved to the moment of the next one; by an hour if there is none."""
    due = steps[0].at
    later = next((step.at for step in steps if step.at != due), _an_hour_after(due))
    return tuple(attrs.evolve(step, at=later) if step.at == due else step for step in steps)


def _an_hour_after(moment: Moment) -> Moment:
    if moment.local is not None:
        return attrs.evolve(moment, local=moment.local + timedelta(hours=1))
    return attrs.evolve(moment, edge=moment.edge or "opens", offset=moment.offset + UNITS["h"])


def _onward(plan: Runbook, steps: Steps) -> Steps:
    """The steps, with each drain's time-out going on to a step that is still ahead of it."""
    return tuple(
        attrs.evolve(step, on_timeout=_goal(plan, step, steps[i + 1 :])) if isinstance(step, Drain) else step
        for i, step in enumerate(steps)
    )


def _goal(plan: Runbook, drain: Drain, rest: Steps) -> str:
    if drain.on_timeout not in plan.by_id:
        return drain.on_timeout
    ahead = {step.id for step in rest}
    return next((step.id for step in plan.steps[plan.by_id[drain.on_timeout] :] if step.id in ahead), "abort")
