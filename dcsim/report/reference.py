"""The reference pages, made from the registries that the code itself uses, so that they cannot lie."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from dcsim.domain.actions import CLIENT_ACTIONS
from dcsim.domain.kinds import KINDS
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
from dcsim.files.shape import keys_of
from dcsim.semantics.invariants import INVARIANTS
from dcsim.semantics.visit import ORDER, REFUSALS

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
    """A class's keys as a file writes them; those that may be left out in brackets."""
    fields = [f for f in attrs.fields(cls) if f.name not in leave]
    names = [(f.name.rstrip("_").replace("_", "-"), f.default is attrs.NOTHING) for f in fields]
    return ", ".join(f"`{name}`" if needed else f"[`{name}`]" for name, needed in names) or "none"


def actions() -> str:
    """Client actions, with the order of their refusals."""
    rows = ((f"`{verb}`", _keys(cls), _words(cls)) for verb, cls in CLIENT_ACTIONS.items())
    orders = ((f"`{verb}`", ", ".join(f"`{code}`" for code in order)) for verb, order in ORDER.items())
    body = [
        *_table(("do", "keys", "meaning"), rows),
        "",
        "## The order of refusals",
        "",
        "Where several things are amiss, the first in this order is the one given.",
        "",
        *_table(("do", "refused with, first come first"), orders),
        "",
        "## Refusals",
        "",
        *_table(("code", "why"), ((f"`{code}`", refusal.why) for code, refusal in REFUSALS.items())),
        "",
        "A request that commits later (`takes`) can also be refused at its commit: `closed` when its session has",
        "closed, `edited-meanwhile` when the record was changed after the request read it.",
        "",
        "## Kinds of change",
        "",
        "Rules speak of these, and of the rulebook's own records.",
        "",
        *_table(("kind", "fields that it writes"), ((f"`{k}`", ", ".join(f)) for k, f in KINDS.items())),
    ]
    return _page("What clients do", "The `do` of a scenario's step. Keys in brackets may be left out.", body)


def runbook() -> str:
    """Operator steps."""
    rows = ((f"`{verb}`", _keys(cls, ("id", "at")), _words(cls)) for verb, cls in STEPS.items())
    intro = (
        "The `do` of a runbook's step, beside `at` (when it is due) and `id` (by which faults and time-outs name it)."
    )
    return _page("What operators do", intro, _table(("do", "keys", "meaning"), rows))


def invariants() -> str:
    """Invariants with the failure modes they catch."""
    rows = ((f"`{i.id}`", i.statement, i.when, i.mode) for i in INVARIANTS.values())
    intro = (
        "What must hold wherever intent and mechanism meet. The last column is the number of the failure mode in "
        "[failure-modes.md](failure-modes.md)."
    )
    return _page("Invariants", intro, _table(("id", "statement", "checked when", "mode"), rows))


def policies() -> str:
    """Policies with their values and defaults."""

    def takes(kind: str | tuple[str, ...]) -> str:
        return kind if isinstance(kind, str) else " or ".join(f"`{word}`" for word in kind)

    def default(value: object) -> str:
        return "none" if value == () else str(value).lower()

    rows = ((f"`{name}`", takes(p.takes), default(p.default), p.meaning) for name, p in POLICIES.items())
    intro = (
        "Parameters that a notice may leave out. A rulebook sets them with a citation or a reason; a scenario may "
        "override them under `policies`. No default is a claim about any real system."
    )
    return _page("Policies", intro, _table(("policy", "takes", "default", "meaning"), rows))


def findings() -> str:
    """Findings with cause, example and mend."""
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
"""What a rulebook file is made of, the whole first."""


def rulebook_format() -> str:
    """The keys of a rulebook file, from its types."""
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
