"""The last part of the table of codes: what `dcsim rules lint` finds in the meaning of a rulebook that loads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dcsim.files.code import Code

MEANING: Mapping[str, Code] = MappingProxyType(
    {
        "DC200": Code(
            "gap",
            "No rule decides what becomes of a change that can be made. So anything is permitted.",
            "no rule on register-email made in session-1, at monday",
            "Ask the source's author, and write a rule with a citation, or with an assumption and its reason.",
            "warning",
        ),
        "DC201": Code(
            "duplicate rule",
            "Two rules say exactly the same about the same changes.",
            "two rules that discard change-2fa-password of user, made in session-2, at monday",
            "Remove one of the two, or keep both citations in one rule.",
            "warning",
        ),
        "DC202": Code(
            "subsumed rule",
            "Other rules already say everything that this rule says.",
            "one rule discards every account change, another the password change only",
            "Remove the rule, unless you want to keep its citation.",
            "warning",
        ),
        "DC203": Code(
            "rule that can never apply",
            "None of the changes that the rule names can be made: no session offers them, or nobody administers such "
            "accounts.",
            "a rule on suspend-user of da, where nobody administers da",
            "Correct the rule's accounts, changes or origins; or let the session offer the change.",
            "warning",
        ),
        "DC204": Code(
            "carried without what it builds on",
            "A change is carried to a target, but an earlier change on which it builds does not reach that target.",
            "change-2fa-password made in session-2 is carried to monday, initiate-2fa is discarded",
            "Give both changes the same fate, or ask the source's author which is meant.",
            "warning",
        ),
        "DC205": Code(
            "carried in part",
            "Two kinds of change are parts of one thing; one part is carried, and the other is discarded or reset.",
            "change-2fa-password is carried to monday, change-otp-channel is discarded",
            "Give the parts the same fate, or ask the source's author which is meant.",
            "warning",
        ),
        "DC206": Code(
            "kinds of account that fare differently",
            "The same change has different fates for different kinds of account.",
            "change-2fa-password made in session-2 is discarded at monday for user, and open for da",
            "If the source says so, keep the finding in a baseline (`--write-baseline`). If not, correct the rules.",
            "warning",
        ),
        "DC207": Code(
            "weakened restriction",
            "A suspension or a lock is undone because the change that imposed it is discarded or reset.",
            "suspend-user made in session-2 is discarded at monday: a leaver is active again",
            "Write a rule that carries the restriction, or have it imposed again after the target opens.",
            "warning",
        ),
        "DC208": Code(
            "open-ended set",
            "The source gives examples (`such as`) instead of a full list. Which other changes belong to the set is a "
            "reading of this file.",
            "such-as: [change-otp-channel]",
            "Ask the source's author for the full list. Until then, give the reason for the reading in `reason`.",
            "warning",
        ),
        "DC209": Code(
            "sessions out of order",
            "A session is written above one that opens earlier.",
            "session-2 stands above session-1",
            "Write the sessions in the order in which they open.",
            "warning",
        ),
        "DC210": Code(
            "rulebooks that contradict each other",
            "Two rulebooks, such as a notice and its amendment, decide the same change differently.",
            "the circular discards change-2fa-password at monday, its amendment carries it",
            "Ask the authors which of the two holds, and remove the rule from the other rulebook.",
        ),
        "DC211": Code(
            "session that differs",
            "Two rulebooks give different times, sites or time zones for one session.",
            "session-1 at 18:00 in one, at 19:00 in the other",
            "Ask the authors which of the two holds. If the session was moved, give its earlier time in `moved-from`.",
            "warning",
        ),
        "DC212": Code(
            "rules that cannot be kept together",
            "The rules agree on each single change. But when one change follows the other, they ask for different "
            "values: one rule says what the field must hold because of the first change, and the other sends the field "
            "back to a time before that, because of the second.",
            "initiate-2fa made in session-1 is carried to monday; change-2fa-password made in session-2 is discarded "
            "at monday, back to baseline",
            "Let the discard fall back to a later session, one that holds what is carried; or leave its baseline out; "
            "or ask the source's author which rule holds.",
        ),
        "DC213": Code(
            "baseline that is not kept",
            "A discard falls back to what a field held at its baseline, and another rule discards or resets part of "
            "that at the same target. dcsim then falls back to what the target may hold of it, not to what was there.",
            "order made in session-2 is discarded at monday, back to session-1; order made in session-1 is reset there",
            "If this is meant, keep the finding in a baseline (`--write-baseline`). If not, correct one of the rules.",
            "warning",
        ),
    }
)
