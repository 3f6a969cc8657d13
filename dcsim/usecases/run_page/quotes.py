"""The words of the notice on which something rests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dcsim.domain.rulebook import Citation, Rulebook
from dcsim.report.pages.verdict import Quote


def quotes_of(book: Rulebook, rules: Iterable[str]) -> Iterator[Quote]:
    """Yield the words of some rules; where two rules have the same words, the first."""
    wanted, seen = set(rules), set[Citation | str | None]()
    for rule in book.rules:
        words = rule.citation or rule.assumption
        if rule.id in wanted and words not in seen:
            seen.add(words)
            yield _quote(rule.id, rule.citation, rule.assumption)


def quote_of_session(book: Rulebook, name: str) -> Iterator[Quote]:
    """Yield the words on which a session rests, if the name is that of one."""
    session = book.by_name.get(name)
    if session and (session.citation or session.assumption):
        yield _quote("", session.citation, session.assumption)


def _quote(rule: str, citation: Citation | None, assumption: str | None) -> Quote:
    if citation:
        return Quote(rule=rule, place=citation.place, words=citation.quote)
    return Quote(rule=rule, place="assumed", words=assumption or "", assumed=True)
