"""The glossary holds the words: names are made of them, and no name means two things."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dcsim"
PAGE = ROOT / "docs" / "glossary.md"
SOURCES = sorted(PACKAGE.rglob("*.py"))

pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="needs the source tree")


def split(name):
    """The words of a name: ``RunbookMutant``, ``rule-cell`` and ``_mutants`` alike."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]


def stem(word):
    """A word without the ending of a plural, a verb or a participle, so that one entry stands for all its forms."""
    for ending in ("ing", "ies", "ed", "es", "s", "er", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending).removesuffix("i")
    return word


def known():
    """The stems of all words that the page explains or lists."""
    terms, plain = PAGE.read_text().split("## Plain words")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", terms, re.MULTILINE)
    # What a meaning puts in bold is a word as well.
    words = [
        word for term, meaning in rows for word in split(" ".join([term, *re.findall(r"\*\*([^*]+)\*\*", meaning)]))
    ]
    return {stem(word) for word in (*words, *split(plain))}


def classes(path):
    return re.findall(r"^class (\w+)", path.read_text(), re.MULTILINE)


NAMES = [
    *((path.stem, path) for path in SOURCES if not path.stem.startswith("__")),
    *((name, path) for path in SOURCES for name in classes(path) if not name.startswith("_")),
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_names_are_made_of_the_glossarys_words(path):
    """Each word in the name of a module or of a public class is explained in the glossary, or is a plain one there."""
    words = known()
    strange = {word for name, where in NAMES if where == path for word in split(name) if stem(word) not in words}
    assert not strange, f"{path}: give docs/glossary.md {sorted(strange)}, or use a word that it has"


def test_no_class_name_stands_for_two_things():
    """A public class name occurs once in the package."""
    counts = Counter(name for path in SOURCES for name in classes(path) if not name.startswith("_"))
    assert [name for name, times in counts.items() if times > 1] == []


def test_what_the_glossary_says_is_in_the_code_is_there():
    """Each name in the last column of a table is a name of the package, or an option of the command line."""
    text = "\n".join(path.read_text() for path in SOURCES)
    rows = re.findall(r"^\| [^|]+ \| [^|]+ \| ([^|]+) \|$", PAGE.read_text(), re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert len(names) > 80
    missing = [name for name in names if not re.search(rf"(?<!\w){re.escape(name.split('.')[-1])}(?!\w)", text)]
    assert missing == []


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        (r"operator'?s? (?:error|mistake|fault)s?", "slip"),
        (r"account types?", "kind of account"),
        (r"data cent(?:re|er) sites?", "site"),
        (r"snapshots?(?!-standby| standby)", "restore point"),
    ],
)
def test_one_word_for_one_thing(words, instead):
    """What the glossary has a word for is called by no other in docstrings, messages and comments."""
    found = [str(path) for path in SOURCES if re.search(rf"\b{words}\b", path.read_text(), re.IGNORECASE)]
    assert found == [], f"the glossary says: {instead}"
