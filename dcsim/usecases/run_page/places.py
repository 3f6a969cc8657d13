"""Where things are drawn: the track of a site, or of its trial branch while it has one."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from dcsim.report.pages.tracks import OUTSIDE, Branch, Track


@attrs.frozen(kw_only=True)
class Places:
    """The tracks of a run, and where each site is on them. ``sites`` and ``branch_tracks`` are by the site's name."""

    tracks: tuple[Track, ...]
    sites: Mapping[str, int]
    branch_tracks: Mapping[str, int]
    branches: tuple[Branch, ...] = ()

    @property
    def link(self) -> int | None:
        """The link's track, if there is a link."""
        return next((number for number, track in enumerate(self.tracks) if track.kind == "link"), None)

    def branches_of(self, site: str) -> tuple[Branch, ...]:
        """A site's trial branches, in order."""
        return tuple(branch for branch in self.branches if branch.site == self.sites[site])

    def on_branch(self, site: str, event: int) -> bool:
        """Whether a site's store is on its trial branch just after an event."""
        return any(b.start <= event and (b.end is None or event < b.end) for b in self.branches_of(site))

    def of(self, site: str, event: int) -> int:
        """Return the track on which a site's store is just after an event; ``OUTSIDE`` for no site."""
        if site not in self.sites:
            return OUTSIDE
        return self.branch_tracks[site] if self.on_branch(site, event) else self.sites[site]

    def before(self, site: str, event: int) -> int:
        """Return the track on which a site's store is just before an event."""
        return self.of(site, event - 1)
