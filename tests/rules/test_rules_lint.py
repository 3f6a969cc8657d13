"""What is amiss with a rulebook: each finding by a small notice with one thing changed, and all by brute force."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random

import attrs
import pytest

from dcsim.domain.change_kinds import COMPOSITES, KINDS, NEEDS, RESTRICTIONS, fields_of
from dcsim.domain.rulebook import AccountKind, Policy, Rule, Rulebook, Session, Source
from dcsim.files.lint_rulebook import rulebook_flaws
from dcsim.files.load import examine_rulebook, load_rulebook
from dcsim.files.resolver import builtin_names
from dcsim.rules.blocks import blocks, where
from dcsim.rules.conflicts import flaws_against
from dcsim.rules.decision_space import RuleCell, impossibilities, matrix
from dcsim.rules.lint import flaws, gaps, isomorphic
from dcsim.rules.witness import with_records, witnesses
from dcsim.rules.witness_runbooks import keep
from dcsim.semantics.model import Model
from dcsim.semantics.refusals import FAILED_LOGONS
from dcsim.simulate.weekend import simulate

BUILTIN = "seoch-2fa-2023"


def rule(name, accounts, changes, made_in, at, fate):
    said = f"accounts: [{accounts}], changes: [{changes}], made-in: {made_in}, at: [{at}], fate: {fate}"
    return f"  - {{id: {name}, {said}, assumption: x}}"


TRIES = rule("tries", "user, da", "tries", "two", "three", "carry")
KEPT = rule("kept", "user, da", "offered, tries", "one", "two, three", "carry")
GONE = rule("gone", "user, da", "offered", "two", "three", "discard")
SMALL = f"""\
rulebook: small
version: 1
title: A small notice without a flaw
timezone: Asia/Hong_Kong
source: {{title: A notice}}
accounts:
  user: {{system: terminal}}
  da: {{system: administration, administers: user}}
records: [order, trade]
sessions:
  - {{name: one, site: east, opens: 2023-06-10 18:00, closes: 2023-06-10 20:00, changes: offered, assumption: x}}
  - {{name: two, site: west, opens: 2023-06-10 22:00, closes: 2023-06-10 23:00, changes: offered, assumption: x}}
  - {{name: three, site: east, opens: 2023-06-12 00:00, closes: 2023-06-13 00:00, assumption: x}}
change-sets:
  offered: {{members: [order, initiate-2fa, change-2fa-password]}}
  tries: {{members: [failed-logon, lockout]}}
rules:
{TRIES}
{KEPT}
{GONE}
"""
OFFERS = "changes: offered, assumption: x}"


def plus(*rules):
    """Rules below those of the small notice."""
    return GONE, "\n".join([GONE, *rules])


def case(codes, marker, words, *edits):
    """The codes of all that is found when the small notice is edited; of one of them what stands on its line, and words
    of its message.
    """
    return codes, marker, words, edits


CHANGES = {
    "a gap": case(
        "DC200",
        "rules:",
        "what becomes of initiate-2fa, change-2fa-password and order of user and da, made in two, at three",
        (f"{GONE}\n", ""),
    ),
    "a gap as a whole row": case(
        "DC200",
        "rules:",
        "no rule says what becomes of order of user and da, made in one and two, at every later session",
        ("changes: [offered", "changes: [initiate-2fa, change-2fa-password"),
    ),
    "a gap between sessions": case(
        "DC200",
        "rules:",
        "trade of user and da, made in before-one, after-one and after-two, at every later session",
        ("rules:", "policies: {changes-in-gaps: {value: trade, assumption: x}}\nrules:"),
    ),
    "no rules at all": case("DC200", "rulebook:", "at every later session", (SMALL[SMALL.index("rules:") :], "")),
    "a rule twice": case(
        "DC201",
        "id: new",
        "rule 'new' says what 'gone' says",
        plus(rule("new", "da, user", "offered", "two", "three", "discard")),
    ),
    "a rule within another": case(
        "DC202",
        "id: new",
        "rule 'new' adds nothing to 'kept'",
        plus(rule("new", "da", "order", "one", "two", "carry")),
    ),
    "a rule above that which holds it": case(
        "DC202",
        "id: new",
        "rule 'new' adds nothing to 'kept'",
        (KEPT, f"{rule('new', 'da', 'order', 'one', 'two', 'carry')}\n{KEPT}"),
    ),
    "a rule within two others together": case(
        "DC202",
        "id: new",
        "rule 'new' adds nothing to 'first' and 'second'",
        (KEPT, rule("first", "user, da", "offered, tries", "one", "two", "carry")),
        plus(
            rule("second", "user, da", "offered, tries", "one", "three", "carry"),
            rule("new", "da", "order", "one", "two, three", "carry"),
        ),
    ),
    "a rule on what is not accepted": case(
        "DC203",
        "id: new",
        "rule 'new' can never apply: no such change is accepted between sessions",
        plus(rule("new", "user", "order", "after-one", "two", "carry")),
    ),
    "a rule on what is not offered": case(
        "DC203",
        "id: new",
        "rule 'new' can never apply: two does not offer it",
        plus(rule("new", "user", "trade", "two", "three", "carry")),
    ),
    "a rule on what nobody administers": case(
        "DC200 DC203",
        "id: new",
        "rule 'new' can never apply: nobody administers da",
        (OFFERS, "changes: [offered, unlock-user], assumption: x}"),
        plus(rule("new", "da", "unlock-user", "one", "two", "carry")),
    ),
    "a rule on what no logon leads to": case(
        "DC203",
        "id: new",
        "rule 'new' can never apply: one offers no logon by smartcard",
        (OFFERS, "changes: [offered, change-smartcard-password], logon: otp, assumption: x}"),
        plus(rule("new", "da", "change-smartcard-password", "one", "two", "carry")),
    ),
    "a carry of what builds on a discard": case(
        "DC204",
        "id: new",
        "change-2fa-password of user and da, made in two, at three: carried ('new'), but initiate-2fa, made in two, is "
        "discarded ('gone')",
        (GONE, rule("gone", "user, da", "order, initiate-2fa", "two", "three", "discard")),
        ("rules:", "rules:\n" + rule("new", "user, da", "change-2fa-password", "two", "three", "carry")),
    ),
    "a carry of what builds on an earlier discard": case(
        "DC204",
        "id: new",
        "change-2fa-password of user and da, made in one, at three: carried ('new'), but initiate-2fa, made in one, is "
        "discarded ('early')",
        (KEPT, rule("kept", "user, da", "offered, tries", "one", "two", "carry")),
        plus(
            rule("early", "user, da", "initiate-2fa", "one", "three", "discard"),
            rule("new", "user, da", "order, change-2fa-password, tries", "one", "three", "carry"),
        ),
    ),
    "a carry of what belongs to nobody": case(
        "DC204",
        "id: gone",
        "initiate-2fa of user, made in two, at three: carried ('gone'), but create-user, made in two, is discarded",
        (
            f"closes: 2023-06-10 23:00, {OFFERS}",
            "closes: 2023-06-10 23:00, changes: [offered, create-user], assumption: x}",
        ),
        (GONE, GONE.replace("discard", "carry")),
        ("rules:", "rules:\n" + rule("new", "user", "create-user", "two", "three", "discard")),
    ),
    "a carry in part": case(
        "DC204 DC205",
        "id: gone",
        "change-2fa-password of user and da, made in two, at three: discarded ('gone'), and change-otp-channel is "
        "carried ('new'): initiate-2fa is carried in part",
        ("initiate-2fa, change-2fa-password]", "initiate-2fa, change-2fa-password, change-otp-channel]"),
        (GONE, rule("gone", "user, da", "order, initiate-2fa, change-2fa-password", "two", "three", "discard")),
        ("rules:", "rules:\n" + rule("new", "user, da", "change-otp-channel", "two", "three", "carry")),
    ),
    "kinds of account apart": case(
        "DC206",
        "id: new",
        "initiate-2fa, change-2fa-password and order, made in two, at three: discarded ('gone') for user; carried "
        "('new') for da",
        (GONE, rule("gone", "user", "offered", "two", "three", "discard")),
        ("rules:", "rules:\n" + rule("new", "da", "offered", "two", "three", "carry")),
    ),
    "a kind of account forgotten": case(
        "DC200 DC206",
        "id: gone",
        "discarded ('gone') for user; open for da",
        (GONE, rule("gone", "user", "offered", "two", "three", "discard")),
    ),
    "a restriction weakened": case(
        "DC207",
        "id: gone",
        "suspend-user of user, made in two, at three: discarded ('gone'): the account is free again",
        ("change-2fa-password]}", "change-2fa-password, suspend-user]}"),
    ),
    "a restriction reset": case(
        "DC207",
        "id: new",
        "suspend-user of user, made in one, at two and three: reset to 'active' ('new'): the account is free again",
        (
            f"closes: 2023-06-10 20:00, {OFFERS}",
            "closes: 2023-06-10 20:00, changes: [offered, suspend-user], assumption: x}",
        ),
        plus(rule("new", "user", "suspend-user", "one", "two, three", "reset, to: active")),
    ),
    "a constant that cannot be held": case(
        "DC109",
        "id: new",
        "'password' cannot hold the number '1'",
        plus(rule("new", "user", "change-2fa-password", "after-one", "three", "reset, to: 1")),
    ),
    "such as": case(
        "DC208",
        "offered: {",
        "'offered' counts initiate-2fa and change-2fa-password; the source names only order",
        ("members: [order, initiate-2fa,", "members: [order], such-as: [initiate-2fa,"),
    ),
    "sessions out of order": case(
        "DC200 DC209",
        "name: three",
        "session 'three' is written after 'two', which opens later",
        ("opens: 2023-06-12 00:00, closes: 2023-06-13 00:00", "opens: 2023-06-09 00:00, closes: 2023-06-10 00:00"),
        (SMALL[SMALL.index("rules:") :], f"rules:\n{rule('new', 'user, da', 'offered', 'one', 'two', 'carry')}\n"),
    ),
    "overlapping windows": case("DC140", "name: two", "opens before 'one' has closed", ("10 22:00", "10 19:00")),
    "a target before its origin": case(
        "DC143",
        "id: new",
        "'one' does not come after 'two'",
        plus(rule("new", "user", "trade", "two", "one", "carry")),
    ),
    "rules against each other": case(
        "DC144 DC206",
        "id: new",
        "rules 'gone' and 'new' contradict each other",
        plus(rule("new", "user", "order", "two", "three", "carry")),
    ),
    "a date and its weekday": case(
        "DC147",
        "source:",
        "10 June 2022 is a Friday",
        ("title: A notice}", "title: A notice, dates: [{printed: 10 June 2022 (Saturday), event: x, place: y}]}"),
    ),
    "rules that cannot be kept together": case(
        "DC212",
        "id: gone",
        "rules 'kept' and 'gone' cannot be kept together: order, initiate-2fa and change-2fa-password of user and da, "
        "made in one, at three, is carried by 'kept' (assumed: x), and a later order, initiate-2fa or "
        "change-2fa-password, made in two, sends order, password, channel and credential back to what stood before the "
        "first session by 'gone' (assumed: x)",
        (GONE, rule("gone", "user, da", "offered", "two", "three", "discard, baseline: baseline")),
    ),
    "rules that cannot be kept together within a session": case(
        "DC212",
        "id: gone",
        "rules 'new' and 'gone' cannot be kept together: change-2fa-password of user and da, made in two, at three, is "
        "reset to 'P9' by 'new' (assumed: x), and a later initiate-2fa, made in two, sends password back to the end of "
        "one by 'gone'",
        (GONE, rule("gone", "user, da", "order, initiate-2fa", "two", "three", "discard, baseline: one")),
        ("rules:", "rules:\n" + rule("new", "user, da", "change-2fa-password", "two", "three", "reset, to: P9")),
    ),
    "a baseline that is thrown away": case(
        "DC213",
        "id: gone",
        "'gone' falls back to the end of one, but order, initiate-2fa and change-2fa-password of user and da, made in "
        "one, at three, is discarded by 'early' (assumed: x): the fallback is read as what three may hold of",
        (KEPT, rule("kept", "user, da", "offered, tries", "one", "two", "carry")),
        (GONE, rule("gone", "user, da", "offered", "two", "three", "discard, baseline: one")),
        ("rules:", "rules:\n" + rule("early", "user, da", "offered", "one", "three", "discard")),
    ),
    "a baseline of which what stood is thrown away": case(
        "DC206 DC213",
        "id: gone",
        "'gone' falls back to what stood before the first session, but order of user, standing in the baseline, at "
        "three, is reset to none by 'friday'",
        (KEPT, rule("kept", "user, da", "offered, tries", "one", "two", "carry")),
        (GONE, rule("gone", "user, da", "offered", "[one, two]", "three", "discard, baseline: baseline")),
        ("rules:", "rules:\n" + rule("friday", "user", "order", "baseline", "three", "reset, to: none")),
    ),
    "an event with two dates": case(
        "DC148",
        "source:",
        "'one' is dated 9 June 2023, but opens on 10 June 2023",
        ("title: A notice}", "title: A notice, dates: [{printed: 9 June 2023, event: one, place: y}]}"),
    ),
}


def changed(edits):
    text = SMALL
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return text


def lint(folder, text):
    """Everything that is found in a text, as `dcsim rules lint` finds it."""
    path = folder / "small.yaml"
    path.write_text(text)
    examined = examine_rulebook(path)
    assert examined.whole, examined.findings
    sound = all(f.severity != "error" or f.code == "DC144" for f in examined.findings)
    return [*examined.findings, *(examined.found(flaws(examined.rulebook)) if sound else ())]


# -- each finding ------------------------------------------------------------------------------------------------------


def test_the_small_notice_has_no_finding(tmp_path):
    """What the changes are made to is itself without a flaw, so that each is red for its own reason."""
    assert lint(tmp_path, SMALL) == []


@pytest.mark.parametrize("name", CHANGES)
def test_each_flaw_is_found_where_it_stands(name, tmp_path):
    """One thing changed: the findings that it makes and no other, the line they are on, and what they say."""
    codes, marker, words, edits = CHANGES[name]
    text = changed(edits)
    found = lint(tmp_path, text)
    assert {f.code for f in found} == set(codes.split()), "\n".join(map(str, found))
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if marker in line]
    assert [f for f in found if f.line in lines and words in f.message], "\n".join(map(str, found))


def test_every_code_of_the_lint_is_provoked():
    """The changes above and below find each of DC200 to DC213."""
    provoked = {code for codes, *_ in CHANGES.values() for code in codes.split()} | {"DC210", "DC211"}
    assert {f"DC{number}" for number in range(200, 214)} <= provoked


@pytest.mark.parametrize(
    ("edits", "gap"),
    [
        (("closes: 2023-06-10 20:00", "closes: 2023-06-10 22:00"), False),
        (("closes: 2023-06-10 20:00", "closes: 2023-06-10 21:59"), True),
    ],
)
def test_between_sessions_that_touch_nothing_can_be_changed(edits, gap, tmp_path):
    """No time passes there, so that no rule is missing; a minute is enough for one."""
    allowed = ("rules:", "policies: {changes-in-gaps: {value: trade, assumption: x}}\nrules:")
    said = rule("said", "user, da", "trade", "[before-one, after-two]", "three", "carry")
    more = rule("more", "user, da", "trade", "before-one", "one, two", "carry")
    found = lint(tmp_path, changed([edits, allowed, plus(said, more)]))
    assert [f.code for f in found] == (["DC200"] if gap else [])
    on_it = rule("on-it", "user", "trade", "after-one", "two", "carry")
    messages = [f.message for f in lint(tmp_path, changed([edits, allowed, plus(said, more, on_it)]))]
    assert ("rule 'on-it' can never apply: no time passes in after-one" in messages) != gap


@pytest.mark.parametrize(("limit", "gap"), [(0, False), (3, True)])
def test_failed_logons_are_no_gap_where_nobody_counts_them(limit, gap, tmp_path):
    """With lockout-after 0 no logon locks an account: nothing is missing about locks and the logons that count."""
    counted = ("rules:", f"policies: {{lockout-after: {{value: {limit}, assumption: x}}}}\nrules:")
    found = lint(tmp_path, changed([(f"{TRIES}\n", ""), counted]))
    assert [f.code for f in found] == (["DC200"] if gap else [])


BACK = "discard, baseline: {}"
TWICE = f"{rule('gone', 'user, da', 'offered', 'two', 'three', BACK.format('one'))}"
KEEPABLE = {
    "a baseline that holds what is carried": [(GONE, TWICE)],
    "no baseline at all": [],
    "another field": [(KEPT, KEPT.replace("offered", "order")), (GONE, TWICE.replace("offered", "trade"))],
    "another kind of account": [(KEPT, KEPT.replace("user, da", "user")), (GONE, TWICE.replace("user, da", "da"))],
    "what is not offered": [
        (GONE, rule("gone", "user, da", "trade", "two", "three", BACK.format("baseline"))),
        (KEPT, KEPT.replace("offered, tries", "trade")),
    ],
}


@pytest.mark.parametrize("how", KEEPABLE)
def test_rules_that_some_history_keeps_are_not_told(how, tmp_path):
    """A carry beside a discard whose baseline is late enough, of another field, or of what cannot happen."""
    assert "DC212" not in {f.code for f in lint(tmp_path, changed(KEEPABLE[how]))}


@pytest.mark.parametrize("name", builtin_names("rulebook"))
def test_no_built_in_rulebook_asks_for_what_cannot_be_kept(name):
    """Nor does one of them fall back to what it throws away."""
    assert not {"DC212", "DC213"} & {flaw.code for flaw in flaws(load_rulebook(name).value)}


def test_what_cannot_be_kept_is_told_with_the_history_that_shows_it():
    """The built-in circular, but that footnote 3 falls back to Friday: one finding for the pair, on the discard."""
    examined = examine_rulebook(Path(__file__).parent / "unkeepable" / "rulebook.yaml")
    (found,) = [f for f in examined.found(flaws(examined.rulebook)) if f.code == "DC212"]
    assert found.severity == "error"
    for words in (
        "rules 'fn1' and 'fn3' cannot be kept together: initiate-2fa of user, made in session-1, at monday, is carried",
        "and a later change-2fa-password,",
        "made in session-2, sends password, channel and credential back to what stood before the first session by 'fn",
    ):
        assert words in found.message


def test_a_rule_is_not_needless_by_halves(tmp_path):
    """Of rules that hold each other in part, none is told; of two that are equal, only the later one."""
    overlapping = plus(rule("new", "user", "order, trade", "two", "three", "discard"))
    assert "DC202" not in {f.code for f in lint(tmp_path, changed([overlapping]))}
    twice = plus(*(rule(name, "user", "trade", "one", "three", "carry") for name in ("a", "b", "c")))
    found = [f.message for f in lint(tmp_path, changed([twice])) if f.code == "DC201"]
    assert found == ["rule 'b' says what 'a' says", "rule 'c' says what 'a' says"]


def test_cells_are_told_in_blocks():
    """A finding about many cells is one sentence: kinds together, sessions in a row as a range."""
    book = season(Random(1), sessions=6)
    every = [cell for cell in matrix(book) if cell.change in ("order", "initiate-2fa")]
    (block,) = blocks(every)
    assert (block.accounts, block.changes) == (("user", "da", "clerk"), ("initiate-2fa", "order"))
    assert where(book, block.places) == "made in before-s1 to after-s5, at every later session"
    assert where(book, [("s1", f"s{n}") for n in (2, 3, 5)]) == "made in s1, at s2, s3 and s5"
    assert where(book, [("s1", f"s{n}") for n in (3, 4, 5, 6)]) == "made in s1, at s3 to s6"
    assert where(book, [("s1", "s6"), ("s2", "s6"), ("s1", "s5")]) == "made in s1, at s5 and s6; made in s2, at s6"


# -- two rulebooks -----------------------------------------------------------------------------------------------------


def against(folder, amendment, notice=SMALL):
    """What of an amendment does not go with the notice, with the lines of the amendment."""
    books = []
    for name, text in (("notice", notice), ("amendment", amendment)):
        (folder / f"{name}.yaml").write_text(text)
        books.append(examine_rulebook(folder / f"{name}.yaml"))
    return books[1].found(flaws_against(books[1].rulebook, books[0].rulebook, "notice"))


def test_a_notice_goes_with_itself(tmp_path):
    """Nothing in it contradicts its own copy, however it is written."""
    assert against(tmp_path, SMALL) == ()
    assert (
        against(tmp_path, SMALL.replace("changes: [offered", "changes: [order, initiate-2fa, change-2fa-password"))
        == ()
    )
    assert against(tmp_path, SMALL.replace(f"{KEPT}\n{GONE}", f"{GONE}\n{KEPT}")) == ()


def test_an_amendment_contradicts_its_notice(tmp_path):
    """One finding for each two rules that disagree, with all cells on which they do; silence contradicts nothing."""
    other = rule("kept", "user", "order", "one", "two, three", "discard")
    (found,) = against(tmp_path, SMALL.replace(KEPT, other).replace(f"{GONE}\n", ""))
    assert (found.code, found.severity, found.line) == ("DC210", "error", 19)
    assert found.message == (
        "order of user, made in one, at two and three: discarded ('kept', assumed: x) here, and carried ('kept', "
        "assumed: x) in 'notice'"
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("site: west", "site: east", 12, "site is east here, and west in 'notice'"),
        ("2023-06-10 22:00", "2023-06-10 21:30", 12, "opens is 2023-06-10 21:30 here, and 2023-06-10 22:00"),
        ("2023-06-10 23:00", "2023-06-10 23:30", 12, "closes is 2023-06-10 23:30 here, and 2023-06-10 23:00"),
        ("Asia/Hong_Kong", "Asia/Tokyo", 4, "the times are those of Asia/Tokyo here, and of Asia/Hong_Kong"),
    ],
)
def test_an_amendment_has_other_sessions(old, new, line, words, tmp_path):
    """Another site, time or timezone is found where the amendment gives it."""
    (found,) = against(tmp_path, SMALL.replace(old, new))
    assert (found.code, found.severity, found.line) == ("DC211", "warning", line)
    assert words in found.message


def test_a_session_that_says_it_was_moved_is_no_finding(tmp_path):
    """A launch that slips does so in the open: `moved-from` names the date that the notice has."""
    old, new = "opens: 2023-06-12 00:00, closes: 2023-06-13 00:00", "opens: 2023-06-19 00:00, closes: 2023-06-20 00:00"
    assert len(against(tmp_path, SMALL.replace(old, new))) == 2
    assert against(tmp_path, SMALL.replace(old, f"{new}, moved-from: 2023-06-12 00:00")) == ()


# -- the built-in notices ----------------------------------------------------------------------------------------------


def test_the_circular_has_exactly_its_known_findings():
    """Its date slip, its “such as” and its gaps, and nothing else; the rules for both kinds are isomorphic."""
    examined = examine_rulebook(BUILTIN)
    found = [*examined.findings, *examined.found(flaws(examined.rulebook))]
    assert [f.code for f in found] == ["DC147", "DC148", *["DC200"] * 4, "DC208"]
    assert isomorphic(examined.rulebook) == [("user", "da")]
    assert sum(len(b.accounts) * len(b.changes) * len(b.places) for b in gaps(examined.rulebook)) == 55


@pytest.mark.parametrize("name", ["fn1", "fn2", "fn3", "fn4"])
def test_without_one_footnote_the_kinds_are_uneven(name):
    """Each footnote has its twin: without it users and DAs fare differently, and the finding names the other's rule."""
    book = load_rulebook(BUILTIN).value
    uneven = attrs.evolve(book, rules=tuple(r for r in book.rules if r.id != name))
    assert isomorphic(uneven) == []
    (found,) = [f for f in flaws(uneven) if f.code == "DC206"]
    twin = {"fn1": "fn2", "fn2": "fn1", "fn3": "fn4", "fn4": "fn3"}[name]
    assert uneven.rules[found.keys[1]].id == twin
    assert f"('{twin}')" in found.message
    assert "open for" in found.message


@pytest.mark.parametrize("name", builtin_names("rulebook"))
def test_built_in_notices_are_free_of_errors(name):
    """They may leave gaps, but contradict nothing, repeat nothing, and have no rule that can never apply."""
    examined = examine_rulebook(name)
    codes = {f.code for f in (*examined.findings, *examined.found(flaws(examined.rulebook)))}
    assert codes <= {"DC147", "DC148", "DC200", "DC206", "DC207", "DC208"}


# -- by brute force ----------------------------------------------------------------------------------------------------

CHANGED = (
    "initiate-2fa",
    "change-2fa-password",
    "change-otp-channel",
    "suspend-user",
    "failed-logon",
    "lockout",
    "order",
)
SEEDS = range(60)


def season(random, sessions=None):
    """A small rulebook at random: its rules overlap, repeat and contradict each other as they like."""
    names = [f"s{n}" for n in range(1, (sessions or random.randint(2, 3)) + 1)]
    day = datetime(2024, 3, 1, 18)  # noqa: DTZ001 - a wall clock
    bare = Rulebook(
        rulebook="season",
        version=1,
        title="Season",
        timezone="UTC",
        source=Source(title="Season"),
        accounts={"user": AccountKind(), "da": AccountKind(administers=("user",)), "clerk": AccountKind()},
        records=("order",),
        sessions=tuple(
            Session(
                name=name,
                site=random.choice(["east", "west"]),
                opens=day + timedelta(days=n),
                closes=day + timedelta(days=n, hours=2),
                logon=random.choice([("smartcard", "otp"), ("otp",), ("smartcard",)]),
                changes=random.choice([None, ("order", "lockout", "initiate-2fa"), CHANGED]),
            )
            for n, name in enumerate(names)
        ),
        policies={
            "changes-in-gaps": Policy(value=tuple(random.sample(CHANGED, 2))),
            "lockout-after": Policy(value=3 if len(names) > 2 else 0),
        },
    )
    rules = (some_rule(random, bare, number) for number in range(random.randint(2, 7)))
    return attrs.evolve(bare, rules=tuple(rules))


def some_rule(random, book, number):
    origin = random.choice(book.timeline[:-2])
    later = [name for name in book.by_name if book.order[name] > book.order[origin]]
    fate = random.choice(["carry", "carry", "discard", "reset"])
    return Rule(
        id=f"r{number}",
        accounts=tuple(random.sample(list(book.accounts), random.randint(1, 2))),
        changes=tuple(random.sample(CHANGED, random.randint(1, 4))),
        made_in=(origin,),
        at=tuple(random.sample(later, random.randint(1, len(later)))),
        fate=fate,
        to=random.choice([1, True, "1", None]) if fate == "reset" else None,
        baseline=random.choice([None, "baseline"]) if fate == "discard" else None,
    )


def said(book, account, change, origin, target):
    """What the rules ask for in a cell, by reading them one after the other."""
    asked = set()
    for r in book.rules:
        if account in r.accounts and change in r.changes and origin in r.made_in and target in r.at:
            asked.add((r.fate, repr(r.to), r.baseline))
    return asked


def every_cell(book):
    """All cells by the clock, and whether anyone can make the change there."""
    edges = {s.name: (s.opens, s.closes) for s in book.sessions}
    begins = {f"after-{name}": closes for name, (_, closes) in edges.items()} | {n: o for n, (o, _) in edges.items()}
    begins[f"before-{min(edges, key=edges.get)}"] = datetime.min  # noqa: DTZ901 - a wall clock
    for account, change, origin, target in product(book.accounts, [*KINDS, *book.records], begins, edges):
        if begins[origin] < edges[target][0]:
            yield RuleCell(account, change, origin, target), can_be(book, account, change, origin)


def can_be(book, account, change, origin):
    if change in ("create-user", "suspend-user", "reinstate-user", "reset-user", "unlock-user") and account != "user":
        return False
    if origin not in book.by_name:
        return change in book.policies["changes-in-gaps"].value and change not in ("failed-logon", "lockout")
    if change in ("failed-logon", "lockout"):
        return True
    session = book.by_name[origin]
    method = {"change-2fa-password": "otp", "change-smartcard-password": "smartcard"}.get(change)
    return change in (session.changes or (*KINDS, *book.records)) and (method is None or method in session.logon)


def found_by(book):
    codes = defaultdict(list)
    for flaw in flaws(book):
        codes[flaw.code].append(flaw)
    return codes


@pytest.mark.parametrize("seed", SEEDS)
def test_the_matrix_is_what_the_rules_say_one_by_one(seed):
    """Each cell once, with what any reader would read off the rules, and with whether it can come to be."""
    book = season(Random(seed))
    read = dict(every_cell(book))
    assert set(matrix(book)) == set(read)
    cannot = impossibilities(book)
    for cell, possible in read.items():
        asked = {(r.fate, repr(r.to), r.baseline) for r in matrix(book)[cell].rules}
        assert asked == said(book, *cell)
        assert len(matrix(book)[cell].outcomes) == len(asked)
        assert (cell[:3] not in cannot) == possible, (cell, cannot.get(cell[:3]))


@pytest.mark.parametrize("seed", SEEDS)
def test_gaps_and_contradictions_are_all_there_are(seed):
    """The gaps are the cells that can come to be and of which no rule speaks; a cell with two answers is DC144."""
    book = season(Random(seed))
    told = [RuleCell(a, c, o, t) for b in gaps(book) for a in b.accounts for c in b.changes for o, t in b.places]
    assert len(told) == len(set(told))
    assert set(told) == {cell for cell in counted(book) if not said(book, *cell)}
    contradicted = any(len(said(book, *cell)) > 1 for cell, _ in every_cell(book))
    assert contradicted == any(flaw.code == "DC144" for flaw in rulebook_flaws(book))


def counted(book):
    """The cells that can come to be, but for failed logons where no number of them locks an account."""
    idle = ("failed-logon", "lockout") if book.policies["lockout-after"].value == 0 else ()
    return [cell for cell, possible in every_cell(book) if possible and cell.change not in idle]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_cannot_be_kept_together_is_all_there_is(seed):
    """By two changes in a row: what must be there of the first, the second sends back to Friday."""
    book = season(Random(seed))
    expected = set()
    for first, second in product(counted(book), repeat=2):
        alike = (first.account, first.target) == (second.account, second.target)
        in_order = book.order[first.origin] <= book.order[second.origin]
        if alike and in_order and set(fields_of(first.change)) & set(fields_of(second.change)):
            firm = [r for r in matrix(book)[first].rules if r.fate in ("carry", "reset")]
            expected |= {(one.id, r.id) for one in firm for r in matrix(book)[second].rules if r.baseline}
    found = [flaw.message.split("'")[1:4:2] for flaw in flaws(book) if flaw.code == "DC212"]
    assert {tuple(ids) for ids in found} == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_needless_can_go_and_no_more(seed):
    """Without all rules that are told as said twice each cell is decided as before; without one more, some is not."""
    book = season(Random(seed))
    book = attrs.evolve(book, rules=(*book.rules, *(attrs.evolve(r, id=f"{r.id}-again") for r in book.rules[::3])))
    found = found_by(book)
    needless = {flaw.keys[1] for code in ("DC201", "DC202") for flaw in found[code]}
    assert needless
    before = {cell: said(book, *cell) for cell, _ in every_cell(book)}
    left = [r for index, r in enumerate(book.rules) if index not in needless]
    assert {cell: said(attrs.evolve(book, rules=tuple(left)), *cell) for cell in before} == before
    for one in left:
        fewer = attrs.evolve(book, rules=tuple(r for r in left if r is not one))
        assert any(said(fewer, *cell) != asked for cell, asked in before.items()), one.id


@pytest.mark.parametrize("seed", SEEDS)
def test_each_finding_about_kinds_of_change_rests_on_a_cell(seed):
    """DC203, DC204, DC205 and DC207 name just the rules for which a search cell by cell finds a reason."""
    book = season(Random(seed))
    possible = {cell for cell, can in every_cell(book) if can}
    first = {cell: matrix(book)[cell].rules[:1] for cell in possible}
    fate = {cell: rules[0].fate if rules else "open" for cell, rules in first.items()}
    gone = {cell for cell in possible if fate[cell] in ("discard", "reset")}
    reasons = defaultdict(set)
    for cell in possible:
        earlier = [cell._replace(origin=o) for o in book.timeline if book.order[o] <= book.order[cell.origin]]
        needs = [c._replace(change=need) for c in earlier for need in NEEDS.get(cell.change, ())]
        if fate[cell] == "carry" and gone.intersection(needs):
            reasons["DC204"].add(first[cell][0].id)
        if cell in gone and cell.change in RESTRICTIONS:
            reasons["DC207"].add(first[cell][0].id)
        twins = [cell._replace(change=other) for one, other in COMPOSITES.values() if cell.change == one]
        for one, other in ((one, other) for twin in twins for one, other in ((cell, twin), (twin, cell))):
            if one in possible and fate[one] == "carry" and other in gone:
                reasons["DC205"].add(first[cell][0].id)
    for r in book.rules:
        origins = [(a, c, o) for a in r.accounts for c in r.changes for o in r.made_in]
        if not any(cell[:3] in origins for cell in possible):
            reasons["DC203"].add(r.id)
    found = found_by(book)
    for code in ("DC203", "DC204", "DC205", "DC207"):
        assert {book.rules[flaw.keys[1]].id for flaw in found[code]} == reasons[code], code


@pytest.mark.parametrize("seed", SEEDS)
def test_kinds_of_account_are_isomorphic_or_a_cell_differs(seed):
    """Two kinds are told as isomorphic if and only if no cell that both can come to is decided differently."""
    book = season(Random(seed))
    possible = {cell for cell, can in every_cell(book) if can}
    alike = set()
    for one, other in (("user", "da"), ("user", "clerk"), ("da", "clerk")):
        both = [c for c in possible if c.account == one and c._replace(account=other) in possible]
        if all(said(book, *c) == said(book, *c._replace(account=other)) for c in both):
            alike.add((one, other))
    assert set(isomorphic(book)) == alike
    assert bool(found_by(book)["DC206"]) == (len(alike) < 3)


@pytest.mark.parametrize("number", range(12))
def test_what_cannot_be_is_what_a_run_refuses(number):
    """A change counts as possible if and only if a weekend on which it is tried makes it."""
    books = [*map(load_rulebook, builtin_names("rulebook")), *map(season, map(Random, range(8)))]
    book = getattr(books[number], "value", books[number])
    cannot = impossibilities(book)
    made = (cell for cell in matrix(book) if cell.origin != "baseline")  # what stood before nobody makes
    for cell in {cell[:3]: cell for cell in made}.values():
        scenario = next(s for s in witnesses(book, book, cell) if s.steps)
        policies = {name: value for name, value in scenario.policies.items() if name != "changes-in-gaps"}
        accounts = tuple(attrs.evolve(a, start=with_records(book, a.start)) for a in scenario.accounts)
        scenario = attrs.evolve(scenario, accounts=accounts)
        run = simulate(Model(book, keep(book), policies), scenario, tracing=True)
        (outcome,) = [event.outcome for event in run.events if event.actor == "client"]
        made = outcome == "moved" or outcome.removeprefix("refused ") in FAILED_LOGONS
        assert made == (cell[:3] not in cannot), (cell, outcome, cannot.get(cell[:3]))
