"""One schedule: SimPy decides when, the pure step decides what."""
