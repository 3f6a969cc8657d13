"""Labels in place of secrets. Each account's values are numbered in the order in which they first occur.

Values are only compared and copied, so accounts that lived alike get the same labels, and share their lanes. What the
labels stand for is kept for each account; it is shown only if it is a word of the scenario's own files, and otherwise
as a salted hash.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

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

Names = dict[Any, Value]
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


def own_words(scenario: Scenario, fields: tuple[str, ...]) -> Iterator[str]:
    """The values of some fields that are written in the scenario's files."""
    for account in (*scenario.accounts, *(population.like for population in scenario.populations)):
        yield from (text_of(account.start[field].value) for field in fields)
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
    def of(cls, words: Iterable[str], salt: bytes, *, redacted: bool) -> Veil:
        """A veil of words; ``redacted``: it knows each also by its hash, as a file that was redacted with the salt."""
        known = {word: word for word in words}
        return cls(salt, known | {hidden(word, salt): word for word in known} if redacted else known)

    def show(self, value: str) -> str:
        """A value as a report shows it."""
        if value in self.words:
            return self.words[value]
        return (value if is_hidden(value) else hidden(value, self.salt))[:7]


@attrs.frozen(eq=False)
class Starts:
    """Makes the records of accounts at the start with labels in place of secrets. Accounts that differ in these alone
    share a record.

    ``salt``: the salt by which files may have been redacted, so that values are known by their hashes too.
    """

    fields: tuple[str, ...]
    constants: Mapping[str, Value]
    salt: bytes | None
    _records: dict[tuple[Any, ...], Record] = attrs.field(factory=dict)

    def labelled(self, account: Account) -> tuple[Record, Names]:
        """An account's record with labels, and what its values are called."""
        start, names = account.start, Names(self.constants)
        labels = [self._label(names, field, start[field].value) for field in self.fields]
        # With the types: True is not 1.
        rest = (start.status, start.email, start.credential, start.failures, start.locked)
        key = (*rest, *labels, *map(type, labels))
        if key not in self._records:
            cells = {field: Cell(label) for field, label in zip(self.fields, labels, strict=True)}
            self._records[key] = start.put(cells)
        return self._records[key], names

    def _label(self, names: Names, field: str, value: Value) -> Value:
        if value is None:
            return None
        text = text_of(value)
        if text not in names:
            names[text] = f"{START}{field}"
            if self.salt is not None:
                names[hidden(text, self.salt)] = names[text]
        return names[text]
