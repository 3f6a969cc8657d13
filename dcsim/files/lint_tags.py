"""Checks what a scenario says about itself: its tags, and the open questions that it knows."""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.domain.rulebook import Rulebook
from dcsim.files.findings import Flaw
from dcsim.files.forms import ScenarioForm
from dcsim.files.lint_common import unknowns


def tag_flaws(form: ScenarioForm, book: Rulebook) -> Iterator[Flaw]:
    """What is wrong with the tags and with the open questions of a scenario."""
    yield from unknowns("DC163", "open question", form.opens, [q.id for q in book.open_questions], ("opens",))
    for index, tag in enumerate(form.tags):
        if tag.startswith("!") or any(character.isspace() or character == "," for character in tag):
            yield Flaw("DC109", ("tags", index), f"'{tag}' cannot be a tag", "write one word, not beginning with '!'")
