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
    "DC180": Code(
        "link or portal of another kind of account",
        "The step expects to be accepted, but its link or portal is not one by which this kind of account logs on in "
        "this way. It will be refused with `wrong-link` or `wrong-portal`.",
        "- {at: session-1 +5m, account: U001, do: logon, with: otp, password: P1, link: Log in}",
        "Write a link or portal that the finding shows, or leave the key out: then the right one is meant. If the "
        "refusal is what you test, expect it: `expect: refused wrong-link`.",
        "warning",
    ),
    "DC181": Code(
        "label that is set nowhere",
        "A step authenticates with this label, or the scenario expects to find it; but no account starts with it, no "
        "step writes it, and no reset sets it. It is probably a misspelling.",
        "- {at: monday +9h, account: U001, do: logon, with: otp, password: P11}",
        "Write the label that was set. If a wrong password is what you test, expect it: `expect: refused "
        "wrong-password`.",
        "warning",
    ),
}
