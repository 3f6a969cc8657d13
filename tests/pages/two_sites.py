"""A small rulebook of two sites with its runbooks, for pages about runs that no example of dcsim has."""

from dcsim.files.load import load_scenario
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page import run_page
from dcsim.usecases.run_page.gather import gather

BOOK = """rulebook: ferry
version: 1
title: A ferry port tries its second site
timezone: Europe/Oslo
source: {title: Notice to crews, reference: Crews 4}
accounts:
  crew: {system: desk}
  mate: {system: desk, administers: [crew]}
records: [berth, crane]
sessions:
  - {name: early, site: east, opens: 2025-05-10 10:00, closes: 2025-05-10 12:00, logon: [otp], citation: {place: a, quote: early}}
  - {name: late, site: west, opens: 2025-05-10 14:00, closes: 2025-05-10 15:00, logon: [otp], citation: {place: b, quote: late}}
  - {name: monday, site: east, opens: 2025-05-12 00:00, closes: 2025-05-13 00:00, logon: [otp], citation: {place: c, quote: on Monday}}
rules:
  - {id: keep, accounts: [crew, mate], changes: [berth, change-2fa-password, initiate-2fa], made-in: early, at: [late, monday], fate: carry, citation: {place: d, quote: kept}}
  - {id: drop, accounts: [crew, mate], changes: [berth, change-2fa-password, change-otp-channel], made-in: late, at: monday, fate: discard, baseline: early, citation: {place: e, quote: dropped}}
  - {id: cranes, accounts: [crew, mate], changes: crane, made-in: [early, late], at: monday, fate: reset, to: 1, citation: {place: f, quote: one crane}}
"""  # noqa: E501 - a session and a rule a line
STEPS = {
    "o1": "at: early opens, do: open, session: early, site: east",
    "c1": "at: early closes, do: close, session: early",
    "dr": "at: early closes, do: drain, timeout: 30m, on-timeout: proceed",
    "rp": "at: late opens -15m, do: restore-point, site: west, name: noon",
    "ac": "at: late opens -15m, do: activate, site: west",
    "o2": "at: late opens, do: open, session: late, site: west",
    "c2": "at: late closes, do: close, session: late",
    "cb": "at: late closes +10m, do: copy, source: west, target: east, fields: [channel]",
    "rv": "at: late closes +30m, do: revert, site: west, to: noon",
    "s1": "at: monday opens -20m, do: reset, site: east, fields: [crane], to: 1",
    "s2": "at: monday opens -20m, do: reset, site: west, fields: [crane], to: 1",
    "o3": "at: monday opens, do: open, session: monday, site: east",
    "c3": "at: monday closes, do: close, session: monday",
}
TWO_FACTOR = "two-factor: {password: P0, channel: email}"
CREW = f"{{id: C1, kind: crew, email: registered, {TWO_FACTOR}, records: {{berth: 10}}}}"


def runbook(*, without=("cb",), **changed):
    """A runbook without some steps, and with others written in another way."""
    lines = [f"  - {{id: {name}, {changed.get(name, says)}}}" for name, says in STEPS.items() if name not in without]
    head = "runbook: trial\nversion: 1\ntitle: A trial\nsites: {east: primary, west: standby}\n"
    return f"{head}link: {{lag: 2s, jitter: 3s, apply: checked}}\nsteps:\n" + "\n".join(lines) + "\n"


def case_of(folder, steps, *, accounts=(CREW,), book=BOOK, trial=None, more=""):
    """A scenario of some accounts, with its files in a folder."""
    (folder / "ferry.yaml").write_text(book)
    (folder / "trial.yaml").write_text(trial or runbook())
    head = "scenario: day\ntitle: A day\nrulebook: ferry.yaml\nrunbook: trial.yaml\naccounts:\n"
    lines = "".join(f"  - {account}\n" for account in accounts) + "steps:\n" + "".join(f"  - {{{s}}}\n" for s in steps)
    (folder / "day.yaml").write_text(head + lines + more)
    return load_scenario(folder / "day.yaml")


def evidence_of(case):
    """What the page of a case is made from."""
    return gather(case, RunOptions())


def page_of(case, *, check=False, **options):
    """The sections of a page by their anchors, and its text."""
    page = run_page(case, RunOptions(**options), check=check)
    return {section.anchor: section.value for section in page.sections}, page.html
