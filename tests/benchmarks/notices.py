"""Big rulebooks for benchmarks and tests: a season of sessions at two sites, with many rules that never contradict.

Each rule decides one block of cells: two kinds of account, a few kinds of change, made in one interval, at every
session from the next one on. Blocks do not overlap, so neither do rules.
"""

from datetime import datetime, timedelta
from itertools import product
from random import Random

BUILT_IN = (
    *("initiate-2fa", "repeat-2fa-set-up", "partial-2fa-set-up", "change-2fa-password", "change-otp-channel"),
    *("change-smartcard-password", "register-email", "create-user", "suspend-user", "reinstate-user", "reset-user"),
    *("unlock-user", "failed-logon", "lockout"),
)
GROUPS = (("member", "clerk"), ("officer", "machine"))
SCALES = ((1, 6), (1, 3), (1, 1), (2, 1))
"""How finely blocks are cut: into how many kinds of account groups are, and of how many kinds of change blocks are."""
HEAD = """\
rulebook: season
version: 1
title: A season of rehearsals
timezone: Asia/Hong_Kong
source: {title: A season of rehearsals}
accounts:
  member: {system: terminal}
  clerk: {system: terminal}
  officer: {system: administration, administers: [member, clerk, machine]}
  machine: {system: gateway}
"""


def notice(rules=200, sessions=12, records=26, amended=0, seed=0):
    """The text of a rulebook with so many rules, sessions and records; some of its rules say otherwise if amended."""
    own = [f"record-{number}" for number in range(1, records + 1)]
    lines = [HEAD + f"records: [{', '.join(own)}]", "sessions:", *map(_session, range(1, sessions + 1)), "rules:"]
    blocks = _blocks(sessions, (*BUILT_IN, *own), rules)
    chosen = Random(seed).sample(blocks, rules)
    for number, (accounts, changes, origin) in enumerate(sorted(chosen, key=blocks.index), start=1):
        spread = number * amended // rules > (number - 1) * amended // rules
        lines += _rule(number, accounts, changes, origin, sessions, other=spread)
    gaps = f"{{value: [{', '.join(own)}], assumption: records are no terminal functions}}"
    return "\n".join([*lines, "policies:", f"  changes-in-gaps: {gaps}", ""])


def _session(number):
    day = datetime(2024, 3, 2, 18) + timedelta(days=number)  # noqa: DTZ001 - a wall clock
    site = "secondary" if number % 3 == 2 else "primary"
    times = f"opens: {day:%Y-%m-%d %H:%M}, closes: {day + timedelta(hours=2):%Y-%m-%d %H:%M}"
    cited = f'citation: {{place: "schedule, row {number}", quote: Session {number} at the {site} data centre}}'
    return f"  - {{name: session-{number}, site: {site}, {times}, {cited}}}"


def _blocks(sessions, kinds, wanted):
    origins = [name for n in range(1, sessions) for name in (f"session-{n}", f"after-session-{n}")]
    for parts, size in SCALES:
        groups = [group[at::parts] for group in GROUPS for at in range(parts)]
        chunks = [kinds[at : at + size] for at in range(0, len(kinds), size)]
        every = product(groups, chunks, origins)
        blocks = [b for b in every if not b[2].startswith("after") or not set(b[1]) & set(BUILT_IN)]
        if len(blocks) >= wanted:
            return blocks
    raise ValueError(f"{wanted} rules are too many for {sessions} sessions")


def _rule(number, accounts, changes, origin, sessions, *, other):
    first = int(origin.rpartition("-")[2]) + 1
    at = [f"session-{n}" for n in range(first, sessions + 1)]
    fate = "carry" if (number % 3 == 0) != other else "discard"
    if number % 7 == 0 and all(change.startswith("record-") for change in changes):
        fate = f"reset\n    to: {number + other}"
    elif fate == "discard" and number % 2 and first > 2:
        fate = f"discard\n    baseline: session-{first - 2}"
    yield f"  - id: r{number}"
    yield f"    accounts: [{', '.join(accounts)}]"
    yield f"    changes: [{', '.join(changes)}]"
    yield f"    made-in: {origin}"
    yield f"    at: [{', '.join(at)}]"
    yield f"    fate: {fate}"
    quote = f"What is done in {origin} is dealt with as section 2 says."
    yield f'    citation: {{place: "section {number}", quote: {quote}}}'
