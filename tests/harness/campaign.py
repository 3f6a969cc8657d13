"""The mutation campaign by hand.

python tests/harness/campaign.py --examples 50000 [--seed N]
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from nobody_wrote import campaign


def main():
    """By hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen = campaign(asked.examples, asked.seed, folder)
    ends = ", ".join(f"{code}: {number:,}" for code, number in sorted(seen.items()))
    sys.stdout.write(f"{sum(seen.values()):,} examples held; exit codes {ends}\n")


if __name__ == "__main__":
    main()
