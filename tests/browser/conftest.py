"""Opens pages in the browser, and notes what they must not do."""

import pytest


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
