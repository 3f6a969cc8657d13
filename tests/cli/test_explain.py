"""`dcsim explain` knows everything that dcsim can print."""

import ast
import json
import re
from pathlib import Path
from typing import get_args

import pytest

import dcsim as package
from dcsim.checker.explorers.engines import ENGINES
from dcsim.checker.question import safety
from dcsim.cli import exit_codes
from dcsim.domain import actions, runbook, world
from dcsim.domain.account import BASELINE, FIELDS
from dcsim.domain.action_outcome import NOTICES, OpenCell
from dcsim.domain.action_signature import Method
from dcsim.domain.actions import CLIENT_ACTIONS
from dcsim.domain.change_kinds import KINDS
from dcsim.domain.faults import SORTS, LinkFault, OperatorSlip
from dcsim.domain.moment import Moment
from dcsim.domain.policies import POLICIES
from dcsim.domain.rulebook import Fate
from dcsim.domain.runbook import STEPS, Link
from dcsim.files import code, forms, varying
from dcsim.files.codes import CODES
from dcsim.files.key_meanings import ANYWHERE, OF_CLASS
from dcsim.files.load import load_rulebook
from dcsim.files.resolver import KINDS as BOOKS
from dcsim.files.resolver import builtin_names
from dcsim.report import campaign, mutate, predict, reconcile, replayed, run_view, text, why
from dcsim.report.words import WORDS
from dcsim.rules import diff_settings
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.semantics.mechanism import BLOCKED, OPERATOR
from dcsim.semantics.refusals import ORDER, REFUSALS
from dcsim.trace import event
from dcsim.trace.verdict import Verdict
from dcsim.usecases.explain import explain
from dcsim.usecases.known_names import REFUSAL_CODES
from dcsim.usecases.meanings import everything
from dcsim.usecases.request import RequestError

SOURCE = Path(package.__file__).parent


def literals(cls, name):
    """The words that one attribute of a class may have."""
    return re.findall(r"['\"]([^'\"]+)['\"]", cls.__annotations__[name])


REGISTRIES = {
    "finding": CODES,
    "invariant": INVARIANTS,
    "refusal": REFUSAL_CODES,
    "refused by": [code for order in ORDER.values() for code in order],
    "step refusal": BLOCKED,
    "notice": NOTICES,
    "act": CLIENT_ACTIONS,
    "step": STEPS,
    "kind": KINDS,
    "policy": POLICIES,
    "practice": get_args(runbook.Practice),
    "field": FIELDS,
    "fate": get_args(Fate),
    "role": get_args(runbook.Role),
    "method": get_args(Method),
    "status": get_args(forms.Status),
    "e-mail": get_args(forms.Email),
    "severity": get_args(code.Severity),
    "check": get_args(safety.Status),
    "campaign": get_args(campaign.Status),
    "replay": get_args(replayed.Status),
    "mutants": get_args(mutate.By),
    "actor": get_args(event.Actor),
    "redo": get_args(world.Held),
    "link": get_args(actions.Verdict),
    "run": literals(Verdict, "status"),
    "applies": literals(Link, "apply"),
    "fault": literals(LinkFault, "link"),
    "slip": literals(OperatorSlip, "operator"),
    "faults": [word for words in SORTS.values() for word in words],
    "distribution": varying.KINDS,
    "edge": literals(Moment, "edge"),
    "engine": ENGINES,
    "origin": [BASELINE, OPERATOR],
    "rulebook": builtin_names(BOOKS[0]),
    "runbook": builtin_names(BOOKS[1]),
    "mark": [word for word, _ in text.MARKS.values()] + list(text.MARKS),
    "why": why.FATES,
    "open cell": literals(OpenCell, "did"),
    "difference": [word for word in get_args(diff_settings.Topic) if word],
    "exit code": [str(value) for name, value in vars(exit_codes).items() if name.isupper()],
}


@pytest.mark.parametrize("registry", REGISTRIES)
def test_every_registry_is_known(registry):
    """Each word of each registry of the code has a meaning."""
    words = list(REGISTRIES[registry])
    assert words
    assert {one.word for one in everything()} >= set(words)


def calls(*names):
    """The first argument of each call of these names in the source, where it is a text."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                yield from (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


REPORT = SOURCE / "report"
FOR_PROGRAMS = {"reference_pages.py", "invariant_texts.py", "notebook.py", "junit.py"}
"""Modules of reports that print no lines for a reader."""


def nodes_of_reports(kind):
    """Every node of a kind in the modules that print lines."""
    for path in REPORT.glob("*.py"):
        if path.name not in FOR_PROGRAMS:
            found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            yield from ((path.name, node) for node in found if isinstance(node, kind))


def named(node):
    """The texts that an argument of a call can be."""
    arms = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    return [arm.value for arm in arms if isinstance(arm, ast.Constant) and isinstance(arm.value, str) and arm.value]


def labels_of_reports():
    """What stands at the beginning of a line: painted, given to a row, or before a colon or two blanks."""
    for _, call in nodes_of_reports(ast.Call):
        if getattr(call.func, "id", "") in ("paint", "_row") and call.args:
            yield from (text.split(",")[0].rstrip(":") for text in named(call.args[0]))
    for _, line in nodes_of_reports(ast.JoinedStr):
        first = line.values[0].value if isinstance(line.values[0], ast.Constant) else ""
        found = re.match(r"\s*([a-z][a-z -]*?)(: |  )", first)
        if found:
            yield found[1]


LABELS = sorted(set(labels_of_reports()))


@pytest.mark.parametrize("label", LABELS)
def test_every_label_of_a_line_in_the_source_is_known(label):
    """Whatever a report begins a line with has a meaning."""
    assert explain(label)


def test_the_walk_finds_labels_of_every_sort():
    """Painted, of a row, before a colon, before two blanks."""
    assert {"nearest explanation", "because", "lost", "dump", "bounds", "found", "never happened"} <= set(LABELS)


FLAGS = [
    says.value.split(":")[0].strip()
    for _, call in nodes_of_reports(ast.FunctionDef)
    if call.name == "_flags"
    for made in ast.walk(call)
    if isinstance(made, ast.Yield)
    for says in [made.value.values[0] if isinstance(made.value, ast.JoinedStr) else made.value]
    if isinstance(says, ast.Constant)
]


@pytest.mark.parametrize(
    "flag", [*FLAGS, "never happened", "flagged", "digest", "occurrence", "practice", "redo", "open question"]
)
def test_every_flag_in_the_source_is_known(flag):
    """What `--strict` fails on, and other words that stand in no registry."""
    assert len(FLAGS) >= 2
    assert explain(flag)


def test_every_fate_is_known_as_it_is_printed():
    """In the lines of why, in its sentence, and with the runbook's own deed."""
    printed = {words.split(":")[0] for words in why.FATES.values()} | set(why._FATE_WORDS.values())
    assert all(explain(words) for words in printed)


@pytest.mark.parametrize("cls", [cls for cls in get_args(actions.LaneAction) if cls is not actions.ClientAction])
def test_every_act_of_the_link_and_of_a_slow_client_is_known(cls):
    """As -v prints it."""
    assert "act in a trace" in [one.family for one in explain(cls.__name__.lower())]


@pytest.mark.parametrize("column", [*predict.HEAD, *predict.COLUMNS, *reconcile.HEAD])
def test_every_column_of_a_table_is_known(column):
    """Of a checklist, and of the accounts of a day."""
    assert explain(column)


@pytest.mark.parametrize("name", builtin_names("rulebook"))
def test_every_name_of_a_built_in_rulebook_is_known(name):
    """Its sessions and the gaps between them, its rules, its open questions."""
    book = load_rulebook(name).value
    own = [*book.by_name, *(rule.id for rule in book.rules), *(question.id for question in book.open_questions)]
    assert all(any(name in one.family for one in explain(word)) for word in own)
    assert all(explain(gap) for gap in book.timeline)


@pytest.mark.parametrize("interval", ["after-session-1", "before-X", "After my-own-night", "`after-x`"])
def test_the_gaps_of_any_rulebook_are_known(interval):
    """Whatever its sessions are called."""
    assert [one.family for one in explain(interval)] == ["interval of the weekend"]


@pytest.mark.parametrize("key", sorted({*ANYWHERE, *(key for keys in OF_CLASS.values() for key in keys)}))
def test_every_key_of_a_file_is_known(key):
    """Also those by which rules select: made-in, changes, accounts, at, baseline."""
    assert any(one.family.startswith("key of ") for one in explain(key))


def test_every_notice_of_the_source_is_known():
    """Whatever kind of notice the code makes, it is in the table; and the table has no other."""
    kinds = {word for word in calls("Notice") if re.fullmatch(r"[a-z]+(-[a-z]+)+", word)}
    assert kinds == set(NOTICES)


def test_every_verdict_on_a_day_in_the_source_is_known():
    """What reconcile calls an account, and a difference."""
    tree = ast.parse((SOURCE / "usecases" / "reconcile" / "summary.py").read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert set(WORDS["verdict on a real day"]) <= texts


def test_every_kind_of_problem_in_the_source_is_known():
    """What a problem of a run is called, beside invariants."""
    tree = ast.parse((SOURCE / "report" / "run_view.py").read_text(encoding="utf-8"))
    made = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem")
    given = [word.value for node in made for word in node.keywords if word.arg == "kind"]
    kinds = {value.value for value in given if isinstance(value, ast.Constant)}
    kinds |= {getattr(run_view, value.id) for value in given if isinstance(value, ast.Name) and value.id.isupper()}
    assert kinds == set(WORDS["kind of problem"])


def test_every_refusal_of_a_step_in_the_source_is_known():
    """Code by code, with the verbs that are refused so."""
    tree = ast.parse((SOURCE / "semantics" / "mechanism.py").read_text(encoding="utf-8"))
    verbs = {cls.__name__: verb for verb, cls in STEPS.items()}
    found = {code: set() for code in calls("Blocked") if re.fullmatch(r"[a-z]+(-[a-z]+)+", code)}
    for case in (node for node in ast.walk(tree) if isinstance(node, ast.match_case)):
        for answer in (node.value for node in case.body if isinstance(node, ast.Return)):
            if isinstance(answer, ast.Tuple) and isinstance(answer.elts[0], ast.Constant):
                classes = [n.cls.id for n in ast.walk(case.pattern) if isinstance(n, ast.MatchClass)]
                found.setdefault(answer.elts[0].value, set()).update(verbs[name] for name in classes)
    assert set(found) == set(BLOCKED)
    found["not-caught-up"].add("drain")  # a drain is not in the match: it waits
    assert found == {code: set(refused) for code, (refused, _) in BLOCKED.items()}


def test_every_refusal_of_an_act_in_the_source_is_known():
    """Also those that no guard gives."""
    codes = {word for word in calls("Refused") if re.fullmatch(r"[a-z]+(-[a-z]+)+", word)}
    assert codes <= {*REFUSAL_CODES, *WORDS["refusal of a delivery"]}


@pytest.mark.parametrize("meaning", everything(), ids=lambda one: f"{one.family} {one.word}")
def test_every_meaning_says_something(meaning):
    """A sentence, and no heading without a text; no docstring's marks."""
    assert meaning.says.strip()
    assert meaning.family
    texts = [meaning.says, *(text for pair in meaning.more for text in pair)]
    assert all(text.strip() and "``" not in text and "](" not in text for text in texts)
    assert meaning in explain(meaning.word)


def test_no_word_has_two_meanings_of_one_family():
    """Otherwise one of them would be told twice."""
    pairs = [(one.family, one.word) for one in everything()]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("code", [*CODES, "dc144"])
def test_every_code_is_explained(dcsim, code):
    """Title, severity, cause, example and mend, however it is spelled."""
    exit_code, out, err = dcsim("explain", code)
    known = CODES[code.upper()]
    assert (exit_code, err) == (0, "")
    assert out.startswith(f"{code.upper()}  {known.title} ({known.severity})")
    said = " ".join(out.split())
    for part in (known.cause, known.example, known.mend):
        assert " ".join(part.split()) in said


SPELLED = [
    ("refused wrong-password", ["refusal of an act"]),
    ("refused read-only", ["refusal of an act", "refusal of an operator's step"]),
    ("(refused: not-open)", ["refusal of an operator's step"]),
    ("Open cell", ["notice"]),
    ("'open_cell'", ["notice"]),
    ("suspended", ["refusal of an act", "status of an account"]),
    ("reset", ["step of an operator", "fate of a change"]),
    ("initiate-2fa", ["act of a client", "kind of change"]),
    ("policy lockout-after", ["policy"]),
    ("exit code 3", ["exit code"]),
    ("INCONCLUSIVE", ["verdict of a check", "verdict of a pack", "standing of a pack"]),
    ("discarded-absent,", ["diagnosis of a broken promise"]),
]


@pytest.mark.parametrize(("asked", "families"), SPELLED)
def test_a_word_is_found_as_it_is_printed(asked, families):
    """In any case, with the words and signs around it; a word of several meanings shows each."""
    assert [one.family for one in explain(asked)] == families


def test_what_an_act_tells():
    """Its keys, the kinds of change with the fields that they write, and its refusals in their order."""
    [act, _] = explain("initiate-2fa")
    told = dict(act.more)
    assert "password" in told["keys"]
    assert told["makes"].startswith("initiate-2fa (writes password, channel, credential)")
    assert tuple(told["refused"].split(", ")) == ORDER["initiate-2fa"]
    [refusal] = explain("wrong-password")
    assert refusal.says == REFUSALS["wrong-password"].why


UNKNOWN = [
    ("wrng-password", "did you mean 'wrong-password'?"),
    ("discardet", "did you mean 'discarded'?"),
    ("DC999", "DC100 to DC235"),
    ("144", "did you mean 'DC144'?"),
    ("", "`dcsim explain` lists all words"),
    ("x" * 5000, "`dcsim explain` lists all words"),
]


@pytest.mark.parametrize(("word", "hint"), UNKNOWN)
def test_an_unknown_word_gets_a_suggestion(dcsim, word, hint):
    """Exit code 2, with the nearest word, or the way to all words."""
    with pytest.raises(RequestError):
        explain(word)
    exit_code, out, err = dcsim("explain", word)
    assert (exit_code, out) == (2, "")
    assert hint in err


def test_without_a_word_all_are_listed(dcsim):
    """Each family once, each word in it."""
    exit_code, out, err = dcsim("explain")
    assert (exit_code, err) == (0, "")
    families = [line for line in out.splitlines() if not line.startswith(" ")]
    assert len(families) == len(set(families)) == len({one.family for one in everything()})
    said = f" {' '.join(out.split())}".replace(",", "")
    assert all(f" {one.word} " in f"{said} " for one in everything())


def test_as_json(dcsim):
    """One word, or all of them."""
    one = json.loads(dcsim("explain", "--json", "suspended")[1])
    assert [each["family"] for each in one["meanings"]] == ["refusal of an act", "status of an account"]
    every = json.loads(dcsim("explain", "--json")[1])
    assert len(every["meanings"]) == len(everything())
