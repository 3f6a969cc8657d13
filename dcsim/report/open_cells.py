"""What the source leaves open and a run depended on: one cell of a scenario, and the table over many. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

import attrs

from dcsim.domain.action_outcome import OpenCell
from dcsim.domain.rulebook import Rulebook
from dcsim.trace.event import Noticed
from dcsim.trace.tally import Tally, together

UNLISTED = "no question listed"
Key = tuple[str, tuple[str, ...], tuple[str, ...], str, str]
"""A rulebook, ids and words of questions, a change, and where it was made."""
Which = tuple[str, str]
"""A scenario, by its path and its name: a file may have several."""


@attrs.frozen(kw_only=True)
class Opened:
    """A change whose fate at a target the source leaves open, and on which a run depended.

    ``questions`` are the ids of the rulebook's open questions about it, and ``asks`` are their words. ``did`` says what
    the runbook did with it, and ``accounts`` on how many this was seen.
    """

    questions: tuple[str, ...]
    asks: tuple[str, ...] = attrs.field(repr=False)
    change: str
    made_in: str
    target: str
    did: str
    accounts: int

    @property
    def where(self) -> str:
        """The rule cell, in words."""
        return f"{self.change} made in {self.made_in} at {self.target}"


def opened(rulebook: Rulebook, noticed: Iterable[Noticed]) -> tuple[Opened, ...]:
    """The open cells of a run. Fields of one account that one change wrote are one cell."""
    who: dict[Opened, list[Tally]] = {}
    for each in noticed:
        for cell in _cells(rulebook, each.notice.cell) if each.notice.cell else ():
            who.setdefault(cell, []).extend([each.who] if each.who else [])
    return tuple(attrs.evolve(cell, accounts=together(tallies)) for cell, tallies in who.items())


def questions_in(cells: Iterable[Opened]) -> list[str]:
    """The ids of the questions that some open cells hang on, in order."""
    return sorted({question for cell in cells for question in cell.questions}, key=natural)


def _cells(rulebook: Rulebook, cell: OpenCell) -> Iterator[Opened]:
    for change, made_in in cell.changes:
        questions = rulebook.questions_about(cell.kind, change, made_in, cell.target)
        yield Opened(
            questions=tuple(question.id for question in questions),
            asks=tuple(question.asks for question in questions),
            change=change,
            made_in=made_in,
            target=cell.target,
            did=cell.did,
            accounts=0,
        )


def ids_of(rulebook: Rulebook, noticed: Noticed) -> str:
    """The ids of the questions on which an open line hangs, to be written before it. Empty for any other line."""
    if not noticed.notice.cell:
        return ""
    found = (cell.questions for cell in _cells(rulebook, noticed.notice.cell))
    return f"{', '.join(dict.fromkeys(question for ids in found for question in ids)) or UNLISTED}: "


@attrs.frozen(kw_only=True)
class OpenRow:
    """One row of the table: an open change with its questions, over all scenarios of a run.

    ``did`` counts the scenarios by what their runbooks did.
    """

    rulebook: str
    questions: tuple[str, ...]
    asks: tuple[str, ...]
    change: str
    made_in: str
    targets: tuple[str, ...]
    scenarios: int
    accounts: int
    did: dict[str, int]


def fold(cells: Iterable[tuple[str, Which, Opened]]) -> list[OpenRow]:
    """Fold the open cells of many scenarios: each with its rulebook and its scenario."""
    groups: dict[Key, dict[str, dict[Which, Opened]]] = {}
    for rulebook, scenario, cell in cells:
        key = rulebook, cell.questions, cell.asks, cell.change, cell.made_in
        at = groups.setdefault(key, {}).setdefault(cell.target, {})
        at[scenario] = _joined(at[scenario], cell) if scenario in at else cell
    rows = [row for key, targets in groups.items() for row in _rows(key, targets)]
    return sorted(rows, key=lambda row: (row.rulebook, not row.questions, [natural(q) for q in row.questions]))


def _joined(one: Opened, other: Opened) -> Opened:
    """One cell of a scenario, where a runbook carried it for some accounts or fields and not for others."""
    did = one.did if one.did == other.did else "carried in part"
    return attrs.evolve(one, did=did, accounts=max(one.accounts, other.accounts))


def _rows(key: Key, targets: dict[str, dict[Which, Opened]]) -> Iterator[OpenRow]:
    """A row for all targets at which the same was done with a change in the same scenarios."""
    alike: dict[tuple[tuple[Which, str, int], ...], list[str]] = {}
    for target, found in targets.items():
        alike.setdefault(tuple((of, cell.did, cell.accounts) for of, cell in found.items()), []).append(target)
    rulebook, questions, asks, change, made_in = key
    for scenarios, same in alike.items():
        yield OpenRow(
            rulebook=rulebook,
            questions=questions,
            asks=asks,
            change=change,
            made_in=made_in,
            targets=tuple(same),
            scenarios=len(scenarios),
            accounts=sum(accounts for _, _, accounts in scenarios),
            did=dict(Counter(did for _, did, _ in scenarios)),
        )


def natural(question: str) -> tuple[str, int]:
    """A sort key that puts Q10 after Q9."""
    letters = question.rstrip("0123456789")
    return letters, int(question[len(letters) :] or 0)


def rows_by_question(rows: Iterable[OpenRow]) -> Iterator[tuple[OpenRow, list[OpenRow]]]:
    """The rows of each question, or group of questions, with the first of them."""
    for _, group in groupby(rows, key=lambda row: (row.rulebook, row.questions)):
        same = list(group)
        yield same[0], same


def selectors(row: OpenRow | Opened) -> str:
    """What a question about a cell would have in its rulebook, to be found by it."""
    targets = row.targets if isinstance(row, OpenRow) else (row.target,)
    return f"changes: {row.change}, made-in: {row.made_in}, at: [{', '.join(targets)}]"
