"""The page of a lint: its findings, what each code means, and what was proved. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import attrs

from dcsim.files.codes import CODES
from dcsim.files.findings import Finding
from dcsim.report.lint import LintResult
from dcsim.report.pages.render import page
from dcsim.report.text import some
from dcsim.rules.phrases import several


@attrs.frozen
class LintPage:
    """What the page shows: the result, the names of what was linted, and the command."""

    result: LintResult
    names: Sequence[str]
    again: str

    @property
    def verdict(self) -> tuple[str, str]:
        """The word of the badge, and its tone."""
        counts = self._counts
        if counts["error"]:
            return "✗ ERRORS", "bad"
        return (
            ("! WARNINGS", "warn") if counts["warning"] else ("✓ NOTHING NEW" if self.result.old else "✓ CLEAN", "good")
        )

    @property
    def _counts(self) -> Counter[str]:
        return Counter(finding.severity for finding in self.result.new)

    @property
    def sentence(self) -> str:
        """The verdict as a sentence."""
        counts, names = self._counts, several(list(self.names))
        known = f", beside {len(self.result.old):,} known from the baseline" if self.result.old else ""
        return f"{some(counts['error'], 'error')} and {some(counts['warning'], 'warning')} in {names}{known}."

    @property
    def findings(self) -> list[tuple[Finding, bool]]:
        """The findings, each with whether the baseline knows it; the new ones come first."""
        return [(f, False) for f in self.result.new] + [(f, True) for f in self.result.old]

    @property
    def html(self) -> str:
        """The page as text."""
        codes = sorted({finding.code for finding, _ in self.findings})
        word, tone = self.verdict
        return page(
            "lint.html.j2",
            styles=("proof.css",),
            page=self,
            result=self.result,
            word=word,
            tone=tone,
            codes=[(code, CODES[code]) for code in codes if code in CODES],
        )
