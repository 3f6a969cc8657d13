"""Puts this folder on the path: tests and benchmarks share the models in it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
