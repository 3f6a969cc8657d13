"""The pages of a walk in a real browser, served by the command itself."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parent.parent.parent
FOOTNOTE = ROOT / "scenarios" / "circular" / "footnote-3.yaml"
AXE = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install '.[test]'")
pytest.importorskip("uvicorn", reason="pip install '.[explore]'")
ONE = "walk/at.session-1.+5m/U001.initiate-2fa.P1.email"
LATER = f"{ONE}/at.session-2.+5m/U001.change-password.P1.P2"
PLACES = [
    "walk/",
    ONE,
    f"{ONE}/fault.delay.U001.1.by=1h/on",
    f"{LATER}/slip.skip.revert/at.monday.+1h",
    "walk/nonsense",
]
LOOKS = [(1440, False), (1440, True), (800, False), (800, True)]


@pytest.fixture(scope="module", params=[["failback-copy"], ["snapshot-standby", "failback-copy"]], ids=["one", "two"])
def server(request, tmp_path_factory):
    """A walk under one runbook, and one under two in step: its address, and the folder where it saves."""
    folder = tmp_path_factory.mktemp("saved")
    words = [word for name in request.param for word in ("--runbook", name)]
    command = [sys.executable, "-m", "dcsim", "explore", str(FOOTNOTE), *words, "--no-browser", "--save", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        yield SimpleNamespace(address=address, folder=folder)
        process.terminate()


@pytest.fixture
def walk(server, visit):
    """Open a page of the walk."""

    def go(where="", **how):
        return visit(SimpleNamespace(as_uri=lambda: server.address + where), **how)

    return go


@pytest.mark.parametrize("where", PLACES)
def test_a_page_of_a_walk_is_quiet_and_fits(where, walk):
    """It says nothing to the console, loads nothing, and is cut off at no side, in both themes and at both widths."""
    for width, dark in LOOKS:
        seen = walk(where, width=width, dark=dark)
        said = [text for text in seen.said if "404" not in text]
        assert said == []
        assert seen.asked == [seen.url]
        assert seen.tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_of_a_walk_is_accessible(where, dark, walk):
    """There is no fault that axe finds, with everything unfolded."""
    seen = walk(where, dark=dark)
    seen.tab.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    found = AXE.Axe().run(seen.tab).response["violations"]
    assert not [(fault["id"], [node["html"][:200] for node in fault["nodes"]][:5]) for fault in found]


def test_keys_take_a_choice_undo_it_and_save(walk):
    """A number takes the choice that bears it, u takes it back, s goes to the form, ? unfolds the help."""
    seen = walk(ONE)
    before = seen.tab.url
    seen.tab.keyboard.press("1")
    seen.tab.wait_for_url("**/on")
    seen.tab.keyboard.press("u")
    seen.tab.wait_for_url(before)
    seen.tab.keyboard.press("?")
    assert seen.tab.locator("#help").get_attribute("open") is not None
    seen.tab.keyboard.press("s")
    assert seen.tab.evaluate("document.activeElement.id") == "save-name"
    seen.tab.keyboard.press("u")  # typed into the form
    assert seen.tab.url == before


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_walk_needs_links_and_forms_only(scripts, walk, server):
    """Start, act, undo by the browser, a moment that is typed, and a file that is saved: also without JavaScript."""
    seen = walk("walk/", scripts=scripts)
    seen.tab.get_by_role("link", name="on: the window of session-1 at primary opens").click()
    seen.tab.wait_for_url("**/walk/on")
    seen.tab.get_by_role("link", name="on: operator: open-session-1").click()
    seen.tab.get_by_role("link", name=re.compile("^initiate-2fa password P1 channel email")).first.click()
    seen.tab.wait_for_url("**/on/on/U001.initiate-2fa.P1.email")
    seen.tab.go_back()
    seen.tab.wait_for_url("**/on/on")
    seen.tab.get_by_label("Until").fill("session-1 +1h")
    seen.tab.get_by_role("button", name="Go").click()
    seen.tab.wait_for_url("**/on/on/at.session-1.+1h")
    name = f"saved-{scripts}"
    seen.tab.get_by_label("Name").fill(name)
    seen.tab.get_by_role("button", name=re.compile("^Save in")).click()
    seen.tab.get_by_role("heading", name="Saved").wait_for()
    assert (server.folder / f"{name}.yaml").read_text().count("scenario:") == 1
    seen.tab.get_by_role("link", name="Back to the walk").first.click()
    seen.tab.wait_for_url("**/on/on/at.session-1.+1h")


def test_the_theme_stays_from_page_to_page(walk):
    """Whoever has chosen dark walks on in the dark."""
    seen = walk("walk/")
    seen.tab.get_by_role("button", name="Dark").click()
    seen.tab.get_by_role("link", name="on: the window of session-1 at primary opens").click()
    seen.tab.wait_for_url("**/walk/on")
    assert seen.tab.evaluate("document.documentElement.dataset.theme") == "dark"
    seen.tab.get_by_role("button", name="Light").wait_for()
