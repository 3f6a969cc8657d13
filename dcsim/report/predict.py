"""What accounts are permitted to hold and will hold, at an instant and a site. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from dcsim.domain.account import Value
from dcsim.report.notebook import prediction_table
from dcsim.report.text import Paint, plain
from dcsim.semantics.invariant_registry import spell


@attrs.frozen(kw_only=True)
class PredictedField:
    """One field of an account: the value that it will hold, and those that it is permitted to hold.

    ``rules`` are those that decide, by id; ``questions`` what the source leaves open about it, in words.
    """

    field: str
    value: Value
    permitted: tuple[Value, ...]
    rules: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether the value is one that is permitted."""
        return any((type(self.value), self.value) == (type(each), each) for each in self.permitted)


@attrs.frozen(kw_only=True)
class PredictedAccount:
    """One account: its fields, and what each way of logging on with what it holds would answer."""

    account: str
    fields: tuple[PredictedField, ...]
    logons: Mapping[str, str]


@attrs.frozen(kw_only=True)
class Prediction:
    """Accounts at a site and an instant (milliseconds since the epoch), and the session whose promise is meant."""

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
        """The result in a notebook."""
        return prediction_table(self, HEAD)

    @property
    def rows(self) -> Iterator[tuple[str, ...]]:
        """A line for each account and field: account, field, will hold, permitted, rules, open questions."""
        for predicted in self.accounts:
            for each in predicted.fields:
                permitted = " or ".join(map(spell, each.permitted))
                words = ", ".join(each.rules), "; ".join(each.questions)
                yield (predicted.account, each.field, spell(each.value), permitted, *words)


HEAD = ("account", "field", "will hold", "permitted", "rules", "open")


def lines(prediction: Prediction, paint: Paint = plain) -> Iterator[str]:
    """A table for a terminal."""
    yield paint(f"{prediction.session} at {prediction.site}, {prediction.clock}", "bold")
    rows = [HEAD, *prediction.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
