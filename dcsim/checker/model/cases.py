"""What the fields that a slice forgets may hold when a client acts: one case for each answer of the serving site.

Which fields a decision reads is found by watching it. Only those are tried with every value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import attrs

from dcsim.domain.account import FIELDS, Cell, Record, Value
from dcsim.domain.action_signature import SECRETS
from dcsim.semantics.client_step import Decision


@attrs.define(eq=False)
class Watched:
    """A record that remembers which of its fields were read."""

    record: Record
    read: dict[str, None] = attrs.field(factory=dict)

    def __getattr__(self, name: str) -> Any:
        """A field by attribute, as guards read it."""
        if name in FIELDS:
            self.read[name] = None
        return getattr(self.record, name)

    def __getitem__(self, field: str) -> Cell:
        """A field by name."""
        self.read[field] = None
        return self.record[field]


def cases(
    decide: Callable[[Any], Decision], record: Record, forgotten: Mapping[str, tuple[Value, ...]]
) -> Iterator[tuple[Record, Decision]]:
    """A record for each answer that a site may give, and the answer, if any field that is ``forgotten`` may hold any
    of its values. ``decide`` gets the record.
    """
    answers: dict[Any, None] = {}
    open_ = [dict[str, Value]()]
    while open_:
        given = open_.pop()
        here = _with(record, given)
        watched = Watched(here)
        decision = decide(watched)
        asked = next((field for field in watched.read if field in forgotten and field not in given), None)
        if asked is not None:
            open_ += [{**given, asked: value} for value in forgotten[asked]]
            continue
        changes = tuple((c.kind, c.field, c.after) for c in decision.changes if c.field not in forgotten)
        answer = decision.code, changes, tuple(sorted({c.kind for c in decision.changes}))
        if answer not in answers:
            answers[answer] = None
            yield here, decision


def with_each_secret(record: Record, forgotten: Mapping[str, tuple[Value, ...]]) -> Iterator[Record]:
    """A record for each secret that it may hold: whoever acts gives the right one, whichever it is."""
    secrets = [field for field in dict.fromkeys(SECRETS.values()) if field in forgotten]
    for values in product(*(forgotten[field] for field in secrets)):
        yield _with(record, dict(zip(secrets, values, strict=True)))


def _with(record: Record, given: Mapping[str, Value]) -> Record:
    return record.put({field: Cell(value) for field, value in given.items()}) if given else record
