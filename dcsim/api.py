"""The public API: functions from values to results. ``import dcsim`` offers all of them.

A rulebook or runbook is given as a value, by the name of a built-in one, or by path. Faulty input raises ``InputError``
with every finding. An impossible request raises ``RequestError``. Nothing here prints.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from dcsim.checker.explorers.budget import LEAST, Budget
from dcsim.checker.explorers.engines import ENGINES
from dcsim.domain.faults import FaultKind
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.files import load
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import Case
from dcsim.files.mapping import load_mapping
from dcsim.report.campaign import FuzzResult
from dcsim.report.check import CheckResult
from dcsim.report.diff import DiffResult
from dcsim.report.lint import LintResult
from dcsim.report.predict import Prediction
from dcsim.report.reconcile import Reconciliation
from dcsim.report.run_view import RunResult
from dcsim.report.why import Explanation
from dcsim.trace.figures import Figures
from dcsim.usecases import check as checks
from dcsim.usecases import diff as diffs
from dcsim.usecases import fuzz as campaigns
from dcsim.usecases import lint as lints
from dcsim.usecases import predict as predictions
from dcsim.usecases import reconcile as reconciliations
from dcsim.usecases import run as runs
from dcsim.usecases import why as explanations
from dcsim.usecases.arguments import (
    AnyCase,
    AnyRulebook,
    AnyRunbook,
    case_of,
    fits,
    name_of,
    operations,
    pair_of,
    rulebook_of,
    within,
)
from dcsim.usecases.fuzz_campaign import EXAMPLES, Campaign
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.request import RequestError
from dcsim.usecases.tasks.task import MOST_JOBS, Workplace

__all__ = [
    "Case",
    "CheckResult",
    "DiffResult",
    "Explanation",
    "Figures",
    "Finding",
    "FuzzResult",
    "InputError",
    "LintResult",
    "Prediction",
    "Reconciliation",
    "RequestError",
    "Rulebook",
    "RunResult",
    "Runbook",
    "check",
    "diff",
    "fuzz",
    "lint",
    "load_rulebook",
    "load_runbook",
    "load_scenario",
    "load_scenarios",
    "predict",
    "reconcile",
    "run",
    "why",
]


def load_rulebook(name_or_path: str | Path) -> Rulebook:
    """Load a rulebook: a built-in one by name, or a file by path.

    >>> import dcsim
    >>> [session.name for session in dcsim.load_rulebook("seoch-2fa-2023").sessions]
    ['session-1', 'session-2', 'monday']
    """
    return load.load_rulebook(name_or_path).value


def load_runbook(name_or_path: str | Path) -> Runbook:
    """Load a runbook: a built-in one by name, or a file by path.

    >>> import dcsim
    >>> dcsim.load_runbook("snapshot-standby").steps[0].id
    'open-session-1'
    """
    return load.load_runbook(name_or_path).value


def load_scenario(path: str | Path, *, rulebook: str | Path | None = None, runbook: str | Path | None = None) -> Case:
    """Load a scenario from its file, with the rulebook and runbook that it names, or with others instead.

    Of a file with a table of values (`foreach`), the path names a row: `file.yaml#2`.
    """
    return load.load_scenario(path, rulebook, runbook, INVARIANT_NAMES, REFUSAL_CODES)


def load_scenarios(
    path: str | Path, *, rulebook: str | Path | None = None, runbook: str | Path | None = None
) -> tuple[Case, ...]:
    """Load every scenario of a file: one, or one for each row of its table of values (`foreach`)."""
    return load.load_scenarios(path, rulebook, runbook, INVARIANT_NAMES, REFUSAL_CODES)


def run(scenario: AnyCase, *, seed: int = 0, practices: bool = True, figures: bool = False) -> RunResult:
    """Run one scenario, and compare it with its expectations and with the invariants.

    ``seed`` determines what is random: jitter, distributions. ``practices``: whether breaks of good practice count,
    beside the promise. The result's ``status`` is ``passed`` or ``failed``; ``problems`` say why, ``trace`` has the
    events. ``figures``: they are computed, also if the scenario expects none, with the slack of each step.
    """
    return runs.run(case_of(scenario), runs.RunOptions(seed=seed, practices=practices, figures=figures))


def predict(scenario: AnyCase, at: str | None = None, *, site: str | None = None, accounts: str = "*") -> Prediction:
    """Predict what each account of a scenario may hold, and will hold, field by field.

    ``at`` is a session, which means its opening, or a moment such as ``session-2 +5m``. The default is the opening of
    the last session. ``site`` is by default the site that serves that session. ``accounts`` is a pattern of account
    names such as ``U0*``.
    """
    return predictions.predict(case_of(scenario), at, site, accounts)


def why(scenario: AnyCase, account: str, field: str, at: str | None = None, *, site: str | None = None) -> Explanation:
    """Explain what one field of one account holds, from the act that made it to the rules that decide.

    ``at`` and ``site`` are those of ``predict``. The result's ``chain`` leads from the act to the found value,
    ``changes`` say what the rules make of each change, ``kept_out`` names the other rules with the selectors that kept
    them out, and ``lost`` says where a value that did not come was last to be had.
    """
    return explanations.why(case_of(scenario), account, field, at, site)


def reconcile(
    scenario: AnyCase,
    log: str | Path,
    dump: str | Path | None = None,
    *,
    mapping: str | Path | None = None,
    at: str | None = None,
    site: str | None = None,
    tolerance: float = 5.0,
    runbooks: Iterable[AnyRunbook] = (),
    salt: str = "",
    redact: str | Path | None = None,
) -> Reconciliation:
    """Hold a real test day against the prediction: a log of what was done, and a dump of what accounts held.

    ``mapping`` is a file that says what the columns mean. ``at`` and ``site`` say when and where the dump was taken;
    they are those of ``predict``. ``tolerance`` is by how many seconds a clock may be off. ``runbooks`` are tried as
    explanations, beside those that come with dcsim. ``salt`` is that of the hashes that stand for secrets. ``redact``
    is a folder for copies of both files without secrets. The result's ``status`` is ``passed`` where everything matches
    and is permitted; ``differences``, ``explanations`` and ``unlike`` (by account) say what does not, and why.
    """
    case = case_of(scenario)
    within(0, None, tolerance=tolerance)
    options = reconciliations.ReconcileOptions(
        at=at,
        site=site,
        tolerance=round(tolerance * 1000),
        salt=salt,
        runbooks=[each if isinstance(each, Runbook) else load_runbook(each) for each in runbooks],
        redact=None if redact is None else Path(redact),
    )
    columns = None if mapping is None else load_mapping(Path(mapping), case.rulebook, REFUSAL_CODES)
    return reconciliations.reconcile(case, Path(log), None if dump is None else Path(dump), columns, options)


def check(
    rulebook: AnyRulebook,
    runbook: AnyRunbook,
    *,
    ops: int | Literal["any"] | None = None,
    any_accounts: bool = False,
    faults: int = 0,
    slips: int = 0,
    fault_kinds: tuple[FaultKind, ...] = ("entry",),
    accounts: int | None = None,
    administrators: int | None = None,
    kind: str | None = None,
    without_email: int = 0,
    standing: bool = False,
    practices: bool = True,
    each: bool = False,
    engine: str = "auto",
    seconds: float = 300.0,
    memory: int = 4 << 30,
) -> CheckResult:
    """Check every schedule within bounds. The result is a proof, or the shortest counterexamples.

    ``ops`` bounds an account's accepted changes between two ticks of the clock (``any``: any number of them, by any
    number of accounts; ``any_accounts``, with a number here, asks for the latter alone). By default there is one, and
    then any number, where one breaks nothing, no faults are asked for and few states are enough; the result's
    ``bounds`` say which of the two is answered. ``faults`` bounds the faults, which are of these ``fault_kinds``,
    ``slips`` the slips of the operator. By default one account of every kind takes part. ``accounts`` (users, of a
    ``kind``), ``administrators`` and ``without_email`` change this. With ``standing``, accounts begin with a value in
    every field that rules concern. ``each``: find a counterexample for each combination of faults and slips.
    ``seconds`` and ``memory`` (bytes) are the budget; when it is used up before one operation is decided, the status is
    ``inconclusive``.

    >>> import dcsim
    >>> dcsim.check("seoch-2fa-2023", "snapshot-standby", ops=1).status
    'proved'
    >>> result = dcsim.check("seoch-2fa-2023", "failback-copy")
    >>> result.status, [example.invariant for example in result.counterexamples]
    ('violated', ['discarded-absent'])
    """
    most = operations(ops)
    within(0, None, ops=most or 0, faults=faults, slips=slips, without_email=without_email, seconds=seconds)
    within(0, None, accounts=accounts or 0, administrators=administrators or 0)
    within(LEAST, None, memory=memory)
    if engine not in ("auto", *ENGINES):
        raise RequestError(f"there is no engine '{engine}'; expected one of auto, {', '.join(ENGINES)}")
    book, steps, names = pair_of(rulebook, runbook)
    who = checks.Who(
        accounts=accounts, administrators=administrators, without_email=without_email, kind=kind, standing=standing
    )
    subject = checks.subject_of(book, steps, who, names, practices=practices, memory=memory)
    bounds = checks.Bounds(most, faults, slips, fault_kinds, any_accounts, then_any=ops is None)
    return checks.check(subject, bounds, Budget(seconds=seconds, memory=memory), engine=engine, each=each)


def fuzz(
    rulebook: AnyRulebook,
    runbook: AnyRunbook,
    *,
    engine: str = "hypothesis",
    seed: int = 0,
    examples: int | None = None,
    accounts: int = 2,
    faults: int = 0,
    slips: int = 0,
    shard: tuple[int, int] = (1, 1),
    practices: bool = True,
    jobs: int = 1,
    seconds: float | None = None,
    folder: str | Path | None = None,
) -> FuzzResult:
    """Draw scenarios at random, run them, and keep the shortest that breaks each invariant.

    What is found depends on ``engine`` (``hypothesis`` or ``random``), ``seed``, ``examples`` (2,000 or 200,000 by
    default) and the bounds (``accounts``, ``faults``, ``slips``). It does not depend on the number of processes
    (``jobs``). ``shard`` is (part, number of parts). ``seconds`` end a campaign early, with what was found. Each
    finding is written into ``folder`` when it is found; this needs rulebook and runbook by name or path.

    >>> import dcsim
    >>> result = dcsim.fuzz("seoch-2fa-2023", "failback-copy", examples=200)
    >>> result.status, [finding.invariant for finding in result.findings]
    ('violated', ['discarded-absent'])
    """
    within(1, 8, accounts=accounts)
    within(0, None, faults=faults, slips=slips)
    within(1, None, examples=1 if examples is None else examples)
    within(1, MOST_JOBS, jobs=jobs)
    if not 1 <= shard[0] <= shard[1]:
        raise RequestError(f"shard={shard}: expected a part and the number of parts, such as (1, 4)")
    if folder is not None and (isinstance(rulebook, Rulebook) or isinstance(runbook, Runbook)):
        raise RequestError("to write findings, give rulebook and runbook by name or path: the files name them")
    if engine not in EXAMPLES:
        raise RequestError(f"there is no engine '{engine}'; expected one of {', '.join(EXAMPLES)}")
    book, steps, names = pair_of(rulebook, runbook)
    campaign = Campaign(
        rulebook=book,
        runbook=steps,
        names=names,
        engine=engine,
        seed=seed,
        examples=EXAMPLES[engine] if examples is None else examples,
        accounts=accounts,
        faults=faults,
        slips=slips,
        shard=shard,
        practices=practices,
    )
    return campaigns.fuzz(
        campaign, place=Workplace(jobs), seconds=seconds, folder=None if folder is None else Path(folder)
    )


def lint(*rulebooks: str | Path, baseline: str | Path | None = None) -> LintResult:
    """Lint rulebooks by name or path, each alone and each pair together. Every cell is examined.

    Findings that the file ``baseline`` lists are in ``old``, the others in ``new``. ``notes`` say what was proved.

    >>> import dcsim
    >>> dcsim.lint("seoch-2fa-2023").notes[0]
    'seoch-2fa-2023: no contradiction in any of 252 cells'
    """
    if not rulebooks or not all(isinstance(book, str | Path) for book in rulebooks):
        raise RequestError("lint takes rulebooks by name or path: its findings have places in their texts")
    return lints.lint(rulebooks, Path(baseline) if baseline is not None else None)


def diff(one: AnyRulebook, other: AnyRulebook, *, runbook: AnyRunbook | None = None) -> DiffResult:
    """Compare two rulebooks, cell by cell. Each difference has a shortest scenario that shows it, if one is found.

    ``runbook`` is tried first; if it does not show the difference, another one is made.

    >>> import dcsim
    >>> dcsim.diff("seoch-2fa-2023", "seoch-2fa-2023").equivalent
    True
    """
    books = (rulebook_of(one), rulebook_of(other))
    steps = runbook if isinstance(runbook, Runbook) or runbook is None else load_runbook(runbook)
    if steps is not None:
        for book in books:
            fits(steps, book, name_of(runbook or steps))
    return diffs.diff(*books, steps, (name_of(one), name_of(other)))
