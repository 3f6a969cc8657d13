"""The pages hold together: every page is found, is of one kind, and shows pictures that exist."""

import ast
import re
import tomllib

import pytest
from page_parts import DOCS, PAGES, ROOT, blocks, links, name, pictures, words

KINDS = {"tutorial", "how-to", "reference", "explanation"}
WITHOUT_FOLDER = {"README.md", "glossary.md", "changelog.md", "contributing.md"}
"""The first page, and those about the project, which its last section lists."""
INDEX = DOCS / "README.md"

each_page = pytest.mark.parametrize("page", PAGES, ids=name)


@each_page
def test_links_lead_somewhere(page):
    """Each link of a page to a file leads to one that exists. (The site's build also checks anchors.)"""
    assert [str(target) for target in links(page) if not target.exists()] == []


def test_no_page_is_an_orphan():
    """The first page links to every other page of docs/, and the site's navigation is made of those links."""
    linked = {target.resolve() for target in links(INDEX)}
    assert [name(page) for page in PAGES if page.parent != ROOT and page != INDEX and page not in linked] == []


def test_every_page_is_of_one_kind():
    """A page stands in the folder of its kind; a few about the project itself stand above."""
    kinds = {page: page.relative_to(DOCS).parent.as_posix() for page in PAGES if page.parent != ROOT}
    assert {kind for kind in kinds.values() if kind != "."} == KINDS
    assert {page.name for page, kind in kinds.items() if kind == "."} == WITHOUT_FOLDER


def test_the_sections_of_the_first_page_are_the_kinds():
    """A section lists pages of its own kind only, and each page once."""
    sections = re.split(r"^## ", INDEX.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    listed = {text.splitlines()[0].lower(): re.findall(r"\]\(([^)#:]+)\)", text) for text in sections}
    assert set(listed) == KINDS | {"this project"}
    for kind in KINDS:
        assert {target.split("/")[0] for target in listed[kind]} == {kind}
    everything = [target for targets in listed.values() for target in targets]
    assert len(everything) == len(set(everything))


@each_page
def test_a_page_has_one_title(page):
    """The first heading is the title, and the only one of its level: the navigation shows it."""
    outside = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert len(re.findall(r"^# ", outside, re.MULTILINE)) == 1


@each_page
def test_a_file_is_called_by_its_name(page):
    """The text names each file that stands on the page, because readers do not see the name after the fence."""
    assert {block.file for block in blocks(page)} - {"", *words(page)} == set()


def test_every_picture_exists_and_is_used():
    """A page shows pictures that exist, and each picture of the folder is on some page."""
    shown = {picture.resolve() for page in PAGES for picture in pictures(page)}
    assert shown == set((DOCS / "pictures").glob("*.png"))


def test_every_picture_is_taken_by_the_command():
    """`python docs/pictures.py` takes all pictures of the folder and no other."""
    taken = re.findall(r'Picture\("([\w-]+)"', (DOCS / "pictures.py").read_text(encoding="utf-8"))
    assert sorted(taken) == sorted(path.stem for path in (DOCS / "pictures").iterdir())


def test_pictures_are_small_and_described():
    """A picture has fewer than 200,000 bytes, and a text for those who cannot see it."""
    assert {path.name for path in (DOCS / "pictures").glob("*.png") if path.stat().st_size >= 200_000} == set()
    assert [name(page) for page in PAGES if "![](" in page.read_text(encoding="utf-8")] == []


def test_every_dependency_has_its_reason():
    """Each library that `pyproject.toml` names, the extras' too, is on the page of the dependencies."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = {wish.partition(">=")[0] for wishes in (project["dependencies"], *extras) for wish in wishes}
    told = (DOCS / "explanation" / "dependencies.md").read_text(encoding="utf-8")
    assert {wish for wish in wanted if not re.search(rf"^\|[^|]*\b{re.escape(wish)}\b", told, re.MULTILINE)} == set()


def test_the_site_fetches_nothing():
    """What builds the site names no address that a browser would load: no web fonts, no scripts of others."""
    tree = ast.parse((DOCS / "conf.py").read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert [text for text in texts if "//" in text] == []
