"""Figures that a scenario expects: ``rpo: 0``, ``slack: {drain: '>= 10m'}``, ``stale-accounts.monday: '< 3'``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dcsim.domain.figures import COMPARISON_FORMS, FIGURES, ExpectedFigure, comparison, part_of
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Drain, Runbook
from dcsim.files.cattrs_errors import each
from dcsim.files.cells import typed
from dcsim.files.findings import Flaw, FlawError, Keys, nearest, suggest, unknown
from dcsim.files.forms import FigureForm
from dcsim.files.scalar_parsers import found

LISTED = "violations"
"""The key of ``expect`` that lists invariants: of this figure, nothing is expected."""
_INSTEAD = {LISTED: "list the invariants: 'violations: [NAME]'", "last-safe-moment": "expect 'slack'"}
EXPECTED = tuple(name for name, figure in FIGURES.items() if figure.unit != "instant" and name != LISTED)
"""The figures of which something may be expected."""


def names_figure(key: str, item: Any = None) -> bool:
    """Whether a key of ``expect`` names a figure, or is meant to: with a single value, if it is similar to one."""
    name = part_of(key)[0]
    meant = name in FIGURES or (isinstance(item, str | int | float) and nearest(name, EXPECTED) is not None)
    return key != LISTED and meant


def taken_out(made: dict[str, Any]) -> tuple[FigureForm, ...]:
    """The figures among what is expected, which are taken out of it."""
    return tuple(form for key in tuple(made) if names_figure(key) for form in made.pop(key))


def figure_forms(key: str, raw: Any) -> tuple[FigureForm, ...]:
    """What is expected of a figure, or of its parts."""
    name, part = part_of(key)
    if name not in EXPECTED:
        what = "figure of which something can be expected" if name in FIGURES else "figure"
        hint = _INSTEAD.get(name) or suggest(name, EXPECTED)
        raise FlawError("DC106", f"'{name}' is no {what}", hint, at_key=True)
    if isinstance(raw, dict) and FIGURES[name].part and not part:
        if not raw:
            raise FlawError("DC109", f"'{key}' expects nothing", "leave it out", at_key=True)
        return tuple(each(raw, lambda part, item: _form((key, part), f"{name}.{part}", item)).values())
    return (_form((key,), key, raw),)


def _form(keys: tuple[str, ...], name: str, raw: Any) -> FigureForm:
    unit, value = FIGURES[part_of(name)[0]].unit, typed(raw)
    expected = f"expected {COMPARISON_FORMS[unit]}"
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise FlawError("DC108", f"{expected}, found {found(raw)}")
    try:
        compare, number = comparison(str(value), unit)
    except ValueError as error:
        raise FlawError("DC109", str(error), expected) from None
    return FigureForm(keys=keys, figure=ExpectedFigure(name=name, compare=compare, number=number))


def figure_flaws(forms: Sequence[FigureForm], book: Rulebook, runbook: Runbook) -> Iterator[Flaw]:
    """Figures of parts that there are not, and figures of which two things are expected."""
    drains = tuple(step.id for step in runbook.steps if isinstance(step, Drain))
    parts: dict[str, tuple[str, tuple[str, ...]]]
    parts = {"session": ("DC121", (*book.by_name,)), "step": ("DC125", (*runbook.by_id,)), "drain": ("DC125", drains)}
    taken: set[str] = set()
    for form in forms:
        keys: Keys = ("expect", *form.keys)
        name, part = part_of(form.figure.name)
        if form.figure.name in taken:
            yield Flaw("DC109", keys, f"'{form.figure.name}' is expected twice", "write it once", at_key=True)
        taken.add(form.figure.name)
        of = FIGURES[name].part
        code, known = parts.get(of, ("DC106", ()))
        if "." in form.figure.name and part not in known:
            none = Flaw(code, keys, f"unknown {of} '{part}'", f"the runbook has no {of}", at_key=True)
            yield unknown(code, keys, of or f"part of '{name}'", part, known, at_key=True) if known or not of else none
