"""Trials: a model lives through the histories of some accounts, and what comes of each is compared with the day."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

import attrs

from dcsim.domain.account import BASELINE, Cell, Value
from dcsim.domain.action_outcome import Violation
from dcsim.domain.scenario import Scenario
from dcsim.domain.world import Question
from dcsim.semantics.interning import NOBODY, Table
from dcsim.semantics.model import Model
from dcsim.semantics.promise import check_record
from dcsim.simulate.weekend import simulate
from dcsim.trace.recorder import Recorder
from dcsim.usecases.reconcile.day import UNNAMED, Row, TestDay
from dcsim.usecases.reconcile.dump import NOT_RECORDED
from dcsim.usecases.reconcile.labels import PRESENTED
from dcsim.usecases.reconcile.member import Member, populated
from dcsim.usecases.reconcile.player import DayPlayer, UnlikeAct, unbound


@attrs.frozen
class DumpPlace:
    """When and where the dump was taken: an instant, in or before a session, at a site; and when the session opens."""

    at: int
    session: str
    site: str
    opening: int


@attrs.frozen(eq=False)
class FieldVerdict:
    """One field of which the dump holds something else than is predicted, or something that is not permitted.

    All values are labels. ``violation`` says how it breaks the promise (None: it does not); ``questions`` are the
    questions that the rules leave open about the field. ``promised``: the site serves the session, so that the rules
    speak of what it holds.
    """

    field: str
    predicted: Value
    found: Value
    permitted: tuple[Value, ...]
    violation: Violation | None
    questions: tuple[tuple[str, str], ...]
    promised: bool


@attrs.frozen(eq=False)
class History:
    """What is tried with an account: what it did, perhaps changed, and the fault that befell it alone."""

    account: int
    rows: tuple[Row, ...]
    member: Member


@attrs.frozen
class HistoryVerdict:
    """What came of one history: the acts that the model answers differently, and the fields that the dump has wrong."""

    unlike: tuple[UnlikeAct, ...]
    fields: tuple[FieldVerdict, ...]

    @property
    def as_predicted(self) -> bool:
        """Whether the model answers every act as the log has it, and holds what the dump has."""
        return not self.unlike and all(same(field.predicted, field.found) for field in self.fields)

    @property
    def matches(self) -> bool:
        """Whether all is as predicted, and permitted."""
        return not self.unlike and not self.fields


MATCHES = HistoryVerdict((), ())
GUESSED = "refused wrong-password"


def same(one: Value, other: Value) -> bool:
    """Whether two labels are equal and of one type."""
    return one == other and type(one) is type(other)


@attrs.define(eq=False)
class Trial:
    """One run of a model over a day's histories."""

    day: TestDay
    model: Model
    target: DumpPlace
    player: DayPlayer
    table: Table
    before: array[int] = attrs.field(factory=lambda: array("i"))
    now: array[int] = attrs.field(factory=lambda: array("i"))
    openings: dict[str, array[int]] = attrs.field(factory=dict)
    """The lanes just before each session opens."""
    readings: dict[tuple[Any, ...], tuple[Question, ...]] = attrs.field(factory=dict)
    """The questions behind acts that were looked into."""
    _verdicts: dict[tuple[Any, ...], tuple[FieldVerdict, ...]] = attrs.field(factory=dict)

    def answer(self, number: int, account: int, rows: Callable[[int], Sequence[Row]]) -> HistoryVerdict:
        """What came of the account with a number in the run, which is an account of the day."""
        fields, unlike = self._fields(number, account, rows), self.player.unlike.get(number)
        return HistoryVerdict(tuple(unlike or ()), fields) if unlike or fields else MATCHES

    def _fields(self, number: int, account: int, rows: Callable[[int], Sequence[Row]]) -> tuple[FieldVerdict, ...]:
        held = self.day.held.get(account)
        if held is None:
            return ()
        aliases = self.player.aliases.get(number)
        if aliases:
            held = tuple([aliases.get(value, value) if isinstance(value, str) else value for value in held])
        bound = tuple(aliases.values()) if aliases else ()
        # A value that occurs nowhere else may be any that no file tells; so may one that was only presented, and not
        # refused as wrong.
        loose = {UNNAMED} | set(filter(_only_presented, held))
        if len(loose) > 1:
            loose -= {label for row in rows(account) if row[3].wanted == GUESSED for label in row[3].labels}
        key = (self.before[number], self.now[number], held, bound, frozenset(loose))
        known = self._verdicts.get(key)
        if known is None:
            origins = _origins(self.day, rows(account))
            known = self._verdicts[key] = tuple(self._judge(number, held, loose, set(bound), origins))
        return known

    def _judge(
        self, number: int, held: tuple[Any, ...], loose: set[Any], bound: set[Value], origins: dict[Value, str]
    ) -> Iterable[FieldVerdict]:
        before, now = self.table.lanes[self.before[number]], self.table.lanes[self.now[number]]
        session, site = self.target.session, self.target.site
        record = now.store(site)
        changed = {f: now.ledger.at(session, f) for f in record.fields}
        changed = {f: row for f, row in changed.items() if any(cell.origin == session for cell in row.cells)}
        ledger = before.ledger.put(session, changed)
        predicted, found = {}, {}
        for field, value in zip(self.day.fields, held, strict=True):
            if value is NOT_RECORDED:
                continue
            predicted[field] = record[field].value
            allowed = [cell.value for cell in ledger.at(session, field).cells]
            free = [label for label in (predicted[field], *allowed) if unbound(label, self.day.plain)]
            told = value not in loose or any(same(value, label) for label in (predicted[field], *allowed))
            found[field] = value if told else next((label for label in free if label not in bound), value)
        cells = {f: Cell(value, origins.get(value, BASELINE)) for f, value in found.items()}
        # As if the site held what the dump has: the promise is asked about that.
        lane = attrs.evolve(now, ledger=ledger).with_store(site, record.put(cells))
        broken: dict[str, Violation] = {}
        promised = self.model.session(session).site == site
        for violation in check_record(self.model, lane, session, site)[1] if promised else ():
            unlike = [field for field, value in found.items() if not same(value, predicted[field])]
            # Without a cell, each value is permitted, but no reading permits them together.
            broken |= dict.fromkeys([violation.cell[1]] if violation.cell else unlike, violation)
        for field, value in found.items():
            if field in broken or not same(value, predicted[field]):
                row = ledger.at(session, field)
                permitted = tuple(dict.fromkeys(cell.value for cell in row.cells))
                questions = row.questions if promised else ()
                yield FieldVerdict(field, predicted[field], value, permitted, broken.get(field), questions, promised)


def _only_presented(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(PRESENTED)


def _origins(day: TestDay, rows: Iterable[Row]) -> dict[Value, str]:
    """In which interval each value was made, by the log."""
    origins: dict[Value, str] = {}
    for at, _, _, deed, _ in rows:
        for label in deed.writes if deed.wanted in ("", "accepted") else ():
            origins.setdefault(label, day.interval(at))
    return origins


# -- running -----------------------------------------------------------------------------------------------------------


def whole(day: TestDay, model: Model, target: DumpPlace, rows: Sequence[Row]) -> Trial:
    """The whole day under a model."""
    return _run(day, model, target, day.scenario, rows)


def some(
    day: TestDay, model: Model, target: DumpPlace, histories: Sequence[History], scenario: Scenario
) -> list[HistoryVerdict]:
    """Some histories under a model, each as if its account were alone but for the administrators who act on it."""
    helpers = {by for history in histories for _, _, by, _, _ in history.rows if by != NOBODY}
    while more := {row[2] for by in helpers for row in day.history(by)} - helpers - {NOBODY}:
        helpers |= more
    every = [*histories, *(History(by, tuple(day.history(by)), day.members[by]) for by in sorted(helpers))]
    made, numbers = populated(scenario, [history.member for history in every])
    place = {history.account: numbers[len(histories) + n] for n, history in enumerate(every[len(histories) :])}
    rows = [
        (at, number, place[by] if by != NOBODY else NOBODY, deed, line)
        for number, history in zip(numbers, every, strict=True)
        for at, _, by, deed, line in history.rows
    ]
    rows.sort(key=itemgetter(0))
    trial = _run(day, model, target, made, rows)
    return [
        trial.answer(number, history.account, lambda _, history=history: history.rows)  # type: ignore[misc]
        for number, history in zip(numbers, histories, strict=False)
    ]


def _run(day: TestDay, model: Model, target: DumpPlace, scenario: Scenario, rows: Sequence[Row]) -> Trial:
    trial = Trial(day, model, target, DayPlayer(rows, day.plain), Table(model))

    def keep(name: str) -> Callable[[Recorder], None]:
        return lambda recorder: setattr(trial, name, recorder.lanes[:])

    def before(session: str) -> Callable[[Recorder], None]:
        return lambda recorder: trial.openings.__setitem__(session, recorder.lanes[:])

    looks = [(min(target.at, target.opening - 1), keep("before")), (target.at, keep("now"))]
    looks += [(at - 1, before(tick.session)) for at, tick in model.ticks if tick.edge == "opens"]
    simulate(model, scenario, tracing=False, table=trial.table, looks=looks, player=trial.player)
    return trial
