"""Cross-checks: names that are not known, times that make no sense, rules that contradict each other."""

import time

import pytest

from dcsim.files import load
from dcsim.files.lint_dates import read

RULE = (
    "  - {{id: r{i}, accounts: [user, da], changes: [initiate-2fa, account-changes, register-email, lockout], "
    "made-in: [before-session-1, session-1], at: [session-2, monday], fate: {fate}, citation: {{place: p{i}}}}}\n"
)

FOUND = [
    # a name that stands for two things, or cannot be one
    (
        "DC129",
        "rulebook",
        "name: session-2",
        "name: after-session-1",
        "session 'after-session-1' has a name that is taken",
    ),
    ("DC129", "rulebook", "name: monday", "name: baseline", "session 'baseline' has a name that is taken already"),
    ("DC109", "rulebook", "name: monday", "name: 12 June", "'12 June' cannot name a session"),
    ("DC129", "rulebook", "records: [order]", "records: [email]", "record 'email' has a name that is taken already"),
    (
        "DC129",
        "rulebook",
        "  account-changes:\n",
        "  lockout:\n",
        "change set 'lockout' has the name of a kind of change",
    ),
    ("DC129", "rulebook", "id: orders", "id: keep", "duplicate rule 'keep'"),
    ("DC129", "rulebook", "number: 2", "number: 1", "duplicate statement '1'"),
    ("DC129", "runbook", "id: again", "id: abort", "step 'abort' has a name that is taken already"),
    ("DC129", "scenario", "id: U003", "id: X999", "account 'X999' is one of a population already"),
    ("DC109", "scenario", "id: U003", "id: 'U*'", "'U*' cannot name an account"),
    (
        "DC129",
        "scenario",
        "{population: 1000",
        "{population: 1, prefix: X9, kind: user}\n  - {population: 1000",
        "'X91'",
    ),
    # rules
    ("DC109", "rulebook", "fate: carry", "fate: carry\n    to: x", "'to' belongs to a reset, and this is a carry"),
    ("DC109", "rulebook", "fate: carry", "fate: carry\n    baseline: baseline", "'baseline' belongs to a discard"),
    ("DC109", "rulebook", "changes: order", "changes: []", "rule 'orders' says nothing with an empty 'changes'"),
    ("DC123", "rulebook", "such-as: [change-otp-channel]", "such-as: [account-changes]", "unknown change kind"),
    ("DC121", "rulebook", "baseline: session-1", "baseline: friday", "unknown session 'friday'"),
    ("DC121", "rulebook", "at: monday", "at: after-session-2", "unknown session 'after-session-2'"),
    ("DC143", "rulebook", "baseline: session-1", "baseline: session-2", "baseline 'session-2' does not come before"),
    ("DC109", "rulebook", "smartcard: [With card]", "card: [With card]", "'card' is no way to log on"),
    ("DC124", "rulebook", "shows: {user:", "shows: {users:", "unknown account kind 'users'; did you mean 'user'?"),
    ("DC145", "rulebook", "    assumption: Orders start afresh.\n", "", "rule 'orders' has neither"),
    ("DC145", "rulebook", "    assumption: No hours are given.\n", "", "session 'monday' has neither"),
    ("DC145", "rulebook", "assumption: Orders start afresh.", 'assumption: ""', "rule 'orders' has neither"),
    ("DC145", "rulebook", "{place: footnote 1, quote", "{place: ' ', quote", "rule 'keep' has neither"),
    ("DC145", "rulebook", "assumption: No hours are given.", "assumption: ' '", "session 'monday' has neither"),
    (
        "DC145",
        "rulebook",
        "    assumption: Orders start afresh.",
        "    assumption: Orders start afresh.\n    citation: {place: ''}",
        "rule 'orders' has a citation or an assumption that is blank; leave it out",
    ),
    # time
    ("DC109", "rulebook", "opens: 2023-06-10 18:00", "opens: 2023-03-26 02:30", "never show 2023-03-26 02:30"),
    ("DC142", "scenario", "session-1 +5m", "session-1 -1m", "did you mean 'session-1 opens -1m'?"),
    ("DC142", "scenario", "session-1 +5m", "session-1 +2h", "did you mean 'session-1 closes'?"),
    ("DC142", "scenario", "2023-06-12 09:00", "2022-06-12 09:00", "is more than 31 days before the first session"),
    ("DC142", "scenario", "session-1 closes +30m", "monday closes +1d1ms", "is more than 1 day after the last session"),
    ("DC142", "scenario", "session-1 closes +30m", "monday closes +999999999d", "is more than 1 day after"),
    (
        "DC146",
        "runbook",
        "2023-06-10 21:40",
        "2023-06-10 19:40",
        "'restore-point-mark' (2023-06-10 19:40:00) is due before",
    ),
    # runbooks
    ("DC109", "runbook", "secondary: standby", "secondary: primary", "2 sites are primary at first"),
    ("DC109", "runbook", "secondary: standby", "secondary: standby, third: standby", "3 sites"),
    ("DC122", "runbook", "target: secondary", "target: third", "unknown site 'third'"),
    ("DC109", "runbook", "target: secondary", "target: primary", "a copy from 'primary' to itself"),
    ("DC126", "runbook", "name: friday", "name: mark", "unknown restore point 'friday'"),
    (
        "DC126",
        "runbook",
        "do: activate, site: secondary",
        "do: revert, site: secondary, to: late",
        "unknown restore point",
    ),
    ("DC125", "runbook", "on-timeout: again", "on-timeout: agin", "unknown step 'agin'; did you mean 'again'?"),
    *(
        ("DC109", "runbook", "fields: [failures, order], to: 0", f"fields: [order, {reset}", said)
        for reset, said in (
            ("failures], to: maybe", "10:82 'failures' cannot hold the text 'maybe'; expected a whole number, zero or"),
            ("failures], to: true", "'failures' cannot hold the flag 'true'"),
            ("credential], to: -1", "'credential' cannot hold the number '-1'"),
            ("locked], to: 0", "'locked' cannot hold the number '0'; expected true or false"),
            ("email]", "'email' cannot hold nothing; expected true or false"),
            ("status], to: gone", "'status' cannot hold the text 'gone'; expected one of active, suspended, absent"),
            ("password], to: 5", "'password' cannot hold the number '5'; expected text or none"),
        )
    ),
    # scenarios
    ("DC109", "scenario", "shows: [1, 2]", "shows: [1, 3]", "the source has no statement 3"),
    (
        "DC109",
        "scenario",
        "status: absent",
        "status: absent, smartcard: x",
        "an absent account holds nothing; leave it out",
    ),
    ("DC109", "scenario", "failures: 1", "failures: -1", "-1 is below zero"),
    ("DC109", "scenario", "population: 1000", "population: 0", "a population has one account at least"),
    ("DC109", "scenario", "takes: 2s", "every: 2s", "'every' is for a whole population"),
    ("DC128", "scenario", "{order: O0}", "{orders: O0}", "unknown record 'orders'; did you mean 'order'?"),
    ("DC128", "scenario", "{order: O1}", "{orders: O1}", "unknown record 'orders'; did you mean 'order'?"),
    ("DC120", "scenario", "link: drop, account: U001", "link: drop, account: X*", "unknown account 'X*'"),
    ("DC120", "scenario", "account: X17", "account: X017", "unknown account 'X017'"),
    ("DC109", "scenario", "nth: 1", "nth: 0", "0 counts no entry"),
    (
        "DC109",
        "scenario",
        "{operator: skip, step: again}",
        "{operator: skip, step: again}\n  - {operator: repeat, step: again}",
        "scenario.yaml:29:5 a second fault at the step 'again'; only one can happen there",
    ),
    ("DC109", "scenario", "by: 3h}", "by: 3h}\n  - {link: drop}", "28:5 a second fault of the same entries"),
    (
        "DC109",
        "scenario",
        "account: D001, do: suspend-user",
        "account: X*, do: suspend-user",
        "22:35 'X*' are many, and one administrator acts; name one, such as X1",
    ),
    (
        "DC109",
        "scenario",
        "do: initiate-2fa, password: P1, channel: email",
        "do: initiate-2fa",
        "16:5 a set-up needs a password or a channel, one at least",
    ),
    ("DC132", "scenario", "expect: any", "expect: ayn", "22:90 'ayn' is not shown by any session; did you mean 'any'?"),
    ("DC132", "scenario", "expect: refused}", "expect: refussed closed}", "did you mean 'refused'?"),
]

ALLOWED = [
    ("scenario", "session-1 +5m", "session-1"),
    ("scenario", "session-1 +5m", "session-1 +1h59m59s999ms"),
    ("scenario", "session-1 closes +30m", "monday closes +1d"),
    ("scenario", "session-1 closes +30m", "session-1 opens -31d"),
    ("scenario", "session-1 closes +30m", "session-1 opens +3h"),
    ("scenario", "user: U001", "user: X*, every: 1s"),
    ("scenario", "account: X17", "account: X1000"),
    ("scenario", "two-factor: none, locked", "two-factor: {channel: none}, locked"),
    ("scenario", "title: A", "version: 1\ntitle: A"),
    ("scenario", "initiate-2fa, password: P1, channel: email", "initiate-2fa, channel: email"),
    ("scenario", "do: logout}", "do: logout, expect: some text that another rulebook shows}"),
    ("scenario", "{operator: skip, step: again}", "{operator: skip, step: again}\n  - {operator: skip, step: drain}"),
    ("scenario", "nth: 1}", "nth: 1}\n  - {link: drop, account: U001, nth: 2}"),
    ("runbook", "[failures, order], to: 0", "[order, smartcard, password, channel], to: none"),
    ("runbook", "[failures, order], to: 0", "[order, locked, email], to: false"),
    ("runbook", "[failures, order], to: 0", "[order, status], to: suspended"),
    ("rulebook", "fate: carry", "fate: discard"),
    ("rulebook", "event: monday", "event: Monday"),
    ("rulebook", "Monday, 12 June 2023", "Monday, 5 June 2023"),
    ("rulebook", "Monday, 12 June 2023", "soon"),
    ("rulebook", "value: 5m", "value: 0"),
    ("runbook", "on-timeout: again", "on-timeout: proceed"),
    ("runbook", "name: mark", "name: friday, id: again-friday"),
]


@pytest.mark.parametrize(("code", "file", "old", "new", "said"), FOUND)
def test_what_makes_no_sense_is_found(weekend, code, file, old, new, said):
    """One change, and a finding of this code that says this."""
    findings = weekend.change(file, old, new).findings()
    assert [f for f in findings if f.startswith(f"{code} ") and said in f], "\n".join(findings)


@pytest.mark.parametrize(("file", "old", "new"), ALLOWED)
def test_what_makes_sense_is_let_through(weekend, file, old, new):
    """The same kinds of change where they are right."""
    weekend.change("runbook", "to: mark", "to: friday")
    assert weekend.change(file, old, new).findings() == []


def test_one_window_may_open_as_another_closes(weekend):
    """Windows are half-open."""
    weekend.change("rulebook", "opens: 2023-06-10 22:00", "opens: 2023-06-10 20:00")
    assert load.load_rulebook(weekend.folder / "rulebook.yaml").warnings == ()


def many_rules(samples, count, odd=-1):
    text = (samples / "rulebook.yaml").read_text()
    rules = (RULE.format(i=i, fate="discard" if i == odd else "carry") for i in range(count))
    return text[: text.index("  - id: keep")] + "".join(rules) + text[text.index("policies:") :]


def test_a_contradiction_names_both_rules_and_what_they_rest_on(samples):
    """Once for each pair, at the later of the two, whatever number of cells they share."""
    parsed = load._parse_rulebook(many_rules(samples, 3, odd=1))
    [finding] = parsed.findings
    assert finding.code == "DC144"
    assert finding.message == (
        "rules 'r0' and 'r1' contradict each other: initiate-2fa of a user in before-session-1 at session-2 is "
        "carried (p0) and discarded (p1)"
    )


def test_two_hundred_rules_load_well_under_a_second(samples):
    """Contradictions are looked for by cell, not by pairs of rules."""
    text = many_rules(samples, 200)
    started = time.perf_counter()
    assert load._parse_rulebook(text).findings == ()
    assert time.perf_counter() - started < 0.7


def test_rules_that_agree_may_overlap(samples):
    """Two rules that say the same of one cell do not contradict each other."""
    assert load._parse_rulebook(many_rules(samples, 2)).findings == ()


def test_refusals_are_checked_when_their_codes_are_given(weekend):
    """This floor does not know them; and what a session shows is no code, whatever it begins with."""
    assert weekend.findings(refusals=["other"]) != []
    assert weekend.findings(refusals=None) == []
    weekend.change("rulebook", "shows: {user: Function not available}", "shows: {user: refused by the host}")
    weekend.change("scenario", "expect: Function not available", "expect: refused by the host")
    assert weekend.findings(refusals=["wrong-password"]) == []


def test_invariants_are_checked_when_their_names_are_given(weekend):
    """This floor does not know them."""
    assert weekend.findings(invariants=["other"]) != []
    assert weekend.findings(invariants=None) == []


PRINTED = """
    10 June 2023 (Saturday)     2023 6 10 5
    Sat 28 Jun 2025             2025 6 28 5
    Saturday, 26 October 2019   2019 10 26 5
    October 16, 2023            2023 10 16 None
    3rd Oct. 2023, Tue          2023 10 3 1
    2023-06-12 (Monday)         2023 6 12 0
    31 June 2023                2023 6 31 None
    2018/12/1 (Sunday)          2018 12 1 6
    2018.12.01 (Sat)            2018 12 1 5
    13/06/2023                  2023 6 13 None
    06/13/2023                  2023 6 13 None
    10/06/2023                  2023 6 10 None
    10/06/2023 (Saturday)       2023 6 10 5
    10/06/2023 (Friday)         2023 10 6 4
    10-06-23 (SAT)              2023 6 10 5
    10-Jun-2023                 2023 6 10 None
    10-JUN-23, Sat.             2023 6 10 5
    SATURDAY 10 JUNE 2023       2023 6 10 5
    10th of June, 2023          2023 6 10 None
    2023 June 10                2023 6 10 None
    20230610 (Sat)              2023 6 10 5
    Sept 5, 2023                2023 9 5 None
    10 June 2023, 18:05         2023 6 10 None
    2023年6月10日（星期六）      2023 6 10 5
    2023年6月11日(日)            2023 6 11 6
"""


@pytest.mark.parametrize("row", PRINTED.strip().splitlines())
def test_dates_are_read_as_notices_print_them(row):
    """Day first, month first, ISO; weekdays in full or short, before or after."""
    text, numbers = (part.strip() for part in row.strip().split("  ", 1))
    printed = read(text)
    assert f"{printed.year} {printed.month} {printed.day} {printed.weekday}" == numbers


@pytest.mark.parametrize(
    "text", ["18:00", "10 Foo 2023", "Monday next", "2023-13-01", "13/13/2023", "1.5 h", "page 3", "June", "", "soon"]
)
def test_what_is_not_read_is_told(text, weekend):
    """A notice may print anything; numbers, weekdays and months that are not read are not passed over in silence."""
    assert read(text) is None
    if text in ("", "soon"):
        assert weekend.change("rulebook", "10 June 2023 (Saturday)", f"'{text}'").findings() == []
        return
    (found,) = weekend.change("rulebook", "10 June 2023 (Saturday)", f"'{text}'").findings()
    assert found.startswith(f"DC149 rulebook.yaml:12:17 warning: '{text}' is not read as a date: nothing is checked of")


@pytest.mark.parametrize(
    "text", ["Sat 10 Jun", "June 10th (Saturday)", "10/6", "6/10 (Sat)", "6月10日（六）", "10 June 18:05"]
)
def test_a_date_without_a_year_is_of_the_years_of_the_sessions(text, weekend):
    """Of no other: on its own it is no date, and on another weekday of that year it is a slip."""
    assert read(text) is None
    assert weekend.change("rulebook", "10 June 2023 (Saturday)", text).findings() == []
    weekend.change("rulebook", f"printed: {text}", "printed: 'Sun 10 Jun'")
    assert "'Sun 10 Jun': 10 June 2023 is a Saturday" in weekend.findings()[0]


def test_a_date_without_a_year_fits_one_of_the_years_of_a_season(weekend):
    """Sessions on both sides of a new year: the weekday tells which is meant; where it fits neither, both are told."""
    weekend.change("rulebook", "opens: 2023-06-10 18:00", "opens: 2022-06-10 18:00")
    weekend.change("rulebook", "10 June 2023 (Saturday)", "Fri 10 June")
    assert not [found for found in weekend.findings() if found.startswith("DC147")]
    weekend.change("rulebook", "Fri 10 June", "Sun 10 June")
    (found,) = [found for found in weekend.findings() if found.startswith("DC147")]
    assert "10 June 2022 is a Friday, and 10 June 2023 is a Saturday" in found


@pytest.mark.parametrize("read_as", ["opens: '2023-06-12 24:00'", "opens: 2023-06-12T24:00"])
def test_the_hour_24_is_midnight_of_the_next_day(read_as, weekend):
    """It is refused, with what to write in its stead."""
    text = (weekend.folder / "rulebook.yaml").read_text()
    opens = next(line.split("opens: ")[1] for line in text.splitlines() if "opens: 2023-06-12" in line)
    (found, *_) = weekend.change("rulebook", f"opens: {opens}", read_as).findings()
    assert found.startswith("DC109")
    if "T" not in read_as:
        assert "; write 00:00 of the next day, '2023-06-13 00:00'" in found


@pytest.mark.parametrize("hour", ["24:00", "24:00:00"])
def test_the_hour_24_of_a_step_is_told_as_well(hour, weekend):
    """Also at the end of a year."""
    (found, *_) = weekend.change("scenario", "monday +9h1m", f"2023-12-31 {hour}").findings()
    assert f"'2023-12-31 {hour}' is not a time" in found
    assert "write 00:00 of the next day, '2024-01-01 00:00'" in found


WARNINGS = [
    (
        "10 June 2023 (Saturday)",
        "31 June 2023",
        "DC147 rulebook.yaml:12:17 warning: '31 June 2023': there is no 31 June 2023",
    ),
    ("printed: 10 June 2023 (Saturday)", "printed: Sun 10 Jun 2023", "'Sun 10 Jun 2023': 10 June 2023 is a Saturday"),
    (
        "Monday, 12 June 2023",
        "13 June 2023",
        "DC148 rulebook.yaml:13:17 warning: 'monday' is dated 13 June 2023, but opens on",
    ),
    ("10 June 2023 (Saturday)", "2023/6/10 (Sunday)", "'2023/6/10 (Sunday)': 10 June 2023 is a Saturday"),
    (
        "10 June 2023 (Saturday)",
        "10/06/2023 (Sunday)",
        "'10/06/2023 (Sunday)': 10 June 2023 is a Saturday, and 6 October 2023 is a Friday",
    ),
    ("Monday, 12 June 2023", "6/13/2023 (Tue)", "'monday' is dated 13 June 2023, but opens on 12 June 2023"),
]


@pytest.mark.parametrize(("old", "new", "said"), WARNINGS)
def test_dates_that_disagree_are_warned_of_and_let_through(weekend, old, new, said):
    """The source errs, not the file: a run goes on."""
    case = weekend.change("rulebook", old, new).load()
    assert [w.severity for w in case.warnings] == ["warning"]
    assert said in weekend.findings()[0]
