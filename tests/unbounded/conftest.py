"""The files of this folder import one another by name, and the random pairs and planted bugs of others."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path += [str(HERE), str(HERE.parent / "soundness"), str(HERE.parent / "check")]
