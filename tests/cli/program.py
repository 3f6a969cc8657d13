"""dcsim as a program of its own, for tests: what it printed and how it ended."""

import os
import subprocess
import sys


def dcsim(*words, cwd=None, **env):
    """Run a command in a process of its own, with more in its environment, whatever the terminal; never a traceback."""
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR", "NO_COLOR")}
    run = subprocess.run(
        [sys.executable, "-m", "dcsim", *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        cwd=cwd,
        check=False,
        timeout=300,
        env={**kept, "PYTHONIOENCODING": "utf-8", **env},
    )
    assert "Traceback" not in run.stdout + run.stderr, run.stderr
    assert "internal error" not in run.stderr, run.stderr
    return run
