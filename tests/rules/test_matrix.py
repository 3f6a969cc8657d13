"""The fate matrix: every cell once, as the rules have it, and shown without loss in every format."""

import json
import re
from collections import Counter
from html.parser import HTMLParser

import attrs
import pytest

from dcsim.domain.rulebook import Citation, OpenQuestion, Rule
from dcsim.files.load import load_rulebook
from dcsim.report.fate_matrix import matrix_of
from dcsim.report.matrix_json import as_json
from dcsim.report.matrix_markdown import as_markdown
from dcsim.report.matrix_text import columns_of, folded, lines
from dcsim.report.pages.matrix_page import as_html
from dcsim.rules.decision_space import impossibilities, matrix

WRITERS = {"json": as_json, "html": as_html, "markdown": as_markdown, "text": lambda view: "\n".join(lines(view))}


@pytest.fixture
def book():
    return load_rulebook("seoch-2fa-2023").value


def rule(name="r1", **changes):
    """A rule on which the built-in rulebook is silent: e-mail that a user registers in Session 1."""
    given = {"changes": ("register-email",), "made_in": ("session-1",), "at": ("monday",), "fate": "carry"}
    return Rule(**({"id": name, "accounts": ("user",), "assumption": "because"} | given | changes))


def having(book, *rules, **changes):
    return attrs.evolve(book, rules=(*book.rules, *rules), **changes)


def parsed(book):
    return json.loads(as_json(matrix_of(book)))


def fates(book):
    return {key(cell): cell["fate"] for cell in parsed(book)["cells"]}


def key(cell):
    return cell["account"], cell["change"], cell["origin"], cell["target"]


def text_of(book, width=118, **options):
    return list(lines(matrix_of(book, **options), width=width))


def test_every_cell_of_the_space_is_in_the_json_once(book):
    """Possible or not, decided or not: as many objects as there are cells, and the same ones."""
    told = Counter(key(cell) for cell in parsed(book)["cells"])
    assert set(told) == {tuple(cell) for cell in matrix(book)}
    assert set(told.values()) == {1}


def test_the_cells_of_footnote_1_are_carried_with_its_citation(book):
    """Initiation in Session 1, at Session 2 and on Monday: carried, with place and quote; and nothing else is fn1's."""
    cells = [cell for cell in parsed(book)["cells"] if [r["id"] for r in cell["rules"]] == ["fn1"]]
    assert [key(cell) for cell in cells] == [
        ("user", "initiate-2fa", "session-1", "session-2"),
        ("user", "initiate-2fa", "session-1", "monday"),
    ]
    for cell in cells:
        assert cell["fate"] == "carried"
        assert cell["rules"][0]["citation"]["place"] == "footnote 1"
        assert cell["rules"][0]["citation"]["quote"].startswith("Initiation of 2FA")
        assert cell["rules"][0]["assumption"] is None


@pytest.mark.parametrize("name", ["fn1", "fn2", "fn3", "fn4"])
def test_without_a_rule_exactly_its_cells_are_open(book, name):
    """Nothing is transitive, so nothing else may change."""
    without = attrs.evolve(book, rules=tuple(r for r in book.rules if r.id != name))
    before, after = fates(book), fates(without)
    changed = {cell for cell in before if before[cell] != after[cell]}
    assert changed == {tuple(cell) for cell, ruling in matrix(book).items() if [r.id for r in ruling.rules] == [name]}
    assert {after[cell] for cell in changed} == {"open"}


def test_the_counts_are_those_of_the_cells(book):
    """Each cell is counted once: as what cannot happen, or by its fate."""
    told = parsed(book)
    counted = Counter(cell["fate"] if cell["possible"] else "impossible" for cell in told["cells"])
    assert told["counts"] == {kind: counted[kind] for kind in told["counts"]}
    assert sum(told["counts"].values()) == len(told["cells"])


def test_what_cannot_happen_is_no_question(book):
    """It has a reason, it is counted apart, and no screen calls it open or decided."""
    for cell in parsed(book)["cells"]:
        assert cell["possible"] is (key(cell)[:3] not in impossibilities(book))
        assert cell["possible"] or cell["why"] == impossibilities(book)[key(cell)[:3]]
    view = matrix_of(book, everything=True)
    for row in view.rows(view.targets):
        for change in row.changes:
            for account in row.accounts:
                cannot = (account, change, row.origin) in impossibilities(book)
                assert {cell.kind == "impossible" for cell in row.cells if cell} == {cannot}


def test_a_rule_on_what_cannot_happen_is_told_as_such(book):
    """It decides nothing, but is not passed over in silence; the JSON keeps what it says."""
    odd = having(book, rule(accounts=("da",), changes=("suspend-user",)))
    assert "[r1] assumed: because; no cell that can happen rests on it" in "\n".join(text_of(odd))
    (cell,) = (cell for cell in parsed(odd)["cells"] if [r["id"] for r in cell["rules"]] == ["r1"])
    assert (cell["fate"], cell["possible"], cell["why"]) == ("carried", False, "nobody administers da")


@pytest.mark.parametrize("everything", [False, True])
def test_rows_hold_each_cell_once_and_as_it_is(book, everything):
    """Grouping loses nothing, repeats nothing and joins only what fares the same by the same rules."""
    view = matrix_of(book, everything=everything)
    seen = Counter()
    for row in view.rows(view.targets):
        for change in row.changes:
            for account in row.accounts:
                for target, shown in zip(view.targets, row.cells, strict=True):
                    assert view.cells.get((account, change, row.origin, target)) == shown
                    seen.update([(account, change, row.origin, target)] if shown else [])
    wanted = {cell for cell, shown in view.cells.items() if everything or shown.kind != "impossible"}
    assert set(seen) == wanted
    assert set(seen.values()) == {1}


def test_a_resets_constant_is_shown(book):
    """In words on every screen, and typed in the JSON."""
    for value, word in (("R0", "'R0'"), (0, "0"), (False, "no"), (None, "none")):
        reset = having(book, rule(fate="reset", to=value))
        for name, write in WRITERS.items():
            says = f"reset to {word}".replace("'", "&#39;" if name == "html" else "'")
            assert says in write(matrix_of(reset)) or name == "json", name
        (cell,) = (cell for cell in parsed(reset)["cells"] if cell["fate"] == "reset")
        assert cell["to"] is value or cell["to"] == value


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ({}, {"fate": "discard"}, "carried or discarded"),
        ({"fate": "discard"}, {"fate": "discard", "baseline": "baseline"}, "discarded or discarded back to baseline"),
        ({"fate": "reset", "to": 1}, {"fate": "reset", "to": True}, "reset to 1 or reset to yes"),
    ],
)
def test_a_contradiction_is_shown_as_one(book, one, other, says):
    """With both outcomes and both rules, and counted apart; 1 and yes are two outcomes."""
    torn = having(book, rule(**one), rule("r2", **other))
    told = parsed(torn)
    (cell,) = (cell for cell in told["cells"] if cell["fate"] == "contradiction")
    assert [r["id"] for r in cell["rules"]] == ["r1", "r2"]
    assert told["counts"]["contradiction"] == 1
    for name, write in WRITERS.items():
        text = " ".join(write(matrix_of(torn)).split())
        assert f"CONTRADICTION: {says}" in text or name in ("json", "text"), name
    table = "\n".join(text_of(torn))
    assert "contradictory 1" in table
    assert "CONTRADICTION:" in table
    assert "contradict" not in "\n".join(text_of(book)).lower()


def test_two_rules_that_agree_are_both_cited(book):
    """A cell may have more than one place in the source."""
    (cell,) = (cell for cell in parsed(having(book, rule(), rule("r2")))["cells"] if len(cell["rules"]) > 1)
    assert (cell["fate"], [r["id"] for r in cell["rules"]]) == ("carried", ["r1", "r2"])


def test_open_questions_are_listed_with_all_only(book):
    """By id and question; without, how many there are."""
    asked = [question.id for question in book.open_questions]
    full = text_of(book, everything=True)
    listed = full[full.index("open questions") + 1 :]
    assert [line.split()[0] for line in listed if line.startswith("  Q")] == asked
    short = text_of(book)
    assert "open questions" not in short
    assert "27 open questions" in " ".join(" ".join(short).split())
    one = attrs.evolve(book, open_questions=(OpenQuestion(id="Q1", asks="Who?"),))
    assert "1 open question of" in " ".join(" ".join(text_of(one)).split())


def test_what_was_read_into_such_as_is_said_beside_the_citation(book):
    """The source names a password change; the rest is the reading of the rulebook's author."""
    told = " ".join("\n".join(text_of(book)).split())
    assert "read into the source's “such as”: initiate-2fa, repeat-2fa-set-up, partial-2fa-set-up and" in told


# -- the terminal --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 100, 118])
@pytest.mark.parametrize("everything", [False, True])
def test_no_line_is_wider_than_the_terminal(book, width, everything):
    """However narrow the terminal, and however long or wide the words."""
    long = "w" * 150
    wide = "第一節所作之更改" * 20
    odd = having(
        book, rule(long), rule(wide, changes=("failed-logon",), citation=Citation(place=wide), assumption=None),
        accounts={**book.accounts, "用户" * 30: book.accounts["user"]}, title=wide,
    )  # fmt: skip
    for each in (book, odd):
        told = text_of(each, width, everything=everything)
        assert max(map(columns_of, told)) <= width
        assert "carried" in "".join(told)


def test_columns_stand_below_each_other(book):
    """Each cell of a target begins where the target's head does."""
    told = text_of(book, 80)
    head = next(line for line in told if "monday" in line and "session-2" in line)
    row = next(line for line in told if "initiate-2fa" in line and "[fn1]" in line)
    starts = [match.start() for match in re.finditer(r"carried", row)]
    assert starts == [head.index("session-2"), head.index("monday")]


def test_targets_that_do_not_fit_come_in_tables_below(book):
    """Twelve sessions: every target heads a column of some table, once."""
    day = book.sessions[-1]
    more = tuple(
        attrs.evolve(day, name=f"day-{n:02}", opens=day.opens.replace(day=n), closes=day.closes.replace(day=n + 1))
        for n in range(14, 24)
    )
    many = attrs.evolve(book, sessions=(*book.sessions, *more))
    heads = [line.split()[2:] for line in text_of(many, 80) if line.split()[:2] == ["change", "of"]]
    assert len(heads) > 1
    assert [name for head in heads for name in head] == [s.name for s in many.sessions]


def test_words_are_broken_after_their_hyphens():
    """Anywhere only if that is not enough; wide characters count for two."""
    assert folded("change-smartcard-password", 18) == ["change-smartcard-", "password"]
    assert folded("abcdef", 4) == ["abcd", "ef"]
    assert folded("用户用", 4) == ["用户", "用"]


def test_colours_are_not_counted(book):
    """Painted or not, the same words stand at the same places, and each fate has its colour."""
    painted = list(lines(matrix_of(book), lambda text, style: f"<{style}>{text}</>"))
    assert [re.sub(r"<\w*>|</>", "", line) for line in painted] == text_of(book)
    for words in ("<good>carried [fn1]</>", "<bad>discarded back to</>", "<bold><warn>OPEN</></>"):
        assert any(words in line for line in painted)


# -- pages ---------------------------------------------------------------------------------------------------------

HOSTILE = 'A <script>alert(1)</script> "&" | `x` [y](z)\x1b[31m\nB'


class Page(HTMLParser):
    """What a browser would make of a page: tags in balance, attributes, text."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.tags, self.words = [], [], []
        self.feed(text)
        self.close()
        assert not self.stack

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [found for name, found in self.tags if name == tag]


@pytest.mark.parametrize("everything", [False, True])
def test_the_page_is_whole_and_fetches_nothing(book, everything):
    """Tags are balanced; no link leads out of the page, and each leads somewhere within it."""
    text = as_html(matrix_of(book, everything=everything))
    page = Page(text)
    assert not {"link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert not [found for tag, found in page.tags if "src" in found]
    assert "@import" not in text
    assert "url(" not in text
    ids = [found["id"] for _, found in page.tags if "id" in found]
    assert len(ids) == len(set(ids))
    links = {found["href"] for found in page.all("a")}
    assert links
    assert links <= {f"#{name}" for name in ids}


def test_the_page_can_be_read_without_colours(book):
    """Heads say what they head; each decided cell has its fate in words, its citation and a link to it."""
    page = Page(as_html(matrix_of(book, everything=True)))
    assert {found.get("scope") for found in page.all("th")} == {"col", "row", "rowgroup"}
    assert "carried [" in page.words
    told = [found for found in page.all("td") if found.get("class") == "carried"]
    assert told
    assert all("footnote" in found["title"] for found in told)
    assert "prefers-color-scheme: dark" in "".join(page.words)


def test_nothing_of_a_rulebook_is_markup(book):
    """A title, an id, a quote or a constant with the signs of HTML, Markdown or a terminal is shown as text."""
    citation = Citation(place=HOSTILE, quote=HOSTILE)
    odd = having(book, rule(HOSTILE, fate="reset", to=HOSTILE, citation=citation, assumption=None), title=HOSTILE)
    page = Page(as_html(matrix_of(odd, everything=True)))
    assert len(page.all("script")) == 1
    assert any('A <script>alert(1)</script> "&" | `x` [y](z)' in word for word in page.words)
    markdown = as_markdown(matrix_of(odd))
    assert "<script>" not in markdown
    assert "[y](z)" not in markdown
    for write in (as_html, as_markdown, WRITERS["text"]):
        assert "\x1b" not in write(matrix_of(odd))
    assert json.loads(as_json(matrix_of(odd)))["title"] == HOSTILE


@pytest.mark.parametrize("everything", [False, True])
def test_rows_of_the_markdown_table_have_equal_numbers_of_columns(book, everything):
    """Whatever stands in a cell; a head for each target."""
    odd = having(book, rule("a|b", citation=Citation(place="p|q\\"), assumption=None), records=("x|y",))
    for each in (book, odd):
        told = as_markdown(matrix_of(each, everything=everything)).splitlines()
        table = [re.split(r"(?<!\\)\|", line) for line in told if line.startswith("|")]
        assert {len(row) for row in table} == {3 + 3 + 2}
        assert len(table) > 10


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_rulebook_gives_the_same_words(book, name):
    """Made twice, from nothing."""
    again = load_rulebook("seoch-2fa-2023").value
    assert WRITERS[name](matrix_of(book)) == WRITERS[name](matrix_of(attrs.evolve(again)))
