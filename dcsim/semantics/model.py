"""The model: a rulebook's service, a runbook and the policies in force, ready for the step function.

What clients and sites do (``client``, ``mechanism``) is computed from the sessions and policies, never from the rules.
What the rules permit (``intent``) is computed without a look at any store. A test keeps the two apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs

from dcsim.domain.account import Account
from dcsim.domain.actions import Tick
from dcsim.domain.moment import epoch, instant
from dcsim.domain.policies import POLICIES
from dcsim.domain.rulebook import Rulebook, Session
from dcsim.domain.runbook import Runbook, Step
from dcsim.domain.world import Control, Lane, Todo
from dcsim.semantics.intent import begin


@attrs.frozen(eq=False)
class Model:
    """Everything that stays fixed during a run.

    ``overrides`` are the scenario's policies, which replace those of the rulebook. ``only`` names the invariants that
    are checked (None: all); ``practices`` says whether practices are checked.
    """

    rulebook: Rulebook
    runbook: Runbook
    overrides: Mapping[str, Any] = attrs.field(factory=dict)
    only: frozenset[str] | None = None
    practices: bool = True

    @cached_property
    def policies(self) -> Mapping[str, Any]:
        """Each policy's value: the scenario's, else the rulebook's, else the permissive default."""
        given = {name: policy.value for name, policy in self.rulebook.policies.items()}
        defaults = {name: parameter.default for name, parameter in POLICIES.items()}
        return {**defaults, **given, **self.overrides}

    @cached_property
    def ticks(self) -> tuple[tuple[int, Tick], ...]:
        """The clock's edges in order, as (instant, tick). A close comes before an open at the same instant."""
        # Sorting by name puts "closes" before "opens", so that two windows which touch are never open together.
        edges = []
        for session in self.rulebook.sessions:
            edges.append((epoch(session.opens, self.rulebook), Tick(session.name, "opens")))
            edges.append((epoch(session.closes, self.rulebook), Tick(session.name, "closes")))
        return tuple(sorted(edges, key=lambda e: (e[0], e[1].edge)))

    @cached_property
    def due(self) -> tuple[int, ...]:
        """The instant at which each runbook step is due."""
        return tuple(instant(step.at, self.rulebook) for step in self.runbook.steps)

    @cached_property
    def sites(self) -> tuple[str, ...]:
        """The sites, in the runbook's order."""
        return tuple(self.runbook.sites)

    @property
    def applies(self) -> str:
        """How the standby applies redo; ``checked`` where there is no link."""
        return self.runbook.link.apply if self.runbook.link else "checked"

    @property
    def lag(self) -> int:
        """The longest time on the link, in milliseconds."""
        return self.runbook.link.lag + self.runbook.link.jitter if self.runbook.link else 0

    @cached_property
    def waived(self) -> frozenset[str]:
        """The practices that the runbook waives."""
        return frozenset(waiver.practice for waiver in self.runbook.waives)

    def checks(self, name: str, family: str) -> bool:
        """Whether an invariant is checked; ``family`` is its family (``scene``)."""
        if family == "practice" and (not self.practices or name in self.waived):
            return False
        return self.only is None or name in self.only

    def session(self, name: str) -> Session:
        """A session by name."""
        return self.rulebook.by_name[name]

    def step(self, todo: Todo) -> Step:
        """The runbook step that a todo stands for."""
        return self.runbook.steps[todo.step]

    def interval(self, control: Control) -> str:
        """The name of the interval the clock is in: a session or a gap."""
        return self.rulebook.timeline[control.interval]


def first_control(model: Model) -> Control:
    """The control before the weekend: nothing open, every step to come."""
    return Control(
        interval=0,
        open=(),
        roles=tuple(_role(model, site) for site in model.sites),
        todo=tuple(Todo(index) for index in range(len(model.runbook.steps))),
    )


def _role(model: Model, site: str) -> tuple[str, str]:
    """A site's first role."""
    # A snapshot standby without a link has nothing to follow: it is a site that stands alone.
    role = model.runbook.sites[site]
    return site, "stand-alone" if model.runbook.link is None and role == "snapshot-standby" else role


def first_lane(model: Model, account: Account) -> Lane:
    """An account's lane before the weekend: the same record at every site."""
    return Lane(
        profile=account.profile,
        stores=tuple((site, account.start) for site in model.sites),
        ledger=begin(model.rulebook, account.profile.kind, account.start),
    )
