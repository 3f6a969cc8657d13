"""Published models with known figures, which the engines are compared with: M(n, K), and two-phase commit."""

from itertools import product
from typing import NamedTuple

import attrs

from dcsim.checker.explorers.protocol import Edge, Move, Turn

PHASES = ("S1", "G1", "S2", "G2", "MON")
FIRST = (False, 0, "none", False, 0)  # enrolled, password, channel, locked, failures


class Four(NamedTuple):
    """One account's record in each store, and its operations in this session."""

    primary: tuple = FIRST
    secondary: tuple = FIRST
    checkpoint: tuple = FIRST
    monday: tuple = FIRST
    ops: int = 0


@attrs.frozen(eq=False)
class M:
    """The reference model M(n, K). With ``leak``, Monday is a copy of the secondary."""

    n: int
    k: int
    leak: bool = False

    def start(self):
        return "S1", (Four(),) * self.n

    def moves(self, phase, lane):
        if phase not in ("S1", "S2") or lane.ops >= self.k:
            return
        primary, secondary, checkpoint, monday, ops = lane
        if phase == "S1":
            for name, record in operations(primary):
                yield Move(name, phase, Four(record, secondary, checkpoint, monday, ops + 1))
        else:
            for name, record in operations(secondary):
                yield Move(name, phase, Four(primary, record, checkpoint, monday, ops + 1))

    def authority(self, phase, lane):
        return None

    def acts(self, phase, authority, lane):
        return ()

    def turns(self, phase):
        if phase == "S1":
            yield Turn("close S1", "G1", self.close_1)
        elif phase == "G1":
            yield Turn("open S2", "S2", keep)
        elif phase == "S2":
            yield Turn("close S2", "G2", self.close_2)
        elif phase == "G2":
            yield Turn("open MON", "MON", self.monday)

    def close_1(self, lane):
        return lane._replace(secondary=lane.primary, checkpoint=lane.primary, ops=0), (), ()

    def close_2(self, lane):
        secondary = lane.secondary if self.leak else lane.checkpoint
        return lane._replace(secondary=secondary, ops=0), (), ()

    def monday(self, lane):
        source = lane.secondary if self.leak else lane.checkpoint
        broken = ("discarded-absent",) if source != lane.checkpoint else ()
        return lane._replace(monday=source), broken, ()


def keep(lane):
    return lane, (), ()


def operations(record):
    enrolled, password, channel, locked, failures = record
    if enrolled:
        for p in range(3):
            yield f"change password {p}", (True, p, channel, locked, failures)
        for c in ("email", "app"):
            yield f"change channel {c}", (True, password, c, locked, failures)
    else:
        for p, c in product(range(3), ("email", "app")):
            yield f"initiate {p} {c}", (True, p, c, locked, failures)
    if not locked:
        yield "logon", (enrolled, password, channel, False, 0)
        yield "wrong logon", (enrolled, password, channel, failures == 2, (failures + 1) % 3)


@attrs.frozen(eq=False)
class TwoPhaseCommit:
    """Two-phase commit with n resource managers, after Lamport's TLA+ example TwoPhase."""

    n: int

    def initial(self):
        return [(("working",) * self.n, "init", frozenset(), frozenset())]

    def edges(self, state):
        rms, tm, prepared, msgs = state
        for action, after in self.steps(rms, tm, prepared, msgs):
            rm_states = set(after[0])
            broken = ("consistent",) if {"committed", "aborted"} <= rm_states else ()
            yield Edge(action, after, broken)

    def steps(self, rms, tm, prepared, msgs):
        if tm == "init" and len(prepared) == self.n:
            yield "commit", (rms, "committed", prepared, msgs | {"commit"})
        if tm == "init":
            yield "abort", (rms, "aborted", prepared, msgs | {"abort"})
        for rm, here in enumerate(rms):
            if tm == "init" and ("prepared", rm) in msgs:
                yield f"tm hears {rm}", (rms, tm, prepared | {rm}, msgs)
            if here == "working":
                yield f"{rm} prepares", (put(rms, rm, "prepared"), tm, prepared, msgs | {("prepared", rm)})
                yield f"{rm} aborts", (put(rms, rm, "aborted"), tm, prepared, msgs)
            if "commit" in msgs:
                yield f"{rm} hears commit", (put(rms, rm, "committed"), tm, prepared, msgs)
            if "abort" in msgs:
                yield f"{rm} hears abort", (put(rms, rm, "aborted"), tm, prepared, msgs)


def put(rms, rm, state):
    return (*rms[:rm], state, *rms[rm + 1 :])
