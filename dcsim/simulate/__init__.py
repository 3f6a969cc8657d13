"""Runs of one schedule: SimPy decides when something happens, and the pure step decides what it does."""
