"""The drawing of a weekend can be read: nothing covers anything, and nothing is left out in silence."""

from collections import defaultdict
from itertools import combinations

import pytest
from weekends import SAMPLE, WEEKENDS, evidence_of

from dcsim.files.load import load_texts
from dcsim.report.pages.drawing.boxes import Box, shortened, width_of
from dcsim.report.pages.drawing.labels import Placer, Wanted
from dcsim.report.pages.drawing.lay_out import drawing
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page.gather import gather
from dcsim.usecases.run_page.shown import cells_drawn
from dcsim.usecases.run_page.steps import steps
from dcsim.usecases.run_page.tracks import tracks
from dcsim.usecases.run_page.weekend import weekend


def drawings_of(evidence):
    for account, field in cells_drawn(evidence):
        found = tracks(evidence, account, field)
        yield found, drawing(found, evidence.book.timezone)


def crowded(acts):
    """A weekend in which one account does very much."""
    head = evidence_of("circular/footnote-3.yaml@failback-copy").case.texts
    lines = [
        "scenario: crowded",
        "title: Many acts",
        "rulebook: seoch-2fa-2023",
        "runbook: failback-copy",
        "accounts:",
        "  - {id: U001, kind: user, participant: B01234, email: registered}",
        "steps:",
        "  - {at: session-1 +1m, account: U001, do: initiate-2fa, password: P0, channel: email}",
        *(
            f"  - {{at: session-1 +{120 + 5 * n}s, account: U001, do: change-password, from: P{n}, to: P{n + 1}}}"
            for n in range(acts)
        ),
        *(
            f"  - {{at: session-2 +{120 + 3 * n}s, account: U001, do: logon, with: otp, password: P0, expect: any}}"
            for n in range(acts)
        ),
    ]
    return gather(load_texts({**head, "scenario": "\n".join(lines) + "\n"}), RunOptions())


def meeting(boxes):
    """Pairs of boxes that overlap."""
    return [
        (a, b)
        for a, b in combinations(boxes, 2)
        if a.x1 < b.x2 - 0.11 and b.x1 < a.x2 - 0.11 and a.y1 < b.y2 - 0.11 and b.y1 < a.y2 - 0.11
    ]


def readable(shape):
    """Fail if words of a drawing cover each other, or reach out of it."""
    words = [label.box for label in shape.labels] + [chip.box for chip in shape.chips]
    words += [band.room for band in shape.bands]
    words += [one.box for one in (*shape.ticks, *shape.cuts, *shape.days) if one.box and one.text]
    assert meeting(words) == []
    assert all(box.x1 >= 0 and box.x2 <= shape.width + 1 and box.y1 >= 0 and box.y2 <= shape.height for box in words)
    arrows = [box for flow in shape.flows for box in flow.boxes]
    for one in (*shape.labels, *shape.chips):
        covered = [box for box in (*(mark.box for mark in shape.marks), *arrows) if meeting([one.box, box])]
        assert not covered, (one, covered)


@WEEKENDS
def test_no_two_labels_overlap(address):
    """No label, chip, head of a session, instant or date covers another, nor a mark; and all stand in the drawing."""
    for _, shape in drawings_of(evidence_of(address)):
        readable(shape)


@WEEKENDS
def test_a_session_is_as_wide_as_its_window(address):
    """A session's head reaches from the instant at which its window opens to that at which it closes, whatever room
    its words need; both instants are ticks of the axis.
    """
    evidence = evidence_of(address)
    for found, shape in drawings_of(evidence):
        # What happens at one instant may stand in several columns, each with a tick.
        at = defaultdict(set)
        for tick in shape.ticks:
            at[tick.says.rsplit(" ", 1)[-1] + tick.says.split(" ")[1]].add(tick.x)
        for band, drawn in zip(found.bands, shape.bands, strict=True):
            window = next(each for each in evidence.book.sessions if each.name == band.name)
            edges = (band.opens, window.opens, drawn.head.x1), (band.closes, window.closes, drawn.head.x2)
            assert all(x in at[f"{instant:%H:%M:%S}{instant.day}"] for event, instant, x in edges if event)
            assert drawn.room.x1 - 0.1 <= drawn.head.x1 <= drawn.head.x2 <= drawn.room.x2 + 0.1


@pytest.mark.parametrize("acts", [1, 7, 30, 200])
def test_a_crowded_weekend_can_be_read(acts):
    """However much happens, no label covers another; what has no room is counted, and the drawing stays small."""
    for found, shape in drawings_of(crowded(acts)):
        readable(shape)
        assert shape.width < 3000
        assert len(shape.marks) + len(shape.flows) < 200
        assert {n for mark in shape.marks for n in mark.events} >= {
            mark.event for mark in found.marks if mark.shape == "act"
        }


@WEEKENDS
def test_every_event_has_its_row_and_every_mark_leads_to_one(address):
    """Each event is a row of the steps, or is counted as left out; each mark and arrow of a drawing leads to a row."""
    evidence = evidence_of(address)
    section = steps(evidence)
    listed = {row.n for row in section.rows}
    left_out = [event for event in evidence.recorder.events if event.n not in listed]
    assert bool(left_out) == bool(section.left_out)
    assert all(event.account for event in left_out)
    for _, shape in drawings_of(evidence):
        for event in [*(mark.events[0] for mark in shape.marks), *(flow.event for flow in shape.flows)]:
            assert event in listed


@WEEKENDS
def test_time_goes_to_the_right(address):
    """An event that is later never stands further to the left, and each cut says the time that is left out."""
    for found, shape in drawings_of(evidence_of(address)):
        xs = [tick.x for tick in shape.ticks]
        assert xs == sorted(xs)
        assert all(shape.left <= x <= shape.right for x in xs)
        assert len(shape.cuts) == len([cut for cut in shape.cuts if cut.says])
        assert found.instants == tuple(sorted(found.instants))


def test_each_value_has_a_line_of_its_own():
    """The legend names for each value how its line is drawn; of up to five values no two are drawn alike."""
    section = weekend(evidence_of("circular/footnote-3.yaml@failback-copy"))
    styles = [item.style for item in section.drawings[0].legend]
    assert styles == ["dotted", "plain", "double"]


def test_what_went_wrong_is_said_first():
    """The wrong value, the promise, the copy that brought it and the acts that fail all have their labels."""
    found = tracks(evidence_of("circular/footnote-3.yaml@failback-copy"), "U001", "password")
    shape = drawing(found, "Asia/Hong_Kong")
    words = {label.text for label in shape.labels}
    assert {"Monday opens with P2", "promised: P1", "found: P2", "copy-back", "P2 accepted", "P1 refused"} <= words
    assert {"restore point", "activate", "revert", "discarded", "redo P1, 2 s"} <= words
    assert shape.dropped == 0


@pytest.mark.parametrize("address", SAMPLE)
def test_labels_that_have_no_room_are_counted(address):
    """A mark with words has its label, shares one, or is counted among those without room."""
    for found, shape in drawings_of(evidence_of(address)):
        wanted = {(mark.event, mark.label) for mark in found.marks if mark.label}
        placed = {label.event for label in shape.labels}
        missing = {event for event, _ in wanted} - placed
        assert len(missing) <= shape.dropped


# The widths of Helvetica's characters, in thousandths of their size. Arial and Liberation Sans have the same.
HELVETICA = {
    278: "fI!,./:;[]t ",
    222: "ijl",
    333: "()-r",
    500: "ckJsvxyz",
    556: "0123456789abdeghnopquL?$#_",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUw",
    778: "GOQ",
    833: "mM",
    889: "%",
    944: "W",
    1000: "…",
    1015: "@",
}
HELVETICA_BOLD = {
    278: "I,./ijl ",
    333: "!:;[]()-ft",
    389: "r",
    500: "z",
    556: "0123456789aceksvxyJ$#_",
    611: "FLTZbdghnopqu?",
    667: "EPSVXY",
    722: "ABCDHKNRU&",
    778: "GOQw",
    833: "M",
    889: "m%",
    944: "W",
    975: "@",
    1000: "…",
}


@pytest.mark.parametrize(("widths", "bold"), [(HELVETICA, False), (HELVETICA_BOLD, True)])
def test_words_are_never_wider_than_they_are_taken_to_be(widths, bold):
    """No character of the drawing's letters is wider than the room that is left for it, and none has much more."""
    for width, signs in widths.items():
        for sign in signs:
            assert width <= width_of(sign, size=1000, bold=bold) <= 1.29 * width, sign


@pytest.mark.parametrize(
    ("room", "lines"),
    [
        (240, ("held back: the restore point keeps 20", "")),
        (170, ("held back:", "the restore point keeps 20")),
        (110, ("held back: th…", "")),
    ],
)
def test_a_label_is_shortened_only_where_two_lines_have_no_room(room, lines):
    """Where one line has no room, its parts stand below each other; only where they have none is it cut off."""
    wanted = Wanted(event=1, x=room, y=40, text="held back: the restore point keeps 20", sides=("left",), clear=2.0)
    (label,) = Placer(Box(0, 0, room, 80), []).place([wanted])
    assert (label.text, label.more) == lines


@pytest.mark.parametrize("text", ["", "P1", "i" * 400, "W" * 400, "日本" * 40, "a b " * 99])
def test_a_shortened_text_fits(text):
    """A shortened text is never wider than it may be."""
    assert width_of(shortened(text, 80, bold=True), bold=True) <= 80
