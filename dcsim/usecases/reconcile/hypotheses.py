"""Hypotheses: what the operator may have done instead, and faults of one account's redo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

import attrs

from dcsim.domain.faults import LinkFault, OperatorSlip
from dcsim.domain.moment import UNITS, spell
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Close, Copy, Open, Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.codes import CODES
from dcsim.files.findings import Flaw
from dcsim.files.lint_runbook import runbook_flaws, runbook_in_flaws
from dcsim.files.load import load_runbook
from dcsim.files.resolver import builtin_names
from dcsim.rules.mutants import runbook_mutants
from dcsim.rules.witness_runbooks import fall_back, keep, lose
from dcsim.semantics.model import Model
from dcsim.usecases.reconcile import clocks
from dcsim.usecases.reconcile.day import TestDay
from dcsim.usecases.reconcile.trial import DumpPlace, History, HistoryVerdict, some

MOST_ALIKE = 2
"""How many accounts of one history are tried: they differ in their instants alone."""
MOST_HISTORIES = 60
_DID = {"skip": "skipped", "repeat": "done twice", "delay": "late", "swap": "swapped with the next one"}
_BEFELL = {"drop": "lost", "delay": "late", "duplicate": "delivered twice"}


@attrs.frozen(eq=False)
class Hypothesis:
    """Another runbook, a slip in the same one, or a clock of the log that was ``ahead``; in words. ``assumes`` counts
    what must be assumed.
    """

    says: str
    model: Model
    assumes: int = 1
    slips: tuple[OperatorSlip, ...] = ()
    ahead: int = 0

    @property
    def sort(self) -> str:
        """What it has in common with others: what stands before the colon."""
        return self.says.partition(": ")[0]

    def seen(self, day: TestDay) -> TestDay:
        """The day, with the log's clock put right."""
        return day.by_clock(self.ahead) if self.ahead else day

    def under(self, scenario: Scenario) -> Scenario:
        """The scenario with the slip."""
        return attrs.evolve(scenario, faults=(*scenario.faults, *self.slips)) if self.slips else scenario


@attrs.frozen(eq=False)
class Sample:
    """Some accounts, each with the number of accounts for which it stands; ``of`` is the number of them all."""

    accounts: tuple[int, ...]
    weights: tuple[float, ...]
    of: int

    @property
    def whole(self) -> bool:
        """Whether it has every account."""
        return len(self.accounts) == self.of


def sample(day: TestDay, accounts: Iterable[int], most: int = MOST_HISTORIES) -> Sample:
    """Some of each distinct history; first the histories that most accounts have."""
    groups = lived_alike(day, accounts)
    largest = sorted(groups, key=len, reverse=True)[:most]
    chosen, weights = list[int](), list[float]()
    for group in largest:
        # The first and the last in time: what happens near an edge befalls one of them.
        some_of_them = group if len(group) <= MOST_ALIKE else [group[0], group[-1]]
        chosen += some_of_them
        weights += [len(group) / len(some_of_them)] * len(some_of_them)
    return Sample(tuple(chosen), tuple(weights), sum(map(len, groups)))


def lived_alike(day: TestDay, accounts: Iterable[int]) -> list[list[int]]:
    """The accounts, grouped by what they did, in which intervals, and what they held."""
    groups: dict[object, list[int]] = {}
    for account in accounts:
        acts = tuple([(row[3], day.interval(row[0])) for row in day.history(account)])
        who = day.members[account]
        # Not the member itself: its parts are shared, and quickly compared.
        key = (who.profile, who.start, who.faults, acts, day.held.get(account))
        groups.setdefault(key, []).append(account)
    return list(groups.values())


def slips(day: TestDay) -> Iterator[Hypothesis]:
    """Every single slip of the operator in the scenario's own runbook."""
    book, own = day.model.rulebook, day.model.runbook
    for mutant in runbook_mutants(own):
        yield Hypothesis(
            f"as if step '{mutant.step}' had been {_DID[mutant.slip]} ({mutant.exact(book)})",
            attrs.evolve(day.model, runbook=mutant.runbook),
        )


def delays(day: TestDay, answers: Iterable[HistoryVerdict]) -> Iterator[Hypothesis]:
    """A session opened or closed so late that the last act which does not match comes before it."""
    acts = sorted(act.at for answer in answers for act in answer.unlike)
    steps, due = day.model.runbook.steps, day.model.due
    edges = [index for index, step in enumerate(steps) if isinstance(step, Open | Close)]
    for index, following in zip_longest(edges, edges[1:]):
        end = due[following] if following is not None else due[index] + UNITS["d"]
        before = [at for at in acts if due[index] <= at < end]
        if before:
            by = (before[-1] - due[index]) // UNITS["s"] * UNITS["s"] + UNITS["s"]
            slip = OperatorSlip(operator="delay", step=steps[index].id, by=by)
            says = f"as if step '{steps[index].id}' had been late by {spell(by)} at least"
            yield Hypothesis(says, day.model, slips=(slip,))


def offsets(day: TestDay, answers: Iterable[HistoryVerdict], tolerance: int) -> Iterator[Hypothesis]:
    """Another clock or timezone of the log."""
    by = clocks.offset(day, answers, tolerance)[0]
    if by:
        yield Hypothesis(f"as if the log's clock had been {clocks.words(by)}", day.model, assumes=2, ahead=by)
    for by, likely in clocks.zones(day):
        says = f"the log's times seem to be in another timezone: {clocks.words(by)}; set timezone in the mapping"
        yield Hypothesis(says, day.model, assumes=0 if likely else 2, ahead=by)


def runbooks(day: TestDay, target: DumpPlace, more: Iterable[Runbook]) -> Iterator[Hypothesis]:
    """The runbooks that come with dcsim and fit the rulebook, and those that the user names."""
    known = {name: load_runbook(name).value for name in builtin_names("runbook")}
    for runbook in (*more, *known.values()):
        if runbook.steps != day.model.runbook.steps and _fits(runbook, day, target):
            title = runbook.title[:1].lower() + runbook.title[1:]
            says = f"as if runbook {runbook.runbook} had been followed ({title})"
            yield Hypothesis(says, attrs.evolve(day.model, runbook=runbook))


def copies(day: TestDay) -> Iterator[Hypothesis]:
    """A site copied over the other one after a session, as an additional step of the scenario's own runbook."""
    own = day.model.runbook
    sites = {step.session: step.site for step in own.steps if isinstance(step, Open)}
    for index, step in enumerate(own.steps, start=1):
        if isinstance(step, Close) and step.session in sites:
            source = sites[step.session]
            for target in own.sites.keys() - {source}:
                extra = Copy(id="additional-copy", at=step.at, source=source, target=target)
                steps = (*own.steps[:index], extra, *own.steps[index:])
                says = f"as if {source} had been copied over {target} after {step.session}"
                yield Hypothesis(says, attrs.evolve(day.model, runbook=attrs.evolve(own, steps=steps)), assumes=2)


def extremes(day: TestDay, target: DumpPlace) -> Iterator[Hypothesis]:
    """Everything kept, everything lost, or everything since some session lost, when a session opens."""
    book = day.model.rulebook
    order = [name for name in book.timeline if name in book.by_name]
    made = [keep(book)]
    for index, name in enumerate(order[1:], start=1):
        made += [lose(book, name), *(fall_back(book, name, baseline) for baseline in order[: index - 1])]
    for runbook in made:
        if _fits(runbook, day, target):
            title = runbook.title[:1].lower() + runbook.title[1:]
            yield Hypothesis(f"as if: {title}", attrs.evolve(day.model, runbook=runbook), assumes=3)


def _fits(runbook: Runbook, day: TestDay, target: DumpPlace) -> bool:
    return target.site in runbook.sites and not unfit(runbook, day.model.rulebook)


def unfit(runbook: Runbook, book: Rulebook) -> list[Flaw]:
    """Why a runbook cannot be followed under a rulebook; empty if it can."""
    flaws = (*runbook_flaws(runbook), *runbook_in_flaws(runbook, book))
    return [flaw for flaw in flaws if CODES[flaw.code].severity == "error"]


def befallen(day: TestDay, account: int) -> Iterator[tuple[str, History]]:
    """The account's history with each fault of its redo: every entry, or one of the first three."""
    member, rows = day.members[account], tuple(day.history(account))
    if day.model.runbook.link is None:
        return
    for link, did in _BEFELL.items():
        for nth, which in (
            (None, "all redo of the account"),
            *((n, f"redo entry {n} of the account") for n in (1, 2, 3)),
        ):
            fault = LinkFault(link=link, nth=nth)  # type: ignore[arg-type]
            yield f"as if {which} had been {did}", History(account, rows, attrs.evolve(member, faults=(fault,)))


def plain_histories(day: TestDay, accounts: Iterable[int]) -> list[History]:
    """What accounts did, as it stands in the log."""
    return [History(account, tuple(day.history(account)), day.members[account]) for account in accounts]


@attrs.frozen(eq=False)
class HypothesisScore:
    """How many accounts a hypothesis explains, and how many that match it contradicts."""

    hypothesis: Hypothesis
    explains: float
    contradicts: float

    @property
    def net(self) -> float:
        """What is won, less what is lost."""
        return self.explains - self.contradicts


def scores(
    day: TestDay, target: DumpPlace, scenario: Scenario, tried: Iterable[Hypothesis], unlike: Sample, alike: Sample
) -> list[HypothesisScore]:
    """Every hypothesis with its score, the best first. One that explains nothing is left out."""
    chosen = (*unlike.accounts, *alike.accounts)
    histories = plain_histories(day, chosen)
    found = []
    for hypothesis in tried:
        seen = hypothesis.seen(day)
        own = histories if seen is day else plain_histories(seen, chosen)
        answers = some(seen, hypothesis.model, target, own, hypothesis.under(scenario))
        explained = [answer.as_predicted for answer in answers]
        gained = _weighed(explained, unlike.weights)
        lost = _weighed([not each for each in explained[len(unlike.accounts) :]], alike.weights)
        if gained:
            found.append(HypothesisScore(hypothesis, gained, lost * alike.of / max(1.0, sum(alike.weights))))
    return sorted(found, key=lambda score: (-score.net, score.hypothesis.assumes))


def _weighed(flags: Iterable[bool], weights: Iterable[float]) -> float:
    return sum(weight for flag, weight in zip(flags, weights, strict=False) if flag)


def answers_under(
    day: TestDay, target: DumpPlace, scenario: Scenario, hypothesis: Hypothesis, accounts: Iterable[int]
) -> dict[int, HistoryVerdict]:
    """What comes of some accounts under a hypothesis."""
    chosen = list(accounts)
    histories, faulty = plain_histories(day, chosen), hypothesis.under(scenario)
    return dict(zip(chosen, some(day, hypothesis.model, target, histories, faulty), strict=True))
