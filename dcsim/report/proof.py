"""What is said of a check: the verdict with its bounds, what broke after which slips, and what never happened. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import attrs

from dcsim import __version__
from dcsim.check.explorers.count import Count
from dcsim.check.model.weekend import Weekend
from dcsim.check.question.ask import Answer, Counterexample
from dcsim.domain.account import Account
from dcsim.files.write import write_steps
from dcsim.report.text import Paint, each_on_one_line, plain, some, wrapped
from dcsim.report.view import stated
from dcsim.semantics.invariants import practice

FORMAT = 2
PROVED = "proved within these bounds"
MOST_NAMED = 10
"""Accounts that are named one by one."""
_COLOUR = {"proved": "good", "violated": "bad", "inconclusive": "warn"}


@attrs.frozen(kw_only=True)
class Proof:
    """An answer with what it was asked of, how long it took, and the files its counterexamples were written to;
    ``only``: the combination of slips whose counterexamples are shown.
    """

    weekend: Weekend
    answer: Answer
    seconds: float
    files: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None

    @property
    def bounds(self) -> str:
        """The bounds in words, in full."""
        return self.bounds_of(self.weekend)

    @staticmethod
    def bounds_of(w: Weekend) -> str:
        """The bounds of a weekend in words."""
        who = "; apart from them ".join(_named(part.accounts) for part in w.parts)
        counted = (
            some(w.ops, "operation") + " an account between two ticks of the clock",
            some(w.faults, "fault") + " of the link",
            some(w.errors, "slip") + " of the operator",
        )
        return f"accounts {who}; at most {', '.join(counted)}; every change writes a value of its own"


def _named(accounts: tuple[Account, ...]) -> str:
    who = ", ".join(f"{a.id} ({a.profile.kind})" for a in accounts[:MOST_NAMED])
    return who + (f" and {len(accounts) - MOST_NAMED:,} more" if len(accounts) > MOST_NAMED else "")


@each_on_one_line
def lines(proof: Proof, paint: Paint = plain) -> Iterator[str]:
    """The answer for a terminal."""
    answer, model = proof.answer, proof.weekend.model
    status = {"proved": PROVED}.get(answer.status, answer.status)
    title = f"{model.runbook.runbook} under {model.rulebook.rulebook}"
    yield f"{paint(status, _COLOUR[answer.status])}  {paint(title, 'bold')}"
    yield from wrapped(f"bounds: {proof.bounds}", 2)
    yield from wrapped(_explored(proof), 2)
    if answer.why:
        yield from wrapped(f"{paint('not decided:', 'warn')} {answer.why}", 2)
    yield from _families(proof, paint)
    yield from _broken(proof, paint)
    if answer.survived:
        yield from wrapped(f"{paint('survives, each alone:', 'good')} {', '.join(answer.survived)}", 2)
    yield from _examples(proof, paint)
    for name in answer.missed:
        yield f"  {paint('never happened, but was expected to:', 'bad')} {name}"
    yield from _covered(proof, paint)


def _families(proof: Proof, paint: Paint) -> Iterator[str]:
    """The promise and the practices apart, where something is broken; and what the runbook waives."""
    answer, runbook = proof.answer, proof.weekend.model.runbook
    names = {name for broken in answer.broken.values() for name in broken}
    practices = sorted(filter(practice, names))
    whole = answer.explored.complete and not answer.explored.why and bool(answer.covered.decided)
    if names and names == set(practices) and whole:
        yield f"  the promise: {paint(PROVED, 'good')}"
    if practices:
        told = ", ".join(practices)
        yield from wrapped(
            f"practices: {paint(told, 'bad')} (good practice, not the notice's words: waives, --practices off)", 2
        )
    for waiver in runbook.waives if proof.weekend.model.practices else ():
        yield from wrapped(f"waived: {paint(waiver.practice, 'warn')}, {waiver.basis}", 2)


def _covered(proof: Proof, paint: Paint) -> Iterator[str]:
    """What the verdict covers, and what not."""
    c = proof.answer.covered
    for rule, why in c.silent.items():
        yield f"  {paint('rule that decided nothing:', 'warn')} {rule}{f' ({why})' if why else ''}"
    if c.open_cells:
        yield from wrapped(f"open cells that were met, either way: {'; '.join(c.open_cells)}", 2)
    for step, codes in c.refused.items():
        yield f"  {paint('step refused in every schedule:', 'warn')} {step} ({', '.join(codes)})"
    if c.never:
        yield from wrapped(f"{paint('never accepted:', 'warn')} {', '.join(c.never)}", 2)
    for sentence in c.outside:
        yield from wrapped(f"outside: {sentence}", 2)


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
    if any(slip.startswith("delay ") for slips in broken for slip in slips):
        yield from wrapped("a delay puts a step off past the events after it; its counterexample says by how much", 2)


def _examples(proof: Proof, paint: Paint) -> Iterator[str]:
    """A counterexample for each thing that breaks, or those of one combination of slips."""
    shown = list(_shown(proof))
    if shown:
        slips = any(broken for broken in proof.answer.broken)
        other = ", --slip SLIPS shows one of the table's" if slips and proof.only is None else ""
        hint = "" if proof.files else f" (--save DIR writes {'all' if slips else 'them'}, with traces{other})"
        yield from wrapped(f"shortest counterexamples{hint}:", 2)
    for number, example in shown:
        where = proof.files[number] if number < len(proof.files) else ""
        file = f"  dcsim run {shlex.quote(where)}" if where else ""
        yield f"    {paint(example.invariant, 'bad')} in {some(example.length, 'step')}{file}"
        yield from wrapped(stated(example.invariant), 6)
        if example.says:
            yield from wrapped(example.says, 6)
        for basis in example.rests_on:
            yield from wrapped(f"by {basis}", 6)
        for step in write_steps(example.scenario):
            yield f"      - {step}"


def _shown(proof: Proof) -> Iterator[tuple[int, Counterexample]]:
    """The counterexamples to show, with their numbers: where files are written, all have one."""
    seen: set[str] = set()
    for number, example in enumerate(proof.answer.counterexamples):
        if (proof.only is None and (example.invariant not in seen or proof.files)) or (
            proof.only is not None and example.slips == proof.only
        ):
            yield number, example
        seen.add(example.invariant)


def as_json(proof: Proof) -> dict[str, Any]:
    """The answer for machines; documented in docs/reference/check.md."""
    answer, explored, covered = proof.answer, proof.answer.explored, proof.answer.covered
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
        "covered": {
            "kinds": list(covered.kinds),
            "decided": list(covered.decided),
            "silent": dict(covered.silent),
            "open": list(covered.open_cells),
            "refused": {step: list(codes) for step, codes in covered.refused.items()},
            "never": list(covered.never),
            "outside": list(covered.outside),
        },
        "practices": sorted({name for names in answer.broken.values() for name in names if practice(name)}),
        "waived": [{"practice": w.practice, "basis": w.basis} for w in proof.weekend.model.runbook.waives],
        "missed": list(answer.missed),
        "counterexamples": [
            {
                "invariant": e.invariant,
                "after": list(e.slips),
                "length": e.length,
                "says": e.says,
                "rests_on": list(e.rests_on),
                "steps": list(write_steps(e.scenario)),
                "file": proof.files[i] if proof.files else "",
            }
            for i, e in enumerate(answer.counterexamples)
        ],
    }


def _number(number: Count) -> int | str:
    return number if isinstance(number, int) else str(number)
