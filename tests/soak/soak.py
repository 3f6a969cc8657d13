"""Soak: random faults over random rulebooks and runbooks, for as long as is asked; what must never happen, does not.

    python tests/soak/soak.py --minutes 10 --jobs 2 --seed 1 [--save FOLDER]

Each round draws a pair of books (`tests/soundness/generate.py`) and holds it to these claims:

- what is drawn with faults in time is a file that loads and reads back, and dcsim raises nothing on it;
- a run is the same twice, to the byte, and by waves as one by one; its trace replays to the same digests;
- within the bounds of a check that proves, no run breaks the promise: with no fault, and with an outage or a crash
  (but for a window that a crash takes whole, which the verdict says is outside);
- every so many rounds the command line is tried on the files: exit codes in the contract, no traceback;
- memory is flat: what a process holds at the end is at most `GROWTH` times and `ROOM` MiB more than when it was warm.

The first thing that is otherwise ends the soak (exit code 1) and is printed, with its files (`--save` keeps them).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from pathlib import Path
from random import Random

import attrs

sys.path.insert(0, str(Path(__file__).parent.parent / "soundness"))

import generate

import dcsim
from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import WantedAnswer, ask
from dcsim.domain.scenario import Population, Scenario
from dcsim.files.load import load_texts
from dcsim.files.write import write_scenario
from dcsim.fuzzer.decode import LEAST_BYTES, Space, decode
from dcsim.fuzzer.draw_faults import FaultSpace, draw_faults, kind_of, possible
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Trace
from dcsim.trace.jsonl import dump, parse
from dcsim.trace.replay import replay

DRAWN = 12
"""Scenarios that are drawn of each pair."""
CROWD = 60
"""Accounts of a population, which the waves take at once."""
WEEKENDS = 6
"""Weekends of clients that a proof is tried with."""
CHILDREN = 2
"""How many pairs that are nearly a proved one are tried as well."""
SECONDS = 1.5
"""What one check may take; one that takes longer says nothing."""
EVERY = 25
"""In one of so many rounds the command line is tried."""
GROWTH, ROOM = 1.2, 150.0
"""How much more memory a process may hold at its end than when it was warm: so many times, and MiB more. A check of
``SECONDS`` may take a hundred MiB, which Python keeps.
"""
WARM, WARMING = 0.2, 30.0
"""A process is warm after this part of its time, but not before so many seconds; a short one after half of its time."""
CONTRACT = {"minimize": (0, 2), "replay": (0, 1, 2)}
"""Exit codes with which a command may end here. 2: minimize found nothing to minimise, or replay no findings."""
OTHERS = (0, 1, 3)
"""The exit codes of all other commands: passed, a finding, inconclusive."""


class Wrong(Exception):
    """Something that must never happen."""


@attrs.frozen
class Report:
    """What one process did, and how much memory it held, in MiB: warm, in the middle, at the end."""

    counts: Counter[str]
    memory: tuple[float, float, float]
    wrong: str = ""
    files: dict[str, str] = attrs.field(factory=dict)

    @property
    def grew(self) -> bool:
        """Whether memory grew beyond the bound."""
        warm, _, end = self.memory
        return end > GROWTH * warm + ROOM


def resident() -> float:
    """The memory that this process holds, in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise Wrong("the system does not say how much memory a process holds")


# -- one pair ------------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Round:
    """One pair under trial. ``files`` are the texts that show what is tried now."""

    pair: generate.Pair
    rng: Random
    counts: Counter[str]
    files: dict[str, str] = attrs.field(factory=dict)
    proved: bool = False

    def run(self, number: int) -> None:
        """Hold the pair to every claim."""
        self.files = dict(self.pair.texts)
        book, runbook = self.pair.case.rulebook, self.pair.case.runbook
        space = Space(book, runbook, accounts=2, faults=1, slips=1, time_faults=3)
        for _ in range(DRAWN):
            self.one_run(decode(self.rng.randbytes(LEAST_BYTES * self.rng.choice((1, 2, 6))), space))
        self.one_run(self.many(space))
        self.engines_agree()
        if number % EVERY == 0:
            self.command_line()

    def one_run(self, scenario: Scenario) -> None:
        """The file, the run twice, the trace replayed, and the waves."""
        scenario = attrs.evolve(scenario, rulebook="./rulebook.yaml", runbook="./runbook.yaml")
        self.files = {**self.pair.texts, "scenario": write_scenario(scenario)}
        case = load_texts(self.files)
        if case.scenario.faults != scenario.faults or len(case.scenario.steps) != len(scenario.steps):
            raise Wrong("a scenario does not read back as it was written")
        model = self.pair.model
        trace = simulate(model, case.scenario, tracing=True)
        text = "".join(dump(case.texts, 0, trace))
        if text != "".join(dump(case.texts, 0, simulate(model, case.scenario, tracing=True))):
            raise Wrong("a run is not the same twice")
        diverged = replay(model, case.scenario, *parse(text))
        if diverged:
            raise Wrong(f"a trace does not replay: {diverged}")
        quiet = [simulate(model, case.scenario, tracing=False, waves=waves) for waves in (False, True)]
        for other in quiet:
            if told(other) != told(trace):
                raise Wrong(f"engines differ: {told(trace)} and {told(other)}")
        self.counts["runs"] += 1
        self.counts["runs that break something"] += bool(trace.invariants)
        self.counts.update(f"struck: {kind}" for kind in {kind_of(fault) for fault in trace.struck} if kind)

    def many(self, space: Space) -> Scenario:
        """A drawn scenario in which its one account is a population, of which many do the same at once."""
        scenario = decode(self.rng.randbytes(LEAST_BYTES), attrs.evolve(space, faults=0, accounts=1))
        (account,) = scenario.accounts
        crowd = Population(prefix=account.id.rstrip("1"), count=CROWD, like=account)
        steps = tuple(attrs.evolve(step, account=crowd.every) for step in scenario.steps)
        return attrs.evolve(scenario, accounts=(), populations=(crowd,), steps=steps)

    def engines_agree(self) -> None:
        """What a check proves, no run breaks: without faults of time, and with one that the check tries as well."""
        for faults in (0, 1):
            if not self._proved(faults):
                return
            self.proved = True
            for _ in range(WEEKENDS):
                scenario = attrs.evolve(generate.weekend(self.pair, self.rng), faults=())
                if faults:
                    scenario = attrs.evolve(scenario, faults=tuple(self._fault()))
                self.files = {**self.pair.texts, "scenario": write_scenario(scenario)}
                trace = simulate(self._promise, scenario, tracing=False)
                # A window that a crash takes whole is found at the end of a run; the verdict says that it is outside.
                broken = [b.violation.invariant for b in trace.broken if "the whole window" not in b.violation.actual]
                if broken:
                    raise Wrong(f"check proves with {faults} faults, and a run breaks {', '.join(broken)}")
                self.counts["runs within a proof"] += 1

    @property
    def _promise(self) -> Model:
        return attrs.evolve(self.pair.model, practices=False)

    def _proved(self, faults: int) -> bool:
        weekend = Weekend(
            self._promise, self.pair.case.scenario.accounts, self.pair.ops, faults, kinds=("outage", "crash")
        )

        def confirms(scenario: Scenario, invariant: str) -> bool:
            return invariant in simulate(self._promise, scenario, tracing=False).invariants

        self.files = dict(self.pair.texts)
        answer = ask(
            weekend,
            lambda part, left: check(part, "auto", left),
            Budget(seconds=SECONDS),
            WantedAnswer(confirms=confirms),
        )
        self.counts[f"check with {faults} faults: {answer.status}"] += 1
        return answer.status == "proved"

    def _fault(self) -> Iterator[object]:
        """One outage or crash that ends, at any moment."""
        book, runbook = self.pair.case.rulebook, self.pair.case.runbook
        space = Space(book, runbook)
        where = FaultSpace(book, runbook, [a.id for a in self.pair.case.scenario.accounts], space.fault_moments)
        kinds = [kind for kind in possible(book, runbook) if kind in ("outage", "crash")]
        for fault in draw_faults(where, kinds, 1, iter([self.rng.randrange])):
            if getattr(fault, "until", True) is not None and getattr(fault, "back", True) is not None:
                yield fault

    def command_line(self) -> None:
        """The commands that a user would give, on files."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for kind, text in self.files.items():
                (folder / f"{kind}.yaml").write_text(text, encoding="utf-8")
            if not (folder / "scenario.yaml").exists():
                return
            books = ("--rulebook", "./rulebook.yaml", "--runbook", "./runbook.yaml")
            for words in (
                ("run", "scenario.yaml", "--heal", "1h", "--trace", "traces"),
                ("run", "scenario.yaml", "--json"),
                ("fuzz", *books, "--time-faults", "2", "--max-examples", "60", "--save", "found"),
                ("check", *books, "--faults", "1", "--fault-kinds", "outage,crash", "--time", "2s"),
                ("minimize", "scenario.yaml", "--time", "2s"),
                ("replay", "found"),
            ):
                self._command(folder, words)

    def _command(self, folder: Path, words: tuple[str, ...]) -> None:
        command = [sys.executable, "-m", "dcsim", *words]
        # The same dcsim as in this process, wherever it was imported from.
        environment = {**os.environ, "PYTHONPATH": str(Path(dcsim.__file__).parent.parent)}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        said = done.stdout + done.stderr
        if (
            done.returncode not in CONTRACT.get(words[0], OTHERS)
            or "Traceback" in said
            or "an error in dcsim itself" in said
        ):
            raise Wrong(f"dcsim {' '.join(words)}: exit code {done.returncode}\n{said[-3000:]}")
        self.counts[f"dcsim {words[0]}: exit code {done.returncode}"] += 1


def told(trace: Trace) -> tuple[object, ...]:
    """What must not depend on how a run is computed."""
    broken = sorted((b.violation.invariant, b.violation.where, b.at, b.accounts) for b in trace.broken)
    return tuple(broken), sorted((f.where, f.actual, f.at) for f in trace.failures)


# -- the soak ------------------------------------------------------------------------------------------------------


def soak(seed: str, first: int, step: int, seconds: float, most: int | None = None) -> Report:
    """Try pair after pair, every ``step``-th one, until the time is up, or ``most`` of them were tried."""
    began, counts, samples = time.monotonic(), Counter[str](), [(0.0, resident())]
    wrong: tuple[str, dict[str, str]] | None = None
    for number in count(first, step):
        part = (time.monotonic() - began) / seconds
        samples.append((part, resident()))
        # A short soak goes on until something was proved, for else no engines were held against each other.
        over = part >= (1 if counts["runs within a proof"] else 2)
        if wrong or over or (most is not None and number >= first + most * step):
            break
        wrong = one(f"{seed}:{number}", number // step, counts)
    at = max(WARM, min(0.5, WARMING / seconds))
    warm, middle = (next((held for part, held in samples if part >= of), samples[-1][1]) for of in (at, 0.5))
    return Report(counts, (warm, middle, samples[-1][1]), *(wrong or ()))


def one(number: str, turn: int, counts: Counter[str]) -> tuple[str, dict[str, str]] | None:
    """Try the pair of a seed; and of each that is proved some that are nearly the same, for there a false proof is
    nearest. What is wrong, if anything, and the files that show it.
    """
    pair = generate.pair(number)
    if pair is None:
        return None
    counts["pairs"] += 1
    trial = Round(pair, Random(f"{number}: soak"), counts)
    try:
        trial.run(turn)
    except Exception:  # noqa: BLE001 - whatever it is, these are the files that show it
        return f"pair {number}\n{traceback.format_exc()}", trial.files
    children = (f"{number}/{child}" for child in range(CHILDREN if trial.proved and "/" not in number else 0))
    return next(filter(None, (one(child, 1, counts) for child in children)), None)


def main() -> int:
    """Soak, and print what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--save", type=Path, help="keep the files of what went wrong here")
    asked = parser.parse_args()
    seconds, jobs = asked.minutes * 60, asked.jobs
    with ProcessPoolExecutor(jobs) as pool:
        running = [pool.submit(soak, asked.seed, first, jobs, seconds) for first in range(jobs)]
        reports = [each.result() for each in running]
    return told_of(reports, asked.seed, asked.save, print)


def told_of(reports: list[Report], seed: str, save: Path | None, say: Callable[[str], None]) -> int:
    """Say what came of the processes. The exit code: 1 if anything was wrong, or nothing was tried."""
    counts = sum((report.counts for report in reports), Counter[str]())
    for what, number in sorted(counts.items()):
        say(f"{number:>9,}  {what}")
    for number, report in enumerate(reports, start=1):
        warm, middle, end = report.memory
        grew = ": GREW beyond the bound" if report.grew else ""
        say(f"process {number}: {warm:,.0f} MiB when warm, {middle:,.0f} in the middle, {end:,.0f} at the end{grew}")
        for name, text in report.files.items() if report.wrong else ():
            say(f"--- {name}.yaml\n{text}")
            if save:
                save.mkdir(parents=True, exist_ok=True)
                (save / f"{name}.yaml").write_text(text, encoding="utf-8")
        if report.wrong:
            say(report.wrong)
    wrong = sum(bool(report.wrong) or report.grew for report in reports)
    say(f"seed {seed}: {wrong} of {len(reports)} processes found something wrong")
    return 1 if wrong or not counts["runs within a proof"] else 0


if __name__ == "__main__":
    sys.exit(main())
