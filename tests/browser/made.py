"""The pages that the tests look at: each is made by a command, once for each process."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = ROOT / "scenarios"
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> \u202eevil\u202c {{7+7}} %s ]]> \u2028"
LONG = "N" * 10_000

FOOTNOTE = SCENARIOS / "circular" / "footnote-3.yaml"
BOOKS = ["--rulebook", "seoch-2fa-2023", "--runbook", "failback-copy"]
COMMANDS = {
    "failing": ["report", FOOTNOTE, "--runbook", "failback-copy", "--out", "PAGE"],
    "passing": ["report", FOOTNOTE, "--out", "PAGE"],
    "hostile": ["report", "hostile.yaml", "--out", "PAGE"],
    "pack/pack": ["audit", "pack", *BOOKS, "--scenarios", FOOTNOTE, "--faults", "0", "--slips", "0"],
    "hostile/pack": ["audit", "hostile", *BOOKS, "--scenarios", "hostile.yaml", "--faults", "0", "--slips", "0"],
    "suite": ["run", SCENARIOS / "circular", "--runbook", "failback-copy", "--html", "PAGE"],
}
"""The pages by name. PAGE stands for the file."""

FILES = {
    "hostile.yaml": """\
scenario: hostile
title: LONG
rulebook: seoch-2fa-2023
runbook: failback-copy
note: TITLE
accounts:
  - {id: TITLE, kind: user, email: registered, smartcard: friday}
  - {id: LONG, kind: user, email: registered, smartcard: friday}
steps:
  - {at: session-1 +5m, account: TITLE, do: initiate-2fa, password: TITLE, channel: email}
  - {at: session-1 +6m, account: LONG, do: initiate-2fa, password: LONG, channel: email}
  - {at: session-2 +5m, account: TITLE, do: change-password, from: TITLE, to: P2}
expect:
  monday: {TITLE: {two-factor: {password: TITLE}}}
""",
}
"""The files that commands read. TITLE stands for a hostile text, LONG for a long one."""


@cache
def folder():
    """A folder for the pages, with the files that commands read."""
    made = Path(mkdtemp(prefix="pages-"))
    for name, text in FILES.items():
        filled = text.replace("TITLE", json.dumps(HOSTILE)).replace("LONG", LONG)
        (made / name).write_text(filled, encoding="utf-8")
    return made


@cache
def page(name):
    """The file of a page. The command may find what it likes, but it must make the page."""
    path = folder() / f"{name}.html"
    words = [str(path) if word == "PAGE" else str(word) for word in COMMANDS[name]]
    done = subprocess.run(
        [sys.executable, "-m", "dcsim", *words], cwd=folder(), capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1, 3), done.stderr
    return path
