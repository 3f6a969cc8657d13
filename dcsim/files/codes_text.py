"""The codes of findings about a text's characters, and about words of a scenario that are probably slips."""

from __future__ import annotations

from collections.abc import Mapping

from dcsim.files.code import Code

TEXT: Mapping[str, Code] = {
    "DC177": Code(
        "character that is taken for another",
        "A character stands here that only looks like one of YAML's own, or is not seen at all: a full-width sign, a "
        "turned quote, a dash for a hyphen, a space of another kind, a mark without width. Editors and chat programs "
        "put them in.",
        "kind： user",
        "Write the plain character that the finding names.",
    ),
    "DC178": Code(
        "tab in the indentation",
        "YAML indents with spaces only.",
        "steps:\n\t- {at: session-1 +5m, account: U001, do: logout}",
        "Replace each tab at the beginning of a line by spaces; most editors can do it for a whole file.",
    ),
    "DC179": Code(
        "name with a character that is not seen",
        "A name or a label has a character that is easily taken for another, or not seen at all. It is part of the "
        "name: `U001` and `U001` with a no-break space are two accounts.",
        "password: “P1”",
        "Delete the character, or write the plain one; put the text into plain quotes if it is meant.",
        "warning",
    ),
}
