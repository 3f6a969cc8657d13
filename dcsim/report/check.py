"""The report of a check: its verdict and bounds, what broke after which mishaps, and what never happened. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import attrs

from dcsim import __version__
from dcsim.checker.explorers.big_counts import Count
from dcsim.checker.explorers.protocol import Mishaps, in_words
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import Answer, Counterexample, Status
from dcsim.domain.account import Account
from dcsim.domain.faults import FAULT_KINDS
from dcsim.files.write import write_steps
from dcsim.report.notebook import check_table
from dcsim.report.run_view import stated
from dcsim.report.text import Paint, each_on_one_line, plain, some, wrapped
from dcsim.semantics.invariant_registry import practice
from dcsim.trace.event import Trace

FORMAT = 2
PROVED = "proved within these bounds"
MOST_NAMED = 10
"""The most accounts that are named one by one. The rest is counted."""
_COLOUR = {"proved": "good", "violated": "bad", "inconclusive": "warn"}


@attrs.frozen(kw_only=True)
class CheckResult:
    """A verdict, with the model that was explored, the time, the counterexamples' traces, and their files.

    ``names``: rulebook and runbook as the caller named them. ``only``: the combination of faults and slips whose
    counterexamples are shown.
    """

    weekend: Weekend
    answer: Answer
    seconds: float
    traces: tuple[Trace, ...] = attrs.field(default=(), repr=False)
    names: tuple[str, str] = ("", "")
    files: tuple[str, ...] = ()
    only: Mishaps | None = None

    @property
    def status(self) -> Status:
        """``proved``, ``violated`` or ``inconclusive``."""
        return self.answer.status

    @property
    def counterexamples(self) -> tuple[Counterexample, ...]:
        """A shortest schedule for each invariant that breaks."""
        return self.answer.counterexamples

    def _repr_html_(self) -> str:
        """Return the result as HTML for a notebook."""
        return check_table(self)

    @property
    def practices(self) -> tuple[str, ...]:
        """The practices that are broken. They are no part of the promise."""
        return tuple(sorted({name for broken in self.answer.broken.values() for name in broken if practice(name)}))

    @property
    def promise_proved(self) -> bool:
        """Whether nothing that the notice promises can break: the search was complete, and a rule decided something."""
        answer = self.answer
        names = {name for broken in answer.broken.values() for name in broken}
        whole = answer.explored.complete and not answer.explored.why and bool(answer.covered.decided)
        return whole and names == set(self.practices)

    @property
    def added(self) -> dict[Mishaps, tuple[str, ...]]:
        """What breaks after each combination of faults and slips, and after no part of it already."""
        broken, found = self.answer.broken, {}
        for mishaps, names in broken.items():
            fewer: list[Mishaps] = [()] if mishaps else []
            if len(mishaps) > 1:
                fewer += [(one,) for one in mishaps]
            known = {name for less in fewer for name in broken.get(less, ())}
            found[mishaps] = tuple(name for name in names if name not in known)
        return {mishaps: names for mishaps, names in found.items() if names}

    @property
    def proof(self) -> str:
        """What a proof says, in short."""
        return proof_of(self.weekend)

    @property
    def bounds(self) -> str:
        """The bounds as a sentence."""
        return bounds_of(self.weekend)


def bounds_of(w: Weekend) -> str:
    """Return the bounds of a weekend as a sentence."""
    who = "; apart from them ".join(_named(part.accounts) for part in w.parts)
    if w.many:
        who = f"any number of each that begins as one of {who}"
    if w.ops is None:
        return (
            f"accounts {who}; any number of operations; at most {faults_of(w)}, {some(w.slips, 'slip')} of the operator"
        )
    counted = (
        some(w.ops, "operation") + " an account between two ticks of the clock",
        faults_of(w),
        some(w.slips, "slip") + " of the operator",
    )
    return f"accounts {who}; at most {', '.join(counted)}; every change writes a value of its own"


def proof_of(w: Weekend) -> str:
    """Return what a proof for a weekend says, in short."""
    if not w.many:
        return PROVED
    operations = "accounts and operations" if w.ops is None else f"accounts, {some(w.ops, 'operation')}"
    return f"proved for any number of {operations}, {some(w.faults, 'fault')}, {some(w.slips, 'slip')}"


def faults_of(w: Weekend) -> str:
    """Return how many faults a weekend has at most, and of which kinds."""
    if not w.faults or w.kinds == ("entry",):
        return some(w.faults, "fault") + " of the link"
    return f"{some(w.faults, 'fault')} ({', '.join(FAULT_KINDS[kind] for kind in w.kinds)})"


def _named(accounts: tuple[Account, ...]) -> str:
    who = ", ".join(f"{a.id} ({a.profile.kind})" for a in accounts[:MOST_NAMED])
    return who + (f" and {len(accounts) - MOST_NAMED:,} more" if len(accounts) > MOST_NAMED else "")


@each_on_one_line
def lines(result: CheckResult, paint: Paint = plain) -> Iterator[str]:
    """Yield the answer as lines for a terminal."""
    answer, model = result.answer, result.weekend.model
    status = result.proof if answer.status == "proved" else answer.status
    title = f"{model.runbook.runbook} under {model.rulebook.rulebook}"
    yield f"{paint(status, _COLOUR[answer.status])}  {paint(title, 'bold')}"
    yield from wrapped(f"bounds: {result.bounds}", 2)
    yield from wrapped(_explored(result), 2)
    if answer.why:
        yield from wrapped(f"{paint('not decided:', 'warn')} {answer.why}", 2)
    yield from _families(result, paint)
    yield from _broken(result, paint)
    if answer.survived:
        survived = ", ".join(_words(answer.survived))
        yield from wrapped(f"{paint('survives, each alone:', 'good')} {survived}", 2)
    yield from _examples(result, paint)
    for name in answer.missed:
        yield f"  {paint('never happened, but was expected to:', 'bad')} {name}"
    yield from _covered(result, paint)


def _families(result: CheckResult, paint: Paint) -> Iterator[str]:
    """Say separately whether the promise and whether practices are broken, and which practices the runbook waives."""
    if result.practices and result.promise_proved:
        yield f"  the promise: {paint(result.proof, 'good')}"
    if result.practices:
        names_broken = ", ".join(result.practices)
        yield from wrapped(
            f"practices: {paint(names_broken, 'bad')} (good practice, not the notice's words: waives, --practices off)",
            2,
        )
    for waiver in result.weekend.model.runbook.waives if result.weekend.model.practices else ():
        yield from wrapped(f"waived: {paint(waiver.practice, 'warn')}, {waiver.basis}", 2)


def _covered(result: CheckResult, paint: Paint) -> Iterator[str]:
    for label, text in covered(result):
        # What is in the bounds and yet was not tried is a warning; what is open or outside is not.
        tone = "" if label.startswith(("open", "outside")) else "warn"
        yield from wrapped(f"{paint(label, tone) if tone else label} {text}", 2)


def covered(result: CheckResult) -> Iterator[tuple[str, str]]:
    """Yield what the verdict covers and what it does not cover, each as a label and a text."""
    c = result.answer.covered
    for rule, why in c.silent.items():
        yield "rule that decided nothing:", f"{rule}{f' ({why})' if why else ''}"
    if c.open_cells:
        yield "open cells that were met, either way:", "; ".join(c.open_cells)
    for step, codes in c.refused.items():
        yield "step refused in every schedule:", f"{step} ({', '.join(codes)})"
    if c.never:
        yield "never accepted:", ", ".join(c.never)
    for sentence in c.outside:
        yield "outside:", sentence


def _explored(result: CheckResult) -> str:
    e = result.answer.explored
    # Some engines count less than they prove: their numbers are bounds, and get words instead of a depth.
    about = "" if e.exact else "at most " if e.complete else "so far "
    depth = f"depth {e.depth}, " if e.depth >= 0 and e.exact else ""
    counts = f"{about}{count_of(e.states, 'state')}, {about}{count_of(e.transitions, 'transition')}, {depth}"
    # In whole numbers: the states of hundreds of accounts are too many for a float.
    milliseconds = round(result.seconds * 1000)
    # What was tried beside a proof, and not decided, took time too, and is not among its states.
    beside = result.status == "proved" and bool(result.answer.why)
    rate = ""
    if isinstance(e.states, int) and milliseconds and not beside:
        rate = f", {count(1000 * e.states // milliseconds)} states/s"
    return f"engine {e.engine}: {counts}{result.seconds:.2f} s{rate}"


def count_of(number: Count, noun: str) -> str:
    """Write a count with its noun: ``1 state``, ``2 states``."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def count(number: Count) -> str:
    """Write a count: in digits, with an exponent where it has very many digits, or as a formula."""
    if not isinstance(number, int):
        return str(number)
    # Python floats overflow on the largest counts, so the exponent is made from the digits.
    if number < 10**15:
        return f"{number:,}"
    text = str(number)
    return f"{text[0]}.{text[1:3]}e{len(text) - 1}"


def _broken(result: CheckResult, paint: Paint) -> Iterator[str]:
    """Say what breaks after which mishaps. What fewer mishaps break too is not repeated."""
    broken = result.answer.broken
    if not broken:
        return
    if () not in broken and result.answer.explored.complete:
        yield f"  with no fault and no slip: {paint('proved', 'good')}"
    for mishaps, added in result.added.items():
        after = in_words(mishaps) or "no fault and no slip"
        yield from wrapped(f"{paint(after, 'bold')}: {paint(', '.join(added), 'bad')}", 2)
    if any(mishap.name == "delay" for mishaps in broken for mishap in mishaps):
        yield from wrapped("a delay puts a step off past the events after it; its counterexample says by how much", 2)


def _examples(result: CheckResult, paint: Paint) -> Iterator[str]:
    """Show a counterexample for each invariant that breaks, or all of one combination of mishaps."""
    shown = list(_shown(result))
    if shown:
        slips = any(broken for broken in result.answer.broken)
        other = ", --after SLIPS shows one of the table's" if slips and result.only is None else ""
        saved = " (dcsim explore FILE walks one by hand, in a browser)"
        hint = saved if result.files else f" (--save DIR writes {'all' if slips else 'them'}, with traces{other})"
        yield from wrapped(f"shortest counterexamples{hint}:", 2)
    for number, example in shown:
        where = result.files[number] if number < len(result.files) else ""
        file = f"  dcsim run {shlex.quote(where)}" if where else ""
        yield f"    {paint(example.invariant, 'bad')} in {some(example.length, 'step')}{file}"
        yield from wrapped(stated(example.invariant), 6)
        if example.says:
            yield from wrapped(example.says, 6)
        for basis in example.rests_on:
            yield from wrapped(f"by {basis}", 6)
        for step in write_steps(example.scenario):
            yield f"      - {step}"


def _shown(result: CheckResult) -> Iterator[tuple[int, Counterexample]]:
    """Yield the counterexamples to show, with their numbers; all of them where each has a file."""
    seen: set[str] = set()
    for number, example in enumerate(result.answer.counterexamples):
        if result.only is not None:
            wanted = example.after == result.only
        else:
            # Without files, one counterexample for each invariant is enough; it is the one after the fewest mishaps.
            wanted = example.invariant not in seen or bool(result.files)
        if wanted:
            yield number, example
        seen.add(example.invariant)


def as_json(result: CheckResult) -> dict[str, Any]:
    """Return the answer as JSON values. docs/reference/check.md describes the keys."""
    answer, explored, covered = result.answer, result.answer.explored, result.answer.covered
    return {
        "dcsim-check": FORMAT,
        "version": __version__,
        "rulebook": result.weekend.model.rulebook.rulebook,
        "runbook": result.weekend.model.runbook.runbook,
        "status": answer.status,
        "bounds": {
            "accounts": [{"id": a.id, "kind": a.profile.kind} for a in result.weekend.accounts],
            "ops": "any" if result.weekend.ops is None else result.weekend.ops,
            "faults": result.weekend.faults,
            "fault-kinds": list(result.weekend.kinds),
            "errors": result.weekend.slips,  # the key is older than the word; programs read it
        },
        "engine": explored.engine,
        "states": _number(explored.states),
        "transitions": _number(explored.transitions),
        "depth": explored.depth,
        "exact": explored.exact,
        "seconds": round(result.seconds, 3),
        "why": answer.why,
        "broken": [{"after": _words(after), "invariants": list(names)} for after, names in answer.broken.items()],
        "survived": _words(answer.survived),
        "fired": {name: _number(n) for name, n in sorted((str(each), n) for each, n in explored.fired.items())},
        "covered": {
            "kinds": list(covered.kinds),
            "decided": list(covered.decided),
            "silent": dict(covered.silent),
            "open": list(covered.open_cells),
            "refused": {step: list(codes) for step, codes in covered.refused.items()},
            "never": list(covered.never),
            "outside": list(covered.outside),
        },
        "practices": list(result.practices),
        "waived": [{"practice": w.practice, "basis": w.basis} for w in result.weekend.model.runbook.waives],
        "missed": list(answer.missed),
        "counterexamples": [
            {
                "invariant": e.invariant,
                "after": _words(e.after),
                "length": e.length,
                "says": e.says,
                "rests_on": list(e.rests_on),
                "steps": list(write_steps(e.scenario)),
                "file": result.files[i] if result.files else "",
            }
            for i, e in enumerate(answer.counterexamples)
        ],
    }


def _words(mishaps: Mishaps) -> list[str]:
    return [mishap.words for mishap in mishaps]


def _number(number: Count) -> int | str:
    return number if isinstance(number, int) else str(number)
