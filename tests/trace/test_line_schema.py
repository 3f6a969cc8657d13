"""The lines of a trace fit the schema that is printed for other programs, and no line of another shape fits."""

import json
from pathlib import Path

import jsonschema
import pytest

from dcsim.files.disk import discover
from dcsim.files.load import load_scenarios, load_texts
from dcsim.files.resolver import source_of
from dcsim.semantics.model import Model
from dcsim.simulate.folded import folded
from dcsim.simulate.weekend import simulate
from dcsim.trace.jsonl import dump, line_schema

ROOT = Path(__file__).parents[2] / "scenarios"
FILES = discover([ROOT])


@pytest.fixture(scope="module")
def checker():
    jsonschema.Draft202012Validator.check_schema(line_schema())
    return jsonschema.Draft202012Validator(line_schema())


def aborted():
    """A run whose drain aborts the runbook, which no scenario has."""
    texts = {"rulebook": source_of("rulebook", "seoch-2fa-2023").text}
    texts["runbook"] = source_of("runbook", "snapshot-standby").text.replace("on-timeout: proceed", "on-timeout: abort")
    texts["scenario"] = (ROOT / "failure-modes" / "m02-drain-gives-up.yaml").read_text()
    return load_texts(texts)


def lines_of(path):
    for case in (*load_scenarios(path), aborted()):
        model = Model(case.rulebook, case.runbook, case.scenario.policies)
        for trace in (simulate(model, case.scenario, tracing=True), folded(model, case.scenario)):
            yield [json.loads(line) for line in dump(case.texts, 0, trace)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_line_fits(path, checker):
    """The header and every event of each scenario, whole and folded."""
    for lines in lines_of(path):
        for line in lines:
            checker.validate(line)


def test_what_the_schema_names_occurs(checker):
    """Every sort of move, and every key that may be left out: the schema offers nothing that no trace has."""
    seen = set()
    for path in FILES:
        for head, *events in lines_of(path):
            seen |= {("header", key) for key in head}
            for event in events:
                seen |= {("event", key) for key in event}
                for move in event["moves"]:
                    seen |= {(move["what"], key) for key in move}
                seen |= {("ruling", key) for ruling in event["rules"] for key in ruling}
    defined = line_schema()["$defs"]
    sorts = {one["properties"]["what"]["const"]: one for one in defined["move"]["oneOf"]}
    sorts |= {name: defined[name] for name in ("header", "event", "ruling")}
    assert {(name, key) for name, of in sorts.items() for key in of["properties"]} == seen


def spoilt(line):
    """The line with one thing changed that no reader could take for what it was, for each place in it."""
    yield {**line, "remark": "x"}
    for key, value in line.items():
        yield {other: line[other] for other in line if other != key}
        yield {**line, key: None}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from ({**line, key: [one, *value[1:]]} for one in spoilt(value[0]))


@pytest.mark.parametrize("number", [0, 3, 4, 10])
def test_a_line_of_another_shape_does_not_fit(number, checker):
    """A key that is missing, strange or empty, in the line and in what it holds."""
    line = next(lines_of(ROOT / "circular" / "footnote-3.yaml"))[number]
    may_be_missing = {"point", "copy", "accounts", "examples", "fate", "questions", "permitted"}
    for wrong in spoilt(line):
        if not may_go(line, wrong, may_be_missing):
            assert not checker.is_valid(wrong), wrong


def may_go(line, wrong, keys):
    """Whether only a key is missing that may be, or a value is null that may be."""
    text, other = json.dumps(line), json.dumps(wrong)
    return any(f'"{key}"' in text and text.count(f'"{key}"') > other.count(f'"{key}"') for key in keys) or (
        other.count('"before": null') > text.count('"before": null')
    )


def test_the_schema_is_printed(dcsim):
    """`dcsim schema trace`."""
    code, out, _ = dcsim("schema", "trace")
    assert (code, json.loads(out)) == (0, line_schema())
