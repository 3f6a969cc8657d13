"""The files of this folder import one another by name, and the generator of the soundness campaign."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path += [str(HERE), str(HERE.parent / "soundness")]
