"""The page of a fuzzing campaign: its findings with their traces."""

from __future__ import annotations

import attrs

from dcsim.report.campaign import FuzzResult
from dcsim.report.pages.campaign_page import CampaignPage
from dcsim.report.pages.timeline import Timeline, timeline
from dcsim.usecases.fuzz_campaign import Campaign
from dcsim.usecases.page_traces import PageTraces, digests_of, texts_of


def campaign_page(result: FuzzResult, campaign: Campaign) -> CampaignPage:
    """Return the page of a campaign."""
    traces, books, small = PageTraces(), texts_of(campaign.names), list[Timeline]()
    for finding in result.findings:
        named = attrs.evolve(finding.scenario, rulebook=campaign.names[0], runbook=campaign.names[1])
        trace = traces.add(named, books, practices=campaign.practices)
        small.append(timeline(campaign.rulebook, campaign.runbook, trace))
    return CampaignPage(
        result=result,
        names=(campaign.rulebook.rulebook, campaign.runbook.runbook),
        bounds=_bounds(campaign),
        timelines=tuple(small),
        digests=digests_of(books),
        traces=traces.scripts,
    )


def _bounds(campaign: Campaign) -> dict[str, str]:
    part, parts = campaign.shard
    return {
        "rulebook": f"{campaign.rulebook.rulebook}: {campaign.rulebook.title}",
        "runbook": f"{campaign.runbook.runbook}, {len(campaign.runbook.steps)} steps",
        "engine": campaign.engine,
        "seed": str(campaign.seed),
        "accounts": f"at most {campaign.accounts}",
        "faults of the link": f"at most {campaign.faults}",
        "slips of the operator": f"at most {campaign.slips}",
        "asked for": f"{campaign.examples:,} examples" + (f", part {part} of {parts}" if parts > 1 else ""),
        "practices": "looked at" if campaign.practices else "not looked at (--practices off)",
    }
