"""Hypotheses about what of one session reached the site of the next: nothing, or some fields alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import attrs

from dcsim.domain.account import FIELDS, TWO_FACTOR
from dcsim.domain.runbook import Activate, Copy, Flashback, Open, RestorePoint, Step
from dcsim.usecases.reconcile.day import TestDay
from dcsim.usecases.reconcile.hypotheses import Hypothesis

POINT = "additional-point"


def stale_stores(day: TestDay) -> Iterator[Hypothesis]:
    """A store that had stayed as it was before a session, perhaps but for some fields, when the next one opened."""
    own = day.model.runbook
    written = _written(day)
    opened = [(index, step) for index, step in enumerate(own.steps) if isinstance(step, Open)]
    for (first, before), (second, after) in pairwise(opened):
        if before.site == after.site:
            continue
        mark = RestorePoint(id="additional-mark", at=before.at, site=after.site, name=POINT)
        # A standby is put back before it is activated: afterwards it returns to what it held then.
        at = next((n for n in range(first, second) if _activates(own.steps[n], after.site)), second)
        back = Flashback(id="additional-flashback", at=own.steps[at].at, site=after.site, to=POINT)
        for says, fields in _parts(written, before.session, after.session):
            copied: tuple[Step, ...] = ()
            if fields:
                source, target = before.site, after.site
                copied = (Copy(id="additional-copy", at=back.at, source=source, target=target, fields=fields),)
            steps = (*own.steps[:first], mark, *own.steps[first:at], back, *copied, *own.steps[at:])
            model = attrs.evolve(day.model, runbook=attrs.evolve(own, steps=steps))
            yield Hypothesis(says, model, assumes=2 if fields else 1)


def _written(day: TestDay) -> tuple[str, ...]:
    """The fields that acts of the day write."""
    templates = {row[3].template for row in day.rows}
    found = {field for template in templates for argument, field in template.valued if argument.sort == "new"}
    found |= set(TWO_FACTOR) if found & set(TWO_FACTOR) else set()
    found |= {"status"} if any(template.administers for template in templates) else set()
    found |= {"email"} if any(template.cls.verb == "register-email" for template in templates) else set()
    return tuple(f for f in dict.fromkeys((*TWO_FACTOR, *FIELDS, *day.model.rulebook.records)) if f in found)


def _activates(step: Step, site: str) -> bool:
    return isinstance(step, Activate) and step.site == site


def _parts(fields: tuple[str, ...], one: str, other: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield f"as if nothing of {one} had reached {other}", ()
    for field in fields:
        yield f"as if only some fields of {one} had reached {other}: {field} alone", (field,)
    for field in fields:
        rest = tuple(each for each in fields if each != field)
        yield f"as if only some fields of {one} had reached {other}: all but {field}", rest
