"""Step by step: keys, the search, and links that name a step, an account and a field."""

import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from made import page


@pytest.fixture(scope="module")
def events():
    """The events of the failing run, from the trace that its page carries."""
    text = page("failing").read_text()
    lines = json.loads(re.search(r'id="dcsim-trace">(.*?)</script>', text, re.DOTALL)[1])
    return lines[1:]


class Steps:
    """The list of steps in an open page."""

    def __init__(self, tab):
        self.tab = tab

    @property
    def chosen(self):
        """The number of the chosen step."""
        return int(self.tab.locator("#steps tr.chosen").get_attribute("id")[1:])

    @property
    def panel(self):
        return self.tab.locator(".chosen-step").inner_text()

    @property
    def anchor(self):
        return self.tab.evaluate("location.hash")

    def press(self, *keys):
        for key in keys:
            self.tab.keyboard.press(key)
        return self.chosen


def test_j_and_k_go_to_the_next_and_the_previous_step(visit, events):
    """From the first step to the last, one at a time; the address follows, and the panel is of the chosen step."""
    steps = Steps(visit(page("failing"), anchor="#e1").tab)
    for number in range(2, len(events) + 1):
        assert steps.press("j") == number
        assert re.match(rf"#e{number}\b", steps.anchor)
        assert steps.panel.startswith(f"{number} ·")
    assert steps.press("j") == len(events)
    assert steps.press("k", "k") == len(events) - 2


def test_x_goes_to_the_violations(visit, events):
    """The steps at which something is not as it should be, in order: the break, then both logons."""
    found = [event["n"] for event in events if any("invariant" in each["what"] for each in event["found"])]
    steps = Steps(visit(page("failing"), anchor="#e1").tab)
    assert steps.press("x") == found[0] == 21
    assert [steps.press("x"), steps.press("x"), steps.press("x")] == [22, 23, 23]


def test_n_and_p_go_to_the_changes_of_the_value(visit, events):
    """The events that move U001's password at some place, and no others."""
    steps = Steps(visit(page("failing"), anchor="#e1&account=U001&field=password").tab)
    expected = [e["n"] for e in events if '"password"' in json.dumps(e["moves"])]
    seen = [steps.press("n")]
    while (following := steps.press("n")) != seen[-1]:
        seen.append(following)
    assert seen == [number for number in expected if number > 1]
    assert [steps.press("p") for _ in seen[1:]] == seen[-2::-1]


def test_a_link_chooses_step_account_and_field(visit):
    """`#e17&account=U001&field=channel` shows that step, and the drawing of that field; it is the address again."""
    seen = visit(page("failing"), anchor="#e17&account=U001&field=channel")
    steps = Steps(seen.tab)
    assert steps.chosen == 17
    assert "copy-back" in steps.panel
    assert seen.tab.locator("figure.drawing:visible").get_attribute("data-field") == "channel"
    assert steps.press("j", "k") == 17
    assert steps.anchor == "#e17&account=U001&field=channel"


def test_a_link_to_what_is_not_there_says_so(visit):
    """Of a step that does not exist, and of an account or field that is not drawn, the status line says so; the address
    is that of what is shown, and the keys go on from there.
    """
    seen = visit(page("failing"), anchor="#e17&account=U009&field=password")
    steps, status = Steps(seen.tab), seen.tab.locator("[data-say=status]")
    assert status.inner_text() == "U009’s password is not drawn; the drawing is U001’s password."
    assert steps.anchor == "#e17&account=U001&field=password"
    assert steps.press("n") == 18
    assert status.inner_text() == ""
    for anchor, number in (("#e999", 999), ("#e0", 0)):
        missing = visit(page("failing"), anchor=anchor).tab.locator("[data-say=status]").inner_text()
        assert missing == f"There is no step {number}: the events are 1 to 26."


def test_the_panel_tells_first_of_the_account_that_a_link_names(visit):
    """Of the accounts in the panel of a step, the one that a link asks for is the first, drawn or not."""
    tab = visit(page("many"), anchor="#e1").tab
    names = tab.evaluate(TABLES)
    step, accounts = next((step, accounts) for step, accounts in names if len(accounts) > 1)
    told = visit(page("many"), anchor=f"#{step}&account={accounts[-1]}&field=channel").tab
    captions = told.locator(".chosen-step table.cells caption").all_inner_texts()
    assert captions[0].startswith(f"{accounts[-1]},")
    assert len(captions) == len(accounts)


TABLES = """[...document.querySelectorAll("#steps tbody tr[id]")].map((row) =>
  [row.id, [...row.querySelectorAll("table.cells caption")].map((each) => each.textContent.split(",")[0])])"""


def test_a_mark_of_the_drawing_leads_to_its_step(visit):
    """A click on the copy in the drawing chooses its step."""
    seen = visit(page("failing"))
    seen.tab.locator('svg a[href="#e17"]').first.click(force=True)
    # The browser tells of another address a little later.
    seen.tab.locator("#e17.chosen").wait_for()
    assert Steps(seen.tab).chosen == 17


def test_the_search_keeps_what_fits_and_takes_the_keys(visit):
    """`/` goes to the search; what is typed there is no key; the steps that do not have the words go."""
    seen = visit(page("failing"), anchor="#e5")
    steps = Steps(seen.tab)
    seen.tab.keyboard.press("/")
    seen.tab.keyboard.type("copy-back")
    assert steps.anchor.startswith("#e5")
    shown = seen.tab.locator("#steps tbody tr[id]:visible")
    assert [shown.nth(i).get_attribute("id") for i in range(shown.count())].count("e17") == 1
    assert shown.count() < 6
    seen.tab.keyboard.press("Escape")
    assert seen.tab.locator("#steps tbody tr[id]:visible").count() == 26


def test_the_help_lists_every_key_and_t_turns_the_theme(visit):
    """`?` opens a dialog with all keys, Escape closes it; with Control a key is the browser's own."""
    seen = visit(page("failing"), anchor="#e5")
    steps = Steps(seen.tab)
    assert steps.press("Control+j") == 5
    seen.tab.keyboard.press("?")
    words = seen.tab.locator("dialog[open]").inner_text()
    assert all(re.search(rf"(?<!\w){re.escape(key)}(?!\w)", words) for key in "jknpx/?ct")
    assert steps.press("j") == 5
    seen.tab.keyboard.press("Escape")
    colour = "getComputedStyle(document.body).backgroundColor"
    before = seen.tab.evaluate(colour)
    seen.tab.keyboard.press("t")
    assert seen.tab.evaluate(colour) != before


def test_at_800_wide_the_drawing_is_the_list(visit):
    """In a narrow window the drawing beside time gives way to the graph beside the steps."""
    wide, narrow = (visit(page("failing"), width).tab for width in (1440, 800))
    assert wide.locator("#weekend svg").first.is_visible()
    assert narrow.locator("#steps svg").first.is_visible()


@pytest.mark.parametrize(("width", "room"), [(1100, 400), (1300, 240), (390, 120)])
def test_the_words_of_a_step_have_room_on_every_screen(visit, width, room):
    """Where the panel has no room beside the list it is below it, and never covers the chosen step."""
    tab = visit(page("failing"), width, anchor="#e12").tab
    assert tab.evaluate("document.querySelector('#steps td.what').offsetWidth") >= room
    for _ in range(9):
        tab.keyboard.press("j")
        row, panel = (tab.locator(name).bounding_box() for name in ("#steps tr.chosen", ".chosen-step"))
        beside = panel["x"] >= row["x"] + row["width"] - 1
        assert beside or row["y"] + row["height"] <= panel["y"] + 1
