"""Account results: for each account and each session that opened, what the rules permit, what was found, the verdict.

Accounts whose lanes are the same share everything but their names, so a million of them take little time and memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat

import attrs

from dcsim.domain.moment import clock
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import Scenario
from dcsim.domain.world import Lane
from dcsim.report.predict import PredictedField
from dcsim.semantics.invariant_registry import spell
from dcsim.trace.event import SessionOpening
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster
from dcsim.usecases.predict import predicted_fields

COLUMNS = ("scenario", "account", "kind", "profile", "session", "site", "at", "predicted", "found", "verdict", "fields")
KEPT, BROKEN, OPEN, NEVER = "kept", "broken", "open", "never opened"
"""The verdicts: all is as the rules permit; something is not; it is, but no rule decides about some of it; and there
was nothing to compare.
"""


@attrs.frozen(eq=False)
class AccountResults:
    """What the openings of one run found of all its accounts."""

    scenario: Scenario
    rulebook: Rulebook
    lanes: Sequence[Lane]
    openings: Sequence[SessionOpening]
    seed: int = 0

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield a row for each session and account, as text."""
        opened = {opening.session: opening for opening in self.openings}
        for session in self.rulebook.timeline:
            if session in opened:
                yield from self._opened(opened[session])
            elif session in self.rulebook.by_name:
                yield from self._never(session)

    def _opened(self, opening: SessionOpening) -> Iterator[tuple[str, ...]]:
        at = clock(opening.at, self.rulebook)
        known: dict[tuple[int, int], tuple[str, tuple[str, ...]]] = {}
        for account, profile, *both in zip(*self._who(), opening.before, opening.after, strict=True):
            lanes = both[0], both[1]
            if lanes not in known:
                before, after = (self.lanes[number] for number in lanes)
                fields = predicted_fields(self.rulebook, before, after, opening.session, opening.site)
                where = (opening.session, opening.site, at)
                known[lanes] = after.profile.kind, (*where, *_verdict(tuple(fields)))
            kind, rest = known[lanes]
            yield (self.scenario.scenario, account, kind, profile, *rest)

    def _never(self, session: str) -> Iterator[tuple[str, ...]]:
        site = self.rulebook.by_name[session].site
        kinds = (
            kind for account, count in Roster(self.scenario).groups for kind in repeat(account.profile.kind, count)
        )
        for account, profile, kind in zip(*self._who(), kinds, strict=True):
            yield (self.scenario.scenario, account, kind, profile, session, site, "", "", "", NEVER, "")

    def _who(self) -> tuple[Iterator[str], Iterator[str]]:
        """The name of each account, and its profile."""
        roster = Roster(self.scenario)
        names, numbers = _profiles(self.scenario, self.rulebook, self.seed)
        return roster.names(), map(names.__getitem__, numbers) if names else repeat("", roster.size)


def of_run(recorder: Recorder, scenario: Scenario, seed: int) -> AccountResults:
    """Return what the openings of a run found, whose recorder kept it."""
    return AccountResults(scenario, recorder.model.rulebook, recorder.table.lanes, recorder.openings or (), seed)


def profile_counts(scenario: Scenario, rulebook: Rulebook, seed: int) -> Mapping[str, Mapping[str, int]]:
    """Return how many accounts of each population are of each profile."""
    names, numbers = _profiles(scenario, rulebook, seed)
    counts, start = {}, len(scenario.accounts)
    for population in scenario.populations:
        own = numbers[start : start + population.count]
        if population.behaviour:
            counts[population.every] = {name: own.count(names.index(name)) for name in population.behaviour}
        start += population.count
    return counts


def _profiles(scenario: Scenario, rulebook: Rulebook, seed: int) -> tuple[list[str], Sequence[int]]:
    """Return the names of the profiles, and the number of that of each account; the last name is that of none."""
    if not any(population.behaviour for population in scenario.populations):
        return [], ()
    from dcsim.simulate.living import Arrivals

    arrivals = Arrivals(Roster(scenario), rulebook, seed)
    return [*arrivals.names, ""], arrivals.profiles.tolist()


def _verdict(fields: Sequence[PredictedField]) -> tuple[str, ...]:
    """Return what is predicted and found, the verdict, and the fields because of which it is so."""
    told = [each for each in fields if each.value not in (None, False, 0) or each.rules or each.open or not each.kept]
    predicted = "; ".join(f"{each.field} {' or '.join(map(spell, each.permitted))}" for each in told)
    found = "; ".join(f"{each.field} {spell(each.value)}" for each in told)
    wrong = [each.field for each in fields if not each.kept]
    undecided = [each.field for each in fields if each.open]
    verdict = BROKEN if wrong else OPEN if undecided else KEPT
    return predicted, found, verdict, ", ".join(wrong or undecided)
