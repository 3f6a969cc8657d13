"""Write test cases as JUnit XML, for every command that has this format. Pure.

Test cases that have their suite and its properties in common are one ``testsuite``. The schema of Jenkins allows
properties there, and not in a test case.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import PurePosixPath

import attrs

from dcsim import harmless

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Properties = tuple[tuple[str, str], ...]


@attrs.frozen
class TestCase:
    """One test case. With a ``failure`` it failed, with an ``error`` it had an error, and ``skipped`` says why it did
    not take place; otherwise it passed.

    ``kind`` is the type of the failure. ``output`` becomes the text of the failure or error, or the output of a case
    that passed. ``aside`` becomes the output of any case, ``title`` and ``properties`` become properties of its suite.
    ``file`` and ``line`` say what to read.
    """

    __test__ = False  # pytest would collect a class with this name
    suite: str
    name: str
    kind: str = ""
    failure: str = ""
    error: str = ""
    output: str = ""
    aside: str = ""
    seconds: float = 0.0
    title: str = ""
    file: str = ""
    line: int = 0
    skipped: str = ""
    classname: str = ""
    properties: Properties = ()

    @property
    def of_suite(self) -> Properties:
        """The properties that its suite tells."""
        return ((("title", self.title),) if self.title else ()) + self.properties


def junit(cases: Sequence[TestCase], seconds: float) -> str:
    """Return test cases as XML."""
    root = ET.Element("testsuites", {"name": "dcsim", **_counts(cases), "time": f"{seconds:.3f}"})
    del root.attrib["skipped"]  # the schema does not allow it here
    for (suite, properties), group in groupby(cases, key=lambda case: (case.suite, case.of_suite)):
        root.append(_suite(suite, properties, list(group)))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def dotted(path: str) -> str:
    """Return a path as the name of a class: Jenkins takes what stands before the last dot for its package."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(part.replace(".", "_") for part in parts if part not in ("/", ".", ".."))


def _counts(cases: Sequence[TestCase]) -> dict[str, str]:
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    counts = {name: sum(bool(getattr(case, kind)) for case in cases) for name, kind in kinds.items()}
    return {"tests": str(len(cases))} | {name: str(count) for name, count in counts.items()}


def _suite(name: str, properties: Properties, cases: list[TestCase]) -> ET.Element:
    seconds = sum(case.seconds for case in cases)
    suite = ET.Element("testsuite", {"name": _clean(name), **_counts(cases), "time": f"{seconds:.3f}"})
    files = {case.file for case in cases}
    if len(files) == 1 and files != {""}:
        suite.set("file", _clean(*files))
    if properties:
        element = ET.SubElement(suite, "properties")
        for key, value in properties:
            ET.SubElement(element, "property", name=_clean(key), value=_clean(value))
    suite.extend(map(_case, cases))
    return suite


def _case(case: TestCase) -> ET.Element:
    element = ET.Element("testcase", classname=_clean(case.classname or case.suite), name=_clean(case.name))
    element.set("time", f"{case.seconds:.3f}")
    for attribute, value in (("file", case.file), ("line", str(case.line or ""))):
        if value:
            element.set(attribute, _clean(value))
    element.extend(_ends(case))
    aside = case.aside or (case.output if not (case.failure or case.error) else "")
    if aside:
        ET.SubElement(element, "system-out").text = _clean(aside)
    return element


def _ends(case: TestCase) -> Iterable[ET.Element]:
    """Yield how the case ended, if it did not pass."""
    for tag, kind, message in (
        ("failure", case.kind, case.failure),
        ("error", "error", case.error),
        ("skipped", "skipped", case.skipped),
    ):
        if message:
            element = ET.Element(tag, type=_clean(kind), message=_clean(message))
            element.text = _clean(case.output) if tag == "failure" else _clean(case.output or message)
            yield element


def _clean(text: str) -> str:
    """Remove what XML 1.0 does not allow: control characters, surrogates and non-characters.

    A label in a user's file may contain them. What XML allows but a terminal would interpret is written as an escape.
    """
    return harmless.text(_NOT_XML.sub("?", text))
