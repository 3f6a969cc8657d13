"""Figures computed from the states of a run, before and after each event, as its ITF file has them. Plain and slow.

Nothing here is shared with the package's figures. What the rules permit is found by brute force, by the judge of
soundness: each way to answer the questions that the rules leave open is tried.
"""

from itertools import chain, combinations

from judge import Change, Reading, ruling, same

from dcsim.domain.moment import epoch
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.itf import history


class States:
    """A run as states, with the commits between them."""

    def __init__(self, model, scenario, trace):
        self.book, self.events = model.rulebook, trace.events
        self.states = history(model, scenario, trace)
        self.kinds = {}
        for account in scenario.accounts:
            self.kinds[account.id] = account.profile.kind
        for population in scenario.populations:
            for number in range(1, population.count + 1):
                self.kinds[population.name(number)] = population.like.profile.kind
        self.births = list(self._births())
        self.down = list(self._down())

    def _births(self):
        """For each state and account: when each entry of its redo was committed (None: a copy of another entry)."""
        births = {name: [] for name in self.kinds}
        yield births
        for event, before, after in zip(self.events, self.states, self.states[1:], strict=False):
            births = dict(births)
            for name, entries in after["redo"].items():
                if entries != before["redo"][name]:
                    births[name] = self._aligned(event, before["redo"][name], entries, births[name])
            yield births

    @staticmethod
    def _aligned(event, before, after, born):
        """The entries that are left keep their order, so they are found from the end; what is new stands last."""
        left, out = list(zip(before, born, strict=True)), []
        for entry in reversed(after):
            match = None
            for place in range(len(left) - 1, -1, -1):
                old = left[place][0]
                if old["cells"] == entry["cells"] and (old["held"] == "again") == (entry["held"] == "again"):
                    match = place
                    break
            if match is None:
                out.insert(0, None if entry["held"] == "again" else event.at)
            else:
                out.insert(0, left[match][1])
                del left[match:]
        return out

    def _down(self):
        """What is down in each state."""
        down = set()
        yield set(down)
        for event in self.events:
            kind = type(event.action).__name__
            if kind in ("Down", "Up"):
                (down.add if kind == "Down" else down.discard)(event.action.what)
            yield set(down)

    def open(self, number):
        """The sessions that are open at a site that is up."""
        return {(s, site) for s, site in self.states[number]["open"] if site not in self.down[number]}

    def window(self, session):
        found = self.book.by_name[session]
        return epoch(found.opens, self.book), epoch(found.closes, self.book)

    def sessions(self):
        return sorted(self.book.by_name, key=lambda name: self.book.by_name[name].opens)

    def served(self, number):
        """The sessions that are open at a site that is up, and whose windows have begun."""
        order, now = self.book.timeline.index, self.states[number]["interval"]
        return {(s, site) for s, site in self.open(number) if order(now) >= order(s)}

    def servings(self):
        """(number of the state, session, site) of each time that a site begins to serve a session in its window."""
        for number, state in enumerate(self.states):
            before = self.served(number - 1) if number else set()
            for session, site in sorted(self.served(number) - before):
                if state["now"] < self.window(session)[1]:
                    yield number, session, site

    # -- time -----------------------------------------------------------------------------------------------------

    def stretches(self, session):
        """(from, to, whether the session is open anywhere)."""
        times = [state["now"] for state in self.states]
        for number in range(len(self.states)):
            start = times[number] if number else float("-inf")
            end = times[number + 1] if number + 1 < len(times) else float("inf")
            yield start, end, any(name == session for name, _ in self.open(number))

    def rto(self, session):
        opens, closes = self.window(session)
        inside = [(max(start, opens), min(end, closes)) for start, end, up in self.stretches(session) if up]
        starts = [start for start, end in inside if end > start]
        return min(starts) - opens if starts else None

    def downtime(self, session):
        opens, closes = self.window(session)
        down = 0
        for start, end, up in self.stretches(session):
            if not up:
                down += max(0, min(end, closes) - max(start, opens))
        return down

    # -- redo -----------------------------------------------------------------------------------------------------

    def unapplied(self, number, held=("sent", "late", "lost", "received")):
        """When each redo entry of a state was committed that is held so."""
        state, births = self.states[number], self.births[number]
        return [
            born
            for name, entries in state["redo"].items()
            for entry, born in zip(entries, births[name], strict=True)
            if entry["held"] in held
        ]

    def lag(self, number, *held):
        at = self.states[number]["now"]
        return max((at - born for born in self.unapplied(number, held)), default=0)

    def lacking(self, number, site):
        """When each redo entry was committed that a site lacks, or that a fail-over gave up since it last mattered."""
        state = self.states[number]
        behind = dict(state["roles"])[site] in ("standby", "snapshot-standby")
        return self.unapplied(number) if behind else []

    # -- rules ----------------------------------------------------------------------------------------------------

    def made(self, number):
        """The changes of each account until a state: (instant, kind, origin, field, value)."""
        made = {name: [] for name in self.kinds}
        for event in self.events[:number]:
            for change in event.changes:
                origin = change.after.origin
                made[event.account].append((event.at, change.kind, origin, change.field, change.after.value))
        return made

    def readings(self, name, session, made):
        """What each field may hold under each reading."""
        start = {field: cell["value"] for field, cell in self.first(name).items()}
        asked = sorted(
            {(kind, origin) for _, kind, origin, _, _ in made if origin != session}
            - {(k, o) for _, k, o, _, _ in made if ruling(self.book, self.kinds[name], k, o, session)}
        )
        changes = tuple(Change(kind, origin, ((field, value),)) for _, kind, origin, field, value in made)
        for kept in chain.from_iterable(combinations(asked, size) for size in range(len(asked) + 1)):
            reading = Reading(self.book, self.kinds[name], session, start, frozenset(kept))
            yield {field: reading.field(field, changes) for field in start}

    def first(self, name):
        return next(iter(self.states[0]["stores"][name].values()))

    def judged(self, number, session, site):
        """The accounts that are wrong, and the instants of the changes that are lost."""
        stale, lost = set(), []
        state, made = self.states[number], self.made(number)
        for name in self.kinds:
            held = state["stores"][name][site]
            readings = list(self.readings(name, session, made[name]))
            fits = [{f for f in held if any(same(v, held[f]["value"]) for v in r[f].values)} for r in readings]
            if any(len(fit) == len(held) for fit in fits):
                continue
            stale.add(name)
            for field in held:
                if not any(field in fit for fit in fits):
                    lost += self._lost(name, field, held[field], session, readings, made[name])
        return stale, lost

    def _lost(self, name, field, held, session, readings, made):
        asked = [reading[field] for reading in readings]
        by_change = all(one.top and (one.rule is None or one.rule.fate == "carry") for one in asked if one.values)
        if not by_change or not any(one.values for one in asked):
            return []
        carried = []
        for at, kind, origin, written, value in made:
            rule = ruling(self.book, self.kinds[name], kind, origin, session)
            if written == field and (origin == session or (rule and rule.fate == "carry")):
                carried.append((at, {"value": value, "origin": origin}))
        while carried and carried[-1][1] != held:
            carried.pop()
        kept = len(carried)
        every = [
            at
            for at, kind, origin, written, _ in made
            if written == field and self._counts(name, kind, origin, session)
        ]
        return every[kept:]

    def _counts(self, name, kind, origin, session):
        rule = ruling(self.book, self.kinds[name], kind, origin, session)
        return origin == session or (rule is not None and rule.fate == "carry")


def by_states(case):
    """Every figure that states can tell, by name."""
    model = Model(case.rulebook, case.runbook, case.scenario.policies)
    trace = simulate(model, case.scenario, tracing=True)
    states = States(model, case.scenario, trace)
    told, stale = {}, set()
    for session in states.sessions():
        told[f"rto.{session}"] = states.rto(session)
        told[f"downtime.{session}"] = states.downtime(session)
        planned = states.window(session)[0]
        here = [serving for serving in states.servings() if serving[1] == session]
        judged = [states.judged(number, session, site) for number, _, site in here]
        stale |= {name for wrong, _ in judged for name in wrong}
        ages = [max([0, *(planned - at for at in lost)]) for _, lost in judged]
        told[f"stale-accounts.{session}"] = max((len(wrong) for wrong, _ in judged), default=None)
        told[f"rpo.{session}"] = max((len(lost) for _, lost in judged), default=None)
        told[f"rpo-age.{session}"] = max(ages, default=None)
        lags = [states.lag(number, "sent", "late", "lost") for number, *_ in here]
        told[f"transport-lag.{session}"] = max(lags, default=None)
        lags = [states.lag(number, "sent", "late", "lost", "received") for number, *_ in here]
        told[f"apply-lag.{session}"] = max(lags, default=None)
        if not any("fail-over" in str(step.verb) for step in case.runbook.steps):
            lacking = [states.lacking(number, site) for number, _, site in here]
            told[f"rpo-physical.{session}"] = max(map(len, lacking), default=None)
            ages = [max([0, *(planned - at for at in born)]) for born in lacking]
            told[f"rpo-physical-age.{session}"] = max(ages, default=None)
    if all(told[f"stale-accounts.{session}"] is not None for session in states.sessions()):
        told["stale-accounts"] = len(stale)
    return told
