"""What accounts may hold and will hold at an instant and a site. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from dcsim import harmless
from dcsim.domain.account import Record, Value, typed
from dcsim.domain.rulebook import OpenQuestion
from dcsim.report.notebook import prediction_table
from dcsim.report.text import Paint, each_on_one_line, plain, some, wrapped
from dcsim.semantics.invariant_registry import spell


@attrs.frozen(kw_only=True)
class OpenFate:
    """A kind of change, made in an interval, of which no rule says whether it arrives; with the rulebook's questions
    about it.
    """

    change: str
    made_in: str
    questions: tuple[OpenQuestion, ...] = ()

    def __str__(self) -> str:
        ids = "/".join(question.id for question in self.questions)
        return f"{ids + ': ' if ids else ''}{self.change} made in {self.made_in}"


@attrs.frozen(kw_only=True)
class PredictedField:
    """One field of an account: the value that it will hold, and those that it is permitted to hold.

    ``rules`` are the ids of the rules that decide. ``open`` are the changes on whose fate the permitted value hangs.
    """

    field: str
    value: Value
    permitted: tuple[Value, ...]
    rules: tuple[str, ...] = ()
    open: tuple[OpenFate, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether the value is permitted. Types are compared too, because Python treats 1 and True as equal."""
        return any(typed(self.value) == typed(each) for each in self.permitted)


@attrs.frozen(kw_only=True)
class PredictedAccount:
    """One account: its fields, and the answer to a logon by each method with the password that the account holds."""

    account: str
    kind: str
    fields: tuple[PredictedField, ...]
    logons: Mapping[str, str]


@attrs.frozen(kw_only=True)
class Prediction:
    """Accounts at a site and an instant (milliseconds since the epoch). ``session``: whose promise is predicted."""

    at: int
    clock: str
    session: str
    site: str
    accounts: tuple[PredictedAccount, ...]

    def __getitem__(self, account: str) -> PredictedAccount:
        """The prediction for one account. KeyError when it has none."""
        for predicted in self.accounts:
            if predicted.account == account:
                return predicted
        raise KeyError(account)

    def _repr_html_(self) -> str:
        """Return the result as HTML for a notebook."""
        return prediction_table(self, HEAD)

    @property
    def rows(self) -> Iterator[tuple[str, ...]]:
        """A row for each account and field: account, field, will hold, permitted, rules, open questions."""
        for predicted in self.accounts:
            for each in predicted.fields:
                permitted = " or ".join(map(spell, each.permitted))
                words = ", ".join(each.rules), "; ".join(map(str, each.open))
                yield (predicted.account, each.field, spell(each.value), permitted, *words)


HEAD = ("account", "field", "will hold", "permitted", "rules", "open")


# -- for other programs --------------------------------------------------------------------------------------------

COLUMNS = ("account", "kind", "session", "site", "check", "will hold", "permitted", "as permitted", "rules", "open")


def rows(prediction: Prediction) -> Iterator[tuple[str, ...]]:
    """Yield a row of a checklist for each account and field, and for each way of logging on."""
    where = prediction.session, prediction.site
    for account in prediction.accounts:
        who = account.account, account.kind, *where
        for each in account.fields:
            permitted = " or ".join(map(spell, each.permitted))
            rules, opened = ", ".join(each.rules), "; ".join(map(str, each.open))
            yield (*who, each.field, spell(each.value), permitted, spell(each.kept), rules, opened)
        for method, answer in account.logons.items():
            yield (*who, f"logon with {method}", answer, "", "", "", "")


def as_json(prediction: Prediction) -> dict[str, Any]:
    """Return the prediction as JSON values."""
    fields = ("at", "clock", "session", "site")
    head = {name: getattr(prediction, name) for name in fields}
    return {"dcsim-prediction": 1, **head, "accounts": list(map(_account_json, prediction.accounts))}


def _account_json(account: PredictedAccount) -> dict[str, Any]:
    fields = {each.field: _field_json(each) for each in account.fields}
    return {"account": account.account, "kind": account.kind, "fields": fields, "logons": dict(account.logons)}


def _field_json(each: PredictedField) -> dict[str, Any]:
    opened = [
        {"change": fate.change, "made-in": fate.made_in, "questions": [question.id for question in fate.questions]}
        for fate in each.open
    ]
    facts = {"value": each.value, "permitted": list(each.permitted), "as-permitted": each.kept}
    return facts | {"rules": list(each.rules), "open": opened}


# -- for a terminal ------------------------------------------------------------------------------------------------

MOST_SHOWN = 40
"""Above so many accounts, those with equal predictions share a row."""


@each_on_one_line
def lines(prediction: Prediction, paint: Paint = plain) -> Iterator[str]:
    """Yield the prediction as a table with a row for each account, or for accounts that are alike."""
    yield paint(f"{prediction.session} at {prediction.site}, {prediction.clock}", "bold")
    shown = _fields_shown(prediction)
    methods = tuple(dict.fromkeys(method for account in prediction.accounts for method in account.logons))
    table = [("account", *shown, *(f"{method} logon" for method in methods))]
    rows = ((who, *_cells(account, shown, methods)) for who, account in _alike(prediction.accounts))
    # What a terminal would obey is escaped here, because the widths are those of what is shown.
    table += [tuple(map(harmless.line, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield from _below(prediction)
    yield from summary(prediction, paint)


def _fields_shown(prediction: Prediction) -> tuple[str, ...]:
    """Return the fields in which some account holds or may hold something, or of which a rule or a question speaks."""
    empty = Record()
    names = [each.field for each in prediction.accounts[0].fields] if prediction.accounts else []
    some_value = {
        each.field
        for account in prediction.accounts
        for each in account.fields
        if each.rules or each.open or {*map(typed, each.permitted), typed(each.value)} != {_nothing(empty, each.field)}
    }
    return tuple(name for name in names if name in some_value)


def _nothing(empty: Record, field: str) -> tuple[type, object]:
    return typed(getattr(empty, field).value if hasattr(empty, field) else None)


def _alike(accounts: Sequence[PredictedAccount]) -> Iterator[tuple[str, PredictedAccount]]:
    """Yield each account; if there are many, the first of each group that is alike, with their number."""
    if len(accounts) <= MOST_SHOWN:
        yield from ((account.account, account) for account in accounts)
        return
    groups: dict[Any, list[PredictedAccount]] = {}
    for account in accounts:
        groups.setdefault((account.kind, account.fields, tuple(account.logons.items())), []).append(account)
    for group in groups.values():
        more = f" and {len(group) - 1:,} more" if len(group) > 1 else ""
        yield f"{group[0].account}{more}", group[0]


def _cells(account: PredictedAccount, shown: Sequence[str], methods: Sequence[str]) -> Iterator[str]:
    by_name = {each.field: each for each in account.fields}
    yield from (_cell(by_name[name]) for name in shown)
    yield from (account.logons.get(method, "-") for method in methods)


def _cell(each: PredictedField) -> str:
    """Return what a field will hold; with what is permitted instead, or with the question on which it hangs."""
    if not each.kept:
        return f"{spell(each.value)} (must be {' or '.join(map(spell, each.permitted)) or 'impossible'})"
    ids = dict.fromkeys(question.id for fate in each.open for question in fate.questions)
    return f"{spell(each.value)} ({'/'.join(ids) or 'open'})" if each.open else spell(each.value)


def _below(prediction: Prediction) -> Iterator[str]:
    """Yield the rules that decide something, and the questions that are open."""
    fields = {each for account in prediction.accounts for each in account.fields}
    rules = sorted({rule for each in fields for rule in each.rules})
    if rules:
        yield f"  decided by {', '.join(rules)}"
    fates = {fate for each in fields for fate in each.open}
    for fate in sorted(fates, key=str):
        asked = " ".join(question.asks for question in fate.questions) or "no question of the rulebook is about it"
        yield from wrapped(f"open  {fate}: {asked}", 2)


def summary(prediction: Prediction, paint: Paint = plain) -> Iterator[str]:
    """Yield how many accounts are predicted, and on how many the promise is not kept."""
    broken = sum(not each.kept for account in prediction.accounts for each in account.fields)
    opened = sum(bool(each.open) for account in prediction.accounts for each in account.fields)
    words = [some(len(prediction.accounts), "account")]
    words += [paint(f"{some(broken, 'field')} will not be as permitted", "bad")] if broken else []
    words += [paint(f"{some(opened, 'field')} open", "warn")] if opened else []
    yield "  " + ", ".join(words)
