"""Strategies for Hypothesis: accounts, rulebooks, runbooks, and whole weekends out of one string of bytes."""

from __future__ import annotations

from hypothesis import strategies as st

from dcsim.domain.account import Account, Profile
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.codes import CODES
from dcsim.files.lint_runbook import runbook_in_flaws
from dcsim.files.load import load_rulebook, load_runbook
from dcsim.files.sources import builtin_names
from dcsim.fuzz.draw import HEAD, LEAST_BYTES, MOST_BYTES, RECORD, Space, decode
from dcsim.rules.mutants import rule_mutants, runbook_mutants
from dcsim.testing.judged import AnyRulebook, AnyRunbook, Run, Stage, pair_of


def accounts(rulebook: AnyRulebook, name: str | None = None) -> st.SearchStrategy[Account]:
    """An account of a kind that the rulebook has, and something that it may hold before the weekend.

    It is called ``name``, or after its kind. The simplest is an active one, with an e-mail address and a smartcard.
    """
    rules = rulebook if isinstance(rulebook, Rulebook) else load_rulebook(rulebook).value
    space = Space(rules, load_runbook(builtin_names("runbook")[0]).value)

    def account(kind: str, start: int) -> Account:
        return Account(name or f"{kind.upper()}1", Profile(kind, "PARTICIPANT1"), space.starts[start])

    return st.builds(account, st.sampled_from(space.kinds), st.integers(0, len(space.starts) - 1))


def rulebooks(*, mutants: bool = False) -> st.SearchStrategy[Rulebook]:
    """A built-in rulebook; with ``mutants`` also one of which a single rule is missing or says something else."""
    books = st.sampled_from([load_rulebook(name).value for name in builtin_names("rulebook")])
    if not mutants:
        return books
    return books | books.flatmap(lambda book: st.sampled_from([mutant.rulebook for mutant in rule_mutants(book)]))


def runbooks(rulebook: AnyRulebook | None = None, *, mutants: bool = False) -> st.SearchStrategy[Runbook]:
    """A built-in runbook, of those that fit a rulebook when one is given; with ``mutants`` also one that has a slip
    written into it. ValueError when none fits.
    """
    plans = [load_runbook(name).value for name in builtin_names("runbook")]
    if rulebook is not None:
        rules = rulebook if isinstance(rulebook, Rulebook) else load_rulebook(rulebook).value
        plans = [plan for plan in plans if _fits(plan, rules)]
    if not plans:
        raise ValueError("no built-in runbook fits this rulebook")
    built_in = st.sampled_from(plans)
    if not mutants:
        return built_in
    return built_in | built_in.flatmap(lambda plan: st.sampled_from([m.runbook for m in runbook_mutants(plan)]))


def _fits(plan: Runbook, rules: Rulebook) -> bool:
    return not any(CODES[flaw.code].severity == "error" for flaw in runbook_in_flaws(plan, rules))


def scenarios(
    rulebook: AnyRulebook,
    runbook: AnyRunbook,
    *,
    accounts: int = 2,
    acts: int = 50,
    faults: int = 0,
    errors: int = 0,
) -> st.SearchStrategy[Scenario]:
    """A weekend of at most so many accounts, acts, faults of the link and slips of the operator.

    All of it is one draw of bytes, so that shrinking leaves out acts and brings the rest to what is simplest. Nothing
    is expected of its steps: hold it against the invariants, with ``assert_invariants(scenario, rulebook, runbook)``.
    """
    return _drawn(Space(*pair_of(rulebook, runbook), accounts, faults, errors), acts)


def traces(
    rulebook: AnyRulebook,
    runbook: AnyRunbook,
    *,
    accounts: int = 2,
    acts: int = 50,
    faults: int = 0,
    errors: int = 0,
) -> st.SearchStrategy[Run]:
    """What becomes of such weekends: their traces, each with its scenario, rulebook and runbook."""
    stage = Stage(rulebook, runbook)
    drawn = _drawn(Space(stage.rulebook, stage.runbook, accounts, faults, errors), acts)
    return drawn.map(lambda scenario: stage.play(scenario, tracing=True))


def _drawn(space: Space, acts: int) -> st.SearchStrategy[Scenario]:
    most = min(HEAD + acts * RECORD, MOST_BYTES)
    return st.binary(min_size=min(LEAST_BYTES, most), max_size=most).map(lambda data: decode(data, space))
