"""Test runs against the invariants. Each invariant has its own AssertionError, with the text that `dcsim run` prints.

Hypothesis distinguishes failures by their type. With one class for each invariant, it reports each of them, and does
not change from one to another while it shrinks.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, ClassVar, cast

import attrs

from dcsim import harmless
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.codes import CODES
from dcsim.files.lint_runbook import runbook_in_flaws
from dcsim.files.load import Case, load_pair, load_rulebook, load_runbook
from dcsim.files.resolver import Kind, builtin_names, is_path
from dcsim.files.write import write_scenario
from dcsim.report import text
from dcsim.report.run_view import result
from dcsim.semantics import custom_invariants
from dcsim.semantics.interning import Table
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Trace
from dcsim.trace.verdict import verdict
from dcsim.usecases.because import because

AnyRulebook = Rulebook | str | Path
AnyRunbook = Runbook | str | Path

MOST_KEPT = 20_000
"""The most distinct states of an account that a stage keeps. Above this number it drops all of them."""

_DRAWN = "dcsim run FILE, with what follows as FILE:"


class Judged(AssertionError):
    """A run that does not pass. ``run`` is that run. It is None where only the text is left, as after pickling.

    The text is made only when it is read, because Hypothesis raises many errors while it shrinks and reads few.
    """

    def __init__(self, cause: Run | str) -> None:
        super().__init__(cause)
        self.run = cause if isinstance(cause, Run) else None

    def __str__(self) -> str:
        # Whoever shows it, shows it in a terminal.
        return harmless.text(self.run.explained() if self.run else str(self.args[0]))


class InvariantBroken(Judged):
    """An invariant does not hold. Each invariant has a subclass; ``broken`` returns it by the invariant's id."""

    invariant: ClassVar[str] = ""

    def __reduce__(self) -> tuple[Any, ...]:
        # The classes are made at run time, so pickle cannot find them by name. The run is replaced by its text.
        return _unpickled, (self.invariant, str(self))


class ExpectationNotMet(Judged):
    """A scenario expected another outcome, another record at a target, or a violation that did not occur."""

    def __reduce__(self) -> tuple[Any, ...]:
        return ExpectationNotMet, (str(self),)


@cache
def broken(invariant: str) -> type[InvariantBroken]:
    """Return the class that is raised when an invariant is broken. A test can expect it.

    >>> broken("carried-arrives").__doc__
    'What is carried to a session at the other site is there when it is served.'
    >>> issubclass(broken("carried-arrives"), AssertionError)
    True
    >>> broken("carried-arives")
    Traceback (most recent call last):
        ...
    LookupError: no invariant is called 'carried-arives'
    """
    custom_invariants.load()
    if invariant not in INVARIANTS:
        broken.cache_clear()
        raise LookupError(f"no invariant is called {invariant!r}")
    name = "".join(word.capitalize() for word in invariant.split("-"))
    attributes = {"__doc__": INVARIANTS[invariant].statement, "__module__": __name__, "invariant": invariant}
    return cast(type[InvariantBroken], type(name, (InvariantBroken,), attributes))


def _unpickled(invariant: str, message: str) -> InvariantBroken:
    return broken(invariant)(message)


@attrs.frozen(eq=False, repr=False)
class Run:
    """A trace, with the scenario, rulebook and runbook that produced it."""

    scenario: Scenario
    rulebook: Rulebook
    runbook: Runbook
    trace: Trace
    seed: int = 0
    path: str = ""
    names: Mapping[str, str] = attrs.field(factory=dict)

    def __repr__(self) -> str:
        """A short form, because Hypothesis prints it. The assertion gives the details."""
        acts, broke = len(self.scenario.steps), ", ".join(self.trace.invariants) or "nothing"
        return f"Run({self.scenario.scenario!r}: {acts} acts under {self.runbook.runbook}, broke {broke})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002 - IPython's protocol, and Hypothesis's
        printer.text(repr(self))

    def explained(self) -> str:
        """Return what `dcsim run` prints, without colours. The text of a scenario without a file is added below."""
        again = shlex.join(["dcsim", "run", self.path, *self._instead()]) if self.path else _DRAWN
        path = self.path or "scenario"
        trace, model = self.trace, Model(self.rulebook, self.runbook, self.scenario.policies)
        if not trace.events:
            # The run was played without tracing, which is faster. Now the events are needed.
            trace = simulate(model, self.scenario, seed=self.seed)
        reasons = because(model, self.scenario, trace, verdict(self.scenario, trace).unexpected, self.seed)
        shown = result(path, self.scenario, self.rulebook, self.runbook, trace, again, reasons=reasons)
        lines = list(text.lines(shown))
        if not self.path and shown.problems:
            lines += _written(self._named())
        return "\n".join(lines)

    def _named(self) -> Scenario:
        """Return the scenario with the names of the rulebook and runbook under which it was run."""
        return attrs.evolve(self.scenario, rulebook=self._name("rulebook"), runbook=self._name("runbook"))

    def _instead(self) -> list[str]:
        """Return the options with which `dcsim run` uses the same rulebook and runbook."""
        return [word for kind, name in self.names.items() if name for word in (f"--{kind}", name)]

    def _name(self, kind: Kind) -> str:
        """Return the name that the caller gave; else its own name, if built in; else the scenario's name for it."""
        given, in_scenario = self.names.get(kind, ""), str(getattr(self.scenario, kind))
        own = str(getattr(getattr(self, kind), kind))
        return given or (own if own in builtin_names(kind) and not is_path(in_scenario) else in_scenario)


def _written(scenario: Scenario) -> list[str]:
    try:
        return write_scenario(scenario).splitlines()
    except ValueError as error:
        return [f"({error})"]


class Stage:
    """A rulebook and a runbook under which many scenarios are played. Steps that they share are computed once."""

    def __init__(self, rulebook: AnyRulebook, runbook: AnyRunbook) -> None:
        custom_invariants.load()
        self.rulebook, self.runbook = pair_of(rulebook, runbook)
        self._renew(Model(self.rulebook, self.runbook))

    def _renew(self, model: Model) -> None:
        self.table, self._judged_by = Table(model), tuple(INVARIANTS.values())

    def play(self, scenario: Scenario, seed: int = 0, path: str = "", *, tracing: bool | None = None) -> Run:
        """Play a scenario. Without ``tracing`` its events are not kept; this takes a third of the time."""
        # A custom invariant that was added since makes the kept steps wrong.
        if len(self.table.lanes) > MOST_KEPT or self._judged_by != tuple(INVARIANTS.values()):
            self._renew(self.table.model)
        # Policies change the steps, so such a scenario cannot share them.
        shared = None if scenario.policies else self.table
        model = Model(self.rulebook, self.runbook, scenario.policies) if shared is None else shared.model
        trace = simulate(model, scenario, tracing=tracing, seed=seed, table=shared)
        return Run(scenario, self.rulebook, self.runbook, trace, seed, path)


def run(
    scenario: Scenario | Case, rulebook: AnyRulebook | None = None, runbook: AnyRunbook | None = None, seed: int = 0
) -> Run:
    """Play a scenario under its own rulebook and runbook (or those of the case), unless others are given."""
    return _played(scenario, rulebook, runbook, seed, tracing=True)


def _played(
    scenario: Scenario | Case, rulebook: AnyRulebook | None, runbook: AnyRunbook | None, seed: int, *, tracing: bool
) -> Run:
    books = pair_of(rulebook or scenario.rulebook, runbook or scenario.runbook)
    played, path = (scenario.scenario, scenario.path) if isinstance(scenario, Case) else (scenario, "")
    names = {"rulebook": name_of(rulebook), "runbook": name_of(runbook)}
    if isinstance(scenario, Case):
        # The case may have been loaded with another rulebook or runbook than its file names. Then `dcsim run` needs it
        # as an option.
        for kind, name in (("rulebook", played.rulebook), ("runbook", played.runbook)):
            if not names[kind] and name not in scenario.texts["scenario"]:
                names[kind] = name
    return attrs.evolve(_stage(*books).play(played, seed, path, tracing=tracing), names=names)


def name_of(book: AnyRulebook | AnyRunbook | None) -> str:
    """Return the name or path that was given; empty where a value was given, or nothing."""
    return str(book) if isinstance(book, str | Path) else ""


@lru_cache(maxsize=4)
def _stage(rulebook: Rulebook, runbook: Runbook) -> Stage:
    return Stage(rulebook, runbook)


def assert_invariants(
    what: Run | Scenario | Case,
    rulebook: AnyRulebook | None = None,
    runbook: AnyRunbook | None = None,
    *,
    only: Collection[str] | None = None,
    seed: int = 0,
) -> None:
    """Play a scenario, or take a run, and test it against the invariants and against its own expectations.

    Raises the class of the invariant that broke first (``broken``), else ExpectationNotMet. Violations that the
    scenario expects do not count. ``only``: test only these invariants, and no expectations. LookupError where there is
    no such invariant.
    """
    __tracebackhide__ = True
    only = _known(only)
    if not isinstance(what, Run | Scenario | Case):
        raise TypeError(
            f"expected a Run, a Scenario or a Case, found {type(what).__name__}: load_scenario reads a file"
        )
    played = what if isinstance(what, Run) else _played(what, rulebook, runbook, seed, tracing=False)
    found = verdict(played.scenario, played.trace)
    names = dict.fromkeys(b.violation.invariant for b in found.unexpected)
    for name in names:
        if only is None or name in only:
            raise broken(name)(played)
    if only is None and found.status == "failed":
        raise ExpectationNotMet(played)


def _known(only: Collection[str] | None) -> Collection[str] | None:
    """Return the named invariants. LookupError where one does not exist."""
    if only is None:
        return None
    names = (only,) if isinstance(only, str) else tuple(only)
    for name in names:
        broken(name)
    if not names:
        raise LookupError("'only' names no invariant: None stands for all")
    return names


def pair_of(rulebook: AnyRulebook, runbook: AnyRunbook) -> tuple[Rulebook, Runbook]:
    """Return both as values; names and paths are loaded.

    Where the two do not fit together, InputError lists every finding; ValueError where one was given as a value.
    """
    if not isinstance(rulebook, Rulebook) and not isinstance(runbook, Runbook):
        return load_pair(rulebook, runbook)
    rules = rulebook if isinstance(rulebook, Rulebook) else load_rulebook(rulebook).value
    steps = runbook if isinstance(runbook, Runbook) else load_runbook(runbook).value
    flaws = [flaw for flaw in runbook_in_flaws(steps, rules) if CODES[flaw.code].severity == "error"]
    if flaws:
        faults = "; ".join(f"{flaw.code} {flaw.message}" for flaw in flaws)
        raise ValueError(f"runbook '{steps.runbook}' does not go with rulebook '{rules.rulebook}': {faults}")
    return rules, steps
