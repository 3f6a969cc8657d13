"""Whether a process of a cluster is fit: it must run the same dcsim, with the same invariants of the users' own.

Otherwise it could give other results than this process, and nobody would notice.
"""

from __future__ import annotations

import hashlib
import sys
from functools import lru_cache
from inspect import unwrap
from pathlib import Path

import dcsim
from dcsim.usecases.known_names import INVARIANT_NAMES  # importing this module loads the users' own invariants


def python() -> str:
    """The version of Python that matters: pickled values and the order of some results may differ between two."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """A digest of dcsim's sources, and of the names and sources of the users' own invariants."""
    digest, root = hashlib.sha256(dcsim.__version__.encode()), Path(dcsim.__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    for name in INVARIANT_NAMES:
        digest.update(name.encode() + b"\0" + _source(name))
    return digest.hexdigest()


def _source(name: str) -> bytes:
    """The file that defines an invariant; nothing where it is dcsim's, or has no file."""
    from dcsim.semantics.invariant_registry import INVARIANTS

    one = INVARIANTS[name]
    if one.family != "own":
        return b""
    try:
        return Path(unwrap(one.check).__code__.co_filename).read_bytes()  # type: ignore[arg-type]
    except (OSError, AttributeError):
        return b""
