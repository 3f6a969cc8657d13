"""A real test day, made up: what a system that runs some runbook writes into its log, and dumps on Monday.

It shares nothing with dcsim: the weekend is drawn here and written as a scenario, `dcsim run --trace` plays it, and
from the trace's lines this program follows the two stores by its own small model. It also damages what it writes: lines
missing or shuffled, clocks off, columns named otherwise, other formats.
"""

import copy
import csv
import json
import random
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

ROOT = Path(__file__).parents[2]
SEOCH = "seoch-2fa-2023"
FIELDS = ("status", "email", "smartcard", "password", "channel", "failures", "locked")
HEAD = ("time", "account", "act", "with", "from", "to", "password", "channel", "user", "record", "value", "outcome")


# -- a weekend -----------------------------------------------------------------------------------------------------


def weekend(seed, users=14):
    """A scenario of the circular's weekend: a user does some of what users do, with values of its own."""
    draw = random.Random(seed)
    accounts = [{"id": "DA1", "kind": "da", "participant": "B1", "email": "registered", "smartcard": "card-DA1"}]
    steps = []
    for n in range(1, users + 1):
        name = f"U{n:03}"
        accounts.append(
            {"id": name, "kind": "user", "participant": "B1", "email": "registered", "smartcard": f"card-{name}"}
        )
        steps += _acts(draw, name, n)
    return {
        "scenario": f"day-{seed}",
        "title": "A day that was drawn",
        "rulebook": SEOCH,
        "runbook": "snapshot-standby",
        "accounts": accounts,
        "steps": [{**step, "expect": "any"} for step in steps],
    }


def _acts(draw, name, n):
    """What one user does: sets up in Session 1 or not, changes this and that, and logs on again."""

    def at(session, minute):
        return f"{session} +{minute}m{n}s"

    password, channel = f"{name}-P1", draw.choice(["email", "sms"])
    if draw.random() < 0.6:
        yield {
            "at": at("session-1", 3),
            "account": name,
            "do": "logon",
            "with": "smartcard",
            "password": f"card-{name}",
        }
    if draw.random() < 0.85:
        yield {
            "at": at("session-1", draw.choice([10, 40, 118])),
            "account": name,
            "do": "initiate-2fa",
            "password": password,
            "channel": channel,
        }
        if draw.random() < 0.3:
            yield {"at": at("session-1", 119), "account": name, "do": "logon", "with": "otp", "password": password}
    now = password
    if draw.random() < 0.7:
        yield {"at": at("session-2", 5), "account": name, "do": "logon", "with": "otp", "password": password}
    if draw.random() < 0.5:
        now = f"{name}-P2"
        yield {
            "at": at("session-2", 10),
            "account": name,
            "do": "change-password",
            "with": "otp",
            "from": password,
            "to": now,
        }
        yield {"at": at("session-2", 15), "account": name, "do": "logon", "with": "otp", "password": now}
    if draw.random() < 0.3:
        yield {
            "at": at("session-2", 20),
            "account": name,
            "do": "change-otp-channel",
            "password": now,
            "channel": "app",
        }
    if draw.random() < 0.2:
        yield {
            "at": at("session-2", 25),
            "account": "DA1",
            "do": draw.choice(["suspend-user", "reset-user"]),
            "user": name,
        }
    for minute, tried in ((540, now), (550, password)):
        if draw.random() < 0.5:
            yield {"at": at("monday", minute), "account": name, "do": "logon", "with": "otp", "password": tried}


def small(rulebook, runbook, accounts, steps):
    """A scenario of another rulebook."""
    return {
        "scenario": f"day-{rulebook}",
        "title": "A day",
        "rulebook": rulebook,
        "runbook": runbook,
        "accounts": accounts,
        "steps": [{**step, "expect": "any"} for step in steps],
    }


# -- the day -------------------------------------------------------------------------------------------------------


class Day:
    """What was done, as rows of a log, and what each account held when the last session opened."""

    def __init__(self, folder, scenario, runbook, at=None):
        self.scenario, self.folder = scenario, folder
        path = folder / "scenario.yaml"
        path.write_text(yaml.safe_dump(scenario, sort_keys=False))
        traces = folder / f"traces-{Path(runbook).stem}"
        words = ["run", str(path), "--runbook", str(runbook), "--trace", str(traces), "-q"]
        run = subprocess.run([sys.executable, "-m", "dcsim", *words], capture_output=True, text=True, check=False)
        assert run.returncode in (0, 1), run.stderr
        head, *events = map(json.loads, next(traces.rglob("*.jsonl")).read_text().splitlines())
        self.path = path
        # Without the open questions, which nothing here needs: some are YAML that not every reader takes.
        self.book = yaml.safe_load(head["sources"]["rulebook"].split("\nopen-questions:")[0])
        steps = yaml.safe_load(head["sources"]["runbook"])
        self.zone = ZoneInfo(self.book["timezone"])
        self.stores = Stores(steps, scenario["accounts"], self.book.get("records", []))
        self.rows, self.held, last = [], None, self.book["sessions"][-1]["name"]
        for event in events:
            self.stores.take(event)
            if event["actor"] == "client":
                self.rows.append(self._row(event))
            if event["actor"] == "operator" and event["action"]["do"] == "Operate":
                step = self.stores.taken
                if step["do"] == "open" and step["session"] == last and event["outcome"] == "moved":
                    self.held = copy.deepcopy(self.stores.held[step["site"]])

    def _row(self, event):
        action = {key.rstrip("_"): value for key, value in event["action"].items()}
        action["act"] = action.pop("do")
        account, user = (event["by"], event["account"]) if event["by"] else (event["account"], "")
        time = datetime.fromtimestamp(event["at"] / 1000, self.zone).replace(tzinfo=None)
        outcome = event["outcome"].replace("moved", "accepted")
        row = {**dict.fromkeys(HEAD, ""), **action, "time": time, "account": account, "user": user, "outcome": outcome}
        return {name: row[name] for name in HEAD}

    def dump(self):
        """One row for each account."""
        fields = (*FIELDS, *self.book.get("records", []))
        return [{"account": name, **{f: held.get(f) for f in fields}} for name, held in self.held.items()]

    def told(self):
        """All that a log and a dump tell, to compare two days."""
        return sorted(map(str, self.rows)), self.dump()


class Stores:
    """The two sites' stores, by a small model: redo goes to a standby, which applies it or keeps it."""

    def __init__(self, runbook, accounts, records):
        self.steps, self.roles = list(runbook["steps"]), dict(runbook["sites"])
        self.linked = runbook.get("link") != "none"
        start = {account["id"]: _start(account, records) for account in accounts}
        self.held = {site: copy.deepcopy(start) for site in self.roles}
        self.points, self.sent, self.kept, self.taken = {}, [], [], None

    def take(self, event):
        """Follow one event."""
        if event["actor"] == "client":
            self._write(event)
        elif event["actor"] == "link":
            self._deliver(event["account"])
        elif event["actor"] == "operator" and event["action"]["do"] == "OperatorError":
            if event["action"]["error"] == "skip":  # after a delay, the step is still to be taken
                self.steps.pop(0)
        elif event["actor"] == "operator":
            self.taken = self.steps.pop(0)
            if event["outcome"] == "moved":
                getattr(self, self.taken["do"].replace("-", "_"), lambda **_: None)(**self.taken)

    def _other(self):
        return next((site for site, role in self.roles.items() if role in ("standby", "snapshot-standby")), None)

    def _write(self, event):
        for change in event["changes"]:
            self.held[change["site"]][event["account"]][change["field"]] = change["after"]["value"]
        if event["changes"]:
            site = event["changes"][0]["site"]
            if self.roles[site] == "primary" and self.linked and self._other():
                self.sent.append((event["account"], {c["field"]: c["after"]["value"] for c in event["changes"]}))

    def _deliver(self, account):
        entry = next((entry for entry in self.sent if entry[0] == account), None)
        if entry is None:
            return
        self.sent.remove(entry)
        if self.roles[self._other()] == "standby":
            self.held[self._other()][account].update(entry[1])
        else:
            self.kept.append(entry)

    def restore_point(self, site, name, **_):
        self.points[site, name] = copy.deepcopy(self.held[site])

    def activate(self, site, **_):
        self.roles[site] = "snapshot-standby"

    def revert(self, site, to, **_):
        self.flashback(site, to)
        self.roles[site] = "standby"
        for account, cells in self.kept:
            self.held[site][account].update(cells)
        self.kept = []

    def flashback(self, site, to, **_):
        self.held[site] = copy.deepcopy(self.points[site, to])

    def copy(self, source, target, fields=(), **_):
        for account, cells in self.held[source].items():
            self.held[target][account].update({f: v for f, v in cells.items() if not fields or f in fields})
        if not fields:
            self.sent, self.kept = [], []

    def switch(self, **_):
        primary = next(site for site, role in self.roles.items() if role == "primary")
        other = self._other()
        self.roles |= {primary: "standby", other: "primary"}

    def fail_over(self, **_):
        self.sent = []
        self.switch()

    def reset(self, site, fields, to=None, accounts=(), **_):
        for cells in self.held[site].values():
            cells.update(dict.fromkeys(fields, to))


def _start(account, records):
    two_factor = account.get("two-factor", {})
    return {
        "status": account.get("status", "active"),
        "email": account.get("email") == "registered",
        "smartcard": account.get("smartcard"),
        "password": two_factor.get("password"),
        "channel": two_factor.get("channel"),
        "failures": 0,
        "locked": False,
        **{name: account.get("records", {}).get(name) for name in records},
    }


# -- files ---------------------------------------------------------------------------------------------------------


def write(path, rows):
    """Rows as CSV, JSON Lines or Parquet, by the suffix."""
    rows = [{name: str(v) if isinstance(v, datetime) else v for name, v in row.items()} for row in rows]
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        text = [{name: None if v is None else str(v) for name, v in row.items()} for row in rows]
        pq.write_table(pa.Table.from_pylist(text), path)
    else:
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return path


def later(rows, by):
    """Rows by a clock that is so many seconds ahead."""
    return [{**row, "time": row["time"] + timedelta(seconds=by)} for row in rows]


def renamed(rows, names):
    """Rows whose columns have other names; a column without one is left out."""
    return [{new: row[old] for old, new in names.items()} for row in rows]


def bare(day):
    """The scenario as a tester has it: the accounts, with a label for what they hold, and nothing that they did."""
    accounts = [{**account, "smartcard": "friday"} for account in day.scenario["accounts"]]
    path = day.folder / "bare.yaml"
    path.write_text(yaml.safe_dump({**day.scenario, "accounts": accounts, "steps": []}, sort_keys=False))
    return path
