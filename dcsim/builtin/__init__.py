"""Rulebooks and runbooks that ship with dcsim, as data."""
