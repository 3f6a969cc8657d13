"""Checks what is drawn for accounts: profiles with their weights, chances, and windows in which accounts come."""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.domain.actions import Administer
from dcsim.domain.arrival import Arrival, ArrivalWindow
from dcsim.domain.distribution import longest
from dcsim.domain.moment import spell
from dcsim.domain.scenario import ClientStep
from dcsim.files.cast import Cast
from dcsim.files.findings import Flaw, Keys, unknown
from dcsim.files.forms import PopulationForm, ScenarioForm
from dcsim.files.lint_common import Times
from dcsim.files.yaml_scalars import write_moment


def behaviour_flaws(form: ScenarioForm, cast: Cast, times: Times) -> Iterator[Flaw]:
    """What is wrong with the profiles of populations, and with the steps of which something is drawn."""
    for index, holder in enumerate(form.accounts):
        for name, weight in holder.behaviour.items() if isinstance(holder, PopulationForm) else ():
            if weight <= 0:
                keys: Keys = ("accounts", index, "behaviour", name)
                yield Flaw("DC230", keys, f"the weight {weight} is not above zero", "leave the profile out")
    above = set[tuple[str, str]]()
    for index, step in enumerate(form.steps):
        yield from _step(step, cast, times, ("steps", index))
        yield from _after(step, above, ("steps", index))
        above.add((_subject(step), step.profile))


def _subject(step: ClientStep) -> str:
    """The name of the accounts that a step is about."""
    return step.action.user if isinstance(step.action, Administer) else step.account


def _step(step: ClientStep, cast: Cast, times: Times, keys: Keys) -> Iterator[Flaw]:
    if step.profile:
        known = _profiles(_subject(step), cast)
        if step.profile not in known:
            yield unknown("DC231", (*keys, "profile"), "profile", step.profile, known)
    if not 0 <= step.chance <= 1:
        yield Flaw("DC232", (*keys, "chance"), f"{step.chance} is no chance", "write a number from 0 to 1")
    if isinstance(step.spread, ArrivalWindow):
        yield from times.flaws(step.spread.until, (*keys, "spread", "until"))
    if step.spread and step.every:
        yield Flaw("DC109", (*keys, "every"), "'every' does not go with 'spread'", "leave one of them out")
    if step.spread:
        yield from _window(step, step.spread, times, keys)
    if step.if_refused and step.takes:
        yield Flaw("DC109", (*keys, "takes"), "'takes' does not go with 'if'", "leave one of them out")


def _profiles(name: str, cast: Cast) -> tuple[str, ...]:
    """The profiles of the accounts for which a name stands."""
    holders = (cast.holder(member) for member in cast.members(name))
    behaviours = (holder.behaviour for holder in holders if isinstance(holder, PopulationForm))
    return tuple(dict.fromkeys(profile for behaviour in behaviours for profile in behaviour))


def _window(step: ClientStep, arrival: Arrival, times: Times, keys: Keys) -> Iterator[Flaw]:
    begins, ends = times.at(step.at), _last(step, arrival, times)
    if begins is None or ends is None:
        return
    until: Keys = (*keys, "spread", "until") if isinstance(arrival, ArrivalWindow) else (*keys, "spread")
    if isinstance(arrival, ArrivalWindow) and ends <= begins:
        said = f"'{write_moment(arrival.until)}' is not after '{write_moment(step.at)}'"
        yield Flaw("DC233", until, said, "the window begins at the step's 'at'")
    elif step.expect == "accepted":
        for name, (opens, closes) in times.windows.items():
            if opens <= begins < closes < ends:
                said = f"some accounts come after '{name}' closes, by up to {spell(ends - closes)}"
                yield Flaw("DC234", until, said, f"end it at '{name} closes', or write 'expect: any'")


def _last(step: ClientStep, arrival: Arrival, times: Times) -> int | None:
    """The instant until which accounts come; None: there is none, or it is not known."""
    if isinstance(arrival, ArrivalWindow):
        return times.at(arrival.until)
    begins, most = times.at(step.at), longest(arrival)
    return None if begins is None or most is None else begins + most


def _after(step: ClientStep, above: set[tuple[str, str]], keys: Keys) -> Iterator[Flaw]:
    if not step.after:
        return
    for name in ("every", "spread"):
        if getattr(step, name):
            yield Flaw("DC109", (*keys, name), f"'{name}' does not go with 'after'", "leave one of them out")
    if (_subject(step), step.profile) not in above:
        who = f"'{_subject(step)}'" + (f" and profile '{step.profile}'" if step.profile else "")
        yield Flaw("DC235", (*keys, "after"), f"no step of {who} stands above", "put it below the step that it follows")
