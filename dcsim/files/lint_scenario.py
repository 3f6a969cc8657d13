"""Checks a scenario whose shape is right with its rulebook and runbook."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from dcsim.domain.actions import Administer, InitiateTwoFactor, Write
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import ClientStep
from dcsim.files.cast import Cast
from dcsim.files.expected_figures import figure_flaws
from dcsim.files.findings import Flaw, Keys, nearest, unknown
from dcsim.files.forms import (
    UNSET,
    Expect,
    Held,
    HeldTwoFactor,
    Holder,
    PopulationForm,
    ScenarioForm,
    key_name,
)
from dcsim.files.lint_accounts import account_flaws
from dcsim.files.lint_behaviour import behaviour_flaws
from dcsim.files.lint_common import Times, repeats, unknowns
from dcsim.files.lint_faults import fault_flaws
from dcsim.files.lint_labels import Labels, entry_flaws
from dcsim.files.lint_steps import order_flaws, sometimes_flaws
from dcsim.files.lint_tags import tag_flaws
from dcsim.files.scenario import flattened

REFUSED = "refused"
OUTCOMES = ("accepted", REFUSED, "any")


def scenario_flaws(
    form: ScenarioForm,
    book: Rulebook,
    runbook: Runbook,
    invariants: Collection[str] | None = None,
    refusals: Collection[str] | None = None,
) -> Iterator[Flaw]:
    """Everything that is wrong with a scenario.

    ``invariants`` are the names and ``refusals`` the codes that it may use; None: they are not checked.
    """
    cast = Cast(form)
    times = Times(book)
    yield from _empty(form)
    yield from account_flaws(form, cast)
    yield from repeats(form)
    yield from _statements(form, book)
    yield from tag_flaws(form, book)
    for index, holder in enumerate(form.accounts):
        yield from _holder(holder, book, ("accounts", index))
    for name, policy in form.policies.items():
        if isinstance(policy, tuple):
            known = (*book.kinds, *book.change_sets)
            yield from unknowns("DC123", "change kind", policy, known, ("policies", name))
    for index, step in enumerate(form.steps):
        yield from times.flaws(step.at, ("steps", index, "at"))
        yield from _step(step, cast, book, ("steps", index))
        yield from _outcome(step.expect, book, refusals, ("steps", index, "expect"))
        yield from entry_flaws(step, cast, book, ("steps", index))
    yield from behaviour_flaws(form, cast, times)
    yield from order_flaws(form.steps, times, cast)
    yield from Labels(form, book, runbook).flaws()
    yield from fault_flaws(form.faults, cast, times, runbook)
    yield from _expect(form, cast, book)
    yield from figure_flaws(form.expect.figures, book, runbook)
    yield from sometimes_flaws(form.expect.sometimes, book, refusals, invariants)
    if invariants is not None:
        keys: Keys = ("expect", "violations")
        yield from unknowns("DC127", "invariant", form.expect.violations, invariants, keys)


def _empty(form: ScenarioForm) -> Iterator[Flaw]:
    """A scenario in which there is nothing to run. It is often a file that was cut off."""
    if not form.accounts:
        yield Flaw("DC107", (), "missing key 'accounts'", "without an account there is nothing to run")
    elif not (form.steps or form.faults or form.expect != Expect()):
        yield Flaw("DC150", (), "no step, no fault and no expectation: nothing happens")


def _statements(form: ScenarioForm, book: Rulebook) -> Iterator[Flaw]:
    numbers = {statement.number for statement in book.source.statements}
    for index, number in enumerate(form.shows):
        if numbers and number not in numbers:
            yield Flaw("DC109", ("shows", index), f"the source has no statement {number}")


def _holder(holder: Holder, book: Rulebook, keys: Keys) -> Iterator[Flaw]:
    if holder.kind not in book.accounts:
        yield unknown("DC124", (*keys, "kind"), "account kind", holder.kind, book.accounts)
    if holder.failures < 0:
        yield Flaw("DC109", (*keys, "failures"), f"{holder.failures} is below zero")
    if isinstance(holder, PopulationForm) and holder.population < 1:
        yield Flaw("DC109", (*keys, "population"), "a population has one account at least")
    if isinstance(holder, PopulationForm) and (not holder.prefix or "*" in holder.prefix):
        yield Flaw("DC109", (*keys, "prefix"), f"'{holder.prefix}' cannot name accounts")
    yield from _records(holder.records, book, (*keys, "records"))
    if holder.status == "absent":
        for name in ("email", "smartcard", "two_factor", "locked", "failures", "records"):
            if getattr(holder, name) not in ("none", None, False, 0, {}):
                yield Flaw("DC109", (*keys, key_name(name)), "an absent account holds nothing", "leave it out")


def _records(names: Mapping[str, object], book: Rulebook, keys: Keys) -> Iterator[Flaw]:
    for name in names:
        if name not in book.records:
            yield unknown("DC128", (*keys, name), "record", name, book.records, at_key=True)


def _step(step: ClientStep, cast: Cast, book: Rulebook, keys: Keys) -> Iterator[Flaw]:
    yield from cast.unknown(step.account, (*keys, "account"))
    subject = step.account
    if isinstance(step.action, Administer):
        subject = step.action.user
        yield from cast.unknown(subject, (*keys, "user"))
        if cast.stands_for_many(step.account):
            hint = f"name one, such as {cast.one_of(step.account)}"
            yield Flaw("DC109", (*keys, "account"), f"'{step.account}' are many, and one administrator acts", hint)
    if isinstance(step.action, InitiateTwoFactor) and step.action.password is None and step.action.channel is None:
        yield Flaw("DC109", keys, "a set-up needs a password or a channel, one at least")
    if step.every and not cast.stands_for_many(subject):
        hint = "name it as PREFIX*, or a group"
        yield Flaw("DC109", (*keys, "every"), "'every' is for a whole population or a group", hint)
    if isinstance(step.action, Write) and step.action.record not in book.records:
        yield unknown("DC128", (*keys, "record"), "record", step.action.record, book.records)


def _outcome(expect: str, book: Rulebook, refusals: Collection[str] | None, keys: Keys) -> Iterator[Flaw]:
    """An expected refusal that no action has, and a word that is probably a misspelled outcome.

    Any other word is the text that a logon must show.
    """
    if any(expect in session.shows.values() for session in book.sessions):
        return
    word, _, code = expect.partition(" ")
    if word == REFUSED and code:
        if refusals is not None and code not in refusals:
            yield unknown("DC132", keys, "refusal", code, refusals)
    elif expect not in OUTCOMES:
        # A text that only holds such a word further on is none: `shown: refusd`.
        near = nearest(expect, OUTCOMES) if nearest(word, OUTCOMES) else None
        near = near or (REFUSED if nearest(word, [REFUSED]) else None)
        if near:
            yield Flaw("DC132", keys, f"'{expect}' is not shown by any session", f"did you mean '{near}'?")


def _expect(form: ScenarioForm, cast: Cast, book: Rulebook) -> Iterator[Flaw]:
    for target, accounts in form.expect.seen.items():
        keys: Keys = ("expect", target)
        if target not in book.by_name:
            yield unknown("DC121", keys, "session", target, book.by_name, at_key=True)
        for name, held in accounts.items():
            yield from cast.unknown(name, (*keys, name), at_key=True)
            yield from _held(held, book, (*keys, name))


def _held(held: Held, book: Rulebook, keys: Keys) -> Iterator[Flaw]:
    hint = "write what it must hold, or leave it out"
    if not flattened(held):
        yield Flaw("DC109", keys, "nothing is expected of it", hint, at_key=True)
    else:
        for name in ("two_factor", "records"):
            if getattr(held, name) in (HeldTwoFactor(), {}):
                key = key_name(name)
                yield Flaw("DC109", (*keys, key), f"nothing is expected of its '{key}'", hint, at_key=True)
    if held.records is not UNSET:
        yield from _records(held.records, book, (*keys, "records"))
