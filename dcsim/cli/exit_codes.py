"""The exit codes of the command line."""

PASSED, FINDING, USAGE, INCONCLUSIVE, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 130
