"""The judges of figures share no code with what they judge; what rules permit, the judge of soundness says."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "soundness")]
