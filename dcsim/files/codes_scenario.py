"""The codes of findings about what a scenario shares with others or says about itself."""

from __future__ import annotations

from collections.abc import Mapping

from dcsim.files.code import Code

SCENARIO: Mapping[str, Code] = {
    "DC163": Code(
        "unknown open question",
        "The scenario says that it knows a question to be open, but the rulebook has no open question with this id.",
        "opens: [Q99]",
        "Write the id as the rulebook's `open-questions` have it; `dcsim rules lint` lists them.",
    ),
    "DC164": Code(
        "group inside itself",
        "A group names itself, or names a group that names it.",
        "groups: {all: [traders], traders: [all, U001]}",
        "Leave out the member that leads back.",
    ),
    "DC165": Code(
        "contradictory expectations",
        "An account is expected to hold two values of one field at one time: by its own name and by that of a group or "
        "pattern, or by two of these.",
        "monday: {traders: {status: active}, U001: {status: suspended}}",
        "Take the account out of the group, or write what differs only for the accounts that differ.",
    ),
    "DC166": Code(
        "rows of differing columns",
        "A row of a table of values (`foreach`) has a column that the first row lacks, or lacks one that it has.",
        "foreach: [{kind: user}, {kid: da}]",
        "Give every row the same columns; write null where a row has no value.",
    ),
    "DC167": Code(
        "unknown placeholder",
        "No column of the table of values (`foreach`) has the name in a placeholder `${name}`; or a list or a mapping "
        "would stand within a text.",
        "foreach: [{kind: user}]\naccounts: [{id: U001, kind: '${kid}'}]",
        "Write the name of a column. For the text `${name}` itself, write `$${name}`.",
    ),
    "DC168": Code(
        "unknown column",
        "A table of accounts has a column that is no key of an account and no record of the rulebook; or it has no "
        "column `id`.",
        "id,kind,emial",
        "Name the column as the key that is meant. A column whose name begins with `x-` is ignored.",
    ),
    "DC169": Code(
        "files include each other",
        "A file includes itself, perhaps through others.",
        "a.yaml: {include: b.yaml}; b.yaml: {include: a.yaml}",
        "Take what both need into a third file, and include that in both.",
    ),
    "DC170": Code(
        "which row",
        "The file has a table of values (`foreach`), so it holds a scenario for each row, and the command takes one; "
        "or the row that was named is not there.",
        "dcsim check matrix.yaml",
        "Name a row by its number, from 1: `matrix.yaml#2`.",
    ),
    "DC171": Code(
        "placeholder without a table",
        "A placeholder `${name}` stands in a scenario that has no table of values (`foreach`), so it is only text.",
        "accounts: [{id: U001, kind: user, participant: '${member}'}]",
        "Add the table, or write the value.",
        "warning",
    ),
    "DC172": Code(
        "unused column",
        "The scenario has no placeholder for a column of its table of values (`foreach`). Often another name was "
        "meant.",
        "foreach: [{kind: user, link: otp}]",
        "Use the column, remove it, or let its name begin with `x-`.",
        "warning",
    ),
}
