"""The verdict in one sentence, in the words of notices. A sentence says what was found, and names no case.

``OF_A_VALUE`` and ``OF_THE_SITES`` have a sentence for each way in which a promise can be broken. A test holds them to
the invariants that there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from dcsim.domain.account import BASELINE
from dcsim.domain.action_outcome import Violation
from dcsim.semantics import diagnosis
from dcsim.semantics.invariant_registry import INVARIANTS, practice
from dcsim.semantics.mechanism import OPERATOR
from dcsim.usecases.run_page.focused import FocusedCell

NOUNS = {
    "password": "password",
    "channel": "OTP channel",
    "credential": "OTP credential",
    "email": "e-mail address",
    "smartcard": "smartcard password",
    "status": "status",
    "failures": "count of failed logons",
    "locked": "lock",
}
"""What a field is called in a sentence. A record of the rulebook's own has its own name."""

CHANGES = {
    "initiate-2fa": "an initiation of 2FA",
    "repeat-2fa-set-up": "a repeated set-up of 2FA",
    "partial-2fa-set-up": "half of a set-up of 2FA",
    "change-2fa-password": "a change of the 2FA password",
    "change-otp-channel": "a change of the OTP channel",
    "change-smartcard-password": "a change of the smartcard password",
    "register-email": "a registration of an e-mail address",
    "failed-logon": "a failed logon",
    "lockout": "a lockout",
    "create-user": "a creation of a user",
    "suspend-user": "a suspension of a user",
    "reinstate-user": "a reinstatement of a user",
    "reset-user": "a reset of a user",
    "unlock-user": "an unlocking of a user",
}
"""What a kind of change is called in a sentence. That of a record of the rulebook's own has the record's name."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def noun(field: str) -> str:
    """Return what a field is called: ``OTP channel``."""
    return NOUNS.get(field, field.replace("-", " "))


def a(words: str) -> str:
    """Return words with their article: ``an OTP channel``."""
    return f"an {words}" if re.match(r"(?i)[aeio]", words) else f"a {words}"


def change_words(kind: str) -> str:
    """Return what a kind of change is called: ``a change of the OTP channel``."""
    return CHANGES.get(kind) or a(kind.replace("-", " "))


def session_words(name: str) -> str:
    """Return what a session is called: ``Session 1``, ``Monday``, ``the test session``."""
    words = name.replace("-", " ")
    named = name in WEEKDAYS or any(sign.isdigit() for sign in name)
    if named or "session" in words:
        return words[:1].upper() + words[1:]
    return f"the {words} session"


def in_session(name: str) -> str:
    """Return when a session is: ``in Session 1``, ``on Monday``."""
    return f"{'on' if name in WEEKDAYS else 'in'} {session_words(name)}"


def interval_words(name: str) -> str:
    """Return what an interval is called: a session, a gap, or the time before the weekend."""
    if name == BASELINE:
        return "before the weekend"
    if name == OPERATOR:
        return "by the operator"
    for gap, words in (("before-", "before "), ("after-", "after ")):
        if name.startswith(gap):
            return words + session_words(name.removeprefix(gap))
    return in_session(name)


def capital(text: str) -> str:
    """Return a sentence with a capital letter."""
    return text[:1].upper() + text[1:]


# -- one field's value ---------------------------------------------------------------------------------------------


def _leaked(cell: FocusedCell) -> str:
    """A value that is discarded is there."""
    on, thing = in_session(cell.focus.session), noun(cell.focus.field)
    if not cell.found.value:
        return f"a change of {a(thing)} that the notice discards is in force {on}"
    head = f"{'a suspension' if cell.found.value == 'suspended' else a(thing)} that the notice discards"
    accepted = any(event.outcome == "moved" and cell.wrong(event) for event in cell.logons)
    refused = any(event.outcome != "moved" and cell.wrong(event) for event in cell.logons)
    if accepted and refused:
        return f"{head} works {on}, and the one that it promises is refused"
    if accepted:
        return f"{head} works {on}"
    if refused:
        shut_out = "the one that it promises is refused" if cell.secret else "the account cannot log on"
        return f"{head} is there {on}, and {shut_out}"
    nothing = all(not each.value for each in cell.expected.cells)
    return f"{head} is still there {on}" + (", where there should be none" if nothing else "")


def _missing(cell: FocusedCell) -> str:
    """A value that is carried is not there."""
    session = session_words(cell.focus.session)
    return f"{_thing(cell)} that the notice carries to {session} is not there{_instead(cell)}{_shut_out(cell)}"


def _lost(cell: FocusedCell) -> str:
    """A value that stands is not there any more."""
    on = in_session(cell.focus.session)
    stood = cell.expected.cells[0].origin == BASELINE
    which = "that stood before the weekend" if stood else "that the notice keeps"
    return f"{_thing(cell)} {which} is lost {on}{_instead(cell)}{_shut_out(cell)}"


def _thing(cell: FocusedCell) -> str:
    return "an account" if cell.found.value == "absent" else a(noun(cell.focus.field))


def _instead(cell: FocusedCell) -> str:
    known = cell.found.value and cell.found.value != "absent"
    return ": another one is in its place" if known else ""


def _shut_out(cell: FocusedCell) -> str:
    """Say that the account cannot log on, where it tried and was refused against the promise."""
    shut = any(event.outcome != "moved" and cell.wrong(event) for event in cell.logons)
    return ", and the account cannot log on" if shut else ""


def _not_reset(cell: FocusedCell) -> str:
    on, thing = in_session(cell.focus.session), a(noun(cell.focus.field))
    if cell.found.origin == OPERATOR:
        return f"the operator has set {thing} that the notice does not ask for {on}"
    return f"{thing} that the notice resets is not reset {on}"


def _miscounted(cell: FocusedCell) -> str:
    return f"{a(noun(cell.focus.field))} is not what the notice permits {in_session(cell.focus.session)}"


def _of_another_version(cell: FocusedCell) -> str:
    return f"the OTP credential does not belong to the password and channel in force {in_session(cell.focus.session)}"


def _unlike(cell: FocusedCell) -> str:
    return f"what an account holds {in_session(cell.focus.session)} is permitted by no reading of the notice"


OF_A_VALUE: Mapping[str, Callable[[FocusedCell], str]] = {
    diagnosis.ABSENT: _leaked,
    diagnosis.ARRIVES: _missing,
    diagnosis.SURVIVES: _lost,
    diagnosis.RESET: _not_reset,
    diagnosis.COUNTED: _miscounted,
    diagnosis.VERSION: _of_another_version,
    diagnosis.PROMISE: _unlike,
}
"""What is said where the value of a field is not as promised."""


# -- the sites -----------------------------------------------------------------------------------------------------


def _not_open(violation: Violation, opened: tuple[str, ...]) -> str:
    session = session_words(violation.where)
    if " in the whole window" in violation.actual:
        return f"nobody is ever served {in_session(violation.where)}"
    if " is down since " in violation.actual:
        return f"{session} is not served to its end: {violation.actual}"
    if violation.actual != "closed":
        return f"{session} is open at a site that cannot be written to"
    if violation.where not in opened:
        return f"{session} never opens"
    return f"{session} is not open in all of its printed window"


def _at_another_site(violation: Violation, _: tuple[str, ...]) -> str:
    session = session_words(violation.where)
    return f"{session} is served by the {violation.actual}, and the notice names the {violation.expected}"


def _two_writers(violation: Violation, _: tuple[str, ...]) -> str:
    if violation.where == "sites":
        return "two sites serve clients at once"
    return "in the printed window of a session, another session is open as well"


def _apart(violation: Violation, _: tuple[str, ...]) -> str:
    """Values that are each permitted, but never together; or an act without a name of its own."""
    if violation.expected.startswith("all or none"):
        return f"{violation.where} hold what no reading of the notice permits together"
    return "what a client finds is permitted by no reading of the notice"


OF_THE_SITES: Mapping[str, Callable[[Violation, tuple[str, ...]], str]] = {
    diagnosis.SERVED: _not_open,
    diagnosis.FINISHES: lambda v, _: f"the runbook cannot be finished: step {v.where} {v.actual}",
    diagnosis.AT_ITS_SITE: _at_another_site,
    diagnosis.ONE_WRITER: _two_writers,
    diagnosis.ACT_AT_ITS_SITE: lambda v, _: (
        f"what a client does {in_session(v.where)} is taken by the {v.actual}, and the notice names the {v.expected}"
    ),
    diagnosis.LOGON: lambda _v, _: "an account logs on outside the printed windows",
    diagnosis.WRITES: lambda _v, _: "a change is accepted outside the printed windows",
    diagnosis.WHOLE: lambda _v, _: "only half of an initiation arrives",
    diagnosis.ABSENT: _apart,
    diagnosis.VERSION: _apart,
    diagnosis.PROMISE: _apart,
}
"""What is said where it is no single value that is not as promised. The names are those of the sessions that opened."""


def sentence_of(violation: Violation, cell: FocusedCell | None, opened: tuple[str, ...]) -> str:
    """Return the sentence for a violation, which begins with a small letter. ``cell`` is what it is about, if it is
    about a value.
    """
    name = violation.invariant
    if practice(name):
        return f"a good practice is broken: {_stated(name)}"
    if cell and name in OF_A_VALUE:
        return OF_A_VALUE[name](cell)
    if name in OF_THE_SITES:
        return OF_THE_SITES[name](violation, opened)
    return f"this does not hold: {_stated(name)}"


def _stated(name: str) -> str:
    statement = INVARIANTS[name].statement.rstrip(".")
    return statement[:1].lower() + statement[1:]
