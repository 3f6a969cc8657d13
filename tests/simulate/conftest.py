"""The files of this folder import one another by name, and those that draw rulebooks and runbooks."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "soundness")]
