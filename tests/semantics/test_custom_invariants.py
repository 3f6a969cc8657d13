"""Invariants of the users' own: what may be registered, and what is told of one that goes wrong."""

from importlib.metadata import EntryPoint

import pytest

from dcsim.domain.action_outcome import Violation
from dcsim.semantics import custom_invariants as own
from dcsim.semantics.scene import INVARIANTS


@pytest.fixture
def registered(monkeypatch):
    """The register as it is, and as it was afterwards; nothing is loaded but what a test offers."""
    before = dict(INVARIANTS)
    own.load.cache_clear()
    yield INVARIANTS
    INVARIANTS.clear()
    INVARIANTS.update(before)
    own.load.cache_clear()


def check(yields, doc="Nothing is ever wrong."):
    def one(scene):
        yield from yields

    one.__doc__ = doc
    return one


BROKEN = Violation("", "here", "one thing", "another")


def test_an_invariant_is_registered_under_its_name_with_its_statement(registered):
    """It is a family of its own, catches no numbered failure mode unless it says so, and gives its name to what it
    finds; the check itself is handed back.
    """
    mine = check([BROKEN], "A sentence\n    of two lines.\n\n    And an aside.")
    assert own.invariant("not-so", when="open")(mine) is mine
    kept = registered["not-so"]
    assert (kept.id, kept.mode, kept.when, kept.family) == ("not-so", 0, "open", "own")
    assert kept.statement == "A sentence of two lines."
    assert [v.invariant for v in kept.check(None)] == ["not-so"]
    own.invariant("so", when="close", mode=7)(check([]))
    assert (registered["so"].mode, list(registered["so"].check(None))) == (7, [])


@pytest.mark.parametrize("name", ["", "Not-so", "not so", "-so", "so-", "not--so", "7-up", "so.", "not-So"])
def test_a_name_is_words_with_hyphens(name, registered):
    """As the house's are."""
    with pytest.raises(ValueError, match="named like"):
        own.invariant(name, when="open")
    own.invariant("so-7-up", when="open")


def test_a_moment_must_be_one_of_those_that_are_asked(registered):
    """The message names them."""
    with pytest.raises(ValueError, match="'later' is no moment; expected one of change, apply, open"):
        own.invariant("not-so", when="later")


@pytest.mark.parametrize("doc", [None, "", "   \n "])
def test_a_check_without_a_docstring_has_no_statement(doc, registered):
    """So that it cannot be told what is broken."""
    with pytest.raises(ValueError, match="docstring is its statement"):
        own.invariant("not-so", when="open")(check([], doc))


def test_a_name_that_is_taken_is_refused_but_a_module_may_be_loaded_anew(registered):
    """By one of the house's, with or without a check, or by another check of the users' own."""
    for taken in ("sites-agree", "discarded-absent"):
        with pytest.raises(ValueError, match="is there already"):
            own.invariant(taken, when="open")(check([]))
    own.invariant("not-so", when="open")(check([]))
    own.invariant("not-so", when="open")(check([]))

    def another(scene):
        """Something else."""
        yield BROKEN

    with pytest.raises(ValueError, match="is there already"):
        own.invariant("not-so", when="open")(another)


def test_a_check_that_goes_wrong_is_told_with_its_name_and_place(registered):
    """Whatever it raises, and where it yields what is no violation."""
    own.invariant("not-so", when="open")(check(["a text"]))
    here = r"invariant 'not-so' \(.*test_custom_invariants.py:\d+\) yielded 'a text', which is no Violation\n"
    with pytest.raises(own.InvariantsError, match=here):
        registered["not-so"].check(None)


@pytest.mark.parametrize("found", [None, 7, "a text"])
def test_a_check_that_returns_what_is_no_series_of_violations_is_told_with_what_it_returned(found, registered):
    """A text is a series of letters, and is meant as none."""

    def one(scene):
        """Nothing is ever wrong."""
        return found

    own.invariant("not-so", when="open")(one)
    with pytest.raises(own.InvariantsError, match=rf"returned {found!r}; expected it to yield each Violation"):
        registered["not-so"].check(None)


def test_packages_offer_invariants_once_in_order_of_name(registered, monkeypatch):
    """What is offered is loaded the first time that it is asked for."""
    asked = []

    def offered(group):
        asked.append(group)
        return [EntryPoint(name, "json", group) for name in ("b", "a")]

    monkeypatch.setattr(own, "entry_points", offered)
    assert own.load() == ("a", "b")
    assert own.load() == ("a", "b")
    assert asked == ["dcsim.invariants"]


def test_an_offer_that_cannot_be_loaded_is_told(registered, monkeypatch):
    """By the entry point's name and value, and why."""
    monkeypatch.setattr(own, "entry_points", lambda group: [EntryPoint("mine", "no_such_module", group)])
    with pytest.raises(own.InvariantsError, match=r"entry point mine \(no_such_module\) cannot be loaded: ModuleNot"):
        own.load()
