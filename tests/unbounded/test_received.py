"""Received redo in canonical form: what is applied together is one entry, however it came there."""

from itertools import product

from dcsim.checker.model.canonical import received_as_one
from dcsim.domain.account import Cell
from dcsim.domain.world import Redo

SESSIONS = ("s1", "s2")


def test_received_entries_have_one_form():
    """To compose them as they come gives what composing them all gives, and to compose again changes nothing: changes
    made between sessions may stand between those made in sessions.
    """
    for origins in product((*SESSIONS, "gap"), repeat=4):
        redo, whole = (), tuple(Redo((("f", Cell(n, made)),), "received") for n, made in enumerate(origins))
        for entry in whole:
            redo = received_as_one((*redo, entry), SESSIONS)
        assert redo == received_as_one(redo, SESSIONS) == received_as_one(whole, SESSIONS)
