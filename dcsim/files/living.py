"""Makes accounts and steps of what a scenario says under `population`: kinds, and the profiles of their accounts.

They are what a person could have written under `accounts` and `steps`, and keep the places at which they stand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import attrs
import yaml

from dcsim.files.findings import Finding, suggest
from dcsim.files.forms import IGNORED, BehaviourForm, LivingForm, LivingKindForm, keys_of
from dcsim.files.place import LostNode, by_key, found_at, text_node
from dcsim.files.yaml_nodes import STRUCTURE

Pairs = list[tuple[Any, yaml.Node]]
BEHAVIOUR = "behaviour"
_COMMON = {key.name for key in keys_of(LivingForm)}
_OF_KIND = {key.name for key in keys_of(LivingKindForm)}
_OF_PROFILE = {key.name for key in keys_of(BehaviourForm)}
_RENAMED = {"count": "population"}


def living(
    node: yaml.Node, kinds: Collection[str] | None, findings: list[Finding]
) -> tuple[list[yaml.Node], list[yaml.Node]]:
    """The accounts and the steps of a population. ``kinds`` are the rulebook's; None: they are not known."""
    made = _Living(kinds, findings)
    made.take(node)
    return made.accounts, made.steps


@attrs.define(eq=False)
class _Living:
    kinds: Collection[str] | None
    findings: list[Finding]
    accounts: list[yaml.Node] = attrs.field(factory=list)
    steps: list[yaml.Node] = attrs.field(factory=list)

    def take(self, node: yaml.Node) -> None:
        if not isinstance(node, yaml.MappingNode):
            self._lose(node, "DC108", "expected a mapping of kinds of account to how many there are")
            return
        common = [(key, value) for key, value in node.value if key.value in _COMMON]
        kinds = [(key, value) for key, value in node.value if key.value not in _COMMON and not _ignored(key)]
        if not kinds:
            self._lose(node, "DC107", "no kind of account has a count", f"write one, such as '{self._example}: 1000'")
        for key, value in kinds:
            self._kind(key, value, common)

    @property
    def _example(self) -> str:
        return next(iter(self.kinds or ()), "user")

    def _kind(self, key: yaml.ScalarNode, value: yaml.Node, common: Pairs) -> None:
        kind = self._meant(key.value)
        if kind is None:
            known = {*(self.kinds or ()), *_COMMON}
            self._lose(key, "DC124", f"unknown account kind '{key.value}'", suggest(key.value, known))
            return
        mapping = isinstance(value, yaml.MappingNode)
        own: Pairs = value.value if mapping else [(text_node("count", key.start_mark), value)]
        given = {name.value for name, _ in own}
        for name, _ in own:
            if name.value not in _OF_KIND and not _ignored(name):
                self.findings.append(
                    found_at(name, "DC106", f"unknown key '{name.value}'", suggest(name.value, _OF_KIND))
                )
        if "count" not in given:
            self._lose(value, "DC107", "missing key 'count'")
            return
        own = [pair for pair in own if pair[0].value in _OF_KIND]
        pairs = [*own, *((name, node) for name, node in common if name.value not in given)]
        prefix = next((node.value for name, node in own if name.value == "prefix"), kind.upper())
        behaviour = next((node for name, node in pairs if name.value == BEHAVIOUR), None)
        item = [
            (text_node(_RENAMED.get(name.value, name.value), name.start_mark), node)
            for name, node in pairs
            if name.value != BEHAVIOUR
        ]
        item.append((text_node("kind", key.start_mark), text_node(kind, key.start_mark)))
        if "prefix" not in given:
            item.append((text_node("prefix", key.start_mark), text_node(prefix, key.start_mark)))
        if behaviour is not None:
            item += self._behaviour(behaviour, f"{prefix}*")
        self.accounts.append(yaml.MappingNode(STRUCTURE, item, key.start_mark, value.end_mark))

    def _meant(self, name: str) -> str | None:
        """The kind for which a key stands: its name, or its plural."""
        if self.kinds is None or name in self.kinds:
            return name
        return name[:-1] if name.endswith("s") and name[:-1] in self.kinds else None

    def _behaviour(self, node: yaml.Node, every: str) -> Iterator[tuple[Any, yaml.Node]]:
        """The key that gives each profile its weight. What the profiles do is added to the steps."""
        if not isinstance(node, yaml.MappingNode):
            self.findings.append(found_at(node, "DC108", "expected a mapping of profiles"))
            return
        weights: Pairs = []
        for name, profile in node.value:
            if not _ignored(name):
                weights.append((name, self._profile(name, profile, every)))
        yield (
            text_node(BEHAVIOUR, node.start_mark),
            yaml.MappingNode(STRUCTURE, weights, node.start_mark, node.end_mark),
        )

    def _profile(self, name: yaml.ScalarNode, node: yaml.Node, every: str) -> yaml.Node:
        """The weight of a profile; one that has nothing else may be written as its weight alone."""
        keys = by_key(node)
        if not isinstance(node, yaml.MappingNode):
            return node
        for key, _ in node.value:
            if key.value not in _OF_PROFILE and not _ignored(key):
                hint = suggest(key.value, _OF_PROFILE)
                self.findings.append(found_at(key, "DC106", f"unknown key '{key.value}' of a profile", hint))
        steps = keys.get("steps")
        if isinstance(steps, yaml.SequenceNode):
            self._steps(name, steps, every)
        elif steps is not None:
            self._lose(steps, "DC108", "expected a list")
        return keys.get("weight", text_node(1, node.start_mark))

    def _steps(self, name: yaml.ScalarNode, steps: yaml.SequenceNode, every: str) -> None:
        at: Pairs = []
        for step in steps.value:
            keys = by_key(step)
            if not isinstance(step, yaml.MappingNode):
                self.steps.append(step)
                continue
            # A step that comes after another has its moment from that one.
            at = [pair for pair in step.value if pair[0].value == "at"] or (at if "after" in keys else [])
            own = [] if "at" in keys else at
            mark = step.start_mark
            # An administrator acts on the accounts; without one they act themselves.
            who = "user" if "account" in keys else "account"
            own = [*own, (text_node(who, mark), text_node(every, mark)), (text_node("profile", mark), name)]
            self.steps.append(yaml.MappingNode(STRUCTURE, [*step.value, *own], mark, step.end_mark))

    def _lose(self, node: yaml.Node, code: str, message: str, hint: str = "") -> None:
        """Tell a fault, and mark that accounts and steps are missing."""
        self.findings.append(found_at(node, code, message, hint))
        self.accounts.append(LostNode(node.start_mark))
        self.steps.append(LostNode(node.start_mark))


def _ignored(key: yaml.Node) -> bool:
    return str(key.value).startswith(IGNORED)
