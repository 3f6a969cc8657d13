"""What people and machines read of a run: one pure view, then text, JSON and JUnit."""
