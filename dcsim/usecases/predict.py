"""Predict: what each account of a scenario may hold, and will hold, at an instant and a site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Literal

import attrs

from dcsim.domain.action_outcome import Refused
from dcsim.domain.actions import ClientAction, Logon
from dcsim.domain.moment import MOMENT_FORMS, clock, instant, moment
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import Scenario
from dcsim.domain.world import Control, Expected, Lane
from dcsim.files.findings import suggest
from dcsim.files.load import Case
from dcsim.files.moment_hints import moment_hint
from dcsim.report.predict import OpenFate, PredictedAccount, PredictedField, Prediction
from dcsim.semantics.model import Model
from dcsim.semantics.step import lane_step
from dcsim.simulate.weekend import simulate
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster
from dcsim.usecases.request import RequestError

METHODS: tuple[Literal["otp", "smartcard"], ...] = ("otp", "smartcard")


@attrs.define
class _Seen:
    """The control and the requested accounts at one instant."""

    control: Control
    lanes: tuple[tuple[str, Lane], ...]

    @classmethod
    def of(cls, recorder: Recorder, accounts: str) -> _Seen:
        """Read from a recorder the accounts whose names match a pattern."""
        numbers = recorder.roster.matching(accounts)
        return cls(recorder.control, tuple((recorder.roster.name(n), recorder.lane(n)) for n in numbers))


def predict(case: Case, at: str | None = None, site: str | None = None, accounts: str = "*") -> Prediction:
    """Run a scenario and read its accounts at an instant.

    ``at``: a session (``monday``), which means its opening, or a moment such as ``session-2 +5m``; by default the
    opening of the last session. ``site``: by default the site that serves the session. ``accounts``: a pattern such as
    ``U0*``.

    The permitted values are those of the session that is open at the instant, or of the next one if none is open.
    """
    model = Model(case.rulebook, case.runbook, case.scenario.policies)
    if case.scenario.accounts or case.scenario.populations:
        requested_accounts(case.scenario, accounts)
    when, session = requested_instant(case.rulebook, at)
    place = requested_site(model, site or case.rulebook.by_name[session].site)
    opening = instant(moment(f"{session} opens"), case.rulebook)
    seen: dict[int, _Seen] = {}
    # Opening a session reads the stores, and what was found decides between several permitted values. So the ledger
    # just before the opening still has all of them.
    # The two moments are equal when the instant is before the opening; then one look is enough.
    moments = {min(when, opening - 1), when}
    looks = [(each, _keeper(seen, each, accounts)) for each in moments]
    # What is expected of figures is judged nowhere here, and may cost many runs.
    simulate(model, attrs.evolve(case.scenario, figures=()), tracing=False, looks=looks)
    before, now = seen[min(moments)], seen[when]
    # Accounts that lived through the same are in the same lanes, and are predicted once.
    of = lru_cache(maxsize=None)(partial(_account, model, now.control, (session, place)))
    predicted = (
        attrs.evolve(of(old, lane), account=name)
        for (name, old), (_, lane) in zip(before.lanes, now.lanes, strict=True)
    )
    return Prediction(at=when, clock=clock(when, case.rulebook), session=session, site=place, accounts=tuple(predicted))


def _keeper(seen: dict[int, _Seen], at: int, accounts: str) -> Callable[[Recorder], None]:
    def keep(recorder: Recorder) -> None:
        seen[at] = _Seen.of(recorder, accounts)

    return keep


def requested_instant(book: Rulebook, at: str | None) -> tuple[int, str]:
    """Return the instant and its session. RequestError where there is none."""
    sessions = sorted(book.sessions, key=lambda each: book.order[each.name])
    text = sessions[-1].name if at is None else at
    try:
        when = instant(moment(text if " " in text or text not in book.by_name else f"{text} opens"), book)
        clock(when, book)  # ValueError beyond the years of a calendar
    except KeyError as missing:
        name = str(missing.args[0])
        raise RequestError(f"there is no session '{name}'; {suggest(name, book.by_name)}") from None
    except (ValueError, OverflowError, OSError):
        hint = moment_hint(text, book) or f"expected a session, or one such as {MOMENT_FORMS}"
        raise RequestError(f"'{text}' is not a moment; {hint}") from None
    return when, session_at(book, when)


def session_at(book: Rulebook, when: int) -> str:
    """Return the session whose window is open at an instant, or the next one; after the last one, that one."""
    sessions = sorted(book.sessions, key=lambda each: book.order[each.name])
    ahead = (each.name for each in sessions if when < instant(moment(f"{each.name} closes"), book))
    return next(ahead, sessions[-1].name)


def requested_accounts(scenario: Scenario, pattern: str) -> None:
    """RequestError where no account has such a name."""
    if not any(True for _ in Roster(scenario).matching(pattern)):
        raise RequestError(f"there is no account '{pattern}'; {suggest(pattern, names_of(scenario))}".rstrip("; "))


def requested_account(scenario: Scenario, name: str) -> None:
    """RequestError where this is not the name of one account."""
    requested_accounts(scenario, name)
    roster = Roster(scenario)
    first = next(map(roster.name, roster.matching(name)))
    if first != name:
        raise RequestError(f"'{name}' stands for several accounts; name one of them, such as {first}")


def requested_field(scenario: Scenario, field: str) -> None:
    """RequestError where the accounts have no such field. All have the same."""
    fields = next((account.start.fields for account, _ in Roster(scenario).groups), ())
    if field not in fields:
        raise RequestError(f"an account has no field '{field}'; {suggest(field, fields)}".rstrip("; "))


def names_of(scenario: Scenario) -> Iterator[str]:
    """Yield the names of the accounts that a scenario lists, and the first of each of its populations."""
    yield from (account.id for account in scenario.accounts)
    yield from (population.name(1) for population in scenario.populations)


def requested_site(model: Model, site: str) -> str:
    """Return the site. RequestError where there is none."""
    if site not in model.sites:
        raise RequestError(f"there is no site '{site}'; {suggest(site, model.sites)}")
    return site


def _account(model: Model, control: Control, where: tuple[str, str], before: Lane, lane: Lane) -> PredictedAccount:
    session, site = where
    fields = tuple(predicted_fields(model.rulebook, before, lane, session, site))
    logons: dict[str, str] = {method: _logon(model, control, lane, site, method) for method in METHODS}
    return PredictedAccount(account="", kind=lane.profile.kind, fields=fields, logons=logons)


def predicted_fields(book: Rulebook, before: Lane, lane: Lane, session: str, site: str) -> Iterator[PredictedField]:
    """Yield what each field of an account may hold and holds when a session opens at a site. ``before``: the account
    before the opening.
    """
    record, kind = lane.store(site), lane.profile.kind
    for field in record.fields:
        expected = expected_value(before, lane, session, field)
        yield PredictedField(
            field=field,
            value=record[field].value,
            permitted=tuple(dict.fromkeys(cell.value for cell in expected.cells)),
            rules=expected.rules,
            open=tuple(open_fates(book, kind, session, expected)),
        )


def open_fates(book: Rulebook, kind: str, session: str, expected: Expected) -> Iterator[OpenFate]:
    """Yield the changes on whose fate it hangs what an account of a kind is permitted to hold at a session."""
    for change, made in expected.questions:
        yield OpenFate(change=change, made_in=made, questions=book.questions_about(kind, change, made, session))


def expected_value(before: Lane, lane: Lane, session: str, field: str) -> Expected:
    """Return what the rules permit when the session opens; or now, if the field was changed in the session."""
    now = lane.ledger.at(session, field)
    changed = any(cell.origin == session for cell in now.cells)
    return now if changed else before.ledger.at(session, field)


def _logon(model: Model, control: Control, lane: Lane, site: str, method: Literal["otp", "smartcard"]) -> str:
    """Return the answer to a logon with the password that the site holds; where it holds none, with any."""
    record = lane.store(site)
    password = record.password.value if method == "otp" else record.smartcard.value
    action: ClientAction = Logon(with_=method, password="" if password is None else str(password))
    outcome = lane_step(model, control, lane, action).outcome
    return f"refused {outcome.code}" if isinstance(outcome, Refused) else outcome.shows or "accepted"
