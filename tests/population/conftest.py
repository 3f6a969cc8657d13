"""Weekends of a crowd, made of a few words."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
