"""The exit codes of the command line."""

PASSED, FINDING, USAGE, INCONCLUSIVE, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 130


def of_runs(statuses: set[str]) -> int:
    """The exit code of several runs. A run that did not take place is unfinished."""
    codes = {"error": USAGE, "failed": FINDING, "unfinished": INCONCLUSIVE}
    return next((code for status, code in codes.items() if status in statuses), PASSED)
