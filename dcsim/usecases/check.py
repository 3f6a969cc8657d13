"""Check: explore every schedule within bounds; return a proof or the shortest counterexamples."""

from __future__ import annotations

import time
from functools import partial
from itertools import chain
from pathlib import Path

import attrs

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check as explore
from dcsim.checker.explorers.protocol import Mishaps, in_words
from dcsim.checker.model.abstract_accounts import MOST_ACCOUNTS, Groups, one_of_each_kind, plain_kind, some_of
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question import noninterference
from dcsim.checker.question.any_operations import ask_any, then_any
from dcsim.checker.question.noninterference import Comparison
from dcsim.checker.question.safety import Answer, WantedAnswer, ask, occurrences
from dcsim.domain.faults import FAULT_KINDS, FaultKind
from dcsim.domain.groups import without_groups
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.findings import suggest
from dcsim.files.load import Case, load_pair, load_scenario
from dcsim.files.resolver import from_here
from dcsim.report.check import CheckResult
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.usecases.evidence import confirmed
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.request import RequestError

TAKEN = ("accounts", "policies")
"""The keys of a scenario's file of which a check takes the values that may be varied."""
BYTES_AN_ACCOUNT = 450
"""What an account takes that is made before anything is explored."""


@attrs.frozen
class Bounds:
    """The most that may happen in a schedule.

    ``ops``: accepted changes of an account between two ticks of the clock (None: any number). ``faults``: faults,
    which are of these ``fault_kinds``. ``slips``: slips of the operator. ``any_accounts``: any number of accounts of
    each sort that takes part; always so for any number of operations. ``then_any``: where one operation breaks nothing,
    the check goes on to any number of operations, as far as that is cheap.
    """

    ops: int | None = 1
    faults: int = 0
    slips: int = 0
    fault_kinds: tuple[FaultKind, ...] = ("entry",)
    any_accounts: bool = False
    then_any: bool = False

    def __attrs_post_init__(self) -> None:
        """RequestError where a kind of fault is unknown."""
        for kind in self.fault_kinds:
            if kind not in FAULT_KINDS:
                raise RequestError(f"there is no kind of fault '{kind}'; the kinds are {', '.join(FAULT_KINDS)}")


@attrs.frozen(kw_only=True)
class Who:
    """Which accounts take part when there is no scenario. None: the caller did not say.

    ``kind``: the kind of the users. ``without_email``: the number of users without an e-mail address. ``standing``:
    accounts begin with a value also in fields that no rule uses.
    """

    accounts: int | None = None
    administrators: int | None = None
    without_email: int = 0
    kind: str | None = None
    standing: bool = False

    def groups(self, book: Rulebook, runbook: Runbook, memory: int | None = None) -> Groups:
        """Return the accounts asked for; by default one of every kind. RequestError where there is none."""
        if self.kind is not None and self.kind not in book.accounts:
            raise RequestError(f"unknown account kind '{self.kind}'; {suggest(self.kind, book.accounts)}")
        # ``standing`` says how accounts begin, not which there are: alone, it leaves the default.
        if attrs.evolve(self, standing=False) == Who():
            return one_of_each_kind(book, runbook, standing=self.standing)
        wanted = (self.accounts or 0) + (self.administrators or 0) + self.without_email
        if wanted > MOST_ACCOUNTS:
            hint = "accounts of one kind that begin alike are explored once, so a few of them show as much"
            raise RequestError(f"more than {MOST_ACCOUNTS:,} accounts cannot be checked; {hint}")
        if memory is not None and wanted * BYTES_AN_ACCOUNT > memory // 2:
            raise RequestError(f"{wanted:,} accounts do not fit the memory budget of {memory >> 20} MiB")
        administering = [name for name, kind in book.accounts.items() if kind.administers]
        if self.administrators and not administering:
            raise RequestError("this rulebook has no kind of account that administers others")
        only_kind_given = self.accounts is None and not self.administrators and not self.without_email
        users = 1 if only_kind_given else self.accounts or 0
        kinds = [(self.kind or plain_kind(book), users)]
        kinds += [(name, self.administrators or 0) for name in administering[:1]]
        groups = some_of(book, runbook, kinds, self.without_email, standing=self.standing)
        if not any(groups):
            raise RequestError("there is no account to check; give --accounts or --administrators")
        return groups


@attrs.frozen
class Subject:
    """What a check explores. ``names``: rulebook and runbook as the caller named them, and as files will name them."""

    model: Model
    groups: Groups
    names: tuple[str, str]
    sometimes: tuple[str, ...] = ()
    scenario: Scenario | None = None

    def within(self, bounds: Bounds) -> Weekend:
        """Return the subject as a model with bounds."""
        accounts = tuple(chain(*self.groups))
        return Weekend(
            self.model,
            accounts,
            bounds.ops,
            bounds.faults,
            bounds.slips,
            self.groups,
            bounds.fault_kinds,
            many=bounds.any_accounts or bounds.ops is None,
        )

    def named(self, scenario: Scenario) -> Scenario:
        """Return the scenario with rulebook and runbook named as the caller named them."""
        return attrs.evolve(scenario, rulebook=self.names[0], runbook=self.names[1])


def subject_of(
    book: Rulebook,
    runbook: Runbook,
    who: Who,
    names: tuple[str, str],
    *,
    practices: bool = True,
    memory: int | None = None,
) -> Subject:
    """Return a subject with abstract accounts under a rulebook and a runbook."""
    return Subject(Model(book, runbook, practices=practices), who.groups(book, runbook, memory), names)


def subject_of_case(case: Case, names: tuple[str, str], *, practices: bool = True) -> Subject:
    """Return a subject with a scenario's accounts, policies and ``expect: sometimes``. Its steps are not used."""
    scenario = without_groups(case.scenario)
    if not (scenario.accounts or scenario.populations):
        raise RequestError(f"there is no account to check in {case.path}")
    if scenario.populations:
        raise RequestError("a scenario with a population cannot be checked; give accounts one by one")
    model = Model(case.rulebook, case.runbook, scenario.policies, practices=practices)
    return Subject(model, (scenario.accounts,), names, scenario.sometimes, scenario)


def load_subject(
    path: Path | None,
    rulebook: str | None,
    runbook: str | None,
    who: Who,
    *,
    practices: bool = True,
    memory: int | None = None,
) -> Subject:
    """Load a subject from a scenario, or from a rulebook and a runbook, each given by name or path."""
    if path:
        case = load_scenario(path, rulebook, runbook, invariants=INVARIANT_NAMES, refusals=REFUSAL_CODES)
        own = case.scenario.rulebook, case.scenario.runbook
        names = (rulebook or from_here(own[0], path.parent), runbook or from_here(own[1], path.parent))
        return subject_of_case(case, names, practices=practices)
    if not (rulebook and runbook):
        raise RequestError("give a SCENARIO, or both --rulebook and --runbook")
    return subject_of(*load_pair(rulebook, runbook), who, (rulebook, runbook), practices=practices, memory=memory)


def check(
    subject: Subject,
    bounds: Bounds,
    budget: Budget | None = None,
    *,
    engine: str = "auto",
    each: bool = False,
    only: str | None = None,
) -> CheckResult:
    """Explore every schedule within bounds, and confirm each counterexample by the simulator.

    ``each``: find a counterexample for each combination of faults and slips that breaks something, not only for each
    invariant. ``only``: show the counterexamples of this combination; RequestError where nothing breaks after it.
    """
    weekend, started = subject.within(bounds), time.perf_counter()
    if weekend.many and engine != "auto":
        raise RequestError(f"--engine {engine} does not go with 'any', which has an engine of its own")
    _refuse_unknown(subject.sometimes, weekend)
    budget = budget or Budget()
    wanted = WantedAnswer(
        sometimes=subject.sometimes, confirms=partial(_confirms, weekend), each=each or only is not None
    )
    answer = (ask_any if weekend.many else ask)(weekend, lambda part, left: explore(part, engine, left), budget, wanted)
    if bounds.then_any and engine == "auto":
        weekend, answer = then_any(weekend, answer, budget, wanted)
    seconds = time.perf_counter() - started
    answer, traces = confirmed(weekend, answer)
    shown = _combination(only, answer) if only is not None else None
    return CheckResult(
        weekend=weekend, answer=answer, seconds=seconds, traces=tuple(traces), names=subject.names, only=shown
    )


def _confirms(weekend: Weekend, scenario: Scenario, invariant: str) -> bool:
    return invariant in simulate(weekend.model, scenario, tracing=False).invariants


def _refuse_unknown(sometimes: tuple[str, ...], weekend: Weekend) -> None:
    """RequestError where ``expect: sometimes`` names no occurrence."""
    known = (*occurrences(weekend), *(f"refused {code}" for code in REFUSAL_CODES))
    for name in sometimes:
        if name not in known:
            hint = suggest(name, known)
            raise RequestError(f"expect: sometimes: nothing is called '{name}'{hint and '; '}{hint}")


def _combination(text: str, answer: Answer) -> Mishaps:
    """Find the combination that the text names.

    The text is a row of the table as printed, or the same mishaps in any order with commas between them.
    """
    known = {in_words(mishaps): mishaps for mishaps in answer.broken if mishaps}
    if text.strip() in known:
        return known[text.strip()]
    parts = sorted(filter(None, map(str.strip, text.split(","))))
    for mishaps in known.values():
        if sorted(mishap.words for mishap in mishaps) == parts:
            return mishaps
    if parts and set(parts) <= {mishap.words for mishap in answer.survived}:
        raise RequestError(f"--after: '{text}' breaks nothing by itself")
    whole = answer.explored.complete and not answer.why
    nothing = "nothing breaks" if whole else "nothing is shown to break"
    hint = suggest(text, known) or f"{nothing} after any fault or slip within --faults and --slips"
    raise RequestError(f"--after: {nothing} after '{text}'; {hint}")


def compare(subject: Subject, bounds: Bounds, budget: Budget | None = None, *, engine: str = "auto") -> Comparison:
    """Check whether anyone can observe later that something was done in a discarded session.

    RequestError where faults in time are asked for: two runs in step are compared only where nothing is down; and where
    no number of operations is given.
    """
    if bounds.ops is None or bounds.any_accounts:
        raise RequestError("--non-interference needs numbers; leave out 'any'")
    if bounds.faults and bounds.fault_kinds != ("entry",):
        raise RequestError("--non-interference tries faults of redo entries only; leave out --fault-kinds")
    weekend = subject.within(bounds)
    found = noninterference.compare(weekend, lambda twin, left: explore(twin, engine, left), budget or Budget())
    if found.scenario is None:
        return found
    return attrs.evolve(found, scenario=subject.named(found.scenario))
