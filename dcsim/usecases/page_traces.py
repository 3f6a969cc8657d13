"""The traces that a page of several scenarios carries, with their sources: `dcsim replay PAGE` verifies each."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from dcsim.domain.scenario import Scenario
from dcsim.files.load import load_texts
from dcsim.files.resolver import KINDS, source_of
from dcsim.files.write import write_scenario
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.embedded import embed, trace_id
from dcsim.trace.event import Trace
from dcsim.trace.jsonl import dump, text_digest


@attrs.define(eq=False)
class PageTraces:
    """The ids and the contents of the scripts that hold the traces of a page."""

    scripts: tuple[tuple[str, str], ...] = ()

    def add(self, scenario: Scenario, books: Mapping[str, str], *, practices: bool = True) -> Trace:
        """Run a scenario under the ``books`` (the texts of a rulebook and a runbook), and add its trace."""
        case = load_texts({"scenario": write_scenario(scenario), **books})
        model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=practices)
        trace = simulate(model, case.scenario, tracing=True)
        self.scripts += ((trace_id(len(self.scripts) + 1), embed("".join(dump(case.texts, 0, trace)))),)
        return trace


def texts_of(names: tuple[str, str]) -> dict[str, str]:
    """Return the texts of a rulebook and a runbook, by name or path."""
    return {kind: source_of(kind, name).text for kind, name in zip(KINDS, names, strict=True)}


def digests_of(books: Mapping[str, str]) -> dict[str, str]:
    """Return the digest of each text."""
    return {kind: text_digest(text) for kind, text in books.items()}
