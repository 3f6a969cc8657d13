"""A campaign of fuzzing: what is drawn, how it is split into batches, and the command that repeats it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.fuzzer.draw_faults import possible

BATCH = {"hypothesis": 500, "random": 5000}
"""The number of examples in a batch, for each engine. Memory is freed between batches."""

EXAMPLES = {"hypothesis": 2000, "random": 200_000}
"""How many scenarios each engine draws by default. This takes a few seconds."""

Part = tuple[int, int]
"""A batch to be drawn: its number and its number of examples."""


@attrs.frozen(kw_only=True, eq=False)
class Campaign:
    """What a campaign draws.

    ``names`` are the names of rulebook and runbook in files and commands; the default is their own names. ``shard`` is
    (part, number of parts); the first part is 1. ``time_faults`` are the most faults in time of a scenario, and
    ``fault_kinds`` those of them that are drawn (none: all that are possible).
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
    time_faults: int = 0
    fault_kinds: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of faults in time that are drawn: those that were asked for, else all that are possible."""
        return (self.fault_kinds or possible(self.rulebook, self.runbook)) if self.time_faults else ()

    @property
    def batches(self) -> int:
        """The number of batches of the campaign, over all its shards."""
        # Floor division of the negative rounds up: the last batch may be smaller.
        return -(-self.examples // BATCH[self.engine])

    def parts(self) -> Iterator[Part]:
        """The batches of this campaign's shard. Every nth batch belongs to it, where n is the number of shards."""
        size, (part, parts) = BATCH[self.engine], self.shard
        for number in range(part - 1, self.batches, parts):
            yield number, min(size, self.examples - number * size)

    def number(self, index: int) -> int:
        """The number of a batch, from its place among the batches of this campaign's shard."""
        part, parts = self.shard
        return part - 1 + index * parts

    def command(self, batches: int) -> str:
        """Return the command that draws the same shard of the first ``batches`` batches."""
        examples = min(self.examples, batches * BATCH[self.engine]) or self.examples
        words = ["dcsim", "fuzz", "--rulebook", self.names[0], "--runbook", self.names[1]]
        words += ["--engine", self.engine, "--seed", str(self.seed), "--max-examples", str(examples)]
        words += ["--accounts", str(self.accounts), "--faults", str(self.faults), "--slips", str(self.slips)]
        words += ["--time-faults", str(self.time_faults)] if self.time_faults else []
        words += ["--fault-kinds", ",".join(self.fault_kinds)] if self.fault_kinds else []
        words += ["--shard", "/".join(map(str, self.shard))] if self.shard != (1, 1) else []
        words += [] if self.practices else ["--practices", "off"]
        return shlex.join(words)
