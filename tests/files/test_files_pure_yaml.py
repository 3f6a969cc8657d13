"""Where PyYAML was built without its C library, files are read as they are with it."""

import importlib.util
import sys
from pathlib import Path
from random import Random

import pytest
import yaml

from dcsim.files import yaml_nodes

ROOT = Path(__file__).parents[2]
FILES = sorted(path for folder in ("dcsim/builtin", "scenarios", "tests") for path in (ROOT / folder).rglob("*.yaml"))
PIECES = ("a", "b", " ", "?", ":", ",", "[", "]", "{", "}", "\n", "- ", "? ", ": ", "'", '"', "#", "a: ")


@pytest.fixture(scope="module")
def pure():
    """The module that reads YAML, as it is where there is no C library."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(yaml, "CSafeLoader", raising=False)
        spec = importlib.util.spec_from_file_location("pure_python_node", yaml_nodes.__file__)
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        yield module


def places(value, keys=()):
    """The keys that lead to each part of a value."""
    yield keys
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*keys, key))


def test_the_fallback_is_pure_python(pure):
    """What is tested here is not the C library once more."""
    assert issubclass(pure._Loader, yaml.SafeLoader)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_is_read_alike_without_the_c_library(pure, path):
    """The built-in rulebooks and runbooks, all scenarios and the files of the tests: no finding, the same values, each
    at the same line and column.
    """
    text = path.read_text(encoding="utf-8")
    here, there = yaml_nodes.parse(text), pure.parse(text)
    assert [str(f) for f in there.findings] == [str(f) for f in here.findings]
    assert there.value == here.value
    for keys in places(here.value) if here.value else ():
        assert there.where(keys) == here.where(keys), keys


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{asks: Which timezone?, stands-in: x}", {"asks": "Which timezone?", "stands-in": "x"}),
        ("[who?, what? why?]", ["who?", "what? why?"]),
        ("{? a : b}", {"a": "b"}),
        ("asks: who?\n", {"asks": "who?"}),
    ],
)
def test_a_question_mark_ends_no_text(pure, text, value):
    """In a list or mapping on one line it is a character like any other, but where it stands alone."""
    for module in (yaml_nodes, pure):
        assert (module.parse(text).value, module.parse(text).findings) == (value, ())


def test_what_is_no_yaml_to_one_is_none_to_the_other(pure):
    """Ten thousand texts of what YAML is made of: what the C library reads, the fallback reads, and alike."""
    random = Random(1)
    for _ in range(10_000):
        text = "".join(random.choice(PIECES) for _ in range(random.randint(1, 14)))
        here, there = yaml_nodes.parse(text), pure.parse(text)
        if not here.findings:
            assert (there.value, there.findings) == (here.value, ()), repr(text)
