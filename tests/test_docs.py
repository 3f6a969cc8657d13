"""Generated pages keep step with the code: `python tests/test_docs.py --write` makes them anew."""

import importlib
import sys
from pathlib import Path

import pytest

from dcsim.report import reference_pages

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
sys.path.insert(0, str(Path(__file__).parent / "docs"))
PAGES = {
    **reference_pages.PAGES,
    "api.md": importlib.import_module("api_page").page,
    "cli.md": importlib.import_module("cli_page").page,
}


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_fresh(name):
    """A reference page says what the code says."""
    assert (REFERENCE / name).read_text() == PAGES[name](), "run: python tests/test_docs.py --write"


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    for page, make in PAGES.items():
        (REFERENCE / page).write_text(make())
