"""The meaning of a weekend: one pure step, what the rules permit, and the invariants that compare the two."""
