"""The page of a run: its sections in order. Pure."""

from __future__ import annotations

import attrs

from dcsim.report.pages.render import page
from dcsim.report.run_view import RunResult


@attrs.frozen(kw_only=True)
class PageSection:
    """A section of a page: its name in the navigation, its anchor, and the value that its template shows.

    The template is named after the anchor. ``styles`` and ``scripts`` are the assets that it needs.
    """

    anchor: str
    name: str
    value: object
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        """The file of its template."""
        return f"{self.anchor}.html.j2"


@attrs.frozen(kw_only=True)
class RunPage:
    """What the page of a run shows. ``embedded`` is the run's trace, as `trace.embedded.embed` writes it."""

    result: RunResult
    sections: tuple[PageSection, ...]
    embedded: str = ""

    @property
    def html(self) -> str:
        """The page as text."""
        styles = dict.fromkeys(name for section in self.sections for name in section.styles)
        scripts = dict.fromkeys(name for section in self.sections for name in section.scripts)
        return page("run.html.j2", styles=styles, scripts=scripts, page=self)
