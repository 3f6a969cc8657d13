"""Small models drawn from a seed: tables for moves, acts and turns, with everything the protocol allows."""

import random

import attrs

from dcsim.checker.explorers.protocol import Move, Occurrence, Turn


@attrs.frozen(eq=False)
class Drawn:
    """A model whose every function is a table."""

    seed: int
    starts: tuple
    moving: dict
    acting: dict
    ranks: dict
    turning: dict

    def start(self):
        return 0, self.starts

    def moves(self, control, lane):
        return self.moving.get((control, lane), ())

    def authority(self, control, lane):
        return self.ranks.get((control, lane))

    def acts(self, control, authority, lane):
        return self.acting.get((control, authority, lane), ())

    def turns(self, control):
        return self.turning.get(control, ())


def draw(seed, *, acts=True, shifts=True, needs=("nothing", "all", "any"), accounts=3, tree=False, slips=False):
    """A random model of 1 to ``accounts`` accounts; ``tree``: each control is entered by one turn only; ``slips``:
    controls come one after another, and some steps that leave one are slips.
    """
    rng = random.Random(seed)
    controls, lanes = rng.randint(1, 4), rng.randint(2, 5)
    starts = tuple(rng.randrange(2) for _ in range(rng.randint(1, accounts)))
    pairs = [(control, lane) for control in range(controls) for lane in range(lanes)]

    def to(control):
        at_least = control if slips else 0
        return rng.randrange(at_least, controls) if shifts and rng.random() < 0.15 else control

    def move(control, name):
        then = to(control)
        if slips and then > control and rng.random() < 0.7:
            return Move(name, then, rng.randrange(lanes), said(rng, "bad", 0.2), (Occurrence("slip", name),))
        return Move(name, then, rng.randrange(lanes), said(rng, "bad", 0.04), met(rng))

    def some(control, name):
        return [move(control, f"{name}{i}") for i in range(rng.randint(0, 3) if rng.random() < 0.6 else 0)]

    moving = {pair: some(pair[0], "move") for pair in pairs}
    ranks = {pair: rng.choice("ab") for pair in pairs if acts and rng.random() < 0.3}
    acting = {(c, rank, lane): some(c, f"act {rank}") for c, lane in pairs for rank in "ab"}
    ahead = [(c, c + 1) for c in range(controls - 1)]
    if slips:
        ahead *= 3
    anyhow = [(c, rng.randrange(controls)) for c in range(controls) for _ in range(2) if rng.random() < 0.6]
    turning = {}
    for number, (control, then) in enumerate(ahead if tree or slips else anyhow):
        turning.setdefault(control, []).append(turn(rng, f"turn{number}", then, lanes, needs, slips))
    return Drawn(seed, starts, moving, acting, ranks, turning)


def turn(rng, name, to, lanes, needs, slips):
    settled = [(rng.randrange(lanes), said(rng, "bad", 0.04), met(rng)) for _ in range(lanes)]
    passing = [rng.random() < 0.7 for _ in range(lanes)]
    broken, happens = said(rng, "bad", 0.04), met(rng)
    happens += (Occurrence("slip", name),) if slips and rng.random() < 0.5 else ()
    return Turn(name, to, settled.__getitem__, broken, happens, rng.choice(needs), passing.__getitem__)


def met(rng):
    """What happens, now and then."""
    return tuple(Occurrence("met", name) for name in said(rng, "thing", 0.3))


def said(rng, word, chance):
    """Names of properties, now and then."""
    return tuple(f"{word} {rng.randrange(3)}" for _ in range(rng.randint(1, 2)) if rng.random() < chance)
