"""What accounts may hold and will hold at an instant and a site. Pure."""

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

    ``rules`` are the ids of the rules that decide. ``questions`` say what the source leaves open about the field.
    """

    field: str
    value: Value
    permitted: tuple[Value, ...]
    rules: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether the value is permitted. Types are compared too, because Python treats 1 and True as equal."""
        return any((type(self.value), self.value) == (type(each), each) for each in self.permitted)


@attrs.frozen(kw_only=True)
class PredictedAccount:
    """One account: its fields, and the answer to a logon by each method with the password that the account holds."""

    account: str
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
                words = ", ".join(each.rules), "; ".join(each.questions)
                yield (predicted.account, each.field, spell(each.value), permitted, *words)


HEAD = ("account", "field", "will hold", "permitted", "rules", "open")


def lines(prediction: Prediction, paint: Paint = plain) -> Iterator[str]:
    """Yield the prediction as a table for a terminal."""
    yield paint(f"{prediction.session} at {prediction.site}, {prediction.clock}", "bold")
    rows = [HEAD, *prediction.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
