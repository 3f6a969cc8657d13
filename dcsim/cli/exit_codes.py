"""How the command line ends: the exit codes."""

PASSED, FINDING, USAGE, INCONCLUSIVE, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 130
