"""Which slice reports which violation: none is dropped that no slice looks at more closely."""

import pytest
from any_and_bounded import pairs, weekend

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.model.slices import FieldSlice
from dcsim.checker.question import unbounded
from dcsim.domain.account import FIELDS
from dcsim.domain.action_outcome import Violation


def violation(cell=None, fields=()):
    return Violation("carried-arrives", "here", "one value", "another", (), cell, fields)


WHERE = {
    "a cell": (violation(cell=("primary", "password")), ["closely"]),
    "one field": (violation(fields=("password",)), ["closely"]),
    "two fields": (violation(fields=("password", "channel")), ["both", "kept"]),
    "every field": (violation(fields=FIELDS), ["kept"]),
    "no field": (violation(), ["closely", "both", "kept", "elsewhere"]),
}


@pytest.mark.parametrize("about", WHERE)
def test_a_violation_concerns_the_slices_that_can_tell_it(about):
    """One field must be looked at closely, of several none may be forgotten, and what names no field concerns all."""
    model = weekend(*pairs("made-up-drill")["made-up-drill", "opens-with-a-margin"]).model
    every = frozenset({*FIELDS, *model.rulebook.records})
    slices = {
        "closely": FieldSlice(model, frozenset({"password"})),
        "both": FieldSlice(model, frozenset({"channel"}), frozenset({"password"})),
        "kept": FieldSlice(model, frozenset(), every),
        "elsewhere": FieldSlice(model, frozenset({"locked"})),
    }
    found, expected = WHERE[about]
    assert [name for name, part in slices.items() if part.concerns(found)] == expected


def test_an_act_that_should_be_refused_is_suspected():
    """A session that is open outside its window breaks the promise by what clients do, and by no field's value."""
    of = weekend(*pairs("made-up-drill")["made-up-drill", "opens-with-a-margin"])
    names = {suspect.invariant for suspect in unbounded.explore(of, Budget()).suspects}
    assert names >= {"logon-in-window", "writes-in-window"}
