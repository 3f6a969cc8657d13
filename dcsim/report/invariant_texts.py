"""What the page of invariants says in words: the promise, convergence, practices, and the exact condition of each."""

from __future__ import annotations

from collections.abc import Mapping

PROMISE = """
## The promise

> The runbook keeps the promise if, at every instant, whatever any client may do has an outcome that the notice
> permits, and every site that serves holds, for every account and field, a value that the notice permits, from the
> moment its window opens until it closes.

The promise compares two worlds: the one that the runbook makes, and the *promised* one. In the promised world each
session is open at its site in exactly its printed window, the site can be written to, and records hold what [the
rulebook permits](rulebook.md#what-is-permitted).

**Records** are compared at once, at the step `open` of a session, in its window or late (before its window nothing is
promised yet). While the clock is in the window, they are also compared after all that touches them (an act, a delivery,
a step of the operator, the tick that opens the window), at each site where the session is open. Every field counts,
even one that no rule mentions. Only values are compared, with their types; where a value was made does not matter. The
value that is found fixes the reading of open cells for the rest of the window. A wrong value is reported once: it may
stay, and it may be corrected. A session that opens again after its window is compared with nothing.

**The control** is compared when time passes. What exists only between several steps at one instant does not count. In
a printed window its session must be open at its site, that site must not be a standby, and no other session may be
open. Outside the windows nothing is required of the control, only of the acts that are accepted.

**Outcomes.** An act that writes, in a printed window, at another site than the session's is reported. Where the control
is the promised one, or its breach is reported already, nothing else is required of an act. Otherwise (a session that
is open outside every window) the act must have the same outcome as in the promised world, for some record that is
permitted there: both are refused, with any code, or both give the same answer and write the same values at the same
site. Outside the windows the promised world refuses everything except what `changes-in-gaps` accepts. So a refusal
there breaks nothing.

## Convergence

All that is held at every instant. At the end of a run, when nothing more is to come, it is held what the weekend has
come to.

- **A fault excuses only while it lasts.** While a site is [down](scenario.md), that its windows are not served there is
  the fault's doing and is not counted; how long it took is told in figures. Where it took only the last part of a
  window, the notice `window-cut` says that this window was not judged to its end; under `--strict` that fails the run.
  Where the site was down in the whole window, nobody was ever served in it, and `window-served` is broken, also if the
  site comes back later. If it never comes back, the window counts in any case: `window-served` is broken, or
  `runbook-finishes` where the operator waits for that site at a step.
- **A record is served in its window.** What a scenario expects of a target is not met where the target is opened only
  after its window has closed.
- **A step that is stuck** is named, with since when, why, and the steps that were never taken. One that waits for good
  breaks `runbook-finishes`. A drain that gives up does what the runbook says: the notice `drain-gave-up` tells
  which steps were left out, and windows that stay closed for it are broken as any others.
- **What is not judged is told**: `stays-down` names each fault that never ended, and `never-arrives` redo that a
  standby lacks for good.

With `heal: 1h` in a scenario (or `dcsim run --heal 1h`) convergence is demanded: a fault that has no end ends so long
after it began, what is still on the link arrives, and then

1. every step of the runbook was taken: `runbook-finishes` is broken also by a drain that aborted;
2. where the last session never opened, the store of its site is held against the rules as if it did, under the names of
   the diagnoses;
3. the practice `stores-converge` holds: no redo was lost for good, and a standby holds what the primary holds.

A fault that has an end keeps it, and is part of what the weekend must survive. `dcsim fuzz --time-faults` demands the
same of every example. What was not struck was not tried, and a run says so (`fault-unused`).

## Diagnoses

A broken promise gets a name that says how it is broken, from the values and origins that are found. Of the names for
the contents of a field (from `counters-follow-rule` to `carried-arrives`) the first that fits is given. A breach that
fits none is called `promise`; the promise is broken in this case too.
""".strip().splitlines()

EXACTLY: Mapping[str, str] = {
    "one-writer": "in a printed window two sites have a session open, or another session is open as well",
    "serves-at-its-site": "in a printed window a session is open at another site than the rulebook's",
    "window-served": (
        "in its window a session is open nowhere, or at a site that is a standby; while the site is down this is not "
        "counted, unless it never comes back"
    ),
    "act-at-its-site": (
        "an act, a failed logon that counts included, writes in a window at another site than the session's"
    ),
    "logon-in-window": "a logon is accepted that the promised world refuses",
    "writes-in-window": "an act that writes is accepted, and the promised world refuses it or writes something else",
    "counters-follow-rule": "the field is `failures` or `locked`",
    "discarded-absent": (
        "some rule discards, at this session, what some kind of change wrote to the field in the interval in "
        "which the value found was made, and that interval is not this session"
    ),
    "reset-applied": "the value found was set by the operator, or what is asked for is the constant of a rule",
    "credential-same-version": (
        "the field is `credential`, and it was made in the same interval as the one asked for, or password, "
        "channel and credential found were not all made in one. Not reported beside a wrong password or channel. Also "
        "where each field is permitted, but only by different readings, and the credential is among them"
    ),
    "carried-survives": (
        "what is asked for stood before the weekend, or was made in a session of the rulebook that this site serves"
    ),
    "carried-arrives": "what is asked for was made anywhere else (at the other site, or in a gap)",
    "initiation-carried-whole": (
        "besides one of the last two: password without channel is found, or the reverse, one of them is wrong, no "
        "other name was given, and no reading permits a half"
    ),
    "promise": (
        "rules [cannot be kept together](rulebook.md#rules-that-cannot-be-kept-together), so that no value is "
        "permitted; or the source leaves a change open, and a value is found that no rule asks for and no reading "
        "explains; or each field is permitted, but only by different readings; or an act has another outcome than in "
        "the promised world"
    ),
    "opens-caught-up": (
        "The site is the far end of the link (so a snapshot standby), and the account has an entry that is not "
        "applied and that wrote something in a session. Entries made in a gap and second copies do not count."
    ),
    "sites-agree": (
        "The site is not the standby, and the far end's role is `standby`. Of each account, the values served are "
        "compared with the standby's store after all of its redo: entries on the way, delayed or received count as "
        "applied, in order. A lost entry does not count; under `apply: checked`, neither do the entries behind it."
    ),
    "runbook-finishes": (
        "at the end the operator still waits at a step for a site that is down; or, under `heal`, a drain has aborted "
        "the runbook"
    ),
    "stores-converge": (
        "Only under `heal`, when nothing more is to come: an entry of redo was not applied (for a snapshot standby: "
        "has not arrived), or a standby's field differs from the primary's. Not where it or `sites-agree` is waived."
    ),
    "standby-ready": "The site is the primary. The other site's first role was `standby`, but now it has another role.",
    "restores-baseline": (
        "After the step `revert` (not `flashback`), for each field that some rule with a `baseline` discards, for "
        "this kind of account, at whatever target, from a session that the rulebook gives to the reverted site "
        "and whose printed window is over. The value is right if it is permitted at the end of one such baseline "
        "(the account's start, for `baseline`), or if it was made later: in an interval after that baseline that is "
        "not one of the sessions from which these rules discard."
    ),
    "applied-in-order": (
        "A delivery to a standby under `apply: blind` overtakes an entry that is delayed or lost, or applies a "
        "second copy; or the store does not hold, with the same origins, what the applied entries wrote."
    ),
    "no-lost-update": (
        "A commit is accepted although the record was [changed meanwhile](acts.md#changed-meanwhile). Only under "
        "`concurrent-edits: last-wins`."
    ),
    "set-up-whole": (
        "By the step `close`, at the site where the session was open: password without channel, or the reverse. "
        "Only under `set-up: stepwise`."
    ),
    "one-origin": (
        "A change's origin is not the interval in which it was committed. Only under `origin-fixed-at: request`."
    ),
    "no-dangling-account": "The account's status is `absent`, and another field holds more than none, no or 0.",
    "no-orphan-lock": (
        "The account is locked, and rules discard at this session the failed logons of the interval in which the "
        "lock was made."
    ),
}
"""The exact condition of each diagnosis and practice."""

PRACTICES = """
## Practices

Practices are good practice, but nobody promised them: a runbook may follow its notice and keep none of them. A broken
practice fails a run and a check (exit code 1) like a broken promise. But it ends no schedule of a check, and where only
practices are broken, the check says that the promise is proved. With `--practices off` (`run`, `check`, `fuzz`) none
is examined. A runbook waives a practice with a `reason` or a `citation`, and the verdict repeats it:

```yaml
waives:
  - {practice: sites-agree, reason: "The test runs on last night's copy, and the sites stay apart."}
```

They are examined when a session opens (`open`, each account; `window`, once), when a client acts (`change`), when redo
is delivered (`apply`), when a session closes, when a site reverts, and when nothing more is to come (`end`, each
account, only under `heal`).
""".strip().splitlines()
