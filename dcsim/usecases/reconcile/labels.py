"""Labels in place of secrets. Each account's values are numbered in the order in which they first occur.

Values are only compared and copied, so accounts that lived alike get the same labels, and share their lanes. What the
labels stand for is kept for each account; it is shown only if it is a word of the scenario's own files, and otherwise
as a salted hash.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

import attrs

from dcsim.domain.account import Account, Cell, Record, Value
from dcsim.domain.action_signature import valued
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Reset, Runbook
from dcsim.domain.scenario import Scenario

# No cell of a table holds a null character: no value is taken for a label.
START, WRITTEN, PRESENTED, UNTOLD, WRONG = "\0start ", "\0new ", "\0old ", "\0untold ", "\0wrong"
"""How labels begin: of a value that stood at the start; that is first seen when it is written; or when it is presented;
and of a value that was written and that the log does not tell. WRONG is a secret that nobody has.
"""
_REDACTED = re.compile(r"#[0-9a-f]{16}")

Names = dict[str | int, Value]
"""What one account's values are called: by their text, or by the line of the log that does not tell the value."""


def text_of(value: Value) -> str:
    """A value as a cell of a table spells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def hidden(value: str, salt: bytes) -> str:
    """A value as a salted hash: ``#`` and 16 hexadecimal digits."""
    return "#" + hashlib.blake2b(value.encode("utf-8", "surrogatepass"), key=salt, digest_size=8).hexdigest()


def salt_of(text: str) -> bytes:
    """The salt that a file holds: of any length, without the blanks around it."""
    return hashlib.blake2b(text.strip().encode()).digest()


def is_hidden(value: str) -> bool:
    """Whether a value is a salted hash already."""
    return bool(_REDACTED.fullmatch(value))


def constants(book: Rulebook, runbooks: Iterable[Runbook]) -> dict[str, Value]:
    """The values that rules and runbooks set, by their text. They keep their names."""
    values = [rule.to for rule in book.rules]
    values += [step.to for runbook in runbooks for step in runbook.steps if isinstance(step, Reset)]
    return {text_of(value): value for value in values if value is not None}


def own_words(scenario: Scenario) -> Iterator[str]:
    """The values that are written in the scenario's files."""
    starts = (*(a.start for a in scenario.accounts), *(p.like.start for p in scenario.populations))
    for start in set(starts):
        yield from (text_of(start[field].value) for field in start.fields)
    for step in scenario.steps:
        yield from (text_of(getattr(step.action, name)) for name, _, _ in valued(step.action))
    for seen in scenario.seen:
        yield from map(text_of, seen.fields.values())


@attrs.frozen(eq=False)
class Veil:
    """Shows values: words of the scenario's own files as they are, all others as salted hashes."""

    salt: bytes
    words: Mapping[str, str]

    @classmethod
    def of(cls, words: Iterable[str], salt: bytes) -> Veil:
        """A veil that also knows each word by its hash, as a redacted file has it."""
        known = set(words)
        return cls(salt, {word: word for word in known} | {hidden(word, salt): word for word in known})

    def show(self, value: str) -> str:
        """A value as a report shows it."""
        if value in self.words:
            return self.words[value]
        return (value if is_hidden(value) else hidden(value, self.salt))[:7]


@attrs.frozen(eq=False)
class Starts:
    """Makes the records of accounts at the start with labels in place of secrets."""

    fields: tuple[str, ...]
    constants: Mapping[str, Value]
    salt: bytes
    _known: dict[tuple[Value, ...], tuple[Mapping[str, Value], Mapping[str, Cell]]] = attrs.field(factory=dict)

    def labelled(self, account: Account) -> tuple[Record, Names]:
        """An account's record with labels, and what its values are called."""
        start = account.start
        values = tuple([start[field].value for field in self.fields])
        if values not in self._known:
            self._known[values] = self._labels(values)
        names, cells = self._known[values]
        mine: Names = dict(names.items())
        return (start.put(cells) if cells else start), mine

    def _labels(self, values: tuple[Value, ...]) -> tuple[Mapping[str, Value], Mapping[str, Cell]]:
        names, cells = dict(self.constants), dict[str, Cell]()
        for field, value in zip(self.fields, values, strict=True):
            if value is None:
                continue
            if text_of(value) not in names:
                names[text_of(value)] = names[hidden(text_of(value), self.salt)] = f"{START}{field}"
            cells[field] = Cell(names[text_of(value)])
        return names, cells
