"""Checks a runbook whose shape is right, first by itself, and then with the rulebook whose weekend it runs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import attrs

from dcsim.domain.account import FIELDS
from dcsim.domain.actions import LINK
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Copy, Drain, Flashback, Reset, RestorePoint, Revert, Runbook, Step
from dcsim.files.account_fields import constant_flaws
from dcsim.files.findings import Flaw, suggest, unknown
from dcsim.files.lint_common import Times, duplicates, repeats, unknowns
from dcsim.files.scalar_parsers import blank
from dcsim.files.yaml_scalars import write_moment

ON_TIMEOUT = ("abort", "proceed")
MOST_SITES = 2

_NAMED_BY = ("session", "name", "to", "site")
_AT_SITES = ("site", "source", "target")


def with_ids(runbook: Runbook) -> Runbook:
    """The runbook with an id for each step that has none: its verb and what it acts on, such as ``open-monday``."""
    taken = {step.id for step in runbook.steps}
    steps = []
    for step in runbook.steps:
        name = step.id or _fresh(_default_id(step), taken)
        taken.add(name)
        steps.append(attrs.evolve(step, id=name))
    return attrs.evolve(runbook, steps=tuple(steps))


def _default_id(step: Step) -> str:
    given = (getattr(step, name, None) for name in _NAMED_BY)
    name = next((value for value in given if isinstance(value, str) and value), None)
    return f"{step.verb}-{name}" if name else step.verb


def _fresh(name: str, taken: set[str]) -> str:
    number, fresh = 1, name
    while fresh in taken:
        number += 1
        fresh = f"{name}-{number}"
    return fresh


def runbook_flaws(runbook: Runbook) -> Iterator[Flaw]:
    """Everything that is wrong with a runbook by itself."""
    yield from _sites(runbook)
    yield from repeats(runbook)
    if not runbook.steps:
        yield Flaw("DC109", ("steps",), "a runbook needs a step")
    yield from duplicates("step", ((("steps", i, "id"), step.id) for i, step in enumerate(runbook.steps)), ON_TIMEOUT)
    yield from _link(runbook)
    yield from _waives(runbook)
    yield from _restore_points(runbook)
    for index, step in enumerate(runbook.steps):
        if isinstance(step, Drain):
            yield from _on_timeout(runbook, step, index)
        if isinstance(step, Reset) and not step.fields:
            yield Flaw("DC109", ("steps", index, "fields"), f"step '{step.id}' resets nothing with an empty 'fields'")


def _sites(runbook: Runbook) -> Iterator[Flaw]:
    primaries = [site for site, role in runbook.sites.items() if role == "primary"]
    if len(primaries) != 1:
        yield Flaw("DC109", ("sites",), f"{len(primaries)} sites are primary at first", "exactly one must be")
    if LINK in runbook.sites:
        message = f"no site may have the name '{LINK}': it stands for the link where something is down"
        yield Flaw("DC109", ("sites", LINK), message, "name it otherwise", at_key=True)
    if len(runbook.sites) > MOST_SITES:
        yield Flaw("DC109", ("sites",), f"{len(runbook.sites)} sites; a runbook is about {MOST_SITES} at most")
    for index, step in enumerate(runbook.steps):
        for name in _AT_SITES:
            site = getattr(step, name, None)
            if site is not None and site not in runbook.sites:
                yield unknown("DC122", ("steps", index, name), "site", site, runbook.sites)
        if isinstance(step, Copy) and step.source == step.target:
            yield Flaw("DC109", ("steps", index, "target"), f"a copy from '{step.source}' to itself")


def _link(runbook: Runbook) -> Iterator[Flaw]:
    """A standby without a link: nothing would reach it."""
    for site, role in runbook.sites.items() if runbook.link is None else ():
        if role == "standby":
            yield Flaw("DC109", ("sites", site), f"'{site}' is a {role}, but there is no link", "write stand-alone")


def _waives(runbook: Runbook) -> Iterator[Flaw]:
    for index, waiver in enumerate(runbook.waives):
        place = waiver.citation.place if waiver.citation else None
        given = [text for text in (place, waiver.reason) if text is not None]
        if not given or any(map(blank, given)):
            message = f"practice '{waiver.practice}' is waived without a reason"
            yield Flaw("DC109", ("waives", index), message, "give a reason or a citation")


def _restore_points(runbook: Runbook) -> Iterator[Flaw]:
    """Steps that go back to a restore point that no earlier step takes."""
    every = {step.name for step in runbook.steps if isinstance(step, RestorePoint)}
    taken: set[str] = set()
    for index, step in enumerate(runbook.steps):
        if isinstance(step, RestorePoint):
            taken.add(step.name)
        elif isinstance(step, Revert | Flashback) and step.to not in taken:
            hint = "it is taken in a later step" if step.to in every else suggest(step.to, taken)
            yield Flaw("DC126", ("steps", index, "to"), f"unknown restore point '{step.to}'", hint)


def _on_timeout(runbook: Runbook, step: Drain, index: int) -> Iterator[Flaw]:
    later = [other.id for other in runbook.steps[index + 1 :]]
    if step.on_timeout in (*ON_TIMEOUT, *later):
        return
    keys = ("steps", index, "on-timeout")
    if step.on_timeout in runbook.by_id:
        yield Flaw("DC125", keys, f"step '{step.on_timeout}' does not come later")
    else:
        yield unknown("DC125", keys, "step", step.on_timeout, (*ON_TIMEOUT, *later))


def runbook_in_flaws(runbook: Runbook, book: Rulebook) -> Iterator[Flaw]:
    """Everything that makes a runbook unfit for the weekend of this rulebook."""
    times = Times(book)
    for index, step in enumerate(runbook.steps):
        yield from times.flaws(step.at, ("steps", index, "at"))
        session = getattr(step, "session", None)
        if session is not None and session not in book.by_name:
            yield unknown("DC121", ("steps", index, "session"), "session", session, book.by_name)
        if isinstance(step, Reset):
            keys = ("steps", index, "accounts")
            yield from unknowns("DC124", "account kind", step.accounts, tuple(book.accounts), keys)
            yield from constant_flaws(step.fields, step.to, ("steps", index, "to"))
        if isinstance(step, Copy | Reset):
            yield from unknowns("DC128", "field", step.fields, (*FIELDS, *book.records), ("steps", index, "fields"))
    yield from _out_of_order(runbook, times)
    for served in book.sessions:
        if served.site not in runbook.sites:
            message = f"'{served.site}', which serves '{served.name}', is none of the runbook's sites"
            yield Flaw("DC122", ("sites",), message, suggest(served.site, runbook.sites))


def _out_of_order(runbook: Runbook, times: Times) -> Iterator[Flaw]:
    due = [(index, step, times.at(step.at)) for index, step in enumerate(runbook.steps)]
    # A step at an unknown session has a finding of its own.
    known = [(index, step, at) for index, step, at in due if at is not None]
    for (_, before, earlier), (index, step, at) in pairwise(known):
        if at < earlier:
            message = f"'{step.id}' ({write_moment(step.at)}) is due before '{before.id}' ({write_moment(before.at)})"
            yield Flaw("DC146", ("steps", index, "at"), message)
