"""Selects scenarios by words of their names, as pytest does, and by their tags."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import translate

from dcsim.files.findings import suggest
from dcsim.files.load import Case
from dcsim.usecases.request import RequestError

Chooses = Callable[[str], bool]
"""Whether a name, in lower case, is chosen."""

_TOKEN = re.compile(r"[()]|[^\s()]+")
_JOINS = ("and", "or", "not", "(", ")")
NOT = "!"


def selected(cases: Iterable[Case], words: str = "", tags: Iterable[str] = ()) -> tuple[Case, ...]:
    """Return the cases whose names fit ``words`` and whose scenarios have one of the ``tags``.

    ``words`` are parts of names, or patterns with ``*``, joined by ``and``, ``or``, ``not`` and brackets. A tag after
    ``!`` is one that a scenario must not have. RequestError where the words are no such expression, or where a tag is
    that of no case.
    """
    cases, chooses, tags = tuple(cases), _chooses(words), tuple(tags)
    _refuse_unknown(tags, cases)
    wanted = {tag for tag in tags if not tag.startswith(NOT)}
    unwanted = {tag.removeprefix(NOT) for tag in tags} - wanted

    def tagged(case: Case) -> bool:
        own = set(case.scenario.tags)
        return not own & unwanted and (not wanted or bool(own & wanted))

    return tuple(case for case in cases if tagged(case) and chooses(case.scenario.scenario.lower()))


def _refuse_unknown(tags: Iterable[str], cases: Iterable[Case]) -> None:
    known = {tag for case in cases for tag in case.scenario.tags}
    for tag in tags:
        if not tag.startswith(NOT) and tag not in known:
            hint = suggest(tag, known)
            raise RequestError(f"no scenario has the tag '{tag}'{hint and '; '}{hint}")


def _chooses(words: str) -> Chooses:
    tokens = _TOKEN.findall(words)
    if not tokens:
        return lambda _: True
    rest = iter([*tokens, ""])
    parser = _Parser(words, rest)
    chooses = parser.either()
    if parser.token:
        raise parser.error("'and' or 'or'" if parser.token != _JOINS[-1] else "a '('")
    return chooses


class _Parser:
    """Reads an expression of words. ``token`` is the next one; an empty one is the end."""

    def __init__(self, words: str, rest: Iterator[str]) -> None:
        self.words, self.rest, self.token = words, rest, next(rest)

    def error(self, lacks: str) -> RequestError:
        where = f"before '{self.token}'" if self.token else "at the end"
        return RequestError(f"'{self.words}' is no choice of names: {lacks} is missing {where}; join words by and, or")

    def take(self, token: str) -> bool:
        """Whether the next token is this one. If so, it is passed."""
        if self.token.lower() != token:
            return False
        self.token = next(self.rest)
        return True

    def either(self) -> Chooses:
        some = [self.both()]
        while self.take("or"):
            some.append(self.both())
        return lambda name: any(chooses(name) for chooses in some)

    def both(self) -> Chooses:
        every = [self.one()]
        while self.take("and"):
            every.append(self.one())
        return lambda name: all(chooses(name) for chooses in every)

    def one(self) -> Chooses:
        if self.take("not"):
            chooses = self.one()
            return lambda name: not chooses(name)
        if self.take("("):
            inner = self.either()
            if not self.take(")"):
                raise self.error("a ')'")
            return inner
        if self.token.lower() in ("", *_JOINS):
            raise self.error("a word")
        word, self.token = self.token.lower(), next(self.rest)
        return _named(word)


def _named(word: str) -> Chooses:
    """A part of a name, or a pattern for the whole name."""
    if not {"*", "?"} & set(word):
        return lambda name: word in name
    # Brackets stand for themselves: `name[2]` is the second row of a table.
    pattern = re.compile(translate(word.replace("[", "[[]")))
    return lambda name: bool(pattern.match(name))
