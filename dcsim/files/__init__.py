"""Files that a person writes: YAML in and out, positions, findings, schemas and cross-checks.

It reads and checks; it gives no meaning to what it read (``dcsim.semantics`` does) and prints nothing.
"""
