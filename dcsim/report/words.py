"""Words that have no registry of their own: verdicts, outcomes, roles, fields ... A test holds them to the types."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "outcome of an act": {
        "accepted": "The site did what was asked. A step expects it where it has no `expect`.",
        "moved": "Accepted, as traces write it.",
        "refused": "The site did not do it. `expect: refused` takes any reason, `expect: refused CODE` one.",
        "any": "As an expectation: accepted or refused, whichever comes.",
    },
    "refusal of a delivery": {
        "nothing-on-the-link": "No redo entry of the account fits what the link was told to do.",
    },
    "verdict of a run": {
        "passed": "Every expectation was met, and exactly the expected invariants were broken.",
        "pass": "Passed, at the beginning of a scenario's line.",
        "failed": "An expectation was not met, an invariant was broken, or an expected break did not come.",
        "FAIL": "Failed, at the beginning of a scenario's line.",
        "error": "A file could not be run; the others were. Exit code 2.",
        "ERROR": "The same, at the beginning of a line, with the first finding.",
    },
    "verdict of a check": {
        "proved": "No schedule within the bounds breaks an invariant, and all of them were looked at.",
        "violated": "Some schedule breaks an invariant; the shortest ones are shown.",
        "inconclusive": "Time or memory ran out before every schedule was looked at, and none of those seen breaks "
        "anything. Give a larger budget (--time, --memory) or smaller bounds. Exit code 3.",
    },
    "verdict of a replay": {
        "FIXED": "A saved finding no longer breaks the invariant for which it was saved.",
        "FAILED": "A saved finding still breaks its invariant.",
        "ERROR": "A saved finding or a trace cannot be used any more.",
        "AS-RECORDED": "Every event of a trace comes out as it was recorded.",
        "DIFFERS": "An event of a trace comes out otherwise than it was recorded.",
    },
    "verdict on a real day": {
        "matches": "All that the account did and held is as predicted.",
        "differs": "An act of the account had another outcome in the day than in the model.",
        "not permitted": "A value breaks the promise: no reading of the rulebook permits it.",
        "open": "A value or an outcome is permitted, but it is not what this runbook does: the source leaves it open.",
    },
    "what tells a mutant": {
        "lint": "The lint of the rulebook tells the mutant from the original.",
        "suite": "A scenario fails on the mutant, and passes on the original.",
        "check": "The check breaks the mutant, and not the original.",
        "equivalent": "The mutant is proved to mean the same as the original.",
        "nothing": "Neither lint, suite nor check tells the mutant from the original.",
    },
    "kind of problem": {
        "expectation": "A step had another outcome than its `expect` says, or an account held something else.",
        "strict": "A flag: a note that is probably a mistake of the scenario's author. It fails with --strict only.",
        "open": "An open question that the scenario does not acknowledge. It fails with --strict-open only.",
    },
    "mark in a report": {
        "open": "The source does not say whether a change reaches a target; or a suspension was lifted by a discard.",
        "note": "Something about the run as a whole: a step that was refused, a fault that never happened, a waiver.",
        "again": "The command that shows the same once more.",
    },
    "fate of a change": {
        "carry": "A rule says that the target holds what was changed.",
        "discard": "A rule says that the target holds what was there before the change, or at the rule's baseline.",
        "reset": "A rule says that the target holds the rule's constant.",
        "open": "No rule decides, so both the old and the new value are permitted.",
        "own": "The change was made in the session that is asked about, so no rule is needed.",
        "stands": "The value stood before the weekend, and no rule of the baseline decides otherwise.",
    },
    "what the runbook did with an open cell": {
        "carried": "The target holds what was changed.",
        "not carried": "The target holds what was there before the change.",
        "carried in part": "The target holds a part of what was changed.",
    },
    "difference of two rulebooks": {
        "window": "A session opens or closes at another time.",
        "site": "A session is served by another site.",
        "logon": "A session offers other ways of logging on.",
        "shows": "A logon displays something else.",
        "offered": "A session offers other kinds of change.",
        "administers": "A kind of account administers others.",
        "portal": "A kind of account enters by another portal.",
        "link": "A way of logging on has other links.",
        "policy": "A policy has another value.",
    },
    "role of a site": {
        "primary": "Takes changes, and sends them to the other site as redo.",
        "standby": "Applies the primary's redo, and serves nobody.",
        "snapshot-standby": "Can be written to, and keeps the redo that it receives for later.",
        "stand-alone": "Can be written to, and receives no redo.",
    },
    "field of an account": {
        "status": "active, suspended or absent.",
        "email": "Whether an e-mail address is registered.",
        "smartcard": "The label of the smartcard's password; none: no card.",
        "password": "The label of the 2FA password; none: not set up.",
        "channel": "Where one-time passwords are sent; none: not set up.",
        "credential": "The number of the OTP credential's version; each set-up and change of channel makes a new one.",
        "failures": "Failed logons since the last accepted one.",
        "locked": "Whether too many failed logons have locked the account.",
    },
    "status of an account": {
        "active": "The account can log on.",
        "suspended": "The account cannot log on until an administrator reinstates it.",
        "absent": "The site knows no such account. With this status a scenario declares one that is created later.",
    },
    "e-mail of an account": {
        "registered": "An e-mail address is registered.",
        "none": "No e-mail address is registered. Elsewhere: the field holds nothing.",
    },
    "way of logging on": {
        "otp": "With the 2FA password and a one-time password.",
        "smartcard": "With the smartcard and its password.",
    },
    "origin of a value": {
        "baseline": "The value stood before the weekend.",
        "operator": "A reset of the runbook set the value.",
    },
    "fault of the link": {
        "delay": "An entry comes late, and others may overtake it.",
        "drop": "An entry is lost until the primary sends it again.",
        "duplicate": "An entry comes twice.",
    },
    "verdict of the link": {
        "pass": "An entry is delivered.",
        "delay": "An entry is held up.",
        "drop": "An entry is lost.",
        "duplicate": "An entry is delivered, and a copy is kept.",
        "again": "A copy is delivered.",
        "release": "A delayed entry is sent on.",
        "resend": "A lost or late entry is sent again.",
    },
    "slip of the operator": {
        "skip": "A step is left out.",
        "repeat": "A step is done twice.",
        "delay": "A step is done late.",
        "swap": "A step is done after the one that follows it.",
    },
    "state of a redo entry": {
        "sent": "On its way.",
        "late": "Held up on the link.",
        "lost": "Lost; it needs a resend.",
        "received": "At the other site, and not applied yet.",
        "again": "A copy of an entry that was delivered.",
    },
    "way of applying redo": {
        "checked": "Each entry once and in commit order; a missing one holds up those behind it.",
        "blind": "Whatever arrives, in the order in which it arrives.",
    },
    "edge of a session": {
        "opens": "The first instant of the printed window.",
        "closes": "The end of the printed window, which is outside it.",
    },
    "actor of an event": {
        "clock": "A printed window opens or closes.",
        "operator": "A step of the runbook, or a slip.",
        "link": "A delivery of redo.",
        "client": "An act of an account.",
    },
    "severity of a finding": {
        "error": "The file cannot be used.",
        "warning": "The file can be used, and something in it is probably not meant.",
    },
    "engine of a check": {
        "bfs": "Breadth-first search over whole states; needs no numpy.",
        "interned": "Breadth-first search with numbers in place of lanes.",
        "array": "Breadth-first search in arrays, for many states.",
        "factored": "Each account alone, joined by the control; for many accounts.",
    },
    "exit code": {
        "0": "Passed, proved, fixed or equal: nothing was found.",
        "1": "A finding: a failed expectation, a broken invariant, a difference.",
        "2": "Bad usage or bad input; stderr says what.",
        "3": "Inconclusive: time or memory ran out.",
        "4": "An error in dcsim; please report it.",
        "130": "Interrupted.",
    },
}
"""By family, each word with its meaning."""
