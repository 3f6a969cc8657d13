"""What each key of the three files means, for the schemas: an editor shows it where the key is written.

A key that means the same everywhere stands once; where it means something else, it stands under its class as well.
"""

from __future__ import annotations

from collections.abc import Mapping

ANYWHERE: Mapping[str, str] = {
    # scenarios
    "id": "The name.",
    "at": "When it happens.",
    "account": "Who acts: an account's id, `PREFIX*` for a whole population, or a group.",
    "every": "The distance between the acts of a population's accounts.",
    "profile": "Only the accounts of this profile of the population's behaviour.",
    "chance": "How likely each account takes the step, from 0 to 1.",
    "spread": "The window in which each account comes at an instant of its own, from `at` on.",
    "until": "When the window ends.",
    "curve": "Whether they come early in the window, late, or evenly.",
    "after": "How long after its step above an account takes this one.",
    "if": "`refused`: only accounts on which the last act was refused.",
    "behaviour": "Profiles, each with its weight: an account is of one of them, by chance.",
    "weight": "How likely an account is of the profile, against the weights of the others.",
    "takes": "The time from request to commit; left out, both are one instant.",
    "expect": "The outcome: `accepted` (as where it is left out), `refused`, `refused CODE`, `any`, or the text that a "
    "logon shows.",
    "do": "What is done.",
    "password": "The password's label. Never write a real password.",
    "channel": "The channel by which one-time passwords are sent, such as `email`.",
    "with": "The way of logging on.",
    "user": "The account on which the administrator acts.",
    "kind": "The kind of account, as the rulebook names it.",
    "participant": "The participant to which the account belongs.",
    "registered": "Whether the participant registered for the test.",
    "status": "Whether the account is active, suspended, or not known at all.",
    "email": "Whether an e-mail address is registered.",
    "smartcard": "The label of the smartcard's password; `none`: no card.",
    "two-factor": "The 2FA set-up: password and channel; `none`: not set up.",
    "locked": "Whether too many failed logons have locked the account.",
    "failures": "How many logons in a row have failed.",
    "records": "Values of the rulebook's own records, by name.",
    "group": "The group to which the account belongs; steps and expectations can name it.",
    "digits": "How many digits the numbers of the names have, with zeros in front.",
    "by": "How late.",
    # rulebooks
    "accounts": "Kinds of account.",
    "changes": "Kinds of change, or change sets of this rulebook.",
    "made-in": "Sessions and gaps (`after-session-1`) in which the change is made, or `baseline`.",
    "citation": "The place in the source, with its words.",
    "assumption": "Why this is assumed, where the source does not say it.",
    "place": "The place in the source, such as `footnote 3`.",
    "reason": "The reason.",
    # runbooks
    "site": "The site.",
    "session": "The session.",
    "version": "The version of this file format.",
}

OF_CLASS: Mapping[str, Mapping[str, str]] = {
    "ScenarioForm": {
        "scenario": "The scenario's name.",
        "title": "What it shows, in a sentence.",
        "rulebook": "What was promised: the name of a built-in rulebook, or the path of a file.",
        "runbook": "What the operator does: the name of a built-in runbook, or the path of a file.",
        "shows": "The numbers of the source's statements that the scenario shows.",
        "opens": "The ids of the rulebook's open questions that the scenario knows to be open.",
        "tags": "Words by which scenarios are chosen (`dcsim run --tag`).",
        "note": "What a reader should know.",
        "label": "A mark of the program that wrote the file.",
        "include": "Files beside the scenario whose steps, accounts, groups and faults belong to it.",
        "foreach": "A table of values, a scenario for each row: `${name}` stands for the row's value.",
        "policies": "Policies that replace those of the rulebook.",
        "accounts": "Who takes part: accounts, populations, names, or tables.",
        "population": "Accounts that live: how many there are of each kind, and what they do.",
        "groups": "Names for several accounts at once.",
        "steps": "What clients do, in order of time.",
        "faults": "What goes wrong: with entries on the link, in time, and by slips of the operator.",
        "heal": "A fault without an end ends so long after it began; at the end the stores must have come together.",
        "expect": "What is expected: records when a session opens, violations, and what must sometimes happen.",
    },
    "AccountForm": {"id": "The account's name, which steps use."},
    "PopulationForm": {
        "population": "How many accounts there are.",
        "prefix": "What their names begin with: U1, U2 ... for `U`.",
    },
    "LivingKindForm": {
        "count": "How many accounts there are.",
        "prefix": "What their names begin with; left out, the kind in capital letters: USER1, USER2 ...",
    },
    "BehaviourForm": {"steps": "What such an account does; left out: nothing."},
    "ProfileStepForm": {
        "at": "When it happens; with `spread`, when the window begins.",
        "account": "The administrator who acts on the accounts of the profile.",
    },
    "NamesForm": {"names": "The names.", "prefix": "What stands before each name."},
    "TableForm": {
        "csv": "The path of the table: .csv, .jsonl or .parquet.",
        "kind": "The kind of account, where a row has none.",
    },
    "RowsForm": {"csv": "The path of the table: .csv, .jsonl or .parquet."},
    "Expect": {
        "violations": "The invariants that must be broken when the scenario is run.",
        "sometimes": "What must happen in some schedule when it is checked: an action, `rule ID`, or `refused CODE`.",
    },
    "ChangePassword": {"from": "The present password's label, which authenticates.", "to": "The new password's label."},
    "ChangeOtpChannel": {"password": "The password's label, which authenticates.", "channel": "The new channel."},
    "Write": {"record": "One of the rulebook's own records.", "value": "What is written; left out: nothing."},
    "Logon": {
        "card": "Whether the card is the production smartcard.",
        "otp": "Whether the one-time password is right.",
        "otp-age": "How old the one-time password is.",
        "portal": "The portal by which the account enters; left out: the right one.",
        "link": "The landing page's link; left out: a right one.",
    },
    "LinkFault": {
        "link": "What befalls the redo entry.",
        "account": "The account whose entry it is; left out: any.",
        "nth": "Which of its entries, counted from 1; left out: each.",
    },
    "OperatorSlip": {"operator": "What the operator does wrong.", "step": "The id of the runbook's step."},
    "Outage": {
        "link": "What befalls the link.",
        "from": "When it goes down.",
        "until": "When it works again; left out: never.",
    },
    "SlowLink": {
        "link": "What befalls the link.",
        "lag": "How long redo takes in this time, in place of the link's own lag.",
        "to": "The lag at the end, to which a constant `lag` goes in a straight line; left out: it stays as it is.",
        "from": "When it begins.",
        "until": "When the link has its own lag again.",
    },
    "Crash": {
        "site": "What befalls the site.",
        "of": "The site.",
        "at": "When it crashes.",
        "before": "The id of the step that the operator is about to take.",
        "after": "The id of the step that the operator has just taken.",
        "back": "After how long it is back; left out: never.",
    },
    "Skew": {"clock": "How the clock is wrong.", "of": "The site whose clock it is.", "by": "By how much."},
    "LateOperator": {
        "operator": "What the operator does wrong.",
        "step": "The id of the runbook's step; left out: every step.",
        "by": "How late.",
    },
    "LateOtp": {
        "otp": "What befalls the one-time password.",
        "account": "The account, population or group that logs on; left out: any.",
        "nth": "Which of an account's logons by OTP, counted from 1; left out: each.",
        "by": "How late it arrives.",
    },
    "SlowRequest": {
        "request": "What befalls the request.",
        "account": "The account, population or group that acts; left out: any.",
        "nth": "Which of an account's acts, counted from 1; left out: each.",
        "by": "How much longer it takes from the request to the commit.",
    },
    "Rulebook": {
        "rulebook": "The rulebook's name.",
        "title": "What it is about, in a sentence.",
        "timezone": "The IANA name of the timezone in which all times are, such as `Asia/Hong_Kong`.",
        "timezone-assumption": "Why this timezone, where the source prints none.",
        "source": "The notice.",
        "accounts": "The kinds of account, by name.",
        "records": "Names of records of its own, beside those that every account has.",
        "sessions": "The printed windows, in the order in which they open.",
        "change-sets": "Named sets of kinds of change.",
        "rules": "Which changes reach which session. Rules have neither order nor priority.",
        "policies": "Parameters of the sites, each with its citation or the reason for assuming it.",
        "open-questions": "What the source leaves open.",
    },
    "Source": {
        "title": "The notice's title.",
        "reference": "Its reference.",
        "language": "Its language, and which one prevails.",
        "dates": "The dates as it prints them; the lint checks their weekdays.",
        "statements": "Its sentences, numbered.",
    },
    "PrintedDate": {"printed": "The date in the source's words.", "event": "What it dates."},
    "Statement": {
        "number": "Its number.",
        "says": "The sentence.",
        "inferred": "Whether it follows from the source, which does not say it.",
    },
    "AccountKind": {
        "system": "The system that such accounts use.",
        "portal": "The address at which they enter.",
        "links": "The landing page's links, by way of logging on.",
        "administers": "The kinds of account on which such accounts may act.",
    },
    "Session": {
        "name": "The session's name.",
        "site": "The site that serves it.",
        "opens": "When it opens, in the rulebook's timezone.",
        "closes": "When it closes; this instant is outside it.",
        "logon": "The ways of logging on that it offers.",
        "shows": "What a logon displays, by kind of account.",
        "changes": "The kinds of change that may be made; left out: all.",
        "moved-from": "When it opened before it was moved.",
    },
    "ChangeSet": {
        "members": "The kinds of change that the source names.",
        "such-as": "The kinds that are read into an open-ended phrase of the source.",
        "reason": "Why they are read into it.",
    },
    "Rule": {
        "at": "The sessions at which the rule decides.",
        "fate": "What becomes of the change.",
        "to": "The constant that a reset sets.",
        "baseline": "To what a discard falls back: the end of a session, or `baseline`; left out: as if the change had "
        "not been made.",
    },
    "Citation": {"quote": "The source's words."},
    "Policy": {"value": "The policy's value."},
    "OpenQuestion": {
        "asks": "The question.",
        "stands-in": "The policies or sessions that answer it meanwhile.",
        "at": "The sessions at which it is open; left out: all.",
    },
    "Runbook": {
        "runbook": "The runbook's name.",
        "title": "What it does, in a sentence.",
        "sites": "One or two sites, each with its first role; exactly one is `primary`.",
        "link": "The replication link, from the primary to the other site; `none`: there is none.",
        "steps": "The operator's steps, in the order in which they are due.",
        "waives": "Practices that the runbook does not mean to keep, each with its reason.",
    },
    "Link": {
        "lag": "How long an entry takes.",
        "jitter": "How much longer it may take.",
        "apply": "`checked`: each entry once and in order; `blind`: whatever arrives.",
    },
    "Step": {"id": "The step's name, by which faults and time-outs refer to it."},
    "Drain": {
        "timeout": "How long to wait.",
        "on-timeout": "What then: `abort` the runbook, `proceed`, or the id of a later step.",
    },
    "RestorePoint": {"name": "The restore point's name."},
    "Revert": {"to": "The restore point."},
    "Flashback": {"to": "The restore point."},
    "Copy": {
        "source": "The site that is exported.",
        "target": "The site that imports.",
        "fields": "The fields that are copied; left out: all.",
    },
    "Reset": {
        "fields": "The fields that are set.",
        "to": "The constant.",
        "accounts": "The kinds of account; left out: all.",
    },
    "MappedColumn": {
        "column": "The column's name in the table.",
        "values": "What its cells stand for; a cell that is not listed stands for itself.",
    },
    "MappedTime": {
        "column": "The column's name in the table.",
        "format": "The form of the time, as for strptime; left out: ISO 8601, or a number since 1970.",
        "timezone": "Where its clock is; left out: the rulebook's timezone.",
    },
    "MappedActs": {
        "column": "The column's name in the table.",
        "values": "For each word of the log, the action: its `do`, and the arguments that the word fixes.",
        "ignore": "Words of rows that are no acts.",
    },
    "LogMap": {
        "time": "When the act was done.",
        "account": "The account on which it was done.",
        "act": "What was done.",
        "outcome": "What came of it: `accepted`, `refused`, `refused CODE`, or what a logon showed.",
        "by": "The administrator who acted on the account.",
        "arguments": "The columns of the action's arguments (from, to, password, channel ...).",
    },
    "DumpMap": {"account": "The account.", "fields": "The fields of an account's record, each with its column."},
    "TableMap": {"log": "The columns of the log.", "dump": "The columns of the dump."},
    "Waiver": {"practice": "The practice that is not kept.", "reason": "Why it is not kept."},
}


def key_meaning(cls: type, key: str) -> str:
    """What a key means in the mapping of a class; empty if nothing is said of it."""
    own = (OF_CLASS.get(base.__name__, {}).get(key) for base in cls.__mro__)
    return next(filter(None, own), ANYWHERE.get(key, ""))
