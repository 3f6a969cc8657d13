"""The reference pages. They are made from the registries that the code uses, so they agree with the code."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from dcsim.domain.actions import CLIENT_ACTIONS
from dcsim.domain.change_kinds import KINDS
from dcsim.domain.policies import POLICIES
from dcsim.domain.rulebook import (
    AccountKind,
    ChangeSet,
    Citation,
    OpenQuestion,
    Policy,
    PrintedDate,
    Rule,
    Rulebook,
    Session,
    Source,
    Statement,
)
from dcsim.domain.runbook import STEPS
from dcsim.files.codes import CODES
from dcsim.files.forms import keys_of
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.semantics.refusals import ORDER, REFUSALS

MADE = "<!-- Made by `python tests/test_docs.py --write`; edit the code it is made from. -->\n"


def _page(title: str, intro: str, body: Iterable[str]) -> str:
    return "\n".join((MADE, f"# {title}\n", intro, "", *body)) + "\n"


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    heads = list(heads)
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for row in rows:
        cells = (str(cell).replace("\n", " ").replace("|", "\\|") for cell in row)
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _words(thing: object) -> str:
    return " ".join(inspect.cleandoc(thing.__doc__ or "").replace("``", "`").split())


def _keys(cls: type[Any], leave: tuple[str, ...] = ()) -> str:
    """Write the keys of a class as a file has them. Optional keys are in brackets."""
    fields = [f for f in attrs.fields(cls) if f.name not in leave]
    names = [(f.name.rstrip("_").replace("_", "-"), f.default is attrs.NOTHING) for f in fields]
    return ", ".join(f"`{name}`" if needed else f"[`{name}`]" for name, needed in names) or "none"


def actions() -> str:
    """Return the page of client actions, with the order of their refusals."""
    rows = ((f"`{verb}`", _keys(cls), _words(cls)) for verb, cls in CLIENT_ACTIONS.items())
    orders = ((f"`{verb}`", ", ".join(f"`{code}`" for code in order)) for verb, order in ORDER.items())
    body = [
        *_table(("do", "keys", "meaning"), rows),
        "",
        "## The order of refusals",
        "",
        "Where several refusals apply, the first one in this order is given.",
        "",
        *_table(("do", "refused with, first come first"), orders),
        "",
        "## Refusals",
        "",
        *_table(("code", "why"), ((f"`{code}`", refusal.why) for code, refusal in REFUSALS.items())),
        "",
        "A request that commits later (`takes`) can be refused at its commit as well: with `closed`, `not-offered`,",
        "`read-only` or `edited-meanwhile`, or with any other code that the record then calls for",
        "([requests that take time](acts.md#requests-that-take-time)). A commit whose request was refused is refused",
        "`no-request`.",
        "",
        "## Kinds of change",
        "",
        "Rules speak of these, and of the rulebook's own records.",
        "",
        *_table(("kind", "fields that it writes"), ((f"`{k}`", ", ".join(f)) for k, f in KINDS.items())),
    ]
    intro = (
        "The `do` of a scenario's step. Keys in brackets are optional. What each act reads and writes, which site "
        "serves, how failed logons count and what happens to a request that takes time: [acts in full](acts.md)."
    )
    return _page("What clients do", intro, body)


def runbook() -> str:
    """Return the page of operator steps."""
    rows = ((f"`{verb}`", _keys(cls, ("id", "at")), _words(cls)) for verb, cls in STEPS.items())
    intro = (
        "The `do` of a runbook's step. A step also has `at` (when it is due) and `id` (its name in other places). "
        "When a step is refused, what it writes and logs, the roles of sites and the link: [steps in full](steps.md)."
    )
    rest = (
        "",
        "## The other keys of a runbook",
        "",
        *_table(
            ("key", "meaning"),
            (
                ("`runbook`, `version`, `title`", "name, version of the format (1), title"),
                ("`sites`", "one or two sites, each with its first [role](steps.md#roles); exactly one is `primary`"),
                ("`link`", "`{lag: 2s, jitter: 0s, apply: checked}` ([the link](steps.md#the-link)), or `none`"),
                ("`steps`", "the steps, in the order in which they are taken"),
                (
                    "`waives`",
                    "[practices](invariants.md#practices) that the runbook does not keep, each with its reason",
                ),
            ),
        ),
    )
    return _page("What operators do", intro, (*_table(("do", "keys", "meaning"), rows), *rest))


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
  the fault's doing and is not counted; how long it took is told in figures. If the site comes back after a window has
  closed, the notice `window-cut` says that this window was not judged to its end. If it never comes back, the window
  counts: `window-served` is broken, or `runbook-finishes` where the operator waits for that site at a step.
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


def invariants() -> str:
    """Return the page of the promise, its diagnoses, and the practices."""
    diagnoses = [invariant.id for invariant in INVARIANTS.values() if invariant.family == "promise"]
    # EXACTLY has the order in which a diagnosis is chosen; what it does not describe comes last.
    order = [*(name for name in EXACTLY if name in diagnoses), *(name for name in diagnoses if name not in EXACTLY)]
    broken = ((f"`{n}`", INVARIANTS[n].statement, EXACTLY.get(n, ""), INVARIANTS[n].mode) for n in order)
    practices = (invariant for invariant in INVARIANTS.values() if invariant.family == "practice")
    good = ((f"`{i.id}`", i.statement, i.when, EXACTLY.get(i.id, ""), i.mode) for i in practices)
    intro = (
        "What a run may break: the promise, which has a name for each way of breaking it; practices; and "
        "[invariants of your own](testing.md#invariants-of-your-own). The last column of a table is the number of the "
        "failure mode in [failure-modes.md](failure-modes.md)."
    )
    body = (
        *(*PROMISE, "", *_table(("id", "statement", "given when", "mode"), broken), "", *PRACTICES, ""),
        *_table(("id", "statement", "when", "exactly", "mode"), good),
    )
    return _page("Invariants", intro, body)


IN_FULL = """
**Between sessions** means that no session is open *and* the clock is in no printed window. Then the site whose role is
primary accepts what `changes-in-gaps` names, but never a logon. In a printed window nothing is between sessions: where
no session is open then, every act except a logout is refused `closed`.

**A session ends** for clients when the operator closes it, whatever time is printed. `in-flight-at-close` and
`logons-at-close` are about this end. For rules it ends when its printed window ends: a change's origin is the window or
gap in which the clock is at its commit (`origin-fixed-at: request`: at its request), whichever session serves.

With `in-flight-at-close: commit` a request commits at the site to which it was made, open or not, if that is not a
standby; a logon never does. `concurrent-edits` says what happens to a request whose record was [changed
meanwhile](acts.md#changed-meanwhile). `logons-at-close: end` ends every open logon, whichever session closes.
""".strip().splitlines()


def policies() -> str:
    """Return the page of policies, with their values and defaults."""

    def takes(kind: str | tuple[str, ...]) -> str:
        return kind if isinstance(kind, str) else " or ".join(f"`{word}`" for word in kind)

    def default(value: object) -> str:
        return "none" if value == () else str(value).lower()

    rows = ((f"`{name}`", takes(p.takes), default(p.default), p.meaning) for name, p in POLICIES.items())
    intro = (
        "Parameters that a notice may leave out. A rulebook sets them with a citation or a reason; a scenario may "
        "override them under `policies`. No default is a claim about any real system."
    )
    return _page("Policies", intro, (*_table(("policy", "takes", "default", "meaning"), rows), "", *IN_FULL))


def findings() -> str:
    """Return the page of findings, each with cause, example and mend."""
    body: list[str] = []
    for code, entry in CODES.items():
        body += [f"## {code}: {entry.title}", "", f"{entry.cause} ({entry.severity})", ""]
        body += ["Example:", "", *(f"    {line}" for line in entry.example.splitlines()), "", f"Mend: {entry.mend}", ""]
    return _page("Findings", "Everything that can be wrong with a file, by its stable code.", body[:-1])


PARTS = (
    Rulebook,
    Source,
    PrintedDate,
    Statement,
    AccountKind,
    Session,
    ChangeSet,
    Rule,
    Citation,
    Policy,
    OpenQuestion,
)
"""The types of which a rulebook file consists; the whole file comes first."""


def rulebook_format() -> str:
    """Return the page of the keys of a rulebook file, made from its types."""
    body: list[str] = []
    for cls in PARTS:
        types = inspect.get_annotations(cls)
        rows = ((f"`{k.name}`", "yes" if k.required else "", f"`{types[k.attribute]}`") for k in keys_of(cls))
        body += [f"## {cls.__name__}", "", _words(cls), "", *_table(("key", "required", "type"), rows), ""]
    intro = (
        "Every key that a rulebook file may hold, as the code reads it. What the keys mean together is in "
        "[rulebook files](rulebook.md); `dcsim schema rulebook` prints the same as a JSON Schema. A `Method` is "
        "`smartcard` or `otp`, a `Fate` `carry`, `discard` or `reset`, a `Value` a text, a number, a flag or nothing."
    )
    return _page("The format of a rulebook", intro, body[:-1])


PAGES: Mapping[str, Callable[[], str]] = {
    "rulebook-format.md": rulebook_format,
    "actions.md": actions,
    "runbook.md": runbook,
    "invariants.md": invariants,
    "policies.md": policies,
    "findings.md": findings,
}
