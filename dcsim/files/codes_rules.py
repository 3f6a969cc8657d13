"""What `dcsim rules lint` finds in the meaning of a rulebook that loads, as data: the last of the codes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dcsim.files.code import Code

MEANING: Mapping[str, Code] = MappingProxyType(
    {
        "DC200": Code(
            "gap",
            "No rule decides what becomes of a change that can be made: whatever happens is permitted.",
            "no rule on register-email made in session-1, at monday",
            "Ask the source's author, and write a rule with a citation, or with an assumption and its reason.",
            "warning",
        ),
        "DC201": Code(
            "duplicate rule",
            "Another rule says exactly the same of the same changes.",
            "two rules that discard change-2fa-password of user, made in session-2, at monday",
            "Remove one, or keep both citations in one rule.",
            "warning",
        ),
        "DC202": Code(
            "subsumed rule",
            "Everything that the rule says is said by others as well.",
            "one rule discards every account change, another the password change only",
            "Remove it, unless its citation is worth keeping beside the other.",
            "warning",
        ),
        "DC203": Code(
            "rule that can never apply",
            "No change of which it speaks can be made: no session offers it, or nobody administers such accounts.",
            "a rule on suspend-user of da, where nobody administers da",
            "Correct the rule's accounts, changes or origins; or let the session offer the change.",
            "warning",
        ),
        "DC204": Code(
            "carried without what it builds on",
            "A change is carried to a target at which what it builds on is thrown away.",
            "change-2fa-password made in session-2 is carried to monday, initiate-2fa is discarded",
            "Give both the same fate, or ask the source's author which is meant.",
            "warning",
        ),
        "DC205": Code(
            "carried in part",
            "Of one thing, one part is carried and another thrown away.",
            "change-2fa-password is carried to monday, change-otp-channel is discarded",
            "Give the parts the same fate, or ask the source's author which is meant.",
            "warning",
        ),
        "DC206": Code(
            "kinds of account that fare differently",
            "The same change meets another fate for another kind of account.",
            "change-2fa-password made in session-2 is discarded at monday for user, and open for da",
            "If the source says so, keep the finding in a baseline; if not, mend the rule for one of the two.",
            "warning",
        ),
        "DC207": Code(
            "weakened restriction",
            "A suspension or a lock is undone because the change that imposed it is thrown away.",
            "suspend-user made in session-2 is discarded at monday: a leaver is active again",
            "Have the restriction repeated after the target opens, or carry it by a rule of its own.",
            "warning",
        ),
        "DC208": Code(
            "open-ended set",
            "The source gives examples (`such as`) and no list; which other changes belong is a reading of the file's.",
            "such-as: [change-otp-channel]",
            "Ask the source's author for the list; keep the reading's reason beside it.",
            "warning",
        ),
        "DC209": Code(
            "sessions out of order",
            "A session is written before one that opens earlier.",
            "session-2 stands above session-1",
            "Write sessions in the order in which they open.",
            "warning",
        ),
        "DC210": Code(
            "rulebooks that contradict each other",
            "Two rulebooks, such as a notice and its amendment, decide the same change differently.",
            "the circular discards change-2fa-password at monday, its amendment carries it",
            "Ask which of the two holds; take the other's rule out.",
        ),
        "DC211": Code(
            "session that differs",
            "Two rulebooks give one session different times or sites.",
            "session-1 at 18:00 in one, at 19:00 in the other",
            "Ask which of the two holds.",
            "warning",
        ),
        "DC212": Code(
            "rules that cannot be kept together",
            "The rules agree on each change by itself, but on the two in a row they ask for different things: one says "
            "what must be there of the first, the other sends the field back to before it because of the second.",
            "initiate-2fa made in session-1 is carried to monday; change-2fa-password made in session-2 is discarded "
            "at monday, back to baseline",
            "Let the discard fall back to a session that holds what is carried, or give no baseline; or ask the "
            "source's author which of the two holds.",
        ),
        "DC213": Code(
            "baseline that is not kept",
            "A discard falls back to what was there at its baseline, and another rule throws some of that away at the "
            "same target. The fallback is read as what the target may hold of it, not as what was there.",
            "order made in session-2 is discarded at monday, back to session-1; order made in session-1 is reset there",
            "If that is meant, keep the finding in a baseline; if not, mend one of the two.",
            "warning",
        ),
    }
)
