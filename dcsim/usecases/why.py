"""Why: explain what an account holds at a site, from the act that made it to the rules that decide about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import attrs

from dcsim.domain.account import BASELINE, Cell, typed
from dcsim.domain.action_outcome import Change
from dcsim.domain.actions import Administer
from dcsim.domain.change_kinds import fields_of
from dcsim.domain.moment import clock, instant, moment
from dcsim.domain.rulebook import Rule
from dcsim.domain.scenario import Scenario
from dcsim.domain.world import Expected
from dcsim.files.load import Case
from dcsim.report.run_view import cite
from dcsim.report.text import action_words
from dcsim.report.why import ChainLink, ChangeRuling, Explanation, KeptOut, LostValue
from dcsim.semantics import intent
from dcsim.semantics.invariant_registry import spell
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Event
from dcsim.trace.lineage import (
    AccountStage,
    Arrival,
    LastSeen,
    last_seen,
    lineage,
    since,
    stages_of,
    step_of,
)
from dcsim.trace.places import CellPlace
from dcsim.trace.recorder import Recorder
from dcsim.usecases.downs import held_up
from dcsim.usecases.predict import (
    expected_value,
    requested_account,
    requested_field,
    requested_instant,
    requested_site,
)


@attrs.frozen(eq=False)
class Story:
    """What one account went through in a run, from the beginning to its end."""

    model: Model
    account: str
    stages: tuple[AccountStage, ...]

    @property
    def kind(self) -> str:
        """The account's kind."""
        return self.stages[0].lane.profile.kind

    def until(self, at: int) -> Story:
        """Return the story up to the end of an instant."""
        return attrs.evolve(self, stages=tuple(s for s in self.stages if s.event is None or s.event.at <= at))


def stories(model: Model, scenario: Scenario, accounts: Collection[str], seed: int = 0) -> dict[str, Story]:
    """Run a scenario once more and return the stories of some accounts."""
    kept: list[Recorder] = []
    # A look at any instant hands out the recorder, which is still there when the run is over.
    bare = attrs.evolve(scenario, figures=())
    simulate(model, bare, seed=seed, watch=accounts, looks=[(model.ticks[0][0], kept.append)])
    return {account: Story(model, account, stages_of(kept[0], account)) for account in accounts}


def told_by(recorder: Recorder, accounts: Iterable[str]) -> dict[str, Story]:
    """Return the stories of those among some accounts whose events a recorder kept under the numbers of its trace."""
    if not recorder.tracing or (recorder.watch is not None and recorder.weights is None):
        return {}
    watch, numbers = recorder.watch, recorder.roster.numbers
    kept = (name for name in accounts if watch is None or numbers(name)[0] in watch)
    return {name: Story(recorder.model, name, stages_of(recorder, name)) for name in kept}


def why(case: Case, account: str, field: str, at: str | None = None, site: str | None = None) -> Explanation:
    """Explain what one field of one account holds.

    ``at`` is a session (``monday``), which means its opening, or a moment such as ``session-2 +5m``; by default the
    opening of the last session. ``site`` is by default the site that serves the session.
    """
    model = Model(case.rulebook, case.runbook, case.scenario.policies)
    when, session = requested_instant(case.rulebook, at)
    place = requested_site(model, site or case.rulebook.by_name[session].site)
    requested_account(case.scenario, account)
    requested_field(case.scenario, field)
    return explain(stories(model, case.scenario, [account])[account], field, when, session, place)


def explain(story: Story, field: str, at: int, session: str, site: str, asked: Iterable[Cell] = ()) -> Explanation:
    """Explain a field at the end of an instant. ``asked`` are other values that a reader misses there."""
    now = story.until(at)
    book, lane = story.model.rulebook, now.stages[-1].lane
    opening = instant(moment(f"{session} opens"), book)
    before = story.until(min(at, opening - 1)).stages[-1].lane
    expected, cell = expected_value(before, lane, session, field), lane.store(site)[field]
    kept = any(typed(option.cell.value) == typed(cell.value) for option in expected.options)
    made = list(changes_before(now, field, session))
    decisive = decisive_change(made, cell)
    changes = tuple(_ruling(story, event, change, session) for event, change in made)
    # What stood before may be what permits the found value, even if a change wrote the same.
    stood = any(option.cell.origin == BASELINE for option in expected.options)
    if cell.origin == BASELINE or stood or not changes:
        changes = (_standing(story, field, session, before.ledger.start[field]), *changes)
    missed = _missed(expected, cell, kept, asked)
    return Explanation(
        account=story.account,
        kind=story.kind,
        field=field,
        session=session,
        site=site,
        at=at,
        clock=clock(at, book),
        found=spell(cell.value),
        permitted=tuple(dict.fromkeys(spell(option.cell.value) for option in expected.options)),
        kept=kept,
        chain=tuple(_links(now, lineage(story.model, now.stages, site, field))),
        changes=changes,
        kept_out=tuple(_kept_out(story, changes, decisive, field, session)),
        lost=tuple(LostValue(value=spell(each.value), says=_lost(now, field, each, site)) for each in missed),
    )


# -- the chain -----------------------------------------------------------------------------------------------------


def _links(story: Story, arrivals: Iterable[Arrival]) -> Iterator[ChainLink]:
    """Yield the chain from the act to the place. A redo entry is made by the act itself, and so is no link."""
    for arrival in reversed(tuple(arrivals)):
        event, place = arrival.event, arrival.place
        if event and place.number and not event.changes:
            continue
        where = event.site if event and place.number else str(place)
        yield ChainLink(
            event=event.n if event else 0,
            clock=clock(event.at, story.model.rulebook) if event else "",
            place=where,
            says=_event_words(story, event) if event else "",
        )


def _event_words(story: Story, event: Event) -> str:
    """Return what an event did, in words."""
    if event.actor == "client":
        by = f" by {event.by}" if event.by else ""
        act = event.action
        # A step may name a group: the event is about one of its accounts.
        act = attrs.evolve(act, user=event.account) if isinstance(act, Administer) else act
        return f"{event.account} {action_words(act)}{by}"
    if event.actor == "link":
        return f"redo of {event.account}, {action_words(event.action)}"
    index = next(i for i, stage in enumerate(story.stages) if stage.event is event)
    step = step_of(story.model, story.stages[index - 1], event)
    return f"{event.actor} {step.verb}, step {step.id}" if step else f"{event.actor} {event.says}"


# -- the rules -----------------------------------------------------------------------------------------------------


def changes_before(story: Story, field: str, session: str) -> Iterator[tuple[Event, Change]]:
    """Yield the changes of a field that were made before a session, or in it."""
    order = story.model.rulebook.order
    for stage in story.stages:
        for change in stage.event.changes if stage.event else ():
            if change.field == field and order[change.after.origin] <= order[session]:
                assert stage.event is not None
                yield stage.event, change


def decisive_change(made: list[tuple[Event, Change]], found: Cell) -> Change | None:
    """Return the change that made the found value; else the last one."""
    wrote = [change for _, change in made if change.after == found]
    return wrote[-1] if wrote else made[-1][1] if made else None


def _ruling(story: Story, event: Event, change: Change, session: str) -> ChangeRuling:
    book, origin = story.model.rulebook, change.after.origin
    ruling = intent.fate(book, story.kind, change.kind, origin, session)
    asked = book.questions_about(story.kind, change.kind, origin, session) if ruling.fate == "open" else ()
    own = origin == session
    return ChangeRuling(
        event=event.n,
        value=spell(change.after.value),
        kind=change.kind,
        origin=origin,
        fate="own" if own else ruling.fate,
        rules=() if own else ruling.ids,
        basis=() if own else tuple(cite(book, ruling.ids)),
        questions=() if own else tuple(f"{question.id}: {question.asks}" for question in asked),
    )


def _standing(story: Story, field: str, session: str, start: Cell) -> ChangeRuling:
    """Return what the rules make of the value that stood before the weekend."""
    book = story.model.rulebook
    by_fate = intent.baseline_rules(book, story.kind, session).get(field, {})
    fate = next((fate for fate in ("carry", "discard", "reset") if fate in by_fate), "stands")
    ids = tuple(rule.id for rule in by_fate.get(fate, ()))
    basis = tuple(cite(book, ids))
    return ChangeRuling(event=0, value=spell(start.value), kind="", origin=BASELINE, fate=fate, rules=ids, basis=basis)


def _kept_out(
    story: Story, changes: tuple[ChangeRuling, ...], decisive: Change | None, field: str, session: str
) -> Iterator[KeptOut]:
    """Yield the rules that decide about none of the changes, each with the selectors that kept it out."""
    deciding = {rule for change in changes for rule in change.rules}
    for rule in story.model.rulebook.rules:
        if rule.id not in deciding:
            tried = selectors(story, rule, decisive, field, session)
            yield from (kept_out for kept_out, fits in tried if not fits)


def selectors(
    story: Story, rule: Rule, change: Change | None, field: str, session: str
) -> Iterator[tuple[KeptOut, bool]]:
    """Yield each selector of a rule, with what was there, and whether it fits a change (None: what stood before)."""
    kinds = story.model.rulebook.expand(rule.changes)
    origin = change.after.origin if change else BASELINE
    fits = change.kind in kinds if change else any(field in fields_of(kind) for kind in kinds)
    selectors = (
        ("accounts", rule.accounts, story.kind, story.kind in rule.accounts),
        ("changes", kinds, change.kind if change else f"a change of {field}", fits),
        ("made-in", rule.made_in, origin, origin in rule.made_in),
        ("at", rule.at, session, session in rule.at),
    )
    for name, wants, found, fit in selectors:
        yield KeptOut(rule=rule.id, selector=name, wants=wants, found=found), fit


# -- what did not come ---------------------------------------------------------------------------------------------


def _missed(expected: Expected, found: Cell, kept: bool, asked: Iterable[Cell]) -> Iterable[Cell]:
    """Return the values whose absence is to be explained: what was asked for, and what is permitted if found is not."""
    permitted = () if kept else (option.cell for option in expected.options)
    by_value = {typed(cell.value): cell for cell in (*permitted, *asked) if typed(cell.value) != typed(found.value)}
    return by_value.values()


def _lost(story: Story, field: str, cell: Cell, site: str) -> str:
    """Say where a value was last to be had, what destroyed it, and what was down while it was on its way."""
    down = " and ".join(span.words(story.model) for span in held_up(story.stages, field, cell))
    return f"{_last_had(story, field, cell, site)}{f'; while it was on its way, {down}' if down else ''}"


def _last_had(story: Story, field: str, cell: Cell, site: str) -> str:
    made = cell.origin not in (BASELINE, intent.ANY_ORIGIN, "")
    anywhere = last_seen(story.stages, field, cell, any_origin=not made)
    here = last_seen(story.stages, field, cell, any_origin=not made, site=site)
    value = spell(cell.value)
    if not anywhere.places:
        return f"{value} was never at any place: nothing had set it"
    at_site = _end(story, here, value, site)
    if anywhere.event is None:
        return f"{at_site}; it is still at {_places(story, anywhere)}"
    if here.event is anywhere.event:
        return f"{at_site}; after this, no place held it"
    event = anywhere.event
    return f"{at_site}; it was last at {_places(story, anywhere)}, until {_destroyed(story, event)}"


def _end(story: Story, here: LastSeen, value: str, site: str) -> str:
    if not here.places:
        return f"{value} never came to {site}"
    assert here.event is not None, "a value that is still there is not missed"
    return f"{value} was at {site} until {_destroyed(story, here.event)}"


def _destroyed(story: Story, event: Event) -> str:
    return f"event {event.n}, {clock(event.at, story.model.rulebook)}: {_event_words(story, event)}"


HELD = {"sent": "on its way", "late": "held up", "lost": "lost", "received": "received, not applied", "again": "a copy"}
"""Where a redo entry is, in words."""


def _places(story: Story, seen: LastSeen) -> str:
    return " and ".join(f"{place}{_held_since(story, place)}" for place in seen.places)


def _held_since(story: Story, place: CellPlace) -> str:
    """Say what holds a redo entry on the link, and since which event."""
    if not place.held:
        return ""
    event = since(story.stages, place)
    return f" ({HELD[place.held]}{f', event {event.n}' if event and place.held in ('late', 'lost') else ''})"
