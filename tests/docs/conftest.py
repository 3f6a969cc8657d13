"""Puts this folder on the path: the tests, `docs/pictures.py` and `tests/test_docs.py` share its modules."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
