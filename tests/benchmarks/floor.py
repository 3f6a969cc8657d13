"""The floor: the same weekend as a hand-written, minimal SimPy program on plain dicts, with no rules and no invariants.

N accounts initiate 2FA in Session 1, log on in Session 2 and on Monday; changes travel through a delayed log; the
discarded secondary is thrown away; the end state is checked. Usage: python floor.py N
"""

import sys

import simpy

LAG = 2000
HOUR = 3_600_000


def weekend(n):
    env = simpy.Environment()
    primary = {f"U{i}": {"email": True, "smartcard": "friday", "password": None, "channel": None} for i in range(n)}
    secondary = {name: dict(record) for name, record in primary.items()}
    log = []
    ok = [0]

    def clients(steps):
        for at, name, act, store in steps:
            if at > env.now:
                yield env.timeout(at - env.now)
            record = store[name]
            if act == "initiate":
                if record["email"] and record["password"] is None:
                    change = {"password": "P1", "channel": "email"}
                    record.update(change)
                    log.append((env.now + LAG, name, change))
            elif record["password"] == "P1" and record["channel"]:
                ok[0] += 1

    def link():
        done = 0
        while True:
            while done < len(log):
                due, name, change = log[done]
                if due > env.now:
                    yield env.timeout(due - env.now)
                secondary[name].update(change)
                done += 1
            yield env.timeout(LAG)
            if env.now > 2 * HOUR + LAG and done == len(log):
                return

    gap = 7_000_000 // n or 1
    late = 3_500_000 // n or 1
    steps = [(60_000 + i * gap, name, "initiate", primary) for i, name in enumerate(primary)]
    steps += [(4 * HOUR + 60_000 + i * late, name, "logon", secondary) for i, name in enumerate(primary)]
    steps += [(30 * HOUR + i * gap, name, "logon", primary) for i, name in enumerate(primary)]
    steps.sort(key=lambda step: step[0])
    env.process(clients(steps))
    env.process(link())
    env.run()
    assert ok[0] == 2 * n
    assert all(r["password"] == "P1" and r["channel"] == "email" for r in primary.values())


if __name__ == "__main__":
    weekend(int(sys.argv[1]))
