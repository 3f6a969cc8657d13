"""Builds the scenario that engines take from the form that a file has. Its names were checked before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from dcsim.domain.account import Account, Cell, Profile, Record
from dcsim.domain.figures import ExpectedFigure
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import Population, Scenario, Seen
from dcsim.files.cast import Cast
from dcsim.files.forms import UNSET, AccountForm, Held, Holder, PopulationForm, ScenarioForm
from dcsim.files.yaml_nodes import Document


def build(form: ScenarioForm, document: Document, rulebook: Rulebook) -> Scenario:
    """The scenario of a form whose steps are placed; expectations get the line that they were written on."""
    shared: dict[Any, Any] = {}
    return Scenario(
        scenario=form.scenario,
        title=form.title,
        rulebook=form.rulebook,
        runbook=form.runbook,
        shows=form.shows,
        opens=form.opens,
        tags=form.tags,
        note=form.note,
        label=form.label,
        accounts=tuple(account(a, rulebook.records, shared) for a in form.accounts if isinstance(a, AccountForm)),
        populations=tuple(population(p, rulebook.records) for p in form.accounts if isinstance(p, PopulationForm)),
        groups=Cast(form).named,
        policies={name: in_full(value, rulebook) for name, value in form.policies.items()},
        steps=form.steps,
        faults=form.faults,
        heal=form.heal,
        seen=tuple(_seen(form, document)),
        violations=form.expect.violations,
        sometimes=form.expect.sometimes,
        figures=tuple(_figures(form, document)),
    )


def in_full(policy: Any, rulebook: Rulebook) -> Any:
    """A policy's value. Names of change sets are replaced by their members."""
    return rulebook.expand(policy) if isinstance(policy, tuple) else policy


def account(form: AccountForm, records: tuple[str, ...], shared: dict[Any, Any]) -> Account:
    """One account. Equal profiles and records are the same object: thousands of accounts are mostly alike."""
    who = (form.kind, form.participant, form.registered)
    own = tuple((name, type(value), value) for name, value in form.records.items())
    what = (form.status, form.email, form.smartcard, form.two_factor, form.locked, form.failures, own)
    # By the values, and not by the records made of them: these are slow to make and to compare.
    if who not in shared:
        shared[who] = _profile(form)
    if what not in shared:
        shared[what] = start_of(form, records)
    return Account(form.id, shared[who], shared[what])


def population(form: PopulationForm, records: tuple[str, ...]) -> Population:
    """A population, with the account that all of its accounts are like."""
    names = form.numbered
    like = Account(names.every, _profile(form), start_of(form, records))
    return Population(prefix=names.prefix, count=names.count, digits=names.digits, like=like, behaviour=form.behaviour)


def start_of(form: Holder, records: tuple[str, ...]) -> Record:
    """The record of an account at the start, the same in every store."""
    two_factor = form.two_factor
    return Record(
        status=Cell(form.status),
        email=Cell(form.email == "registered"),
        smartcard=Cell(form.smartcard),
        password=Cell(two_factor.password if two_factor else None),
        channel=Cell(two_factor.channel if two_factor else None),
        credential=Cell(1 if two_factor else 0),
        failures=Cell(form.failures),
        locked=Cell(form.locked),
        own=tuple((name, Cell(form.records.get(name))) for name in records),
    )


def flattened(held: Held) -> dict[str, Any]:
    """The expected values, by field of a record."""
    fields: dict[str, Any] = {
        name: getattr(held, name)
        for name in ("status", "email", "smartcard", "locked", "failures")
        if getattr(held, name) is not UNSET
    }
    if "email" in fields:
        fields["email"] = fields["email"] == "registered"
    return {**fields, **_two_factor(held), **({} if held.records is UNSET else held.records)}


def _two_factor(held: Held) -> Mapping[str, Any]:
    if held.two_factor is UNSET:
        return {}
    if held.two_factor is None:
        return {"password": None, "channel": None}
    return {name: value for name, value in attrs.asdict(held.two_factor).items() if value is not UNSET}


def _profile(form: Holder) -> Profile:
    return Profile(kind=form.kind, participant=form.participant, registered=form.registered)


def placed(form: ScenarioForm, document: Document) -> ScenarioForm:
    """The form in which each step has the line that it was written on, and its file if that is another one."""
    places = (document.place(("steps", index)) for index in range(len(form.steps)))
    steps = (attrs.evolve(s, line=line, file=path) for s, (path, line, _) in zip(form.steps, places, strict=True))
    return attrs.evolve(form, steps=tuple(steps))


def _seen(form: ScenarioForm, document: Document) -> Iterator[Seen]:
    for target, accounts in form.expect.seen.items():
        for name, held in accounts.items():
            path, line, _ = document.place(("expect", target, name), at_key=True)
            yield Seen(target=target, account=name, fields=flattened(held), line=line, file=path)


def _figures(form: ScenarioForm, document: Document) -> Iterator[ExpectedFigure]:
    for one in form.expect.figures:
        path, line, _ = document.place(("expect", *one.keys), at_key=True)
        yield attrs.evolve(one.figure, line=line, file=path)
