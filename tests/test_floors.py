"""The house keeps its floors: imports go down only, heavy libraries stay where they belong, files stay small."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dcsim"
FLOORS = {
    "domain": set(),
    "semantics": {"domain"},
    "trace": {"domain", "semantics"},
    "files": {"domain"},
    "rules": {"domain", "semantics", "files"},
    "simulate": {"domain", "semantics", "trace"},
    "checker": {"domain", "semantics", "trace"},
    "fuzzer": {"domain", "semantics", "trace"},
    "report": {"domain", "semantics", "trace", "files", "rules", "checker"},
    "testing": {"domain", "semantics", "trace", "files", "rules", "simulate", "fuzzer", "report", "usecases"},
    "plugin": {"domain", "semantics", "trace", "files", "simulate", "report", "usecases"},
    "usecases": {"domain", "semantics", "trace", "files", "rules", "simulate", "checker", "fuzzer", "report"},
    "api": {"domain", "semantics", "trace", "files", "rules", "simulate", "checker", "fuzzer", "report", "usecases"},
    "serve": {"domain", "files", "report", "usecases"},
    "cli": {"domain", "semantics", "trace", "files", "rules", "simulate", "checker", "fuzzer", "report", "usecases"}
    | {"serve"},
}
HEAVY = {
    "simpy": {"simulate"},
    "hypothesis": {"fuzzer", "testing"},
    "click": {"cli"},
    "structlog": {"cli"},
    "starlette": {"serve"},
    "uvicorn": {"serve"},
    "yaml": {"files"},
    "jinja2": {"report"},
    "markupsafe": {"report"},
}
ROLES = ("primary", "standby", "snapshot-standby")  # words of the field before they are names of files
SOURCES = sorted(PACKAGE.rglob("*.py"))

pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="needs the source tree")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor(path):
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else path.stem


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down_only(path):
    """A file imports its own floor and those below it, never a floor above or beside."""
    here = floor(path)
    for name in imports(path):
        parts = name.split(".")
        if here in FLOORS and parts[0] == "dcsim" and len(parts) > 1 and parts[1] in FLOORS:
            assert parts[1] == here or parts[1] in FLOORS[here], f"{path} imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_libraries_stay_on_their_floor(path):
    """Only simulate imports simpy, only fuzz and testing hypothesis, only the command line click and structlog."""
    for name in imports(path):
        allowed = HEAVY.get(name.split(".")[0])
        assert allowed is None or floor(path) in allowed or path.name == "plugin.py", f"{path} imports {name}"


def test_intent_and_mechanism_are_computed_apart():
    """The mechanism never reads a rule, and intent never reads a store."""
    for name in ("mechanism", "client_step", "refusals"):
        text = (PACKAGE / "semantics" / f"{name}.py").read_text()
        assert ".rules" not in text
        assert "intent" not in set(imports(PACKAGE / "semantics" / f"{name}.py"))
    text = (PACKAGE / "semantics" / "intent.py").read_text()
    assert ".store(" not in text
    assert "runbook" not in text
    assert not any("mechanism" in name or "client" in name for name in imports(PACKAGE / "semantics" / "intent.py"))


def test_no_code_knows_a_rulebook_by_name():
    """Built-in rulebooks and runbooks are data: no source file names one."""
    names = [p.stem for p in (PACKAGE / "builtin").rglob("*.yaml") if p.stem not in ("first", *ROLES)]
    assert names
    for path in SOURCES:
        # An example that runs may use one, as a user would.
        text = "\n".join(line for line in path.read_text().splitlines() if line.strip()[:3] not in (">>>", "..."))
        assert not [name for name in names if f'"{name}"' in text or f"'{name}'" in text], path


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_fit_in_the_head(path):
    """No source file is longer than 350 lines, and each says first what it is for."""
    assert len(path.read_text().splitlines()) <= 350
    assert ast.get_docstring(ast.parse(path.read_text())), f"{path} has no docstring"


def test_version_starts_without_the_heavy_libraries():
    """`dcsim --version` imports neither hypothesis nor simpy nor pytest, nor even click."""
    probe = (
        "import sys; sys.argv = ['dcsim', '--version']\n"
        "from dcsim.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print(sorted({'hypothesis', 'simpy', 'pytest', 'click', 'attrs'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd="/")
    assert out.stdout.splitlines()[-1] == "[]"


def test_nothing_below_the_command_line_prints_or_logs():
    """The library never prints and never configures logging."""
    for path in SOURCES:
        if floor(path) != "cli":
            calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
            assert not [c for c in calls if getattr(c.func, "id", "") == "print"], path


def module(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path) for path in SOURCES}


def at_once(path):
    """The modules of dcsim that a file imports when it is imported itself: not those of its functions or of types."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            # A package need not have been imported to its end when one of its modules is taken from it.
            yield from (name if name in MODULES else node.module for name in whole)


def test_no_module_imports_itself_by_way_of_others():
    """Any module can be the first that is imported: what it needs does not need it."""
    needs = {module(path): {name for name in at_once(path) if name in MODULES} for path in SOURCES}
    left = {name: set(needed) - {name} for name, needed in needs.items()}
    while free := [name for name, needed in left.items() if not needed]:
        for name in free:
            del left[name]
        for needed in left.values():
            needed.difference_update(free)
    assert not left
