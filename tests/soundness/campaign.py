"""A campaign for soundness: what `check` says of pairs drawn at random, held against an independent judge.

    python tests/soundness/campaign.py --seconds 120 --seed 1 [--jobs 2] [--save FOLDER]

For each pair: if *proved*, no weekend of clients within the bounds may break the promise by the judge; if *violated*,
each counterexample, run, must break it by the judge as well: if need be, with clients who try what they can between any
two events, or by what a store holds between two steps of one instant, which a session that opens there would show, or
by a window that a crash took whole, which `run` calls a break and `check` leaves out. The verdict must also be the same
where the pair is told in other words (`transform.py`), which one in four is. The first
disagreement ends the campaign (exit code 1) and is printed as files.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from pathlib import Path
from random import Random

import attrs
import generate
import judge
import observe
import transform

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import Answer, WantedAnswer, ask
from dcsim.domain.scenario import Scenario
from dcsim.files.write import write_scenario
from dcsim.simulate.weekend import simulate

WEEKENDS = 30
"""Weekends of clients that a proof is tried with."""
SECONDS = 10.0
"""What one check may take."""
CHILDREN = 3
"""How many runbooks that are nearly a proved one are tried as well."""
RETOLD = 0.25
"""How many pairs are told in other words as well."""
BATCH = 4


@attrs.frozen
class Disagreement:
    """The files of a disagreement, and who says what."""

    number: str
    says: str
    files: dict[str, str]

    def __str__(self) -> str:
        return "\n".join((f"{self.number}: {self.says}", *(f"--- {n}.yaml\n{t}" for n, t in self.files.items())))

    def save(self, folder: Path) -> None:
        """Keep the files."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.files.items():
            (folder / f"{name}.yaml").write_text(text)
        (folder / "README").write_text(f"{self.number}: {self.says}\n")


def answered(pair: generate.Pair, ops: int | None = None) -> Answer:
    """What check says of a pair; practices do not count."""
    model = attrs.evolve(pair.model, practices=False)
    ops = pair.ops if ops is None else ops
    weekend = Weekend(model, pair.case.scenario.accounts, ops, pair.faults, kinds=pair.kinds)

    def confirms(scenario: Scenario, invariant: str) -> bool:
        return invariant in simulate(model, scenario, tracing=False).invariants

    return ask(
        weekend, lambda part, left: check(part, "auto", left), Budget(seconds=SECONDS), WantedAnswer(confirms=confirms)
    )


def verdict(pair: generate.Pair, ops: int | None = None) -> tuple[str, tuple[str, ...]]:
    """The status of a pair, and which promises are broken."""
    return said(answered(pair, ops))


def said(answer: Answer) -> tuple[str, tuple[str, ...]]:
    """The status of an answer, and which promises are broken."""
    status = "over budget" if "budget" in answer.why else answer.status
    return status, tuple(sorted({name for names in answer.broken.values() for name in names}))


def tried(pair: generate.Pair, weekends: int = WEEKENDS) -> tuple[str, Disagreement | None]:
    """What became of a pair: `proved`, `violated` or `inconclusive`; and where check and judge disagree, how."""
    answer = answered(pair)
    observer = observe.watcher(pair.model)
    disagreement = None
    if answer.status == "violated":
        disagreement = _shown(pair, observer, answer)
    elif answer.status == "proved":
        disagreement = _kept(pair, observer, weekends)
    return answer.status, disagreement or _retold(pair, answer)


def _retold(pair: generate.Pair, answer: Answer) -> Disagreement | None:
    """One pair in so many is told in other words: the verdict must be the same."""
    rng = Random(f"{pair.number}: words")
    # A step more may wait for a site that has crashed, though it does nothing.
    left = transform.TRANSFORMS.keys() - (transform.STEPS if "crash" in pair.kinds else set())
    name = rng.choice(sorted(left))
    if rng.random() > RETOLD or said(answer)[0] == "over budget":
        return None
    texts = transform.transformed(pair.texts, name, pair.number)
    again = verdict(generate.read(pair, texts))
    if again[0] == "over budget" or again == said(answer):
        return None
    says = f"{name}: {said(answer)} becomes {again}"
    retold = {f"{kind}-retold": text for kind, text in texts.items()}
    return Disagreement(pair.number, says, {**pair.texts, **retold})


def _shown(pair: generate.Pair, observer: observe.Observer, answer: Answer) -> Disagreement | None:
    for example in answer.counterexamples:
        try:
            broken = observe.verdict(observer, example.scenario)
            broken = broken or observe.verdict(observer, generate.probed(pair, example.scenario))
            broken = broken or observe.verdict(observer, example.scenario, strictly=True)
        except judge.Unclear:
            continue
        if broken is None:
            says = f"check: violated, {example.invariant}; the judge sees nothing in this run of it"
            return _disagreement(pair, says, example.scenario)
    return None


def _kept(pair: generate.Pair, observer: observe.Observer, weekends: int) -> Disagreement | None:
    rng = Random(f"{pair.number}: weekends")
    for _ in range(weekends):
        scenario = generate.weekend(pair, rng)
        try:
            broken = observe.verdict(observer, scenario)
        except judge.Unclear:
            continue
        if broken:
            scenario = _shorter(observer, scenario)
            broken = observe.verdict(observer, scenario)
            return _disagreement(pair, f"check: proved with ops {pair.ops}; the judge: {broken}", scenario)
    return None


def _shorter(observer: observe.Observer, scenario: Scenario) -> Scenario:
    """The scenario without the steps that it does not need to break the promise."""
    for step in scenario.steps:
        fewer = attrs.evolve(scenario, steps=tuple(s for s in scenario.steps if s is not step))
        try:
            if observe.verdict(observer, fewer):
                scenario = fewer
        except judge.Unclear:
            continue
    return scenario


def _disagreement(pair: generate.Pair, says: str, scenario: Scenario) -> Disagreement:
    scenario = attrs.evolve(
        scenario, rulebook="./rulebook.yaml", runbook="./runbook.yaml", title=says.split("\n", maxsplit=1)[0][:80]
    )
    texts = {name: pair.texts[name] for name in ("rulebook", "runbook")}
    return Disagreement(pair.number, says, texts | {"scenario": write_scenario(scenario)})


def batch(numbers: Iterable[str]) -> list[tuple[str, Disagreement | None]]:
    """Some pairs, by their seeds; and of each that is proved some that are nearly the same, for there a false proof is
    nearest.
    """
    out = []
    for number in numbers:
        out.append(one(number))
        if out[-1][0] == "proved":
            out += [one(f"{number}/{child}") for child in range(CHILDREN)]
    return out


def one(number: str) -> tuple[str, Disagreement | None]:
    """What becomes of the pair of a seed."""
    pair = generate.pair(number)
    if pair is None:
        return "no pair", None
    try:
        return tried(pair)
    except Exception:  # noqa: BLE001 - whatever goes wrong, these are the files that show it
        says = "crash: " + traceback.format_exc().strip().replace("\n", "\n  ")
        return "crash", _disagreement(pair, says, pair.case.scenario)


def batches(seed: str) -> Iterator[list[str]]:
    """The seeds of the pairs, batch by batch."""
    return ([f"{seed}:{n}" for n in range(first, first + BATCH)] for first in count(0, BATCH))


def campaign(
    seed: str, seconds: float, jobs: int = 1, most: int | None = None
) -> Iterator[tuple[str, Disagreement | None]]:
    """What becomes of pair after pair until the time is up."""
    began, work = time.monotonic(), batches(seed)

    def going(done: int) -> bool:
        return time.monotonic() - began < seconds and (most is None or done < most)

    done = 0
    if jobs == 1:
        while going(done):
            for number in next(work):
                if going(done):
                    done += 1
                    yield from batch([number])
        return
    with ProcessPoolExecutor(jobs) as pool:
        running = [pool.submit(batch, next(work)) for _ in range(2 * jobs)]
        while going(done):
            first = running.pop(0)
            running.append(pool.submit(batch, next(work)))
            done += BATCH
            yield from first.result()
        for left in running:
            left.cancel()


def main() -> int:
    """Run a campaign and print what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--pairs", type=int, help="stop after so many")
    parser.add_argument("--save", type=Path, help="keep the files of disagreements here, and go on")
    asked = parser.parse_args()
    began, counts, disagreed = time.monotonic(), Counter[str](), 0
    for status, disagreement in campaign(asked.seed, asked.seconds, asked.jobs, asked.pairs):
        counts[status] += 1
        if disagreement:
            disagreed += 1
            if asked.save is None:
                print(disagreement)
                break
            disagreement.save(asked.save / disagreement.number.replace(":", "-"))
            print(disagreement.number, disagreement.says, flush=True)
    told = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    spent = time.monotonic() - began
    print(f"seed {asked.seed}: {counts.total()} pairs in {spent:.0f} s ({told}); {disagreed} disagreements")
    return 1 if disagreed else 0


if __name__ == "__main__":
    sys.exit(main())
