"""Where an answer changes: see ``dcsim.domain.edges``."""

from __future__ import annotations

from dcsim.domain.edges import Edges, FoundEdge, Judge, edges

__all__ = ["Edges", "FoundEdge", "Judge", "edges"]
