"""The matrix of a run's page says what became of each change. The traces are read here as plain JSON."""

import json
from pathlib import Path

import pytest
from reading import read, sound

from dcsim.domain.change_kinds import fields_of
from dcsim.files.load import load_scenario
from dcsim.report.pages.render import fragment
from dcsim.trace.jsonl import dump
from dcsim.usecases.run import RunOptions, load_all
from dcsim.usecases.run_page.gather import gather
from dcsim.usecases.run_page.observed import observed
from dcsim.usecases.touched import cells_of_suite

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = ROOT / "scenarios"
CASES = {case.path: case for case in load_all([SCENARIOS])}
FOOTNOTE = str(SCENARIOS / "circular" / "footnote-3.yaml")
NOTHING = {"", "not tried here"}


def section(case, tried=None):
    """The section of a run as a browser gets it, and the run's trace as JSON."""
    evidence = gather(case, RunOptions(tracing=True))
    lines = [json.loads(line) for line in dump(case.texts, 0, evidence.trace)]
    return read(fragment("matrix.html.j2", it=observed(evidence, tried))).one(id="matrix"), lines[1:]


def cells_of(section):
    """The cells of the section: (kind of account, change, origin, target) to what is promised and observed."""
    tables = list(section.every("table"))
    if not tables:
        return {}
    targets = [head.text.removeprefix("looked for in ") for head in section.every("th", scope="colgroup")]
    found = {}
    for body in tables[0].every("tbody"):
        head, *rows = body.every("tr")
        for row in rows:
            changes, accounts, *cells = [child for child in row.children if not isinstance(child, str)]
            at = iter(cells)
            for target in targets:
                promised = next(at)
                if "colspan" in promised.attributes:
                    continue
                pair = promised, next(at)
                for change in changes.text.split(", "):
                    for account in accounts.text.split(", "):
                        found[account, change, head.text.removeprefix("made in "), target] = pair
    return found


def touched_by(events, kinds):
    """The cells that a run touches, told from the lines of its trace."""
    opened = [
        (move["name"], event["n"])
        for event in events
        for move in event["moves"]
        if (move.get("what"), move.get("after")) == ("session", "open")
    ]
    return {
        (kinds(event["account"]), change["kind"], change["after"]["origin"], session)
        for event in events
        for change in event["changes"]
        for session, n in opened
        if n > event["n"] and change["after"]["origin"] not in (session, "operator")
    }


def stood_in(case, events):
    """The cells of the baseline that a run touches: an account began with a value of which a rule on it speaks."""
    opened = {
        move["name"]
        for event in events
        for move in event["moves"]
        if (move.get("what"), move.get("after")) == ("session", "open")
    }
    book, nothing = case.rulebook, {None, False, "absent"}
    speaking = [rule for rule in book.rules if "baseline" in rule.made_in]
    began = [*case.scenario.accounts, *(population.like for population in case.scenario.populations)]
    return {
        (account.profile.kind, change, "baseline", session)
        for account in began
        for rule in speaking
        if account.profile.kind in rule.accounts
        for named in book.expand(rule.changes)
        for field in fields_of(named)
        if account.start[field].value not in nothing
        for change in book.kinds
        if field in fields_of(change)
        for session in opened
    }


def kinds_of(case):
    """Which kind an account is of."""
    listed = {account.id: account.profile.kind for account in case.scenario.accounts}

    def kind(name):
        of = (p for p in case.scenario.populations if name.startswith(p.name(1).rstrip("0123456789")))
        return listed.get(name) or next(of).like.profile.kind

    return kind


@pytest.mark.parametrize("path", CASES, ids=lambda path: Path(path).stem)
def test_the_touched_cells_are_those_of_the_trace(path):
    """A change of the kind was committed there, or stood there before and a rule speaks of it, and the target opened
    later: just these cells are observed; and each violation of a value is told in one of them.
    """
    case = CASES[path]
    shown, events = section(case)
    cells = cells_of(shown)
    observed_ = {cell for cell, (_, seen) in cells.items() if list(seen.every(class_="seen"))}
    later = touched_by(events, kinds_of(case))
    order = case.rulebook.order
    made = {cell for cell in later if order[cell[2]] < order[cell[3]]}
    assert {(*cell[:2], cell[2].replace("standing in the ", ""), cell[3]) for cell in observed_} == made | stood_in(
        case, events
    )
    found = [each for event in events for each in event["found"] if each["account"] and "invariant" in each["what"]]
    told = " ".join(bad.text for bad in shown.every(class_="seen"))
    assert all(each["what"]["invariant"] in told for each in found if each["what"].get("cell"))
    assert found or "✗" not in told


def test_promised_and_observed_stand_side_by_side():
    """A weekend known by hand: P1 is initiated in Session 1, changed to P2 in Session 2, and copied back."""
    shown, _ = section(load_scenario(FOOTNOTE, runbook="failback-copy"))
    words = {cell[1:]: (promised.text, seen.text) for cell, (promised, seen) in cells_of(shown).items()}
    first = words["initiate-2fa", "session-1", "session-2"]
    assert first[0] == "carried [fn1]"
    assert first[1].startswith("✓ there: password P1, channel email and credential 1")
    monday = words["initiate-2fa", "session-1", "monday"]
    assert monday[0] == "carried [fn1]"
    assert monday[1].startswith("✗ half: channel email and credential 1 there; password displaced by P2 (event 12)")
    assert "discarded-absent (event 21)" in monday[1]
    changed = words["change-2fa-password", "session-2", "monday"]
    assert changed[0] == "discarded back to session-1 [fn3]"
    assert changed[1].startswith("✗ there: password P2 discarded-absent (event 21)")
    assert {seen for _, seen in words.values()} - {first[1], monday[1], changed[1]} <= NOTHING
    assert "This run touches 3 of 48 cells of user, and 3 of the 7 that the notice decides." in shown.text
    assert "41 cells more: OPEN, the source does not say; none was touched in this run." in shown.text
    assert "No suite was given" in shown.text


def test_the_suite_is_counted_cell_by_cell():
    """How many scenarios touch a cell is what their traces say; a cell that none touches is tried nowhere."""
    case = CASES[FOOTNOTE]
    tried = cells_of_suite([SCENARIOS / "circular", SCENARIOS / "asx-24-bcp"], case.rulebook)
    shown, _ = section(case, tried)
    own = [other for path, other in CASES.items() if "/circular/" in path]
    counts = {}
    for other in own:
        _, events = section(other)
        for cell in touched_by(events, kinds_of(other)):
            counts[cell] = counts.get(cell, 0) + 1
    assert f"The suite, {len(own)} scenarios under this rulebook (not counted: 9 under other rulebooks)" in shown.text
    nowhere = 0
    for cell, (promised, seen) in cells_of(shown).items():
        if "tried in" in seen.text or "tried nowhere" in seen.text:
            number = counts.get(cell, 0)
            says = f"tried in {number} scenario{'s' if number > 1 else ''} of the suite" if number else "tried nowhere"
            assert says in seen.text, (cell, promised.text)
            nowhere += not number
    assert nowhere


STOOD = """
scenario: stood
title: An order that stood before the mocks
rulebook: mcx-launch-2023
runbook: mocks-to-live
accounts: [{{id: U1, kind: user, participant: M, records: {{order: A}}}}, {{id: U2, kind: user, participant: M}}]
{more}
"""
SKIPPED = "faults: [{operator: skip, step: clear}, {operator: skip, step: clear-standby}]"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (SKIPPED, "✗ there: order A reset-applied (event "),
        ("", "✓ reset: order is none · stood before"),
        ("faults: [{operator: skip, step: open-live}]", "stood before this run; the target did not open"),
    ],
)
def test_what_stood_before_is_observed_where_a_rule_speaks_of_it(more, says, tmp_path):
    """A run that turns on what stood in the baseline shows it, and a suite counts it; the trace is the judge."""
    path = tmp_path / "stood.yaml"
    path.write_text(STOOD.format(more=more))
    case = load_all([path])[0]
    tried = cells_of_suite([path], case.rulebook)
    shown, events = section(case, tried)
    words = {cell[1:]: seen.text for cell, (_, seen) in cells_of(shown).items()}
    assert words["order", "standing in the baseline", "live"].startswith(says)
    assert words["order", "standing in the baseline", "mock-1"].startswith("there: order A · stood before")
    assert {cell for cell in tried.cells if cell.origin == "baseline"} == stood_in(case, events)


MANY = """
scenario: many
title: many accounts
rulebook: seoch-2fa-2023
runbook: {runbook}
accounts:
  - {{population: {a}, prefix: A, kind: user, participant: B01234, email: registered, smartcard: friday}}
  - {{population: 80, prefix: B, kind: user, participant: B01234, email: registered, smartcard: friday}}
steps:
  - {{at: session-1 +5m, account: A*, do: initiate-2fa, password: P1, channel: email}}
  - {{at: session-2 +5m, account: B*, do: initiate-2fa, password: P2, channel: email}}
  - {{at: session-2 +9m, account: A7, do: change-password, from: P1, to: P3}}
{more}
"""


@pytest.mark.parametrize("number", [200, 3000])
def test_accounts_that_fare_alike_are_one_observation(number, tmp_path):
    """With their number; those that fare otherwise are beside them, and what is wrong comes first."""
    path = tmp_path / "many.yaml"
    path.write_text(MANY.format(a=number, runbook="failback-copy", more=""))
    shown, _ = section(load_all([path])[0])
    words = {cell[1:]: seen for cell, (_, seen) in cells_of(shown).items()}
    told = [o.text for o in words["initiate-2fa", "session-1", "monday"].every(class_="seen")]
    assert len(told) == 2
    assert told[0].startswith("✗ half: channel email and credential 1 there; password displaced by P3")
    assert f"{number - 1:,} accounts" in told[1]
    assert told[1].startswith("✓ there")
    assert "80 accounts" in words["initiate-2fa", "session-2", "monday"].text


def test_what_is_wrong_is_said_of_the_change_that_it_is_about(tmp_path):
    """Another change of the same account, whose value may be where it is, is not called wrong."""
    path = tmp_path / "two.yaml"
    more = "  - {at: session-1 +9m, account: A7, do: change-password, with: smartcard, from: friday, to: saturday}"
    path.write_text(MANY.format(a=9, runbook="failback-copy", more=more))
    shown, _ = section(load_all([path])[0])
    words = {cell[1:]: seen.text for cell, (_, seen) in cells_of(shown).items()}
    assert words["change-2fa-password", "session-2", "monday"].startswith("✗ there: password P3")
    assert words["change-smartcard-password", "session-1", "monday"].startswith("there: smartcard saturday")


def test_a_target_that_opened_before_the_change_was_not_tried(tmp_path):
    """Where the operator opens Monday before anything is done in Session 1, Monday shows nothing of it."""
    text = (ROOT / "dcsim" / "builtin" / "runbooks" / "snapshot-standby.yaml").read_text(encoding="utf-8")
    text = text.replace("timeout: 60m, on-timeout: open-monday", "timeout: 60m, on-timeout: proceed")
    early = text.replace("id: open-monday, at: monday opens", "id: open-monday, at: session-1 opens +1m")
    assert early != text
    lines = early.splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if "id: close-session-1" in line)
    moved = next(line for line in lines if "id: open-monday" in line)
    lines.remove(moved)
    (tmp_path / "early.yaml").write_text("".join([*lines[:first], moved, *lines[first:]]))
    path = tmp_path / "many.yaml"
    path.write_text(MANY.format(a=9, runbook="./early.yaml", more=""))
    shown, _ = section(load_all([path])[0])
    words = {cell[1:]: seen.text for cell, (_, seen) in cells_of(shown).items()}
    assert "there:" in words["initiate-2fa", "session-1", "session-2"]
    assert words["initiate-2fa", "session-1", "monday"] == "not tried here"


def test_a_target_that_never_opened_is_no_proof_of_anything(tmp_path):
    """A change whose target stays shut was not observed there, and that is said."""
    path = tmp_path / "shut.yaml"
    more = "faults: [{operator: skip, step: open-monday}]"
    path.write_text(MANY.format(a=9, runbook="snapshot-standby", more=more))
    shown, _ = section(load_all([path])[0])
    words = {cell[1:]: seen.text for cell, (_, seen) in cells_of(shown).items()}
    assert words["initiate-2fa", "session-1", "session-2"].startswith("✓ there")
    assert words["initiate-2fa", "session-1", "monday"] == "made in this run; the target did not open"


def test_the_section_stands_in_the_page_of_a_run(dcsim, tmp_path):
    """Its links lead to the steps of the same page; `--suite` takes folders."""
    out = tmp_path / "run.html"
    code, printed, err = dcsim(
        "report", FOOTNOTE, "--runbook", "failback-copy", "--no-check", "--suite", SCENARIOS / "circular", "--out", out
    )
    assert code == 0, printed + err
    matrix = sound(out.read_text(encoding="utf-8")).one(id="matrix")
    assert {"#e3", "#e12", "#e21"} <= {link.attributes["href"] for link in matrix.every("a")}
    assert "The suite, 23 scenarios" in matrix.text
