"""What a drawing says of a weekend is what happened in it, by a judge that does not draw: the states of the trace."""

from itertools import pairwise

import pytest
from weekends import SAMPLE, WEEKENDS, evidence_of

from dcsim.domain.account import Cell
from dcsim.files.load import load_texts
from dcsim.report.pages.palette import Chip
from dcsim.semantics.scene import spell
from dcsim.trace.itf import history
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page.gather import gather
from dcsim.usecases.run_page.shown import cells_drawn
from dcsim.usecases.run_page.tracks import tracks
from dcsim.usecases.run_page.weekend import weekend


def site_of(drawn, track):
    """The site of a track: a branch stands below its site's."""
    return next(line.name for line in reversed(drawn.tracks[: track + 1]) if line.kind == "site")


def drawn_at(drawn, site, event):
    """What is drawn of a site's store just after an event: on its trial branch, if it has one then."""
    shown = [
        stretch
        for stretch in drawn.stretches
        if not stretch.held
        and site_of(drawn, stretch.track) == site
        and stretch.start <= event
        and (stretch.end is None or event < stretch.end)
    ]
    return [stretch.value.text for stretch in shown]


@WEEKENDS
def test_a_line_shows_what_the_store_holds_after_every_event(address):
    """At each event, each site has exactly one line that is not held back, and its value is that of the store."""
    evidence = evidence_of(address)
    states = history(evidence.model, evidence.case.scenario, evidence.trace)
    for account, field in cells_drawn(evidence):
        drawn = tracks(evidence, account, field)
        for event, state in enumerate(states):
            stores = state["stores"].get(account, {})
            for site, record in stores.items():
                assert drawn_at(drawn, site, event) == [spell(record[field]["value"])], (account, field, site, event)


@WEEKENDS
def test_what_is_hatched_is_what_is_down(address):
    """At each event, the tracks that are drawn as down are those of the sites, and of the link, that are down."""
    evidence = evidence_of(address)
    states = history(evidence.model, evidence.case.scenario, evidence.trace)
    drawn = tracks(evidence, *cells_drawn(evidence)[0])
    for event, state in enumerate(states):
        down = [d for d in drawn.downs if not d.slow and d.start <= event and (d.end is None or event < d.end)]
        assert {drawn.tracks[each.track].name for each in down} == set(state["down"]), event
    told = [event for event in evidence.trace.events if event.actor == "fault"]
    assert len([mark for mark in drawn.marks if mark.shape == "fault"]) == len(told)


@WEEKENDS
def test_roles_are_those_of_the_states(address):
    """At each event, the role that a site's track tells is the site's role."""
    evidence = evidence_of(address)
    states = history(evidence.model, evidence.case.scenario, evidence.trace)
    drawn = tracks(evidence, *cells_drawn(evidence)[0])
    for event, state in enumerate(states):
        told = {
            line.name: [role for since, role in line.roles if since <= event][-1]
            for line in drawn.tracks
            if line.kind == "site"
        }
        assert told == dict(state["roles"])


@WEEKENDS
def test_bands_are_the_open_sessions_of_the_states(address):
    """At each event, the sessions that are drawn as open, and their sites, are those that are open."""
    evidence = evidence_of(address)
    states = history(evidence.model, evidence.case.scenario, evidence.trace)
    drawn = tracks(evidence, *cells_drawn(evidence)[0])
    for event, state in enumerate(states):
        told = {
            (band.name, site_of(drawn, track))
            for band in drawn.bands
            for track, start, end in band.open
            if start <= event and (end is None or event < end)
        }
        assert told == set(state["open"])


@WEEKENDS
def test_a_trial_branch_ends_where_it_is_discarded(address):
    """A branch begins where the site becomes a snapshot standby. No line of it goes beyond its end, and there it has a
    cross, unless the site goes on from what it holds.
    """
    evidence = evidence_of(address)
    states = history(evidence.model, evidence.case.scenario, evidence.trace)
    drawn = tracks(evidence, *cells_drawn(evidence)[0])
    crosses = {(mark.track, mark.event) for mark in drawn.marks if mark.shape == "discard"}
    for branch in drawn.branches:
        site = drawn.tracks[branch.site].name
        assert states[branch.start]["roles"][site] == "snapshot-standby"
        assert all(
            state["roles"][site] == "snapshot-standby" for state in states[branch.start : branch.end or len(states)]
        )
        lines = [s for s in drawn.stretches if s.track == branch.track and s.start >= branch.start]
        inside = [s for s in lines if branch.end is None or s.start < branch.end]
        assert inside[-1].end == branch.end
        goes_on = branch.end is None or states[branch.end]["roles"][site] == "primary"
        assert ((branch.track, branch.end) in crosses) == (not goes_on)


@WEEKENDS
def test_redo_that_is_drawn_is_redo_of_the_states(address):
    """An account has as many redo arrows that set off from a site as entries came upon the link."""
    evidence = evidence_of(address)
    states = history(evidence.model, evidence.case.scenario, evidence.trace)
    account, field = cells_drawn(evidence)[0]
    drawn = tracks(evidence, account, field)
    if not account:
        return
    link = next((n for n, line in enumerate(drawn.tracks) if line.kind == "link"), None)
    sent = sum(flow.kind == "redo" and flow.source != link for flow in drawn.flows)
    came = 0
    for before, after in pairwise(states):
        client = after["actor"] == "client" and after["account"] == account
        came += client and len(after["redo"][account]) > len(before["redo"][account])
    assert sent == came


@pytest.mark.parametrize("address", SAMPLE)
def test_what_was_promised_is_what_the_run_expected(address):
    """Where a promise is drawn that was not kept, the run has found a violation or an unmet expectation there, or the
    scenario's session is not the one that a rule speaks of.
    """
    evidence = evidence_of(address)
    account, field = cells_drawn(evidence)[0]
    drawn = tracks(evidence, account, field)
    for line in drawn.promises:
        assert isinstance(line.found, Chip)
        assert line.kept == (line.found.text in [chip.text for chip in line.promised])
        if not line.kept:
            assert any(mark.event == line.start and mark.shape == "break" for mark in drawn.marks)


def test_an_unmet_expectation_has_its_mark_beside_a_broken_invariant():
    """Where an opening does not find what the scenario expects, its site's track says so in red, whatever invariant
    breaks at the same event elsewhere; and so does the list for narrow screens.
    """
    texts = evidence_of("circular/footnote-3.yaml").case.texts
    scenario = texts["scenario"].split("\nexpect:")[0] + (
        "\nfaults:\n  - {operator: skip, step: revert}\n"
        "expect:\n  monday: {U001: {two-factor: {password: P9, channel: sms}}}\n"
    )
    evidence = gather(load_texts({**texts, "scenario": scenario}), RunOptions())
    for drawn, field, found in zip(weekend(evidence).drawings, ("password", "channel"), ("P1", "email"), strict=False):
        marks = [mark for mark in tracks(evidence, "U001", field).marks if mark.shape == "break"]
        labels = {(drawn.heads[mark.track], mark.label, mark.tone) for mark in marks}
        assert {label[0] for label in labels} > {"primary"}
        assert ("primary", f"Monday opens with {found}", "bad") in labels
        (row,) = [row for row in drawn.rows if row.event == marks[0].event]
        assert f"Monday opens with {found}, expected {'P9' if field == 'password' else 'sms'}" in row.wrong
        assert len(row.wrong) == 2


def test_lost_redo_stops_on_the_link():
    """A redo entry that is lost ends on the link, and says so; that which is held up is sent on from there."""
    drawn = tracks(evidence_of("failure-modes/m02-drain-gives-up.yaml"), "U001", "password")
    (lost,) = [flow for flow in drawn.flows if flow.kind == "redo"]
    assert (lost.arrived, drawn.tracks[lost.target].kind, lost.label) == ("lost", "link", "lost: redo P1")
    drawn = tracks(evidence_of("failure-modes/m02-delayed-redo-survived.yaml"), "U001", "password")
    late, again = [flow for flow in drawn.flows if flow.kind == "redo"]
    assert (late.arrived, drawn.tracks[late.target].kind, late.label) == ("late", "link", "held up: redo P1")
    ends = again.arrived, drawn.tracks[again.source].kind, drawn.tracks[again.target].name
    assert ends == ("applied", "link", "secondary")
    # Its lag is counted from its commit.
    assert again.label == "redo P1, 2 h 25 min"


def test_what_a_restore_point_keeps_is_held_back():
    """While the standby's store is on its trial branch, its own track shows what the restore point keeps of it."""
    drawn = tracks(evidence_of("circular/footnote-3.yaml@failback-copy"), "U001", "password")
    (held,) = [stretch for stretch in drawn.stretches if stretch.held]
    assert (drawn.tracks[held.track].name, held.value.text) == ("secondary", "P1")
    (branch,) = drawn.branches
    assert (held.start, held.end) == (branch.start, branch.end)
    assert Cell("P1").value == held.value.text
