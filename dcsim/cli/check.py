"""`dcsim check`: every schedule within bounds, and a proof or the shortest counterexamples."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Mapping
from functools import partial
from itertools import chain
from pathlib import Path

import attrs
import click

from dcsim.check.explorers.budget import LEAST, Budget, OverBudget
from dcsim.check.explorers.engines import ENGINES, check
from dcsim.check.explorers.protocol import Explored, Label, joined
from dcsim.check.model.accounts import MOST_ACCOUNTS, Groups, one_of_each_kind, plain_kind, some_of
from dcsim.check.model.noninterference import COMPARED, DROPPED, Twin, told
from dcsim.check.model.weekend import Weekend
from dcsim.check.question.ask import Answer, ask, occurrences
from dcsim.cli import terminal
from dcsim.cli.exit_codes import FINDING, INCONCLUSIVE, PASSED
from dcsim.cli.parameters import DURATION, PATH, SIZE
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.findings import suggest
from dcsim.files.load import load_pair, load_scenario
from dcsim.files.write import write_scenario
from dcsim.fuzz.neighbours import neighbours
from dcsim.report.proof import PROVED, Proof, as_json, count, lines
from dcsim.report.text import wrapped
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.usecases.evidence import confirmed, keep
from dcsim.usecases.vocabulary import INVARIANT_NAMES, REFUSAL_CODES

CODES = {"proved": PASSED, "violated": FINDING, "inconclusive": INCONCLUSIVE}


@click.command("check")
@click.argument("scenario", required=False, type=PATH)
@click.option("--rulebook", metavar="NAME|PATH", help="The rules; instead of the scenario's own.")
@click.option("--runbook", metavar="NAME|PATH", help="The runbook; instead of the scenario's own.")
@click.option("--accounts", type=click.IntRange(0), help="Users; by default one account of every kind.")
@click.option("--kind", metavar="KIND", help="The users' kind; by default the first that administers nobody.")
@click.option("--without-email", type=click.IntRange(0), default=0, show_default=True, help="Users without e-mail.")
@click.option("--administrators", type=click.IntRange(0), help="Administrators, beside the users.")
@click.option("--standing", is_flag=True, help="Accounts also begin with a value wherever rules speak of a field.")
@click.option("--ops", type=click.IntRange(0), default=1, show_default=True, help="Operations between two ticks.")
@click.option("--faults", type=click.IntRange(0), default=0, show_default=True, help="Faults of the link.")
@click.option("--errors", type=click.IntRange(0), default=0, show_default=True, help="Slips of the operator.")
@click.option(
    "--practices", type=click.Choice(["on", "off"]), default="on", show_default=True, help="Look at practices."
)
@click.option("--slip", metavar="SLIPS", help="Show what one combination breaks: 'delay revert'; several by commas.")
@click.option("--within", type=click.IntRange(0), metavar="K", help="Run all scenarios within K edits of SCENARIO.")
@click.option("--non-interference", is_flag=True, help="Two runs: with and without what a discarded session did.")
@click.option("--engine", type=click.Choice(["auto", *ENGINES]), default="auto", show_default=True)
@click.option("--time", "seconds", type=DURATION, default="5m", show_default=True, help="Give up after so long.")
@click.option("--memory", type=SIZE, default="4G", show_default=True, help="Give up before taking more.")
@click.option("--save", "folder", type=PATH, metavar="DIR", help="Write counterexamples (scenarios, traces, ITF) here.")
@click.option("--json", "json_", is_flag=True, help="Print one JSON object on stdout.")
def command(
    scenario: Path | None,
    rulebook: str | None,
    runbook: str | None,
    accounts: int | None,
    kind: str | None,
    without_email: int,
    administrators: int | None,
    standing: bool,
    ops: int,
    faults: int,
    errors: int,
    practices: str,
    slip: str | None,
    within: int | None,
    non_interference: bool,
    engine: str,
    seconds: float,
    memory: int,
    folder: Path | None,
    json_: bool,
) -> int:
    """Check every schedule of SCENARIO's accounts, or of abstract ones, within the bounds given.

    Client actions of every kind, deliveries, operator steps, faults and slips come in every order. The steps of
    SCENARIO are not used: its accounts, policies and `expect: sometimes` are.
    """
    if memory < LEAST:
        raise click.UsageError(f"--memory: give {LEAST >> 20}M at least, which is about what dcsim takes to begin with")
    mode = "--within" if within is not None else "--non-interference" if non_interference else ""
    _refuse(mode, {"--json": json_, "--save": folder is not None, "--slip": slip is not None})
    asked = _asked(scenario, rulebook, runbook, Who(accounts, administrators, without_email, kind, standing))
    asked = attrs.evolve(asked, model=attrs.evolve(asked.model, practices=practices == "on"))
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    budget = Budget(seconds=seconds, memory=memory)
    if within is not None:
        return _within(asked, within, budget)
    weekend = Weekend(asked.model, tuple(chain(*asked.groups)), ops, faults, errors, asked.groups)
    _known(asked.sometimes, weekend)
    terminal.progress("exploring")
    started = time.perf_counter()
    if non_interference:
        return _two_runs(weekend, asked.names, engine, budget)
    confirms = partial(_confirms, weekend)
    each = bool(folder or slip or json_)
    answer = ask(weekend, lambda part, left: check(part, engine, left), budget, asked.sometimes, confirms, each=each)
    taken = time.perf_counter() - started
    terminal.progress("")
    answer, traces = confirmed(weekend, answer)
    files = keep(folder, answer, traces, asked.model, asked.names) if folder else ()
    only = _slips(slip, answer) if slip else None
    proof = Proof(weekend=weekend, answer=answer, seconds=taken, files=files, only=only)
    if json_:
        terminal.say(json.dumps(as_json(proof), ensure_ascii=False, indent=2))
    else:
        terminal.say("\n".join(lines(proof, terminal.paint)))
    # What was explored is held in cycles by the million: a last look at them on the way out would take a third again.
    gc.freeze()
    return CODES[answer.status]


def _slips(text: str, answer: Answer) -> tuple[str, ...]:
    """The combination that was asked for, in the words of the table."""
    asked = tuple(sorted(part.strip() for part in text.split(",") if part.strip()))
    known = {" and ".join(slips): slips for slips in answer.broken if slips}
    whole = known.get(text.strip())
    if whole or asked in answer.broken:
        return whole or asked
    if asked and set(asked) <= set(answer.survived):
        raise click.UsageError(f"--slip: '{text}' breaks nothing by itself")
    raise click.UsageError(f"--slip: nothing breaks after '{text}'; {suggest(text, known)}")


def _confirms(weekend: Weekend, scenario: Scenario, invariant: str) -> bool:
    return invariant in simulate(weekend.model, scenario, tracing=False).invariants


def _within(asked: Asked, k: int, budget: Budget) -> int:
    """Run every scenario within k edits of the tester's."""
    if asked.scenario is None:
        raise click.UsageError("--within needs a SCENARIO")
    tried = 0
    try:
        for edits, near in neighbours(asked.scenario, asked.model.rulebook, k, budget.clock):
            budget.clock()
            broken = simulate(asked.model, near, tracing=False).invariants
            tried += 1
            if broken:
                how = "; then ".join(edits) or "as it is"
                terminal.say(f"{terminal.paint('violated', 'bad')}  {', '.join(dict.fromkeys(broken))}: {how}")
                terminal.say(write_scenario(attrs.evolve(near, rulebook=asked.names[0], runbook=asked.names[1])))
                return FINDING
    except OverBudget as over:
        terminal.say(f"{terminal.paint('inconclusive', 'warn')}  {tried:,} scenarios within {_edits(k)} tried: {over}")
        return INCONCLUSIVE
    terminal.say(f"{terminal.paint(PROVED, 'good')}  {tried:,} scenarios within {_edits(k)}: none breaks an invariant")
    return PASSED


def _edits(k: int) -> str:
    return f"{k} edit{'' if k == 1 else 's'}"


def _two_runs(weekend: Weekend, names: tuple[str, str], engine: str, budget: Budget) -> int:
    """Whether what is done in a discarded session can be told from its not having been done."""
    twin, found = Twin(weekend), []
    for part in weekend.parts:
        twin = Twin(part)
        found.append(check(twin, engine, budget, None))
        if found[-1].broken:
            break
    return _compared(weekend, twin, joined(found), found[-1].path, names)


def _compared(weekend: Weekend, twin: Twin, found: Explored, path: tuple[Label, ...], names: tuple[str, str]) -> int:
    """Say what the comparison of both runs came to; ``path`` is one of the twin's."""
    terminal.progress("")
    counts = f"{count(found.states)} pairs of runs, engine {found.engine}"
    if found.broken:
        terminal.say(f"{terminal.paint('violated', 'bad')}  {', '.join(found.broken)} ({counts})")
        scenario, tells = told(twin, path)
        for line in tells:
            terminal.say(f"  {line}: not as it would be had nothing been done in the discarded session")
        terminal.say(write_scenario(attrs.evolve(scenario, rulebook=names[0], runbook=names[1])))
        return FINDING
    why = found.why if not found.complete or found.suspects else _not_compared(found)
    if why:
        terminal.say(f"{terminal.paint('inconclusive', 'warn')}  {why} ({counts})")
        return INCONCLUSIVE
    terminal.say(f"{terminal.paint(PROVED, 'good')}  what a discarded session did leaves no trace ({counts})")
    terminal.say("\n".join(wrapped(f"bounds: {Proof.bounds_of(weekend)}", 2)))
    return PASSED


def _not_compared(found: Explored) -> str:
    """Why a proof that two runs look alike would be empty; nothing if it is not."""
    if found.fired.get(DROPPED):
        return "some runs break an invariant before they can be compared: check without --non-interference first"
    if not any(name.startswith(COMPARED) for name in found.fired):
        return "no two runs that differ came to a comparison"
    return ""


@attrs.frozen
class Asked:
    """What a check is about; ``names`` are those by which rulebook and runbook were asked for."""

    model: Model
    groups: Groups
    names: tuple[str, str]
    sometimes: tuple[str, ...] = ()
    scenario: Scenario | None = None


def _refuse(mode: str, given: Mapping[str, bool]) -> None:
    """Options that another mode would ignore are refused."""
    for option in (option for option, is_given in given.items() if mode and is_given):
        raise click.UsageError(f"{option} does not go with {mode}")


@attrs.frozen
class Who:
    """Who takes part where no scenario says so; None: not said."""

    users: int | None = None
    administrators: int | None = None
    without_email: int = 0
    kind: str | None = None
    standing: bool = False

    def groups(self, book: Rulebook, runbook: Runbook) -> Groups:
        """One account of every kind, unless something was said."""
        if attrs.evolve(self, standing=False) == Who():
            return one_of_each_kind(book, runbook, standing=self.standing)
        das = [kind for kind, of in book.accounts.items() if of.administers]
        if self.administrators and not das:
            raise click.UsageError("this rulebook has no kind of account that administers others")
        users = 1 if self.users is None and not self.administrators and not self.without_email else self.users or 0
        kinds = [(self.kind or plain_kind(book), users), *((da, self.administrators or 0) for da in das[:1])]
        if sum(number for _, number in kinds) + self.without_email > MOST_ACCOUNTS:
            hint = "those that begin alike are explored once, so a few show as much"
            raise click.UsageError(f"more than {MOST_ACCOUNTS:,} accounts cannot be checked; {hint}")
        groups = some_of(book, runbook, kinds, self.without_email, standing=self.standing)
        if not any(groups):
            raise click.UsageError("there is no account to check; give --accounts or --administrators")
        return groups


def _asked(path: Path | None, rulebook: str | None, runbook: str | None, who: Who) -> Asked:
    if path:
        case = load_scenario(path, rulebook, runbook, invariants=INVARIANT_NAMES, refusals=REFUSAL_CODES)
        if not (case.scenario.accounts or case.scenario.populations):
            raise click.UsageError(f"there is no account to check in {path}")
        if case.scenario.populations:
            raise click.UsageError("a scenario with a population cannot be checked; give accounts one by one")
        model = Model(case.rulebook, case.runbook, case.scenario.policies)
        names = (rulebook or _beside(path, case.scenario.rulebook), runbook or _beside(path, case.scenario.runbook))
        return Asked(model, (case.scenario.accounts,), names, case.scenario.sometimes, case.scenario)
    if not (rulebook and runbook):
        raise click.UsageError("give a SCENARIO, or both --rulebook and --runbook")
    book, steps = load_pair(rulebook, runbook)
    if who.kind is not None and who.kind not in book.accounts:
        raise click.UsageError(f"unknown account kind '{who.kind}'; {suggest(who.kind, book.accounts)}")
    return Asked(Model(book, steps), who.groups(book, steps), (rulebook, runbook))


def _beside(path: Path, name: str) -> str:
    """A rulebook's or runbook's path as seen from here, where a scenario gives it from its own folder."""
    beside = path.parent / name
    return str(beside) if beside.is_file() else name


def _known(sometimes: tuple[str, ...], weekend: Weekend) -> None:
    known = (*occurrences(weekend), *(f"refused {code}" for code in REFUSAL_CODES))
    for name in sometimes:
        if name not in known:
            hint = suggest(name, known)
            raise click.UsageError(f"expect: sometimes: nothing is called '{name}'{hint and '; '}{hint}")
