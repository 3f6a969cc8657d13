"""The rule language fits notices that it was not made for: real ones in summary, and made-up ones of every shape.

Each book has a weekend that passes under a right runbook, and wrong runbooks that are found out, by `run` and by
`check`. What the language cannot say is refused, or said here.
"""

from functools import cache
from pathlib import Path

import attrs
import pytest

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import ENGINES, check
from dcsim.checker.model.abstract_accounts import abstract_accounts
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import WantedAnswer, ask
from dcsim.domain.moment import epoch
from dcsim.files.findings import InputError
from dcsim.files.load import load_pair, load_rulebook, load_scenario, load_texts
from dcsim.semantics.intent import fate
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.verdict import verdict

HERE = Path(__file__).parent
HOUR = 3_600_000

# Of each book: the runbooks that break it, and what they break.
WRONG = {
    "three-sessions": {"copied-back-late": {"discarded-absent"}},
    "secondary-twice": {"refreshed-between": {"carried-survives"}},
    "one-session": {"cut-over-from-friday": {"carried-arrives"}},
    "moved-target": {"wiped-on-the-planned-day": {"carried-survives"}},
    "constants": {"reset-nothing": {"reset-applied"}},
    "records-and-gaps": {"cut-before-session-2": {"discarded-absent"}},
    "four-kinds": {"all-alike": {"discarded-absent", "reset-applied"}},
    "no-carry": {"back-to-friday": {"discarded-absent"}},
    "dead-end": {
        "reset-nothing": {"discarded-absent"},
        "friday-each-time": {"carried-arrives"},
    },
    "branch": {"all-alike": {"discarded-absent"}, "friday-each-time": {"carried-arrives", "carried-survives"}},
    "midnight-and-clocks": {"hand-over-by-wall-clock": {"window-served"}},
    "two-rehearsals-and-a-migration": {"never-wiped": {"discarded-absent", "restores-baseline"}},
    "contingency-weekend": {
        "contingency-switched-back": {"discarded-absent", "counters-follow-rule", "no-orphan-lock"}
    },
}
PAIRS = [pytest.param(book, runbook, id=f"{book}-{runbook}") for book, wrong in WRONG.items() for runbook in wrong]
SMALL = ["one-session", "moved-target", "secondary-twice", "branch", "dead-end", "midnight-and-clocks"]

BUILTIN = {
    "asx-24-bcp-2025": "roll-back",
    "eurex-t7-dr-2019": "dr-copy-no-return",
    "mcx-launch-2023": "mocks-to-live",
}
# All that is known of the three notices. Nothing else may be quoted.
SUMMARIES = {
    "asx-24-bcp-2025": """
        ASX 24 business continuity test, Sat 28 Jun 2025, 13:00-17:00, alternate site: all configuration changes made in
        the test, passwords included, are rolled back for Mon 30 Jun; transactions are absent on Monday.""",
    "eurex-t7-dr-2019": """
        Eurex T7 disaster recovery test, Sat 26 Oct 2019: user IDs, keys and sessions are copied from production into
        the DR environment; changes made there are NOT copied back.""",
    "mcx-launch-2023": """
        MCX platform launch, mocks before a go-live planned for 3 Oct 2023 that slipped to 16 Oct: user IDs and
        PASSWORDS set in the mocks ARE carried to live.""",
}


def book_path(name):
    return HERE / "books" / f"{name}.yaml"


def runbook_path(name):
    return HERE / "runbooks" / f"{name}.yaml"


@cache
def load(name, runbook=None):
    instead = runbook and runbook_path(runbook)
    return load_scenario(HERE / "weekends" / f"{name}.yaml", None, instead, invariants=tuple(INVARIANTS))


@cache
def run(name, runbook=None):
    case = load(name, runbook)
    return simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario)


def weekends(book, runbook, ops=1):
    """One weekend with one account, for each kind of account of the rulebook."""
    one = abstract_accounts(book, 1, 0)[0]
    for kind in book.accounts:
        account = attrs.evolve(one, id=kind.upper(), profile=attrs.evolve(one.profile, kind=kind))
        yield Weekend(Model(book, runbook), (account,), ops)


def answer(weekend, engine="auto"):
    confirms = lambda scenario, name: name in simulate(weekend.model, scenario, tracing=False).invariants  # noqa: E731
    return ask(
        weekend, lambda part, budget: check(part, engine, budget), Budget(seconds=120), WantedAnswer(confirms=confirms)
    )


def book_of(name):
    return load_rulebook(book_path(name)).value


def fates(name, account, change):
    """Every decided cell of one kind of account and change, as (origin, target) to a fate."""
    book = book_of(name)
    table = {(o, t): fate(book, account, change, o, t).fate for o in book.timeline for t in book.by_name}
    return {pair: ruling for pair, ruling in table.items() if ruling != "open"}


# -- every book --------------------------------------------------------------------------------------------------------


def test_every_book_has_a_weekend_and_a_runbook_that_breaks_it():
    """No fixture is there for show."""
    assert {path.stem for path in (HERE / "books").glob("*.yaml")} >= set(WRONG)
    assert {path.stem for path in (HERE / "weekends").glob("*.yaml")} == set(WRONG)
    right = {Path(load(name).scenario.runbook).stem for name in WRONG}
    assert {path.stem for path in (HERE / "runbooks").glob("*.yaml")} == right.union(*WRONG.values())


@pytest.mark.parametrize("name", WRONG)
def test_what_the_notice_says_holds_under_a_right_runbook(name):
    """Each weekend sees what its notice promises, and breaks nothing."""
    assert load(name).warnings == ()
    assert run(name).failures == ()
    assert run(name).invariants == ()
    assert verdict(load(name).scenario, run(name)).status == "passed"


@pytest.mark.parametrize(("name", "runbook"), PAIRS)
def test_a_wrong_runbook_is_found_out_by_a_run(name, runbook):
    """The same weekend under a wrong runbook breaks just what that runbook was made to break."""
    assert set(run(name, runbook).invariants) == WRONG[name][runbook]
    assert verdict(load(name).scenario, run(name, runbook)).status == "failed"


@pytest.mark.parametrize("name", WRONG)
def test_check_proves_the_right_runbook_for_each_kind_of_account(name):
    """With one change between two ticks nothing breaks, whichever kind of account makes it."""
    case = load(name)
    for weekend in weekends(case.rulebook, case.runbook):
        found = answer(weekend)
        assert (found.status, found.broken) == ("proved", {}), weekend.accounts[0].id


@pytest.mark.parametrize(("name", "runbook"), PAIRS)
def test_check_finds_a_wrong_runbook_out(name, runbook):
    """The check finds it with no weekend to start from, and the simulator confirms each counterexample."""
    case = load(name, runbook)
    answers = [(weekend, answer(weekend)) for weekend in weekends(case.rulebook, case.runbook)]
    broken = {invariant for _, found in answers for invariant in found.broken.get((), ())}
    broken -= {"carried-survives"} if runbook == "copied-back-late" else set()  # what Session 3 did is lost as well
    # A schedule ends with the first thing that it breaks, so a run may break more.
    assert broken & WRONG[name][runbook]
    # Two of these runbooks drain at a printed opening: whoever comes while they wait sees it.
    assert broken - {"window-served", "act-at-its-site"} <= WRONG[name][runbook]
    for weekend, found in answers:
        for example in found.counterexamples:
            assert example.invariant in simulate(weekend.model, example.scenario).invariants


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("engine", ENGINES)
def test_all_engines_agree_on_every_shape_of_weekend(name, engine):
    """One session or four, touching windows or not: each engine proves what is right and finds what is wrong."""
    case, wrong = load(name), load(name, next(iter(WRONG[name])))
    assert answer(next(weekends(case.rulebook, case.runbook)), engine).broken == {}
    expected = answer(next(weekends(wrong.rulebook, wrong.runbook))).broken
    assert answer(next(weekends(wrong.rulebook, wrong.runbook)), engine).broken == expected != {}


# -- shapes ------------------------------------------------------------------------------------------------------------


def test_a_site_may_be_visited_twice():
    """A session is apart from its site: the primary serves the first and the third, or the secondary does."""
    sites = [session.site for session in book_of("three-sessions").sessions]
    assert sites == ["primary", "secondary", "primary", "primary"]
    assert [session.site for session in book_of("secondary-twice").sessions][::2] == ["secondary", "secondary"]


def test_a_book_may_have_one_session_only():
    """Then every rule is about the gap before it."""
    assert book_of("one-session").timeline == ("before-cut-over", "cut-over", "after-cut-over")
    assert fates("one-session", "user", "register-email") == {("before-cut-over", "cut-over"): "carry"}


def test_a_book_may_carry_nothing():
    """A notice of discards only is a notice like any other."""
    assert {rule.fate for rule in book_of("no-carry").rules} == {"discard"}


def test_carry_is_not_transitive():
    """Session 1 reaches Session 2 and Monday, Session 2 does not; or Session 1 reaches Session 2 and not Monday."""
    assert fates("branch", "user", "order") == {
        ("session-1", "session-2"): "carry",
        ("session-1", "monday"): "carry",
        ("session-2", "monday"): "discard",
    }
    assert fates("dead-end", "user", "order") == {
        ("session-1", "session-2"): "carry",
        ("session-1", "monday"): "discard",
        ("session-2", "monday"): "discard",
    }


def test_one_change_may_meet_another_fate_at_another_target():
    """Reset to 5000 in Session 2 and to 1 on Monday; discarded in Session 2 and carried to Monday."""
    to = {
        target: fate(book_of("constants"), "user", "sequence", "session-1", target).rules[0].to
        for target in ("session-2", "monday")
    }
    assert to == {"session-2": 5000, "monday": 1}
    limits = fates("records-and-gaps", "trader", "limit")
    assert limits["after-session-1", "session-2"] == "discard"
    assert limits["after-session-1", "monday"] == "carry"


def test_four_kinds_of_account_meet_four_fates():
    """Each kind has a record of its own that meets a fate of its own."""
    own = [("trader", "order"), ("clearer", "position"), ("vendor", "feed"), ("administrator", "order")]
    book = book_of("four-kinds")
    assert [fate(book, *each, "session-1", "monday").fate for each in own] == ["discard", "carry", "reset", "open"]


@pytest.mark.parametrize("day", ["2024-06-03", "2024-06-10", "2024-09-02"])
def test_a_target_whose_date_moves_takes_its_rules_along(day):
    """On the planned day, on the first correction's or on yet another: the same rules, runbook and weekend pass."""
    texts = dict(load("moved-target").texts)
    texts["rulebook"] = texts["rulebook"].replace("opens: 2024-07-08", f"opens: {day}")
    texts["rulebook"] = texts["rulebook"].replace("closes: 2024-07-08", f"closes: {day}")
    case = load_texts(texts, tuple(INVARIANTS))
    trace = simulate(Model(case.rulebook, case.runbook), case.scenario)
    assert (verdict(case.scenario, trace).status, trace.invariants) == ("passed", ())


def test_a_date_that_moved_is_no_conflict_while_the_move_is_written_down(tmp_path):
    """The old date is printed, and the session opens on another day: a finding only if nobody says that it moved."""
    text, path = book_path("moved-target").read_text(encoding="utf-8"), tmp_path / "book.yaml"
    assert load_rulebook(book_path("moved-target")).warnings == ()
    path.write_text(text.replace("moved-from: [2024-06-03 07:00, 2024-06-10 07:00]", "moved-from: []"), "utf-8")
    assert [warning.code for warning in load_rulebook(path).warnings] == ["DC148"]


def test_windows_cross_midnight_and_the_end_of_summer_time():
    """From 22:00 to 00:30 are two hours and a half; from 00:30 to 02:30 that night are three."""
    book = book_of("midnight-and-clocks")
    lengths = [(epoch(s.closes, book) - epoch(s.opens, book)) / HOUR for s in book.sessions]
    assert lengths == [2.5, 3, 24]


# -- what the language cannot say --------------------------------------------------------------------------------------


def refusals(tmp_path, name, *changes):
    """The codes with which a book is refused once some of its words are changed."""
    text = book_path(name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "book.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_rulebook(path)
    return {finding.code for finding in refused.value.findings}


def test_a_rule_on_changes_says_nothing_of_what_stood_before():
    """What was there on Friday is nobody's change: a rule on a session's changes does not reach it."""
    texts = dict(load("constants", "reset-nothing").texts)
    texts["rulebook"] = texts["rulebook"].replace("made-in: [baseline, ", "made-in: [")
    head, _, _ = texts["scenario"].partition("steps:")
    texts["scenario"] = head + "expect:\n  monday: {U1: {records: {sequence: 0}}}\n"
    case = load_texts(texts, tuple(INVARIANTS))
    assert simulate(Model(case.rulebook, case.runbook), case.scenario).invariants == ()


def test_two_sites_never_serve_at_once(tmp_path):
    """Sessions that overlap, at one site or at two, for one kind of account or another, are refused."""
    assert refusals(tmp_path, "branch", ("opens: 2024-03-02 18:00", "opens: 2024-03-02 11:00")) == {"DC140"}


def test_a_weekend_has_two_sites_at_most(tmp_path):
    """A third site can be named by the rules, but no runbook can have it."""
    path = tmp_path / "runbook.yaml"
    text = runbook_path("reset-nothing").read_text(encoding="utf-8")
    path.write_text(text.replace("secondary: standby}", "secondary: standby, third: standby}"), "utf-8")
    with pytest.raises(InputError) as refused:
        load_pair(book_path("branch"), path)
    assert {finding.code for finding in refused.value.findings} == {"DC109"}


# -- the notices that are built in -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUILTIN)
def test_a_notice_known_in_summary_quotes_the_summary_and_nothing_else(name):
    """Every quote is of the summary, every place says so, and whatever is no quote is an assumption."""
    book, said = load_rulebook(name).value, " ".join(SUMMARIES[name].split())
    founded = [*book.sessions, *book.rules, *book.policies.values()]
    quotes = [each.citation for each in founded if each.citation]
    assert quotes
    assert [c.quote for c in quotes if not c.quote or c.quote not in said] == []
    assert {c.place for c in quotes} == {"summary"}
    assert [d.printed for d in book.source.dates if d.printed not in said] == []
    assert all(each.citation or each.assumption for each in founded)
    assert all(session.assumption for session in book.sessions)
    assert "in summary" in book.source.title
    assert "not at hand" in book.source.reference
    assert book.timezone_assumption


@pytest.mark.parametrize("name", BUILTIN)
def test_a_notice_known_in_summary_asks_what_it_does_not_know(name):
    """Its questions are numbered, and what is assumed of a session or a policy is asked as well."""
    book = load_rulebook(name).value
    asked = " ".join(f"{q.asks} {q.stands_in}" for q in book.open_questions)
    assert [q.id for q in book.open_questions] == [f"Q{n}" for n in range(1, len(book.open_questions) + 1)]
    assert all(q.asks.endswith("?") for q in book.open_questions)
    assert [policy for policy in book.policies if f"policy {policy}" not in asked] == []
    assert [name for name, members in book.change_sets.items() if members.such_as and f"set {name}" not in asked] == []


@pytest.mark.parametrize(("name", "runbook"), BUILTIN.items())
def test_a_built_in_runbook_is_proved_to_keep_its_notice(name, runbook):
    """For each kind of account, with one change between two ticks."""
    for weekend in weekends(*load_pair(name, runbook)):
        found = answer(weekend)
        assert (found.status, found.broken) == ("proved", {})
        rules = {f"rule {rule.id}" for rule in weekend.model.rulebook.rules}
        assert rules <= set(map(str, found.explored.fired))


def test_asx_and_mcx_say_the_opposite_of_each_other():
    """A password set in a test is rolled back by one notice and carried to live by the other."""
    asx, mcx = (load_rulebook(name).value for name in ("asx-24-bcp-2025", "mcx-launch-2023"))
    rolled = fate(asx, "user", "change-2fa-password", "test", "monday")
    assert (rolled.fate, rolled.rules[0].baseline) == ("discard", "baseline")
    for mock in ("mock-1", "mock-2"):
        assert fate(mcx, "user", "change-2fa-password", mock, "live").fate == "carry"
    assert mcx.by_name["live"].moved_from[0].isoformat() == "2023-10-03T00:00:00"


def test_eurex_discards_without_rolling_anything_back():
    """What is done in the DR environment has no baseline: production is as if it had not been."""
    eurex = load_rulebook("eurex-t7-dr-2019").value
    for record in ("user-id", "key", "session"):
        assert fate(eurex, "member", record, "friday", "test").fate == "carry"
        assert [r.baseline for r in fate(eurex, "member", record, "test", "monday").rules] == [None]
