"""The page of the public API, made from its signatures and docstrings."""

import inspect
import re
import textwrap

import attrs

import dcsim
from dcsim import api

INTRO = """\
# The public API

Made from `dcsim/api.py` by `python tests/test_docs.py --write`; the examples are run by the tests.

    import dcsim

    book, runbook = dcsim.load_rulebook("seoch-2fa-2023"), dcsim.load_runbook("snapshot-standby")
    result = dcsim.check(book, runbook, ops=2)
    result.status                                     # 'proved', within the bounds that it prints
    case = dcsim.load_scenario("scenarios/circular/footnote-1.yaml")
    dcsim.run(case).problems                          # what is not as expected, and why
    dcsim.predict(case, "monday")                     # what each account may hold and will hold: a table in a notebook
    dcsim.why(case, "U001", "password").chain         # the act that made the value, and how it came there

`import dcsim` imports nothing else until one of these names is asked for. In a notebook results show themselves as
tables (`_repr_html_`). Nothing here prints, reads the environment or ends the process.

## What is promised

The names on this page are the public API. From one minor version to the next they keep their meaning: a function keeps
its parameters, and may get new ones by keyword; a result type keeps its attributes, and may get new ones; `status`
keeps its words. What changes otherwise is told in CHANGELOG.md one minor version before, with a `DeprecationWarning`.
All other modules of the package are internal, and may change in any version. Until 1.0 a minor version may break this
promise, and CHANGELOG.md says where.
"""


def page():
    """The page's text."""
    functions = [name for name in api.__all__ if inspect.isfunction(getattr(api, name))]
    classes = [name for name in api.__all__ if inspect.isclass(getattr(api, name))]
    parts = [INTRO, "## Functions", *map(_function, functions), "## Types", *map(_class, classes)]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _function(name):
    function = getattr(dcsim, name)
    # Annotations are texts; what a parameter is by default keeps its quotes.
    signature = re.sub(r"(: |-> )(['\"])(.*?)\2(?=[,)]| = |$)", r"\1\3", str(inspect.signature(function)))
    call = f"{name}{signature}"
    if len(call) > 110:
        inside, _, returned = signature[1:].rpartition(") -> ")
        arguments = "".join(f"    {argument},\n" for argument in re.split(r", (?![^\[]*\])", inside))
        call = f"{name}(\n{arguments}) -> {returned}"
    return f"### `dcsim.{name}`\n\n```python\n{call}\n```\n\n{_text(function)}"


def _class(name):
    cls = getattr(dcsim, name)
    fields = [a.name for a in attrs.fields(cls)] if attrs.has(cls) else []
    more = [n for n, v in vars(cls).items() if isinstance(v, property)]
    names = ", ".join(f"`{n}`" for n in (*fields, *more) if not n.startswith("_"))
    return f"### `dcsim.{name}`\n\n{_text(cls)}" + (f"\n\nAttributes: {names}." if names else "")


def _text(thing):
    """A docstring; its examples as a block of code."""
    text = re.sub(r"``([^`]+)``", r"`\1`", inspect.getdoc(thing))
    prose, _, examples = text.partition("\n>>> ")
    return prose.rstrip() + (f"\n\n{textwrap.indent('>>> ' + examples.rstrip(), '    ')}" if examples else "")
