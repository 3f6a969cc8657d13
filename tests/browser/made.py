"""The pages that the tests look at: each is made by a command, once for each process."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import mkdtemp

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = ROOT / "scenarios"
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> \u202eevil\u202c {{7+7}} %s ]]> \u2028"
LONG = "N" * 10_000

FOOTNOTE = "circular/footnote-3.yaml"
CIRCULAR = "seoch-2fa-2023"
BOOKS = ("--rulebook", CIRCULAR, "--runbook", "snapshot-standby")
SWEEP = ("sweep", FOOTNOTE, "--runbook", "no-drain", "--find", "rpo == 0")
COMMANDS = {
    "failing": ["report", FOOTNOTE, "--runbook", "failback-copy", "--out", "PAGE"],
    "passing": ["report", FOOTNOTE, "--out", "PAGE"],
    "hostile": ["report", "hostile.yaml", "--out", "PAGE"],
    "many": ["report", "many.yaml", "--no-check", "--out", "PAGE"],
    "suite": ["run", "circular", "--runbook", "failback-copy", "--html", "PAGE"],
    "proved": ["check", *BOOKS, "--ops", "1", "--html", "PAGE"],
    "violated": [
        "check",
        "--rulebook",
        CIRCULAR,
        "--runbook",
        "failback-copy",
        "--accounts",
        "1",
        "--slips",
        "1",
        "--html",
        "PAGE",
    ],
    "inconclusive": ["check", *BOOKS, "--ops", "9", "--time", "1ms", "--html", "PAGE"],
    "drawn": ["fuzz", "--rulebook", CIRCULAR, "--runbook", "failback-copy", "--max-examples", "200", "--html", "PAGE"],
    "swept": [*SWEEP, "--vary", "link.jitter=0s,1h", "--runs", "5", "--html", "PAGE"],
    "swept-many": [*SWEEP, "--vary", "link.lag=0s..2m", "--vary", "link.jitter=0s..2m", "--html", "PAGE"],
    "swept-edge": [*SWEEP, "--by", "link.lag=0s..9h", "--html", "PAGE"],
    "swept-hostile": ["sweep", "hostile.yaml", "--vary", "link.lag=0s,9h", "--by", "link.lag", "--html", "PAGE"],
    "rules": ["rules", "show", "hostile-rules.yaml", "--all", "--html", "PAGE"],
    "lint": ["rules", "lint", CIRCULAR, "hostile-rules.yaml", "--html", "PAGE"],
    "differences": ["rules", "diff", CIRCULAR, "hostile-rules.yaml", "--html", "PAGE"],
    "board": ["audit", "board", *BOOKS, "--scenarios", FOOTNOTE, "--faults", "0", "--slips", "0"],
    "board-hostile": ["audit", "board-hostile", *BOOKS, "--scenarios", "hostile.yaml", "--faults", "0", "--slips", "0"],
}
"""The pages by name. PAGE stands for the file; a pack for a board has its page in its folder."""

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
    "many.yaml": """\
scenario: many
title: Many accounts
rulebook: seoch-2fa-2023
runbook: failback-copy
accounts:
  - {population: 2500, prefix: A, kind: user, participant: B1, email: registered, smartcard: friday}
  - {population: 40, prefix: B, kind: user, participant: B1, email: registered, smartcard: friday}
steps:
  - {at: session-1 +5m, account: "A*", do: initiate-2fa, password: P1, channel: email}
  - {at: session-2 +5m, account: "B*", do: initiate-2fa, password: P2, channel: email}
""",
}
"""The files that commands read. TITLE stands for a hostile text, LONG for a long one."""


@cache
def folder():
    """A folder for the pages, with the files that commands read."""
    made = Path(mkdtemp(prefix="pages-"))
    # Pages name the files that they are of: with the same names, a page is the same wherever the tests are.
    copytree(SCENARIOS / "circular", made / "circular")
    book = (ROOT / "dcsim" / "builtin" / "rulebooks" / f"{CIRCULAR}.yaml").read_text(encoding="utf-8")
    rules = re.sub(r"^title: .*$", "title: TITLE", book, count=1, flags=re.MULTILINE)
    for name, text in {**FILES, "hostile-rules.yaml": rules.replace("fate: carry", "fate: discard", 1)}.items():
        filled = text.replace("TITLE", json.dumps(HOSTILE)).replace("LONG", LONG)
        (made / name).write_text(filled, encoding="utf-8")
    return made


@cache
def page(name):
    """The file of a page. The command may find what it likes, but it must make the page."""
    path = folder() / (f"{name}/pack.html" if name.startswith("board") else f"{name}.html")
    words = [str(path) if word == "PAGE" else str(word) for word in COMMANDS[name]]
    done = subprocess.run(
        [sys.executable, "-m", "dcsim", *words], cwd=folder(), capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1, 3), done.stderr
    return path
