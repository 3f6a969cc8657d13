"""The command line: the only place that touches terminal, wall clock and, through files, the disk."""
