"""Makes faults and slips from their words, such as ``skip mark``."""

from dcsim.checker.explorers.protocol import Occurrence


def mishap(words):
    name, detail = words.split(" ", 1)
    return Occurrence("fault" if name in ("link", "crash") else "slip", name, detail)


def mishaps(*words):
    return tuple(map(mishap, words))
