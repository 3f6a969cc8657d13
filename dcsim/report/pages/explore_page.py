"""The pages of a walk. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dcsim.report.explore_view import WalkView
from dcsim.report.pages.render import page

STYLES, SCRIPTS = ("explore.css",), ("explore.js",)


def walk_page(it: WalkView, root: str, folder: str, name: str) -> str:
    """The page at which a path ends. ``root`` is the address of the walk, with its token."""
    return page("explore.html.j2", styles=STYLES, scripts=SCRIPTS, it=it, root=root, folder=folder, name=name)


def message_page(
    title: str, lines: Sequence[str], back: str, back_says: str = "Back to the walk", command: str = ""
) -> str:
    """A page that says something, with a way back."""
    return page(
        "explore_message.html.j2",
        styles=STYLES,
        scripts=SCRIPTS,
        title=title,
        lines=lines,
        back=back,
        back_says=back_says,
        command=command,
    )
