"""The traces that a page of several scenarios carries, with their sources: `dcsim replay PAGE` verifies each."""

from __future__ import annotations

from functools import cached_property

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
    """Scenarios of one rulebook and one runbook, which are known by ``names``, and the scripts that hold their traces.

    ``practices``: whether the runs that are added look at practices.
    """

    names: tuple[str, str]
    practices: bool = True
    scripts: tuple[tuple[str, str], ...] = ()

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {kind: source_of(kind, name).text for kind, name in zip(KINDS, self.names, strict=True)}

    def add(self, scenario: Scenario, trace: Trace | None = None) -> Trace:
        """Add a scenario. Return its trace, which is made here if it is not given."""
        named = attrs.evolve(scenario, rulebook=self.names[0], runbook=self.names[1])
        case = load_texts({"scenario": write_scenario(named), **self._texts})
        if trace is None or not self.practices:
            # A replay looks at practices, so the trace that is embedded does.
            model = Model(case.rulebook, case.runbook, case.scenario.policies)
            trace = simulate(model, case.scenario, tracing=True)
        self.scripts += ((trace_id(len(self.scripts) + 1), embed("".join(dump(case.texts, 0, trace)))),)
        return trace


def digests_of(names: tuple[str, str]) -> dict[str, str]:
    """Return the digests of a rulebook's and a runbook's text."""
    return {kind: text_digest(source_of(kind, name).text) for kind, name in zip(KINDS, names, strict=True)}
