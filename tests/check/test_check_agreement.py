"""Every engine agrees with the plain search, on models drawn from seeds: moves, acts, turns with needs, shifts."""

import pytest
from drawn import draw

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.explorers.protocol import Product
from dcsim.checker.explorers.shortest import shortest

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
    """States, transitions, depth, broken properties and how often each name was met are the plain search's."""
    for model in models(kind):
        assert figures(check(model, engine)) == figures(check(model, "bfs")), model.seed


@pytest.mark.parametrize("kind", KINDS)
def test_factors_are_exact_where_they_say_so(kind):
    """Where it says exact, the factored engine's figures are the plain search's; else no less, nothing missed."""
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
    """By property, after how many steps it first breaks: a plain search, level by level."""
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
    """The search for paths finds one to each property that can break, none shorter, and the model itself takes it."""
    for model in models(kind):
        expected = levels(model)
        paths = shortest(Product(model), expected, lambda _: 1, Budget())
        assert {name: len(path) for name, path in paths.items()} == expected, model.seed
        assert all(name in replay(model, path) for name, path in paths.items()), model.seed
        assert set(expected) == set(check(model, "bfs").invariants), model.seed


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_breaks_that_has_no_path(kind):
    """What any engine calls broken has a path; where it calls nothing broken or suspected and is complete, none has."""
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
    """What broke is named by the same combinations of slips, whichever engine remembers them."""
    for model in slipping():
        assert check(model, engine).broken == check(model, "bfs").broken, model.seed


def test_combinations_of_slips_are_exact_for_one_account():
    """The factored engine hands sets of combinations on, and comes to the very names of the plain search."""
    models = slipping(accounts=1)
    assert sum(any(len(each.after) > 1 for each in check(model, "bfs").broken) for model in models) > 10
    for model in models:
        assert check(model, "factored").broken == check(model, "bfs").broken, model.seed


def test_no_combination_of_slips_is_missed():
    """With more accounts, what the plain search finds broken is found or suspected, by the same name."""
    for model in slipping(acts=False):
        factored = check(model, "factored")
        assert {*factored.broken, *factored.suspects} >= set(check(model, "bfs").broken), model.seed


def test_an_account_in_the_way_makes_suspects_not_breaks():
    """Without the promise that idle accounts stand in nobody's way, what one alone breaks is only suspected; and there
    are models where the whole cannot break it.
    """
    in_the_way = 0
    for model in slipping(acts=False):
        factored, plain = check(model, "factored"), check(model, "bfs")
        assert factored.exact or not factored.broken
        in_the_way += bool(set(factored.suspects) - set(plain.broken))
    assert in_the_way


def test_the_drawn_models_are_worth_it():
    """Among the models drawn there are many that break, that survive, and with more than a hundred states."""
    plain = [check(model, "bfs") for kind in KINDS for model in models(kind)]
    assert sum(bool(explored.broken) for explored in plain) > 50
    assert sum(not explored.broken for explored in plain) > 20
    assert max(explored.states for explored in plain) > 150
