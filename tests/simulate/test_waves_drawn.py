"""Waves change nothing under rulebooks and runbooks drawn at random either, most of which break something."""

from random import Random

import attrs
from both_ways import same
from generate import pair, weekend

from dcsim.domain.actions import Administer
from dcsim.domain.scenario import Population


def crowded(drawn, rng):
    """A weekend drawn for a pair, with a population in place of each user; administrators remain alone."""
    scenario = weekend(drawn, rng)
    users = {account.id: account for account in scenario.accounts if account.profile.kind != "da"}

    def crowd(step):
        action, account = step.action, step.account
        if isinstance(action, Administer) and action.user in users:
            action = attrs.evolve(action, user=f"{action.user}-*")
        account = f"{account}-*" if account in users else account
        return attrs.evolve(step, account=account, action=action, every=rng.choice((0, 1, 1000, 60_000)))

    return attrs.evolve(
        scenario,
        accounts=tuple(account for account in scenario.accounts if account.id not in users),
        populations=tuple(
            Population(prefix=f"{name}-", count=rng.randint(1, 9), like=like) for name, like in users.items()
        ),
        steps=tuple(map(crowd, scenario.steps)),
        faults=(),
    )


def test_drawn_rulebooks_and_runbooks(monkeypatch):
    """Half of the pairs that are drawn are none: their rules or steps make no sense."""
    pairs = [drawn for seed in range(25) if (drawn := pair(str(seed)))]
    assert len(pairs) > 8
    for number, drawn in enumerate(pairs):
        rng = Random(number)
        for seed in range(2):
            same(seed, attrs.evolve(drawn.case, scenario=crowded(drawn, rng)), monkeypatch)
