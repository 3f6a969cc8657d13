"""The codes of findings about populations that live: profiles, and when their accounts come."""

from __future__ import annotations

from collections.abc import Mapping

from dcsim.files.code import Code

POPULATION: Mapping[str, Code] = {
    "DC230": Code(
        "weight that is not positive",
        "A profile's weight is zero or below. Weights are compared with each other: of profiles with the weights 3 and "
        "1, three accounts of four are of the first.",
        "behaviour: {early: 3, never: 0}",
        "Write a weight above zero, or leave the profile out.",
    ),
    "DC231": Code(
        "unknown profile",
        "A step is for the accounts of a profile, and the population's `behaviour` has no profile of that name.",
        "population: {user: 300, behaviour: {early: 1}}\n"
        "steps: [{at: session-1 +5m, account: USER*, profile: erly, do: logout}]",
        "Write the name as `behaviour` has it, and give it a weight there.",
    ),
    "DC232": Code(
        "no chance",
        "A step's `chance` is not from 0 to 1.",
        "{at: session-1 +5m, account: USER*, chance: 30, do: logout}",
        "Write a part of one: 30 of 100 accounts are 0.3.",
    ),
    "DC233": Code(
        "window that ends before it begins",
        "The `until` of a `spread` is not after the `at` of its step, so that no account can come.",
        "{at: session-1 +5m, spread: {until: session-1 +5m}, account: USER*, do: logout}",
        "Write a later `until`, or an earlier `at`.",
    ),
    "DC234": Code(
        "window beyond a session",
        "A `spread` begins in a session and goes on after its closing. What comes then is not accepted, but the step "
        "expects that all of it is.",
        "{at: session-1 +5m, spread: {until: session-1 closes +5m}, account: USER*, do: logout}",
        "Let it end at `session-1 closes`, or write what is expected: `expect: any`.",
        "warning",
    ),
    "DC235": Code(
        "after nothing",
        "A step comes `after` the step above it of the same accounts and the same profile, and there is none.",
        "steps: [{at: session-1 +5m, account: USER*, after: 30s, do: logout}]",
        "Put the step below the one that it follows, or write `at` in place of `after`.",
    ),
}
