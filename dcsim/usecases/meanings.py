"""The words that dcsim prints and reads, with their meanings, computed from the registries that the code uses."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator

import attrs

from dcsim.domain.action_outcome import NOTICES
from dcsim.domain.actions import CLIENT_ACTIONS
from dcsim.domain.change_kinds import ADMINISTRATORS, COMPOSITES, KINDS, NEEDS, RESTRICTIONS, declared
from dcsim.domain.figures import FIGURES
from dcsim.domain.policies import POLICIES
from dcsim.domain.runbook import STEPS
from dcsim.files.codes import CODES
from dcsim.files.forms import StepForm, keys_of
from dcsim.files.key_meanings import ANYWHERE, OF_CLASS
from dcsim.files.load_books import load_rulebook
from dcsim.files.resolver import KINDS as BOOKS
from dcsim.files.resolver import builtin_names, source_of
from dcsim.files.yaml_nodes import parse
from dcsim.report.explain import Meaning
from dcsim.report.invariant_texts import EXACTLY
from dcsim.report.words import WORDS
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.semantics.mechanism import BLOCKED
from dcsim.semantics.refusals import FAILED_LOGONS, ORDER, REFUSALS
from dcsim.usecases.known_names import COMMIT_REFUSALS

_LINKED = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_SPLIT = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HOLDERS = {
    "": "several places in a file",
    "ScenarioForm": "scenario",
    "AccountForm": "account",
    "PopulationForm": "population",
    "NamesForm": "list of accounts",
    "TableForm": "table of accounts",
    "RowsForm": "table under foreach",
    "Expect": "expect",
}
"""What the mapping is called in which a key stands, where the name of its class does not say it."""
_FAMILIES = {"promise": "diagnosis of a broken promise", "practice": "practice", "own": "invariant of your own"}


def everything() -> tuple[Meaning, ...]:
    """Every meaning of every word, by family."""
    return tuple(meaning for family in FAMILIES for meaning in family())


def _meaning(word: str, family: str, says: str, *more: tuple[str, str]) -> Meaning:
    return Meaning(word=word, family=family, says=says, more=tuple((head, text) for head, text in more if text))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _doc(cls: type) -> str:
    return " ".join(inspect.cleandoc(cls.__doc__ or "").replace("``", "`").split())


def _keys(cls: type, leave: tuple[str, ...] = ()) -> str:
    keys = (key for key in keys_of(cls) if key.name not in leave)
    return _listed(key.name if key.required else f"[{key.name}]" for key in keys)


def _findings() -> Iterator[Meaning]:
    for code, one in sorted(CODES.items()):
        rows = ("cause", one.cause), ("example", one.example), ("mend", one.mend)
        yield attrs.evolve(_meaning(code, "finding", one.title, *rows), tag=one.severity)


def _invariants() -> Iterator[Meaning]:
    for name, one in sorted(INVARIANTS.items(), key=lambda item: item[1].family != "promise"):
        exactly = _LINKED.sub(r"\1", EXACTLY.get(name, ""))
        waive = "a runbook may waive it (`waives`); `--practices off` leaves it out" if one.family == "practice" else ""
        rows = ("exactly", exactly), ("mode", f"failure mode {one.mode}" if one.mode else ""), ("waive", waive)
        yield _meaning(name, _FAMILIES[one.family], one.statement, *rows)


def _refusals() -> Iterator[Meaning]:
    for code, one in REFUSALS.items():
        verbs = [verb for verb, order in ORDER.items() if code in order]
        counts = "a logon that is refused so counts towards the lockout" if code in FAILED_LOGONS else ""
        first = dict.fromkeys(before for verb in verbs for before in ORDER[verb][: ORDER[verb].index(code)])
        rows = ("acts", _listed(verbs)), ("after", _listed(first)), ("counts", counts)
        yield _meaning(code, "refusal of an act", one.why, *rows)
    for code, why in COMMIT_REFUSALS.items():
        yield _meaning(code, "refusal of a commit", why)


def _step_refusals() -> Iterator[Meaning]:
    for code, (verbs, why) in BLOCKED.items():
        yield _meaning(code, "refusal of an operator's step", why, ("steps", _listed(verbs)))


def _notices() -> Iterator[Meaning]:
    yield from (_meaning(kind, "notice", says) for kind, says in NOTICES.items())


def _acts() -> Iterator[Meaning]:
    for verb, cls in CLIENT_ACTIONS.items():
        makes = (f"{kind} (writes {_listed(declaration.writes)})" for kind, declaration in cls.kinds.items())
        yield _meaning(
            verb,
            "act of a client",
            _doc(cls),
            ("keys", _listed(filter(None, (_keys(StepForm), _keys(cls))))),
            ("makes", _listed(makes)),
            ("refused", _listed(ORDER.get(verb, ()))),
        )


def _steps() -> Iterator[Meaning]:
    for verb, cls in STEPS.items():
        refused = _listed(code for code, (verbs, _) in BLOCKED.items() if verb in verbs)
        yield _meaning(verb, "step of an operator", _doc(cls), ("keys", _keys(cls)), ("refused", refused))


def _kinds() -> Iterator[Meaning]:
    for kind, fields in KINDS.items():
        found = declared(kind)
        yield _meaning(
            kind,
            "kind of change",
            f"made by {found[0].verb}; writes {_listed(fields)}" if found else f"writes {_listed(fields)}",
            ("needs", _listed(NEEDS.get(kind, ()))),
            ("parts", _listed(COMPOSITES.get(kind, ()))),
            ("by", "an administrator" if kind in ADMINISTRATORS else ""),
            ("is", "a restriction" if kind in RESTRICTIONS else ""),
        )


def _policies() -> Iterator[Meaning]:
    for name, one in POLICIES.items():
        takes = one.takes if isinstance(one.takes, str) else " or ".join(one.takes)
        default = "none" if one.default == () else str(one.default).lower()
        yield _meaning(name, "policy", one.meaning, ("takes", takes), ("default", default))


def _books() -> Iterator[Meaning]:
    for kind in BOOKS:
        for name in builtin_names(kind):
            source = source_of(kind, name)
            yield _meaning(name, f"built-in {kind}", parse(source.text).value["title"], ("file", source.shown))


def _of_rulebooks() -> Iterator[Meaning]:
    """The names that a built-in rulebook gives: its sessions, its rules, its open questions."""
    for name in builtin_names("rulebook"):
        book = load_rulebook(name).value
        for session in book.sessions:
            times = f"Served by {session.site}, from {session.opens:%d %b %Y %H:%M} to {session.closes:%d %b %Y %H:%M}."
            yield _meaning(session.name, f"session of {name}", times)
        for rule in book.rules:
            what = f"{', '.join(rule.changes)} made in {', '.join(rule.made_in)} at {', '.join(rule.at)}: {rule.fate}"
            yield _meaning(rule.id, f"rule of {name}", what, ("accounts", _listed(rule.accounts)), ("by", rule.basis))
        for question in book.open_questions:
            yield _meaning(question.id, f"open question of {name}", question.asks)


def _file_keys() -> Iterator[Meaning]:
    for cls, keys in {"": ANYWHERE, **OF_CLASS}.items():
        family = f"key of {_HOLDERS.get(cls) or _SPLIT.sub(' ', cls).lower()}"
        yield from (_meaning(key, family, says) for key, says in keys.items())


def _figures() -> Iterator[Meaning]:
    for name, one in FIGURES.items():
        parts = f"one for each {one.part}: {name}.{one.part.upper()}" if one.part else ""
        yield _meaning(name, "figure", one.says, ("unit", one.unit), ("parts", parts))


def _words() -> Iterator[Meaning]:
    for family, words in WORDS.items():
        yield from (_meaning(word, family, says) for word, says in words.items())


FAMILIES: tuple[Callable[[], Iterator[Meaning]], ...] = (
    *(_findings, _invariants, _refusals, _step_refusals, _notices),
    *(_acts, _steps, _kinds, _policies, _books, _of_rulebooks, _figures, _words, _file_keys),
)
