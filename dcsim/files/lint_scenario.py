"""Checks a scenario whose shape is right with its rulebook and runbook."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain, islice

import attrs

from dcsim.domain.actions import Administer, InitiateTwoFactor, Write
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import ClientStep, Fault, LinkFault
from dcsim.files.findings import Flaw, Keys, nearest, unknown
from dcsim.files.forms import (
    UNSET,
    AccountForm,
    Expect,
    Held,
    HeldTwoFactor,
    Holder,
    PopulationForm,
    ScenarioForm,
    key_name,
)
from dcsim.files.lint_common import Times, duplicates, repeats, unknowns
from dcsim.files.lint_steps import order_flaws, sometimes_flaws
from dcsim.files.lint_tags import tag_flaws
from dcsim.files.scenario import flattened

REFUSED = "refused"
OUTCOMES = ("accepted", REFUSED, "any")
MOST_ACCOUNTS = 1_000_000


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
    cast = _Cast(form)
    times = Times(book)
    yield from _empty(form)
    yield from cast.clashes()
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
    yield from order_flaws(form.steps, times)
    yield from _faults(form, cast, runbook)
    yield from _expect(form, cast, book)
    yield from sometimes_flaws(form.expect.sometimes, book, refusals)
    if invariants is not None:
        keys: Keys = ("expect", "violations")
        yield from unknowns("DC127", "invariant", form.expect.violations, invariants, keys)


def _empty(form: ScenarioForm) -> Iterator[Flaw]:
    """A scenario in which there is nothing to run. It is often a file that was cut off."""
    if not form.accounts:
        yield Flaw("DC107", (), "missing key 'accounts'", "without an account there is nothing to run")
    elif not (form.steps or form.faults or form.expect != Expect()):
        yield Flaw("DC150", (), "no step, no fault and no expectation: nothing happens")


@attrs.frozen(eq=False)
class _Cast:
    """The accounts of a scenario, and the names that stand for them."""

    form: ScenarioForm

    @cached_property
    def single(self) -> Mapping[str, int]:
        return {a.id: index for index, a in enumerate(self.form.accounts) if isinstance(a, AccountForm)}

    @cached_property
    def populations(self) -> Mapping[str, PopulationForm]:
        return {f"{p.prefix}*": p for p in self.form.accounts if isinstance(p, PopulationForm)}

    def has(self, name: str) -> bool:
        """Whether the name is that of one account: written out, or of a population (``U17``)."""
        return name in self.single or any(True for _ in self.populations_with(name))

    def populations_with(self, name: str) -> Iterator[PopulationForm]:
        """The populations that have an account of this name."""
        # By prefix, not population by population: there may be thousands of names and of populations.
        for digits in range(1, min(self._digits, len(name)) + 1):
            population = self.populations.get(f"{name[:-digits]}*")
            if population and _is_one_of(name, population):
                yield population

    @cached_property
    def _digits(self) -> int:
        """The length of the longest number in the name of an account of a population."""
        return max((len(str(p.population)) for p in self.populations.values()), default=0)

    def unknown(self, name: str, keys: Keys, *, all_of: bool = True, at_key: bool = False) -> Iterator[Flaw]:
        """The flaw of a name that stands for no account. With ``all_of``, a name such as ``U*`` may stand for a whole
        population.
        """
        if not self.has(name) and not (all_of and name in self.populations):
            yield unknown("DC120", keys, "account", name, chain(self.populations, self.single), at_key=at_key)

    def clashes(self) -> Iterator[Flaw]:
        """Names of accounts that are not allowed, and names that two accounts would have."""
        ids = [(("accounts", i, "id"), a.id) for i, a in enumerate(self.form.accounts) if isinstance(a, AccountForm)]
        yield from duplicates("account", ids)
        populations = [(i, p) for i, p in enumerate(self.form.accounts) if isinstance(p, PopulationForm)]
        yield from duplicates("prefix", [(("accounts", i, "prefix"), p.prefix) for i, p in populations])
        for keys, name in ids:
            if not name or "*" in name:
                yield Flaw("DC109", keys, f"'{name}' cannot name an account")
            elif any(True for _ in self.populations_with(name)):
                yield Flaw("DC129", keys, f"account '{name}' is one of a population already")
        # How many accounts there are up to each population; a flaw stands at the first that goes beyond the limit.
        counts = accumulate((max(0, p.population) for _, p in populations), initial=len(ids))
        for (index, _), count in zip(populations, islice(counts, 1, None), strict=True):
            if count > MOST_ACCOUNTS:
                message = f"a scenario has {MOST_ACCOUNTS:,} accounts at most"
                yield Flaw("DC109", ("accounts", index, "population"), message)
        # Two populations share a name only if the first account of one is in the other, as with prefixes U and U1.
        for index, other in populations:
            for one in self.populations_with(f"{other.prefix}1"):
                if one.prefix != other.prefix:
                    message = f"account '{other.prefix}1' is one of '{one.prefix}*' already"
                    yield Flaw("DC129", ("accounts", index, "prefix"), message)


def _is_one_of(name: str, population: PopulationForm) -> bool:
    tail = name[len(population.prefix) :]
    if not name.startswith(population.prefix) or not (tail.isascii() and tail.isdigit()):
        return False
    # A number that is longer than the count is not one of them, and may be too long for Python to convert.
    return tail[0] != "0" and len(tail) <= len(str(population.population)) and int(tail) <= population.population


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


def _step(step: ClientStep, cast: _Cast, book: Rulebook, keys: Keys) -> Iterator[Flaw]:
    yield from cast.unknown(step.account, (*keys, "account"))
    subject = step.account
    if isinstance(step.action, Administer):
        subject = step.action.user
        yield from cast.unknown(subject, (*keys, "user"))
        if step.account in cast.populations:
            hint = f"name one, such as {step.account[:-1]}1"
            yield Flaw("DC109", (*keys, "account"), f"'{step.account}' are many, and one administrator acts", hint)
    if isinstance(step.action, InitiateTwoFactor) and step.action.password is None and step.action.channel is None:
        yield Flaw("DC109", keys, "a set-up needs a password or a channel, one at least")
    if step.every and subject not in cast.populations:
        yield Flaw("DC109", (*keys, "every"), "'every' is for a whole population", "name it as PREFIX*")
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
        near = nearest(expect, OUTCOMES) or (REFUSED if nearest(word, [REFUSED]) else None)
        if near:
            yield Flaw("DC132", keys, f"'{expect}' is not shown by any session", f"did you mean '{near}'?")


def _faults(form: ScenarioForm, cast: _Cast, runbook: Runbook) -> Iterator[Flaw]:
    yield from _colliding(form.faults)
    for index, fault in enumerate(form.faults):
        keys: Keys = ("faults", index)
        if not isinstance(fault, LinkFault):
            if fault.step not in runbook.by_id:
                yield unknown("DC125", (*keys, "step"), "step", fault.step, runbook.by_id)
            continue
        if fault.account is not None:
            yield from cast.unknown(fault.account, (*keys, "account"), all_of=False)
        if fault.nth is not None and fault.nth < 1:
            yield Flaw("DC109", (*keys, "nth"), f"{fault.nth} counts no entry", "the first is 1")


def _colliding(faults: Sequence[Fault]) -> Iterator[Flaw]:
    """A second fault at the same place: only one can happen there."""
    taken: set[tuple[object, ...]] = set()
    for index, fault in enumerate(faults):
        place: tuple[object, ...]
        if isinstance(fault, LinkFault):
            place, what = (fault.account, fault.nth), "of the same entries"
        else:
            place, what = (fault.step,), f"at the step '{fault.step}'"
        if place in taken:
            yield Flaw("DC109", ("faults", index), f"a second fault {what}", "only one can happen there")
        taken.add(place)


def _expect(form: ScenarioForm, cast: _Cast, book: Rulebook) -> Iterator[Flaw]:
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
