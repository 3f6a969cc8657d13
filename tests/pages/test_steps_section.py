"""Step by step: each event's row and panel say what happened, by the states of the trace."""

import json
import re
from itertools import pairwise

import attrs
import pytest
from weekends import SAMPLE, WEEKENDS, evidence_of

from dcsim.files.load import load_texts
from dcsim.report.pages.run_page import PageSection, RunPage
from dcsim.semantics.scene import spell
from dcsim.trace.itf import history
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page.accounts import accounts
from dcsim.usecases.run_page.gather import gather
from dcsim.usecases.run_page.shown import cells_drawn, shown_accounts
from dcsim.usecases.run_page.steps import steps
from dcsim.usecases.run_page.tracks import tracks
from dcsim.usecases.run_page.weekend import weekend

FAILING = "circular/footnote-3.yaml@failback-copy"


@WEEKENDS
def test_a_panel_shows_every_place_before_and_after(address):
    """In the panel of each event, the value after it, and the one before where it changed, are the store's."""
    evidence = evidence_of(address)
    states = history(evidence.model, evidence.case.scenario, evidence.trace)
    for row in steps(evidence).rows:
        for table in row.panel.tables if row.panel else ():
            for field in table.rows:
                for place, cell in zip(table.places, field.cells, strict=True):
                    site = place.removesuffix(" (trial)")
                    if site.startswith("restore point "):
                        continue
                    before, after = (states[n]["stores"][table.account][site][field.field] for n in (row.n - 1, row.n))
                    assert cell.value == spell(after["value"])
                    assert cell.changed == (before != after)
                    assert not cell.was or cell.was.split(" ")[0] == spell(before["value"]).split(" ")[0]


@WEEKENDS
def test_no_change_of_a_store_is_left_out_of_a_panel(address):
    """Every field of an account shown that an event changed at a site is in the panel of that event."""
    evidence = evidence_of(address)
    states = history(evidence.model, evidence.case.scenario, evidence.trace)
    rows = {row.n: row for row in steps(evidence).rows}
    for n, (before, after) in enumerate(pairwise(states), start=1):
        event = evidence.recorder.events[n - 1]
        for account in (
            shown_accounts(evidence)[:3] if not event.account else {event.account} & {*shown_accounts(evidence)}
        ):
            changed = {
                field
                for site, record in after["stores"][account].items()
                for field, cell in record.items()
                if before["stores"][account][site][field] != cell
            }
            shown = {r.field for t in rows[n].panel.tables if t.account == account for r in t.rows}
            assert changed <= shown, (n, account)


@WEEKENDS
def test_the_graph_of_a_row_shows_what_the_stores_hold(address):
    """Below the mark of a row, each site's line has the tone of what its store holds then."""
    evidence = evidence_of(address)
    account, field = cells_drawn(evidence)[0]
    section = steps(evidence)
    tones = {chip.text: chip.tone for chip in tracks(evidence, account, field).values}
    states = history(evidence.model, evidence.case.scenario, evidence.trace)
    for row in section.rows:
        held = [spell(record[field]["value"]) for record in states[row.n]["stores"][account].values()]
        below = [line for line in row.gutter.lines if line.part in ("whole", "lower") and not line.held]
        assert sorted(line.tone for line in below) == sorted(tones[value] for value in held)
        assert sorted(line.says for line in below) == sorted(held)


@WEEKENDS
def test_what_was_found_is_at_its_event(address):
    """Each violation of the trace is named in the row of its event, whatever account it is about."""
    evidence = evidence_of(address)
    rows = {row.n: row for row in steps(evidence).rows}
    for broken in evidence.trace.broken:
        row = rows[broken.event]
        assert broken.violation.invariant in (*row.wrong, *row.warned)
        assert any(broken.violation.invariant in reason.head for reason in row.panel.reasons)


def test_a_step_has_its_line():
    """An act names the line of the scenario and its text, a step of the operator that of the runbook."""
    rows = {row.n: row for row in steps(evidence_of(FAILING)).rows}
    act, copy = rows[12].panel.source, rows[17].panel.source
    assert act.place.endswith("circular/footnote-3.yaml, line 10")
    assert act.text == "- {at: session-2 +5m, account: U001, do: change-password, from: P1, to: P2}"
    assert copy.place == "runbook failback-copy, line 15"
    assert copy.text.startswith("- {id: copy-back, at: session-2 closes +30m, do: copy, source: secondary")


def test_a_step_of_a_population_has_its_line():
    """Each account's turn at a step that names many leads to that step's line."""
    evidence = evidence_of("how-to/from-a-table.yaml")
    sources = {row.says: row.panel.source for row in steps(evidence).rows if row.actor == "client"}
    lines = {says: source.place for says, source in sources.items()}
    assert lines["ann changes password: P1 to P2"].endswith("from-a-table.yaml, line 15")
    assert lines["bob logs on with otp: P1; accepted"].endswith("from-a-table.yaml, line 17")
    assert lines["U001 initiates 2FA: P1, email"].endswith("shared/first-set-up.yaml, line 3")
    assert sources["U001 initiates 2FA: P1, email"].text.startswith("- {at: session-1 +5m, account: ")


def test_the_cause_says_what_it_caused():
    """The panel of the copy says at which event the value that it brought was found wrong."""
    rows = {row.n: row for row in steps(evidence_of(FAILING)).rows}
    assert any("event 21" in reason.head and "discarded-absent" in reason.head for reason in rows[17].panel.reasons)


def test_moves_are_those_of_the_field():
    """The keys n and p stop at the events that change the value drawn, and at no others."""
    section = steps(evidence_of(FAILING))
    moving = [row.n for row in section.rows if 0 in row.moves]
    assert moving == [3, 4, 8, 12, 17, 18, 19]


@pytest.mark.parametrize("address", SAMPLE[:4])
def test_every_row_can_be_linked_to(address):
    """Each row has the name that links use, once in the whole section."""
    evidence = evidence_of(address)
    sections = (PageSection(anchor="steps", name="Steps", value=steps(evidence), styles=("steps.css",)),)
    html = RunPage(result=evidence.result, sections=sections).html
    for event in evidence.recorder.events:
        assert html.count(f'id="e{event.n}"') == 1


def test_hostile_labels_stay_text():
    """Markup, controls and marks that turn the direction are shown in every section, and not obeyed."""
    hostile, turned = "</script><img src=x onerror=alert(1)>", "\u202eP1\x07"
    texts = evidence_of(FAILING).case.texts
    scenario = texts["scenario"].replace("P1", json.dumps(turned)).replace("P2", json.dumps(hostile))
    evidence = gather(load_texts({**texts, "scenario": scenario}), RunOptions())
    values = {"weekend": weekend(evidence), "steps": steps(evidence), "accounts": accounts(evidence)}
    sections = tuple(PageSection(anchor=anchor, name=anchor, value=value) for anchor, value in values.items())
    html = RunPage(result=evidence.result, sections=sections).html
    assert "onerror" in html
    assert hostile not in html
    assert "<img" not in html
    assert "\u202e" not in html
    assert "\x07" not in html


def test_long_names_stay_short():
    """Names and labels of ten thousand characters are cut where they are shown, and cost no time."""
    texts = evidence_of(FAILING).case.texts
    steps_only = texts["scenario"].split("expect:\n")[0]
    scenario = steps_only.replace("P1", "P" + "y" * 9_999).replace("U001", "U" + "x" * 9_999)
    evidence = gather(load_texts({**texts, "scenario": scenario}), RunOptions())
    values = {"weekend": weekend(evidence), "steps": steps(evidence), "accounts": accounts(evidence)}
    sections = tuple(PageSection(anchor=anchor, name=anchor, value=value) for anchor, value in values.items())
    text = re.sub(r"<[^>]*>", "", RunPage(result=attrs.evolve(evidence.result, title="t"), sections=sections).html)
    assert max(map(len, re.findall(r"[xy]+", text))) < 1_500
    assert len(text) < 200_000
