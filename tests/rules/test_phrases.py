"""The words for lists, fates and what a ruling rests on."""

import attrs
import pytest

from dcsim.files.load import load_rulebook
from dcsim.rules.phrases import SILENT, STAYS, among, basis_of, fate_of, several
from dcsim.semantics.intent import Ruling

FN1 = next(rule for rule in load_rulebook("seoch-2fa-2023").value.rules if rule.id == "fn1")


@pytest.mark.parametrize(
    ("names", "words"),
    [("", ""), ("a", "a"), ("ab", "a and b"), ("abc", "a, b and c"), ("abcd", "a, b, c and d")],
)
def test_names_are_listed_with_commas_and_a_last_and(names, words):
    """No names are nothing where a sentence needs a word."""
    assert several(names) == words
    assert among(names) == (words or "nothing")


def ruling(fate, **changes):
    return Ruling(fate, (attrs.evolve(FN1, **{"fate": fate, **changes}),))


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (Ruling("open"), "open"),
        (Ruling("carry"), "as it stood"),
        (ruling("carry"), "carried"),
        (ruling("discard"), "discarded"),
        (ruling("discard", baseline="session-1"), "discarded back to session-1"),
        (ruling("reset", to=0), "reset to 0"),
        (ruling("reset", to=True), "reset to yes"),
        (ruling("reset", to="0"), "reset to '0'"),
    ],
)
def test_a_fate_in_words(of, words):
    """A text that a field is reset to is quoted, so that it differs from a number."""
    assert fate_of(of) == words


def test_a_ruling_rests_on_its_rules_or_on_silence():
    """Each rule with its basis; without a rule, an open cell and one that stands say why."""
    twice = Ruling("carry", (FN1, attrs.evolve(FN1, id="other")))
    assert basis_of(twice) == f"fn1, {FN1.basis}; other, {FN1.basis}"
    assert basis_of(Ruling("open")) == SILENT
    assert basis_of(Ruling("carry")) == STAYS
