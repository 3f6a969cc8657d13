"""Names for the files of a pack, made of names in users' files."""

from __future__ import annotations

from itertools import chain, count

import attrs

from dcsim.files.file_name import file_name


@attrs.define
class FileNames:
    """The names that were given in a folder of the pack. None is given twice, even where case is ignored."""

    folder: str
    taken: set[str] = attrs.field(factory=set)

    def take(self, name: str, suffix: str) -> str:
        """Return a free name that reads like ``name``, with the folder before it."""
        stem = file_name(name, "unnamed")
        stems = chain([stem], (f"{stem}-{number}" for number in count(2)))
        fresh = next(one for one in stems if one.casefold() not in self.taken)
        self.taken.add(fresh.casefold())
        return f"{self.folder}/{fresh}{suffix}"
