"""Hypothesis draws the same each time: what one change breaks, another does not fail for."""

from dcsim.testing import register_profiles

register_profiles("ci")
