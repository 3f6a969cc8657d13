"""The weekend as a drawing: where each track, line, arrow, mark and label stands. Numbers and words only, and pure."""
