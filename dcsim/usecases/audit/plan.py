"""What a pack says of the work itself: the scenarios, the runbook step by step, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from dcsim.domain.moment import clock, instant
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Step
from dcsim.files.codes import CODES
from dcsim.files.write import write_operation
from dcsim.files.yaml_scalars import write_moment
from dcsim.report.mutate import Fate
from dcsim.report.pages.audit import PackBlock, PackList, PackRow, PackSection, PackTable, PackText, Phrase, Words
from dcsim.report.run_view import Problem
from dcsim.report.text import some
from dcsim.rules.phrases import several
from dcsim.usecases.audit.gather import AuditEvidence, undecided
from dcsim.usecases.audit.obligations import policy_value
from dcsim.usecases.audit.scenarios import AuditedRun


def link(file: str) -> str:
    """Return a file of the pack as the target of a link."""
    return quote(file, errors="surrogateescape")


# -- scenarios -----------------------------------------------------------------------------------------------------


def scenarios(evidence: AuditEvidence) -> PackSection:
    """The scenarios, why each is there, and how each went."""
    rows = tuple(PackRow(_scenario(run)) for run in evidence.runs)
    aside = tuple(
        f"{case.scenario.scenario}: {case.scenario.title}. It expects that {case.runbook.runbook} breaks "
        f"{several(case.scenario.violations)}"
        for case in evidence.sources.aside
    )
    blocks: list[PackBlock] = [PackText("No scenario was given, so none was run.")]
    if rows:
        blocks = [PackTable(("scenario", "why", "shows", "tags", "verdict", "remarks"), rows)]
    for run in evidence.failed:
        blocks.append(PackList(map(_problem, run.result.problems), title=f"What failed in {run.result.name}"))
    if aside:
        blocks.append(PackList(aside, title="Left aside: written to show how another runbook fails"))
    return PackSection(
        anchor="scenarios",
        name="Scenarios",
        lead="One weekend each, played under this rulebook and this runbook. A name leads to the page of its run, and "
        "the trace is beside that page. Shows: the statements of the notice, by their numbers.",
        blocks=blocks,
    )


def _scenario(run: AuditedRun) -> tuple[Words, ...]:
    scenario, result = run.case.scenario, run.result
    why = ". ".join(text.rstrip(".") for text in (scenario.title, scenario.note) if text)
    if result.status != "passed":
        verdict = Phrase("✗ failed", "bad")
    elif run.breaks:
        verdict = Phrase(f"✓ passed: breaks {several(run.breaks)}, as it expects", "warn")
    else:
        verdict = Phrase("✓ passed", "good")
    shows = ", ".join(map(str, scenario.shows))
    tags = ", ".join(scenario.tags)
    return Phrase(result.name, href=link(run.file)), why, shows or "–", tags or "–", verdict, _remarks(run)


def _remarks(run: AuditedRun) -> Words:
    """What a reader must know of a run besides its verdict."""
    own = (f"policy {name}: {policy_value(name, value)}" for name, value in run.case.scenario.policies.items())
    played = [f"played with the {says}" for says in own]
    return Phrase("; ".join((*played, *run.flagged)) or "–", "warn" if played or run.flagged else "")


def _problem(problem: Problem) -> Words:
    return (
        Phrase(problem.kind, "bad"),
        f": {problem.sentence}. ",
        "; ".join(f"by {basis}" for basis in problem.rests_on),
    )


# -- the runbook ---------------------------------------------------------------------------------------------------


def plan(evidence: AuditEvidence) -> PackSection:
    """Each step of the runbook, and what it is worth."""
    steps = evidence.runbook.steps
    rows = (PackRow((str(n), *_step(evidence, step))) for n, step in enumerate(steps, start=1))
    link_ = evidence.runbook.link
    sites = several([f"{site} ({role})" for site, role in evidence.runbook.sites.items()])
    joined = "no link between them" if link_ is None else "a link that applies redo " + link_.apply
    return PackSection(
        anchor="plan",
        name="Plan",
        lead="What the operator does, and what each step is worth: it was left out, and every schedule within "
        f"{some(evidence.request.bounds.ops, 'operation')} of each account between two ticks and 1 fault of the link "
        "was tried again, and then the scenarios.",
        blocks=(
            PackText(f"Sites: {sites}, with {joined}."),
            PackTable(("no.", "due", "step", "what it does", "worth"), rows),
        ),
    )


def _step(evidence: AuditEvidence, step: Step) -> tuple[Words, ...]:
    due = clock(instant(step.at, evidence.book), evidence.book)
    does = " ".join((type(step).__doc__ or "").split(".", 1)[0].replace("``", "").split())
    words = (Phrase(write_operation(step), code=True), Phrase(f" {does}.", "faint"))
    return (
        (f"{due} ", Phrase(f"({write_moment(step.at)})", "faint")),
        Phrase(step.id, code=True),
        words,
        worth(evidence.worth.get(step.id)),
    )


def worth(fate: Fate | None) -> Words:
    """Say what a step is worth, from what becomes of the weekend without it."""
    if fate is None:
        return Phrase("not tried: without it the plan is the same", "warn")
    if undecided(fate):
        return Phrase(f"? {fate.how}", "warn")
    if fate.by == "equivalent":
        return Phrase("– not load-bearing", "faint"), ": nothing within the bounds needs it"
    if fate.by == "lint":
        names = several([f"{CODES[code].title} ({code})" for code in _codes(fate.how)])
        return Phrase("● cannot be left out", "good"), f": the plan would be faulty without it: {names}"
    if fate.by == "suite":
        return Phrase("● load-bearing", "good"), f": left out, the scenario {fate.how} ends otherwise"
    if fate.how.startswith("breaks less"):
        return Phrase("✗ does harm", "bad"), ": left out, less is broken"
    return Phrase("● load-bearing", "good"), f": left out, the check finds that the runbook {fate.how}"


def _codes(how: str) -> list[str]:
    return [word for word in how.replace(",", " ").split() if word in CODES]


# -- the way back --------------------------------------------------------------------------------------------------


def back_out(evidence: AuditEvidence) -> PackSection:
    """From where the promised state could still be had, if the weekend were stopped after a step."""
    runs = [run for run in evidence.runs if run.retreats and not _disturbed(run)]
    last = max(evidence.book.sessions, key=lambda session: session.opens).name
    blocks: list[PackBlock] = [PackText("No run was looked at, so nothing is known of it.")]
    if runs:
        rows = (PackRow(_held(evidence, runs, step)) for step in evidence.runbook.steps if _taken(runs, step.id))
        blocks = [
            PackList(_moments(evidence, runs, last)),
            PackTable(("after step", "due", f"all that is promised for {last} could be had from"), rows),
        ]
    left_out = [run.result.name for run in evidence.runs if run.retreats is None]
    if left_out:
        blocks.append(PackText(f"Not looked at, as they have too many accounts or none: {', '.join(left_out)}."))
    return PackSection(
        anchor="back-out",
        name="Back-out and the last safe moment",
        lead=f"Computed from {some(len(runs), 'run')}: in thought, the weekend is stopped after a step, and {last} "
        "opens with what one place holds: a site's store, or a restore point. The place counts if the promise is then "
        "kept to every account of the run, for all that was done until then. What only the link holds does not count, "
        "nor do schedules that no scenario plays; runs with faults and slips are left out.",
        blocks=blocks,
    )


def _disturbed(run: AuditedRun) -> bool:
    return bool(run.case.scenario.faults or run.case.scenario.violations)


def _taken(runs: list[AuditedRun], step: str) -> bool:
    return any(retreat.step == step for run in runs for retreat in run.retreats or ())


def _held(evidence: AuditEvidence, runs: list[AuditedRun], step: Step) -> tuple[Words, ...]:
    found = [retreat for run in runs for retreat in run.retreats or () if retreat.step == step.id]
    places = sorted({place for retreat in found for place in retreat.places}, key=str)
    parts: list[Phrase] = []
    for place in places:
        holding = sum(place in retreat.places for retreat in found)
        few = f" (in {holding} of {len(found)} runs)" if holding < len(found) else ""
        parts += [Phrase("; ")] * bool(parts) + [Phrase(f"{place}{few}", "warn" if few else "")]
    without = sum(not retreat.places for retreat in found)
    if without:
        parts += [Phrase("; ")] * bool(parts) + [Phrase(f"no place in {without} of {len(found)} runs", "bad")]
    due = clock(instant(step.at, evidence.book), evidence.book)
    return Phrase(step.id, code=True), due, parts


def _moments(evidence: AuditEvidence, runs: list[AuditedRun], last: str) -> Iterator[Words]:
    """Say until when each place holds all, and when none does any more."""
    steps = [step for step in evidence.runbook.steps if _taken(runs, step.id)]
    every = [{retreat.step: retreat.places for retreat in run.retreats or ()} for run in runs]
    places = sorted({place for run in every for held in run.values() for place in held}, key=str)
    holds = [all(run.get(step.id, True) for run in every) for step in steps]
    lost = _lost_at(holds)
    lacking = [step.id for step, held in zip(steps, holds, strict=True) if not held]
    if lost is not None:
        step = steps[lost]
        due = clock(instant(step.at, evidence.book), evidence.book)
        says = (
            f" is before {step.id} ({due}): from then on there is a run in which no place holds all that is promised."
        )
        yield Phrase("✗ The last safe moment", "bad"), says
    elif lacking:
        says = (
            f"Stopped after {several(lacking)}, there is a run in which no place holds it as it stands: a later step "
        )
        yield Phrase("! ", "warn"), f"{says}makes it. When {last} is about to open, some place holds it in every run."
    else:
        yield Phrase("✓ ", "good"), f"Until {last} opens, some place holds all that is promised for it, in every run."
    for place in places:
        held = [all(place in run.get(step.id, {place}) for run in every) for step in steps]
        yield f"{place}: {_stretches(steps, held, evidence.book)}."


def _stretches(steps: list[Step], held: list[bool], book: Rulebook) -> str:
    """Say after which steps a place holds all in every run: from where, with which gaps, and until when."""

    def named(number: int) -> str:
        return f"{steps[number].id} ({clock(instant(steps[number].at, book), book)})"

    if all(held):
        return "holds it after every step, in every run"
    if not any(held):
        return "holds it after no step in every run"
    first, gone = held.index(True), _lost_at(held)
    last = len(held) if gone is None else gone
    gaps = [step.id for step, holds in list(zip(steps, held, strict=True))[first:last] if not holds]
    since = f"from {named(first)}" if first else "from the beginning"
    until = "to the end" if gone is None else f"until {named(last)}, and not after it in at least one run"
    if not gaps:
        return f"holds it {since} {until}" + ", in every run" * (gone is None)
    whole = max(n for n in range(last) if not held[n]) + 1
    return f"holds it {since}, but not after {several(gaps)}; without a gap from {named(whole)} {until}"


def _lost_at(holds: list[bool]) -> int | None:
    """Return the first number from which on it is not held to the end; None if it is held at the end."""
    return next((n + 1 for n in range(len(holds) - 1, -1, -1) if holds[n]), 0) if holds and not holds[-1] else None
