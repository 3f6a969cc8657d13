"""Puts this folder on the path: tests share the judge in it; and the one that draws rulebooks and runbooks."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.append(str(HERE.parent / "soundness"))
