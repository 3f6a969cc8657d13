"""Renders a template to one self-contained page: it loads no other file, and every value in it is escaped.

Templates and assets are files beside this one. Jinja2 is imported when a page is made, because that takes 60 ms.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcsim import __version__, harmless

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent


def page(template: str, *, styles: Iterable[str] = (), scripts: Iterable[str] = (), **values: Any) -> str:
    """Return a page. ``styles`` and ``scripts`` are names of assets, added to those of every page."""
    from markupsafe import Markup  # noqa: PLC0415 - comes with Jinja2

    scripts = tuple(scripts)
    return fragment(
        template,
        version=__version__,
        # The assets are dcsim's own files, not a user's text.
        style=Markup("".join(map(_asset, ("page.css", *styles)))),  # noqa: S704
        script=Markup(_script(scripts)),  # noqa: S704
        script_hash=script_hash(scripts),
        **values,
    )


def script_hash(scripts: Iterable[str] = ()) -> str:
    """Return the hash by which a policy allows the script of a page, and no other."""
    return f"sha256-{b64encode(hashlib.sha256(_script(scripts).encode()).digest()).decode()}"


def _script(scripts: Iterable[str]) -> str:
    return "".join(map(_asset, ("page.js", *scripts)))


def fragment(template: str, **values: Any) -> str:
    """Return a part of a page, without assets: such as a table for a notebook."""
    return _environment().get_template(template).render(**values)


@cache
def _asset(name: str) -> str:
    return (HERE / "assets" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - slow to import

    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _harmless(value: Any) -> Any:
    """Make the controls in a user's text visible. Markup is text of dcsim's own, and is left as it is."""
    return value if hasattr(value, "__html__") else harmless.line(str(value))
