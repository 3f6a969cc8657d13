"""Which accounts and fields a page shows one by one: what it is about, what went wrong, and one of each sort."""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.domain.action_signature import SECRETS, method_of
from dcsim.domain.actions import Logon
from dcsim.usecases.run_page.accounts import histories_of
from dcsim.usecases.run_page.gather import RunEvidence, followed

MOST_DRAWN = 8
"""So many fields of accounts are drawn."""
MOST_ACCOUNTS = 12
"""So many accounts are shown one by one: all of them, or one of each sort."""


def cells_drawn(evidence: RunEvidence) -> tuple[tuple[str, str], ...]:
    """Return the accounts and fields that are drawn: first what the page is about. There is one at least."""
    account = shown_accounts(evidence)[0]
    return tuple(_cells(evidence))[:MOST_DRAWN] or ((account, _field_asked(evidence, account)),)


def cells_changed(evidence: RunEvidence) -> int:
    """Return how many fields of the accounts shown could be drawn."""
    return len(tuple(_cells(evidence)))


def _field_asked(evidence: RunEvidence, account: str) -> str:
    """Return the field on which an account's acts depend, where they change none: its secret, if it logs on."""
    acts = (event.action for event in evidence.recorder.events if event.account == account)
    methods = (method_of(action) for action in acts if isinstance(action, Logon))
    return SECRETS.get(next(methods, ""), "status")


def _cells(evidence: RunEvidence) -> Iterator[tuple[str, str]]:
    focus = evidence.focus
    names = set(shown_accounts(evidence))
    changed = dict.fromkeys((e.account, c.field) for e in evidence.recorder.events for c in e.changes)
    seen = {(focus.account, focus.field): None} if focus else {}
    own = focus.account if focus else ""
    seen |= dict.fromkeys(cell for cell in changed if cell[0] == own)
    seen |= dict.fromkeys(cell for cell in changed if cell[0] in names)
    yield from seen


def shown_accounts(evidence: RunEvidence) -> tuple[str, ...]:
    """Return the accounts that are shown one by one: all of them, or one of each history, as far as there is room."""
    roster, focus = evidence.recorder.roster, evidence.focus
    wrong = [broken.account for broken in evidence.trace.broken if broken.account]
    wrong += [failure.account for failure in evidence.trace.failures if failure.account]
    first = ([focus.account] if focus else []) + (wrong if roster.size > MOST_ACCOUNTS else [])
    of_each = (each.representative for each in sorted(histories_of(evidence), key=lambda one: -one.accounts))
    listed = map(roster.name, range(roster.size)) if roster.size <= MOST_ACCOUNTS else of_each
    single = (name for name in dict.fromkeys((*first, *listed)) if len(roster.numbers(name)) == 1)
    known = (name for name in single if followed(evidence.recorder, name))
    return tuple(known)[:MOST_ACCOUNTS]
