"""The document of a pack. This list of its sections is the one place where a section is added."""

from __future__ import annotations

from collections.abc import Callable

from dcsim.report.pages.audit import PackPage, PackSection
from dcsim.usecases.audit.decision import BADGES, record, risk, scope, sentence, sign_off
from dcsim.usecases.audit.gather import AuditEvidence
from dcsim.usecases.audit.obligations import assumptions, fates, obligations
from dcsim.usecases.audit.plan import back_out, plan, scenarios
from dcsim.usecases.audit.proofs import coverage, proofs, rejections

SECTIONS: tuple[Callable[[AuditEvidence], PackSection], ...] = (
    scope,
    obligations,
    assumptions,
    fates,
    scenarios,
    plan,
    proofs,
    rejections,
    coverage,
    back_out,
    risk,
    sign_off,
    record,
)


def document(evidence: AuditEvidence) -> PackPage:
    """Return the document of a pack."""
    word, tone = BADGES[evidence.status]
    return PackPage(
        title=evidence.book.title,
        word=word,
        tone=tone,
        sentence=sentence(evidence),
        sections=tuple(section(evidence) for section in SECTIONS),
    )
