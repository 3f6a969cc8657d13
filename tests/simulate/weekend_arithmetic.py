"""An independent judge of faults in time: when what happens, by arithmetic on spans of time alone.

It knows one weekend: the SEOCH circular under ``snapshot-standby``. Times are seconds since 18:00 on the Saturday. Of
dcsim it uses nothing: tests hold the events of a trace against it.
"""

from math import inf

DRAINS = {"drain": (1800, None), "drain-again": (3600, "open-monday")}
BOTH = ("primary", "secondary")
STEPS = (
    ("open-session-1", 0, ("primary",)),
    ("close-session-1", 7200, ("primary",)),
    ("drain", 7200, BOTH),
    ("resend", 9000, BOTH),
    ("drain-again", 9000, BOTH),
    ("mark", 13500, ("secondary",)),
    ("activate", 13500, ("secondary",)),
    ("open-session-2", 14400, ("secondary",)),
    ("close-session-2", 18000, ("secondary",)),
    ("revert", 19800, ("secondary",)),
    ("open-monday", 108000, ("primary",)),
    ("close-monday", 194400, ("primary",)),
)
"""The steps of the runbook: when each is due, and the sites that it needs."""


def merged(spans):
    """Spans of time (from, until) that overlap or touch, as one."""
    out = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def until_up(spans, at):
    """The first instant, from one on, that lies in no span."""
    before = [end for start, end in spans if start <= at < end]
    return before[0] if before else at


class Weekend:
    """When everything happens: ``down`` are the spans in which a site or the link is down, by its name; ``slow`` are
    (from, until, lag at the beginning, lag at the end).
    """

    def __init__(self, down, slow=(), lag=2):
        self.down = {what: merged(down.get(what, ())) for what in ("link", *BOTH)}
        self.slow, self.own = slow, lag
        self.cut = merged(span for spans in self.down.values() for span in spans)

    def is_down(self, what, at):
        return until_up(self.down[what], at) != at

    def lag(self, at):
        for start, end, first, last in self.slow:
            if start <= at < end:
                return first + (last - first) * (at - start) / (end - start)
        return self.own

    def arrivals(self, sent):
        """When each entry arrives that is sent at one of these instants; what the link loses is sent again."""
        out, before = [], -inf
        for at in sent:
            start = until_up(self.cut, at)
            while start < inf:
                arrives = max(start + self.lag(start), before)
                lost = [end for first, end in self.cut if start < first <= arrives]
                if not lost:
                    break
                start = lost[0]
            before = arrives if start < inf else inf
            out.append(before)
        return out

    def steps(self, arrivals):
        """When the operator takes each step, and the steps that he gives up: (step, when, whether its time was up)."""
        out, now, skip = [], -inf, None
        for name, due, sites in STEPS:
            if skip not in (None, name):
                continue
            skip, now = None, max(now, due)
            if name in DRAINS:
                now, late = self._drained(now, arrivals, DRAINS[name][0])
                skip = DRAINS[name][1] if late else None
            else:
                now, late = self._all_up(now, sites), False
            if now == inf:
                return out
            out.append((name, now, late))
        return out

    def _all_up(self, at, sites):
        spans = merged(span for site in sites for span in self.down[site])
        return until_up(spans, at)

    def _drained(self, start, arrivals, timeout):
        done = self._all_up(max([start, *arrivals]), BOTH)
        return (done, False) if done <= start + timeout else (start + timeout, True)

    def served(self, steps, at):
        """The session and site that serve a client at an instant; None and the primary if no session is open."""
        opened = {"open": None}
        for name, when, _ in steps:
            if when <= at and name.startswith(("open-", "close-")):
                verb, session = name.split("-", 1)
                opened["open"] = session if verb == "open" else None
        session = opened["open"]
        return session, "secondary" if session == "session-2" else "primary"


def outcome(weekend, steps, at):
    """What becomes of a logon by smartcard at an instant. On Monday there is none."""
    session, site = weekend.served(steps, at)
    if weekend.is_down(site, at):
        return "refused site-down"
    return {None: "refused closed", "monday": "refused method-not-offered"}.get(session, "moved")
