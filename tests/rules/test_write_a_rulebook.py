"""The page that goes from a circular's words to a file keeps step with the file."""

import re
from pathlib import Path

from dcsim.files.load import load_rulebook

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "how-to" / "write-a-rulebook.md"
BOOK = ROOT / "scenarios" / "rulebooks" / "harbour-rehearsal-2025.yaml"


def page():
    return PAGE.read_text(encoding="utf-8")


def test_the_blocks_of_the_page_are_the_whole_file():
    """The page's YAML, block after block, is the file line by line, but for the file's own heading."""
    blocks = [b for b in re.findall(r"(?:^    .*\n)+", page(), re.MULTILINE) if not b.startswith("    $ ")]
    written = re.sub(r"^    ", "", "".join(blocks), flags=re.MULTILINE)
    heading, _, rest = BOOK.read_text(encoding="utf-8").partition("\n")
    assert heading.startswith("# ")
    assert PAGE.name in heading
    assert written == rest


def test_every_quote_is_in_the_circular_as_it_is_printed():
    """What the rulebook quotes are the circular's own words, at the place that it gives."""
    circular = "\n".join(line for line in page().splitlines() if line.startswith(">"))
    sentences = dict(re.findall(r"^> - (\(\d\)) (.*)$", circular, re.MULTILINE))
    book = load_rulebook(BOOK).value
    founded = [*book.sessions, *book.rules, *book.policies.values()]
    quotes = [each.citation for each in founded if each.citation]
    assert len(quotes) == 8
    assert [str(quote) for quote in quotes if quote.quote not in sentences[quote.place]] == []
    assert [dated.printed for dated in book.source.dates if dated.printed not in circular] == []


def test_every_sentence_is_in_the_file():
    """Each numbered sentence is cited by a session, a rule, a policy or a statement; (3) is the sessions' `logon`."""
    book = load_rulebook(BOOK).value
    cited = {each.citation.place for each in (*book.sessions, *book.rules, *book.policies.values()) if each.citation}
    stated = {statement.place for statement in book.source.statements}
    assert cited | stated >= {f"({number})" for number in (1, 2, 4, 5, 6, 7, 8)}
    assert all(session.logon == ("smartcard",) for session in book.sessions)


def test_what_is_assumed_is_asked():
    """Each assumption has its open question, and the file loads with nothing to say of it."""
    loaded = load_rulebook(BOOK)
    assert loaded.warnings == ()
    stand_ins = " ".join(question.stands_in for question in loaded.value.open_questions)
    for assumed in ("timezone", "session monday", "change-set afternoon-changes", "baseline of s5", "changes-in-gaps"):
        assert assumed in stand_ins
