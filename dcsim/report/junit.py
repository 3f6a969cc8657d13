"""JUnit XML out of test cases, for the commands whose results are not runs of scenarios. Pure."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import attrs

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@attrs.frozen
class TestCase:
    """One test case. It failed where ``failure`` says something, has an ``error``, or passed. ``kind`` is the
    failure's type; ``output`` stands in the failure's text, or in the output of a case that did not fail.
    """

    __test__ = False
    suite: str
    name: str
    kind: str = ""
    failure: str = ""
    error: str = ""
    output: str = ""


def junit(cases: Sequence[TestCase], seconds: float) -> str:
    """One suite of test cases, as XML."""
    failures, errors = (sum(bool(getattr(case, name)) for case in cases) for name in ("failure", "error"))
    suite = ET.Element("testsuite", name="dcsim", tests=str(len(cases)), failures=str(failures), errors=str(errors))
    suite.set("time", f"{seconds:.3f}")
    for case in cases:
        element = ET.SubElement(suite, "testcase", classname=_clean(case.suite), name=_clean(case.name), time="0")
        if case.failure:
            found = ET.SubElement(element, "failure", type=_clean(case.kind), message=_clean(case.failure))
            found.text = _clean(case.output)
        if case.error:
            ET.SubElement(element, "error", type="error", message=_clean(case.error)).text = _clean(case.error)
        if case.output and not case.failure:
            ET.SubElement(element, "system-out").text = _clean(case.output)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _clean(text: str) -> str:
    """A text without the characters that XML 1.0 does not have."""
    return _NOT_XML.sub("?", text)
