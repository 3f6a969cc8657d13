"""Reads a log: each row is an act at an instant, with the outcome that the real system gave."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from dcsim.domain.account import Value
from dcsim.domain.action_signature import Argument, arguments, valued
from dcsim.domain.actions import CLIENT_ACTIONS, Administer
from dcsim.domain.rulebook import Rulebook
from dcsim.files.findings import FlawError
from dcsim.files.forms import key_name, keys_of
from dcsim.files.mapping import LogMap, argument, argument_names
from dcsim.files.tables import TableRow, read_table
from dcsim.semantics.refusals import REFUSALS
from dcsim.usecases.reconcile.columns import (
    Faults,
    Head,
    Kept,
    Known,
    clock_reader,
    meaning,
    plain_name,
    readable,
)
from dcsim.usecases.reconcile.unknown_words import UnknownWords

ACCEPTED = frozenset(
    {"accepted", "ok", "okay", "success", "succeeded", "successful", "true", "yes", "y", "1", "pass", "moved"}
)
REFUSED = frozenset({"refused", "denied", "rejected", "failed", "fail", "failure", "error", "false", "no", "n", "0"})
_REFUSED_AS = re.compile(r"^(?:refused|denied|rejected|failed|failure|error)\W+")
VALUED = frozenset(
    key_name(argument.name)
    for cls in CLIENT_ACTIONS.values()
    for argument in arguments(cls)
    if argument.sort in ("secret", "new")
)
"""The arguments that are secrets or values, as files spell them. Their cells are never shown."""
FREE = frozenset({"portal", "link"})
"""The other arguments that may be any text."""


@attrs.frozen(eq=False)
class Template:
    """An action without its secrets and values: its class and its other arguments, by attribute.

    ``valued`` are the arguments that are secrets or values, each with the field to which it belongs; ``keys`` are their
    names in files.
    """

    cls: Any
    fixed: Mapping[str, Any]
    valued: tuple[tuple[Argument, str], ...]
    keys: tuple[str, ...]

    @cached_property
    def administers(self) -> bool:
        """Whether an administrator acts on another account."""
        return issubclass(self.cls, Administer)

    @property
    def words(self) -> str:
        """The action in words, without secrets and values: ``logon with otp``."""
        # What may be any text may be a secret in the wrong column.
        given = (
            f"with a {name}" if name in FREE else f"{key_name(name)} {value}"
            for name, value in self.fixed.items()
            if name != "user"
        )
        return " ".join((self.cls.verb, *given))


class LogRow(NamedTuple):
    """One row: the instant, the names of the account and of the administrator (or empty), the action, the values of its
    ``valued`` arguments (None: not recorded), the outcome (empty: not recorded), and the line.
    """

    at: int
    account: str
    by: str
    template: Template
    values: tuple[Value, ...]
    wanted: str
    line: int


@attrs.define
class LogReader:
    """Reads rows by a mapping. What it does not understand is counted: acts and outcomes, by their words."""

    path: Path
    mapping: LogMap
    book: Rulebook
    displayed: list[tuple[LogRow, str]] = attrs.field(factory=list)
    """Rows whose outcome is a text that a logon shows."""
    strange_acts: UnknownWords = attrs.field(factory=UnknownWords)
    strange_outcomes: UnknownWords = attrs.field(factory=UnknownWords)
    _heads: dict[tuple[str, ...], LogColumns] = attrs.field(factory=dict)
    _times: dict[Any, int] = attrs.field(factory=dict)
    _templates: dict[tuple[Any, ...], Template | None] = attrs.field(factory=dict)
    _outcomes: dict[str, str] = attrs.field(factory=dict)
    _shown: dict[str, str] = attrs.field(factory=dict)
    _faults: Faults = attrs.field(init=False)
    _clock: Callable[[object], int] = attrs.field(init=False)
    _texts: dict[str, str] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._faults = Faults(self.path)
        self._clock = clock_reader(self.mapping.time, self.book.timezone)
        self._texts = {loose(text): text for s in self.book.sessions for text in s.shows.values()}

    def read(self) -> list[LogRow]:
        """All rows that are acts, in order of time; rows of one instant stay in the order of the file."""
        found = [each for row in read_table(self.path) if (each := self._row(row)) is not None]
        self._faults.end()
        found.sort(key=lambda row: row[0])
        return found

    def _row(self, row: TableRow) -> LogRow | None:
        cells = row.cells
        names = tuple(cells)
        columns = self._heads.get(names) or self._columns(row.line, names)
        act, account = cells[columns.act], cells[columns.account]
        if columns.ignored and str(act or "").strip() in columns.ignored:
            return None
        cell = cells[columns.time]
        at = self._times.get(cell)
        if at is None:
            at = self._instant(row.line, cell)
        plain = tuple([(name, cells[column]) for name, column, _ in columns.plain if cells[column] not in ("", None)])
        key = (act, plain)
        template = self._templates[key] if key in self._templates else self._template(key, columns, row.line)
        if template is None:
            return None
        by = ""
        if template.administers:
            # Either the administrator's row names the user, or the user's row names the administrator.
            user, by = (cells[column] if column else "" for column in (columns.user, columns.by))
            account, by = (user, account) if user else (account, by)
        outcome = cells[columns.outcome] if columns.outcome else ""
        wanted = self._outcomes.get(outcome)
        if wanted is None:
            wanted = self._outcome(outcome, row.line)
        values = tuple([columns.value(cells, key) for key in template.keys])
        made = LogRow(at, columns.name(account), columns.name(by), template, values, wanted, row.line)
        if outcome in self._shown:
            self.displayed.append((made, self._shown[outcome]))
        return made

    def _columns(self, line: int, names: tuple[str, ...]) -> LogColumns:
        found = self._heads[names] = LogColumns.of(Head.of(self.path, line, names), self.mapping)
        return found

    def _instant(self, line: int, cell: Any) -> int:
        try:
            at = self._times[cell] = self._clock(cell)
        except (ValueError, OverflowError, OSError):
            form = self.mapping.time.format if self.mapping.time else ""
            expected = f"'{form}'" if form else "ISO 8601, such as 2023-06-10 18:05:00, or seconds since 1970"
            self._faults.add(line, f"the time cannot be read; expected {expected}", "give its format in a mapping file")
            return 0
        return at

    # -- acts ----------------------------------------------------------------------------------------------------------

    def _template(
        self, key: tuple[Any, tuple[tuple[str, Any], ...]], columns: LogColumns, line: int
    ) -> Template | None:
        """The action that a word stands for. None, and counted, if it is unknown."""
        act, plain = key
        word = str(act or "").strip()
        given = dict(columns.act_values or {}).get(word)
        if given is None and plain_name(word) in CLIENT_ACTIONS:
            given = {"do": plain_name(word)}
        if given is None:
            # Not remembered, so that every row is counted.
            self.strange_acts.add(word, line)
            return None
        cls: Any = CLIENT_ACTIONS[str(given["do"])]
        own = {k.name: k for k in keys_of(cls)}
        cells = {name: cell for name, cell in plain if name in own}
        told = {name: meaning(cell, columns.values[name]) for name, cell in cells.items()}
        fixed: dict[str, Any] = {}
        for name, raw in (told | {k: v for k, v in given.items() if k != "do"}).items():
            try:
                fixed[own[name].attribute] = argument(cls, name)(raw)
            except FlawError:
                self._faults.add(line, f"the cell for '{name}' is none that {cls.verb} takes")
        made = self._templates[key] = template_of(cls, fixed)
        return made

    def _outcome(self, cell: Any, line: int) -> str:
        mapped = self.mapping.outcome.values if self.mapping.outcome else {}
        word = meaning(cell, mapped)
        wanted, text = outcome_of(word), self._texts.get(loose(str(word)))
        if wanted is None and text:
            self._shown[cell] = text
            wanted = "accepted"
        if wanted is None:
            # Not remembered, so that every row is counted.
            self.strange_outcomes.add(str(word), line)
            return ""
        self._outcomes[cell] = wanted
        return wanted


def loose(text: str) -> str:
    """A text as a logon may show it, as it is compared."""
    return " ".join(text.casefold().split()).strip(" .!")


def outcome_of(word: Value) -> str | None:
    """An outcome in dcsim's words: accepted, refused, refused CODE; empty if there is none; None if it is unknown."""
    if word is None:
        return ""
    text = plain_name(str(word).lower() if isinstance(word, bool) else str(word))
    if text in ACCEPTED or text in REFUSED:
        return "accepted" if text in ACCEPTED else "refused"
    code = _REFUSED_AS.sub("", text).rstrip(").")
    return f"refused {code}" if code in REFUSALS else None


def template_of(cls: Any, given: Mapping[str, Any]) -> Template:
    """The template of an action with some arguments, by attribute. The others are secrets, values, or have defaults."""
    fixed = dict(given)
    missing = {a.name: a.sort for a in arguments(cls) if a.name not in fixed}
    for name, sort in missing.items():
        if sort == "user":
            fixed[name] = ""
        elif sort == "method":
            fixed[name] = "otp"
    blank = {name: None for name, sort in missing.items() if sort in ("secret", "new")}
    parts = tuple((argument, field) for name, field, argument in valued(cls(**blank, **fixed)) if name in blank)
    return Template(cls, fixed, parts, tuple(key_name(argument.name) for argument, _ in parts))


@attrs.frozen(eq=False)
class LogColumns:
    """Where a row's cells are. ``plain`` are the columns of arguments that are neither secrets, values nor accounts."""

    time: str
    account: str
    user: str | None
    act: str
    outcome: str | None
    by: str | None
    plain: tuple[tuple[str, str, Any], ...]
    secret: Mapping[str, str]
    values: Mapping[str, Mapping[str, Value]]
    act_values: Mapping[str, Mapping[str, Value]] | None
    ignored: frozenset[str]
    accounts: Mapping[str, Value]

    @classmethod
    def of(cls, head: Head, mapping: LogMap) -> LogColumns:
        """Find the columns. InputError where one that is needed is missing."""
        names = mapping.arguments if mapping.arguments is not None else dict.fromkeys(sorted(argument_names()))
        columns, hidden = dict[str, str](), VALUED | {"user"}
        values: dict[str, Mapping[str, Value]] = {}
        for name, mapped in names.items():
            found = head.find(name, mapped)
            if found is not None:
                columns[name], values[name] = found, mapped.values if mapped else {}
        return cls(
            time=head.need("time", mapping.time),
            account=head.need("account", mapping.account),
            user=columns.get("user"),
            act=head.need("act", mapping.act),
            outcome=head.find("outcome", mapping.outcome),
            by=head.find("by", mapping.by),
            plain=tuple((name, column, values[name]) for name, column in columns.items() if name not in hidden),
            secret={name: column for name, column in columns.items() if name in VALUED},
            values=values,
            act_values=mapping.act.values if mapping.act else None,
            ignored=frozenset(mapping.act.ignore) if mapping.act else frozenset(),
            accounts=mapping.account.values if mapping.account else {},
        )

    def kept(self, mapping: LogMap, book: Rulebook, names: Container[str]) -> Kept:
        """The columns that are used. ``names`` are those of the accounts."""
        outcomes = mapping.outcome.values if mapping.outcome else {}
        texts = {loose(text) for session in book.sessions for text in session.shows.values()}
        kept: dict[str | None, Mapping[str, Value] | Known] = {
            self.time: readable(clock_reader(mapping.time, book.timezone)),
            self.act: self._known_act,
            self.outcome: lambda cell: outcome_of(meaning(cell, outcomes)) is not None or loose(str(cell)) in texts,
        }
        kept |= {column: self._known_argument(name, book) for name, column, _ in self.plain}
        names_known = {"", *self.accounts}
        kept |= dict.fromkeys(
            (self.account, self.user, self.by), lambda cell: self.name(cell) in names or self.name(cell) in names_known
        )
        kept |= {column: self.values[name] for name, column in self.secret.items()}
        return {column: known for column, known in kept.items() if column}

    def _known_act(self, cell: Any) -> bool:
        word = str(cell or "").strip()
        return not word or word in (self.act_values or {}) or word in self.ignored or plain_name(word) in CLIENT_ACTIONS

    def _known_argument(self, name: str, book: Rulebook) -> Known:
        values = self.values[name]
        if name == "record":
            return lambda cell: not cell or meaning(cell, values) in book.records
        classes: Iterable[Any] = CLIENT_ACTIONS.values()
        take = next(argument(cls, name) for cls in classes if any(key.name == name for key in keys_of(cls)))
        known = readable(
            lambda cell: cell in ("", None) or take(meaning(cell, values)), free=name in FREE | {"otp-age"}
        )
        return lambda cell: str(cell).strip() in values or known(cell)

    def name(self, cell: Any) -> str:
        """An account's name."""
        text = cell.strip() if isinstance(cell, str) else str("" if cell is None else cell)
        return str(self.accounts.get(text, text)) if self.accounts else text

    def value(self, cells: Mapping[str, Any], key: str) -> Value:
        """What the cell of a secret or a value stands for."""
        column = self.secret.get(key)
        return None if column is None else meaning(cells[column], self.values[key])
