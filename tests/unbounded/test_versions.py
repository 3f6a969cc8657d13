"""Versions of the credential in canonical lanes: the next version of each is one that no cell holds."""

from itertools import islice

import pytest

from dcsim.checker.model.canonical import names
from dcsim.domain.account import typed


@pytest.mark.parametrize("constants", [(), (0,), (1,), (2,), (1, 3), (True,), (False, 4), ("P1", None, 5)])
def test_the_next_version_is_no_canonical_one(constants):
    """Neither the next of a canonical version, nor the next of a constant that a rule or a reset sets."""
    canonical = set(islice(names("credential", frozenset(("credential", typed(value)) for value in constants)), 50))
    held = canonical | {value for value in constants if isinstance(value, int)}
    assert not canonical & {version + 1 for version in held}
    assert not canonical & set(constants)
