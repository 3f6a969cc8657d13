"""Renders a template to Markdown. Every value in it is escaped; HTML's way of escaping would not fit Markdown."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from dcsim import __version__
from dcsim.report.markdown_text import code, escaped, strong
from dcsim.report.pages.render import HERE

if TYPE_CHECKING:
    from jinja2 import Environment


class _Marked(str):
    """Text that is Markdown already."""

    __slots__ = ()


def markdown(template: str, **values: Any) -> str:
    """Return a document."""
    return _environment().get_template(template).render(version=__version__, **values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - slow to import

    environment = Environment(  # noqa: S701 - escaped by _escaped, which knows Markdown
        loader=FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        finalize=_escaped,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["marked"] = _Marked
    environment.filters["code"] = lambda text: _Marked(code(text))
    environment.filters["strong"] = lambda text: _Marked(strong(text))
    return environment


def _escaped(value: Any) -> Any:
    return escaped(value) if type(value) is str else value
