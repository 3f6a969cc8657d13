"""Checks the order of a scenario's steps, and what it expects to happen sometimes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from operator import itemgetter

from dcsim.domain.actions import CLIENT_ACTIONS, Administer
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import ClientStep
from dcsim.files.cast import Cast
from dcsim.files.findings import Flaw, unknown
from dcsim.files.lint_common import Times
from dcsim.files.write import write_moment

EVERYONE = ""
"""The name under which the steps of all accounts are one order."""

Order = tuple[str, bool, str]
"""Steps that happen one after the other: those of a file, of one name, or of each account that the name stands for."""


def order_flaws(steps: Iterable[ClientStep], times: Times, cast: Cast) -> Iterator[Flaw]:
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
    steps: Iterable[ClientStep], times: Times, cast: Cast | None = None
) -> tuple[int, ClientStep, ClientStep] | None:
    """The first step that happens before one above it, with its index and that other step.

    The two have an account in common, alone or in a population or a group; without ``cast``, they may be of any two.
    """
    latest: dict[Order, tuple[int, ClientStep]] = {}
    # The same few names stand in most steps.
    orders = cache(lambda file, name: _orders(file, name, cast))
    for index, step in enumerate(steps):
        at = times.at(step.at)
        if at is None:
            continue  # an unknown session has a finding of its own
        names = {step.account, step.action.user} if isinstance(step.action, Administer) else {step.account}
        # A file that is included comes first, whenever its steps happen.
        pairs = [pair for name in sorted(names) for pair in orders(step.file, name)]
        asked = (latest[order] for order, _ in pairs if order in latest)
        last, before = max(asked, key=itemgetter(0), default=(at, step))
        if at < last:
            return index, step, before
        latest |= {order: (at, step) for _, order in pairs if at >= latest.get(order, (at, step))[0]}
    return None


def _orders(file: str, name: str, cast: Cast | None) -> list[tuple[Order, Order]]:
    """The orders in which a name's step is: pairs of one that it must not precede, and one to which it belongs."""
    if cast is None:
        return [((file, False, EVERYONE), (file, False, EVERYONE))]
    pairs: list[tuple[Order, Order]] = []
    for one in cast.named.get(name, (name,)):
        # A step of a whole population is after those of each of its accounts, and the other way round.
        whole = one in cast.populations
        pairs.append(((file, whole, one), (file, False, one)))
        above = [one] if whole else [p.every for p in cast.populations_with(one) if one not in cast.single]
        pairs += [((file, False, every), (file, True, every)) for every in above]
    return pairs


def sometimes_flaws(names: Iterable[str], book: Rulebook, refusals: Collection[str] | None) -> Iterator[Flaw]:
    """Occurrences that there are not: an act, ``rule ID``, or ``refused CODE``. None: any code of a refusal."""
    codes = () if refusals is None else (f"refused {code}" for code in refusals)
    known = (*CLIENT_ACTIONS, *(f"rule {rule.id}" for rule in book.rules), *codes)
    for index, name in enumerate(names):
        if name not in known and not (refusals is None and name.startswith("refused ")):
            yield unknown("DC187", ("expect", "sometimes", index), "occurrence", name, known)
