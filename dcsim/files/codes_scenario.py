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
}
