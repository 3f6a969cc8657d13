"""What is said of any number of operations, held against bounded runs; and the pairs for which it is tried."""

from functools import cache
from pathlib import Path

import attrs

import dcsim
from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.explorers.protocol import Product
from dcsim.checker.model.abstract_accounts import abstract_accounts
from dcsim.checker.model.point import GONE
from dcsim.checker.model.slices import FieldSlice
from dcsim.checker.model.values_reached import values_reached
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question import unbounded
from dcsim.domain.account import FIELDS
from dcsim.files.findings import InputError
from dcsim.files.load import load_pair
from dcsim.semantics.model import Model
from dcsim.semantics.scene import practice

ROOT = Path(__file__).parent.parent.parent
FOLDERS = (Path(dcsim.__file__).parent / "builtin", ROOT / "scenarios", ROOT / "tests" / "rules")


def files(kind):
    """The files of a kind in all folders: built-in ones and fixtures."""
    names = {"rulebooks": ("rulebooks", "books"), "runbooks": ("runbooks",)}[kind]
    return [path for folder in FOLDERS for name in names for path in sorted((folder / name).glob("*.yaml"))]


def paired(book, runbook):
    """A rulebook and a runbook, or None where the runbook is not for this rulebook."""
    try:
        return load_pair(str(book), str(runbook))
    except InputError:
        return None


@cache
def pairs(*books):
    """Every pair of files that belong together, by their names: of some rulebooks, or of all."""
    chosen = [book for book in files("rulebooks") if not books or book.stem in books]
    loaded = {(book.stem, each.stem): paired(book, each) for book in chosen for each in files("runbooks")}
    return {name: pair for name, pair in loaded.items() if pair is not None}


def weekend(book, runbook, administrators=0, **bounds):
    """A weekend of one user, and administrators; ``ops=None`` is any number of operations."""
    return Weekend(Model(book, runbook), abstract_accounts(book, 1, administrators), **{"ops": None, **bounds})


def exactly(of, **how):
    """The weekend with canonical lanes in which nothing is forgotten and nothing is composed."""
    fields = frozenset({*FIELDS, *of.model.rulebook.records})
    return attrs.evolve(of, slice=FieldSlice(of.model, fields, **how), composes=False)


def image(of, plain, state):
    """The state of a weekend with canonical lanes that stands for a state of the plain one."""
    numbered = (node if node == GONE else (of.table.number(plain.table.lanes[node[0]]), node[1]) for node in state[1])
    return state[0], tuple(numbered)


def families(breaks):
    """What breaks, told apart as promise and practice only, and after which faults and slips."""
    return {("practice" if practice(each.invariant) else "promise", each.after) for each in breaks}


def missed(of, ops, seconds=60):
    """What breaks within a bound on operations and is not suspected for any number of them, under a few readings or
    under all; None where that is unknown, since some exploration was not complete.
    """
    bounded = check(attrs.evolve(of, ops=ops), "auto", Budget(seconds=seconds))
    anyhow = [unbounded.explore(of, Budget(seconds=seconds), alike=alike) for alike in (True, False)]
    if not all(explored.complete for explored in anyhow):
        return None
    few, every = (families(explored.suspects) for explored in anyhow)
    breaks = families(bounded.broken)
    return (breaks - every) | {each for each in breaks | every if not covered(each, few)}


def covered(each, suspects):
    """Whether a break is suspected, or the promise after some of its faults and slips: nothing follows on that."""
    family, after = each
    return any(of in (family, "promise") and set(some) <= set(after) for of, some in suspects)


def sliced(of):
    """The weekend in each of its slices, as they are explored."""
    many = unbounded._many(of)
    reached = values_reached(of.model, many.accounts, Budget())
    parts = [FieldSlice(of.model, *part, reached) for part in unbounded._parts(of, reached)]
    return [attrs.evolve(many, slice=part) for part in parts]


def walk(of, rng, most=150):
    """The states of a random walk, with the edges of each. Half of its steps move the control, so that it gets far; no
    step breaks anything while others do not.
    """
    product = Product(of)
    (state,) = product.initial()
    for _ in range(most):
        edges = list(product.edges(state))
        yield state, edges
        fine = [edge for edge in edges if not edge.broken and edge.state != state]
        turns = [edge for edge in fine if edge.state[0] != state[0]]
        if not fine:
            return
        state = rng.choice(turns if turns and rng.random() < 0.5 else fine).state
