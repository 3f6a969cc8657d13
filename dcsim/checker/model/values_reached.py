"""Which values each field may ever hold, as far as guards tell values apart.

It does not matter here in which order or combination: a value counts as soon as some act may write it, whatever the
other fields hold of what they may hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

import attrs

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.model.alphabet import administrators_actions, client_actions
from dcsim.checker.model.canonical import Constants, constants, is_label
from dcsim.checker.model.cases import cases, with_each_secret
from dcsim.domain.account import Account, Cell, Record, Value, typed
from dcsim.domain.actions import ClientAction
from dcsim.domain.runbook import Reset
from dcsim.domain.world import Control
from dcsim.semantics.client_step import Decision, decide
from dcsim.semantics.model import Model, first_control, first_lane
from dcsim.semantics.refusals import Party

SET = "\0set"
"""What stands for every label. No file can hold this text."""
VERSION = 1
"""What stands for every version of a credential."""

Values = Mapping[str, tuple[Value, ...]]


def sort_of(field: str, value: Value, reserved: Constants) -> Value:
    """What a guard may tell of a value: a label is there or not, and any other value is itself."""
    if not is_label(field, value, reserved):
        return value
    return VERSION if field == "credential" else SET


def values_reached(model: Model, accounts: Iterable[Account], budget: Budget) -> Values:
    """For each field, the sorts of values that it may hold at any site. A counter may have more than can be listed."""
    accounts, reserved = tuple(accounts), constants(model)
    found: dict[str, list[Value]] = {}
    resets = ((field, step.to) for step in model.runbook.steps if isinstance(step, Reset) for field in step.fields)
    new = {(f, sort_of(f, v, reserved)): None for f, v in (*_held(accounts), *resets)}
    while new:
        for field, value in new:
            found.setdefault(field, []).append(value)
        for _ in chain.from_iterable(found.values()):  # each is tried again
            budget.clock()
        known = {field: tuple(values) for field, values in found.items()}
        written = {(f, sort_of(f, v, reserved)): None for f, v in _written(model, accounts, known)}
        new = {(f, v): None for f, v in written if typed(v) not in map(typed, known.get(f, ()))}
    return {field: tuple(values) for field, values in found.items()}


def _held(accounts: Iterable[Account]) -> Iterator[tuple[str, Value]]:
    starts = {id(account.start): account.start for account in accounts}.values()
    return ((field, start[field].value) for start in starts for field in start.fields)


def _written(model: Model, accounts: tuple[Account, ...], known: Values) -> Iterator[tuple[str, Value]]:
    """What some act may write, if each field may hold any of the values that are known."""
    profiles = {account.profile: account for account in accounts}
    for account in profiles.values():
        record = account.start.put({field: Cell(values[0]) for field, values in known.items()})
        lanes = [first_lane(model, attrs.evolve(account, start=each)) for each in with_each_secret(record, known)]
        for control in _controls(model):
            site = control.open[-1][1] if control.open else model.sites[0]
            for action in dict.fromkeys(act for lane in lanes for act in client_actions(model, lane, site)):
                yield from _changes(model, control, action, account.profile, record, known, None)
            for by in profiles.values():
                actor = Party(by.profile, Record())
                if account.profile.kind in model.rulebook.accounts[by.profile.kind].administers:
                    for action in administrators_actions(model, lanes[0], site):
                        yield from _changes(model, control, action, account.profile, record, known, actor)


def _changes(
    model: Model,
    control: Control,
    action: ClientAction,
    profile: Any,
    record: Record,
    known: Values,
    by: Party | None,
) -> Iterator[tuple[str, Value]]:
    asked = partial(_decision, model, control, action, profile, by)
    for _, decision in cases(asked, record, known):
        for change in decision.changes:
            yield change.field, change.after.value


def _decision(
    model: Model, control: Control, action: ClientAction, profile: Any, by: Party | None, record: Any
) -> Decision:
    return decide(model, control, action, Party(profile, record), by, None)


def _controls(model: Model) -> Iterator[Control]:
    """A control for each session, and one for each time between sessions, under which all sites can be written to."""
    first = attrs.evolve(first_control(model), roles=tuple((site, "primary") for site in model.sites))
    for interval, name in enumerate(model.rulebook.timeline):
        session = model.rulebook.by_name.get(name)
        yield attrs.evolve(first, interval=interval, open=((name, session.site),) if session else ())
