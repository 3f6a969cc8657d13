"""What the rules decide about an event: about a change, at the sessions that come later; at an opening, what was
permitted there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import attrs

from dcsim.domain.account import Cell
from dcsim.domain.action_outcome import Change
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.world import Expected, Lane
from dcsim.semantics import intent


@attrs.frozen(kw_only=True)
class SessionRuling:
    """What the rules decide of one field at one session, with the rules that decide, or the questions that they leave
    open.

    About a change it is its ``fate``. At an opening it is what the field was ``permitted`` to hold, of ``accounts``
    alike, of which ``examples`` are the first.
    """

    session: str
    field: str
    fate: Literal["", "carry", "discard", "reset", "open"] = ""
    rules: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    permitted: tuple[Cell, ...] = ()
    accounts: int = 1
    examples: tuple[str, ...] = ()


def change_rulings(book: Rulebook, kind: str, changes: Iterable[Change]) -> Iterator[SessionRuling]:
    """Yield what the rules decide about the changes of an account of a kind, at each session after the one in which
    they were made.
    """
    order = book.order
    for change in changes:
        made = change.after.origin
        for session in (name for name in book.timeline if name in book.by_name and order[name] > order.get(made, -1)):
            ruling = intent.fate(book, kind, change.kind, made, session)
            asked = book.questions_about(kind, change.kind, made, session) if ruling.fate == "open" else ()
            questions = tuple(question.id for question in asked)
            yield SessionRuling(
                session=session, field=change.field, fate=ruling.fate, rules=ruling.ids, questions=questions
            )


def opening_rulings(book: Rulebook, session: str, lane: Lane) -> Iterator[SessionRuling]:
    """Yield what the fields of an account may hold at a session that opens, where a rule or an open question speaks of
    them.
    """
    for field, expected in lane.ledger.of(session).items():
        questions = _questions(book, lane.profile.kind, session, expected)
        if expected.rules or questions:
            yield SessionRuling(
                session=session, field=field, rules=expected.rules, questions=questions, permitted=expected.cells
            )


def _questions(book: Rulebook, kind: str, session: str, expected: Expected) -> tuple[str, ...]:
    asked = (q.id for change, made in expected.questions for q in book.questions_about(kind, change, made, session))
    return tuple(dict.fromkeys(asked))
