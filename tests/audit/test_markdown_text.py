"""Markdown escapes: a reader that is not dcsim's finds the text again, and no markup."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dcsim.report.markdown_text import code, escaped, strong
from dcsim.report.pages.audit import PackList, PackPage, PackRow, PackSection, PackTable, PackText, Phrase
from dcsim.report.text import one_line

TEXT = st.text(st.characters(codec="utf-8"), max_size=40) | st.text("`*_[]()|#<>&\\-+=1. \n~$!a", max_size=20)
READER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def shown(tokens):
    """The text that a reader of the Markdown sees."""
    return "".join(token.content for token in tokens if token.type in ("text", "code_inline", "softbreak"))


@given(TEXT)
@example("- not a list")
@example("1. nor this")
@example("a | b <b> [x](y) `c`")
def test_a_text_comes_back_from_a_table_as_it_was(text):
    """In a table, in a list and alone: the same words, and nothing but text."""
    wanted = one_line(text)
    for before, after in (("", ""), ("- ", ""), ("| a | b |\n| --- | --- |\n| x | ", " |")):
        blocks = READER.parse(f"{before}{escaped(text)}{after}\n")
        inline = [block for block in blocks if block.type == "inline"][-1] if wanted else None
        if inline:
            assert {child.type for child in inline.children} <= {"text", "text_special"}, blocks
            assert shown(inline.children).replace("\xa0", " ").strip() == wanted.replace("\xa0", " ").strip()
        assert not [
            block for block in blocks if block.type in ("heading_open", "html_block", "fence", "hr", "code_block")
        ]


@given(st.sampled_from(["", "x", ", ", "5"]), TEXT, st.sampled_from(["", "y", " ", "."]))
@example("seats", ", tried by no scenario", "")
@example("", "! ", "Stopped")
def test_strong_text_is_strong_wherever_it_stands(before, text, after):
    """No star of it is shown, whatever is beside it; and the words are the same."""
    [*_, inline, _] = READER.parse(f"| a |\n|---|\n| b{before}{strong(text)}{after}c |\n")[:-3]
    assert shown(inline.children).count("*") == one_line(text).count("*")
    assert [child.type for child in inline.children].count("strong_open") == any(map(str.isalnum, text))


@given(TEXT)
def test_code_comes_back_as_it_was(text):
    """Whatever quotes are in it; also in a table."""
    wanted = one_line(text)
    blocks = READER.parse(f"| a |\n| --- |\n| {code(text)} |\n")
    if wanted:
        inline = [block for block in blocks if block.type == "inline"][-1]
        assert [child.content.strip() for child in inline.children if child.type == "code_inline"] == [wanted.strip()]


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_both_forms_of_a_document_show_the_same_rows(form):
    """Each row of a table is one row of either form, whatever its cells hold."""
    cells = ("a|b", "<b>`x`</b>", ("c ", Phrase("d|`e", code=True), Phrase("*f*", "bad", "x y.html")))
    page = PackPage(
        title="# t",
        word="✓",
        tone="good",
        sentence="s",
        sections=(
            PackSection(
                anchor="one",
                name="One",
                lead="l",
                blocks=[PackText("p"), PackList(["- q"]), PackTable(("h|", "i", "j"), [PackRow(cells)], title="t")],
            ),
        ),
    )
    if form == "html":
        assert page.html.count("<tr") == 2
        assert "<b>" not in page.html
        return
    types = [token.type for token in READER.parse(page.markdown)]
    assert (types.count("tr_open"), types.count("th_open"), types.count("td_open")) == (2, 3, 3)
