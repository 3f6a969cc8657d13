"""The scenarios read as the circular: each statement is shown, each failure mode is caught, and the pages say where.

`python tests/test_suite.py --write` makes docs/reference/statements.md and failure-modes.md anew.
"""

import re
import sys
from collections import defaultdict
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import get_args

import attrs
import pytest

from dcsim.domain.distribution import Duration
from dcsim.domain.faults import Fault, LinkFault, OperatorSlip
from dcsim.domain.moment import epoch
from dcsim.files.disk import discover
from dcsim.files.findings import InputError
from dcsim.files.lint_dates import read
from dcsim.files.load import load_rulebook, load_scenario, load_texts
from dcsim.semantics.intent import fate
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.verdict import verdict

ROOT = Path(__file__).parent.parent
SCENARIOS = ROOT / "scenarios"
PAGES = ROOT / "docs" / "reference"
BUILTIN = "seoch-2fa-2023"
RIGHT = "snapshot-standby"
STATEMENTS = range(1, 41)

MODES = {
    1: "Stale standby: a logon at the target meets a store that predates the change.",
    2: "The target opens before apply has caught up.",
    3: "A discarded value leaks: failback copies the Secondary wholesale.",
    4: "Over-discard: the rollback to Friday wipes Session 1's initiations too. Or a reset is forgotten.",
    5: "The wrong restore point is restored.",
    6: "Lockout state differs from site to site.",
    7: "A lockout outlives its discarded cause.",
    8: "A set-up is half completed at the close.",
    9: "A commit is in flight across 20:00.",
    10: "A write in a gap is lost or booked to the wrong session.",
    11: "The OTP credential differs between sites.",
    12: "The wrong site serves, or none does.",
    13: "Split brain: two sites accept writes.",
    14: "Two DAs edit at once, and an update is lost.",
    15: "A user created in Session 2 is discarded, but something still belongs to it.",
    16: "A revocation is rolled back: a leaver suspended in Session 2 is active on Monday.",
    17: "Redo is applied twice or out of order.",
    18: "The sites differ before Monday opens, or there is no standby.",
    19: "Time zones, daylight saving and midnight slip.",
    20: "A date and its weekday disagree.",
    21: "The launch slips, but rules name a literal date.",
    22: "A composite is carried in part.",
    23: "The operator skips, repeats, delays or swaps a step.",
    24: "The link is down, or slow, while the sites change over.",
    25: "A site crashes: before the drain, between two steps, or at the cut-over.",
    26: "A site's clock is fast or slow, so its sessions open and close early or late.",
    27: "Somebody waits: the operator is late, a one-time password is, or a request is in flight across a close.",
}

# What each wrong runbook was made to break, and what may break with it.
WRONG = {
    "no-drain": {"opens-caught-up", "carried-arrives"},
    "failback-copy": {"discarded-absent"},
    "restore-friday": {"carried-survives"},
    "stale-restore-point": {"restores-baseline", "sites-agree"},
}

# What breaks when the operator skips one step of the right runbook and all else goes well; nothing for the others.
LOAD_BEARING = {
    "open-session-1": {"window-served"},
    "close-session-1": {"one-writer"},
    "mark": {"standby-ready"},
    "activate": {"window-served"},
    "open-session-2": {"window-served"},
    "close-session-2": {"one-writer", "standby-ready"},
    "revert": {"standby-ready"},
    "open-monday": {"window-served"},
}

STATEMENT_TESTS = defaultdict(list)
MODE_TESTS = defaultdict(list)


def shows(*numbers):
    """Mark a test as the demonstration of statements of the source."""
    return _mark(STATEMENT_TESTS, numbers)


def catches(*modes):
    """Mark a test as the demonstration of failure modes."""
    return _mark(MODE_TESTS, modes)


def _mark(table, numbers):
    def mark(test):
        for number in numbers:
            table[number].append(test.__name__)
        return test

    return mark


FILES = [str(path.relative_to(SCENARIOS)) for path in discover([SCENARIOS])]
CIRCULAR = [name for name in FILES if name.startswith("circular/")]
OPEN = [name for name in FILES if name.startswith("open-questions/")]
FAILURES = [name for name in FILES if name.startswith("failure-modes/")]


@cache
def load(name, runbook=None):
    return load_scenario(SCENARIOS / name, None, runbook, invariants=tuple(INVARIANTS))


@cache
def run(name, runbook=None):
    case = load(name, runbook)
    return simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario)


def book():
    return load_rulebook(BUILTIN).value


def mode_of(name):
    return int(re.match(r"failure-modes/m(\d\d)-", name)[1])


# -- the scenarios -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_scenario_sees_what_it_expects_and_breaks_what_it_says(name):
    """Each scenario's expectations are met, and exactly the invariants that it names are broken."""
    case, trace = load(name), run(name)
    outcome = verdict(case.scenario, trace)
    assert (trace.failures, outcome.unexpected, outcome.missing) == ((), (), ())
    assert outcome.status == "passed"


@pytest.mark.parametrize("name", FILES)
def test_scenario_has_the_name_of_its_file(name):
    """A scenario's name is its file's, in kebab case, and the file is short enough to read at a glance."""
    path = SCENARIOS / name
    assert load(name).scenario.scenario == path.stem
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", path.stem)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("name", CIRCULAR)
def test_the_circular_holds_under_the_right_runbook(name):
    """What the circular says is so, with no violation, where Session 2 runs on a snapshot standby."""
    case = load(name)
    assert (case.scenario.rulebook, case.scenario.runbook, case.scenario.violations) == (BUILTIN, RIGHT, ())
    assert run(name).invariants == ()
    assert case.scenario.shows


@pytest.mark.parametrize("runbook", WRONG)
def test_a_wrong_runbook_breaks_what_it_was_made_to_break(runbook):
    """Each wrong runbook makes scenarios of the circular fail, by the invariant made for it and for no other reason."""
    made_for = WRONG[runbook]
    broken = {invariant for name in CIRCULAR for invariant in run(name, runbook).invariants}
    assert broken == made_for
    assert any(verdict(load(name).scenario, run(name, runbook)).status == "failed" for name in CIRCULAR)
    expected = [set(load(name).scenario.violations) for name in FAILURES if load(name).scenario.runbook == runbook]
    assert any(made_for <= violations for violations in expected)


@pytest.mark.parametrize("name", OPEN)
def test_an_open_question_is_named_and_its_answer_is_no_secret(name):
    """What stands in for an answer is said: by the run, by the rulebook's question, or by a policy of the scenario."""
    case, trace = load(name), run(name)
    number = int(re.match(r"open-questions/q(\d\d)-", name)[1])
    question = {q.id: q for q in case.rulebook.open_questions}[f"Q{number}"]
    said = [n.notice.says for n in trace.noticed if n.notice.kind == "open-cell"]
    assert all(says.startswith("the source does not say") for says in said)
    assert said or question.stands_in or case.scenario.policies
    assert "?" in case.scenario.title
    assert case.scenario.violations == ()


@pytest.mark.parametrize("name", [name for name in FAILURES if name.endswith("-survived.yaml")])
def test_a_survivor_has_a_twin_that_breaks(name):
    """Where something survives a fault, another scenario of the same failure mode does not."""
    assert run(name).invariants == ()
    assert any(load(other).scenario.violations for other in FAILURES if mode_of(other) == mode_of(name))


# -- the statements ----------------------------------------------------------------------------------------------------


@shows(3)
def test_the_information_package_is_kept_as_a_statement():
    """Statement 3: where the information package is found can only be quoted; nothing simulated rests on (i)."""
    said = {s.number: s for s in book().source.statements}[3]
    assert (said.says, said.place) == ("The information package is on the operator's website.", "(i)")
    assert not [rule.id for rule in book().rules if rule.citation and rule.citation.place == "(i)"]


@shows(4)
def test_the_user_guide_is_out_on_a_friday():
    """Statement 4: the user guide is dated 2 June 2023, and that is a Friday."""
    printed = [d.printed for d in book().source.dates if d.event == "user guide"]
    assert printed == ["2 June 2023 (Friday)"]
    assert read(printed[0]).date == date(2023, 6, 2)
    assert f"{date(2023, 6, 2):%A}" == "Friday"


@shows(5)
def test_exactly_two_windows_exist_before_the_launch():
    """Statement 5: 18:00-20:00 and 22:00-23:00 on 10 June 2023, in Hong Kong: 10:00-12:00 and 14:00-15:00 UTC."""
    trials = [s for s in book().sessions if s.opens.date() < date(2023, 6, 12)]
    instants = [(epoch(s.opens, book()), epoch(s.closes, book())) for s in trials]
    hours = [(10, 12), (14, 15)]
    assert instants == [
        tuple(round(datetime(2023, 6, 10, hour, tzinfo=UTC).timestamp() * 1000) for hour in window) for window in hours
    ]


@shows(6)
def test_the_registration_deadline_is_the_second_of_june():
    """Statement 6: registering "on or before 2 June 2023" is in time on the 2nd and late on the 3rd."""
    deadline = next(read(d.printed).date for d in book().source.dates if d.event == "registration deadline")
    assert date(2023, 6, 2) <= deadline < date(2023, 6, 3)


@shows(9)
def test_each_session_is_served_by_its_site():
    """Statement 9: the same user at the same address meets the Primary in Session 1 and the Secondary in Session 2."""
    events = run("circular/same-addresses-in-both-sessions.yaml").events
    served = [event.site for event in events if event.account == "U001" and event.action.verb == "logon"]
    assert served == ["primary", "secondary"]


@shows(18, 19)
def test_only_a_users_logon_shows_a_message():
    """Statements 18 and 19: users see "Function not available" in both sessions; for DAs no message is specified."""
    trials = [s for s in book().sessions if s.name != "monday"]
    assert [dict(s.shows) for s in trials] == [{"user": "Function not available"}] * 2


@shows(20)
@pytest.mark.parametrize("name", [name for name in CIRCULAR if re.match(r"circular/s[12]-", name)])
def test_each_path_of_the_schedule_ends_with_logout(name):
    """Statement 20: in each row of the schedule, every logon that succeeds is followed by a logout."""
    told = [e.action.verb for e in run(name).events if e.actor == "client" and e.outcome == "moved"]
    acts = [verb for verb in told if verb in ("logon", "logout")]
    assert acts
    assert acts == ["logon", "logout"] * (len(acts) // 2)


@shows(10, 11, 12, 13, 14, 15)
def test_the_rows_of_the_schedule_take_every_portal_and_link():
    """Statements 10 to 15: in both sessions, the rows take the portals and all the links that the circular prints."""
    printed = {
        (kind.portal, link) for kind in book().accounts.values() for links in kind.links.values() for link in links
    }
    for session in ("s1", "s2"):
        rows = [load(name) for name in CIRCULAR if name.startswith(f"circular/{session}-")]
        logons = [step.action for case in rows for step in case.scenario.steps if step.action.verb == "logon"]
        assert {(logon.portal, logon.link) for logon in logons if logon.link} == printed


@shows(37)
@catches(20)
def test_the_title_of_the_schedule_is_wrong_twice():
    """Statement 37: "10 June 2022 (Saturday)" was a Friday and contradicts (iii); the lint says both and no more."""
    warnings = load_rulebook(BUILTIN).warnings
    assert [w.code for w in warnings] == ["DC147", "DC148"]
    assert "10 June 2022 is a Friday" in warnings[0].message
    assert "10 June 2022 in title of the schedule, but 10 June 2023 in (iii)" in warnings[1].message


@shows(38)
def test_the_other_dates_fall_on_the_weekdays_printed():
    """Statement 38: 2, 9 and 12 June 2023 are a Friday, a Friday and a Monday; the lint has nothing to say of them."""
    printed = {d.printed for d in book().source.dates}
    assert {"2 June 2023 (Friday)", "9 June 2023 (Friday)", "12 June 2023 (Monday)"} <= printed
    lines = [load_rulebook(BUILTIN).text.splitlines()[w.line - 1] for w in load_rulebook(BUILTIN).warnings]
    assert all("10 June 2022 (Saturday)" in line for line in lines)
    assert [f"{date(2023, 6, day):%A}" for day in (2, 9, 12)] == ["Friday", "Friday", "Monday"]


@shows(39)
def test_english_prevails():
    """Statement 39: the rulebook quotes the English text and says that it prevails."""
    assert book().source.language.startswith("English prevails over the Chinese translation")
    assert all(rule.citation.quote.isascii() for rule in book().rules)


@shows(40)
def test_the_rules_for_users_and_das_are_isomorphic():
    """Statement 40: footnotes 1 and 2 are the same words, 3 and 4 differ in "user" and "DA", and so do their fates."""
    quotes = {rule.id: rule.citation.quote for rule in book().rules}
    assert quotes["fn1"] == quotes["fn2"]
    assert quotes["fn3"] != quotes["fn4"]
    assert quotes["fn3"].replace("user account", "DA account") == quotes["fn4"]
    for kind in book().kinds:
        for origin in book().timeline:
            for target in book().by_name:
                user, da = (fate(book(), account, kind, origin, target) for account in ("user", "da"))
                assert user.outcomes == da.outcomes, (kind, origin, target)


def test_every_statement_is_shown():
    """The statements of the source are numbered 1 to 40, and each is shown by a scenario or a test."""
    assert [s.number for s in book().source.statements] == list(STATEMENTS)
    by_scenarios = {number for name in FILES for number in load(name).scenario.shows}
    assert by_scenarios | set(STATEMENT_TESTS) == set(STATEMENTS)


# -- the failure modes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in FAILURES if load(name).scenario.violations])
def test_a_failure_is_caught_by_an_invariant_of_its_mode(name):
    """A failure mode's scenario breaks an invariant made for that mode, or is due to a slip or to a fault in time."""
    scenario = load(name).scenario
    modes = {INVARIANTS[invariant].mode for invariant in scenario.violations}
    elsewhere = any(not isinstance(fault, LinkFault) for fault in scenario.faults)
    assert mode_of(name) in modes or elsewhere


def test_every_invariant_is_broken_by_a_scenario():
    """No invariant is there for show: a scenario under failure-modes breaks it, as expected."""
    broken = {invariant for name in FAILURES for invariant in load(name).scenario.violations}
    assert broken == set(INVARIANTS)


def test_every_failure_mode_is_shown():
    """Each of the 27 failure modes has a scenario or a test."""
    assert {mode_of(name) for name in FAILURES} | set(MODE_TESTS) == set(MODES) == set(range(1, 28))


def test_every_sort_of_fault_is_shown():
    """Each sort of fault, and each distribution of one, is in a scenario under failure-modes."""
    faults = [fault for name in FAILURES for fault in load(name).scenario.faults]
    assert {type(fault) for fault in faults} == set(get_args(Fault))
    durations = (getattr(fault, key, None) for fault in faults for key in ("lag", "by"))
    assert {type(each) for each in durations if each is not None} == set(get_args(Duration))


@catches(16)
def test_a_revocation_rolled_back_is_flagged():
    """A suspension that the rules discard is no violation, and is never passed over in silence."""
    notices = [n.notice for n in run("failure-modes/m16-revocation-rolled-back.yaml").noticed]
    assert [n.kind for n in notices] == ["restriction-lifted"]
    assert "active in monday" in notices[0].says


def made_up(tmp_path, *changes):
    """The made-up rulebook with some of its words changed, loaded."""
    text = (SCENARIOS / "rulebooks" / "made-up-drill.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "rulebook.yaml"
    path.write_text(text, encoding="utf-8")
    return load_rulebook(path).value


@catches(19)
@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        pytest.param("DC131", "Asia/Hong_Kong", "Asia/HongKong", id="unknown timezone"),
        pytest.param("DC140", "opens: 2023-06-10 22:00", "opens: 2023-06-10 19:59", id="windows overlap"),
        pytest.param("DC141", "closes: 2023-06-13 00:00", "closes: 2023-06-12 00:00", id="midnight of the wrong day"),
    ],
)
def test_windows_that_cannot_be_are_refused(tmp_path, code, old, new):
    """Windows are zoned, disjoint, and open before they close: a rulebook in which they are not is refused."""
    with pytest.raises(InputError) as refused:
        made_up(tmp_path, (old, new))
    assert code in {finding.code for finding in refused.value.findings}


@catches(19)
def test_windows_are_half_open_and_follow_the_clocks(tmp_path):
    """A window may open as the last one closes, and one across the end of summer time lasts an hour longer."""
    moved = made_up(
        tmp_path,
        ("Asia/Hong_Kong", "Europe/London"),
        ("opens: 2023-06-12 00:00, closes: 2023-06-13 00:00", "opens: 2023-10-29 00:30, closes: 2023-10-29 02:30"),
        ("opens: 2023-06-10 22:00", "opens: 2023-06-10 20:00"),
    )
    monday, first, second = (moved.by_name[name] for name in ("monday", "session-1", "session-2"))
    assert epoch(monday.closes, moved) - epoch(monday.opens, moved) == 3 * 3_600_000
    assert epoch(first.closes, moved) == epoch(second.opens, moved)


@catches(21)
@pytest.mark.parametrize("name", [name for name in CIRCULAR if "footnote" in name])
def test_a_slipped_launch_leaves_the_rules_as_they_are(name):
    """Rules name sessions: with Monday a week later, what the footnotes promise still holds."""
    texts = dict(load(name).texts)
    for old, new in (
        ("opens: 2023-06-12 00:00", "opens: 2023-06-19 00:00"),
        ("closes: 2023-06-13 00:00", "closes: 2023-06-20 00:00"),
    ):
        assert old in texts["rulebook"]
        texts["rulebook"] = texts["rulebook"].replace(old, new)
    case = load_texts(texts, tuple(INVARIANTS))
    trace = simulate(Model(case.rulebook, case.runbook), case.scenario)
    assert verdict(case.scenario, trace).status == "passed"


@catches(21)
def test_a_rule_cannot_name_a_date(tmp_path):
    """A target is a named session; a literal date in its place is refused."""
    with pytest.raises(InputError) as refused:
        made_up(tmp_path, ("at: monday", "at: '2023-06-12'"))
    assert {finding.code for finding in refused.value.findings if finding.severity == "error"} == {"DC121"}


@catches(23)
@pytest.mark.parametrize("step", [step.id for step in load("circular/footnote-1.yaml").runbook.steps])
def test_a_skipped_step_breaks_what_rests_on_it(step):
    """For each step of the right runbook it is known what breaks when it alone is skipped; the drains are spare."""
    case = load("circular/footnote-1.yaml")
    skipped = attrs.evolve(case.scenario, faults=(OperatorSlip(operator="skip", step=step),))
    trace = simulate(Model(case.rulebook, case.runbook), skipped)
    assert set(trace.invariants) == LOAD_BEARING.get(step, set())


@catches(23)
def test_each_slip_of_the_operator_appears():
    """Scenarios show a step skipped, repeated, delayed and swapped."""
    faults = [fault for name in FAILURES for fault in load(name).scenario.faults]
    assert {f.operator for f in faults if isinstance(f, OperatorSlip)} == {"skip", "repeat", "delay", "swap"}


# -- the pages ---------------------------------------------------------------------------------------------------------


def link_to(name):
    return f"[{Path(name).stem}](../../scenarios/{name})"


def link_to_test(test):
    return f"[{test}](../../tests/test_suite.py)"


def statements_page():
    rows = []
    for s in book().source.statements:
        place = f"{s.place} (inferred)" if s.inferred else s.place
        by = [link_to(name) for name in FILES if s.number in load(name).scenario.shows]
        by += [link_to_test(test) for test in STATEMENT_TESTS[s.number]]
        rows.append(f"| {s.number} | {s.says} | {place} | {', '.join(by)} |")
    return "\n".join(
        [
            "# What the circular says, and what shows it",
            "",
            "Every statement of the source of the built-in rulebook `seoch-2fa-2023`, with its place there, and the",
            "scenarios and tests that demonstrate it. *Inferred*: it follows, but is not written. SU and SD are the",
            "smartcard rows of the schedule for users and DAs, FU and FD the 2FA rows.",
            "",
            "Made by `python tests/test_suite.py --write`; a test fails when this page is stale.",
            "",
            "| no. | statement | place | shown by |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def invariants_of(mode):
    made_for = [i for i in INVARIANTS.values() if i.mode == mode]
    if made_for:
        return "<br>".join(f"`{i.id}`: {i.statement}" for i in made_for)
    return {
        23: "`window-served` and others: check says of each slip what it breaks",
        16: "none: the run flags it with the notice `restriction-lifted`",
        24: "`opens-caught-up`, `carried-arrives`, or `window-served` where Session 2 is called off",
        26: "`window-served`, `logon-in-window`",
        27: "`window-served`; or the expectation of a step",
        20: "none: a warning when the rulebook is loaded (DC147)",
        21: "none: targets are named sessions (DC121)",
    }[mode]


def failure_modes_page():
    rows = []
    for mode, wrong in MODES.items():
        by = [link_to(name) for name in FAILURES if mode_of(name) == mode]
        by += [link_to_test(test) for test in MODE_TESTS[mode]]
        rows.append(f"| {mode} | {wrong} | {invariants_of(mode)} | {', '.join(by)} |")
    return "\n".join(
        [
            "# What goes wrong in such weekends, and what catches it",
            "",
            "Each way in which a weekend at two sites goes wrong, the invariant that catches it, and the scenarios and",
            "tests that show it caught. A scenario whose name ends in `survived` has the same fault under a runbook or",
            "a policy that stands it.",
            "",
            "Made by `python tests/test_suite.py --write`; a test fails when this page is stale.",
            "",
            "| mode | what goes wrong | caught by | shown by |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


MADE = {"statements.md": statements_page, "failure-modes.md": failure_modes_page}


@pytest.mark.parametrize("page", MADE)
def test_page_is_fresh(page):
    """The pages of statements and of failure modes say what the scenarios and tests say now."""
    assert (PAGES / page).read_text(encoding="utf-8") == MADE[page](), "run: python tests/test_suite.py --write"


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    for name, page in MADE.items():
        (PAGES / name).write_text(page(), encoding="utf-8")
