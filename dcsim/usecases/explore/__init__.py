"""Explore: walk the states of a weekend by hand. A path of choices is a schedule, and the simulator plays it."""
