"""dcsim: a simulator and checker of dual-data-centre rollovers."""

__version__ = "0.1.0"
