"""The meaning: one pure step, what the rules permit, and the invariants that hold the one against the other."""
