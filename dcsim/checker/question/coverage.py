"""What a verdict covers, computed from what happened while every schedule was explored.

That is: which rules decided anything, what the source leaves open, which steps are always refused, and what was not
tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from dcsim.checker.explorers.big_counts import Count
from dcsim.checker.explorers.protocol import Occurrence
from dcsim.checker.model.alphabet import untried
from dcsim.checker.model.point import OPEN, REFUSED, RULE, TAKEN
from dcsim.checker.model.weekend import Weekend
from dcsim.domain.account import COUNTERS
from dcsim.domain.actions import CLIENT_ACTIONS, Administer, ClientAction
from dcsim.domain.change_kinds import fields_of
from dcsim.domain.faults import FAULT_KINDS
from dcsim.domain.rulebook import Rulebook
from dcsim.semantics.intent import empty


@attrs.frozen(kw_only=True)
class Coverage:
    """What was covered.

    ``kinds``: the kinds of account that took part. ``decided``: the rules that decided a value at a session that
    opened. ``silent``: the rules that never did, with the reason if it is known. ``open_cells``: the rule cells that
    occurred and that the source leaves open. ``refused``: the runbook's steps that no schedule could take, with the
    codes. ``never``: the acts that never succeeded. ``outside``: what was not tried, in sentences.
    """

    kinds: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()
    silent: Mapping[str, str] = attrs.field(factory=dict)
    open_cells: tuple[str, ...] = ()
    refused: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    never: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


def coverage(weekend: Weekend, fired: Mapping[Occurrence, Count]) -> Coverage:
    """What the exploration of a weekend covered."""
    kinds = tuple(dict.fromkeys(account.profile.kind for account in weekend.accounts))
    rules = weekend.model.rulebook.rules
    return Coverage(
        kinds=kinds,
        decided=tuple(rule.id for rule in rules if fired.get(Occurrence(RULE, rule.id))),
        silent={rule.id: _absent(kinds, rule.accounts) for rule in rules if not fired.get(Occurrence(RULE, rule.id))},
        open_cells=tuple(_open_cells(weekend.model.rulebook, fired)),
        refused=_refused(weekend, fired),
        never=tuple(verb for verb in verbs(weekend) if not fired.get(Occurrence("action", verb))),
        outside=tuple(_outside(weekend)),
    )


def _absent(kinds: tuple[str, ...], accounts: tuple[str, ...]) -> str:
    """Why a rule decided nothing: no account of its kinds took part; empty if one did."""
    return "" if set(kinds) & set(accounts) else f"no {' or '.join(accounts)} took part"


def _open_cells(book: Rulebook, fired: Mapping[Occurrence, Count]) -> Iterator[str]:
    """The cells that occurred and that the source leaves open, with the sessions at which they are open."""
    at: dict[str, list[str]] = {}
    for kind, change, target in sorted(fired):
        if kind == OPEN:
            at.setdefault(change, []).append(target)
    order = book.order.__getitem__
    return (f"{change} at {', '.join(sorted(targets, key=order))}" for change, targets in at.items())


def _refused(weekend: Weekend, fired: Mapping[Occurrence, Count]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for step in weekend.model.runbook.steps:
        codes = tuple(sorted(code for kind, name, code in fired if (kind, name) == (REFUSED, step.id)))
        if codes and not fired.get(Occurrence(TAKEN, step.id)):
            found[step.id] = codes
    return found


def verbs(weekend: Weekend) -> tuple[str, ...]:
    """The client actions that can be tried."""
    book = weekend.model.rulebook
    administered = any(book.accounts[account.profile.kind].administers for account in weekend.accounts)
    left_out = set(untried(book))
    return tuple(verb for verb, cls in CLIENT_ACTIONS.items() if _tried(cls, book, left_out, administered=administered))


def _tried(cls: type[ClientAction], book: Rulebook, left_out: set[str], *, administered: bool) -> bool:
    if not cls.lasting or (issubclass(cls, Administer) and not administered):
        return False
    return bool(set(cls.kinds) - left_out) if cls.kinds else bool(book.records)


def _outside(weekend: Weekend) -> tuple[str, ...]:
    """What was left out and could change the verdict."""
    book, model = weekend.model.rulebook, weekend.model
    absent = [kind for kind in book.accounts if kind not in {a.profile.kind for a in weekend.accounts}]
    written = {field for rule in book.rules for kind in book.expand(rule.changes) for field in fields_of(kind)}
    stood = sorted(written - _standing(weekend) - {*COUNTERS, "status"})
    out = [f"kinds of account that did not take part: {', '.join(absent)}"] if absent else []
    if stood:
        out.append(f"accounts that begin with a value in {', '.join(stood)} (--standing tries them)")
    if not weekend.tries_requests:
        why = "a request is the act at its commit, unless its session is open outside its window"
        out.append(f"requests in flight ({why})")
    kinds = {account.profile.kind for account in weekend.accounts}
    own = [kind for kind in sorted(kinds) if kind in book.accounts[kind].administers]
    if own and not weekend.many:
        out.append(f"what an administrator does to its own account: {', '.join(own)}")
    out += _faults_outside(weekend)
    if untried(book):
        out.append(f"kinds of change of which the rulebook says nothing: {', '.join(untried(book))}")
    if model.waived or not model.practices:
        out.append(f"practices: {', '.join(sorted(model.waived)) if model.practices else 'all (--practices off)'}")
    return tuple(out)


def _faults_outside(weekend: Weekend) -> Iterator[str]:
    """What was left out of faults, where some were tried."""
    linked = weekend.model.runbook.link is not None
    kinds = [kind for kind in FAULT_KINDS if weekend.faults and (kind == "crash" or linked)]
    left = [FAULT_KINDS[kind] for kind in kinds if kind not in weekend.kinds]
    if left:
        yield f"faults of other kinds: {', '.join(left)} (--fault-kinds {','.join(FAULT_KINDS)} tries them)"
    if weekend.faults and "crash" in weekend.kinds:
        yield "sites that crash and never come back, or are down in the whole window of a session"


def _standing(weekend: Weekend) -> set[str]:
    """The fields in which some account began with a value."""
    starts = {id(account.start): account.start for account in weekend.accounts}.values()
    return {field for start in starts for field in start.fields if start[field].value != empty(field)}
