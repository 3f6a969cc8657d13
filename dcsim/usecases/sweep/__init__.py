"""Sweep: vary numbers of a scenario, its runbook and its rulebook, and say where the answer changes."""
