"""Because: explains the expectations that a run did not meet, and the values that broke an invariant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from dcsim.domain.account import Value
from dcsim.domain.action_signature import SECRETS, method_of, presented
from dcsim.domain.actions import Action, Administer, Commit, Logon, Operate, Request
from dcsim.domain.runbook import Open
from dcsim.domain.scenario import ClientStep, Scenario
from dcsim.report.run_view import Reasons
from dcsim.report.why import sentence
from dcsim.semantics.diagnosis import FINISHES
from dcsim.semantics.model import Model
from dcsim.semantics.refusals import OF_ACTOR, WHERE, field_read
from dcsim.trace.event import Broken, Event, Failure, Trace
from dcsim.trace.lineage import AccountStage, latest
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster
from dcsim.usecases.downs import TimeDown, down_times, waiting_step
from dcsim.usecases.predict import session_at
from dcsim.usecases.why import Story, explain, stories, told_by

MOST_EXPLAINED = 200
"""Failures and violations of a run beyond this number are not explained: nobody reads so many."""


def because(
    model: Model,
    scenario: Scenario,
    trace: Trace,
    broken: Iterable[Broken],
    seed: int = 0,
    recorder: Recorder | None = None,
) -> Reasons:
    """Explain what a run did not meet, and some of the violations that it found.

    Where the run's own ``recorder`` did not keep what the accounts concerned went through, it is run once more. Of
    failures that are alike, the first one is explained.
    """
    first = {failure.alike: failure for failure in reversed((*trace.failures, *trace.more))}
    failures = list(reversed(first.values()))[:MOST_EXPLAINED]
    found = [each for each in broken if each.account][:MOST_EXPLAINED]
    roster = Roster(scenario)
    names = {each.account for each in failures} | {each.account for each in found}
    names |= set(_administrators(scenario, failures))
    # An expectation about a session that never opens may name many accounts, and is no story of one.
    known = sorted(name for name in names if len(tuple(roster.matching(name))) == 1)
    told = told_by(recorder, known) if recorder else {}
    unkept = [name for name in known if name not in told]
    told |= stories(model, scenario, unkept, seed) if unkept else {}
    never = [each for each in failures if each.target and not each.field]
    return {
        **{each: tuple(_failure(scenario, roster, told, each)) for each in failures if each.account in told},
        **{each: (_never_opened(model, trace, each.target),) for each in never},
        **{each: tuple(_violation(told[each.account], each)) for each in found if each.account in told},
    }


def _never_opened(model: Model, trace: Trace, target: str) -> str:
    """Say why a session never opened in its window, as far as the run tells."""
    opening = [step for step in model.runbook.steps if isinstance(step, Open) and step.session == target]
    if not opening:
        return f"no step of {model.runbook.runbook} opens {target}"
    ids = {step.id for step in opening}
    for event in trace.events:
        if event.step in ids and isinstance(event.action, Operate) and event.outcome == "moved":
            return f"step {event.step} opened {target} only then (event {event.n})"
    names = " and ".join(f"step {step.id}" for step in opening)
    refused = [n.notice.says for n in trace.noticed if n.notice.where in ids]
    taken = [event for event in trace.events if event.actor == "operator"]
    last = f"; the operator's last step was {taken[-1].says} (event {taken[-1].n})" if taken else ""
    stuck = [b.violation for b in trace.broken if b.violation.invariant == FINISHES]
    waits = f", and {stuck[0].where} {stuck[0].actual}" if stuck else ""
    return f"{names} is to open {target}, and {refused[0] if refused else 'was not taken'}{last}{waits}"


def _administrators(scenario: Scenario, failures: Iterable[Failure]) -> Iterator[str]:
    """Yield who acted on another account in the steps that had another outcome than expected."""
    steps = (scenario.steps[each.step] for each in failures if each.step is not None)
    return (step.account for step in steps if isinstance(step.action, Administer))


def _failure(scenario: Scenario, roster: Roster, told: Mapping[str, Story], failure: Failure) -> Iterator[str]:
    story = told[failure.account]
    if failure.field:
        asked = [latest(story.stages, failure.field, _wanted(scenario, roster, failure))]
        yield sentence(explain(story, failure.field, failure.at, failure.target, failure.site, asked))
    elif failure.step is not None:
        yield from _outcome(told, scenario.steps[failure.step], failure)


def _wanted(scenario: Scenario, roster: Roster, failure: Failure) -> Value:
    """Return the value that a tester expected."""
    (number,) = roster.numbers(failure.account)
    for seen in scenario.seen:
        same = (seen.line, seen.target) == (failure.line, failure.target) and number in roster.numbers(seen.account)
        if same and failure.field in seen.fields:
            value: Value = seen.fields[failure.field]
            return value
    raise AssertionError("a failure comes from an expectation")


def _outcome(told: Mapping[str, Story], step: ClientStep, failure: Failure) -> Iterator[str]:
    """Explain the outcome of an act by the value, or by the circumstances, on which it depends."""
    story = told[failure.account]
    at = _stage_of(story, step, failure.at)
    if at is None:
        return
    event, before = story.stages[at].event, story.stages[at - 1]
    assert event is not None, "only the beginning has no event"
    field = _field(event, step, failure)
    if not (field and event.site):
        yield _circumstances(story, before, event)
        return
    secret = presented(step.action)
    asked = [latest(story.stages, field, secret)] if field == SECRETS[method_of(step.action)] else []
    session = session_at(story.model.rulebook, event.at)
    if event.by in told and event.outcome.removeprefix("refused ") in OF_ACTOR:
        # It depends on what the administrator's own record holds.
        yield f"{event.by}: {sentence(explain(told[event.by], field, event.at, session, event.site))}"
    else:
        seen = attrs.evolve(story, stages=story.stages[:at])
        yield sentence(explain(seen, field, event.at, session, event.site, asked))


def _stage_of(story: Story, step: ClientStep, at: int) -> int | None:
    """Return the position of the stage whose event is the step's act."""
    for position, stage in enumerate(story.stages):
        event = stage.event
        if event and event.at == at and event.actor == "client" and _act(event) == step.action:
            return position
    return None


def _act(event: Event) -> Action:
    """Return what a client does: of an act that takes time, the act itself."""
    return event.action.action if isinstance(event.action, Request | Commit) else event.action


def _field(event: Event, step: ClientStep, failure: Failure) -> str:
    """Return the field on which the outcome depends: by the refusal's code, or that of the one that was expected."""
    for code in (failure.actual, failure.expected):
        field = field_read(code.removeprefix("refused "), step.action)
        if code.startswith("refused ") and field:
            return field
    accepted = event.outcome == "moved" and failure.expected.startswith("refused")
    return SECRETS[method_of(step.action)] if accepted and presented(step.action) is not None else ""


def _circumstances(story: Story, before: AccountStage, event: Event) -> str:
    """Say what was open, which logon came before, or what the client presented: whatever the outcome depends on."""
    code = event.outcome.removeprefix("refused ")
    if code == "not-logged-on":
        logons = [each for each in _acts_before(story, event) if isinstance(each.action, Logon)]
        last = f"its last one, event {logons[-1].n}, {_ended(logons[-1])}" if logons else "there was none before"
        return f"a logout needs an open logon, and {next(_lost_logons(story, logons), last)}"
    if code == "site-down":
        return _was_down(story, event)
    if code in (*WHERE, "method-not-offered") or event.outcome == "moved":
        return _open_then(story, before)
    return f"{event.says}{_right_way(story, event, code)}"


def _ended(logon: Event) -> str:
    return "has ended" if logon.outcome == "moved" else f"was {logon.outcome}"


def _lost_logons(story: Story, logons: Sequence[Event]) -> Iterator[str]:
    """Say of the last logon that was accepted which crash lost it, if any did."""
    for logon in [each for each in logons if each.outcome == "moved"][-1:]:
        for span in _downs(story):
            if span.what == logon.site and logon.n < span.start.n:
                yield f"that of event {logon.n} was lost: {span.words(story.model)}"


def _downs(story: Story) -> Iterator[TimeDown]:
    return down_times(stage.event for stage in story.stages if stage.event)


def _was_down(story: Story, event: Event) -> str:
    """Say since when the site was down at which an act came; of a commit, also what was down since its request."""
    down = [span for span in _downs(story) if span.what == event.site]
    asked = event.n
    if isinstance(event.action, Commit):
        request = Request(event.action.action, event.action.by, event.action.ticket)
        asked = max((each.n for each in _acts_before(story, event) if each.action == request), default=event.n)
    met = [span for span in down if span.covers(event) or asked < span.start.n < event.n]
    return " and ".join(span.words(story.model) for span in met)


def _right_way(story: Story, event: Event, code: str) -> str:
    """Return the portal or the links by which the account enters, where it came by another one."""
    kind = story.model.rulebook.accounts[story.kind]
    if code == "wrong-portal":
        return f": it is {kind.portal}"
    links = kind.links.get(method_of(_act(event)), ()) if code == "wrong-link" else ()
    return f": {' or '.join(links)}" if links else ""


def _acts_before(story: Story, event: Event) -> Iterator[Event]:
    events = (stage.event for stage in story.stages)
    return (each for each in events if each and each.actor == "client" and each.n < event.n)


def _open_then(story: Story, before: AccountStage) -> str:
    """Say which sessions were open, and what they offer; or that none was, and what the operator did last."""
    model, control = story.model, before.control
    offers = []
    for name, site in control.open:
        session = model.session(name)
        shows = f" and shows '{session.shows[story.kind]}'" if session.shows.get(story.kind) else ""
        offers.append(f"{name} at {site} ({control.role(site)}), which offers {' and '.join(session.logon)}{shows}")
    steps = [s.event for s in story.stages if s.event and s.event.actor == "operator"]
    done = [event for event in steps if event.n <= (before.event.n if before.event else 0)]
    last = f"; the operator's last step was {done[-1].says} (event {done[-1].n})" if done and not offers else ""
    waits = waiting_step(model, control)
    last += f", and {waits}" if waits else ""
    return f"in {model.interval(control)}, open was {' and '.join(offers) or 'no session'}{last}"


def _violation(story: Story, broken: Broken) -> Iterator[str]:
    """Explain a wrong value."""
    cell = broken.violation.cell
    if cell is None:
        return
    site, field = cell
    before = (s for s in story.stages if s.event is None or s.event.n <= broken.event)
    # Where events are not kept, the violation has no event but an instant.
    seen = attrs.evolve(story, stages=tuple(before)) if broken.event else story.until(broken.at)
    yield sentence(explain(seen, field, broken.at, session_at(story.model.rulebook, broken.at), site))
