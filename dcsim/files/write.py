"""Writes scenarios and runbooks as YAML, for counterexamples: `dcsim run` reads them like files that a person wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from dcsim.domain import moment
from dcsim.domain.account import Account
from dcsim.domain.actions import ClientAction, Write
from dcsim.domain.distribution import Duration, Empirical, Lognormal, Uniform
from dcsim.domain.faults import Fault
from dcsim.domain.figures import unit_of
from dcsim.domain.groups import without_groups
from dcsim.domain.moment import Moment
from dcsim.domain.policies import POLICIES
from dcsim.domain.rulebook import Citation
from dcsim.domain.runbook import Link, Runbook, Step, Waiver
from dcsim.domain.scenario import ClientStep, Scenario, Seen
from dcsim.files.forms import EXPECT_LISTS, NONE, AccountForm, Holder, StepForm, TwoFactor, keys_of
from dcsim.files.scenario import start_of
from dcsim.files.varying import spelled as spelled_duration
from dcsim.files.yaml_scalars import spelled, write_moment

_HEAD = ("scenario", "title", "rulebook", "runbook")
_EMAIL = {True: "registered", False: NONE}


def write_scenario(scenario: Scenario) -> str:
    """YAML text that reads back to a scenario that means the same, without groups.

    ValueError if the format cannot express it.
    """
    return "".join(f"{line}\n" for line in _lines(scenario))


def write_steps(scenario: Scenario) -> Iterator[str]:
    """The steps and faults of a scenario, one a line, as a scenario file has them."""
    for item in (*map(_step, scenario.steps), *map(_fault, scenario.faults)):
        yield _flow(item)


def write_act(action: ClientAction) -> str:
    """An act in words, such as ``change-password from P1 to P2``: the keys of a step, without its brackets."""
    given = _given(type(action), action)
    return " ".join([action.verb, *(f"{name} {_flow(value)}" for name, value in given.items())])


def write_runbook(runbook: Runbook) -> str:
    """YAML text that reads back to an equal runbook."""
    head: dict[str, Any] = {"runbook": runbook.runbook, "version": runbook.version, "title": runbook.title}
    lines = [f"{name}: {spelled(value)}" for name, value in head.items()]
    link = _flow(_given(Link, runbook.link)) if runbook.link else NONE
    lines += [f"sites: {_flow(dict(runbook.sites))}", f"link: {link}"]
    lines += _items("waives", map(_waiver, runbook.waives))
    lines += _items("steps", map(_operation, runbook.steps))
    return "".join(f"{line}\n" for line in lines)


def write_operation(step: Step) -> str:
    """What a step of a runbook does, as a file has it: without its id and its moment."""
    return _flow({name: value for name, value in _operation(step).items() if name not in ("id", "at")})[1:-1]


def _waiver(waiver: Waiver) -> dict[str, Any]:
    citation = {"citation": _given(Citation, waiver.citation)} if waiver.citation else {}
    return {"practice": waiver.practice} | ({"reason": waiver.reason} if waiver.reason else {}) | citation


def _operation(step: Step) -> dict[str, Any]:
    given = _given(type(step), step)
    return {name: given.pop(name) for name in ("id", "at") if name in given} | {"do": step.verb} | given


def _lines(with_groups: Scenario) -> Iterator[str]:
    scenario = without_groups(with_groups)
    for name in _HEAD:
        yield f"{name}: {spelled(getattr(scenario, name))}"
    if scenario.shows:
        yield f"shows: {_flow(list(scenario.shows))}"
    for name in ("opens", "tags"):
        if words := getattr(scenario, name):
            yield f"{name}: {_flow(list(words))}"
    for name in ("note", "label"):
        if text := getattr(scenario, name):
            yield f"{name}: {spelled(text)}"
    if scenario.policies:
        yield f"policies: {_flow({name: _policy(name, value) for name, value in scenario.policies.items()})}"
    yield from _items("accounts", _accounts(scenario))
    yield from _items("steps", map(_step, scenario.steps))
    yield from _items("faults", map(_fault, scenario.faults))
    if scenario.heal is not None:
        yield f"heal: {moment.spell(scenario.heal)}"
    yield from _expect(scenario)


def _items(name: str, items: Iterator[dict[str, Any]]) -> Iterator[str]:
    for index, item in enumerate(items):
        if index == 0:
            yield f"{name}:"
        yield f"  - {_flow(item)}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{spelled(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return spelled(value)


def _policy(name: str, value: Any) -> Any:
    if POLICIES[name].takes == "duration":
        return moment.spell(value)
    return list(value) if isinstance(value, tuple) else value


def _accounts(scenario: Scenario) -> Iterator[dict[str, Any]]:
    for account in scenario.accounts:
        yield {"id": account.id} | _holder(account)
    for population in scenario.populations:
        digits = {"digits": population.digits} if population.digits > 1 else {}
        behaviour = {"behaviour": dict(population.behaviour)} if population.behaviour else {}
        own = {"population": population.count, "prefix": population.prefix} | digits
        yield own | _holder(population.like) | behaviour


def _holder(account: Account) -> dict[str, Any]:
    profile, start = account.profile, account.start
    two_factor = None
    if isinstance(start.password.value, str) and isinstance(start.channel.value, str):
        two_factor = TwoFactor(password=start.password.value, channel=start.channel.value)
    values: dict[str, Any] = {name: start[name].value for name in ("status", "smartcard", "locked", "failures")}
    values["email"] = _EMAIL[bool(start.email.value)]
    values["records"] = {name: cell.value for name, cell in start.own if cell.value is not None}
    form = AccountForm(id=account.id, two_factor=two_factor, **attrs.asdict(profile), **values)
    # The word `none` would read back as None.
    ambiguous = NONE in (form.smartcard, *form.records.values())
    if start_of(form, tuple(name for name, _ in start.own)) != start or ambiguous:
        raise ValueError(f"a scenario file cannot say what {account.id} holds at the start: {start}")
    return _given(Holder, form)


def _step(step: ClientStep) -> dict[str, Any]:
    form = StepForm(**{key.attribute: getattr(step, key.attribute) for key in keys_of(StepForm)})
    given = _given(StepForm, form)
    expect = {"expect": given.pop("expect")} if "expect" in given else {}
    action = _given(type(step.action), step.action)
    if isinstance(step.action, Write) and step.action.value is not None:
        action["value"] = _label(step.action.value)
    return given | {"do": step.action.verb} | action | expect


def _fault(fault: Fault) -> dict[str, Any]:
    return _given(type(fault), fault)


def _given(cls: type, form: Any) -> dict[str, Any]:
    """The keys of a mapping whose values differ from their defaults, and those that are required."""
    defaults = {field.name: _default(field) for field in attrs.fields(cls)}
    out = {}
    for key in keys_of(cls):
        value, default = getattr(form, key.attribute), defaults[key.attribute]
        # By type too: False equals 0.
        if key.required or value != default or type(value) is not type(default):
            out[key.name] = spelled_duration(value) if key.type == Duration else _written(value, duration=key.duration)
    return out


def _default(field: Any) -> Any:
    return field.default.factory() if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]


def _written(value: Any, *, duration: bool) -> Any:
    if isinstance(value, Moment):
        return write_moment(value)
    if duration:
        return moment.spell(value)
    if isinstance(value, Uniform | Lognormal | Empirical):
        return spelled_duration(value)
    return _given(type(value), value) if attrs.has(type(value)) else value


def _expect(scenario: Scenario) -> Iterator[str]:
    if not (scenario.seen or scenario.violations or scenario.sometimes or scenario.figures):
        return
    yield "expect:"
    targets: dict[str, dict[str, Any]] = {}
    for seen in scenario.seen:
        if seen.account in targets.setdefault(seen.target, {}):
            raise ValueError(f"a scenario file speaks of {seen.account} at {seen.target} only once")
        targets[seen.target][seen.account] = _held(seen)
    for target, accounts in targets.items():
        yield f"  {spelled(target)}: {_flow(accounts)}"
    for name in EXPECT_LISTS:
        if names := getattr(scenario, name):
            yield f"  {name}: {_flow(list(names))}"
    for figure in scenario.figures:
        count = figure.compare == "==" and unit_of(figure.name) == "count"
        yield f"  {spelled(figure.name)}: {spelled(figure.number if count else figure.says)}"


def _held(seen: Seen) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in seen.fields.items():
        if name in ("password", "channel"):
            out.setdefault("two-factor", {})[name] = _label(value)
        elif name == "smartcard":
            out[name] = _label(value)
        elif name == "email":
            out[name] = _EMAIL[value]
        elif name in ("status", "locked", "failures"):
            out[name] = value
        elif name == "credential":
            raise ValueError("a scenario file cannot say which credential an account must hold")
        else:
            out.setdefault("records", {})[name] = _label(value)
    return out


def _label(value: Any) -> Any:
    if value == NONE:
        raise ValueError(f"a scenario file cannot hold a password, a channel or a record that is called '{NONE}'")
    return NONE if value is None else value
