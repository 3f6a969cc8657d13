"""Evidence: a run as data that can be written, read, replayed and explained."""
