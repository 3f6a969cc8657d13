"""What is said of a mutant of a rule or a runbook: to which interval a change is moved, and what a slip does."""

import attrs
import pytest

from dcsim.files.load import load_rulebook, load_runbook
from dcsim.rules.mutants import rule_mutants, runbook_mutants

BOOK = load_rulebook("seoch-2fa-2023").value
RUNBOOK = load_runbook("snapshot-standby").value


@pytest.mark.parametrize(
    ("origin", "nearby"),
    [
        ("session-1", ["before-session-1", "after-session-1", "session-2"]),
        ("session-2", ["session-1", "after-session-1", "after-session-2"]),
        ("after-session-1", ["session-1", "session-2"]),
    ],
)
def test_a_rule_is_moved_to_what_is_next_to_its_origin_and_to_the_session_beyond_a_gap(origin, nearby):
    """Not to a session further away, and not from gap to gap."""
    rule = attrs.evolve(BOOK.rules[0], made_in=(origin,), at=("monday",))
    names = [mutant.name for mutant in rule_mutants(attrs.evolve(BOOK, rules=(rule,)))]
    assert [name.removeprefix("fn1 made in ") for name in names if "made in" in name] == nearby


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("skip mark", "skip mark"),
        ("repeat mark", "repeat mark at once"),
        ("swap mark", "swap mark with activate"),
        ("delay mark", "delay mark by 15m, with activate, still before open-session-2"),
        ("delay activate", "delay activate by 15m, still before open-session-2"),
        ("delay close-monday", "delay close-monday by 1h"),
    ],
)
def test_a_slip_in_full(name, exact):
    """A delay says by how long, which steps are put off with it, and what it stays ahead of."""
    (mutant,) = [mutant for mutant in runbook_mutants(RUNBOOK) if mutant.name == name]
    assert mutant.exact(BOOK) == exact
