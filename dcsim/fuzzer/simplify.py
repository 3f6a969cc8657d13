"""Give a failing scenario plain values: early and round times, and the first labels.

What accounts hold at the start is not removed: an account that holds less may need more steps to fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

import attrs

from dcsim.domain.account import Account, Cell
from dcsim.domain.action_signature import arguments, valued
from dcsim.domain.actions import ClientAction
from dcsim.domain.scenario import ClientStep, Scenario, Seen
from dcsim.fuzzer.draw_faults import kind_of
from dcsim.fuzzer.simplify_faults import Books, plain_faults, without_heal

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
Label = tuple[str, str]
"""A sort of value (a password, a channel, a record) and a value."""
Relabel = Callable[[str, Any], Any]


def plainer(scenario: Scenario, fails: Callable[[Scenario], bool], books: Books | None = None) -> Scenario:
    """Replace values by plainer ones, one at a time, where the scenario still fails."""
    scenario = next(filter(fails, without_heal(scenario)), scenario)
    plain: Mapping[str, Callable[[Scenario, int], Iterator[Any]]] = {
        "steps": _plain_steps,
        "faults": partial(plain_faults, books=books),
        "seen": _plain_seen,
    }
    # Steps are made early. If faults in time came after them, they would have to stay long enough to reach them.
    in_time = any(kind_of(fault) for fault in scenario.faults)
    for name, values in sorted(plain.items(), key=lambda item: in_time and item[0] != "faults"):
        for index in range(len(getattr(scenario, name))):
            scenario = _plainer_item(scenario, name, index, values, fails)
    for candidates in (_in_order, _merged):
        for candidate in candidates(scenario):
            if fails(candidate):
                scenario = candidate
                break
    return scenario


def put(scenario: Scenario, name: str, value: Any) -> Scenario:
    """Return the scenario with one field replaced."""
    change: dict[str, Any] = {name: value}
    return attrs.evolve(scenario, **change)


def _plainer_item(
    scenario: Scenario,
    name: str,
    index: int,
    plain: Callable[[Scenario, int], Iterator[Any]],
    fails: Callable[[Scenario], bool],
) -> Scenario:
    """Replace one item by plainer ones, as long as there is one with which the scenario still fails."""
    again = True
    while again:
        again = False
        for value in plain(scenario, index):
            items = getattr(scenario, name)
            candidate = put(scenario, name, (*items[:index], value, *items[index + 1 :]))
            if fails(candidate):
                scenario, again = candidate, True
                break
    return scenario


# -- items ---------------------------------------------------------------------------------------------------------


def _plain_steps(scenario: Scenario, index: int) -> Iterator[ClientStep]:
    """Yield plainer steps: without time between request and commit, earlier or at a round time, with default arguments.

    An offset only becomes shorter, so the step stays inside the window.
    """
    step = scenario.steps[index]
    early = [attrs.evolve(step, at=attrs.evolve(step.at, offset=offset)) for offset in _offsets(step, index)]
    if step.takes:
        yield from (attrs.evolve(other, takes=0) for other in early[:1])
        yield attrs.evolve(step, takes=0)
    yield from early
    for offset in _round(step.takes):
        yield attrs.evolve(step, takes=offset)
    if step.expect != "any":
        yield attrs.evolve(step, expect="any")
    defaults = {field.name: field.default for field in attrs.fields(type(step.action))}
    for argument in arguments(type(step.action)):
        if argument.sort == "other" and getattr(step.action, argument.name) != defaults[argument.name]:
            change: dict[str, Any] = {argument.name: defaults[argument.name]}
            yield attrs.evolve(step, action=attrs.evolve(step.action, **change))


def _offsets(step: ClientStep, index: int) -> Iterator[int]:
    """Yield shorter offsets from the opening of a session."""
    if step.at.local is None and step.at.edge is None:
        if step.at.offset > MINUTE * (index + 1):
            yield MINUTE * (index + 1)
        yield from _round(step.at.offset)


def _round(milliseconds: int) -> Iterator[int]:
    """Yield shorter, round durations, the roundest first."""
    for unit in (HOUR, 10 * MINUTE, MINUTE, SECOND):
        if milliseconds % unit and milliseconds > unit:
            yield milliseconds - milliseconds % unit


def _plain_seen(scenario: Scenario, index: int) -> Iterator[Seen]:
    """Yield the expectation without one of its fields."""
    seen = scenario.seen[index]
    for name in seen.fields if len(seen.fields) > 1 else ():
        yield attrs.evolve(seen, fields={field: value for field, value in seen.fields.items() if field != name})


# -- labels --------------------------------------------------------------------------------------------------------


def _names(sort: str) -> Iterator[str]:
    """Yield the plain labels of a sort."""
    if sort == "channel":
        yield from ("email", "app")
        yield from (f"channel-{n}" for n in count(3))
    letter = {"password": "P", "smartcard": "C"}.get(sort, "V")
    yield from (f"{letter}{n}" for n in count(1))


def _in_order(scenario: Scenario) -> Iterator[Scenario]:
    """Yield candidates in which labels are replaced by plain ones, in the order in which they appear.

    First all sorts are replaced together, then each sort alone.
    """
    names: dict[str, Iterator[str]] = {}
    new = {(sort, old): next(names.setdefault(sort, _names(sort))) for sort, old in _labels(scenario)}
    changed = dict.fromkeys(sort for (sort, old), name in new.items() if old != name)
    if changed:
        yield _relabelled(scenario, partial(_renamed, new))
    for only in changed:
        some = {label: name for label, name in new.items() if label[0] == only}
        yield _relabelled(scenario, partial(_renamed, some))


def _merged(scenario: Scenario) -> Iterator[Scenario]:
    """Yield candidates in which a later label is replaced by an earlier one of the same sort.

    A candidate in which more acts change a value to itself is not plainer, and is left out.
    """
    labels = list(_labels(scenario))
    idle = _idle(scenario.steps)
    for index, (sort, later) in enumerate(labels):
        for earlier in (value for other, value in labels[:index] if other == sort):
            candidate = _relabelled(scenario, partial(_renamed, {(sort, later): earlier}))
            if _idle(candidate.steps) <= idle:
                yield candidate


def _renamed(names: Mapping[Label, str], sort: str, value: str) -> str:
    return names.get((sort, value), value)


def _idle(steps: Sequence[ClientStep]) -> int:
    """Count the acts that write the same value with which they authenticate."""
    return sum(len(values) > len(set(values)) for values in (_field_values(step.action) for step in steps))


def _field_values(action: ClientAction) -> list[tuple[str, Any]]:
    return [(field, getattr(action, name)) for name, field, _ in valued(action)]


def _labels(scenario: Scenario) -> Iterator[Label]:
    """Yield every label in the order in which they appear."""
    found: dict[Label, None] = {}

    # Relabelling visits every label; this one only collects them.
    def note(sort: str, value: Any) -> Any:
        found.setdefault((sort, value))
        return value

    _relabelled(scenario, note)
    return iter(found)


def _relabelled(scenario: Scenario, new: Relabel) -> Scenario:
    """Return the scenario with each password, channel and record value replaced. Only texts are replaced."""

    def safe(sort: str, value: Any) -> Any:
        return new(sort, value) if isinstance(value, str) else value

    like = [attrs.evolve(p, like=_relabelled_account(p.like, safe)) for p in scenario.populations]
    return attrs.evolve(
        scenario,
        accounts=tuple(_relabelled_account(account, safe) for account in scenario.accounts),
        populations=tuple(like),
        steps=tuple(attrs.evolve(s, action=_relabelled_action(s.action, safe)) for s in scenario.steps),
        seen=tuple(
            attrs.evolve(s, fields={name: _relabelled_field(name, value, safe) for name, value in s.fields.items()})
            for s in scenario.seen
        ),
    )


def _relabelled_field(name: str, value: Any, new: Relabel) -> Any:
    return value if name in ("status", "email", "credential", "failures", "locked") else new(name, value)


def _relabelled_account(account: Account, new: Relabel) -> Account:
    start = account.start
    cells = {name: Cell(_relabelled_field(name, start[name].value, new), start[name].origin) for name in start.fields}
    return attrs.evolve(account, start=start.put({name: cell for name, cell in cells.items() if cell != start[name]}))


def _relabelled_action(action: ClientAction, new: Relabel) -> ClientAction:
    return attrs.evolve(action, **{name: new(field, getattr(action, name)) for name, field, _ in valued(action)})
