"""Characters that are taken for others, tabs, and encodings are named, with their place and the mend."""

import re
import time
import unicodedata
from pathlib import Path

import pytest

from dcsim.files.disk import decoded, discover, encoding_of
from dcsim.files.findings import InputError
from dcsim.files.load import load_rulebook, load_runbook, load_scenario
from dcsim.files.odd_characters import meant, named, odd
from dcsim.files.resolver import KINDS, builtin_names
from dcsim.files.yaml_nodes import parse

ROOT = Path(__file__).parents[2]

# what the sample says, what it says instead, and the finding that names it
NAMED = [
    ("title: A password", "title： A password", "3:6 a fullwidth colon (U+FF1A) stands here; write ':'"),
    ("U001, kind: user", "U001， kind: user", "10:14 a fullwidth comma (U+FF0C) stands here; write ','"),
    ("{id: U001, kind: user", "{id：U001, kind: user", "10:8 a fullwidth colon (U+FF1A)"),
    ("{id: U001, kind: user", "｛id: U001, kind: user", "10:5 a fullwidth left curly bracket (U+FF5B)"),
    ("shows: [1, 2]", "shows: ［1, 2］", "6:8 a fullwidth left square bracket (U+FF3B)"),
    ("  - {id: U001", "  – {id: U001", "10:3 an en dash (U+2013) stands here; write '-'"),
    ("  - {id: U001", "  － {id: U001", "10:3 a fullwidth hyphen-minus (U+FF0D) stands here; write '-'"),
    ("  - {id: U001", "  • {id: U001", "10:3 a bullet (U+2022) stands here; write '-'"),
    ("  - {id: U001", "\u00a0\u00a0- {id: U001", "10:1 a no-break space (U+00A0) stands here; write a plain space"),
    ("label: shortest", "label:\u3000shortest", "7:7 an ideographic space (U+3000)"),
    ("kind: da", "kind: “da”", 'holds a left double quotation mark (U+201C); write a plain quote, " or'),
    ("do: logout", "do: ‘logout’", "24:43 a left single quotation mark (U+2018)"),
    ("label: shortest", "label: 'shortest’", "7:17 a right single quotation mark (U+2019)"),
    ("kind: da", "kind: da\u200b", "13:22 warning: 'da\u200b' holds a zero width space (U+200B); delete it"),
    ("kind: da", "kind: d\u202ea", "holds a right-to-left override (U+202E); delete it"),
    ("label: shortest", "\ufefflabel: shortest", "7:1 a byte order mark (U+FEFF) stands here; delete it"),
    ("ti", "\u200bti", "3:1 a zero width space (U+200B) stands here; delete it"),
    ("nth: 1", "nth: −1", "26:38 a minus sign (U+2212) stands here; write '-'"),
    ("  - {id: U001", "\t- {id: U001", "10:1 a tab in the indentation; indent with spaces"),
    ("    X*:", "  \t X*:", "33:3 a tab in the indentation; indent with spaces"),
]


@pytest.mark.parametrize(("old", "new", "finding"), NAMED)
def test_a_character_that_does_harm_is_named(weekend, old, new, finding):
    """With its place, and with what to write."""
    found = weekend.change("scenario", old, new).findings()
    assert any(finding in line for line in found), "\n".join(found)


@pytest.mark.parametrize(
    ("old", "new"), [("label: shortest", "label:shortest"), ("U001, kind: user", "U001, kind:user")]
)
def test_a_colon_needs_a_space(weekend, old, new):
    """YAML takes one without a space for a part of the word: the finding says what is missing."""
    found = weekend.change("scenario", old, new).findings()
    assert any("put a space after the colon" in line for line in found), "\n".join(found)


def test_all_of_them_are_named_at_once(weekend):
    """Two wrong characters in two lines are two findings."""
    weekend.change("scenario", "title: A", "title： A").change("scenario", "label: ", "label： ")
    assert [line.split()[1] for line in weekend.findings() if "DC177" in line] == [
        "scenario.yaml:3:6",
        "scenario.yaml:7:6",
    ]


PROSE = "“Smart” – ‘quotes’, 全角：逗，号 and no-break\u00a0spaces"


@pytest.mark.parametrize("text", [PROSE, f"'{PROSE}'", f'"{PROSE}"', f">-\n  {PROSE}\n  {PROSE}"])
def test_prose_may_hold_them(weekend, text):
    """Titles and quotations are nobody's slip, beside a fault elsewhere neither."""
    weekend.change("scenario", "title: A password changed in Session 2 is gone on Monday", f"title: {text}")
    assert weekend.load().scenario.title.startswith("“Smart”")
    weekend.change("scenario", "do: logout", "do: logoff")
    assert [line.split()[0] for line in weekend.findings()] == ["DC104"]
    weekend.change("scenario", "shows: [1, 2]", "shows: [1, 2")
    assert [line.split()[0] for line in weekend.findings()] == ["DC103"]


ODD_NAMES = [
    ("password: P1, channel: email", "password: “P1”, channel: email", "16:68 warning: '“P1”' holds a left double"),
    ("to: P2", "to: P2\u200b", "holds a zero width space (U+200B); delete it"),
    ("channel: email", "channel: e\u00a0mail", "holds a no-break space (U+00A0); write a plain space"),
]


@pytest.mark.parametrize(("old", "new", "warning"), ODD_NAMES)
def test_a_name_with_a_hidden_character_is_a_warning(weekend, old, new, warning):
    """It loads, and it is told: such a label is hardly ever meant."""
    found = weekend.change("scenario", old, new).findings()
    assert any("DC179" in line and warning in line for line in found), "\n".join(found)


def test_no_file_of_this_repository_has_a_false_alarm():
    """Not one character finding in the built-in files and in all scenarios, though their prose has such characters."""
    loaders = {"rulebook": load_rulebook, "runbook": load_runbook}
    loaded = [loaders[kind](name) for kind in KINDS for name in builtin_names(kind)]
    assert any(map(odd, "".join(each.text for each in loaded)))
    if (ROOT / "scenarios").exists():
        loaded += [load_scenario(path) for path in discover([ROOT / "scenarios"])]
    assert not [str(w) for each in loaded for w in each.warnings if w.code in ("DC177", "DC178", "DC179")]


TEXT = "scenario: é\ntitle: t\n"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-16", "UTF-16, by its byte order mark"),
        ("utf-32", "UTF-32, by its byte order mark"),
        ("utf-16-le", "UTF-16 without a byte order mark"),
        ("utf-16-be", "UTF-16 without a byte order mark"),
        ("utf-32-le", "UTF-32 without a byte order mark"),
        ("utf-32-be", "UTF-32 without a byte order mark"),
    ],
)
def test_an_encoding_is_named(tmp_path, encoding, name):
    """UTF-16 and UTF-32, with and without a mark."""
    path = tmp_path / "x.yaml"
    path.write_bytes(TEXT.encode(encoding))
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    [finding] = caught.value.findings
    assert str(finding) == f"DC102 {path}:1:1 not UTF-8 text, but {name}; save the file as UTF-8"


def test_latin_1_is_named():
    """With the letter that the byte stands for there."""
    with pytest.raises(InputError) as caught:
        decoded(TEXT.encode("latin-1"), "x")
    [finding] = caught.value.findings
    assert str(finding).startswith(
        "DC102 x:1:11 not UTF-8 text: byte 0xe9, which is 'é' in Latin-1 (Windows-1252); save"
    )


@pytest.mark.parametrize("text", ["", "a", "a: b\n", "é" * 50, "\ufeffa: b", "标题: 值\n" * 20, "a\0b", "\U0001f600"])
def test_utf_8_is_utf_8(text):
    """No text in UTF-8 is taken for another encoding."""
    assert encoding_of(text.encode()) == ""


def test_windows_line_ends_are_lines(weekend):
    """A file with CRLF has the same findings, at the same places."""
    weekend.change("scenario", "do: logout", "do: logoff")
    before, path = weekend.findings(), weekend.folder / "scenario.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert weekend.findings() == before
    assert before


def test_every_odd_character_has_a_mend():
    """And the mend is plain: ASCII, or to delete it."""
    for character in map(chr, range(0x80, 0x10000)):
        if odd(character):
            assert meant(character).isascii(), unicodedata.name(character)
            assert re.fullmatch(r"an? .+ \(U\+[0-9A-F]{4}\)", named(character))


LONG = [
    "：" * 200_000,
    "- " * 200_000,
    "a: " * 100_000,
    "｛" * 100_000,
    "“a” " * 100_000,
    "- " * 5000 + ": >-\n",
    "' " * 99_999,
]


@pytest.mark.parametrize("line", LONG, ids=lambda line: line[:3])
def test_a_long_line_takes_no_long_time(line):
    """Whatever is repeated in it."""
    started = time.process_time()
    assert parse(f"a: b\n{line}\n\t x: y\n").findings
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("account", "says"),
    [
        ("U\uff10\uff10\uff11", "did you mean 'U001'?; a fullwidth digit zero (U+FF10) stands in it"),
        ("\uff35001", "did you mean 'U001'?; a fullwidth latin capital letter u (U+FF35) stands in it"),
        ("X\uff11\uff17", "did you mean 'X17'?; a fullwidth digit one (U+FF11) stands in it"),
    ],
)
def test_letters_of_twice_the_width_in_a_name_are_named(weekend, account, says):
    """They look like those of the account that was meant, of a population too."""
    weekend.change("scenario", "account: U001", f"account: {account}")
    assert any(says in line for line in weekend.findings()), weekend.findings()


def test_a_word_in_letters_of_twice_the_width_is_named(weekend):
    """The word that was meant is proposed, and the first letters are named."""
    weekend.change("scenario", "do: initiate-2fa", "do: initiate-\uff12fa")
    found = weekend.findings()
    assert any("did you mean 'initiate-2fa'?" in line for line in found)
    assert any("a fullwidth digit two (U+FF12) stands here; write '2'" in line for line in found)
