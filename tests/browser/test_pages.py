"""Every page in a real browser: it says nothing to the console, asks for nothing, fits, and is accessible."""

import re
import sys
from pathlib import Path

import html5lib
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from made import COMMANDS, page

# A pack for a board takes many seconds to make.
NAMES = [pytest.param(name, marks=[pytest.mark.slow] if name.startswith("board") else []) for name in COMMANDS]
AXE = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install '.[test]'")


UNFOLD = """for (const part of document.querySelectorAll("details")) part.open = true;
for (const figure of document.querySelectorAll("figure.drawing")) figure.hidden = false;
for (const live of document.querySelectorAll("#steps.live")) live.classList.remove("live");"""
"""Shows what waits for a click: what is folded, every drawing, and the panel of every step in its row."""


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_well_formed(name):
    """A strict reader of HTML finds no fault in it; ids are unique, and every link within it leads somewhere."""
    text = page(name).read_text()
    html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    text = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    ids = re.findall(r"""\sid=["']([^"']+)["']""", text)
    assert len(ids) == len(set(ids))
    missing = set(re.findall(r"""href=["']#([^"'&]+)["'&]""", text)) - set(ids)
    assert not missing


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_sound_in_a_browser(name, visit):
    """It says nothing to the console and asks for nothing but itself; axe finds no fault, in light and in dark; and
    whatever a user has written, it fits the windows of a desk, a tablet and a telephone, with all of it unfolded.
    """
    seen = visit(page(name))
    seen.tab.wait_for_load_state("networkidle")
    for dark in (False, True):
        seen.tab.emulate_media(color_scheme="dark" if dark else "light")
        found = AXE.Axe().run(seen.tab).response["violations"]
        assert not found, [(fault["id"], [node["html"][:200] for node in fault["nodes"]][:5]) for fault in found]
    seen.tab.evaluate(UNFOLD)
    for width in (1440, 800, 375):
        seen.tab.set_viewport_size({"width": width, "height": 900})
        assert seen.tab.evaluate("document.documentElement.scrollWidth") <= width, width
    assert seen.said == []
    assert seen.asked == [seen.url]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_can_be_read_without_scripts_and_prints(name, visit, tmp_path):
    """Every heading is there where JavaScript is off, and what needs it is not; a printed page has no tools."""
    seen = visit(page(name), scripts=False)
    markup = re.sub(r"<(script|dialog).*?</\1>", "", page(name).read_text(), flags=re.DOTALL)
    assert seen.tab.locator("h1, h2, h3").count() >= len(re.findall(r"<h[123][ >]", markup))
    assert seen.tab.locator("h1").first.is_visible()
    assert not seen.tab.locator(".tools").is_visible()
    seen.tab.emulate_media(media="print")
    folded = seen.tab.locator("details:not([open]) > :not(summary, tr.quiet *)")
    assert all(folded.nth(at).is_visible() for at in range(min(folded.count(), 3)))
    assert seen.tab.pdf(path=tmp_path / "page.pdf", format="A4", print_background=True).startswith(b"%PDF")
    whole = visit(page(name))
    assert whole.tab.locator(".tools").is_visible()
    whole.tab.emulate_media(media="print")
    assert not whole.tab.locator(".tools").is_visible()


def test_the_theme_can_be_chosen(visit):
    """The button turns a light page dark and back, and says which it offers."""
    seen = visit(page("failing"))
    colour = "getComputedStyle(document.body).backgroundColor"
    light = seen.tab.evaluate(colour)
    seen.tab.get_by_role("button", name="Dark").click()
    assert seen.tab.evaluate(colour) != light
    seen.tab.get_by_role("button", name="Light").click()
    assert seen.tab.evaluate(colour) == light
