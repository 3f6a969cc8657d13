"""What happens on the tracks of a drawing: acts, steps, slips, and what was found wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from dcsim.domain.action_outcome import Violation
from dcsim.domain.actions import Operate, Slip
from dcsim.domain.runbook import (
    Activate,
    Close,
    Copy,
    Drain,
    FailOver,
    Flashback,
    Open,
    Resend,
    Reset,
    RestorePoint,
    Revert,
    Step,
    Switch,
)
from dcsim.report.pages.event_words import (
    act_of,
    client_sentence,
    client_words,
    control_sentence,
    given,
    session_words,
    step_words,
)
from dcsim.report.pages.tracks import OUTSIDE, Mark, Shape, Tone
from dcsim.semantics.diagnosis import FINISHES
from dcsim.semantics.invariant_registry import spell
from dcsim.trace.event import Failure
from dcsim.trace.verdict import verdict
from dcsim.usecases.run_page.downs import track_of_fault
from dcsim.usecases.run_page.event_stages import EventStage
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.places import Places


def marks(
    evidence: RunEvidence, places: Places, stages: Sequence[EventStage], account: str, field: str
) -> Iterator[Mark]:
    """Yield the marks of the events that concern an account or none; then those of what was found wrong."""
    for stage in stages:
        if stage.event.actor == "client":
            yield _act(evidence, places, stage, account)
        elif stage.event.actor == "operator":
            yield from _step(places, stage)
        elif stage.event.actor == "fault":
            yield _fault(places, stage)
    yield from _discards(places, stages)
    yield from _breaks(evidence, places, stages, account, field)


# -- clients -------------------------------------------------------------------------------------------------------


def _act(evidence: RunEvidence, places: Places, stage: EventStage, account: str) -> Mark:
    event = stage.event
    said, wrong = client_words(event), _not_met(evidence, event.at, account, event.outcome)
    refused = event.outcome != "moved"
    what = given(act_of(event)) or said.head
    head = f"{what} {'refused' if refused else 'accepted'}" if wrong else said.head
    return Mark(
        event=event.n,
        track=places.of(event.site, event.n),
        shape="refused" if refused else "act",
        says=client_sentence(event) + (f": expected {wrong.expected}" if wrong else ""),
        # A logout changes nothing that a reader looks for: its mark is enough.
        label=head if wrong or refused or act_of(event).lasting else "",
        more=_must(wrong) if wrong else said.more,
        tone="bad" if wrong else "",
    )


def _must(wrong: Failure) -> str:
    return f"must be {wrong.expected.split(' ')[0]}" if _outcome(wrong.expected) else f"must show {wrong.expected}"


def _outcome(expected: str) -> bool:
    return expected.split(" ", maxsplit=1)[0] in ("accepted", "refused")


def _not_met(evidence: RunEvidence, at: int, account: str, outcome: str) -> Failure | None:
    """Return the expectation that an act did not meet."""
    found = outcome.replace("moved", "accepted")
    same = (f for f in evidence.trace.failures if f.step is not None and (f.account, f.at) == (account, at))
    return next((f for f in same if f.actual.split(" ")[0] == found.split(" ")[0] or not _outcome(f.actual)), None)


def _fault(places: Places, stage: EventStage) -> Mark:
    says = control_sentence(stage.event, None)
    track = track_of_fault(places, stage.event.says)
    return Mark(event=stage.event.n, track=track, shape="fault", says=says, label=says, tone="warn")


# -- the operator --------------------------------------------------------------------------------------------------


@attrs.frozen
class _Shown:
    """How a step is shown: on the track of which site (empty: the link), its shape and its words."""

    site: str
    shape: Shape
    label: str
    more: str = ""


def _step(places: Places, stage: EventStage) -> Iterator[Mark]:
    event, step = stage.event, stage.step
    says = control_sentence(event, step)
    shown = _shown(stage.done) if stage.done else None
    if isinstance(event.action, Slip):
        site = _site(stage)
        yield _mark(places, stage, _Shown(site, "note", f"slip: {event.says}"), says, "warn")
    elif event.outcome != "moved" and isinstance(event.action, Operate):
        label = step.id if step else "operator"
        yield _mark(places, stage, _Shown(_site(stage), "note", label, event.outcome), says, "warn")
    elif isinstance(stage.done, Switch | FailOver):
        for site, role in stage.after.roles:
            if role != stage.before.role(site):
                yield _mark(places, stage, _Shown(site, "role", f"now {role}"), says, "")
    elif shown:
        late = event.says.removeprefix(shown.label).strip() if isinstance(step, Drain) else ""
        yield _mark(places, stage, attrs.evolve(shown, more=shown.more or late), says, "warn" if late else "")


def _mark(places: Places, stage: EventStage, shown: _Shown, says: str, tone: Tone) -> Mark:
    n = stage.event.n
    own = isinstance(stage.done, Revert | Flashback | Activate)
    link = places.link if places.link is not None else OUTSIDE
    track = (places.sites[shown.site] if own else places.of(shown.site, n)) if shown.site else link
    return Mark(event=n, track=track, shape=shown.shape, says=says, label=shown.label, more=shown.more, tone=tone)


def _shown(step: Step) -> _Shown | None:
    """Return how a step that was taken is shown. Sessions are bands, and what goes from site to site are flows."""
    match step:
        case RestorePoint():
            return _Shown(step.site, "point", "restore point", step.name)
        case Activate():
            return _Shown(step.site, "role", step.id, "snapshot standby")
        case Revert():
            return _Shown(step.site, "revert", step.id, "standby again")
        case Flashback():
            return _Shown(step.site, "revert", step.id, f"to {step.to}")
        case Reset():
            return _Shown(step.site, "reset", step.id, step_words(step).split(" at ")[0] + f" to {spell(step.to)}")
        case Drain() | Resend():
            return _Shown("", "note", step.id)
    return None


def _site(stage: EventStage) -> str:
    """Return the site that a step is about, if it is about one."""
    step = stage.step
    if isinstance(step, Close):
        return dict(stage.before.open).get(step.session, "")
    return step.target if isinstance(step, Copy) else str(getattr(step, "site", ""))


def _discards(places: Places, stages: Sequence[EventStage]) -> Iterator[Mark]:
    ids = {stage.event.n: stage.done.id for stage in stages if stage.done}
    for branch in places.branches:
        if branch.end is not None and not branch.kept:
            site = places.tracks[branch.site].name
            says = f"{ids.get(branch.end, 'the operator')} discards the trial branch of {site}"
            yield Mark(event=branch.end, track=branch.track, shape="discard", says=says, label="discarded")


# -- what was found wrong ------------------------------------------------------------------------------------------


def _breaks(
    evidence: RunEvidence, places: Places, stages: Sequence[EventStage], account: str, field: str
) -> Iterator[Mark]:
    """Yield one mark for each event and track at which something was found wrong."""
    unexpected = {broken.violation.invariant for broken in verdict(evidence.case.scenario, evidence.trace).unexpected}
    found: dict[tuple[int, int], list[Violation]] = {}
    for stage in stages:
        for item in stage.event.found:
            if isinstance(item.what, Violation) and item.account == account and item.account:
                _put(found, places, stage.event.n, _where(places, stage, item.what), item.what)
    for broken in evidence.trace.broken:
        if not broken.account and broken.event:
            _put(found, places, broken.event, _named(places, broken.violation), broken.violation)
    by_event = {stage.event.n: stage for stage in stages}
    told = {at: {violation.cell[1] for violation in same if violation.cell} for at, same in found.items()}
    unmet = _fields_not_met(evidence, places, stages, account, told)
    # Of marks at one place, the first gives the label: what is said of the field that is drawn.
    drawn = [at for at, same in unmet.items() if any(failure.field == field for failure in same)]
    yield from (_not_met_at(at, unmet.pop(at), field) for at in drawn)
    for (n, track), same in found.items():
        yield _break(by_event[n], track, same, unexpected, field)
    yield from (_not_met_at(at, same, field) for at, same in unmet.items())


def _put(
    found: dict[tuple[int, int], list[Violation]], places: Places, n: int, site: str, violation: Violation
) -> None:
    where = violation.cell[0] if violation.cell else site
    found.setdefault((n, places.of(where, n)), []).append(violation)


def _where(places: Places, stage: EventStage, violation: Violation) -> str:
    return stage.event.site or _named(places, violation) or _site(stage)


def _named(places: Places, violation: Violation) -> str:
    """Return the site that a violation names, if it names one."""
    text = f" {violation.where} {violation.actual} "
    return next((site for site in places.sites if f" {site} " in text), "")


def _break(stage: EventStage, track: int, same: Sequence[Violation], unexpected: set[str], field: str) -> Mark:
    about = next((v for v in same if v.cell and v.cell[1] == field), same[0])
    names = list(dict.fromkeys(v.invariant for v in same))
    # The one that the page is about comes first.
    names.sort(key=lambda name: name != about.invariant)
    bad = bool(unexpected & {*names})
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    says = "; ".join(f"{v.invariant}: {v.where}: expected {v.expected}, found {v.actual}" for v in same)
    return Mark(
        event=stage.event.n,
        track=track,
        shape="break",
        says=f"{control_or_client(stage)}. {says}{'' if bad else ' (as the scenario expects)'}",
        label=_headline(stage, about),
        more=f"{names[0]}{more}{'' if bad else ', expected'}",
        tone="bad" if bad else "warn",
    )


def _headline(stage: EventStage, about: Violation) -> str:
    if about.invariant == FINISHES:
        return f"{about.where} waits for good"
    value = about.actual.split(" (made in ")[0]
    if isinstance(stage.done, Open):
        return f"{session_words(stage.done.session)} opens with {value}" if about.cell else f"found: {value}"
    return f"found: {value}"


def control_or_client(stage: EventStage) -> str:
    """Say what the event of a stage did."""
    event = stage.event
    return client_sentence(event) if event.actor == "client" else control_sentence(event, stage.step)


def _fields_not_met(
    evidence: RunEvidence,
    places: Places,
    stages: Sequence[EventStage],
    account: str,
    told: Mapping[tuple[int, int], set[str]],
) -> dict[tuple[int, int], list[Failure]]:
    """Return, for each event and track, what an opening found that the scenario does not expect.

    ``told`` are the fields there of which an invariant says so already.
    """
    unmet: dict[tuple[int, int], list[Failure]] = {}
    for failure in (f for f in evidence.trace.failures if f.field and f.account == account):
        stage = next((s for s in stages if s.event.at == failure.at and _opens(s.done, failure)), None)
        if stage is not None:
            at = stage.event.n, places.of(failure.site, stage.event.n)
            if failure.field not in told.get(at, ()):
                unmet.setdefault(at, []).append(failure)
    return unmet


def _not_met_at(at: tuple[int, int], same: Sequence[Failure], field: str) -> Mark:
    about = next((failure for failure in same if failure.field == field), same[0])
    return Mark(
        event=at[0],
        track=at[1],
        shape="break",
        says="; ".join(f"{one.where}: expected {one.expected}, found {one.actual}" for one in same),
        label=f"{session_words(about.target)} opens with {about.actual}",
        more=f"expected {about.expected}",
        tone="bad",
    )


def _opens(step: Step | None, failure: Failure) -> bool:
    return isinstance(step, Open) and (step.session, step.site) == (failure.target, failure.site)
