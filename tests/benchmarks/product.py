"""The same weekend in dcsim: a population, three steps each, every invariant on, no trace.

Usage: python product.py N [histories]
With `histories`, it is also found which accounts lived through the same.
"""

import sys
import tempfile
from pathlib import Path

TEXT = """
scenario: population
title: Everyone initiates in Session 1, and logs on in Session 2 and on Monday
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {{population: {n}, prefix: U, kind: user, participant: B01234, email: registered, smartcard: friday}}
steps:
  - {{at: session-1 +1m, account: U*, every: {gap}ms, do: initiate-2fa, password: P1, channel: email}}
  - {{at: session-2 +1m, account: U*, every: {late}ms, do: logon, with: otp, password: P1}}
  - {{at: monday +6h, account: U*, every: {gap}ms, do: logon, with: otp, password: P1}}
expect:
  monday: {{U*: {{two-factor: {{password: P1, channel: email}}}}}}
"""


def main(n, histories=False):
    from dcsim.files.load import load_scenario
    from dcsim.semantics.model import Model
    from dcsim.simulate.weekend import simulate
    from dcsim.trace.verdict import verdict

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "population.yaml"
        path.write_text(TEXT.format(n=n, gap=7_000_000 // n or 1, late=3_500_000 // n or 1))
        case = load_scenario(path)
        model = Model(case.rulebook, case.runbook, case.scenario.policies)
        trace = simulate(model, case.scenario, tracing=False, histories=histories)
    assert len(trace.histories) == histories
    assert verdict(case.scenario, trace).status == "passed", trace.broken or trace.failures
    assert trace.actions >= 3 * n


if __name__ == "__main__":
    main(int(sys.argv[1]), histories=sys.argv[2:] == ["histories"])
