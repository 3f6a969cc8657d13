"""Random walks over a model made for the test: what is kept of what they meet."""

from types import SimpleNamespace

from dcsim.fuzzer.random_walk import walk


class Two:
    """From the beginning a long way and a short one, both of which end in the same break."""

    def start(self):
        return 0, ()

    def turns(self, control):
        ways = {
            0: (("long", 1, ()), ("short", 3, ())),
            1: (("on", 2, ()), ("out", 9, ())),
            2: (("on", 4, ("broken",)),),
        }
        ways |= {3: (("on", 4, ("broken",)), ("out", 9, ()))}
        for action, to, broken in ways.get(control, ()):
            yield SimpleNamespace(action=action, control=to, broken=broken, needs="nothing", settle=None)


def labels(path):
    return [action for _, action in path]


def test_a_walk_keeps_the_shortest_path_to_each_break():
    """Whichever is met first, the shortest is kept, and the number of the walk that broke it first."""
    firsts = set()
    for seed in range(12):
        walks = walk(Two(), seed, 60, lambda: False)
        assert labels(walks.found["broken"]) == ["short", "on"]
        firsts.add(walks.first["broken"])
        assert walks.examples == 60
    assert len(firsts) > 1


def test_of_paths_of_the_same_cost_the_first_is_kept():
    """A path that is no shorter does not take the place of one that was found."""
    met = []

    def cost(path):
        met.append(labels(path))
        return 1

    for seed in range(12):
        met.clear()
        found = walk(Two(), seed, 60, lambda: False, cost).found["broken"]
        assert not met or labels(found) == met[1]


def test_what_costs_more_is_no_shorter():
    """The length of a path is what the caller says."""
    dear = {"short": 9}
    walks = walk(Two(), 3, 200, lambda: False, lambda path: sum(dear.get(action, 1) for _, action in path))
    assert labels(walks.found["broken"]) == ["long", "on", "on"]
