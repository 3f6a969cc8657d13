"""What a scenario expects: under one key, names of sessions, of figures, and of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dcsim.files.cattrs_errors import each
from dcsim.files.cells import typed
from dcsim.files.expected_figures import figure_forms, names_figure, taken_out
from dcsim.files.findings import FlawError
from dcsim.files.forms import EXPECT_LISTS, Expect, Held
from dcsim.files.scalar_parsers import found


def expect_form(raw: Mapping[str, Any], structure: Callable[[Any, Any], Any]) -> Expect:
    """The form of what is expected; ``structure`` makes a typed value."""

    def entry(name: str, item: Any) -> Any:
        if names_figure(name, item):
            return figure_forms(name, item)
        if name in EXPECT_LISTS and isinstance(typed(item), int | float):
            says = f"expected a list of names, found {found(item)}"
            raise FlawError("DC108", says, f"write '{name}: [NAME]', or leave it out if there are none")
        if not item and isinstance(item, dict):
            raise FlawError("DC109", f"'{name}' expects nothing of nobody", "leave it out", at_key=True)
        return structure(item, tuple[str, ...] if name in EXPECT_LISTS else Mapping[str, Held])

    if raw == {}:
        raise FlawError("DC109", "'expect' expects nothing", "leave it out", at_key=True)
    made = each(raw, entry)
    lists = {name: made.pop(name, ()) for name in EXPECT_LISTS}
    return Expect(figures=taken_out(made), seen=made, **lists)
