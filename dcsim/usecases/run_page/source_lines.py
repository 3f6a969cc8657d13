"""Where an event is written: the line of the runbook's step, or of the scenario's."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import attrs

from dcsim.domain.actions import Administer, Commit, Request
from dcsim.domain.moment import instant
from dcsim.domain.runbook import Step
from dcsim.domain.scenario import ClientStep
from dcsim.files.load import Case
from dcsim.files.yaml_nodes import Document, parse
from dcsim.report.pages.drawing.boxes import first_part
from dcsim.report.pages.event_words import act_of
from dcsim.report.pages.steps import SourceLine
from dcsim.simulate.acts import lives
from dcsim.trace.event import Event
from dcsim.trace.roster import Roster

MOST_LINES, MOST_SIGNS = 6, 1200


@attrs.define(eq=False, slots=False)
class SourceLines:
    """Finds the lines of a case's files."""

    case: Case
    roster: Roster
    seed: int = 0

    @cached_property
    def _runbook(self) -> Document:
        return parse(self.case.texts["runbook"])

    @cached_property
    def _drawn(self) -> dict[int, tuple[Any, Any]]:
        """The instants and accounts of the acts of each step of which something is drawn, by the step's identity."""
        if not lives(self.case.scenario):
            return {}
        from dcsim.simulate.living import Arrivals

        arrivals = Arrivals(self.roster, self.case.rulebook, self.seed)
        return {id(step): arrivals.of(step) for step in self.case.scenario.steps if step.drawn}

    @cached_property
    def _first(self) -> tuple[tuple[int, ClientStep], ...]:
        return tuple((instant(step.at, self.case.rulebook), step) for step in self.case.scenario.steps)

    def of_step(self, step: Step) -> SourceLine:
        """Return the line of a step of the runbook."""
        index = self.case.runbook.by_id[step.id]
        line, _ = self._runbook.where(("steps", index))
        name = f"runbook {self.case.runbook.runbook}, line {line}"
        return SourceLine(place=name, text=_item(self.case.texts["runbook"], line))

    def of_act(self, event: Event) -> SourceLine | None:
        """Return the line of the scenario's step that an act is from; None if it is from none."""
        step = next((step for first, step in self._first if self._fits(event, first, step)), None)
        if step is None or not step.line:
            return None
        place = f"{step.file or self.case.path}, line {step.line}"
        return SourceLine(place=place, text=_item(self._text(step.file), step.line))

    def _text(self, file: str) -> str:
        """Return the text of a file; texts go by the names that the scenario gives them. Empty: the scenario's own."""
        texts = self.case.texts
        return next((texts[name] for name in texts if file.endswith(name)), "") if file else texts["scenario"]

    def _fits(self, event: Event, first: int, step: ClientStep) -> bool:
        late = step.takes if isinstance(event.action, Commit) else 0
        if isinstance(event.action, Request | Commit) != bool(step.takes) or act_of(event) != step.action:
            return False
        at = event.at - first - late
        if step.drawn:
            instants, numbers = self._drawn[id(step)]
            return bool((numbers[instants == event.at - late] == self.roster.numbers(event.account)[0]).any())
        if at < 0 or (at % step.every if step.every else at):
            return False
        named = step.action.user if isinstance(step.action, Administer) else step.account
        (number,) = self.roster.numbers(event.account)
        numbers = self.roster.numbers(named)
        turn = at // step.every if step.every else None
        return numbers[turn] == number if turn is not None and turn < len(numbers) else number in numbers


def _item(text: str, line: int) -> str:
    """Return an item of a list as it is written, from its line on."""
    lines = text.splitlines()[line - 1 : line - 1 + MOST_LINES]
    found = lines[:1]
    indent = _indent(found[0]) if found else 0
    for other in lines[1:]:
        # What belongs to the item stands further to the right than its dash.
        if not other.strip() or _indent(other) <= indent or other.strip().startswith("#"):
            break
        found.append(other)
    return first_part("\n".join(each[indent:] for each in found), MOST_SIGNS)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
