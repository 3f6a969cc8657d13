"""The harness needs processes that fork, and limits on what one may use: no Windows has either."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def pytest_configure(config):
    """What takes minutes is marked."""
    config.addinivalue_line("markers", "slow: takes minutes")


if not hasattr(os, "fork"):
    collect_ignore_glob = ["test_*.py"]
