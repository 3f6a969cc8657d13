"""What a page of a walk shows: where it stands, what is promised, what broke, and what can be done next."""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.report.pages.palette import Chip


@attrs.frozen(kw_only=True)
class Outcome:
    """What would come of an act or a step under one runbook.

    ``code``, ``why`` and ``otherwise`` are of a refusal: its code, its meaning, and what would have to be otherwise.
    ``also`` are the refusals that would come next. ``writes`` and ``shows`` are of an act that is accepted. ``breaks``:
    the invariants that it breaks.
    """

    code: str = ""
    why: str = ""
    otherwise: str = ""
    also: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    shows: str = ""
    breaks: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class NextChoice:
    """One thing that may be done next. ``word`` is its word in the address (empty: it cannot be chosen, and ``why``
    says why). ``outcomes`` are one for each runbook, in their order; None: this runbook has no part in it.
    """

    says: str
    word: str = ""
    note: str = ""
    why: str = ""
    outcomes: tuple[Outcome | None, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether it is accepted under every runbook."""
        return all(outcome is None or not outcome.code for outcome in self.outcomes)

    @property
    def shown(self) -> tuple[Outcome | None, ...]:
        """The outcomes to show: one, where all are the same."""
        return self.outcomes[:1] if len(set(self.outcomes)) == 1 else self.outcomes


@attrs.frozen(kw_only=True)
class AccountChoices:
    """What an account may try."""

    account: str
    accepted: tuple[NextChoice, ...] = ()
    refused: tuple[NextChoice, ...] = ()


@attrs.frozen(kw_only=True)
class Planned:
    """A step of the operator that is still to come.

    ``why``: it would be refused if it were taken now, for this reason. ``slips``: what may go wrong at it.
    """

    step: str
    does: str
    due: str
    code: str = ""
    why: str = ""
    slips: tuple[NextChoice, ...] = ()


@attrs.frozen(kw_only=True)
class PlacedValue:
    """The value of a field at a place. ``changed``: by the last choice; ``differs``: from the other runbook's."""

    field: str
    chip: Chip
    origin: str
    changed: bool = False
    differs: bool = False


@attrs.frozen(kw_only=True)
class PlaceColumn:
    """A place that holds records: a site, one of its restore points, or the link.

    ``role`` and ``open`` are of a site; ``trial``: what is written there now is a branch of its own. ``down``: the
    site, or the link, is down.
    """

    name: str
    sort: Literal["site", "point", "link"]
    role: str = ""
    open: tuple[str, ...] = ()
    trial: bool = False
    down: bool = False


@attrs.frozen(kw_only=True)
class EntryView:
    """A redo entry that is not applied: its number and where it is, in words, and its values."""

    says: str
    values: tuple[PlacedValue, ...]


@attrs.frozen(kw_only=True)
class AccountRow:
    """What is held of an account, by column; the link's column is empty, and ``entries`` are what is on it.

    ``still`` are the fields that hold at every place what they held at the start; no column repeats them.
    """

    account: str
    kind: str
    entries: tuple[EntryView, ...]
    still: tuple[PlacedValue, ...]
    cells: tuple[tuple[PlacedValue, ...], ...]


@attrs.frozen(kw_only=True)
class PromisedValue:
    """What a session promises of a field, and what its site holds now.

    ``rules`` are those that decide, with their words. ``wrong``: what would break if the session opened now. ``open``
    are the changes of which no rule says whether they arrive, and on which it hangs what is permitted.
    """

    session: str
    site: str
    account: str
    field: str
    permitted: tuple[Chip, ...]
    rules: tuple[tuple[str, str], ...]
    found: Chip
    wrong: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class PromiseView:
    """What a session promises: the session that is open by the notice (``now``), or the next one.

    ``together`` says which values are wrong together, though each may be right by itself.
    """

    session: str
    site: str
    opens: str
    now: bool
    rows: tuple[PromisedValue, ...]
    together: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class BreakView:
    """An invariant that broke, or that will if nothing more is done.

    ``choice`` is the number of the choice in which it broke, from 1; 0: it has not happened yet.
    """

    invariant: str
    practice: bool
    statement: str
    says: str
    when: str
    choice: int = 0
    rests_on: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class WorldView:
    """The state of the weekend under one runbook."""

    runbook: str
    columns: tuple[PlaceColumn, ...]
    rows: tuple[AccountRow, ...]
    promises: tuple[PromiseView, ...]
    plan: tuple[Planned, ...]
    broken: tuple[BreakView, ...]
    ahead: tuple[BreakView, ...]
    halted: bool


@attrs.frozen(kw_only=True)
class PathStep:
    """One choice of the path: its word, what it is in words, what happened, and what broke."""

    word: str
    says: str
    sort: str
    at: str
    happened: tuple[str, ...] = ()
    broke: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """What it is, for the line of all choices: of a mere step onward, what came."""
        return self.happened[0] if self.word == "on" and self.happened else self.says


@attrs.frozen(kw_only=True)
class WalkView:
    """A page of a walk.

    ``waits`` says why no account can act now, if none can. ``acts`` are of some accounts, and ``others`` are those
    whose acts are not shown. ``standing`` are the scenario's faults in time, in words. ``scenario`` are named places of
    the scenario's schedule.
    """

    title: str
    rulebook: str
    clock: str
    interval: str
    path: tuple[str, ...]
    choices: tuple[PathStep, ...]
    worlds: tuple[WorldView, ...]
    time: tuple[NextChoice, ...]
    acts: tuple[AccountChoices, ...]
    others: tuple[str, ...]
    faults: tuple[NextChoice, ...]
    waits: str
    standing: tuple[str, ...] = ()
    scenario: tuple[tuple[str, tuple[str, ...]], ...] = ()
