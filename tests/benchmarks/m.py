"""One engine on the reference model M(n, K): counts, and seconds in process (imports not counted, tables counted).

Usage: python m.py ENGINE N K [leak]
"""

import importlib
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "check"))
NUMPY = {"interned": "dcsim.checker.explorers.interned", "array": "dcsim.checker.explorers.array_engine"}


def main(engine, n, k, leak):
    from models import M

    from dcsim.checker.explorers.engines import check

    if engine in NUMPY:
        importlib.import_module(NUMPY[engine])
    start = time.perf_counter()
    explored = check(M(n, k, leak=leak), engine)
    seconds = time.perf_counter() - start
    assert explored.broken or explored.complete
    figures = {"seconds": seconds, "states": str(explored.states), "transitions": str(explored.transitions)}
    print(json.dumps({**figures, "engine": explored.engine}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:] == ["leak"])
