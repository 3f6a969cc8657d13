"""Whether an act that the model answers differently is permitted by another reading of what the source leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from dcsim.domain.action_outcome import Refused
from dcsim.domain.world import Answers, Expected, Option, Question
from dcsim.semantics.client_step import serving
from dcsim.semantics.intent import compatible, join
from dcsim.semantics.step import lane_step
from dcsim.usecases.reconcile.player import UnlikeAct
from dcsim.usecases.reconcile.trial import Trial

MOST_READINGS = 64


def questions_behind(trial: Trial, number: int, act: UnlikeAct) -> tuple[Question, ...]:
    """The open questions of which another answer gives the log's outcome; none if no answer does."""
    session, site = serving(act.control, None)
    if session not in trial.openings or site is None or act.deed.template.administers:
        return ()
    opening = trial.openings[session][number]
    key = (opening, act.before, act.action, act.deed.wanted)
    if key not in trial.readings:
        trial.readings[key] = _questions(trial, opening, act, session, site)
    return trial.readings[key]


def _questions(trial: Trial, opening: int, act: UnlikeAct, session: str, site: str) -> tuple[Question, ...]:
    lane = trial.table.lanes[act.before]
    # Just before the session opened, the ledger has every reading; what was changed since is as it is.
    rows = trial.table.lanes[opening].ledger.of(session)
    since = {f for f, row in lane.ledger.of(session).items() if any(cell.origin == session for cell in row.cells)}
    asked = {field: row for field, row in rows.items() if len(row.cells) > 1 and field not in since}
    for chosen, answers in islice(_readings(list(asked.items())), MOST_READINGS):
        record = lane.store(site).put({field: option.cell for field, option in chosen.items()})
        outcome = lane_step(trial.model, act.control, lane.with_store(site, record), act.action).outcome
        if act.deed.meets(f"refused {outcome.code}" if isinstance(outcome, Refused) else "accepted"):
            return tuple(question for question, _ in answers)
    return ()


def _readings(rows: list[tuple[str, Expected]]) -> Iterator[tuple[dict[str, Option], Answers]]:
    """Every choice of an option for each field that one reading permits together."""
    if not rows:
        yield {}, ()
        return
    (field, row), *rest = rows
    for chosen, answers in _readings(rest):
        for option in row.options:
            if compatible(option.answers, answers):
                yield {field: option, **chosen}, join(option.answers, answers)
