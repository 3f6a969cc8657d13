"""Fuzzing: draw scenarios in batches, and keep the shortest one that breaks each invariant."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import attrs

from dcsim.checker.model.abstract_accounts import abstract_accounts
from dcsim.files.findings import InputError
from dcsim.fuzzer.draw_faults import possible
from dcsim.fuzzer.minimise import size
from dcsim.report.campaign import FuzzFinding, FuzzResult, Lost, StruckKind
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.usecases.fill_outcomes import with_outcomes
from dcsim.usecases.findings_folder import FindingsFolder, opened
from dcsim.usecases.fuzz_batch import Batch, administered, forget, run_batch
from dcsim.usecases.fuzz_campaign import Campaign, Part
from dcsim.usecases.request import RequestError
from dcsim.usecases.shorten_by_check import MINIMISED, Work, shorten
from dcsim.usecases.tasks.each import Again, each
from dcsim.usecases.tasks.task import HERE, Died, Stop, Workplace, never

FINISH_STATES = 30_000
"""The most states that the check explores for each finding. Above it, the label is ``minimised``, not ``shortest``."""


@attrs.frozen
class FuzzProgress:
    """How many examples were drawn, and how many invariants they broke. Reported often."""

    examples: int
    broken: int


@attrs.frozen
class Retried:
    """The process of a batch ended without a result. The batch (None: it is not known which) is run once more."""

    batch: int | None
    why: str


@attrs.frozen
class Unsaved:
    """A finding could not be written. It is tried again with the next finding, and at the end."""

    why: str


Event = FuzzProgress | Retried | Unsaved
Listener = Callable[[Event], None]


def fuzz(
    campaign: Campaign,
    *,
    place: Workplace = HERE,
    seconds: float | None = None,
    folder: Path | None = None,
    stop: Stop = never,
    listen: Listener = lambda _: None,
) -> FuzzResult:
    """Run a campaign at a place. ``seconds`` or ``stop`` end it early; the result has what was found so far.

    With a ``folder``, each finding is written when it is found, and again when the check has made it shorter. Where the
    folder cannot be used, InputError is raised before anything is drawn; RequestError where the cluster cannot.
    """
    _check_faults(campaign)
    if folder is None:
        return _Run(campaign, None, stop, listen).run(place, seconds)
    with opened(folder, campaign) as opened_folder:
        return _Run(campaign, opened_folder, stop, listen).run(place, seconds)


def _check_faults(campaign: Campaign) -> None:
    """RequestError where faults in time are asked for that cannot strike."""
    if campaign.fault_kinds and not campaign.time_faults:
        raise RequestError("--fault-kinds needs --time-faults: how many at most")
    if campaign.time_faults and campaign.engine == "random":
        raise RequestError("the random engine draws no faults in time: use --engine hypothesis")
    for kind in campaign.fault_kinds:
        if kind not in possible(campaign.rulebook, campaign.runbook):
            raise RequestError(f"{kind} cannot strike here: the runbook has no link, or no session a logon by OTP")


def batch_of(campaign: Campaign, part: Part, stop: Stop) -> Batch:
    """Run one batch, as a task. Where the memory runs out, what earlier batches left is dropped."""
    try:
        return run_batch(campaign, *part, stop)
    except MemoryError:
        forget()
        raise


@attrs.define(eq=False)
class _Run:
    """A campaign while it runs."""

    campaign: Campaign
    folder: FindingsFolder | None
    stop: Stop
    listen: Listener
    best: dict[str, FuzzFinding] = attrs.field(factory=dict)
    lost: dict[int, Lost] = attrs.field(factory=dict)
    drawn: Counter[str] = attrs.field(factory=Counter)
    struck: Counter[str] = attrs.field(factory=Counter)
    """How often each kind of fault in time was drawn, and how often it took effect."""
    examples: int = 0
    steps: int = 0
    batches: int = 0
    error: Exception | None = None
    unsaved: InputError | None = None

    def run(self, place: Workplace, seconds: float | None) -> FuzzResult:
        """Draw scenarios, then make the findings shorter."""
        started = time.monotonic()
        self._draw(place, lambda: seconds is not None and time.monotonic() - started >= seconds)
        drawing = time.monotonic() - started
        self._guarded(self._finish)
        self._save(*sorted(self.best))
        return FuzzResult(
            names=self.campaign.names,
            engine=self.campaign.engine,
            seed=self.campaign.seed,
            shard=self.campaign.shard,
            examples=self.examples,
            steps=self.steps,
            seconds=drawing,
            findings=tuple(self.best[name] for name in sorted(self.best)),
            again=self.campaign.command(self.batches),
            lost=tuple(self.lost[number] for number in sorted(self.lost)),
            interrupted=self.stop() > 0,
            error=self.error,
            unsaved=self.unsaved,
            files=self.folder.files(sorted(self.best)) if self.folder else {},
            struck=self._struck(),
        )

    def _struck(self) -> tuple[StruckKind, ...]:
        drawn, struck = self.drawn, self.struck
        return tuple(StruckKind(kind, drawn[kind], struck[kind]) for kind in self.campaign.kinds)

    def _draw(self, place: Workplace, late: Callable[[], bool]) -> None:
        def over() -> int:
            self.listen(FuzzProgress(self.examples, len(self.best)))
            return max(self.stop(), int(late() or self.error is not None))

        campaign = self.campaign
        place = attrs.evolve(place, jobs=max(1, min(place.jobs, campaign.batches)))
        outcomes = each(batch_of, campaign, campaign.parts(), place, over, self._again)

        def take() -> None:
            # An error that is kept would keep the workers as well, in its traceback.
            with closing(outcomes):
                for index, outcome in outcomes:
                    self._take(campaign.number(index), outcome)

        self._guarded(take)

    def _again(self, again: Again) -> None:
        for batch in map(self.campaign.number, again.tasks) if again.tasks else (None,):
            self.listen(Retried(batch, again.why))

    def _guarded(self, act: Callable[[], object]) -> None:
        """Call ``act``. An error ends the campaign; the findings so far are kept."""
        try:
            act()
        except RequestError:
            raise
        except Exception as error:  # noqa: BLE001 - the error is part of the result
            self.error = self.error or error

    def _take(self, number: int, outcome: Batch | Died | Exception) -> None:
        """Add the outcome of a batch."""
        if isinstance(outcome, Batch):
            self._add(outcome)
        elif isinstance(outcome, Died):
            self.lost[number] = Lost(number, outcome.why)
        else:
            self.error = self.error or outcome

    def _add(self, batch: Batch) -> None:
        """Keep each finding that is shorter than the known one, or equally short and from an earlier batch.

        So the result does not depend on the order in which worker processes finish.
        """
        self.examples += batch.examples
        self.steps += batch.steps
        self.drawn.update({each.kind: each.drawn for each in batch.struck})
        self.struck.update({each.kind: each.struck for each in batch.struck})
        self.batches = max(self.batches, batch.number + 1)
        for name, scenario in batch.found:
            known = self.best.get(name)
            if known is None or (size(scenario), batch.number) < (known.drawn, known.batch):
                titled = attrs.evolve(scenario, scenario=name, title=f"{name} is broken", label=MINIMISED)
                finding = FuzzFinding(name, titled, batch.number, size(scenario))
                self.best[name] = self._with_outcomes(finding)
                self._save(name)

    def _with_outcomes(self, finding: FuzzFinding) -> FuzzFinding:
        model = Model(self.campaign.rulebook, self.campaign.runbook, finding.scenario.policies)
        answered = with_outcomes(
            finding.scenario, lambda asked: simulate(model, asked, tracing=False, table=Table(model))
        )
        return attrs.evolve(finding, scenario=answered)

    def _save(self, *names: str) -> None:
        """Write findings. Where one cannot be written, the others are still written."""
        if self.folder is None:
            return
        before, self.unsaved = self.unsaved, None
        for name in names:
            try:
                self.folder.keep(self.best[name])
            except InputError as error:
                self.unsaved = error
        # The same failure occurs with each finding; it is reported once.
        if self.unsaved and str(self.unsaved) != str(before):
            self.listen(Unsaved(str(self.unsaved)))

    def _finish(self) -> None:
        """Ask the check for shorter scenarios, unless the caller asks to stop."""
        model = Model(self.campaign.rulebook, self.campaign.runbook)
        fresh = abstract_accounts(model.rulebook, 1, int(administered(model.rulebook)))
        for name in sorted(self.best) if not self.error else ():
            if self.stop():
                break
            budget = Work(states=FINISH_STATES, stop=self.stop)
            shorter = shorten(model, self.best[name].scenario, name, budget, others=fresh)
            self.best[name] = self._with_outcomes(attrs.evolve(self.best[name], scenario=shorter))
            self._save(name)
