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
}
