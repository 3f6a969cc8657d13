"""A real browser for the tests of pages: the system's Chromium, or the one that Playwright has installed.

Without any, these tests are skipped and say so. Where DCSIM_BROWSER is set to ``required``, as `.ci/run` does once it
has installed one, they fail instead: a browser that should be there and is not is a fault.
"""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser():
    """Chromium, started once for each process of the tests."""
    required = os.environ.get("DCSIM_BROWSER") == "required"
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        return _without("Playwright is not installed (pip install '.[test]')", required=required)
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, NAMES)), None)
        try:
            # A container's root has no sandbox; the pages are dcsim's own, and load nothing.
            chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error as error:
            _without(f"no Chromium could be started: {str(error).splitlines()[0]}", required=required)
        yield chromium
        chromium.close()


def _without(why, *, required):
    (pytest.fail if required else pytest.skip)(f"the pages were not tried in a browser: {why}")


class Visit:
    """A page that is open in the browser, and what it did that a page must not do."""

    def __init__(self, context, url):
        self.tab = context.new_page()
        self.said, self.asked = [], []
        self.tab.on("console", lambda message: self.said.append(message.text))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.tab.on("dialog", lambda dialog: (self.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.url = url
        self.tab.goto(url)


@pytest.fixture
def visit(browser):
    """Open a file in the browser: its path, how wide the window is, and the reader's wishes."""
    contexts = []

    def go(path, width=1440, dark=False, scripts=True, anchor=""):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        context.set_default_timeout(120_000)
        contexts.append(context)
        return Visit(context, f"{path.as_uri()}{anchor}")

    yield go
    for context in contexts:
        context.close()
