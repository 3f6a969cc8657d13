"""Otherwise: what would have to be otherwise for a refused act to be accepted.

A test holds this to the registry of refusals: each of them has its sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dcsim.domain.action_signature import SECRETS, method_of, presented
from dcsim.domain.moment import clock
from dcsim.domain.runbook import Open
from dcsim.semantics.invariant_registry import spell
from dcsim.semantics.refusals import OF_ACTOR, Visit, field_read, refusal


def refusals(visit: Visit) -> tuple[str, ...]:
    """Every reason to refuse a visit, in the order in which they are checked."""
    found: tuple[str, ...] = ()
    while code := refusal(visit, found):
        found += (code,)
    return found


def otherwise(visit: Visit, code: str) -> str:
    """What would have to be otherwise, so that this is no reason to refuse."""
    field = field_read(code, visit.action)
    if code == "wrong-password":
        held = visit.record[SECRETS[method_of(visit.action)]]
        given = spell(presented(visit.action))
        return f"{visit.site} holds {spell(held.value)} (made in {held.origin}), and {given} was given"
    if field:
        party = visit.actor if code in OF_ACTOR else visit.party
        cell = party.record[field]
        return f"{field} at {visit.site} is {spell(cell.value)} (made in {cell.origin})"
    return _OTHERWISE[code](visit)


def _closed(visit: Visit) -> str:
    model, control = visit.model, visit.control
    for todo in control.todo:
        step = model.step(todo)
        if isinstance(step, Open):
            when = clock(model.due[todo.step], model.rulebook)
            return f"the next session to open is {step.session}, at {step.site}, {when} (step {step.id})"
    return "no step to come opens a session"


def _read_only(visit: Visit) -> str:
    if visit.site is None:
        return "no site is the primary, and no session is open"
    return f"{visit.site} is a {visit.control.role(visit.site)}"


def _not_offered(visit: Visit) -> str:
    if visit.session is None:
        kinds = ", ".join(visit.policy("changes-in-gaps")) or "no change"
        return f"between sessions the policy changes-in-gaps allows {kinds}"
    offers = ", ".join(visit.model.session(visit.session).changes or ())
    return f"{visit.session} offers {offers or 'no change'}"


def _methods(visit: Visit) -> str:
    return f"{visit.session} offers {' and '.join(visit.model.session(visit.session or '').logon) or 'no logon'}"


def _participant(visit: Visit) -> str:
    by = visit.by.profile.participant if visit.by else ""
    return f"the user is of {visit.party.profile.participant or 'none'}, and the administrator of {by or 'none'}"


_OTHERWISE: Mapping[str, Callable[[Visit], str]] = {
    "closed": _closed,
    "site-down": lambda visit: f"{visit.site} would have to be up",
    "read-only": _read_only,
    "not-offered": _not_offered,
    "not-registered": lambda visit: f"participant {visit.actor.profile.participant or 'none'} did not register",
    "wrong-portal": lambda visit: f"the portal is {visit.terminal.portal}",
    "wrong-link": lambda visit: f"the link is {' or '.join(visit.terminal.links.get(method_of(visit.action), ()))}",
    "method-not-offered": _methods,
    "wrong-card": lambda _: "the production card would do",
    "wrong-otp": lambda _: "the right one-time password would do",
    "expired-otp": lambda visit: f"the policy otp-validity is {visit.policy('otp-validity') // 1000} s",
    "incomplete-set-up": lambda _: "the policy set-up is atomic",
    "not-logged-on": lambda _: "the account would have to be logged on",
    "not-administrator": lambda visit: f"it administers {', '.join(visit.terminal.administers) or 'nobody'}",
    "other-participant": _participant,
}
"""The refusals that depend on no field of the record."""
