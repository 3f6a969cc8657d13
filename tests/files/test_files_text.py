"""YAML text to values and positions."""

import time

import pytest
import yaml

from dcsim.files import yaml_nodes
from dcsim.files.forms import ScenarioForm
from dcsim.files.salvage import read
from dcsim.files.yaml_nodes import parse, top_level_keys
from dcsim.files.yaml_scalars import resolve, spelled

SCALARS = """
    18:05       '18:05'
    no          'no'
    on          'on'
    2023-06-10  '2023-06-10'
    1_000       '1_000'
    true        True
    FALSE       False
    ~           None
    null        None
    Null        None
    12          12
    -3          -3
    0o17        15
    0x1F        31
    017         17
    1e3         1000.0
    .5          0.5
    +.inf       inf
    =           '='
    <<          '<<'
"""


@pytest.mark.parametrize("row", SCALARS.strip().splitlines())
def test_plain_scalars_are_read_by_the_core_schema_of_yaml_1_2(row):
    """Times, dates and words stay text; only numbers, true, false and null are more."""
    text, expected = row.split()
    value = parse(f"a: {text}").value["a"]
    assert value == eval(expected, {"inf": float("inf")})
    assert type(value) is type(eval(expected, {"inf": float("inf")}))


def test_quoted_scalars_stay_text():
    """Quotes, block scalars and !!str keep a number from being one."""
    assert parse("a: '5'\nb: \"no\"\nc: !!str 5\nd: |\n  5\n").value == {"a": "5", "b": "no", "c": "5", "d": "5\n"}


@pytest.mark.parametrize(
    "value", ["", " ", "a b", "no", "5", "0o7", "1e3", "~", "a: b", "a #b", "- x", "é", "\n", "\x85", "\u2028x"]
)
def test_written_scalars_read_back(value):
    """Whatever text is written, the same text is read, inside brackets too."""
    assert parse(f"{{a: [{spelled(value)}], b: {spelled(value)}}}").value == {"a": [value], "b": value}


@pytest.mark.parametrize("value", [None, True, False, 0, -5, 10**20])
def test_written_values_read_back(value):
    """Numbers, flags and nothing read back as themselves."""
    assert resolve(spelled(value)) is value or resolve(spelled(value)) == value


def test_every_value_and_key_has_its_line_and_column():
    """Positions count from 1, in characters, through lists, mappings and aliases."""
    document = parse("é: [x, {y: &a z}]\nb: *a\n")
    assert document.where(()) == (1, 1)
    assert document.where(("é", 0)) == (1, 5)
    assert document.where(("é", 1, "y")) == (1, 12)
    assert document.where(("é", 1, "y"), at_key=True) == (1, 9)
    assert document.where(("b",)) == (1, 12), "an alias stands where its anchor does"
    assert document.where(("b",), at_key=True) == (2, 1)


def test_what_is_not_there_stands_where_it_would_be_held():
    """A missing key is reported at its mapping."""
    assert parse("a:\n  b: c\n").where(("a", "x", 3, "y")) == (2, 3)


def test_a_byte_order_mark_is_no_fault():
    """Editors on some systems write one."""
    assert parse("\ufeffa: 1").value == {"a": 1}


def test_every_duplicate_key_is_found():
    """All of them at once, each with the line of the first."""
    findings = parse("a: 1\nb: {c: 1, c: 2}\na: 2\n").findings
    assert [(f.code, f.line, f.col) for f in findings] == [("DC105", 2, 11), ("DC105", 3, 1)]


@pytest.mark.parametrize(
    "text", ["[" * 5_000_000, "[" * 100_000 + "]" * 100_000, "- " * 100_000, "a: " + "{a: " * 9999]
)
def test_deep_nesting_is_refused_not_fatal(text):
    """The C composer would end the process on some of these."""
    assert [f.code for f in parse(text).findings] in (["DC111"], ["DC103"])


def test_a_chain_of_aliases_is_counted_without_being_written_out():
    """Each level doubles: a hundred of them would never end."""
    text = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 90))
    assert [f.code for f in parse(text).findings] == ["DC112"]


def test_too_many_values_are_too_many_without_any_alias(monkeypatch):
    """The limit holds for what is written out in full."""
    monkeypatch.setattr(yaml_nodes, "MOST_VALUES", 10)
    assert [f.code for f in parse("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]").findings] == ["DC111"]
    assert parse("[1, 2, 3, 4, 5, 6, 7, 8, 9]").findings == ()


@pytest.mark.slow
def test_a_huge_file_of_small_values_is_refused_while_it_is_read():
    """Thirty-one megabytes of small lists took half a minute; the limit is met long before their end."""
    text = "z: &z [1]\nl:\n" + " - [*z]\n" * 3_875_000
    started = time.process_time()
    assert [f.code for f in parse(text).findings] == ["DC111"]
    assert time.process_time() - started < 12


def test_a_control_character_is_found_where_it_stands():
    """It is not YAML, wherever it hides."""
    [finding] = parse("a: b\nc: d\x01").findings
    assert (finding.code, finding.line, finding.col) == ("DC103", 2, 5)


def test_half_a_character_is_a_finding():
    """Text out of a trace may hold what no file can."""
    assert [f.code for f in parse("a: \ud800").findings] == ["DC103"]


def test_the_slow_loader_reads_the_same(monkeypatch):
    """Where PyYAML was built without C, values, positions and findings are the same."""
    text = "a: [18:05, '5', &x {b: no}]\nc: *x\n"
    fast = parse(text)
    slow = type(
        "Slow", (yaml.SafeLoader,), {k: v for k, v in vars(yaml_nodes._Loader).items() if not k.startswith("__")}
    )
    monkeypatch.setattr(yaml_nodes, "_Loader", slow)
    assert parse(text).value == fast.value
    assert parse(text).where(("a", 2, "b")) == fast.where(("a", 2, "b"))
    assert [f.code for f in parse("[" * 2000).findings] == ["DC111"]


def test_top_level_keys_are_those_of_the_outermost_mapping():
    """Not those of what it holds, whatever stands between."""
    text = "a: {b: 1}\n? [x]\n: 3\nd: &q [1, {a: 2}]\ne: *q\nscenario: 2"
    assert list(top_level_keys(text)) == ["a", "d", "e", "scenario"]
    assert list(top_level_keys("[a: 1]")) == []
    assert next(top_level_keys("scenario: x\nrest: [")) == "scenario", "no further than asked"


HINTS = [
    ("title: My test: a change\nb: c\n", "put quotes around a text that has a colon in it"),
    ("a: b\ntitle:x\nc: d\n", "put a space after the colon"),
    ("a: [1, 2\nb: c\n", "is the bracket closed that opens on line 1?"),
    ("a:\n- {b: c, d: e\n- {b: c}\n", "is the bracket closed that opens on line 2?"),
    ("a:\n- {b: c}}\n- {b: d}\n", "a '}' is there too often"),
    ("a:\n- [b]]\n", "a ']' is there too often"),
    ("a:\n  b: 'x\n", ""),
]


@pytest.mark.parametrize(("text", "hint"), HINTS)
def test_the_likely_mend_of_what_is_not_yaml_is_told(text, hint):
    """PyYAML's own words are riddles to who writes a first file."""
    assert [(f.code, f.hint) for f in parse(text).findings] == [("DC103", hint)]


BARE = ["*", "@t", "`t`", "%t", "*U", "& b", "|x", "U: *", "{b: *, c: 1}", "[*]"]


@pytest.mark.parametrize("value", BARE)
def test_a_sign_of_yaml_at_the_beginning_of_a_text_has_the_hint_to_quote_it(value):
    """Which sign it is, wherever PyYAML gives up."""
    sign = next(letter for letter in value if letter in "*@`%&|")
    text = f"a: {value}\n" if ":" not in value or "{" in value else f"{value}\n"
    (found,) = parse(text).findings
    assert found.hint == f"put quotes around a text that begins with '{sign}'"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("010", "the number '010'"),
        ("0x1F", "the number '0x1F'"),
        ("1.50", "the number '1.50'"),
        ("True", "flag 'True'"),
    ],
)
def test_a_value_is_quoted_as_it_is_written(written, found):
    """And not as YAML resolves it."""
    (flaw,) = read(f"scenario: {written}\ntitle: t\nrulebook: r\nrunbook: r\n", ScenarioForm).findings
    assert found in flaw.message
