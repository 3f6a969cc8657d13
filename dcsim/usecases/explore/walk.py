"""A walk: where a path of choices leads. The path is made into a scenario, and the simulator plays it.

No rule of time is repeated here. A choice adds a step or a fault to the scenario, or it moves the place in the run at
which the walk stands. So what a page shows is what `dcsim run` will find, and a page needs nothing but its address.

Where two runbooks are walked in step, each choice is taken in both. The next event is the earliest of the two; where
both have one at the same instant, of the same actor, both take it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import attrs

from dcsim.checker.model.concretise import moment_of
from dcsim.domain.actions import Administer, Commit
from dcsim.domain.faults import LinkFault, OperatorSlip
from dcsim.domain.moment import UNITS, clock
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import ClientStep, Scenario
from dcsim.domain.world import Control, Lane, Redo
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Event, Trace
from dcsim.trace.recorder import Recorder
from dcsim.usecases.explore.choices import Choice, Next, Try, UnknownChoiceError, Until, read

SLOTS = ("fault", "clock", "link", "operator", "client")
"""Who comes first at one instant."""
HOUR = UNITS["h"]
FARTHEST = 366 * UNITS["d"]
MOST_CHOICES = 1000
MOST_LANES, MOST_RUNS, MOST_ENDS = 100_000, 300, 5000
"""The most lanes, runs and ends of paths that are kept between pages. Above these numbers all are dropped."""


class MisfitError(ValueError):
    """A path does not fit. ``number`` is the index of the first choice that does not, and the message says why."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(why)
        self.number = number


@attrs.frozen(eq=False)
class Played:
    """A run of a path's scenario under one runbook, to its end."""

    model: Model
    trace: Trace
    recorder: Recorder

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event."""
        return self.trace.events

    @cached_property
    def _histories(self) -> tuple[tuple[tuple[int, Lane, Control], ...], ...]:
        return tuple(tuple(self.recorder.history(number)) for number in range(self.recorder.roster.size))

    def lanes(self, taken: int) -> tuple[Lane, ...]:
        """Every account's lane after so many events."""
        return tuple(_last(history, taken)[1] for history in self._histories)

    def control(self, taken: int) -> Control:
        """The control after so many events."""
        return max((_last(history, taken) for history in self._histories), key=lambda found: found[0])[2]

    def shipped(self, number: int, taken: int) -> dict[int, int]:
        """An account's redo entries: for each number on the link, the how-manieth that the account shipped."""
        known: dict[int, int] = {}
        before: tuple[Redo, ...] = ()
        count = 0
        for event, lane, _ in self._histories[number]:
            if event > taken:
                break
            now = {entry.number: entry.held for entry in lane.redo}
            was = {entry.number: entry.held for entry in before}
            actor = self.events[event - 1].actor if event else ""
            if actor == "client":
                fresh = [each for each in now if each not in was]
            else:  # the primary sends again what was lost or late
                fresh = [e for e in now if actor == "operator" and now[e] == "sent" and was.get(e) in ("lost", "late")]
            for each in fresh:
                count += 1
                known[each] = count
            before = lane.redo
        return known


def _last(history: Sequence[tuple[int, Lane, Control]], taken: int) -> tuple[int, Lane, Control]:
    return next(found for found in reversed(history) if found[0] <= taken)


@attrs.frozen(eq=False)
class PathEnd:
    """Where a path leads: the choices, the scenario that they make, and the instant that is reached."""

    walk: Walk
    choices: tuple[Choice, ...]
    scenario: Scenario
    now: int

    @cached_property
    def plays(self) -> tuple[Played, ...]:
        """The run of the scenario under each runbook."""
        return self.walk.played(self.scenario)

    @cached_property
    def steps(self) -> tuple[tuple[int, ...], ...]:
        """After each choice, how many events have been taken under each runbook."""
        return tuple(_progress(self.choices, self.plays))

    @property
    def taken(self) -> tuple[int, ...]:
        """How many events have been taken under each runbook."""
        return self.steps[-1] if self.steps else (0,) * len(self.walk.models)

    def following(self) -> tuple[Event | None, ...]:
        """The next event under each runbook, where it takes part in the next choice ``on``."""
        return _following(self.plays, self.taken)

    @property
    def past(self) -> tuple[str, ...]:
        """The digest of all that has happened, under each runbook."""
        return self.digests(self.taken)

    def digests(self, taken: Sequence[int]) -> tuple[str, ...]:
        """The digest of so many events under each runbook."""
        return tuple(
            play.events[number - 1].digest if 0 < number <= len(play.events) else str(number)
            for play, number in zip(self.plays, taken, strict=True)
        )


@attrs.frozen(eq=False)
class Walk:
    """What is walked: accounts under a rulebook and one or two runbooks (``models``).

    ``base`` is the scenario without steps, and without faults that are choices; ``names`` are the rulebook and the
    runbooks as the caller named them.
    """

    models: tuple[Model, ...]
    base: Scenario
    names: tuple[str, ...]
    _ends: dict[tuple[str, ...], PathEnd] = attrs.field(factory=dict, init=False)
    _runs: dict[Scenario, tuple[Played, ...]] = attrs.field(factory=dict, init=False)
    _tables: list[Table] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Begin with empty tables."""
        object.__setattr__(self, "_tables", [Table(model) for model in self.models])

    @property
    def book(self) -> Rulebook:
        """The rulebook."""
        return self.models[0].rulebook

    @cached_property
    def known(self) -> frozenset[str]:
        """The names of the accounts."""
        return frozenset(account.id for account in self.base.accounts)

    @cached_property
    def start(self) -> int:
        """An hour before the first event, so that clients can act before it."""
        return min(min((model.ticks[0][0], *model.due)) for model in self.models) - HOUR

    def reach(self, path: Sequence[str]) -> PathEnd:
        """Where a path leads. MisfitError at the first choice that does not fit."""
        many = len(self._runs) > MOST_RUNS or len(self._ends) > MOST_ENDS
        if many or any(len(table.lanes) > MOST_LANES for table in self._tables):
            self._forget()
        words = tuple(path)
        known = next((n for n in range(len(words), 0, -1) if words[:n] in self._ends), 0)
        found = self._ends[words[:known]] if known else PathEnd(self, (), self.base, self.start)
        for number in range(known, len(words)):
            if number == MOST_CHOICES:
                raise MisfitError(number, f"a path has {MOST_CHOICES:,} choices at most")
            try:
                found = self.onward(found, read(words[number], self.book))
            except UnknownChoiceError as error:
                raise MisfitError(number, str(error)) from None
            self._ends[words[: number + 1]] = found
        return found

    def _forget(self) -> None:
        self._ends.clear()
        self._runs.clear()
        self._tables[:] = [Table(model) for model in self.models]

    def played(self, scenario: Scenario) -> tuple[Played, ...]:
        """The run of a scenario under each runbook."""
        if scenario not in self._runs:
            pairs = zip(self.models, self._tables, strict=True)
            self._runs[scenario] = tuple(_played(model, scenario, table) for model, table in pairs)
        return self._runs[scenario]

    # -- one choice ----------------------------------------------------------------------------------------------------

    def onward(self, here: PathEnd, choice: Choice) -> PathEnd:
        """Where one more choice leads. UnknownChoiceError if it does not fit."""
        after = attrs.evolve(here, choices=(*here.choices, choice))
        match choice:
            case Next():
                event = next(filter(None, here.following()), None)
                if event is None:
                    raise UnknownChoiceError("nothing is left to happen")
                return attrs.evolve(after, now=event.at)
            case Until():
                return attrs.evolve(after, now=self._later(here, choice.instant))
            case Try():
                return self._tried(here, after, choice)
            case LinkFault() | OperatorSlip():
                return self._befallen(here, after, choice)

    def _later(self, here: PathEnd, at: int) -> int:
        # The first choice may be earlier than the hour before the first event.
        if here.choices and at < here.now:
            raise UnknownChoiceError(f"time does not go back: it is {clock(here.now, self.book)} already")
        if abs(at - self.start) > FARTHEST:
            raise UnknownChoiceError("that is more than a year away")
        return at

    def _tried(self, here: PathEnd, after: PathEnd, act: Try) -> PathEnd:
        for name in (act.account, *([act.action.user] if isinstance(act.action, Administer) else [])):
            if name not in self.known:
                raise UnknownChoiceError(f"there is no account '{name}'")
        if act.takes > FARTHEST:
            raise UnknownChoiceError("an act takes a year at most")
        # At one instant clients act last, in the order of the scenario, so the act comes after all that has happened.
        step = ClientStep(
            at=moment_of(here.now, self.book), account=act.account, action=act.action, takes=act.takes, expect="any"
        )
        return attrs.evolve(after, scenario=attrs.evolve(here.scenario, steps=(*here.scenario.steps, step)))

    def _befallen(self, here: PathEnd, after: PathEnd, fault: LinkFault | OperatorSlip) -> PathEnd:
        if isinstance(fault, LinkFault) and fault.account not in (None, *self.known):
            raise UnknownChoiceError(f"there is no account '{fault.account}'")
        if isinstance(fault, OperatorSlip):
            if not any(fault.step in model.runbook.by_id for model in self.models):
                raise UnknownChoiceError(f"no runbook has a step '{fault.step}'")
            if any(isinstance(each, OperatorSlip) and each.step == fault.step for each in here.scenario.faults):
                raise UnknownChoiceError(f"the operator slips once at a step, and at {fault.step} already")
        if fault.by > FARTHEST:
            raise UnknownChoiceError("a delay lasts a year at most")
        tried = attrs.evolve(after, scenario=attrs.evolve(here.scenario, faults=(*here.scenario.faults, fault)))
        if not self._same_past(here, tried):
            raise UnknownChoiceError("it comes too late: what it would change has happened already")
        return tried

    def _same_past(self, here: PathEnd, tried: PathEnd) -> bool:
        """Whether a choice leaves everything as it was that has happened before it."""
        return tried.digests(here.taken) == here.past


def _played(model: Model, scenario: Scenario, table: Table) -> Played:
    kept: list[Recorder] = []
    # A look at any instant hands out the recorder, which is still there when the run is over.
    trace = simulate(model, scenario, tracing=True, table=table, looks=[(model.ticks[0][0], kept.append)])
    return Played(model, trace, kept[0])


# -- how far a path has come in a run ----------------------------------------------------------------------------------


def _own(event: Event) -> bool:
    """Whether an event is an act of the path; a commit follows by itself."""
    return event.actor == "client" and not isinstance(event.action, Commit)


def _progress(choices: Sequence[Choice], plays: Sequence[Played]) -> Iterator[tuple[int, ...]]:
    """After each choice, how many events have been taken in each run.

    The runs are those of the whole path. Acts that are chosen later are in them too, and are told by their number.
    """
    taken, acts = (0,) * len(plays), 0
    for choice in choices:
        if isinstance(choice, Try):
            acts += 1
            taken = tuple(_past_act(play.events, number, acts) for play, number in zip(plays, taken, strict=True))
        elif isinstance(choice, Until):
            taken = tuple(
                _until(play.events, number, choice.instant) for play, number in zip(plays, taken, strict=True)
            )
        elif isinstance(choice, Next):
            some = _following(plays, taken)
            taken = tuple(number + (event is not None) for number, event in zip(taken, some, strict=True))
        yield taken


def _past_act(events: Sequence[Event], taken: int, acts: int) -> int:
    done = sum(map(_own, events[:taken]))
    while done < acts and taken < len(events):
        done += _own(events[taken])
        taken += 1
    return taken


def _until(events: Sequence[Event], taken: int, at: int) -> int:
    while taken < len(events) and events[taken].at <= at and not _own(events[taken]):
        taken += 1
    return taken


def _following(plays: Sequence[Played], taken: Sequence[int]) -> tuple[Event | None, ...]:
    """The earliest next event of all runs, in each run that has it; None in the others."""
    heads = [
        play.events[number] if number < len(play.events) and not _own(play.events[number]) else None
        for play, number in zip(plays, taken, strict=True)
    ]
    first = min((_turn(event) for event in heads if event), default=None)
    return tuple(event if event and _turn(event) == first else None for event in heads)


def _turn(event: Event) -> tuple[int, int]:
    return event.at, SLOTS.index(event.actor)
