"""Strategies for Hypothesis: accounts, rulebooks, runbooks, and whole weekends drawn from one string of bytes."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from hypothesis import strategies as st

from dcsim.domain.account import Account, Profile
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.codes import CODES
from dcsim.files.lint_runbook import runbook_flaws, runbook_in_flaws
from dcsim.files.load import load_rulebook, load_runbook
from dcsim.files.resolver import builtin_names
from dcsim.files.write import write_scenario
from dcsim.fuzzer.decode import HEAD, LEAST_BYTES, MOST_BYTES, RECORD, Space, decode
from dcsim.rules.mutants import rule_mutants, runbook_mutants
from dcsim.testing.assertions import AnyRulebook, AnyRunbook, Run, Stage, name_of, pair_of


def accounts(rulebook: AnyRulebook, name: str | None = None) -> st.SearchStrategy[Account]:
    """Draw an account of a kind that the rulebook has, with what it may hold before the weekend.

    Its id is ``name``, or made from its kind. The simplest account is active and has an e-mail address and a smartcard.
    """
    rules = rulebook if isinstance(rulebook, Rulebook) else load_rulebook(rulebook).value
    # Accounts do not depend on the runbook, but a space needs one.
    space = Space(rules, load_runbook(builtin_names("runbook")[0]).value)

    def account(kind: str, start: int) -> Account:
        return Account(name or f"{kind.upper()}1", Profile(kind, "PARTICIPANT1"), space.starts[start])

    return st.builds(account, st.sampled_from(space.kinds), st.integers(0, len(space.starts) - 1))


def rulebooks(*, mutants: bool = False) -> st.SearchStrategy[Rulebook]:
    """Draw a built-in rulebook; with ``mutants`` also one in which a single rule is missing or changed."""
    books = st.sampled_from([load_rulebook(name).value for name in builtin_names("rulebook")])
    if not mutants:
        return books
    return books | books.flatmap(lambda book: st.sampled_from([mutant.rulebook for mutant in rule_mutants(book)]))


def runbooks(rulebook: AnyRulebook | None = None, *, mutants: bool = False) -> st.SearchStrategy[Runbook]:
    """Draw a built-in runbook that fits the rulebook, if one is given. ValueError where none fits.

    With ``mutants``, also draw runbooks that contain a slip.
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
    return built_in | built_in.flatmap(lambda plan: st.sampled_from(_with_a_slip(plan)))


def _with_a_slip(plan: Runbook) -> list[Runbook]:
    """Return the mutants of a runbook that are valid runbooks."""
    mutants = [mutant.runbook for mutant in runbook_mutants(plan)]
    return [m for m in mutants if not any(CODES[flaw.code].severity == "error" for flaw in runbook_flaws(m))]


def _fits(plan: Runbook, rules: Rulebook) -> bool:
    return not any(CODES[flaw.code].severity == "error" for flaw in runbook_in_flaws(plan, rules))


def scenarios(
    rulebook: AnyRulebook,
    runbook: AnyRunbook,
    *,
    accounts: int = 2,
    acts: int = 50,
    faults: int = 0,
    slips: int = 0,
    errors: int = 0,
    time_faults: int = 0,
    fault_kinds: tuple[str, ...] = (),
) -> st.SearchStrategy[Scenario]:
    """Draw a weekend with at most this number of accounts, acts, faults of the link, slips, and faults in time.

    With faults in time, all must heal and come together at the end; ``fault_kinds`` are those of them that are drawn.

    The whole weekend is one string of bytes. So shrinking removes acts and simplifies the others. Its steps expect
    nothing: test the invariants with ``assert_invariants(scenario, rulebook, runbook)``. ``errors`` is the earlier name
    of ``slips``.
    """
    _within(accounts=(accounts, 1), acts=(acts, 0), faults=(faults, 0), slips=(slips, 0), errors=(errors, 0))
    _within(time_faults=(time_faults, 0))
    names = {"rulebook": name_of(rulebook), "runbook": name_of(runbook)}
    most = (accounts, faults, slips + errors, time_faults)
    return _drawn(Space(*pair_of(rulebook, runbook), *most, fault_kinds), acts, names)


def traces(
    rulebook: AnyRulebook,
    runbook: AnyRunbook,
    *,
    accounts: int = 2,
    acts: int = 50,
    faults: int = 0,
    slips: int = 0,
    errors: int = 0,
    time_faults: int = 0,
    fault_kinds: tuple[str, ...] = (),
) -> st.SearchStrategy[Run]:
    """Draw such weekends and play them. Each run has its trace, scenario, rulebook and runbook."""
    stage = Stage(rulebook, runbook)
    most = {"accounts": accounts, "acts": acts, "faults": faults, "slips": slips + errors, "time_faults": time_faults}
    drawn = scenarios(rulebook, runbook, **most, fault_kinds=fault_kinds)
    return drawn.map(lambda scenario: stage.play(scenario, tracing=True))


def _within(**asked: tuple[int, int]) -> None:
    for name, (number, least) in asked.items():
        if number < least:
            raise ValueError(f"{name}={number}: expected at least {least}")


@attrs.frozen(eq=False, repr=False)
class Drawn(Scenario):
    """A scenario that Hypothesis drew. Its ``repr`` is the text of its file."""

    def __repr__(self) -> str:
        try:
            return f"Drawn(\n{write_scenario(self)})"
        except ValueError:
            return super().__repr__()


@st.composite
def _drawn(draw: st.DrawFn, space: Space, acts: int, names: Mapping[str, str]) -> Scenario:
    # The least size is more than the simplest scenario needs: Hypothesis would draw mostly very short strings.
    most = min(HEAD + acts * RECORD, MOST_BYTES)
    scenario = decode(draw(st.binary(min_size=min(LEAST_BYTES, most), max_size=most)), space)
    fields = {field.name: getattr(scenario, field.name) for field in attrs.fields(Scenario)}
    return Drawn(**{**fields, **{kind: name for kind, name in names.items() if name}})
