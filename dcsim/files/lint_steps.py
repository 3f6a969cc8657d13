"""Checks the order of a scenario's steps, and what it expects to happen sometimes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from operator import itemgetter

from dcsim.domain.actions import CLIENT_ACTIONS, Administer
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import ClientStep
from dcsim.files.cast import Cast
from dcsim.files.findings import Flaw, nearest
from dcsim.files.lint_common import Times
from dcsim.files.yaml_scalars import write_moment

Order = tuple[str, bool]
"""Steps that happen one after the other: those of a name; True: and those of every name with an account in common."""
EVERYONE: Order = ("", True)
"""The order of the steps of all accounts."""


def order_flaws(steps: Sequence[ClientStep], times: Times, cast: Cast) -> Iterator[Flaw]:
    """The first step that stands below a later one of the same account. A population's step counts by its first act.

    Steps of different accounts may stand in any order: a file may take the accounts one by one.
    """
    found = first_out_of_order(steps, times, cast)
    if found:
        index, step, before = found
        who = step.account if step.account == before.account else f"{step.account} and {before.account}"
        message = f"{who}: '{write_moment(step.at)}' stands below '{write_moment(before.at)}', and happens before it"
        yield Flaw("DC188", ("steps", index, "at"), message, "steps happen in the order of time")


def first_out_of_order(
    steps: Sequence[ClientStep], times: Times, cast: Cast | None = None
) -> tuple[int, ClientStep, ClientStep] | None:
    """The first step that happens before one above it, with its index and that other step.

    The two have an account in common, alone or in a population or a group; without ``cast``, they may be of any two.
    """
    latest: dict[tuple[str, str, Order], tuple[int, ClientStep]] = {}
    orders = _orders(steps, cast) if cast else lambda _: ([EVERYONE], [EVERYONE])
    for index, step in enumerate(steps):
        at = times.at(step.at)
        if at is None:
            continue  # an unknown session has a finding of its own
        # A file that is included comes first, whenever its steps happen; and each profile has a weekend of its own.
        pairs = [orders(name) for name in sorted(_names(step))]
        after = [(step.file, step.profile, order) for orders_after, _ in pairs for order in orders_after]
        last, before = max((latest[each] for each in after if each in latest), key=itemgetter(0), default=(at, step))
        if at < last:
            return index, step, before
        for each in ((step.file, step.profile, order) for _, own in pairs for order in own):
            if at >= latest.get(each, (at, step))[0]:
                latest[each] = at, step
    return None


def _names(step: ClientStep) -> set[str]:
    return {step.account, step.action.user} if isinstance(step.action, Administer) else {step.account}


def _orders(steps: Iterable[ClientStep], cast: Cast) -> Callable[[str], tuple[list[Order], list[Order]]]:
    """For a name, the orders in which its step must not be too early, and those of which it is a part."""

    @cache
    def members(name: str) -> tuple[frozenset[str], frozenset[str]]:
        """The accounts of a name, and the same with the populations of which they are."""
        own = frozenset(cast.named.get(name, (name,)))
        single = (one for one in own if one not in cast.populations and one not in cast.single)
        return own, own | {population.every for one in single for population in cast.populations_with(one)}

    # Only a name for several accounts has accounts of other names. There may be thousands of both.
    many = [name for name in {n: None for step in steps for n in _names(step)} if cast.stands_for_many(name)]
    with_it: tuple[dict[str, list[str]], ...] = (defaultdict(list), defaultdict(list))
    for name in many:
        for accounts, names_with in zip(members(name), with_it, strict=True):
            for account in accounts:
                names_with[account].append(name)

    @cache
    def orders(name: str) -> tuple[list[Order], list[Order]]:
        found = zip(reversed(members(name)), with_it, strict=True)
        lists = (names_with.get(account, ()) for accounts, names_with in found for account in accounts)
        # Sorted, so that the same file always has the same finding.
        common = sorted(set(chain.from_iterable(lists)))
        after = [(name, True)] if name in common else [(name, False), *((other, False) for other in common)]
        return after, [(name, False), *((other, True) for other in common)]

    return orders


def sometimes_flaws(
    names: Iterable[str], book: Rulebook, refusals: Collection[str] | None, invariants: Collection[str] | None = None
) -> Iterator[Flaw]:
    """Occurrences that there are not: an act, ``rule ID``, or ``refused CODE``. None: any code of a refusal."""
    codes = () if refusals is None else (f"refused {code}" for code in refusals)
    known = (*CLIENT_ACTIONS, *(f"rule {rule.id}" for rule in book.rules), *codes)
    for index, name in enumerate(names):
        if name not in known and not (refusals is None and name.startswith("refused ")):
            hint = _occurrence_hint(name, known, invariants or ())
            yield Flaw("DC187", ("expect", "sometimes", index), f"unknown occurrence '{name}'", hint)


def _occurrence_hint(name: str, known: Collection[str], invariants: Collection[str]) -> str:
    """What was meant: a rule or a code may lack the word before it. Otherwise what may stand here."""
    if name in invariants:
        return "an invariant stands under 'violations'; here an action, `rule ID` or `refused CODE`"
    meant = next((one for one in known if one.split(" ")[1:] == [name]), None) or nearest(name, known)
    return f"did you mean '{meant}'?" if meant else "expected an action, `rule ID` or `refused CODE`"
