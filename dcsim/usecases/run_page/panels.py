"""The panel of an event: before and after at every place, where it is written, and why it matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import attrs

from dcsim.domain.account import BASELINE, Cell, Record, typed
from dcsim.domain.world import Lane
from dcsim.report.pages.drawing.boxes import first_part
from dcsim.report.pages.palette import Palette
from dcsim.report.pages.steps import BeforeAfter, CellShown, FieldRow, MovedLine, Reason, SourceLine, StepPanel
from dcsim.report.run_view import cite, doer, stated
from dcsim.report.text import some
from dcsim.report.why import FATES
from dcsim.semantics.invariant_registry import spell
from dcsim.trace.event import Broken, Event
from dcsim.trace.moves import CellMove
from dcsim.usecases.run_page.event_stages import EventStage
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.source_lines import SourceLines
from dcsim.usecases.why import HELD

MOST_SAID, MOST_IN_CELL = 600, 120
"""So many characters has a sentence, and a value in a table."""
MOST_MOVED = 12
"""So many lines say what an event moved of many accounts."""


@attrs.define(eq=False, slots=False)
class Panels:
    """Makes the panels of a run's events. ``palettes`` give tones to the values of what is drawn."""

    evidence: RunEvidence
    palettes: Mapping[tuple[str, str], Palette]

    @cached_property
    def lines(self) -> SourceLines:
        """The lines of the files."""
        return SourceLines(self.evidence.case, self.evidence.recorder.roster, self.evidence.options.seed)

    @cached_property
    def _caused(self) -> Mapping[int, list[Broken]]:
        found: dict[int, list[Broken]] = {}
        for broken in self.evidence.trace.broken:
            if broken.cause and broken.cause != broken.event:
                found.setdefault(broken.cause, []).append(broken)
        return found

    @cached_property
    def _found(self) -> Mapping[int, list[Broken]]:
        found: dict[int, list[Broken]] = {}
        for broken in self.evidence.trace.broken:
            found.setdefault(broken.event, []).append(broken)
        return found

    def panel(self, stage: EventStage, lanes: Mapping[str, tuple[Lane, Lane]]) -> StepPanel:
        """Return the panel of an event. ``lanes`` are those of the accounts that it shows, before and after."""
        event = stage.event
        moved = [move for move in event.moves if isinstance(move, CellMove)] if not event.account else []
        many = moved if self.evidence.recorder.roster.size > len(lanes) else []
        return StepPanel(
            clock=self._clock(event.at),
            actor=event.actor,
            outcome=event.outcome.replace("moved", "accepted" if event.actor == "client" else "done"),
            digest=event.digest,
            source=self._source(stage),
            tables=tuple(self._table(stage, account, *pair) for account, pair in lanes.items()),
            moved=tuple(map(_moved, many[:MOST_MOVED])),
            more_moved=max(0, len(many) - MOST_MOVED),
            roles=_and(f"{site} is {_was(role, stage.before.role(site))}" for site, role in stage.after.roles),
            open=_and(f"{session} at {site}" for session, site in stage.after.open) or "nothing",
            reasons=tuple(_each_basis_once(self._reasons(stage))),
        )

    def _clock(self, at: int) -> str:
        local = datetime.fromtimestamp(at / 1000, ZoneInfo(self.evidence.book.timezone))
        return f"{local:%a} {local.day} {local:%b %Y, %H:%M:%S} {local:%Z}"

    def _source(self, stage: EventStage) -> SourceLine | None:
        if stage.event.actor == "client":
            return self.lines.of_act(stage.event)
        return self.lines.of_step(stage.step) if stage.step else None

    # -- before and after --------------------------------------------------------------------------------------------

    def _table(self, stage: EventStage, account: str, before: Lane, after: Lane) -> BeforeAfter:
        was, now = _places(before), _places(after)
        fields = _fields(was, now, [field for who, field in self.palettes if who == account])
        rows = (
            FieldRow(
                field=field,
                cells=tuple(
                    _cell(was.get(place), record, field, self.palettes.get((account, field)))
                    for place, record in now.items()
                ),
            )
            for field in fields
        )
        names = tuple(_place_name(place, stage) for place in now)
        return BeforeAfter(
            account=first_part(account, MOST_IN_CELL), places=names, rows=tuple(rows), link=_on_the_link(after)
        )

    # -- why it matters ----------------------------------------------------------------------------------------------

    def _reasons(self, stage: EventStage) -> Iterator[Reason]:
        event = stage.event
        yield from self._violations(event)
        yield from self._failures(event)
        for broken in self._caused.get(event.n, ()):
            says = (
                f"{broken.violation.where}: {broken.violation.actual}, where {broken.violation.expected} was expected"
            )
            yield Reason(
                tone="bad",
                head=f"It put there what event {broken.event} finds wrong ({broken.violation.invariant})",
                says=f"{broken.account}, {says}",
            )
        yield from self._rulings(event)

    def _violations(self, event: Event) -> Iterator[Reason]:
        expected = self.evidence.case.scenario.violations
        for broken in self._found.get(event.n, ()):
            violation, who = broken.violation, f"{broken.account}, " if broken.account else ""
            more = f" (and {some(broken.accounts - 1, 'more account')})" if broken.accounts > 1 else ""
            cause = f"; put there by event {broken.cause}, {doer(broken, self.evidence.trace)}" if broken.cause else ""
            as_expected = " (as the scenario expects)" if violation.invariant in expected else ""
            yield Reason(
                tone="warn" if as_expected else "bad",
                head=f"{violation.invariant}{as_expected}: {stated(violation.invariant)}",
                says=f"{who}{violation.where}{more}: expected {violation.expected}, found {violation.actual}{cause}",
                basis=tuple(cite(self.evidence.book, violation.rules)),
            )

    def _failures(self, event: Event) -> Iterator[Reason]:
        for failure in self.evidence.trace.failures:
            mine = event.account == failure.account and failure.step is not None
            opened = bool(failure.field) and event.step and (failure.target in {s for s, _ in self._opened(event)})
            if failure.at == event.at and (mine or opened):
                yield Reason(
                    tone="bad",
                    head="The scenario expects something else",
                    says=f"{failure.account}, {failure.where}: expected {failure.expected}, found {failure.actual}",
                )

    def _opened(self, event: Event) -> Iterator[tuple[str, str]]:
        for move in event.moves:
            if getattr(move, "what", "") == "session" and getattr(move, "after", "") == "open":
                yield getattr(move, "name", ""), getattr(move, "site", "")

    def _rulings(self, event: Event) -> Iterator[Reason]:
        """Yield what the rules decide about a change; or at an opening, what was permitted there."""
        alike: dict[tuple[object, ...], list[str]] = {}
        rulings = [r for r in event.rulings if not r.permitted or r.rules]
        for ruling in rulings:
            alike.setdefault((ruling.session, ruling.fate, ruling.rules, ruling.questions), []).append(_asked(ruling))
        for (session, fate, rules, questions), fields in list(alike.items())[:MOST_MOVED]:
            what = FATES[str(fate)] if fate else "permitted there"
            by = f", by {', '.join(rules)}" if rules else ""  # type: ignore[arg-type]
            asked = self._questions(questions)  # type: ignore[arg-type]
            yield Reason(
                tone="",
                head=f"At {session}: {what}{by}",
                says="; ".join(dict.fromkeys(fields)),
                basis=(*cite(self.evidence.book, rules), *asked),  # type: ignore[arg-type]
            )

    def _questions(self, ids: Sequence[str]) -> Iterator[str]:
        return (f"{q.id}: {q.asks}" for q in self.evidence.book.open_questions if q.id in ids)


def _each_basis_once(reasons: Iterator[Reason]) -> Iterator[Reason]:
    """Quote each rule and each question at the first reason that rests on it."""
    quoted: set[str] = set()
    for reason in reasons:
        basis = tuple(basis for basis in reason.basis if basis not in quoted)
        yield attrs.evolve(reason, says=first_part(reason.says, MOST_SAID), basis=basis)
        quoted.update(reason.basis)


def _asked(ruling: object) -> str:
    """Return the field of a ruling; with the values that are permitted, if it is about an opening."""
    field, permitted = getattr(ruling, "field", ""), getattr(ruling, "permitted", ())
    values = " or ".join(dict.fromkeys(spell(cell.value) for cell in permitted))
    return f"{field} {values}" if values else field


Place = tuple[str, str]
"""A site and, if it is one of its restore points, its name."""


def _places(lane: Lane) -> dict[Place, Record]:
    stores: dict[Place, Record] = {(site, ""): record for site, record in lane.stores}
    return stores | dict(lane.points)


def _place_name(place: Place, stage: EventStage) -> str:
    site, name = place
    if name:
        return f"restore point {name} of {site}"
    return f"{site} (trial)" if stage.after.role(site) == "snapshot-standby" else site


def _fields(was: Mapping[Place, Record], now: Mapping[Place, Record], drawn: Sequence[str]) -> list[str]:
    """Return the fields that an event moved anywhere, after those that are drawn."""
    every = next(iter(now.values())).fields
    moved = [f for f in every if any(p in was and was[p][f] != record[f] for p, record in now.items())]
    return list(dict.fromkeys((*drawn[:1], *moved)))


def _cell(was: Record | None, now: Record, field: str, palette: Palette | None) -> CellShown:
    cell, before = now[field], was[field] if was else None
    return CellShown(
        value=first_part(spell(cell.value), MOST_IN_CELL),
        made=_made(cell),
        tone=palette.tone(cell.value) if palette else "",
        was=_was_cell(before) if before is not None and before != cell else "",
        changed=before != cell,
    )


def _was_cell(cell: Cell) -> str:
    return " ".join(part for part in (first_part(spell(cell.value), MOST_IN_CELL), _made(cell)) if part)


def _made(cell: Cell) -> str:
    return "" if cell.origin == BASELINE else cell.origin


def _on_the_link(lane: Lane) -> str:
    entries = (
        f"{', '.join(f'{field} {spell(cell.value)}' for field, cell in entry.cells)} ({HELD[entry.held]})"
        for entry in lane.redo
    )
    return first_part("; ".join(entries), MOST_SAID) or "nothing"


def _moved(move: CellMove) -> MovedLine:
    before = "nothing" if move.before is None else spell(move.before.value)
    same = move.before is not None and typed(move.before.value) == typed(move.after.value)
    after = f"the same value, made in {move.after.origin}" if same else spell(move.after.value)
    return MovedLine(
        says=first_part(f"{move.field} at {move.place}: {before} → {after}", MOST_SAID),
        accounts=move.accounts,
        examples=move.examples,
    )


def _was(role: str, before: str) -> str:
    return role if role == before else f"{role} (was {before})"


def _and(parts: Iterator[str]) -> str:
    return ", ".join(parts)
