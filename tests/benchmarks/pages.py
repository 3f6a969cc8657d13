"""Benchmark of `dcsim report`: how long a page takes to make, how large it is, and how long a browser takes to open it.

Usage: python tests/benchmarks/pages.py [--sizes 1 300 1000000] [--rounds 3] [--json FILE]
`run` is `dcsim run` of the same scenario, the floor: a page cannot be made in less. The accounts live through four
histories: 60 % initiate, 20 % change afterwards, 13 % initiate only in Session 2, the rest do nothing. The runbook
copies the secondary back, so that two of the histories break the promise. `open_s` is the browser's own time from the
start of the navigation to the end of the load event, the median of the rounds; without a browser it is left out.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from measure import finish, medians, table

SCENARIO = """\
scenario: many
title: Many accounts
rulebook: seoch-2fa-2023
runbook: failback-copy
accounts:
{accounts}
steps:
  - {{at: session-1 +5m, account: "A*", do: initiate-2fa, password: P1, channel: email}}
{steps}
"""
SHARES = {"B": 0.2, "C": 0.13, "D": 0.07}
STEPS = {
    "B": (
        '  - {at: session-1 +6m, account: "B*", do: initiate-2fa, password: P1, channel: email}\n'
        '  - {at: session-2 +5m, account: "B*", do: change-password, from: P1, to: P2}'
    ),
    "C": '  - {at: session-2 +6m, account: "C*", do: initiate-2fa, password: P3, channel: email}',
    "D": "",
}


def scenario(n):
    """A scenario of n accounts."""
    sizes = {name: int(n * share) for name, share in SHARES.items()}
    sizes = {"A": n - sum(sizes.values())} | sizes
    kind = "kind: user, participant: B1, email: registered, smartcard: friday"
    accounts = [f"  - {{population: {size}, prefix: {name}, {kind}}}" for name, size in sizes.items() if size]
    steps = [STEPS[name] for name in STEPS if sizes[name] and STEPS[name]]
    return SCENARIO.format(accounts="\n".join(accounts), steps="\n".join(steps))


def opened(path, rounds):
    """The seconds that a browser takes to open a page, or None."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        seconds = []
        for _ in range(rounds):
            page = chromium.new_page(viewport={"width": 1440, "height": 900})
            page.goto(path.as_uri(), wait_until="load")
            seconds.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000)
            page.close()
        chromium.close()
    return round(statistics.median(seconds), 3)


def measured(n, rounds):
    """One row: n accounts."""
    with tempfile.TemporaryDirectory() as tmp:
        file, page = Path(tmp) / "many.yaml", Path(tmp) / "page.html"
        file.write_text(scenario(n))
        dcsim = [sys.executable, "-m", "dcsim"]
        commands = {
            "run": [*dcsim, "run", str(file), "-q"],
            "report": [*dcsim, "report", str(file), "--out", str(page)],
        }
        figures = medians(commands, rounds, ends=(0, 1))
        row = {"accounts": n, "size_kib": page.stat().st_size // 1024, "open_s": opened(page, rounds)}
        for name in commands:
            row |= {f"{name}_{figure}": figures[name][figure] for figure in ("cpu_s", "mib")}
        return row | {"ratio": round(row["report_cpu_s"] / row["run_cpu_s"], 2)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 300, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = [measured(n, args.rounds) for n in args.sizes]
    table(rows)
    finish({"benchmark": "pages", "rows": rows}, args.json)


if __name__ == "__main__":
    main()
