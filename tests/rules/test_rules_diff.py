"""Two rulebooks against each other: equivalent however they are written, or told apart by a shortest scenario."""

from datetime import timedelta
from functools import cache
from pathlib import Path

import attrs
import pytest

from dcsim.domain.account import BASELINE
from dcsim.domain.rulebook import AccountKind
from dcsim.files.codes import CODES
from dcsim.files.lint_rulebook import rulebook_flaws
from dcsim.files.load import load_rulebook, load_runbook, load_scenario
from dcsim.files.resolver import builtin_names
from dcsim.files.write import write_runbook, write_scenario
from dcsim.report.diff import grouped
from dcsim.rules.decision_space import RuleCell
from dcsim.rules.diff import diff
from dcsim.rules.mutants import rule_mutants
from dcsim.rules.witness import moment_in, witnesses
from dcsim.rules.witness_runbooks import keep, lose, runbooks
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.verdict import verdict
from dcsim.usecases.distinguish import Distinguisher

ROOT = Path(__file__).parents[2]
BUILTIN = "seoch-2fa-2023"
DRILL = str(ROOT / "scenarios" / "rulebooks" / "made-up-drill.yaml")


@cache
def loaded(name):
    return load_rulebook(name).value


def book(name=BUILTIN):
    return loaded(name)


def with_rules(change, name=BUILTIN):
    """The rulebook with other rules."""
    return attrs.evolve(book(name), rules=tuple(change(list(book(name).rules))))


def with_rule(rule_id, name=BUILTIN, **changes):
    """The rulebook with one rule that says something else."""
    return with_rules(lambda rules: (attrs.evolve(r, **changes) if r.id == rule_id else r for r in rules), name)


def mutants(name):
    """The mutants that load: a lint that refuses one needs no scenario."""
    for mutant in rule_mutants(book(name)):
        if not any(CODES[flaw.code].severity == "error" for flaw in rulebook_flaws(mutant.rulebook)):
            yield mutant


# -- equivalent --------------------------------------------------------------------------------------------------------


def split(rules):
    """Each rule as one for each of its accounts, kinds of change, origins and targets."""
    for r in rules:
        parts = [(a, c, o, t) for a in r.accounts for c in book().expand(r.changes) for o in r.made_in for t in r.at]
        for number, (account, change, origin, target) in enumerate(parts):
            narrow = {"accounts": (account,), "changes": (change,), "made_in": (origin,), "at": (target,)}
            yield attrs.evolve(r, id=f"{r.id}-{number}", **narrow)


REWRITTEN = {
    "itself": lambda rules: rules,
    "in reverse": reversed,
    "split to single cells": split,
    "with change sets written out": lambda rules: (attrs.evolve(r, changes=book().expand(r.changes)) for r in rules),
    "with every list in reverse": lambda rules: (
        attrs.evolve(r, accounts=r.accounts[::-1], at=r.at[::-1], made_in=r.made_in[::-1]) for r in rules
    ),
    "with a rule twice": lambda rules: (*rules, attrs.evolve(rules[0], id="again")),
    "with other ids and citations": lambda rules: (
        attrs.evolve(r, id=f"r{n}", citation=None, assumption="known") for n, r in enumerate(rules)
    ),
}


@pytest.mark.parametrize("how", REWRITTEN)
def test_however_it_is_written_a_rulebook_is_equivalent_to_itself(how):
    """What counts is what becomes of each cell: over all cells that can come to be, it is the same."""
    found = diff(book(), with_rules(REWRITTEN[how]))
    assert found.equivalent
    assert (found.apart, found.differences, found.cells) == ((), (), 81)


@pytest.mark.parametrize("name", builtin_names("rulebook"))
def test_each_built_in_rulebook_is_equivalent_to_itself_and_to_no_other(name):
    """A rulebook differs from those of other houses in its sessions before it differs in any cell."""
    for other in builtin_names("rulebook"):
        found = diff(book(name), book(other))
        assert found.equivalent == (name == other)
        assert bool(found.apart) == (name != other)


def test_what_nobody_can_do_makes_no_difference():
    """A rule on what is offered nowhere changes nothing that can come to be."""
    idle = attrs.evolve(book().rules[0], id="idle", accounts=("da",), changes=("suspend-user",), made_in=("session-1",))
    assert diff(book(), with_rules(lambda rules: (*rules, idle))).equivalent


# -- different ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), [(1, 2), (1, True), (1, "1"), (0, False), ("a", "A")])
def test_constants_are_told_apart_by_value_and_by_type(one, other):
    """1, yes and the text 1 are three constants, and a weekend shows it: nobody needs to do anything."""
    books = [with_rule("sequences", DRILL, to=to) for to in (one, other)]
    found = diff(*books)
    assert {difference.cell.origin for difference in found.differences} == {"session-1", "session-2"}
    told = Distinguisher(*books).distinguish(found.differences[0].cell)
    assert (told.scenario.steps, told.scenario.violations, told.broken) == ((), (), ("reset-applied",))


def test_what_is_in_one_only_is_said():
    """Other kinds of account, records, sessions, times, sites, zones, and changes offered in one only."""
    here = book(DRILL)
    third = here.sessions[2]
    late = attrs.evolve(third, opens=third.opens + timedelta(hours=1), site="secondary", changes=("sequence",))
    there = attrs.evolve(
        here,
        rulebook="there",
        accounts={"user": AccountKind(), "clerk": AccountKind()},
        records=("sequence", "order"),
        timezone="Asia/Tokyo",
        sessions=(*here.sessions[:2], late, attrs.evolve(third, name="tuesday", opens=third.closes)),
        rules=(),
    )
    said = "\n".join(diff(here, there).apart)
    for words in (
        "account kinds only in made-up-drill: da",
        "account kinds only in there: clerk",
        "records only in there: order",
        "sessions only in there: tuesday",
        "monday: 2023-06-12 00:00 to 2023-06-13 00:00 Asia/Hong_Kong, and 2023-06-12 01:00 to 2023-06-13 00:00 Asia",
        "monday: served by primary, and by secondary",
        "suspend-user, reinstate-user, reset-user and unlock-user of user can be made in session-1 and session-2 only",
    ):
        assert words in said, said


@pytest.mark.parametrize("turned", [False, True])
def test_what_stood_before_in_a_record_that_one_of_them_lacks_is_no_cell_of_both(turned):
    """A rule on it is outside the comparison of cells, whichever of the two has the record."""
    rule = attrs.evolve(
        book().rules[0], id="flags", changes=("flag",), made_in=(BASELINE,), at=("monday",), fate="reset", to=1
    )
    more = attrs.evolve(book(), records=("flag",), rules=(*book().rules, rule))
    found = diff(more, book()) if turned else diff(book(), more)
    assert found.differences == ()
    assert found.cells == diff(book(), book()).cells


def test_without_common_sessions_nothing_is_told_and_nothing_breaks():
    """No weekend can be lived under both, so that no scenario is claimed."""
    here = book(DRILL)
    there = attrs.evolve(here, sessions=here.sessions[:2], rules=())
    assert Distinguisher(here, there).distinguish(RuleCell("user", "failed-logon", "session-1", "session-2")) is None


def test_an_administrator_that_one_of_them_does_not_know_is_not_called():
    """Where only one rulebook has administrators, no file could be run under both."""
    here = book(DRILL)
    there = attrs.evolve(here, accounts={"user": AccountKind()}, rules=())
    cell = RuleCell("user", "suspend-user", "session-2", "monday")
    assert cell in [difference.cell for difference in diff(here, there).differences]
    assert Distinguisher(here, there).distinguish(cell) is None
    assert Distinguisher(there, here).distinguish(cell) is None


def test_an_administrator_of_one_of_them_shows_what_it_may_do():
    """Where both know the kind, and one lets it administer, its act is refused under the other."""
    here = book(DRILL)
    there = attrs.evolve(here, accounts={**here.accounts, "da": AccountKind()}, rules=())
    for one, other in ((here, there), (there, here)):
        found = Distinguisher(one, other).distinguish(RuleCell("user", "suspend-user", "session-2", "monday"))
        assert found.broken
        assert [account.profile.kind for account in found.scenario.accounts] == ["user", "da"]


def test_sites_that_differ_are_no_answer_about_a_cell():
    """What breaks because a session is served elsewhere is not passed off as what a rule says."""
    here = book(DRILL)
    elsewhere = attrs.evolve(here.sessions[1], site="primary")
    there = with_rules(lambda rules: rules[1:], DRILL)
    there = attrs.evolve(there, sessions=(here.sessions[0], elsewhere, here.sessions[2]))
    told = Distinguisher(here, there).distinguish(RuleCell("user", "failed-logon", "session-1", "session-2"))
    assert told.broken == ("counters-follow-rule",)
    assert len(told.scenario.steps) == 1


def test_differences_of_the_same_rules_are_told_together():
    """One group for each two rules that disagree, over all their cells; every difference is in one group."""
    mutant = with_rules(lambda rules: (r for r in rules if r.id != "fn4"))
    found = diff(book(), mutant)
    (group,) = grouped(found.differences)
    assert group == found.differences
    assert len(group) == 5


# -- the scenarios -----------------------------------------------------------------------------------------------------


def again(telling, folder):
    """The scenario and the runbook of a telling, written to files and read back."""
    (folder / "runbook.yaml").write_text(write_runbook(telling.runbook))
    rulebook = DRILL if telling.scenario.rulebook == "made-up-drill" else telling.scenario.rulebook
    named = attrs.evolve(telling.scenario, runbook="./runbook.yaml", rulebook=rulebook)
    (folder / "scenario.yaml").write_text(write_scenario(named))
    return load_scenario(folder / "scenario.yaml")


def judged(case, rulebook):
    """How a case ends under a rulebook, and what it breaks that it was not expected to break."""
    trace = simulate(Model(rulebook, case.runbook, case.scenario.policies), case.scenario)
    outcome = verdict(case.scenario, trace)
    return outcome.status, {broken.violation.invariant for broken in outcome.unexpected}


TOLD = [(name, mutant.name) for name in (BUILTIN, DRILL) for mutant in mutants(name)]
SET_UP = ("initiate-2fa", "repeat-2fa-set-up", "partial-2fa-set-up", "change-2fa-password", "change-otp-channel")
UNTOLD = {
    # What is open between two baselines may be there or not, by either: only what a rule decides tells them apart.
    (BUILTIN, "fn3 without a baseline"): SET_UP,
    (BUILTIN, "fn4 without a baseline"): SET_UP,
    (DRILL, "administration without a baseline"): ("create-user", "suspend-user", "reinstate-user"),
    (DRILL, "administration back to baseline"): ("create-user", "suspend-user", "reinstate-user"),
    (DRILL, "attempts without a baseline"): ("failed-logon",),
    (DRILL, "attempts back to baseline"): ("failed-logon",),
    # A first set-up, whole or half, cannot follow one; there would have to be a third change between the two.
    (BUILTIN, "fn3 back to baseline"): ("initiate-2fa", "partial-2fa-set-up"),
    (BUILTIN, "fn4 back to baseline"): ("initiate-2fa", "partial-2fa-set-up"),
}


@pytest.mark.parametrize(("name", "mutation"), TOLD, ids=[f"{Path(n).stem}: {m}" for n, m in TOLD])
def test_each_cell_in_which_a_mutant_differs_has_a_scenario_that_shows_it(name, mutation, tmp_path):
    """Written and read back, it passes under one rulebook and breaks what was said under the other."""
    mutant = next(m.rulebook for m in mutants(name) if m.name == mutation)
    teller = Distinguisher(book(name), mutant)
    for difference in diff(book(name), mutant).differences:
        telling = teller.distinguish(difference.cell)
        if difference.cell.change in UNTOLD.get((name, mutation), ()):
            assert telling is None
            continue
        assert telling.broken
        case = again(telling, tmp_path)
        assert judged(case, telling.kept) == ("passed", set())
        status, broken = judged(case, telling.other)
        assert (status, broken) == ("failed", set(telling.broken))
        if len(telling.scenario.steps) < 2:
            assert telling.scenario.violations in ((), ("set-up-whole",))


@pytest.mark.parametrize(("name", "mutation"), TOLD, ids=[f"{Path(n).stem}: {m}" for n, m in TOLD])
def test_no_shorter_scenario_shows_it(name, mutation):
    """Without a step of it, under the same runbook and under each that is made for the cell, both are kept alike."""
    mutant = next(m.rulebook for m in mutants(name) if m.name == mutation)
    books = (book(name), mutant)
    teller = Distinguisher(*books)
    for difference in diff(*books).differences:
        telling = teller.distinguish(difference.cell)
        for shorter in fewer(telling.scenario) if telling else ():
            for runbook in (telling.runbook, *runbooks(*books, difference.cell, idle=not shorter.steps)):
                mine, theirs = (simulate(Model(b, runbook, shorter.policies), full(shorter, b)) for b in books)
                assert set(mine.invariants) == set(theirs.invariants), (difference.cell, runbook.runbook)


def fewer(scenario):
    """The scenario without one of its steps, or more."""
    if scenario.steps:
        yield attrs.evolve(scenario, steps=())
    if len(scenario.steps) == 2:
        yield from (attrs.evolve(scenario, steps=(step,)) for step in scenario.steps)


def full(scenario, rulebook):
    """The scenario with the rulebook's own records, all empty."""
    empty = attrs.evolve(scenario.accounts[0].start.email, value=None)
    own = tuple((name, empty) for name in rulebook.records)
    accounts = (attrs.evolve(a, start=attrs.evolve(a.start, own=own)) for a in scenario.accounts)
    return attrs.evolve(scenario, accounts=tuple(accounts))


def told(rulebook, change, origin, target, account="user", name=BUILTIN):
    return Distinguisher(book(name), rulebook).distinguish(RuleCell(account, change, origin, target))


def test_a_carry_against_a_discard_is_shown_by_keeping_everything():
    """One change, and a weekend on which nothing is lost."""
    negated = with_rule("fn1", fate="discard")
    found = told(negated, "initiate-2fa", "session-1", "monday")
    assert (found.kept is book(), found.runbook.runbook) == (True, "keep-everything")
    assert [step.action.verb for step in found.scenario.steps] == ["initiate-2fa"]


def test_a_carry_against_silence_is_shown_by_losing_everything():
    """Who is silent permits both; what is lost is missed by the other."""
    silent = with_rules(lambda rules: rules[1:])
    found = told(silent, "initiate-2fa", "session-1", "monday")
    assert (found.kept is silent, found.runbook.runbook) == (True, "lose-everything-at-monday")


def test_where_other_targets_stand_in_the_way_one_rulebook_is_heeded():
    """One carries to Session 2 and not to Monday, the other the reverse: neither is kept if all is kept, or lost."""
    fn1 = attrs.evolve(book().rules[0], at=("session-2",))
    fates = (("carry", "discard"), ("discard", "carry"))
    one, other = (
        with_rules(
            lambda rules, first=first, then=then: (
                attrs.evolve(fn1, fate=first),
                attrs.evolve(fn1, id="then", at=("monday",), fate=then),
                *rules[1:],
            )
        )
        for first, then in fates
    )
    found = Distinguisher(one, other).distinguish(RuleCell("user", "initiate-2fa", "session-1", "session-2"))
    assert found.runbook.runbook.startswith("heed-initiate-2fa")
    assert (found.scenario.violations, len(found.scenario.steps)) == ((), 1)


def test_a_baseline_is_shown_by_a_change_that_is_overwritten():
    """What a discard falls back to shows only where something was changed between the two baselines."""
    other = with_rule("fn3", baseline="baseline")
    found = told(other, "change-2fa-password", "session-2", "monday")
    assert [step.at.session for step in found.scenario.steps] == ["session-1", "session-2"]
    assert (len(found.scenario.steps), found.broken) == (2, ("promise",))


@pytest.mark.parametrize("origin", ["before-session-1", "after-session-1", "session-2", "after-session-2"])
def test_changes_between_sessions_are_told_as_well(origin):
    """A change in a gap, and one ahead of the first session, carried by one and discarded by the other."""
    rule = attrs.evolve(book().rules[0], id="gap", changes=("register-email",), made_in=(origin,), at=("monday",))
    one = with_rules(lambda rules: (*rules, rule))
    for other in (with_rules(lambda rules: (*rules, attrs.evolve(rule, fate="discard"))), book()):
        found = Distinguisher(one, other).distinguish(RuleCell("user", "register-email", origin, "monday"))
        assert found.broken
        (step,) = found.scenario.steps
        assert (step.at, step.expect) == (moment_in(one, origin), "accepted")


def test_own_records_and_administrators_are_told_as_well():
    """A record of the rulebook's own, and what only an administrator does to a user."""
    negated = with_rule("administration", DRILL, fate="carry", baseline=None)
    found = told(negated, "suspend-user", "session-2", "monday", name=DRILL)
    assert [account.profile.kind for account in found.scenario.accounts] == ["user", "da"]
    carried = with_rule("sequences", DRILL, fate="carry", to=None)
    found = told(carried, "sequence", "session-1", "monday", name=DRILL)
    assert found.broken == ("reset-applied",)


def test_a_session_without_smartcards_is_failed_by_otp():
    """The change is made in the way in which the session lets it be made."""
    sessions = tuple(attrs.evolve(s, logon=("otp",)) for s in book(DRILL).sessions)
    one = attrs.evolve(book(DRILL), sessions=sessions)
    other = attrs.evolve(one, rules=tuple(r for r in one.rules if r.id != "counters"))
    found = Distinguisher(one, other).distinguish(RuleCell("user", "failed-logon", "session-1", "session-2"))
    (step,) = found.scenario.steps
    assert (step.action.with_, step.expect) == ("otp", "refused wrong-password")


def test_a_runbook_that_is_given_comes_first_where_it_shows_the_difference():
    """Where it does, it is used; where it does not, one is made."""
    copied = load_runbook("failback-copy").value
    negated = with_rule("fn3", fate="carry", baseline=None)
    cell = RuleCell("user", "change-2fa-password", "session-2", "monday")
    assert Distinguisher(book(), negated, (copied,)).distinguish(cell).runbook is copied
    right = load_runbook("snapshot-standby").value
    silent = with_rules(lambda rules: rules[1:])
    cell = RuleCell("user", "initiate-2fa", "session-1", "monday")
    assert Distinguisher(book(), silent, (right,)).distinguish(cell).runbook.runbook == "lose-everything-at-monday"


@pytest.mark.parametrize("name", [*builtin_names("rulebook"), DRILL])
def test_the_plain_runbooks_are_followed_to_the_end(name):
    """On an idle weekend of any rulebook, keeping and losing everything break nothing and no step is refused."""
    here = book(name)
    idle = next(witnesses(here, here, next(iter(diff_cells(here)))))
    idle = full(attrs.evolve(idle, steps=()), here)
    for runbook in (keep(here), *(lose(here, target) for target in here.by_name)):
        trace = simulate(Model(here, runbook), idle)
        assert trace.invariants == ()
        assert not [n for n in trace.noticed if n.notice.kind == "step-refused"]


def diff_cells(rulebook):
    """Cells that some rule decides."""
    found = diff(rulebook, attrs.evolve(rulebook, rules=()))
    return [difference.cell for difference in found.differences if difference.one.outcomes]
