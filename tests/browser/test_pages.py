"""Every page in a real browser: it says nothing to the console, asks for nothing, fits, and is accessible."""

import re
import sys
from pathlib import Path

import html5lib
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from made import COMMANDS, page

LOOKS = [(1440, False), (1440, True), (800, False), (800, True)]
AXE = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install '.[test]'")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_is_well_formed(name):
    """A strict reader of HTML finds no fault in it; ids are unique, and every link within it leads somewhere."""
    text = page(name).read_text()
    html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    text = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    ids = re.findall(r"""\sid=["']([^"']+)["']""", text)
    assert len(ids) == len(set(ids))
    missing = set(re.findall(r"""href=["']#([^"'&]+)["'&]""", text)) - set(ids)
    assert not missing


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_is_quiet_and_loads_nothing(name, visit):
    """No message on the console, no dialog, and no request but for the page itself."""
    seen = visit(page(name))
    seen.tab.wait_for_load_state("networkidle")
    assert seen.said == []
    assert seen.asked == [seen.url]


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_page_fits_its_window(name, width, dark, visit):
    """Nothing is cut off at the right, however wide the window is, and whatever a user has written."""
    seen = visit(page(name), width, dark)
    assert seen.tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_is_accessible(name, dark, visit):
    """There is no fault that axe finds: names, roles, order of headings, contrast in both themes."""
    seen = visit(page(name), 1440, dark)
    found = AXE.Axe().run(seen.tab)
    faults = [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]][:5]) for fault in found.response["violations"]
    ]
    assert not faults, faults


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_can_be_read_without_scripts(name, visit):
    """Every heading, and the verdict, are there where JavaScript is off; and what needs it is not."""
    path = page(name)
    plain = visit(path, scripts=False)
    whole = visit(path)
    read = "Array.from(document.querySelectorAll('h1, h2, h3')).map(h => h.textContent)"
    headings = re.findall(r"<h[123][ >]", path.read_text())
    assert plain.tab.locator("h1, h2, h3").count() == len(headings)
    assert plain.tab.locator("h1").is_visible()
    assert not plain.tab.locator(".tools").is_visible()
    assert whole.tab.locator(".tools").is_visible()
    assert len(whole.tab.evaluate(read)) >= len(headings)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_prints(name, visit, tmp_path):
    """Printing gives a PDF with text, in which nothing of the tools is left."""
    seen = visit(page(name))
    pdf = seen.tab.pdf(path=tmp_path / "page.pdf", format="A4", print_background=True)
    assert pdf.startswith(b"%PDF")
    seen.tab.emulate_media(media="print")
    assert not seen.tab.locator(".tools").is_visible()


def test_the_theme_can_be_chosen(visit):
    """The button turns a light page dark and back, and says which it offers."""
    seen = visit(page("failing"))
    colour = "getComputedStyle(document.body).backgroundColor"
    light = seen.tab.evaluate(colour)
    seen.tab.get_by_role("button", name="Dark").click()
    assert seen.tab.evaluate(colour) != light
    seen.tab.get_by_role("button", name="Light").click()
    assert seen.tab.evaluate(colour) == light
