"""A campaign of fuzzing: what is drawn, how it is split into batches, and the command that draws it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook

BATCH = {"hypothesis": 500, "random": 5000}
"""Examples of a batch, for each engine. Memory is given back between batches."""

EXAMPLES = {"hypothesis": 2000, "random": 200_000}
"""Scenarios drawn where nothing else is said: a few seconds' work of each engine."""

Part = tuple[int, int]
"""A batch to be drawn: its number, and how many examples it has."""


@attrs.frozen(kw_only=True, eq=False)
class Campaign:
    """What a campaign draws. ``names`` are those by which files and commands call the rulebook and the runbook; by
    default their own. ``shard`` is (part, of how many parts), the first part is 1.
    """

    rulebook: Rulebook
    runbook: Runbook
    names: tuple[str, str] = attrs.field(
        default=attrs.Factory(lambda self: (self.rulebook.rulebook, self.runbook.runbook), takes_self=True)
    )
    engine: str = "hypothesis"
    seed: int = 0
    examples: int = 2000
    accounts: int = 2
    faults: int = 0
    slips: int = 0
    shard: tuple[int, int] = (1, 1)
    practices: bool = True

    @property
    def batches(self) -> int:
        """How many batches the campaign has, in all of its shards."""
        return -(-self.examples // BATCH[self.engine])

    def parts(self) -> Iterator[Part]:
        """The batches of this campaign's shard."""
        size, (part, parts) = BATCH[self.engine], self.shard
        for number in range(part - 1, self.batches, parts):
            yield number, min(size, self.examples - number * size)

    def command(self, batches: int) -> str:
        """The command that draws the first so many batches, of them those of this shard."""
        examples = min(self.examples, batches * BATCH[self.engine]) or self.examples
        words = ["dcsim", "fuzz", "--rulebook", self.names[0], "--runbook", self.names[1]]
        words += ["--engine", self.engine, "--seed", str(self.seed), "--max-examples", str(examples)]
        words += ["--accounts", str(self.accounts), "--faults", str(self.faults), "--slips", str(self.slips)]
        words += ["--shard", "/".join(map(str, self.shard))] if self.shard != (1, 1) else []
        words += [] if self.practices else ["--practices", "off"]
        return shlex.join(words)
