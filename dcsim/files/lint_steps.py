"""Checks the order of a scenario's steps, and what it expects to happen sometimes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from dcsim.domain.actions import CLIENT_ACTIONS, Administer
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import ClientStep
from dcsim.files.findings import Flaw, unknown
from dcsim.files.lint_common import Times
from dcsim.files.write import write_moment

EVERYONE = ""
"""The name under which the steps of all accounts are one order."""


def order_flaws(steps: Iterable[ClientStep], times: Times) -> Iterator[Flaw]:
    """The first step that stands below a later one of the same account. A population's step counts by its first act.

    Steps of different accounts may stand in any order: a file may take the accounts one by one.
    """
    found = first_out_of_order(steps, times)
    if found:
        index, step, before = found
        who = step.account if step.account == before.account else f"{step.account} and {before.account}"
        message = f"{who}: '{write_moment(step.at)}' stands below '{write_moment(before.at)}', and happens before it"
        yield Flaw("DC188", ("steps", index, "at"), message, "steps happen in the order of time")


def first_out_of_order(
    steps: Iterable[ClientStep], times: Times, *, anyone: bool = False
) -> tuple[int, ClientStep, ClientStep] | None:
    """The first step that happens before one above it, with its index and that other step.

    ``anyone``: the other step may be of another account.
    """
    latest: dict[tuple[str, str], tuple[int, ClientStep]] = {}
    for index, step in enumerate(steps):
        at = times.at(step.at)
        if at is None:
            continue  # an unknown session has a finding of its own
        names = {step.account, step.action.user} if isinstance(step.action, Administer) else {step.account}
        for name in {EVERYONE} if anyone else names:
            # A file that is included comes first, whenever its steps happen.
            last, before = latest.get((step.file, name), (at, step))
            if at < last:
                return index, step, before
            latest[step.file, name] = at, step
    return None


def sometimes_flaws(names: Iterable[str], book: Rulebook, refusals: Collection[str] | None) -> Iterator[Flaw]:
    """Occurrences that there are not: an act, ``rule ID``, or ``refused CODE``. None: any code of a refusal."""
    codes = () if refusals is None else (f"refused {code}" for code in refusals)
    known = (*CLIENT_ACTIONS, *(f"rule {rule.id}" for rule in book.rules), *codes)
    for index, name in enumerate(names):
        if name not in known and not (refusals is None and name.startswith("refused ")):
            yield unknown("DC187", ("expect", "sometimes", index), "occurrence", name, known)
