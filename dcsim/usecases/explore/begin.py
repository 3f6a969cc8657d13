"""Begins a walk: from a scenario, whose steps and faults become a path, or from a rulebook and a runbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import attrs

from dcsim.domain.account import Account
from dcsim.domain.actions import Administer
from dcsim.domain.faults import LinkFault, OperatorSlip
from dcsim.domain.moment import instant
from dcsim.domain.scenario import Scenario
from dcsim.files.load import load_pair, load_scenario
from dcsim.files.resolver import from_here
from dcsim.semantics.model import Model
from dcsim.simulate.acts import lives
from dcsim.trace.roster import Roster
from dcsim.usecases.check import Who, load_subject
from dcsim.usecases.explore.choices import Choice, Try, Until, write
from dcsim.usecases.explore.walk import MOST_CHOICES, MisfitError, Walk
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.request import RequestError

MOST_ACCOUNTS = 100
"""The most accounts of a walk: nobody looks at more by hand."""
MOST_ADDRESS = 48_000
"""The longest path: browsers and servers take no address of any length."""
ANYONE = Who()


@attrs.frozen(eq=False)
class WalkStart:
    """A walk, and the paths at which it may begin. ``whole`` is the scenario's schedule; ``stands`` ends at the first
    break of its run, if there is one.
    """

    walk: Walk
    whole: tuple[str, ...] = ()
    stands: tuple[str, ...] = ()


def begin(
    path: Path | None,
    rulebook: str | None,
    runbooks: tuple[str, ...],
    who: Who = ANYONE,
    *,
    practices: bool = True,
) -> WalkStart:
    """Begin a walk. RequestError or InputError where there is nothing to walk.

    The second of two ``runbooks`` is walked in step with the first.
    """
    if len(runbooks) > 2:
        raise RequestError("two runbooks can be walked in step, and no more")
    first = runbooks[0] if runbooks else None
    model, scenario = _scenario(path, rulebook, first, practices) if path else _pair(rulebook, first, who, practices)
    accounts = _one_by_one(scenario)
    if lives(scenario):
        scenario = _without_chance(scenario, model)
    names = (scenario.rulebook, scenario.runbook, *runbooks[1:])
    others = (attrs.evolve(model, runbook=load_pair(names[0], name)[1]) for name in names[2:])
    base = attrs.evolve(
        Scenario(scenario=scenario.scenario, title=scenario.title, rulebook=names[0], runbook=names[1]),
        accounts=accounts,
        policies=scenario.policies,
        heal=scenario.heal,
        # Faults in time are no choices of a path: they strike as the scenario has them.
        faults=tuple(fault for fault in scenario.faults if not isinstance(fault, LinkFault | OperatorSlip)),
    )
    walk = Walk((model, *others), base, names)
    return _placed(walk, tuple(write(choice, walk.book) for choice in schedule(scenario, model)))


def _pair(rulebook: str | None, runbook: str | None, who: Who, practices: bool) -> tuple[Model, Scenario]:
    subject = load_subject(None, rulebook, runbook, who, practices=practices)
    accounts = tuple(chain(*subject.groups))
    names = subject.names
    return subject.model, Scenario(
        scenario="walked", title="A walk by hand", rulebook=names[0], runbook=names[1], accounts=accounts
    )


def _scenario(path: Path, rulebook: str | None, runbook: str | None, practices: bool) -> tuple[Model, Scenario]:
    case = load_scenario(path, rulebook, runbook, invariants=INVARIANT_NAMES, refusals=REFUSAL_CODES)
    own = case.scenario
    model = Model(case.rulebook, case.runbook, own.policies, practices=practices)
    return model, attrs.evolve(
        own,
        rulebook=rulebook or from_here(own.rulebook, path.parent),
        runbook=runbook or from_here(own.runbook, path.parent),
    )


def _one_by_one(scenario: Scenario) -> tuple[Account, ...]:
    """Every account of a scenario, those of populations too. RequestError where there are too many, or none."""
    roster = Roster(scenario)
    if roster.size == 0:
        raise RequestError("there is no account to walk with")
    if roster.size > MOST_ACCOUNTS:
        hint = "`dcsim run` plays any number"
        raise RequestError(
            f"a walk has {MOST_ACCOUNTS} accounts at most, and this scenario has {roster.size:,}; {hint}"
        )
    like = (account for account, count in roster.groups for _ in range(count))
    return tuple(attrs.evolve(account, id=roster.name(number)) for number, account in enumerate(like))


def _without_chance(scenario: Scenario, model: Model) -> Scenario:
    """The scenario with what its accounts draw. RequestError where a step hangs on what became of another."""
    if any(step.if_refused for step in scenario.steps):
        raise RequestError("a walk cannot begin with steps that are taken `if: refused`; `dcsim run` takes them")
    from dcsim.simulate.one_by_one import one_by_one

    return one_by_one(scenario, model.rulebook, seed=0)


def _placed(walk: Walk, whole: tuple[str, ...]) -> WalkStart:
    """Where the walk stands: at the first break of the scenario's run, else at the end of its schedule."""
    if len(whole) > MOST_CHOICES:
        raise RequestError(f"a walk has {MOST_CHOICES:,} choices at most, and this scenario would take {len(whole):,}")
    if sum(map(len, whole)) + len(whole) > MOST_ADDRESS:
        raise RequestError(f"the address of this walk would have more than {MOST_ADDRESS:,} characters")
    try:
        here = walk.reach(whole)
    except MisfitError as error:
        raise RequestError(f"this scenario cannot be walked: {whole[error.number]}: {error}") from None
    broken = [each.event for each in here.plays[0].trace.broken]
    if not whole or not broken:
        return WalkStart(walk, whole, whole)
    first = min(broken)
    number = next((n for n, taken in enumerate(here.steps, start=1) if first <= taken[0]), 0)
    if number:
        return WalkStart(walk, whole, whole[:number])
    at = here.plays[0].events[first - 1].at
    return WalkStart(walk, whole, (*whole, write(Until(at), walk.book)))


# -- a scenario as a path ----------------------------------------------------------------------------------------------


def schedule(scenario: Scenario, model: Model) -> Iterator[Choice]:
    """A scenario's steps and faults as choices, in the order of time. A fault stands where it must be known."""
    roster = Roster(scenario)
    slips = sorted((f for f in scenario.faults if isinstance(f, OperatorSlip)), key=lambda slip: _due(slip, model))
    links = [_of_one(f, roster) for f in scenario.faults if isinstance(f, LinkFault)]
    acts: Counter[str] = Counter()
    yield from (fault for fault in links if fault.account is None)
    now: int | None = None
    for at, act in _acts(scenario, roster, model):
        target = act.action.user if isinstance(act.action, Administer) else act.account
        acts[target] += 1
        while slips and _due(slips[0], model) <= at:
            yield slips.pop(0)
        # An act ships one entry at most, so the nth entry does not come before the nth act.
        yield from (f for f in links if f.account == target and acts[target] == (f.nth or 1))
        if at != now:
            yield Until(at)
        yield act
        now = at
    yield from (f for f in links if f.account is not None and acts[f.account] < (f.nth or 1))
    yield from slips


def _due(slip: OperatorSlip, model: Model) -> int:
    return model.due[model.runbook.by_id[slip.step]] if slip.step in model.runbook.by_id else 0


def _of_one(fault: LinkFault, roster: Roster) -> LinkFault:
    """A fault of a group's redo is one of its first account's, as the simulator takes it."""
    return attrs.evolve(fault, account=fault.account and roster.name(roster.numbers(fault.account)[0]))


def _acts(scenario: Scenario, roster: Roster, model: Model) -> list[tuple[int, Try]]:
    """Every act with its instant, one account at a time. Of acts at one instant, the step that began first is first."""
    found: list[tuple[int, int, Try]] = []
    for step in scenario.steps:
        first, action = instant(step.at, model.rulebook), step.action
        numbers = roster.numbers(action.user if isinstance(action, Administer) else step.account)
        for index, name in enumerate(map(roster.name, numbers)):
            if isinstance(action, Administer):
                by = roster.name(roster.numbers(step.account)[0])
                act = Try(by, attrs.evolve(action, user=name), step.takes)
            else:
                act = Try(name, action, step.takes)
            found.append((first + index * step.every, first, act))
    return [(at, act) for at, _, act in sorted(found, key=lambda each: each[:2])]
