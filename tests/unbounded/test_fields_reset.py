"""A field that only the operator writes is looked at closely, as one that clients write."""

from pathlib import Path

import attrs

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.question import unbounded
from dcsim.domain.runbook import Reset
from dcsim.usecases.check import Bounds, Who, load_subject

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "scenarios" / "rulebooks" / "harbour-rehearsal-2025.yaml"
RUNBOOK = ROOT / "scenarios" / "runbooks" / "rehearse-and-clear.yaml"


def suspected(subject):
    weekend = subject.within(Bounds(ops=None))
    return {each.invariant for each in unbounded.explore(weekend, Budget()).suspects}


def test_a_reset_of_a_field_that_no_client_writes_is_suspected():
    """The rulebook speaks of no 2FA credential, so no client changes one. A reset that gives all one is wrong."""
    subject = load_subject(None, str(BOOK), str(RUNBOOK), Who(accounts=1), practices=False)
    assert suspected(subject) == set()
    model = subject.model
    at = next(i for i, step in enumerate(model.runbook.steps) if isinstance(step, Reset))
    steps = list(model.runbook.steps)
    steps[at] = attrs.evolve(steps[at], fields=(*steps[at].fields, "credential"), to=7)
    wrong = attrs.evolve(model, runbook=attrs.evolve(model.runbook, steps=tuple(steps)))
    assert "reset-applied" in suspected(attrs.evolve(subject, model=wrong))
