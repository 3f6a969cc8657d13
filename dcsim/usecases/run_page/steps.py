"""The steps section of a run's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import attrs

from dcsim.domain.account import typed
from dcsim.domain.actions import Tick
from dcsim.domain.moment import clock
from dcsim.domain.world import Lane
from dcsim.report.pages.drawing.boxes import first_part
from dcsim.report.pages.event_words import event_sentence
from dcsim.report.pages.gutter import Gutter, columns, width_of_gutter
from dcsim.report.pages.palette import Palette
from dcsim.report.pages.steps import GutterHead, StepPanel, StepRow, StepsSection
from dcsim.report.pages.weekend import about, legend
from dcsim.report.text import some
from dcsim.trace.event import Event
from dcsim.trace.lineage import AccountStage
from dcsim.trace.places import held
from dcsim.trace.verdict import verdict
from dcsim.usecases.run_page.accounts import histories_of
from dcsim.usecases.run_page.event_stages import EventStage, event_stages
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.panels import Panels
from dcsim.usecases.run_page.shown import cells_drawn, shown_accounts
from dcsim.usecases.run_page.tracks import palette_of, tracks

MOST_ROWS = 800
"""So many events are rows; a reader who wants more reads the trace."""
MOST_PANELS = 400
"""So many rows have a panel: first those at which something was found, then steps, then the others."""
MOST_SAID = 300
"""So many characters says a row."""
MOST_TABLES = 3
"""Of so many accounts an event of the control shows what it moved."""


def steps(evidence: RunEvidence) -> StepsSection:
    """Return the steps section."""
    making = _Steps(evidence)
    found = tracks(evidence, *making.about)
    xs = columns(found)
    heads = (
        GutterHead(x=xs[n], name=track.name, short=track.name[:5] + ("." if len(track.name) > 5 else ""))
        for n, track in enumerate(found.tracks)
    )
    rows = making.rows(Gutter(found))
    return StepsSection(
        rows=tuple(rows),
        heads=tuple(heads),
        legend=legend(found.values),
        width=width_of_gutter(found),
        about=about(found.account, found.field),
        left_out=making.left_out,
        events=len(evidence.recorder.events),
    )


@attrs.define(eq=False, slots=False)
class _Steps:
    evidence: RunEvidence

    @cached_property
    def about(self) -> tuple[str, str]:
        """The account and the field of the gutter."""
        return cells_drawn(self.evidence)[0]

    @cached_property
    def accounts(self) -> tuple[str, ...]:
        return shown_accounts(self.evidence)

    @cached_property
    def chosen(self) -> list[Event]:
        """The events of the accounts that are shown, and those of no account."""
        names = {"", *self.accounts}
        return [event for event in self.evidence.recorder.events if event.account in names]

    @property
    def left_out(self) -> str:
        """What is left out, and what the trace has of it, in words."""
        events, chosen = len(self.evidence.recorder.events), len(self.chosen)
        others = self.evidence.recorder.roster.size - len(self.accounts)
        words = []
        if self.evidence.trace.folded:
            followed = self.evidence.recorder.watch or frozenset()
            apart = self.evidence.recorder.roster.size - len(followed)
            words.append(f"what {some(apart, 'other account')} did, who lived through the same as those kept")
        if chosen < events:
            alike = {each.representative for each in histories_of(self.evidence)} <= {*self.accounts}
            like = ", who lived through the same as those shown" if alike else ""
            words.append(f"{some(events - chosen, 'event')} of {some(others, 'other account')}{like}")
        if chosen > MOST_ROWS:
            words.append(f"the last {chosen - MOST_ROWS:,} events of those shown")
        kept = "the events of one account of each history" if self.evidence.trace.folded else "all"
        return f"{' and '.join(words)} (the trace has {kept})" if words else ""

    def rows(self, gutter: Gutter) -> Iterator[StepRow]:
        shown = self.chosen[:MOST_ROWS]
        with_panel = self._with_panel(shown)
        for event in shown:
            stage = self._stage(event)
            wrong, warned = self._found(event)
            yield StepRow(
                n=event.n,
                clock=_short(clock(event.at, self.evidence.book)),
                actor=event.actor,
                says=first_part(event_sentence(event, stage.step), MOST_SAID),
                gutter=gutter.row(event.n),
                quiet=isinstance(event.action, Tick),
                wrong=wrong,
                warned=warned,
                moves=tuple(self._moves(event)),
                panel=self._panel(stage) if event.n in with_panel else None,
            )

    # -- stages ------------------------------------------------------------------------------------------------------

    @cached_property
    def _stages(self) -> Mapping[int, EventStage]:
        """The stages of all events shown."""
        found: dict[int, EventStage] = {}
        for account in self.accounts:
            found |= {stage.event.n: stage for stage in event_stages(self.evidence, account)}
        return found

    @cached_property
    def _by_account(self) -> Mapping[str, Mapping[int, tuple[Lane, Lane]]]:
        """For each account of which tables are shown, its lanes before and after each event that concerns it."""
        found: dict[str, dict[int, tuple[Lane, Lane]]] = {}
        for account in self.accounts:
            stages = event_stages(self.evidence, account)
            found[account] = {stage.event.n: stage.lanes for stage in stages}
        return found

    def _stage(self, event: Event) -> EventStage:
        return self._stages[event.n]

    def _panel(self, stage: EventStage) -> StepPanel:
        return self._panels.panel(stage, dict(self._lanes(stage.event)))

    @cached_property
    def _panels(self) -> Panels:
        return Panels(self.evidence, self._palettes)

    @cached_property
    def _palettes(self) -> Mapping[tuple[str, str], Palette]:
        stages: dict[str, tuple[AccountStage, ...]] = {}
        found: dict[tuple[str, str], Palette] = {}
        for account, field in cells_drawn(self.evidence):
            stages.setdefault(account, self.evidence.stages(account))
            found[account, field] = palette_of(stages[account], field)
        return found

    def _lanes(self, event: Event) -> Iterator[tuple[str, tuple[Lane, Lane]]]:
        """Yield the accounts whose cells an event's panel shows: its own, or those that it moved, or the first."""
        if event.account:
            yield event.account, self._by_account[event.account][event.n]
            return
        order = list(dict.fromkeys((self.about[0], *self.accounts)))
        for number, account in enumerate(order[:MOST_TABLES]):
            lanes = self._by_account[account][event.n]
            if number == 0 or _held_at_places(lanes[0]) != _held_at_places(lanes[1]):
                yield account, lanes

    # -- what rows say -----------------------------------------------------------------------------------------------

    def _moves(self, event: Event) -> Iterator[int]:
        for number, (account, field) in enumerate(self._palettes):
            lanes = self._by_account.get(account, {}).get(event.n)
            if lanes and _moved(*lanes, field):
                yield number

    @cached_property
    def _problems(self) -> Mapping[int, dict[str, bool]]:
        """For each event, the invariants found broken at it, and whether that was unexpected."""
        found: dict[int, dict[str, bool]] = {}
        trace = self.evidence.trace
        unexpected = verdict(self.evidence.case.scenario, trace).unexpected
        for broken in trace.broken:
            found.setdefault(broken.event, {})[broken.violation.invariant] = broken in unexpected
        for failure in trace.failures:
            for event in self._at.get(failure.at, ()):
                step = failure.step is not None and event.account == failure.account
                if step or (failure.field and _opens(event, failure.target, failure.site)):
                    found.setdefault(event.n, {})["not as expected"] = True
        return found

    @cached_property
    def _at(self) -> Mapping[int, list[Event]]:
        found: dict[int, list[Event]] = {}
        for event in self.evidence.recorder.events:
            found.setdefault(event.at, []).append(event)
        return found

    def _found(self, event: Event) -> tuple[tuple[str, ...], tuple[str, ...]]:
        here = self._problems.get(event.n, {})
        return tuple(n for n, bad in here.items() if bad), tuple(n for n, bad in here.items() if not bad)

    def _with_panel(self, shown: Sequence[Event]) -> set[int]:
        order = sorted(shown, key=lambda e: (e.n not in self._problems, e.actor != "operator", e.n))
        return {event.n for event in order[:MOST_PANELS]}


def _held_at_places(lane: Lane) -> tuple[object, ...]:
    return lane.stores, lane.points, lane.redo


def _moved(before: Lane, after: Lane, field: str) -> bool:
    if before is after:
        return False
    was, now = held(before, field), held(after, field)
    return any(place not in was or typed(was[place].value) != typed(cell.value) for place, cell in now.items())


def _opens(event: Event, session: str, site: str) -> bool:
    return any(
        (getattr(m, "what", ""), getattr(m, "name", ""), getattr(m, "site", "")) == ("session", session, site)
        and getattr(m, "after", "") == "open"
        for m in event.moves
    )


def _short(text: str) -> str:
    """Return an instant without month, and without seconds if they are none: ``Sat 10 18:05``."""
    return text.removesuffix(":00")
