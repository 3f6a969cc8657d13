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
from dcsim.report.invariant_texts import EXACTLY, PRACTICES, PROMISE
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
