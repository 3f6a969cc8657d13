"""How the site is built: `sphinx-build -W --keep-going -n docs site` (the extra `docs`).

The pages are plain Markdown and read well where they stand. What a site needs besides is made here: the navigation,
from the sections and links of README.md, and the page of changes, from CHANGELOG.md. Nothing is fetched.
"""

import re
import shutil
from pathlib import Path

from docutils import nodes
from pygments.lexers.special import TextLexer

DOCS = Path(__file__).parent
CHANGES = DOCS.parent / "CHANGELOG.md"

project = "dcsim"
author = "the authors of dcsim"
copyright = author  # noqa: A001 - Sphinx's name
root_doc = "README"
extensions = ["myst_parser"]
myst_heading_anchors = 4  # `page.md#a-heading`, as on GitHub
html_theme = "furo"
html_title = "dcsim"
html_copy_source = False
html_static_path, html_css_files = ["_static"], ["site.css"]
highlight_language = "none"
pygments_style, pygments_dark_style = "friendly", "monokai"


def navigation(text):
    """The contents of the site: for each section of README.md the pages that it links to, in its order."""
    for section in text.split("\n## ")[1:]:
        pages = dict.fromkeys(re.findall(r"\]\(([^)#:]+\.md)\)", section))
        caption = section.splitlines()[0]
        yield "\n".join(("```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```"))


def _read(app, page, source):
    """Complete what is not all that it says on GitHub: two pages, and the names of files."""
    source[0] = re.sub(r"^( *)```(\w+) (\S+)$", r"\1```{code-block} \2\n\1:caption: \3", source[0], flags=re.MULTILINE)
    if page == root_doc:
        source[0] += "\n\n" + "\n\n".join(navigation(source[0])) + "\n"
    if page == "changelog":
        app.env.note_dependency(str(CHANGES))
        source[0] = CHANGES.read_text(encoding="utf-8")


def _pictures(_app, document):
    """Give each picture the width of the text, with a link to the whole of it."""
    for picture in document.findall(nodes.image):
        picture["width"] = "100%"


def _index(app, error):
    """Give the first page the name that a web server looks for."""
    if not error and app.builder.format == "html":
        shutil.copy(app.outdir / f"{root_doc}.html", app.outdir / "index.html")


def setup(app):
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", _read)
    app.connect("doctree-read", _pictures)
    app.connect("build-finished", _index)
