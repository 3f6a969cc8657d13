"""Every engine agrees with the plain search, on random models with moves, acts, turns with needs, and shifts."""

import pytest
from drawn import draw

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.explorers.protocol import Product
from dcsim.checker.explorers.shortest_paths import shortest

KINDS = {
    "everything": {},
    "no acts": {"acts": False},
    "no acts, no shifts": {"acts": False, "shifts": False},
    "one history": {"acts": False, "shifts": False, "needs": ("nothing", "all"), "tree": True},
    "one history but shifts": {"acts": False, "needs": ("nothing", "all"), "tree": True},
    "one history but any": {"acts": False, "shifts": False, "needs": ("any",), "tree": True},
    "one account": {"accounts": 1},
}
FIGURES = ("states", "transitions", "depth", "complete", "broken", "fired")
SEEDS = range(40)


def models(kind):
    return [draw(seed, **KINDS[kind]) for seed in SEEDS]


def figures(explored):
    return {name: getattr(explored, name) for name in FIGURES}


def replay(model, path):
    """What the last step of a path breaks, by the model itself."""
    product, broken = Product(model), ()
    (state,) = product.initial()
    for action in path:
        edge = next(edge for edge in product.edges(state) if edge.action == action)
        state, broken = edge.state, edge.broken
    return tuple(sorted(set(broken)))


@pytest.mark.parametrize("engine", ["interned", "array"])
@pytest.mark.parametrize("kind", KINDS)
def test_exact_engines_count_as_the_plain_search(kind, engine):
    """States, transitions, depth, broken properties and counts of occurrences are those of the plain search."""
    for model in models(kind):
        assert figures(check(model, engine)) == figures(check(model, "bfs")), model.seed


@pytest.mark.parametrize("kind", KINDS)
def test_factors_are_exact_where_they_say_so(kind):
    """Where it says exact, the factored figures are the plain search's; else no less, and no break is missed."""
    exact = 0
    for model in models(kind):
        plain, factored = check(model, "bfs"), check(model, "factored")
        if factored.exact:
            assert figures(factored) == figures(plain), model.seed
        elif factored.complete:
            assert factored.states >= plain.states, model.seed
            assert factored.transitions >= plain.transitions, model.seed
            assert not factored.broken
            assert set(plain.broken) <= set(factored.suspects), model.seed
        exact += factored.exact
    assert exact == len(SEEDS) or kind not in ("one history", "one account")


def levels(model):
    """By property, the fewest steps after which it breaks, found by a plain search level by level."""
    product, found, depth = Product(model), {}, 0
    seen = frontier = set(product.initial())
    while frontier:
        depth += 1
        edges = [edge for state in frontier for edge in product.edges(state)]
        for name in {name for edge in edges for name in edge.broken}:
            found.setdefault(name, depth)
        frontier = {edge.state for edge in edges} - seen
        seen = seen | frontier
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_paths_are_shortest_and_real(kind):
    """The search finds a shortest path to each property that can break, and the model itself can take it."""
    for model in models(kind):
        expected = levels(model)
        paths = shortest(Product(model), expected, lambda _: 1, Budget())
        assert {name: len(path) for name, path in paths.items()} == expected, model.seed
        assert all(name in replay(model, path) for name, path in paths.items()), model.seed
        assert set(expected) == set(check(model, "bfs").invariants), model.seed


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_breaks_that_has_no_path(kind):
    """Every property that an engine reports as broken has a path. If it is complete, no other property has one."""
    for model in models(kind):
        real = set(levels(model))
        for engine in ("interned", "array", "factored", "auto"):
            explored = check(model, engine)
            assert set(explored.invariants) <= real, (model.seed, engine)
            suspects = {each.invariant for each in explored.suspects}
            assert not explored.complete or real <= set(explored.invariants) | suspects, (model.seed, engine)


def slipping(**kind):
    return [draw(seed, slips=True, **kind) for seed in range(120)]


@pytest.mark.parametrize("engine", ["interned", "array", "auto"])
def test_every_engine_tells_the_same_slips(engine):
    """Every engine reports the same combinations of slips before each break."""
    for model in slipping():
        assert check(model, engine).broken == check(model, "bfs").broken, model.seed


def test_combinations_of_slips_are_exact_for_one_account():
    """The factored engine's attribution gives the same combinations as the plain search with a history."""
    models = slipping(accounts=1)
    assert sum(any(len(each.after) > 1 for each in check(model, "bfs").broken) for model in models) > 10
    for model in models:
        assert check(model, "factored").broken == check(model, "bfs").broken, model.seed


def test_no_combination_of_slips_is_missed():
    """With more accounts, every break of the plain search is a break or a suspect of the factored engine."""
    for model in slipping(acts=False):
        factored = check(model, "factored")
        assert {*factored.broken, *factored.suspects} >= set(check(model, "bfs").broken), model.seed


def test_an_account_in_the_way_makes_suspects_not_breaks():
    """Without the promise that idle accounts hinder nobody, a break by one account alone is only a suspect; and there
    are models where the whole cannot break it.
    """
    in_the_way = 0
    for model in slipping(acts=False):
        factored, plain = check(model, "factored"), check(model, "bfs")
        assert factored.exact or not factored.broken
        in_the_way += bool(set(factored.suspects) - set(plain.broken))
    assert in_the_way


def test_the_drawn_models_are_worth_it():
    """Many of the drawn models break, many do not, and some have more than 150 states."""
    plain = [check(model, "bfs") for kind in KINDS for model in models(kind)]
    assert sum(bool(explored.broken) for explored in plain) > 50
    assert sum(not explored.broken for explored in plain) > 20
    assert max(explored.states for explored in plain) > 150
