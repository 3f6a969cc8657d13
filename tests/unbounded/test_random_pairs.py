"""Random pairs of rulebook and runbook: what breaks within a bound is suspected for any number of operations."""

from itertools import islice

import attrs
import generate
import pytest
from any_and_bounded import missed

from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question import unbounded
from dcsim.semantics.model import Model


def drawn(seed):
    """Pairs from a seed, without end, of which something can be said for any number of operations."""
    number = 0
    while True:
        number += 1
        pair = generate.pair(f"unbounded-{seed}-{number}")
        if pair is None:
            continue
        model = Model(pair.case.rulebook, pair.case.runbook, pair.case.scenario.policies)
        accounts = pair.case.scenario.accounts
        for few in ((account,) for account in accounts[:1]) if len(accounts) > 1 else (accounts,):
            of = Weekend(model, few, None)
            if not unbounded.no_answer(of):
                yield pair.number, of


def judged(pairs, ops):
    """By pair, what is missed; those whose exploration is complete."""
    found = {number: missed(of, ops, seconds=20) for number, of in pairs}
    return {number: names for number, names in found.items() if names is not None}
