"""Items of a list that have a faulty part: a step, an account, a fault, a rule. The rest of the item is checked too.

What is faulty or missing and may not be missing is replaced by a stand-in. A finding about the item is told only if it
does not hang on what was replaced or left out (the item's holes).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import attrs

from dcsim.domain.actions import CLIENT_ACTIONS
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import STEPS, Runbook
from dcsim.files.findings import Flaw, Keys
from dcsim.files.forms import ScenarioForm
from dcsim.files.meant_verb import meant_verb

UNKNOWN = "?"
"""Stands among an item's holes for an unknown key: it may be a misspelling of any key."""


@attrs.frozen
class Items:
    """One list of items: stand-ins for their keys, and the keys that declare what other parts of the file name.

    ``verbs`` are the words that may stand after `do`.
    """

    stand_ins: Mapping[str, str]
    declare: frozenset[str] = frozenset()
    verbs: Mapping[str, Any] = attrs.field(factory=dict)


_MOMENT, _ANY = "2000-01-01 00:00", "any"
_STEP = ("account", "user", "password", "channel", "from", "to", "record")
_OPERATION = ("session", "site", "name", "to", "source", "target", "fields")
_WORDS = {"link": "drop", "operator": "skip", "site": "crash", "clock": "fast", "otp": "late", "request": "slow"}
_DELAYS = dict.fromkeys(("by", "lag"), "1m")
_RULE = ("id", "accounts", "changes", "made-in", "at")
_DECISION = ("fate", "to", "baseline")

ITEMS: Mapping[type, Mapping[str, Items]] = {
    ScenarioForm: {
        "accounts": Items(
            {"id": _ANY, "kind": _ANY, "prefix": _ANY, "population": "1", "names": _ANY},
            frozenset({"id", "prefix", "population", "names", "csv", "digits", "group", "behaviour"}),
        ),
        "steps": Items(
            {"at": _MOMENT, "do": "logout", "with": "otp", **dict.fromkeys(_STEP, _ANY)}, verbs=CLIENT_ACTIONS
        ),
        "faults": Items({**_WORDS, **dict.fromkeys(("from", "until"), _MOMENT), "step": _ANY, "of": _ANY, **_DELAYS}),
    },
    Runbook: {
        # A step without an id is named by its verb and what it acts on.
        "steps": Items(
            {"at": _MOMENT, "do": "resend", **dict.fromkeys(_OPERATION, _ANY)},
            frozenset({"id", "do", "session", "site", "name", "to", UNKNOWN}),
            STEPS,
        )
    },
    # Two rules contradict each other by what they decide.
    Rulebook: {"rules": Items({**dict.fromkeys(_RULE, _ANY), "fate": "carry"}, frozenset({*_DECISION, UNKNOWN}))},
}

# Findings about a single name or moment hang on nothing else.
_ALONE = {f"DC{number}" for number in (*range(120, 129), 132, 142)}
# Other findings about a key, with the keys on which they hang as well.
_HANGS_ON: Mapping[tuple[str, str], frozenset[str]] = {
    ("DC109", "every"): frozenset({"account", "user"}),
    **{("DC109", key): frozenset() for key in ("failures", "population", "nth")},
    **{("DC129", key): frozenset() for key in ("id", "prefix")},
    **{("DC143", key): frozenset({"made-in", "at", "baseline"}) for key in ("at", "baseline")},
    ("DC145", ""): frozenset({"citation", "assumption", UNKNOWN}),
}


def items_of(cls: type, keys: Keys) -> Items | None:
    """The list of items in which a place lies, if it lies in one."""
    return ITEMS[cls].get(str(keys[0])) if len(keys) >= 2 else None


def stand_in(items: Items, key: str, item: Any) -> str | None:
    """The stand-in for the value of an item's key; None if the key may be left out. For a verb, the one meant."""
    meant = meant_verb(item, items.verbs) if key == "do" and isinstance(item, dict) else None
    return meant or items.stand_ins.get(key)


def hangs_on(flaw: Flaw, holes: Collection[str]) -> bool:
    """Whether a flaw of an item may come only from its holes."""
    key = str(flaw.keys[2]) if len(flaw.keys) > 2 else ""
    if key in holes:
        return True
    if flaw.code in _ALONE:
        return False
    others = _HANGS_ON.get((flaw.code, key))
    return others is None or not others.isdisjoint(holes)
