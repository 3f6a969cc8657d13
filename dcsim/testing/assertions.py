"""Runs held against the invariants: what breaks is an AssertionError of a class of its own, told as `dcsim run` does.

Hypothesis tells failures apart by their type: one class an invariant, so that it does not slip from one to another
while it shrinks, and reports each.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, ClassVar, cast

import attrs

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

AnyRulebook = Rulebook | str | Path
AnyRunbook = Runbook | str | Path

MOST_KEPT = 20_000
"""Distinct states of an account that a stage keeps, before it begins anew."""

_DRAWN = "dcsim run FILE, with what follows as FILE:"


class Judged(AssertionError):
    """A run that does not pass. ``run`` is that run, None where only its text is left, as after pickling.

    The text is made when it is read: Hypothesis raises many that nobody reads while it shrinks.
    """

    def __init__(self, told: Run | str) -> None:
        super().__init__(told)
        self.run = told if isinstance(told, Run) else None

    def __str__(self) -> str:
        return self.run.explained() if self.run else str(self.args[0])


class InvariantBroken(Judged):
    """An invariant does not hold. Each has a class below this one; ``broken`` gives it by the invariant's id."""

    invariant: ClassVar[str] = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.invariant, str(self))


class ExpectationNotMet(Judged):
    """A scenario expected something else of a step, of a target that opens, or a violation that did not come."""

    def __reduce__(self) -> tuple[Any, ...]:
        return ExpectationNotMet, (str(self),)


@cache
def broken(invariant: str) -> type[InvariantBroken]:
    """The class that is raised when an invariant is broken, to be expected by a test.

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
    made = {"__doc__": INVARIANTS[invariant].statement, "__module__": __name__, "invariant": invariant}
    return cast(type[InvariantBroken], type(name, (InvariantBroken,), made))


def _again(invariant: str, told: str) -> InvariantBroken:
    return broken(invariant)(told)


@attrs.frozen(eq=False, repr=False)
class Run:
    """A trace together with what it is a trace of."""

    scenario: Scenario
    rulebook: Rulebook
    runbook: Runbook
    trace: Trace
    seed: int = 0
    path: str = ""
    names: Mapping[str, str] = attrs.field(factory=dict)

    def __repr__(self) -> str:
        """In short: Hypothesis prints it, and the assertion tells the rest."""
        acts, broke = len(self.scenario.steps), ", ".join(self.trace.invariants) or "nothing"
        return f"Run({self.scenario.scenario!r}: {acts} acts under {self.runbook.runbook}, broke {broke})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002 - IPython's protocol, and Hypothesis's
        printer.text(repr(self))

    def explained(self) -> str:
        """What `dcsim run` would print of it, without colours; a scenario that has no file is written out below."""
        again = shlex.join(["dcsim", "run", self.path, *self._instead()]) if self.path else _DRAWN
        path = self.path or "scenario"
        trace = self.trace
        if not trace.events:
            model = Model(self.rulebook, self.runbook, self.scenario.policies)
            trace = simulate(model, self.scenario, seed=self.seed)
        shown = result(path, self.scenario, self.rulebook, self.runbook, trace, again)
        lines = list(text.lines(shown))
        if not self.path and shown.problems:
            lines += _written(self._named())
        return "\n".join(lines)

    def _named(self) -> Scenario:
        """The scenario under the names of what it was run under."""
        return attrs.evolve(self.scenario, rulebook=self._called("rulebook"), runbook=self._called("runbook"))

    def _instead(self) -> list[str]:
        """The options by which `dcsim run` takes what this was run under."""
        return [word for kind, name in self.names.items() if name for word in (f"--{kind}", name)]

    def _called(self, kind: Kind) -> str:
        """The name that was given; a built-in one's own; else what the scenario says."""
        given, told = self.names.get(kind, ""), str(getattr(self.scenario, kind))
        own = str(getattr(getattr(self, kind), kind))
        return given or (own if own in builtin_names(kind) and not is_path(told) else told)


def _written(scenario: Scenario) -> list[str]:
    try:
        return write_scenario(scenario).splitlines()
    except ValueError as error:
        return [f"({error})"]


class Stage:
    """A rulebook and a runbook under which many scenarios are played: steps that they have in common are taken once."""

    def __init__(self, rulebook: AnyRulebook, runbook: AnyRunbook) -> None:
        custom_invariants.load()
        self.rulebook, self.runbook = pair_of(rulebook, runbook)
        self._renew(Model(self.rulebook, self.runbook))

    def _renew(self, model: Model) -> None:
        self.table, self._judged_by = Table(model), tuple(INVARIANTS.values())

    def play(self, scenario: Scenario, seed: int = 0, path: str = "", *, tracing: bool | None = None) -> Run:
        """Play a scenario; without ``tracing`` its events are not kept, which takes a third of the time."""
        if len(self.table.lanes) > MOST_KEPT or self._judged_by != tuple(INVARIANTS.values()):
            self._renew(self.table.model)
        shared = None if scenario.policies else self.table
        model = Model(self.rulebook, self.runbook, scenario.policies) if shared is None else shared.model
        trace = simulate(model, scenario, tracing=tracing, seed=seed, table=shared)
        return Run(scenario, self.rulebook, self.runbook, trace, seed, path)


def run(
    scenario: Scenario | Case, rulebook: AnyRulebook | None = None, runbook: AnyRunbook | None = None, seed: int = 0
) -> Run:
    """Play a scenario. Its rulebook and runbook are those that it names, or a case's, unless others are given."""
    return _played(scenario, rulebook, runbook, seed, tracing=True)


def _played(
    scenario: Scenario | Case, rulebook: AnyRulebook | None, runbook: AnyRunbook | None, seed: int, *, tracing: bool
) -> Run:
    books = pair_of(rulebook or scenario.rulebook, runbook or scenario.runbook)
    told, path = (scenario.scenario, scenario.path) if isinstance(scenario, Case) else (scenario, "")
    names = {"rulebook": name_of(rulebook), "runbook": name_of(runbook)}
    if isinstance(scenario, Case):
        # It may have been loaded with others than those that its file names.
        own = {"rulebook": told.rulebook, "runbook": told.runbook}
        names |= {
            kind: name for kind, name in own.items() if not names[kind] and name not in scenario.texts["scenario"]
        }
    return attrs.evolve(_stage(*books).play(told, seed, path, tracing=tracing), names=names)


def name_of(book: AnyRulebook | AnyRunbook | None) -> str:
    """The name or path by which a rulebook or runbook was given, if it was."""
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
    """Play a scenario, or take a run, and hold it against the invariants and against what it expects itself.

    Raises the class of the invariant that broke first (``broken``), else ExpectationNotMet. Violations that the
    scenario expects are none. ``only``: hold it against these invariants, and nothing else. LookupError where there is
    no such invariant.
    """
    __tracebackhide__ = True
    only = _known(only)
    if not isinstance(what, Run | Scenario | Case):
        raise TypeError(
            f"expected a Run, a Scenario or a Case, found {type(what).__name__}: load_scenario reads a file"
        )
    done = what if isinstance(what, Run) else _played(what, rulebook, runbook, seed, tracing=False)
    found = verdict(done.scenario, done.trace)
    names = dict.fromkeys(b.violation.invariant for b in found.unexpected)
    for name in names:
        if only is None or name in only:
            raise broken(name)(done)
    if only is None and found.status == "failed":
        raise ExpectationNotMet(done)


def _known(only: Collection[str] | None) -> Collection[str] | None:
    """The invariants that were named, all of which there must be."""
    if only is None:
        return None
    names = (only,) if isinstance(only, str) else tuple(only)
    for name in names:
        broken(name)
    if not names:
        raise LookupError("'only' names no invariant: None stands for all")
    return names


def pair_of(rulebook: AnyRulebook, runbook: AnyRunbook) -> tuple[Rulebook, Runbook]:
    """Both as values; names and paths are looked up. InputError with every finding when they do not go together; a
    ValueError where one was given as a value.
    """
    if not isinstance(rulebook, Rulebook) and not isinstance(runbook, Runbook):
        return load_pair(rulebook, runbook)
    rules = rulebook if isinstance(rulebook, Rulebook) else load_rulebook(rulebook).value
    steps = runbook if isinstance(runbook, Runbook) else load_runbook(runbook).value
    flaws = [flaw for flaw in runbook_in_flaws(steps, rules) if CODES[flaw.code].severity == "error"]
    if flaws:
        told = "; ".join(f"{flaw.code} {flaw.message}" for flaw in flaws)
        raise ValueError(f"runbook '{steps.runbook}' does not go with rulebook '{rules.rulebook}': {told}")
    return rules, steps
