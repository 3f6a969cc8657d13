"""Small random models, each drawn from a seed. They use everything that the protocol allows."""

import random

import attrs

from dcsim.checker.explorers.protocol import Move, Occurrence, Turn


@attrs.frozen(eq=False)
class Drawn:
    """A model whose functions look their results up in tables."""

    seed: int
    starts: tuple
    move_table: dict
    act_table: dict
    authorities: dict
    turn_table: dict

    def start(self):
        return 0, self.starts

    def moves(self, control, lane):
        return self.move_table.get((control, lane), ())

    def authority(self, control, lane):
        return self.authorities.get((control, lane))

    def acts(self, control, authority, lane):
        return self.act_table.get((control, authority, lane), ())

    def turns(self, control):
        return self.turn_table.get(control, ())


def draw(seed, *, acts=True, shifts=True, needs=("nothing", "all", "any"), accounts=3, tree=False, slips=False):
    """A random model of 1 to ``accounts`` accounts.

    ``tree``: each control is entered by one turn only. ``slips``: controls follow one another without loops, and some
    steps from one to the next are slips.
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
            return Move(name, then, rng.randrange(lanes), names(rng, "bad", 0.2), (Occurrence("slip", name),))
        return Move(name, then, rng.randrange(lanes), names(rng, "bad", 0.04), some_occurrences(rng))

    def some(control, name):
        return [move(control, f"{name}{i}") for i in range(rng.randint(0, 3) if rng.random() < 0.6 else 0)]

    move_table = {pair: some(pair[0], "move") for pair in pairs}
    authorities = {pair: rng.choice("ab") for pair in pairs if acts and rng.random() < 0.3}
    act_table = {(c, rank, lane): some(c, f"act {rank}") for c, lane in pairs for rank in "ab"}
    in_order = [(c, c + 1) for c in range(controls - 1)]
    if slips:
        in_order *= 3
    anywhere = [(c, rng.randrange(controls)) for c in range(controls) for _ in range(2) if rng.random() < 0.6]
    turn_table = {}
    for number, (control, then) in enumerate(in_order if tree or slips else anywhere):
        turn_table.setdefault(control, []).append(turn(rng, f"turn{number}", then, lanes, needs, slips))
    return Drawn(seed, starts, move_table, act_table, authorities, turn_table)


def turn(rng, name, to, lanes, needs, slips):
    settled = [(rng.randrange(lanes), names(rng, "bad", 0.04), some_occurrences(rng)) for _ in range(lanes)]
    passing = [rng.random() < 0.7 for _ in range(lanes)]
    broken, occurrences = names(rng, "bad", 0.04), some_occurrences(rng)
    occurrences += (Occurrence("slip", name),) if slips and rng.random() < 0.5 else ()
    return Turn(name, to, settled.__getitem__, broken, occurrences, rng.choice(needs), passing.__getitem__)


def some_occurrences(rng):
    """Occurrences, in some of the calls."""
    return tuple(Occurrence("event", name) for name in names(rng, "thing", 0.3))


def names(rng, word, chance):
    """One or two names, each with this chance."""
    return tuple(f"{word} {rng.randrange(3)}" for _ in range(rng.randint(1, 2)) if rng.random() < chance)
