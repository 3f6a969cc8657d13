"""A plugin for pytest: it collects scenarios as tests. A failure shows what `dcsim run` prints.

The other modules of dcsim are imported only when the first scenario is collected. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dcsim.files.load import Case

SUFFIXES = (".dcsim.yaml", ".dcsim.yml")
MARKER = "dcsim"
_GLOBS: pytest.StashKey[dict[str, re.Pattern[str]]] = pytest.StashKey()
_IDLE: pytest.StashKey[set[str]] = pytest.StashKey()
"""Globs that have matched nothing yet."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, and the setting that names other files that are scenarios."""
    group = parser.getgroup("dcsim", "dcsim: scenarios as tests")
    group.addoption("--dcsim-rulebook", metavar="NAME|PATH", help="Run scenarios under this rulebook, not their own.")
    group.addoption("--dcsim-runbook", metavar="NAME|PATH", help="Run scenarios under this runbook, not their own.")
    group.addoption("--dcsim-strict", action="store_true", help="Warnings about a scenario are failures.")
    purpose = "Open questions that a scenario does not acknowledge (`opens`) are failures."
    group.addoption("--dcsim-strict-open", action="store_true", help=purpose)
    purpose = "Files that are scenarios, beside *.dcsim.yaml: globs from the root folder, ** for any folders."
    parser.addini("dcsim_files", purpose, type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and read the globs once."""
    config.addinivalue_line("markers", f"{MARKER}: a scenario of dcsim, run as a test.")
    globs = {str(glob): re.compile(_pattern(glob)) for glob in config.getini("dcsim_files")}
    config.stash[_GLOBS], config.stash[_IDLE] = globs, set(globs)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a file that has the suffix of a scenario; or one that matches a glob and contains a scenario.

    The folder of a glob may contain rulebooks and runbooks too.
    """
    if file_path.name.endswith(SUFFIXES):
        return ScenarioFile.from_parent(parent, path=file_path)
    globs = parent.config.stash[_GLOBS]
    matched = _matched(file_path, parent.config.rootpath, globs) if globs else ()
    parent.config.stash[_IDLE].difference_update(matched)
    return ScenarioFile.from_parent(parent, path=file_path) if matched and _is_scenario(file_path) else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Warn about a glob that matched nothing, unless the caller selected only a part of the tests."""
    config = session.config
    idle = config.stash[_IDLE]
    for glob in sorted(idle) if config.args_source.name != "ARGS" else ():
        message = f"dcsim_files: '{glob}' matches no file below {config.rootpath}"
        warnings.warn(pytest.PytestWarning(message), stacklevel=2)


class ScenarioFile(pytest.File):
    """A file with one scenario, or with one for each row of its table. Faulty input is an error of the collection,
    which shows every finding.
    """

    def collect(self) -> Iterator[pytest.Item]:
        """Yield each scenario as a test with the scenario's name."""
        from dcsim import harmless

        cases = self._loaded()
        for warning in dict.fromkeys(warning for case in cases for warning in case.warnings):
            if not warning.path.startswith("dcsim/builtin/"):
                self.warn(pytest.PytestWarning(harmless.line(str(warning))))
        for case in cases:
            yield ScenarioItem.from_parent(self, name=harmless.line(case.scenario.scenario), case=case)

    def _loaded(self) -> tuple[Case, ...]:
        from dcsim import harmless
        from dcsim.files.findings import InputError
        from dcsim.files.load import load_scenarios
        from dcsim.semantics import custom_invariants
        from dcsim.semantics.invariant_registry import INVARIANTS
        from dcsim.semantics.refusals import REFUSALS

        option = self.config.getoption
        refusals = (*REFUSALS, "edited-meanwhile", "no-request")
        try:
            custom_invariants.load()
            books = option("--dcsim-rulebook"), option("--dcsim-runbook")
            return load_scenarios(_shown(self.path), *books, tuple(INVARIANTS), refusals)
        except (InputError, custom_invariants.InvariantsError) as error:
            raise self.CollectError(harmless.text(str(error))) from None


class ScenarioFailed(Exception):
    """A scenario that did not pass. Its message is the report."""


class ScenarioItem(pytest.Item):
    """One scenario as a test."""

    def __init__(self, *, case: Case, **more: Any) -> None:
        super().__init__(**more)
        self.case = case
        self.add_marker(MARKER)

    def runtest(self) -> None:
        """Play the scenario, and test its expectations and the invariants."""
        from dcsim import harmless
        from dcsim.report.text import lines
        from dcsim.usecases.run import RunOptions, run

        case, option = self.case, self.config.getoption
        options = RunOptions(
            rulebook=option("--dcsim-rulebook"),
            runbook=option("--dcsim-runbook"),
            strict=option("--dcsim-strict"),
            strict_open=option("--dcsim-strict-open"),
        )
        shown = run(case, options)
        # What pytest prints goes to the terminal as it is.
        text = harmless.text("\n".join(lines(shown)))
        if shown.status != "passed":
            first = shown.problems[0]
            place = f"{first.file or case.path}:{first.line or 1}"
            raise ScenarioFailed(f"{harmless.line(place)}: {self.name} fails\n{text}")
        self.add_report_section("call", "dcsim", text)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *more: Any, **named: Any) -> Any:
        """Show a failure as `dcsim run` prints it. Other errors keep their traceback."""
        from dcsim import harmless
        from dcsim.semantics.custom_invariants import InvariantsError

        if isinstance(excinfo.value, ScenarioFailed | InvariantsError):
            return harmless.text(str(excinfo.value))
        return super().repr_failure(excinfo, *more, **named)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file, line and name of the test."""
        return self.path, 0, self.name


# -- files ---------------------------------------------------------------------------------------------------------


def _shown(path: Path) -> Path:
    """Return the path relative to the folder in which pytest runs, if it is below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _pattern(glob: str) -> str:
    """Translate a glob into a regular expression. ``**/`` stands for any number of folders, ``[ab]`` for a or b."""
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[!?[\w-]+\])", glob.removeprefix("./"))
    return "".join(words.get(part) or _one_of(part) for part in parts) + r"\Z"


def _one_of(part: str) -> str:
    return part.replace("[!", "[^") if part.startswith("[") and part.endswith("]") else re.escape(part)


def _matched(path: Path, root: Path, globs: Mapping[str, re.Pattern[str]]) -> list[str]:
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else ""
    return [glob for glob, pattern in globs.items() if name and pattern.match(name)]


def _is_scenario(path: Path) -> bool:
    """Whether the top level has the key `scenario`. A file that cannot be read counts too, so that it is reported."""
    import yaml

    from dcsim.files.disk import read_text
    from dcsim.files.findings import InputError
    from dcsim.files.yaml_nodes import top_level_keys

    try:
        return "scenario" in top_level_keys(read_text(path))
    except (InputError, yaml.YAMLError, UnicodeEncodeError):
        return True
