"""What is said of a check: the verdict with its bounds, what broke after which slips, and what never happened. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import attrs

from dcsim import __version__
from dcsim.check.count import Count
from dcsim.check.question import Answer
from dcsim.check.weekend import Weekend
from dcsim.files.write import write_steps
from dcsim.report.text import Paint, plain, some, wrapped
from dcsim.semantics.invariants import INVARIANTS

FORMAT = 1
MOST_NAMED = 10
"""Accounts that are named one by one."""
_COLOUR = {"proved": "good", "violated": "bad", "inconclusive": "warn"}


@attrs.frozen(kw_only=True)
class Proof:
    """An answer with what it was asked of, how long it took, and the files its counterexamples were written to."""

    weekend: Weekend
    answer: Answer
    seconds: float
    files: tuple[str, ...] = ()

    @property
    def bounds(self) -> str:
        """The bounds in words, in full."""
        return self.bounds_of(self.weekend)

    @staticmethod
    def bounds_of(w: Weekend) -> str:
        """The bounds of a weekend in words."""
        who = ", ".join(f"{a.id} ({a.profile.kind})" for a in w.accounts[:MOST_NAMED])
        who += f" and {len(w.accounts) - MOST_NAMED:,} more" if len(w.accounts) > MOST_NAMED else ""
        counted = (
            some(w.ops, "operation") + " an account between two ticks of the clock",
            some(w.faults, "fault") + " of the link",
            some(w.errors, "slip") + " of the operator",
        )
        return f"accounts {who}; at most {', '.join(counted)}; two labels of each kind of value"


def lines(proof: Proof, paint: Paint = plain) -> Iterator[str]:
    """The answer for a terminal."""
    answer, model = proof.answer, proof.weekend.model
    status = {"proved": "proved within these bounds"}.get(answer.status, answer.status)
    title = f"{model.runbook.runbook} under {model.rulebook.rulebook}"
    yield f"{paint(status, _COLOUR[answer.status])}  {paint(title, 'bold')}"
    yield from wrapped(f"bounds: {proof.bounds}", 2)
    yield from wrapped(_explored(proof), 2)
    if answer.why:
        yield f"  {paint('not decided:', 'warn')} {answer.why}"
    yield from _broken(proof, paint)
    if answer.survived:
        yield from wrapped(f"{paint('survives, each alone:', 'good')} {', '.join(answer.survived)}", 2)
    yield from _examples(proof, paint)
    for name in answer.missed:
        yield f"  {paint('never happened, but was expected to:', 'bad')} {name}"
    if answer.never:
        yield from wrapped(f"{paint('never fired:', 'warn')} {', '.join(answer.never)}", 2)


def _explored(proof: Proof) -> str:
    e = proof.answer.explored
    about = "" if e.exact else "at most " if e.complete else "so far "
    depth = f"depth {e.depth}, " if e.depth >= 0 and e.exact else ""
    counts = f"{about}{count(e.states)} states, {about}{count(e.transitions)} transitions, {depth}"
    rate = f", {count(int(e.states / proof.seconds))} states/s" if isinstance(e.states, int) and proof.seconds else ""
    return f"engine {e.engine}: {counts}{proof.seconds:.2f} s{rate}"


def count(number: Count) -> str:
    """A count in digits; by its order of magnitude when it has very many; as a formula when it has too many."""
    if not isinstance(number, int):
        return str(number)
    if number < 10**15:
        return f"{number:,}"
    text = str(number)
    return f"{text[0]}.{text[1:3]}e{len(text) - 1}"


def _broken(proof: Proof, paint: Paint) -> Iterator[str]:
    broken = proof.answer.broken
    if not broken:
        return
    if () not in broken and proof.answer.explored.complete:
        yield f"  with no fault and no slip: {paint('proved', 'good')}"
    for slips, names in broken.items():
        fewer = [(), *((slip,) for slip in slips if len(slips) > 1)] if slips else []
        known = {name for less in fewer for name in broken.get(less, ())}
        news = [name for name in names if name not in known]
        if news:
            after = " and ".join(slips) or "no fault and no slip"
            yield from wrapped(f"{paint(after, 'bold')}: {paint(', '.join(news), 'bad')}", 2)


def _examples(proof: Proof, paint: Paint) -> Iterator[str]:
    answer = proof.answer
    if answer.counterexamples:
        hint = "" if proof.files else " (--save DIR writes them, with traces)"
        yield f"  shortest counterexamples{hint}:"
    for number, example in enumerate(answer.counterexamples):
        where = proof.files[number] if number < len(proof.files) else ""
        file = f"  dcsim run {shlex.quote(where)}" if where else ""
        yield f"    {paint(example.invariant, 'bad')} in {some(example.length, 'step')}{file}"
        yield from wrapped(INVARIANTS[example.invariant].statement, 6)
        if example.says:
            yield from wrapped(example.says, 6)
        for step in write_steps(example.scenario):
            yield f"      - {step}"


def as_json(proof: Proof) -> dict[str, Any]:
    """The answer for machines; documented in docs/reference/report.md."""
    answer, explored = proof.answer, proof.answer.explored
    return {
        "dcsim-check": FORMAT,
        "version": __version__,
        "rulebook": proof.weekend.model.rulebook.rulebook,
        "runbook": proof.weekend.model.runbook.runbook,
        "status": answer.status,
        "bounds": {
            "accounts": [{"id": a.id, "kind": a.profile.kind} for a in proof.weekend.accounts],
            "ops": proof.weekend.ops,
            "faults": proof.weekend.faults,
            "errors": proof.weekend.errors,
        },
        "engine": explored.engine,
        "states": _number(explored.states),
        "transitions": _number(explored.transitions),
        "depth": explored.depth,
        "exact": explored.exact,
        "seconds": round(proof.seconds, 3),
        "why": answer.why,
        "broken": [{"after": list(slips), "invariants": list(names)} for slips, names in answer.broken.items()],
        "survived": list(answer.survived),
        "fired": {name: _number(times) for name, times in sorted(explored.fired.items())},
        "never": list(answer.never),
        "missed": list(answer.missed),
        "counterexamples": [
            {"invariant": e.invariant, "length": e.length, "file": proof.files[i] if proof.files else ""}
            for i, e in enumerate(answer.counterexamples)
        ],
    }


def _number(number: Count) -> int | str:
    return number if isinstance(number, int) else str(number)
