"""Puts this folder on the path: tests share the judge in it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
