"""The public API: small, lazy, typed, and what its page says."""

import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

import dcsim
from dcsim import api

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CARRIED = SCENARIOS / "circular" / "footnote-1.yaml"
PUBLIC = [name for name in dcsim.__all__ if name != "__version__"]


def test_the_names_are_those_of_the_api():
    """What `import dcsim` offers, what it declares for type checkers, and what the module has are the same names."""
    assert sorted(PUBLIC) == sorted(api.__all__)
    assert all(getattr(dcsim, name) is getattr(api, name) for name in PUBLIC)
    assert set(PUBLIC) <= set(dir(dcsim))
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        dcsim.chekc  # noqa: B018


def test_importing_dcsim_imports_nothing_else():
    """`import dcsim` costs what `--version` costs, and a function stays callable whatever was imported before it."""
    probe = (
        "import sys, dcsim; before = set(sys.modules)\n"
        "assert not {'attrs', 'click', 'hypothesis', 'numpy', 'simpy', 'yaml'} & before\n"
        "import dcsim.usecases.check, dcsim.checker.question.safety, dcsim.usecases.fuzz\n"
        "assert callable(dcsim.check) and callable(dcsim.fuzz) and callable(dcsim.run)\n"
        "assert not {'click', 'hypothesis', 'structlog', 'pytest'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", probe], check=True, cwd="/")


def test_the_examples_of_the_docstrings_are_true():
    """Each example prints what it shows."""
    results = doctest.testmod(api, raise_on_error=False)
    assert results.failed == 0
    assert results.attempted > 10


@pytest.mark.parametrize("name", api.__all__)
def test_everything_is_documented_and_typed(name):
    """Each function says what it does, and each parameter and result has a type; each result shows itself as HTML."""
    thing = getattr(api, name)
    assert inspect.getdoc(thing)
    if inspect.isfunction(thing):
        signature = inspect.signature(thing)
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(p.annotation is not inspect.Parameter.empty for p in signature.parameters.values())
    if name.endswith("Result") or name == "Prediction":
        assert attrs.has(thing)
        assert hasattr(thing, "_repr_html_")


def test_values_names_and_paths_are_taken_alike():
    """A rulebook may be a value, a name or a path; the verdict is the same."""
    book, runbook = dcsim.load_rulebook("seoch-2fa-2023"), dcsim.load_runbook("failback-copy")
    by_value, by_name = dcsim.check(book, runbook), dcsim.check("seoch-2fa-2023", "failback-copy")
    assert by_value.status == by_name.status == "violated"
    told = [[(each.invariant, each.length, each.says) for each in r.counterexamples] for r in (by_value, by_name)]
    assert told[0] == told[1] != []
    changed = attrs.evolve(book, rules=tuple(rule for rule in book.rules if rule.fate != "discard"))
    assert not dcsim.diff(book, changed).equivalent
    assert dcsim.diff(book, changed).shown[0].scenario.steps


def test_what_cannot_be_is_an_error_with_findings():
    """Faulty input raises InputError with a code and a place; a request that cannot be met raises RequestError."""
    with pytest.raises(dcsim.InputError) as faulty:
        dcsim.load_rulebook("there-is-none")
    assert faulty.value.findings[0].code
    with pytest.raises(dcsim.RequestError, match="unknown account kind 'nobody'"):
        dcsim.check("seoch-2fa-2023", "snapshot-standby", kind="nobody")
    with pytest.raises(dcsim.InputError):
        dcsim.check(dcsim.load_rulebook("mcx-launch-2023"), dcsim.load_runbook("snapshot-standby"))
    with pytest.raises(dcsim.RequestError, match="no session 'mnday'; did you mean 'monday'"):
        dcsim.predict(CARRIED, "mnday")


def test_what_a_campaign_finds_is_a_scenario_that_fails(tmp_path):
    """A finding is a value; with a folder it is a file as well, and `run` finds it broken."""
    found = dcsim.fuzz("seoch-2fa-2023", "failback-copy", examples=100, folder=tmp_path)
    (finding,) = found.findings
    result = dcsim.run(tmp_path / f"{finding.invariant}.yaml")
    assert [problem.kind for problem in result.problems] == [finding.invariant]
    with pytest.raises(dcsim.RequestError, match="by name or path"):
        dcsim.fuzz(dcsim.load_rulebook("seoch-2fa-2023"), "failback-copy", folder=tmp_path)
    with pytest.raises(dcsim.RequestError, match="no engine 'warp'"):
        dcsim.fuzz("seoch-2fa-2023", "failback-copy", engine="warp")


@pytest.mark.parametrize(
    "request_",
    [
        lambda: dcsim.fuzz("seoch-2fa-2023", "failback-copy", examples=0),
        lambda: dcsim.fuzz("seoch-2fa-2023", "failback-copy", shard=(0, 2)),
        lambda: dcsim.fuzz("seoch-2fa-2023", "failback-copy", shard=(3, 2)),
        lambda: dcsim.fuzz("seoch-2fa-2023", "failback-copy", jobs=0),
        lambda: dcsim.fuzz("seoch-2fa-2023", "failback-copy", accounts=9),
        lambda: dcsim.check("seoch-2fa-2023", "failback-copy", ops=-1),
        lambda: dcsim.check("seoch-2fa-2023", "failback-copy", ops="some"),
        lambda: dcsim.check("seoch-2fa-2023", "failback-copy", memory=10),
        lambda: dcsim.check("seoch-2fa-2023", "failback-copy", engine="x"),
        lambda: dcsim.check("seoch-2fa-2023", "failback-copy", accounts=1_000_000, memory=64 << 20),
        lambda: dcsim.predict(CARRIED, "session-2 +5000000000000m"),
        lambda: dcsim.predict(CARRIED, ""),
        lambda: dcsim.lint(dcsim.load_rulebook("seoch-2fa-2023")),
    ],
)
def test_what_the_command_line_refuses_is_refused_here_too(request_):
    """A number out of bounds, an engine that there is not, a moment that is none: RequestError, before any work."""
    with pytest.raises(dcsim.RequestError):
        request_()


def test_results_show_themselves_without_what_a_browser_would_obey():
    """A title from a file is text in the page, never markup."""
    case = dcsim.load_scenario(CARRIED)
    hostile = attrs.evolve(case.scenario, scenario="<script>x</script>\x1b[31m")
    shown = dcsim.run(attrs.evolve(case, scenario=hostile))._repr_html_()
    assert "<script>" not in shown
    assert "\x1b" not in shown
    assert "&lt;script&gt;" in shown


def test_a_prediction_says_what_is_permitted_and_what_will_be():
    """What Session 1 set up is permitted and held on Monday; under the wrong runbook it is held, and not permitted."""
    right = dcsim.predict(SCENARIOS / "circular" / "footnote-3.yaml", "monday")
    wrong = dcsim.predict(
        dcsim.load_scenario(SCENARIOS / "circular" / "footnote-3.yaml", runbook="failback-copy"), "monday"
    )
    assert all(field.kept for account in right.accounts for field in account.fields)
    assert any(not field.kept for account in wrong.accounts for field in account.fields)
    assert {row[0] for row in right.rows} == {account.account for account in right.accounts}
