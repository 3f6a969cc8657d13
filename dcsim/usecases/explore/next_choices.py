"""What can be done next at the end of a path, and what is refused and why.

Each act is taken by the pure step of every engine, on the state there. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

import attrs

from dcsim.checker.model.alphabet import administrators_actions, client_actions
from dcsim.domain.action_outcome import Blocked, Refused
from dcsim.domain.actions import Administer, ClientAction, Logout, Operate
from dcsim.domain.faults import LinkFault, OperatorSlip
from dcsim.domain.moment import clock, spell
from dcsim.domain.runbook import Drain, Step
from dcsim.domain.world import Control, Lane
from dcsim.files.write import write_act
from dcsim.report.explore_view import AccountChoices, NextChoice, Outcome, Planned
from dcsim.semantics.client_step import kind_of, serving
from dcsim.semantics.invariant_registry import spell as value_in_words
from dcsim.semantics.mechanism import behind
from dcsim.semantics.model import Model
from dcsim.semantics.refusals import Party, Visit
from dcsim.semantics.step import control_step, lane_step
from dcsim.trace.event import Event
from dcsim.usecases.explore.choices import Choice, Next, Try, UnknownChoiceError, Until, write
from dcsim.usecases.explore.events import in_words
from dcsim.usecases.explore.otherwise import otherwise, refusals
from dcsim.usecases.explore.walk import PathEnd

FAULTS = {
    "delay": "is held up for {by}, and later ones may overtake it",
    "drop": "is lost until it is sent again",
    "duplicate": "arrives twice",
}
SLIPS = {
    "skip": "skips {step}",
    "repeat": "does {step} twice",
    "delay": "puts {step} off by {by}",
    "swap": "does the step after {step} first",
}


@attrs.frozen(eq=False)
class World:
    """The state at the end of a path under one runbook."""

    here: PathEnd
    number: int

    @property
    def model(self) -> Model:
        """Its rulebook and runbook."""
        return self.here.walk.models[self.number]

    @property
    def taken(self) -> int:
        """How many events have been taken."""
        return self.here.taken[self.number]

    @cached_property
    def control(self) -> Control:
        """The control now."""
        return self.here.plays[self.number].control(self.taken)

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        """Every account's lane now."""
        return self.here.plays[self.number].lanes(self.taken)

    @property
    def following(self) -> tuple[Event, ...]:
        """The events to come, if nothing more is done."""
        return self.here.plays[self.number].events[self.taken :]


def worlds_at(here: PathEnd) -> tuple[World, ...]:
    """The state at the end of a path under each runbook."""
    return tuple(World(here, number) for number in range(len(here.walk.models)))


def busy(here: PathEnd) -> bool:
    """Whether something is still to happen at this very instant, before any client can act."""
    return any(world.following and world.following[0].at == here.now for world in worlds_at(here))


# -- time --------------------------------------------------------------------------------------------------------------


def time_offers(here: PathEnd) -> Iterator[NextChoice]:
    """The ways in which time may go on."""
    book = here.walk.book
    heads = [event for event in here.following() if event]
    if not heads:
        return
    at, said = heads[0].at, dict.fromkeys(in_words(event, world.model) for event, world in _heads(here))
    when = "at once" if at == here.now else clock(at, book)
    yield _time(here, Next(), f"on: {' / '.join(said)}", when)
    if busy(here):
        yield _time(here, Until(here.now), "everything that is due at this instant", clock(here.now, book))
        return
    due = min((e.at for w in worlds_at(here) for e in w.following if e.actor in ("clock", "operator")), default=None)
    lag = min((model.runbook.link.lag for model in here.walk.models if model.runbook.link), default=0)
    if due is not None and lag > 1 and any(_ships(world) for world in worlds_at(here)):
        just_before = due - max(1, min(1000, lag // 2))
        if just_before > here.now:
            note = "what is then committed is still on the link at the next step or tick"
            yield _time(here, Until(just_before), f"until {clock(just_before, book)}", note)
    for edge, tick in here.walk.models[0].ticks:
        if edge > at:
            yield _time(here, Until(edge), f"until {tick.session} {tick.edge}", clock(edge, book))


def _ships(world: World) -> bool:
    """Whether what clients commit now goes on the link."""
    site = serving(world.control, None)[1]
    return bool(site and world.control.role(site) == "primary" and world.control.other)


def _heads(here: PathEnd) -> Iterator[tuple[Event, World]]:
    for event, world in zip(here.following(), worlds_at(here), strict=True):
        if event:
            yield event, world


def _time(here: PathEnd, choice: Choice, says: str, note: str) -> NextChoice:
    return NextChoice(says=says, word=write(choice, here.walk.book), note=note)


# -- acts --------------------------------------------------------------------------------------------------------------


def act_offers(here: PathEnd, shown: Collection[str]) -> Iterator[AccountChoices]:
    """What each of some accounts may try, accepted or refused."""
    worlds = worlds_at(here)
    some = ((number, each) for number, each in enumerate(here.walk.base.accounts) if each.id in shown)
    for number, account in some:
        tried = dict.fromkeys(act for world in worlds for act in _tries(world, number))
        offers = [_act(worlds, act) for act in tried]
        yield AccountChoices(
            account=account.id,
            accepted=tuple(offer for offer in offers if offer.accepted),
            refused=tuple(offer for offer in offers if not offer.accepted),
        )


def _tries(world: World, number: int) -> Iterator[Try]:
    """Every act of an account: on itself, and on those that it administers."""
    model, lanes, accounts = world.model, world.lanes, world.here.walk.base.accounts
    site = serving(world.control, None)[1] or model.sites[0]
    name, mine = accounts[number].id, lanes[number]
    for action in (*client_actions(model, mine, site), Logout()):
        yield Try(name, action)
    administers = model.rulebook.accounts[mine.profile.kind].administers
    for other, lane in zip(accounts, lanes, strict=True):
        if other.id != name and lane.profile.kind in administers:
            for action in administrators_actions(model, lane, site):
                assert isinstance(action, Administer)
                yield Try(name, attrs.evolve(action, user=other.id))


def _act(worlds: Iterable[World], act: Try) -> NextChoice:
    outcomes = tuple(outcome_of(world, act) for world in worlds)
    (first, *_) = worlds
    return NextChoice(says=write_act(act.action), word=write(act, first.here.walk.book), outcomes=outcomes)


def outcome_of(world: World, act: Try) -> Outcome:
    """What comes of an act here under one runbook."""
    model, control = world.model, world.control
    names = [account.id for account in world.here.walk.base.accounts]
    mine = world.lanes[names.index(act.account)]
    on_other = isinstance(act.action, Administer)
    lane = world.lanes[names.index(act.action.user)] if isinstance(act.action, Administer) else mine
    step = lane_step(model, control, lane, act.action, mine if on_other else None)
    breaks = tuple(dict.fromkeys(violation.invariant for violation in step.violations))
    outcome = step.outcome
    changes = tuple(
        f"{c.field} {value_in_words(c.before.value)} → {value_in_words(c.after.value)}" for c in outcome.changes
    )
    if not isinstance(outcome, Refused):
        return Outcome(writes=changes, shows=outcome.shows, breaks=breaks)
    visit = _visit(model, control, lane, mine if on_other else None, act.action)
    return Outcome(
        code=outcome.code,
        why=outcome.why,
        otherwise=otherwise(visit, outcome.code),
        also=refusals(visit)[1:],
        writes=changes,
        breaks=breaks,
    )


def _visit(model: Model, control: Control, lane: Lane, by: Lane | None, action: ClientAction) -> Visit:
    session, site = serving(control, None)
    at = site or model.sites[0]
    party = Party(lane.profile, lane.store(at), lane.logon is not None)
    actor = Party(by.profile, by.store(at)) if by else None
    return Visit(model, control, party, action, site, session, kind_of(action, party.record), actor)


# -- faults and slips --------------------------------------------------------------------------------------------------


def fault_offers(here: PathEnd) -> Iterator[NextChoice]:
    """What may befall the redo that is on the link."""
    known: dict[tuple[str, int], None] = {}
    for world in worlds_at(here):
        for number, (account, lane) in enumerate(zip(here.walk.base.accounts, world.lanes, strict=True)):
            sent = [entry.number for entry in lane.redo if entry.held == "sent"]
            shipped = here.plays[world.number].shipped(number, world.taken) if sent else {}
            known |= dict.fromkeys((account.id, shipped[entry]) for entry in sent)
    befallen = here.scenario.faults
    for who, nth in known:
        for kind, what in FAULTS.items():
            fault = LinkFault(link=kind, account=who, nth=nth)  # type: ignore[arg-type]
            says = f"entry {nth} of {who} {what.format(by=spell(fault.by))}"
            if any(isinstance(f, LinkFault) and f.account in (None, who) and f.nth in (None, nth) for f in befallen):
                yield NextChoice(says=says, why="one fault befalls an entry, and it has one already")
            else:
                yield NextChoice(says=says, word=write(fault, here.walk.book))


def plan(world: World) -> Iterator[Planned]:
    """The operator's steps to come, whether each would be refused if it were taken now, and the slips at it."""
    model, control, here = world.model, world.control, world.here
    anyone = any(map(behind, world.lanes))
    begun = _has_begun(world)
    for index, todo in enumerate(control.todo):
        step = model.step(todo)
        now = attrs.evolve(control, todo=(todo,))
        outcome = control_step(model, now, Operate(), lambda: anyone).outcome
        blocked = outcome if isinstance(outcome, Blocked) else None
        slips = tuple(_slips(world, step, last=index == len(control.todo) - 1, begun=begun and index == 0))
        yield Planned(
            step=step.id,
            does=_does(step),
            due=clock(model.due[todo.step], here.walk.book),
            code=blocked.code if blocked else "",
            why=blocked.why if blocked else "",
            slips=slips,
        )


def _has_begun(world: World) -> bool:
    """Whether the operator waits in the next step already, so that no slip at it is possible."""
    todo = world.control.todo
    if not todo or not isinstance(world.model.step(todo[0]), Drain):
        return False
    return world.model.due[todo[0].step] <= world.here.now


def _slips(world: World, step: Step, *, last: bool, begun: bool) -> Iterator[NextChoice]:
    here = world.here
    for kind, says in SLIPS.items():
        slip = OperatorSlip(operator=kind, step=step.id)  # type: ignore[arg-type]
        words = says.format(step=step.id, by=spell(slip.by))
        if kind == "swap" and last:
            yield NextChoice(says=words, why="it is the last step")
        elif begun or _due_elsewhere(world, step):
            yield _if_possible(here, slip, words)
        elif any(isinstance(each, OperatorSlip) and each.step == step.id for each in here.scenario.faults):
            yield NextChoice(says=words, why="the operator slips once at a step")
        else:
            yield NextChoice(says=words, word=write(slip, here.walk.book))


def _due_elsewhere(world: World, step: Step) -> bool:
    """Whether the step is due in the other runbook by now, where it may have been taken: a slip befalls both."""
    others = (model for model in world.here.walk.models if model is not world.model)
    return any(
        model.due[index] <= world.here.now
        for model in others
        for index, other in enumerate(model.runbook.steps)
        if other.id == step.id
    )


def _if_possible(here: PathEnd, fault: LinkFault | OperatorSlip, says: str) -> NextChoice:
    """An offer, if the walk can take it here."""
    try:
        here.walk.onward(here, fault)
    except UnknownChoiceError as error:
        return NextChoice(says=says, why=str(error))
    return NextChoice(says=says, word=write(fault, here.walk.book))


def _does(step: Step) -> str:
    """A step in words: its verb and the names that it is given."""
    given = (getattr(step, each.name) for each in attrs.fields(type(step)) if each.name not in ("id", "at"))
    lists = (value if isinstance(value, tuple) else (value,) for value in given)
    return " ".join([step.verb, *(word for words in lists for word in words if isinstance(word, str))])
