"""The codes of findings about packs for a change board."""

from __future__ import annotations

from collections.abc import Mapping

from dcsim.files.code import Code

PACKS: Mapping[str, Code] = {
    "DC220": Code(
        "no pack",
        "The folder holds no pack: there is no `manifest.json` that `dcsim audit` wrote, there or in a folder of it.",
        "dcsim audit notes --verify",
        "Give a folder that `dcsim audit` wrote, or a folder of such folders.",
    ),
    "DC221": Code(
        "damaged pack",
        "A file of a pack is missing or was changed since, or another file was put beside them. Nothing can be relied "
        "on that such a pack says.",
        "a word changed in pack.md",
        "Make the pack once more from its inputs, or get it again from where it is kept.",
    ),
}
