"""The two sides of an edge as files that `dcsim run` plays, and what it says of each.

The scenario of a sweep over runs gets the condition among its expectations, so that `dcsim run` judges it too. Of a
check, the scenario is the counterexample of the side that is violated, on both sides of the edge.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

import attrs

from dcsim.files.disk import make_folder, save
from dcsim.files.findings import InputError
from dcsim.files.load import ROW
from dcsim.files.resolver import KINDS
from dcsim.files.text_edits import SharedValueError, value_at, written_into
from dcsim.files.yaml_nodes import parse
from dcsim.files.yaml_scalars import spelled
from dcsim.report.sweep import SweepEdge, SweepResult, SweepRow, SweepSide
from dcsim.usecases.request import RequestError
from dcsim.usecases.run import RunOptions, run
from dcsim.usecases.sweep.expectations import expected
from dcsim.usecases.sweep.measure import PointQuestion
from dcsim.usecases.sweep.points import Point, saved_texts

MOST_EDGES = 20
"""The files of so many edges are made; an answer that changes more often is no edge to look at."""
PointOf = Callable[[SweepRow], Point]


def with_sides(result: SweepResult, asked: PointQuestion, point_of: PointOf, folder: Path | None) -> SweepResult:
    """The result with the files of each side of each edge; written, if there is a folder for them."""
    if folder:
        make_folder(folder)
    numbers = count(1)
    maker = _Maker(asked, point_of, folder)
    searches = []
    for search in result.searches:
        # One side of an edge may be undecided: then the example is that of a point beyond it.
        example = next((row.example for row in search.rows if row.example), "")
        edges = [
            maker.edge(edge, number, example) if (number := next(numbers)) <= MOST_EDGES else edge
            for edge in search.edges
        ]
        searches.append(attrs.evolve(search, edges=tuple(edges)))
    return attrs.evolve(result, searches=tuple(searches))


@attrs.frozen
class _Maker:
    """Makes the sides of edges."""

    asked: PointQuestion
    point_of: PointOf
    folder: Path | None

    def edge(self, edge: SweepEdge, number: int, other: str) -> SweepEdge:
        example = edge.below.row.example or edge.above.row.example or other
        sides = {"below": edge.below, "above": edge.above}
        made = {name: self._side(side, f"edge-{number}-{name}", example) for name, side in sides.items()}
        return attrs.evolve(edge, below=made["below"], above=made["above"])

    def _side(self, side: SweepSide, stem: str, example: str) -> SweepSide:
        if side.row.findings:
            return side
        point, asked = self.point_of(side.row), self.asked
        texts = asked.files.at(asked.swept, point)
        if asked.question == "check":
            texts = self._of_check(texts, point, example)
        else:
            texts["scenario"] = self._judging(texts)
        where = self.folder or Path()
        made = saved_texts(asked.files, asked.files.named(asked.swept, point), texts, where, stem)
        if self.folder:
            for name, text in made.items():
                save(self.folder / name, text, ours=True)
        side = attrs.evolve(side, texts=made, saved=bool(self.folder))
        if "scenario" not in texts:
            return side
        seed = asked.seed if side.row.failing is None or asked.question == "check" else side.row.failing
        play = self._play(where / f"{stem}.yaml", seed)
        return attrs.evolve(side, play=play, status=self._status(texts, seed))

    def _of_check(self, texts: Mapping[str, str], point: Point, example: str) -> dict[str, str]:
        books: dict[str, str] = {kind: texts[kind] for kind in KINDS}
        if not example:
            return books
        # Of a scenario, a check takes the policies; the accounts and steps are those of the counterexample.
        policies = {
            one.setting.keys: value.written
            for one, value in zip(self.asked.swept, point, strict=True)
            if one.setting.book == "scenario" and one.setting.keys[0] == "policies"
        }
        name = value_at(parse(example).value, ("scenario",))
        title = spelled(f"The schedule that breaks {name} on one side of the edge")
        return {**books, "scenario": written_into(example, {("title",): title, **policies})}

    def _judging(self, texts: Mapping[str, str]) -> str:
        """The scenario's text with the condition as an expectation, if a scenario can expect it."""
        places = expected(self.asked.condition)
        try:
            made = written_into(texts["scenario"], places)
            self.asked.files.case({**texts, "scenario": made})
        except (SharedValueError, InputError):
            return texts["scenario"]
        return made

    def _status(self, texts: Mapping[str, str], seed: int) -> str:
        try:
            case = self.asked.files.case({**self.asked.files.texts, **texts})
        except (InputError, RequestError):
            return "error"
        return run(case, RunOptions(seed=seed, practices=self.asked.practices)).status

    def _play(self, path: Path, seed: int) -> str:
        # Of a file with a table of values, the sweep was over one row.
        row = self.asked.files.texts.get(ROW) if self.asked.question == "run" else None
        address = f"{path}#{row}" if row else str(path)
        words = ["dcsim", "run", address, *(["--seed", str(seed)] if seed else [])]
        return shlex.join([*words, *([] if self.asked.practices else ["--practices", "off"])])
