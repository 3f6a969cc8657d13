"""Walks by chance, for the tests of this folder: each number picks one of what a page offers."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from dcsim.files.load_books import load_runbook
from dcsim.files.write import write_runbook
from dcsim.usecases.check import Who
from dcsim.usecases.explore.begin import begin
from dcsim.usecases.explore.gather import view

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "scenarios" / "runbooks"
PAIRS = tuple(
    tuple(map(str, pair))
    for pair in (
        ("seoch-2fa-2023", "snapshot-standby"),
        ("seoch-2fa-2023", "failback-copy"),
        ("seoch-2fa-2023", RUNBOOKS / "blind-apply.yaml"),
        ("seoch-2fa-2023", RUNBOOKS / "forced-fail-over.yaml"),
        ("asx-24-bcp-2025", "roll-back"),
        ("eurex-t7-dr-2019", RUNBOOKS / "dr-copied-back.yaml"),
        ("mcx-launch-2023", "mocks-to-live"),
        (ROOT / "scenarios/rulebooks/harbour-rehearsal-2025.yaml", RUNBOOKS / "rehearse-and-clear.yaml"),
    )
)

LINKS = ("{lag: 0s}", "{lag: 1ms}", "{lag: 20m}", "{lag: 1s, jitter: 40m}", "{lag: 0s, apply: blind}")
"""Links that are faster than any act, slower than the gap between two steps."""


@cache
def begun(pair):
    rulebook, *runbooks = pair
    return begin(None, rulebook, tuple(map(with_link, runbooks)), Who())


def with_link(runbook):
    """A runbook's file; of one that is called ``link LINK``, the built-in one with that link."""
    if not runbook.startswith("link "):
        return runbook
    book = load_runbook("snapshot-standby").value
    lines = write_runbook(book).splitlines()
    lines = [f"link: {runbook.removeprefix('link ')}" if line.startswith("link:") else line for line in lines]
    file = Path(mkdtemp()) / "link.yaml"
    file.write_text("\n".join(lines) + "\n")
    return str(file)


def offers(shown):
    """All that can be chosen on a page, by sort: so that a random walk has some of each."""
    acts = [offer for who in shown.acts for offer in (*who.accepted, *who.refused)]
    slips = [slip for world in shown.worlds for step in world.plan[:3] for slip in step.slips]
    sorts = [list(shown.time), *([] if shown.waits else [acts]), list(shown.faults), slips]
    return [[offer for offer in sort if offer.word] for sort in sorts]


def chosen(shown, number):
    """The offer that a number picks; None where nothing is left."""
    sorts = [sort for sort in offers(shown) if sort]
    if not sorts:
        return None
    # Time goes on most often; else every walk would end before the first session opens.
    number, which = divmod(number, 2 * len(sorts))
    sort = sorts[which] if which < len(sorts) else sorts[0]
    return sort[number % len(sort)]


def steps_of(walk, numbers):
    """A path by chance: each page, and what was chosen on it."""
    path, pages = (), []
    for number in numbers:
        shown = view(walk, path)
        offer = chosen(shown, number)
        if offer is None:
            break
        pages.append((shown, offer))
        path = (*path, offer.word)
    return path, pages
