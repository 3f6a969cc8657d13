"""Write test cases as JUnit XML, for every command that has this format. Pure."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import attrs

from dcsim import harmless

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@attrs.frozen
class TestCase:
    """One test case. With a ``failure`` it failed, with an ``error`` it had an error, otherwise it passed.

    ``kind`` is the type of the failure. ``output`` becomes the text of the failure or error, or the output of a case
    that passed. ``aside`` becomes the output of any case, and ``title`` a property. ``file`` and ``line`` say what to
    read.
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


def junit(cases: Sequence[TestCase], seconds: float) -> str:
    """Return one suite of test cases as XML."""
    failures, errors = (sum(bool(getattr(case, name)) for case in cases) for name in ("failure", "error"))
    suite = ET.Element("testsuite", name="dcsim", tests=str(len(cases)), failures=str(failures), errors=str(errors))
    suite.set("time", f"{seconds:.3f}")
    for case in cases:
        element = ET.SubElement(suite, "testcase", classname=_clean(case.suite), name=_clean(case.name))
        element.set("time", f"{case.seconds:.3f}")
        for attribute, value in (("file", case.file), ("line", str(case.line or ""))):
            if value:
                element.set(attribute, _clean(value))
        if case.title:
            properties = ET.SubElement(element, "properties")
            ET.SubElement(properties, "property", name="title", value=_clean(case.title))
        if case.failure:
            found = ET.SubElement(element, "failure", type=_clean(case.kind), message=_clean(case.failure))
            found.text = _clean(case.output)
        if case.error:
            ET.SubElement(element, "error", type="error", message=_clean(case.error)).text = _clean(
                case.output or case.error
            )
        aside = case.aside or (case.output if not (case.failure or case.error) else "")
        if aside:
            ET.SubElement(element, "system-out").text = _clean(aside)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _clean(text: str) -> str:
    """Remove what XML 1.0 does not allow: control characters, surrogates and non-characters.

    A label in a user's file may contain them. What XML allows but a terminal would interpret is written as an escape.
    """
    return harmless.text(_NOT_XML.sub("?", text))
