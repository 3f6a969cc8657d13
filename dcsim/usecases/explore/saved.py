"""Saves a path as a scenario that `dcsim run` plays."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import attrs

from dcsim.domain.faults import OperatorSlip
from dcsim.domain.scenario import Scenario
from dcsim.files.disk import make_folder, save
from dcsim.files.resolver import from_folder
from dcsim.files.write import write_scenario
from dcsim.simulate.weekend import simulate
from dcsim.usecases.explore.walk import PathEnd
from dcsim.usecases.fill_outcomes import with_outcomes


def scenario_at(here: PathEnd, name: str = "", title: str = "", world: int = 0) -> Scenario:
    """The path's scenario under one runbook. Its steps expect the outcomes that they have; the invariants judge."""
    walk, steps = here.walk, here.walk.models[world].runbook.by_id
    # A slip at a step of the other runbook alone is none in this one.
    faults = (each for each in here.scenario.faults if not isinstance(each, OperatorSlip) or each.step in steps)
    found = attrs.evolve(
        here.scenario,
        faults=tuple(faults),
        scenario=name or walk.base.scenario,
        title=title or walk.base.title,
        runbook=walk.names[1 + world],
        label="walked by hand",
    )
    return with_outcomes(found, partial(simulate, walk.models[world], tracing=False))


def text_at(here: PathEnd, name: str = "", title: str = "", world: int = 0, folder: Path | None = None) -> str:
    """The scenario's file, as a file in that folder has it. ValueError if the format cannot express it."""
    scenario = scenario_at(here, name, title, world)
    if folder is not None:
        rulebook, runbook = (from_folder(book, folder) for book in (scenario.rulebook, scenario.runbook))
        scenario = attrs.evolve(scenario, rulebook=rulebook, runbook=runbook)
    return write_scenario(scenario)


def save_at(here: PathEnd, folder: Path, file: str, name: str = "", title: str = "", world: int = 0) -> Path:
    """Write the scenario's file into a folder; InputError where that cannot be."""
    make_folder(folder)
    path = folder / file
    save(path, text_at(here, name, title, world, folder), ours=True)
    return path
