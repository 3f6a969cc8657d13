"""The acts that are tried in a slice which forgets fields: with whatever these may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import attrs

from dcsim.checker.model.cases import cases, with_each_secret
from dcsim.checker.model.slices import FieldSlice
from dcsim.domain.account import Record, Value
from dcsim.domain.actions import ClientAction
from dcsim.domain.world import Control, Lane
from dcsim.semantics.client_step import Decision, decide, serving
from dcsim.semantics.model import Model
from dcsim.semantics.promise import promised_control
from dcsim.semantics.refusals import Party

Offer = Callable[[Model, Lane, str], Iterator[ClientAction]]
"""An alphabet: the acts on a lane, given what a site holds."""


@attrs.frozen(eq=False)
class SliceActs:
    """The acts of one slice."""

    slice: FieldSlice
    _known: dict[Any, list[Record]] = attrs.field(factory=dict)

    @cached_property
    def _forgotten(self) -> Mapping[str, tuple[Value, ...]]:
        return {field: self.slice.values(field) for field in self.slice.forgotten}

    def offered(self, offer: Offer, lane: Lane, site: str) -> Iterator[ClientAction]:
        """The acts that an alphabet offers, with each secret that may be held."""
        records = with_each_secret(lane.store(site), self._forgotten)
        acts = (act for record in records for act in offer(self.slice.model, lane.with_store(site, record), site))
        return iter(dict.fromkeys(acts))

    def lanes(self, control: Control, lane: Lane, site: str, action: ClientAction, by: Lane | None) -> Iterator[Lane]:
        """The lane with whatever is forgotten, as far as the serving site's answer to an act depends on it."""
        ideal = promised_control(self.slice.model, control)
        promised = serving(ideal, None)[1] or site
        for here in self._answered(control, lane, site, action, by):
            if promised == site:
                yield here
            else:  # the promised world answers from what another site holds
                yield from self._answered(ideal, here, promised, action, by)

    def _answered(
        self, control: Control, lane: Lane, site: str, action: ClientAction, by: Lane | None
    ) -> Iterator[Lane]:
        actor = Party(by.profile, by.store(site)) if by else None
        key = control.view, lane.profile, lane.store(site), action, actor, site
        found = self._known.get(key)
        if found is None:

            def decision(record: Any) -> Decision:
                return decide(self.slice.model, control, action, Party(lane.profile, record), actor, site)

            found = self._known[key] = [record for record, _ in cases(decision, lane.store(site), self._forgotten)]
        for record in found:
            yield lane.with_store(site, record)
