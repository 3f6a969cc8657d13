"""Faults at steps, of clocks, of the operator and of accounts' acts: what each does, told from the events of a run."""

# ruff: noqa: E501 - a step is a line

from itertools import pairwise

import pytest
from test_faults_in_time import run, second

from dcsim.domain.actions import Commit, Down, Operate, Request, Up

USERS = "accounts:\n  - {id: U1, kind: user, participant: P, email: registered, smartcard: C}\n"
MORE = USERS + "  - {id: U2, kind: user, participant: P, email: registered, smartcard: C}\n"
ADMIN = MORE + "  - {id: D1, kind: da, participant: P, email: registered}\n"
MANY = "accounts:\n  - {population: 9, prefix: U, kind: user, email: registered, smartcard: C}\n"
LOGON = "do: logon, with: smartcard, password: C"
SET_UP = "steps:\n  - {at: session-1 +5m, account: U1, do: initiate-2fa, password: P1, channel: email}\n"
OTP = "do: logon, with: otp, password: P1, expect: any"


def steps(trace):
    """When each step of the runbook is taken, in seconds from the opening of Session 1."""
    return {e.step: second(e, trace) for e in trace.events if isinstance(e.action, Operate)}


def acts(trace):
    """What clients do: (who, what, second, outcome)."""
    clients = [e for e in trace.events if e.actor == "client"]
    return [(e.account, type(e.action).__name__, second(e, trace), e.outcome) for e in clients]


def strikes(trace):
    """What goes down and comes up: (second, what, down)."""
    events = [e for e in trace.events if isinstance(e.action, Down | Up)]
    return [(second(e, trace), e.action.what, isinstance(e.action, Down)) for e in events]


def order(trace, at):
    """Who acts at an instant, in order."""
    return [e.actor for e in trace.events if second(e, trace) == at]


# -- crashes at steps --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "struck", "taken"),
    [
        ("before: mark, back: 10m", 13500, {"mark": 14100, "activate": 14100, "open-session-2": 14400}),
        ("after: mark, back: 10m", 13500, {"mark": 13500, "activate": 14100, "open-session-2": 14400}),
        ("before: open-session-2, back: 10m", 14400, {"activate": 13500, "open-session-2": 15000}),
        ("after: activate, back: 0s", 13500, {"activate": 13500, "open-session-2": 14400}),
        ("before: drain, back: 20m", 7200, {"drain": 8400, "drain-again": 9000, "mark": 13500}),
        ("before: drain, back: 40m", 7200, {"drain": 9000, "resend": 9600, "drain-again": 9600}),
    ],
)
def test_a_crash_at_a_step_holds_up_the_steps_that_need_the_site(fault, struck, taken):
    """It strikes just before or after the step; what needs the site comes when it is back, and what does not in time."""
    trace = run(f"{USERS}{SET_UP}faults: [{{site: crash, of: secondary, {fault}}}]\n")
    assert strikes(trace)[0] == (struck, "secondary", True)
    assert {name: steps(trace)[name] for name in taken} == taken


def test_a_site_crashes_twice_and_an_overlap_is_one_time_down():
    """A second crash while the site is down makes it be down until the later return."""
    first, second_ = "at: session-1 +10m, back: 20m", "at: session-1 +20m, back: 30m"
    trace = run(f"{USERS}{SET_UP}faults:\n{''.join(_crash(each) for each in (first, second_))}")
    assert strikes(trace) == [(600, "primary", True), (3000, "primary", False)]
    apart = run(f"{USERS}{SET_UP}faults:\n{_crash(first)}{_crash('at: session-1 +40m, back: 1m')}")
    assert [at for at, _, _ in strikes(apart)] == [600, 1800, 2400, 2460]


def test_faults_that_touch_are_one_and_lags_that_touch_are_two():
    """What goes down at the instant at which it would be back stays down; a lag ends before the next one begins."""
    edges = ("opens", "opens +10m", "opens +20m")
    spans = [f"from: session-1 {start}, until: session-1 {end}" for start, end in pairwise(edges)]
    for order in (spans, spans[::-1]):
        outages = ", ".join(f"{{link: outage, {span}}}" for span in order)
        assert strikes(run(f"{USERS}{SET_UP}faults: [{outages}]\n")) == [(0, "link", True), (1200, "link", False)]
        slow = ", ".join(f"{{link: slow, lag: {9 - len(span) % 5}s, {span}}}" for span in order)
        told = [e.says for e in run(f"{USERS}{SET_UP}faults: [{slow}]\n").events if e.actor == "fault"]
        assert [says.endswith("its own again") for says in told] == [False, True, False, True]


def _crash(when, of="primary"):
    return f"  - {{site: crash, of: {of}, {when}}}\n"


def test_faults_strike_first_at_an_instant_then_clock_link_operator_and_clients():
    """At the exact cut-over, and at an instant at which everything happens at once."""
    body = f"{MORE}steps:\n  - {{at: session-1 +0s, account: U1, do: initiate-2fa, password: P1, channel: email}}\n"
    trace = run(f"{body}faults: [{{link: outage, from: session-1 opens, until: session-1 opens +1s}}]\n")
    assert order(trace, 0) == ["fault", "clock", "operator", "client"]
    body += f"  - {{at: session-1 opens +2h, account: U2, {LOGON}, expect: any}}\n"
    late = "faults: [{link: slow, lag: 2h, from: session-1 opens, until: session-1 closes -1s},"
    trace = run(
        f"{body}{late} {{clock: slow, of: secondary, by: 1s}}, {{site: crash, of: secondary, at: session-1 closes +1s, back: 0s}}]\n"
    )
    assert order(trace, 7200) == ["clock", "link", "operator", "operator", "client"]
    assert order(trace, 7201) == ["fault", "fault"]


def test_a_crash_loses_open_logons_and_requests_in_flight_and_no_commit():
    """A logout finds no logon, a request is refused at its commit, and what was committed before is served after."""
    body = MORE + SET_UP
    body += f"  - {{at: session-1 +6m, account: U2, {LOGON}}}\n"
    body += (
        "  - {at: session-1 +9m, account: U2, takes: 5m, do: initiate-2fa, password: P2, channel: sms, expect: any}\n"
    )
    body += "  - {at: session-1 +20m, account: U2, do: logout, expect: any}\n"
    body += f"  - {{at: session-1 +21m, account: U1, {OTP}}}\n"
    trace = run(f"{body}faults: [{{site: crash, of: primary, at: session-1 +10m, back: 2m}}]\n")
    assert acts(trace)[2:] == [
        ("U2", "Request", 540, "moved"),
        ("U2", "Commit", 840, "refused site-down"),
        ("U2", "Logout", 1200, "refused not-logged-on"),
        ("U1", "Logon", 1260, "moved"),
    ]


def test_a_crash_of_the_other_site_loses_nothing_of_this_one():
    """A logon and a request at the primary live through a crash of the secondary."""
    body = f"{USERS}steps:\n  - {{at: session-1 +1m, account: U1, {LOGON}}}\n"
    body += "  - {at: session-1 +2m, account: U1, takes: 5m, do: initiate-2fa, password: P1, channel: sms}\n"
    body += "  - {at: session-1 +9m, account: U1, do: logout}\n"
    trace = run(f"{body}faults: [{{site: crash, of: secondary, at: session-1 +3m, back: 1m}}]\n")
    assert {outcome for *_, outcome in acts(trace)} == {"moved"}


# -- clocks ------------------------------------------------------------------------------------------------------------


def test_a_skewed_clock_moves_the_steps_at_its_site_and_no_others():
    """A slow primary opens and closes Session 1 and Monday late; the steps at the secondary are as they were."""
    plain, slow = (
        steps(run(USERS + SET_UP)),
        steps(run(f"{USERS}{SET_UP}faults: [{{clock: slow, of: primary, by: 90s}}]\n")),
    )
    assert {name for name in plain if slow[name] != plain[name]} == {
        "open-session-1", "close-session-1", "drain", "open-monday", "close-monday"
    }  # fmt: skip
    assert {slow[name] - plain[name] for name in ("open-session-1", "close-session-1", "open-monday")} == {90}
    fast = steps(run(f"{USERS}{SET_UP}faults: [{{clock: fast, of: secondary, by: 5m}}]\n"))
    assert fast["open-session-2"] == plain["open-session-2"] - 300
    assert fast["close-session-2"] == plain["close-session-2"] - 300
    assert fast["open-monday"] == plain["open-monday"]


def test_a_fast_clock_may_open_the_first_session_before_its_window():
    """The run begins so much earlier, and the window is served from its first instant."""
    trace = run(f"{USERS}{SET_UP}faults: [{{clock: fast, of: primary, by: 10m}}]\n")
    assert steps(trace)["open-session-1"] == -600
    assert trace.invariants == ("window-served",), "it closes early, too"


# -- the operator ------------------------------------------------------------------------------------------------------

LATE = "{operator: late, step: open-session-2, by: {uniform: [1s, 20m]}}"


def test_what_an_operator_draws_depends_on_the_seed_and_on_no_other_fault():
    """The same seed draws the same; another fault before or after it changes nothing; another seed draws otherwise."""

    def opened(faults, seed=0):
        return steps(run(f"{USERS}{SET_UP}faults: [{faults}]\n", seed=seed))["open-session-2"]

    alone = opened(LATE)
    assert 14401 <= alone <= 15600
    others = "{operator: late, step: mark, by: {uniform: [1s, 9s]}}, {link: slow, lag: {uniform: [1s, 3s]}, from: session-1 opens, until: session-1 closes}"
    assert alone == opened(LATE) == opened(f"{others}, {LATE}") == opened(f"{LATE}, {others}")
    assert len({opened(LATE, seed) for seed in range(5)}) > 1


def test_a_longer_distribution_is_longer_at_every_draw():
    """Draws are tied to the place and not to the figures, so a sweep over a lag compares like with like."""

    def late(p99):
        fault = f"{{operator: late, by: {{lognormal: {{median: 1m, p99: {p99}}}}}}}"
        return steps(run(f"{USERS}{SET_UP}faults: [{fault}]\n", seed=3))

    short, long = late("5m"), late("50m")
    moved = [name for name in short if short[name] > 60 + steps(run(USERS + SET_UP))[name]]
    assert moved, "some draw is above the median"
    assert all(long[name] >= short[name] for name in moved)


def test_what_is_said_of_one_step_goes_before_what_is_said_of_every_step():
    """In whichever order the file has them."""
    one, every = "{operator: late, step: mark, by: 1m}", "{operator: late, by: 5m}"
    for faults in (f"{one}, {every}", f"{every}, {one}"):
        taken = steps(run(f"{USERS}{SET_UP}faults: [{faults}]\n"))
        assert (taken["mark"], taken["activate"]) == (13560, 13800)


# -- acts of accounts --------------------------------------------------------------------------------------------------


def test_the_nth_otp_of_an_account_is_late_and_as_old_as_it_is_late():
    """Only that one; it is refused where it is older than the policy says, and accepted where it is as old."""
    body = USERS + SET_UP + "".join(f"  - {{at: session-1 +{n}m, account: U1, {OTP}}}\n" for n in (10, 20, 30))
    for by, outcome in (("3m", "moved"), ("3m1s", "refused expired-otp")):
        trace = run(f"{body}policies: {{otp-validity: 3m}}\nfaults: [{{otp: late, account: U1, nth: 2, by: {by}}}]\n")
        late = 1380 if by == "3m" else 1381
        logons = [(at, how) for _, what, at, how in acts(trace) if what == "Logon"]
        assert logons == [(600, "moved"), (late, outcome), (1800, "moved")]


def test_a_late_otp_of_one_account_is_no_other_accounts():
    """An act by smartcard has none either."""
    body = f"{MORE}{SET_UP}  - {{at: session-1 +10m, account: U2, {LOGON}}}\n  - {{at: session-1 +10m, account: U1, {OTP}}}\n"
    trace = run(f"{body}faults: [{{otp: late, by: 1m}}]\n")
    assert [(who, at) for who, what, at, _ in acts(trace) if what == "Logon"] == [("U2", 600), ("U1", 660)]


def test_a_slow_request_is_checked_at_once_and_commits_later():
    """An act that takes time takes so much more; another one becomes a request and its commit."""
    body = (
        USERS
        + "steps:\n  - {at: session-1 +5m, account: U1, takes: 2s, do: initiate-2fa, password: P1, channel: email}\n"
    )
    body += "  - {at: session-1 +9m, account: U1, do: change-password, from: P1, to: P2}\n"
    trace = run(f"{body}faults: [{{request: slow, account: U1, by: 30s}}]\n")
    assert [(what, at) for _, what, at, _ in acts(trace)] == [
        ("Request", 300), ("Commit", 332), ("Request", 540), ("Commit", 570)
    ]  # fmt: skip
    assert not trace.failures


def test_a_request_in_flight_across_the_close_is_refused_or_committed_as_the_policy_says():
    """The commit comes a second after the close."""
    body = (
        USERS
        + "steps:\n  - {at: session-1 closes -1s, account: U1, do: initiate-2fa, password: P1, channel: email, expect: any}\n"
    )
    for policy, outcome in (("refuse", "refused closed"), ("commit", "moved")):
        text = f"{body}policies: {{in-flight-at-close: {policy}}}\nfaults: [{{request: slow, nth: 1, by: 2s}}]\n"
        assert acts(run(text))[-1] == ("U1", "Commit", 7201, outcome)


def test_two_requests_of_one_account_in_flight_at_once_are_told_apart():
    """Equal steps at two places, and an act of the scenario's own that takes as long: each commits once."""
    twice = "  - {at: session-1 +9m, account: U1, do: change-password, from: P1, to: P1}\n" * 2
    own = "  - {at: session-1 +9m, account: U1, takes: 30s, do: change-password, from: P1, to: P1}\n"
    trace = run(f"{USERS}{SET_UP}{twice}{own}faults: [{{request: slow, by: 30s}}]\n")
    commits = [e.action for e in trace.events if isinstance(e.action, Commit)]
    requests = [e.action for e in trace.events if isinstance(e.action, Request)]
    assert len(commits) == len(requests) == 4
    assert len({each.ticket for each in requests}) == 4
    assert not [e for e in trace.events if e.outcome == "refused no-request"]


def test_the_nth_act_of_an_administrator_counts_by_the_administrator():
    """His second act is slow, whichever user it is on; the user's own acts are not."""
    body = ADMIN + "steps:\n  - {at: session-1 +1m, account: U2, do: initiate-2fa, password: P2, channel: email}\n"
    body += "  - {at: session-1 +2m, account: D1, do: suspend-user, user: U1}\n"
    body += "  - {at: session-1 +3m, account: D1, do: suspend-user, user: U2}\n"
    trace = run(f"{body}faults: [{{request: slow, account: D1, nth: 2, by: 1m}}]\n")
    assert [(who, what, at) for who, what, at, _ in acts(trace)] == [
        ("U2", "InitiateTwoFactor", 60), ("U1", "SuspendUser", 120), ("U2", "Request", 180), ("U2", "Commit", 240)
    ]  # fmt: skip
    assert trace.events[-1].outcome == "moved"
    assert not trace.failures


@pytest.mark.parametrize("who", ["U*", "some", "U1", "U*9", ""])
def test_a_fault_of_many_accounts_befalls_each_of_them_by_its_own_count(who):
    """A population, a group, one of its accounts, a pattern, or everybody: the first act of each is slow."""
    members = {"U*": range(1, 10), "some": (2, 5), "U1": (1,), "U*9": (9,), "": range(1, 10)}[who]
    body = f"{MANY}groups: {{some: [U2, U5]}}\nsteps:\n"
    body += f"  - {{at: session-1 +1m, account: U*, every: 1s, {LOGON}}}\n"
    body += f"  - {{at: session-1 +9m, account: U*, every: 1s, {LOGON}}}\n"
    account = f"account: '{who}', " if who else ""
    told = acts(run(f"{body}faults: [{{request: slow, {account}nth: 1, by: 10s}}]\n"))
    slow = {(name, at) for name, what, at, _ in told if what == "Commit"}
    assert slow == {(f"U{n}", 60 + (n - 1) + 10) for n in members}
    assert len([1 for _, what, *_ in told if what == "Logon"]) == 18 - len(slow)


def test_faults_that_never_strike_are_noted_and_those_that_do_are_not():
    """A crash at a step that is skipped, a lag in which nothing is sent, an act that does not come."""
    faults = "{operator: skip, step: mark}, {site: crash, of: primary, before: mark}, {request: slow, account: U1, nth: 7, by: 1s},"
    faults += "{link: slow, lag: 1s, from: session-2 opens, until: session-2 closes}, {link: outage, from: session-2 opens, until: session-2 closes}"
    trace = run(f"{USERS}{SET_UP}faults: [{faults}]\n")
    unused = [n.notice.where.split()[1] for n in trace.noticed if n.notice.kind == "fault-unused"]
    assert unused == ["2", "3", "4"]


def test_an_outage_where_there_is_no_link_never_happens():
    """It is noted, and the weekend goes on."""
    lines = [
        "runbook: x",
        "version: 1",
        "title: X",
        "link: none",
        "sites: {primary: primary, secondary: stand-alone}",
        "steps:",
    ]
    lines += ["  - {at: session-1 opens, do: open, session: session-1, site: primary}"]
    outage = (
        "faults: [{link: outage, from: session-1 opens, until: session-1 closes}, {link: outage, from: monday opens}]\n"
    )
    trace = run(f"{USERS}{SET_UP}{outage}", "\n".join(lines))
    assert [n.notice.kind for n in trace.noticed] == ["fault-unused"] * 2, "and no link is told to be down"


def test_redo_that_arrives_at_the_last_instant_of_a_drain_is_in_time():
    """The drain waits half an hour from the close: at its end, and a second later."""
    body = f"{USERS}steps:\n  - {{at: session-1 closes -1s, account: U1, do: initiate-2fa, password: P1, channel: email}}\n"
    for lag, timed_out in (("30m1s", False), ("30m2s", True)):
        trace = run(f"{body}faults: [{{link: slow, lag: {lag}, from: session-1 opens, until: session-1 closes}}]\n")
        assert [e.action.timed_out for e in trace.events if e.step == "drain"] == [timed_out]
