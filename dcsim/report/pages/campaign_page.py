"""The page of a fuzzing campaign: what was drawn, and the shortest scenario for each invariant that broke. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from dcsim.files.write import write_steps
from dcsim.report.campaign import FuzzResult
from dcsim.report.pages.render import page
from dcsim.report.pages.timeline import Timeline
from dcsim.report.run_view import stated
from dcsim.report.text import some

WORDS = {"violated": ("✗ VIOLATED", "bad"), "passed": ("NOTHING FOUND", ""), "inconclusive": ("? NOT DECIDED", "warn")}


@attrs.frozen(kw_only=True, eq=False)
class CampaignPage:
    """What the page shows.

    ``names`` are what rulebook and runbook call themselves. ``bounds`` are what the campaign was asked to draw, by
    name; ``timelines`` are those of the findings, and ``traces`` their traces, as ids and contents of scripts that no
    browser runs.
    """

    result: FuzzResult
    names: tuple[str, str]
    bounds: Mapping[str, str]
    timelines: tuple[Timeline, ...]
    digests: Mapping[str, str]
    traces: tuple[tuple[str, str], ...] = ()

    @property
    def sentence(self) -> str:
        """The verdict."""
        drawn = some(self.result.examples, "scenario")
        if self.result.findings:
            return f"{drawn} drawn at random under {self.names[1]}: {self._broken} broken."
        if self.result.status == "inconclusive":
            return f"Nothing is known of {self.names[1]}: {self._trouble}."
        return f"{drawn} drawn at random under {self.names[1]}: nothing was found."

    @property
    def _broken(self) -> str:
        return f"{some(len(self.result.findings), 'invariant')} {'is' if len(self.result.findings) == 1 else 'are'}"

    @property
    def _trouble(self) -> str:
        if self.result.error:
            return f"the campaign ended with an error: {self.result.error}"
        return f"{some(len(self.result.lost), 'batch')} left out" if self.result.lost else "nothing was drawn"

    @property
    def html(self) -> str:
        """The page as text."""
        word, tone = WORDS[self.result.status]
        return page(
            "campaign.html.j2",
            styles=("timeline.css", "proof.css"),
            page=self,
            result=self.result,
            word=word,
            tone=tone,
            findings=[
                (n, finding, small, list(write_steps(finding.scenario)))
                for n, (finding, small) in enumerate(zip(self.result.findings, self.timelines, strict=True), start=1)
            ],
            statement=stated,
        )
