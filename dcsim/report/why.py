"""Why an account holds a value: the chain back to its act, the rules that decide, and what did not come. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

import attrs

from dcsim.report.text import Paint, each_on_one_line, plain, wrapped


@attrs.frozen(kw_only=True)
class ChainLink:
    """One event by which the value came to a place; ``event`` 0 is the beginning of the weekend."""

    event: int
    clock: str
    place: str
    says: str


@attrs.frozen(kw_only=True)
class ChangeRuling:
    """What the rules make of one change of the field: ``carry``, ``discard``, ``reset``, ``open``, or ``own`` if it was
    made in the session itself, or ``stands`` for what stood before the weekend.

    ``basis`` has each deciding rule with its citation or assumption; ``questions`` the open questions that concern it.
    """

    event: int
    value: str
    kind: str
    origin: str
    fate: str
    rules: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class KeptOut:
    """A rule that does not decide, and a selector that kept it out: what it is for, and what was there instead."""

    rule: str
    selector: str
    wants: tuple[str, ...]
    found: str


@attrs.frozen(kw_only=True)
class LostValue:
    """A value that did not come, and the sentence that says where it was last to be had."""

    value: str
    says: str


@attrs.frozen(kw_only=True)
class Explanation:
    """Why one field of one account holds what it holds at a site, at an instant.

    ``session`` is the one whose promise is asked; ``permitted`` are the values that it permits. ``chain`` begins with
    the act that made the found value.
    """

    account: str
    kind: str
    field: str
    session: str
    site: str
    at: int
    clock: str
    found: str
    permitted: tuple[str, ...]
    kept: bool
    chain: tuple[ChainLink, ...]
    changes: tuple[ChangeRuling, ...]
    kept_out: tuple[KeptOut, ...]
    lost: tuple[LostValue, ...] = ()


FATES = {
    "carry": "carried",
    "discard": "discarded",
    "reset": "reset",
    "open": "left open: no rule speaks of it",
    "own": "in force at once: it was made in this session",
    "stands": "as it stood: no rule speaks of it",
}


@each_on_one_line
def lines(why: Explanation, paint: Paint = plain) -> Iterator[str]:
    """Yield the explanation for a terminal."""
    yield paint(f"{why.account}, {why.field} at {why.site}, {why.session}, {why.clock}", "bold")
    mark = paint("permitted", "good") if why.kept else paint("not permitted", "bad")
    yield f"  found      {why.found}  ({mark})"
    if not why.kept:
        yield f"  permitted  {' or '.join(why.permitted) or 'nothing: the rules cannot be kept together'}"
    for number, link in enumerate(why.chain):
        yield from _row("because" if number == 0 else "", chain_words(link))
    for number, change in enumerate(why.changes):
        yield from _row("rules" if number == 0 else "", ruling_words(change))
        for basis in change.basis:
            yield from _row("", f"  by {basis}")
        for question in change.questions:
            yield from _row("", f"  {question}")
    for number, words in enumerate(kept_out_words(why.kept_out)):
        yield from _row("not" if number == 0 else "", words)
    for number, lost in enumerate(why.lost):
        yield from _row("lost" if number == 0 else "", lost.says)


def _row(head: str, text: str) -> Iterator[str]:
    first, *rest = wrapped(text, 13)
    yield f"  {head:<11}{first[13:]}"
    yield from rest


def chain_words(link: ChainLink) -> str:
    """Return one link of the chain in words."""
    if not link.event:
        return f"at {link.place} from the beginning"
    return f"event {link.event}, {link.clock}: {link.says}; at {link.place}"


def ruling_words(change: ChangeRuling) -> str:
    """Return what the rules make of a change in words."""
    if not change.kind:
        return f"{change.value}, which stood before the weekend, is {FATES[change.fate]}"
    event = f" (event {change.event})" if change.event else ""
    return f"{change.value}, {change.kind} made in {change.origin}{event}, is {FATES[change.fate]}"


def kept_out_words(kept_out: Iterable[KeptOut]) -> Iterator[str]:
    """Yield why each rule does not decide, in words."""
    for rule, group in groupby(kept_out, key=attrgetter("rule")):
        yield f"{rule}: " + " and ".join(f"{out.selector} is {', '.join(out.wants)}, not {out.found}" for out in group)


def sentence(why: Explanation) -> str:
    """Return the explanation in one or two sentences, as they stand below an expectation that was not met."""
    made, *moved = why.chain
    came = f"stood at {made.place} from the beginning" if not made.event else f"is from {_at_event(made)}"
    by = "".join(f", then {link.says} (event {link.event})" for link in moved)
    lost = (f"{lost.value}{_fate(why, lost.value)}{lost.says.removeprefix(lost.value)}" for lost in why.lost)
    return ". ".join((f"{why.found}{_fate(why, why.found)} {came}{by}", *lost))


def _at_event(link: ChainLink) -> str:
    return f"{link.says} (event {link.event}, {link.clock})"


def _fate(why: Explanation, value: str) -> str:
    """Return what the rules make of a value, in brackets; nothing where no change of the weekend made it."""
    made = [change for change in why.changes if change.value == value]
    if not made or made[-1].fate in ("own", "stands"):
        return ""
    change = made[-1]
    by = f" by {' and '.join(change.rules)}" if change.rules else ""
    asked = f": {'/'.join(question.split(':')[0] for question in change.questions)}" if change.questions else ""
    return f" ({_FATE_WORDS[change.fate]}{by}{asked})"


_FATE_WORDS = {"carry": "carried", "discard": "discarded", "reset": "reset", "open": "left open"}
