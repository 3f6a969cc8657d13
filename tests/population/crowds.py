"""Scenarios of a crowd, and what their accounts did in a run."""

from collections import defaultdict

from dcsim.domain.actions import Commit
from dcsim.files.load import load_texts
from dcsim.files.resolver import source_of
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate

BOOK, RUNBOOK = (
    source_of(kind, name).text for kind, name in (("rulebook", "seoch-2fa-2023"), ("runbook", "snapshot-standby"))
)
HEAD = "scenario: crowd\ntitle: t\nrulebook: seoch-2fa-2023\nrunbook: snapshot-standby\n"
PROFILES = """
    early:
      weight: 3
      steps:
        - {at: session-1 +5m, spread: {until: session-1 closes -5m, curve: early}, do: initiate-2fa, password: P1, channel: email}
        - {at: session-2 +5m, spread: {until: session-2 closes}, chance: 0.3, do: change-password, from: P1, to: P2}
    late:
      weight: 2
      steps:
        - {at: session-1 opens -5m, spread: {until: session-1 +5m}, do: initiate-2fa, password: P1, channel: email, expect: any}
        - {after: 5m, if: refused, do: initiate-2fa, password: P1, channel: email, expect: any}
        - {after: {uniform: [1s, 20s]}, do: logon, with: otp, password: P1, expect: any}
    never: 1
"""  # noqa: E501 - a file's lines


def crowd(users=60, das=10, profiles=PROFILES, more=""):
    """The text of a scenario."""
    kinds = f"  users: {users}\n" + (f"  das: {{count: {das}, prefix: D}}\n" if das else "")
    return f"{HEAD}population:\n{kinds}  email: registered\n  smartcard: friday\n  behaviour:{profiles}{more}"


def case_of(text):
    return load_texts({"scenario": text, "rulebook": BOOK, "runbook": RUNBOOK})


def run_of(case, seed=0, **more):
    """The trace of a run."""
    return simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario, seed=seed, **more)


def deeds(case, seed=0):
    """What each account did, and what became of it: (instant, verb, outcome)."""
    done = defaultdict(list)
    for event in run_of(case, seed, tracing=True).events:
        if event.actor == "client" and not isinstance(event.action, Commit):
            done[event.account].append((event.at, getattr(event.action, "verb", "request"), event.outcome))
    return dict(done)
