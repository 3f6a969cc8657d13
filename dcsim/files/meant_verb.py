"""The action that was probably meant by a `do` that names none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dcsim.files.findings import nearest
from dcsim.files.forms import names_in


def meant_verb(raw: Mapping[str, Any], known: Mapping[str, type]) -> str | None:
    """The verb that is spelled like the step's own, if one is: first of all, one that takes the keys that the step has.
    Otherwise the only one that takes them.
    """
    keys = {verb: set(names_in(cls)) for verb, cls in known.items()}
    given = set(raw) & set().union(*keys.values())
    fitting = [verb for verb in known if given <= keys[verb]]
    word = str(raw.get("do"))
    alone = fitting[0] if len(fitting) == 1 else None
    return nearest(word, fitting) or alone or nearest(word, known)
