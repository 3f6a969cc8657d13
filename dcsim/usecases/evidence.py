"""The evidence of a check: counterexamples that the simulator confirms, and their files."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import attrs

from dcsim.checker.explorers.protocol import Break
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import Answer, Counterexample
from dcsim.files.disk import make_folder, save
from dcsim.files.load import load_scenario
from dcsim.files.write import write_scenario
from dcsim.harmless import to_json
from dcsim.report.check import CheckResult
from dcsim.report.run_view import cite, doer
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Broken, Trace
from dcsim.trace.itf import write_itf
from dcsim.trace.jsonl import dump
from dcsim.usecases.fill_outcomes import with_outcomes
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES


def confirmed(weekend: Weekend, answer: Answer) -> tuple[Answer, list[Trace]]:
    """Run each counterexample in the simulator. Where one does not break its invariant, the check is inconclusive."""
    examples: list[Counterexample] = []
    traces: list[Trace] = []
    for example in answer.counterexamples:
        trace = simulate(weekend.model, example.scenario, tracing=True)
        if example.invariant not in trace.invariants:
            why = f"the simulator does not confirm the counterexample to {example.invariant}: a fault of dcsim's"
            return attrs.evolve(answer, status="inconclusive", why=why, counterexamples=tuple(examples)), traces
        found = next(broken for broken in trace.broken if broken.violation.invariant == example.invariant)
        scenario = with_outcomes(example.scenario, partial(simulate, weekend.model, tracing=False))
        rules = tuple(cite(weekend.model.rulebook, found.violation.rules))
        examples.append(attrs.evolve(example, scenario=scenario, says=_found(found, trace), rests_on=rules))
        traces.append(trace)
    return attrs.evolve(answer, counterexamples=tuple(examples)), traces


def _found(broken: Broken, trace: Trace) -> str:
    """Say in one line what the simulator found, and which act wrote it."""
    violation, who = broken.violation, f"{broken.account}, " if broken.account else ""
    cause = doer(broken, trace)
    says = f"{who}{violation.where}: expected {violation.expected}, found {violation.actual}"
    return f"{says}; put there by: {cause}" if cause else says


def file_name(example: Counterexample) -> str:
    """Return the name of a counterexample's files. It contains what breaks and after which faults and slips."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", str(Break(example.invariant, example.after)))


def keep(folder: Path, result: CheckResult) -> CheckResult:
    """Write each counterexample as a scenario, its trace, and its states as ITF; return the result with file names."""
    make_folder(folder)
    files, model = [], result.weekend.model
    for example, trace in zip(result.counterexamples, result.traces, strict=True):
        scenario = attrs.evolve(example.scenario, rulebook=result.names[0], runbook=result.names[1])
        text, path = write_scenario(scenario), folder / f"{file_name(example)}.yaml"
        save(path, text, ours=True)
        # Loading it again proves that the file can be read, and gives the texts that the trace records.
        case = load_scenario(path, invariants=INVARIANT_NAMES, refusals=REFUSAL_CODES)
        save(path.with_suffix(".trace.jsonl"), "".join(dump(case.texts, 0, trace)), ours=True)
        itf = to_json(write_itf(model, example.scenario, trace), indent=1)
        save(path.with_suffix(".itf.json"), itf + "\n", ours=True)
        files.append(str(path))
    return attrs.evolve(result, files=tuple(files))
