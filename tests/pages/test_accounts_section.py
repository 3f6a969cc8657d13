"""Accounts as histories: those who lived through the same are one row, and none is left out in silence."""

import pytest
from weekends import WEEKENDS, evidence_of, spoilt_on_monday

from dcsim.files.load import load_texts
from dcsim.simulate.weekend import QUIET_ABOVE
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page.accounts import MOST_HISTORIES, accounts
from dcsim.usecases.run_page.gather import gather
from dcsim.usecases.run_page.shown import MOST_ACCOUNTS, shown_accounts
from dcsim.usecases.run_page.steps import steps
from dcsim.usecases.run_page.weekend import weekend


def population(groups, each=5, runbook="failback-copy"):
    """A run in which so many groups of accounts each live through something else."""
    names = [f"G{n}X" for n in range(groups)]
    lines = ["scenario: s", "title: t", "rulebook: seoch-2fa-2023", f"runbook: {runbook}", "accounts:"]
    lines += [
        f"  - {{population: {each + n}, prefix: {name}, kind: user, email: registered}}" for n, name in enumerate(names)
    ]
    lines += ["steps:"]
    lines += [
        f"  - {{at: session-1 +{5 + n % 50}m, account: '{name}*', every: 1ms, do: initiate-2fa, "
        f"password: P{n}, channel: email}}"
        for n, name in enumerate(names)
    ]
    lines += ["  - {at: session-2 +5m, account: 'G0X*', every: 1ms, do: change-password, from: P0, to: Q}"]
    texts = evidence_of(f"circular/footnote-3.yaml@{runbook}").case.texts
    return gather(load_texts({**texts, "scenario": "\n".join(lines) + "\n"}), RunOptions())


@WEEKENDS
def test_every_account_is_counted_once(address):
    """The rows and what is hidden add up to all accounts and all histories."""
    evidence = evidence_of(address)
    section = accounts(evidence)
    assert sum(row.accounts for row in section.rows) + section.hidden[1] == evidence.recorder.roster.size
    assert len(section.rows) + section.hidden[0] == section.histories
    assert all(row.more == row.accounts - 1 for row in section.rows)


def test_those_that_went_wrong_come_first():
    """The accounts whose discarded change is there on Monday are the first row, with what was promised and found."""
    section = accounts(population(4))
    first, *others = section.rows
    assert (first.first, first.accounts, first.tone) == ("G0X1", 5, "bad")
    assert ([chip.text for chip in first.promised], first.found.text) == (["P0"], "Q")
    assert "discarded-absent" in first.verdict
    assert [row.tone for row in others] == ["good"] * 3
    assert [row.accounts for row in others] == [8, 7, 6]


@pytest.mark.parametrize("groups", [3, 11, 12, 13, MOST_HISTORIES + 5])
def test_the_page_is_bounded_by_histories(groups):
    """However many accounts and histories there are, so many are shown, and the rest is counted."""
    evidence = population(groups)
    section, shown = accounts(evidence), shown_accounts(evidence)
    assert len(section.rows) == min(groups, MOST_HISTORIES)
    assert section.hidden[0] == max(0, groups - MOST_HISTORIES)
    assert sum(row.accounts for row in section.rows) + section.hidden[1] == section.accounts
    assert len(shown) <= MOST_ACCOUNTS
    assert len({name.split("X")[0] for name in shown}) == min(groups, MOST_ACCOUNTS)
    listed = steps(evidence)
    assert {row.gutter.event for row in listed.rows} <= {event.n for event in evidence.recorder.events}
    assert "other account" in listed.left_out


def test_thousands_of_accounts_are_shown_by_their_histories():
    """Above the number whose events are kept, the sections are made of a representative of each history, and say so."""
    evidence = population(3, each=QUIET_ABOVE)
    section, listed = accounts(evidence), steps(evidence)
    assert section.accounts == 3 * QUIET_ABOVE + 3
    assert [row.accounts for row in section.rows] == [QUIET_ABOVE, QUIET_ABOVE + 2, QUIET_ABOVE + 1]
    assert section.rows[0].tone == "bad"
    assert f"{3 * QUIET_ABOVE:,} other accounts did" in listed.left_out
    assert listed.left_out.endswith("(the trace has the events of one account of each history)")
    assert len(listed.rows) < 60
    assert weekend(evidence).drawings[0].drawing.account == "G0X1"


def test_a_run_that_fails_nothing_says_no_more_than_that():
    """A row without a violation is not called right: it says that nothing was found broken."""
    section = accounts(population(2, runbook="snapshot-standby"))
    assert {row.verdict for row in section.rows} == {"✓ nothing broken"}


def test_what_breaks_after_the_opening_is_shown_as_it_was_found():
    """A value that an operator overwrites in the session is shown with its event, and not as it was at the opening."""
    (row,) = accounts(spoilt_on_monday()).rows
    assert ([chip.text for chip in row.promised], row.found.text) == (["email"], "sms")
    assert row.when == "event 25, Mon 12 Jun 10:00"
    (row,) = accounts(evidence_of("circular/footnote-3.yaml@failback-copy")).rows
    assert (row.found.text, row.when) == ("P2", "")
