"""The same weekend in dcsim: a population, three steps each, every invariant on, no trace.

Usage: python product.py N [histories]
With `histories`, it is also found which accounts lived through the same.
"""

import sys
import tempfile
from pathlib import Path

HEAD = """
scenario: population
title: Everyone initiates in Session 1, and logs on in Session 2 and on Monday
rulebook: seoch-2fa-2023
runbook: snapshot-standby
"""
LIKE = "kind: user, participant: B01234, email: registered, smartcard: friday"
STEPS = (
    ("session-1 +1m", 7_000_000, "do: initiate-2fa, password: P1, channel: email"),
    ("session-2 +1m", 3_500_000, "do: logon, with: otp, password: P1"),
    ("monday +6h", 7_000_000, "do: logon, with: otp, password: P1"),
)
MOST = 3_500_000
"""In Session 2, no more accounts can log on one a millisecond. More accounts are several populations, side by side."""


def scenario(n):
    """The scenario of n accounts."""
    counts = [len(range(part, n, -(-n // MOST))) for part in range(-(-n // MOST))]
    names = ["U", "V", "W"][: len(counts)]
    text = HEAD + "accounts:\n"
    text += "".join(f"  - {{population: {n}, prefix: {u}, {LIKE}}}\n" for u, n in zip(names, counts, strict=True))
    text += "steps:\n"
    for at, room, act in STEPS:
        for u, count in zip(names, counts, strict=True):
            text += f"  - {{at: {at}, account: {u}*, every: {room // count}ms, {act}}}\n"
    seen = ", ".join(f"{u}*: {{two-factor: {{password: P1, channel: email}}}}" for u in names)
    return text + f"expect:\n  monday: {{{seen}}}\n"


def main(n, histories=False):
    from dcsim.files.load import load_scenario
    from dcsim.semantics.model import Model
    from dcsim.simulate.weekend import simulate
    from dcsim.trace.verdict import verdict

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "population.yaml"
        path.write_text(scenario(n))
        case = load_scenario(path)
        model = Model(case.rulebook, case.runbook, case.scenario.policies)
        trace = simulate(model, case.scenario, tracing=False, histories=histories)
    assert len(trace.histories) == histories
    assert verdict(case.scenario, trace).status == "passed", trace.broken or trace.failures
    assert trace.actions >= 3 * n


if __name__ == "__main__":
    main(int(sys.argv[1]), histories=sys.argv[2:] == ["histories"])
