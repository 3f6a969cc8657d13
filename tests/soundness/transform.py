"""Ways to say the same again: a pair in other words, whose verdict must be the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import product
from random import Random
from typing import Any

import generate
import yaml

Texts = dict[str, Any]
"""Rulebook, runbook and scenario, read."""
Transform = Callable[[Texts, Random], None]
TRANSFORMS: dict[str, Transform] = {}
STEPS = {"a_point_that_nobody_uses", "a_resend_of_nothing"}
"""Transforms that give the operator a step more."""
LISTS = ("accounts", "changes", "made-in", "at")


def transform(make: Transform) -> Transform:
    """Keep a transform by its name."""
    TRANSFORMS[make.__name__] = make
    return make


def transformed(texts: Mapping[str, str], name: str, seed: str) -> dict[str, str]:
    """The three files in other words."""
    read = {kind: yaml.safe_load(text) for kind, text in texts.items()}
    for session in read["rulebook"]["sessions"]:
        session |= {edge: str(session[edge]) for edge in ("opens", "closes")}
    TRANSFORMS[name](read, Random(seed))
    return {kind: generate.dump(value) for kind, value in read.items()}


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A value with names replaced, wherever they stand."""
    if isinstance(value, dict):
        return {renamed(k, names): renamed(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [renamed(v, names) for v in value]
    return names.get(value, value) if isinstance(value, str) else value


# -- the rules -----------------------------------------------------------------------------------------------------


@transform
def rules_in_another_order(texts: Texts, rng: Random) -> None:
    """Rules have no order."""
    rng.shuffle(texts["rulebook"]["rules"])


def _one_by_one(rule: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A rule for each cell of a rule."""
    cells = product(*(rule[name] for name in LISTS))
    return [{**rule, **{name: [value] for name, value in zip(LISTS, cell, strict=True)}} for cell in cells]


@transform
def rules_split_in_cells(texts: Texts, rng: Random) -> None:
    """A rule about several things is as many rules."""
    rules = [small for rule in texts["rulebook"]["rules"] for small in _one_by_one(rule)]
    rng.shuffle(rules)
    texts["rulebook"]["rules"] = [{**rule, "id": f"r{number}"} for number, rule in enumerate(rules)]


@transform
def a_rule_split_in_two(texts: Texts, rng: Random) -> None:
    """One list of one rule is told in two rules."""
    rules = texts["rulebook"]["rules"]
    fit = [(rule, name) for rule in rules for name in LISTS if len(rule[name]) > 1]
    if fit:
        rule, name = rng.choice(fit)
        at = rng.randrange(1, len(rule[name]))
        rules.append({**rule, "id": "rest", name: rule[name][at:]})
        rule[name] = rule[name][:at]


@transform
def rules_merged(texts: Texts, rng: Random) -> None:
    """Rules that differ in one list are one."""
    names = rng.sample(LISTS, len(LISTS))
    for name in names:
        merged: list[dict[str, Any]] = []
        for rule in texts["rulebook"]["rules"]:
            alike = (
                other for other in merged if all(other.get(k) == rule.get(k) for k in {*rule, *other} - {name, "id"})
            )
            other = next(alike, None)
            if other is None:
                merged.append(rule)
            else:
                other[name] = other[name] + [value for value in rule[name] if value not in other[name]]
        texts["rulebook"]["rules"] = merged


@transform
def kinds_under_a_name(texts: Texts, _: Random) -> None:
    """A set of changes by name is the changes."""
    book = texts["rulebook"]
    sets = {}
    for number, rule in enumerate(book["rules"]):
        sets[f"set-{number}"] = {"members": rule["changes"]}
        rule["changes"] = [f"set-{number}"]
    book["change-sets"] = sets


# -- names ---------------------------------------------------------------------------------------------------------


def _rename(texts: Texts, names: Mapping[str, str]) -> None:
    for kind in texts:
        texts[kind] = renamed(texts[kind], names)


@transform
def sessions_renamed(texts: Texts, _: Random) -> None:
    """What sessions are called means nothing, nor how their names sort."""
    sessions = [session["name"] for session in texts["rulebook"]["sessions"]]
    names = {name: f"z{9 - number}" for number, name in enumerate(sessions)}
    gaps = {f"{side}-{old}": f"{side}-{new}" for old, new in names.items() for side in ("before", "after")}
    _rename(texts, {**names, **gaps})


@transform
def sites_renamed(texts: Texts, _: Random) -> None:
    """Nor does what sites are called."""
    _rename(texts, {"a": "zurich", "b": "athens"})


@transform
def people_renamed(texts: Texts, _: Random) -> None:
    """Nor what accounts and their kinds are called."""
    ids = {account["id"]: f"N{9 - number}" for number, account in enumerate(texts["scenario"]["accounts"])}
    _rename(texts, {**ids, "u": "zz", "w": "aa", "da": "ab"})


@transform
def labels_renamed(texts: Texts, _: Random) -> None:
    """Nor which labels stand for values: those that stood before, and the constants that rules and steps set."""
    _rename(texts, {"O0": "Old", "P0": "Pass", "C1": "Card", "c0": "post", "K1": "Kay", "K2": "Kay2", "K3": "Kay3"})


@transform
def restore_points_renamed(texts: Texts, _: Random) -> None:
    """Nor what restore points and steps are called."""
    steps = texts["runbook"]["steps"]
    points = {step["name"]: f"q{99 - number}" for number, step in enumerate(steps) if step["do"] == "restore-point"}
    _rename(texts, {**points, **{step["id"]: f"x{99 - number}" for number, step in enumerate(steps)}})


# -- what does not matter ------------------------------------------------------------------------------------------


@transform
def a_week_later(texts: Texts, _: Random) -> None:
    """Everything happens a week later."""
    sessions = texts["rulebook"]["sessions"]
    for thing, keys in [(s, ("opens", "closes")) for s in sessions] + [(s, ("at",)) for s in texts["runbook"]["steps"]]:
        for key in keys:
            day = int(thing[key][8:10]) + timedelta(weeks=1).days
            thing[key] = f"{thing[key][:8]}{day}{thing[key][10:]}"


@transform
def a_point_that_nobody_uses(texts: Texts, rng: Random) -> None:
    """A restore point that nobody goes back to changes nothing."""
    site = rng.choice(list(texts["runbook"]["sites"]))
    _put(texts, rng, {"id": "idle", "do": "restore-point", "site": site, "name": "unused"})


@transform
def a_resend_of_nothing(texts: Texts, rng: Random) -> None:
    """Where nothing is lost, nothing is sent again."""
    _put(texts, rng, {"id": "idle", "do": "resend"})


def _put(texts: Texts, rng: Random, step: dict[str, Any]) -> None:
    """Put a step beside another, or between two."""
    steps = texts["runbook"]["steps"]
    at = rng.randrange(len(steps))
    steps.insert(at + rng.randrange(2), {**step, "at": steps[at]["at"]})


@transform
def an_account_that_does_not_exist(texts: Texts, _: Random) -> None:
    """An account that nobody creates does nothing, and nothing is done to it."""
    texts["rulebook"]["accounts"]["idle"] = {}
    texts["scenario"]["accounts"].append({"id": "I1", "kind": "idle", "status": "absent"})


@transform
def another_kind_that_is_suspended(texts: Texts, _: Random) -> None:
    """An account of another kind that cannot act changes nothing, if no step sets what it holds."""
    texts["rulebook"]["accounts"]["idle"] = {}
    if all(step["do"] != "reset" for step in texts["runbook"]["steps"]):
        texts["scenario"]["accounts"].append({"id": "I1", "kind": "idle", "status": "suspended", "smartcard": "C1"})
