"""Runs tests on mutants, each in a process forked for it.

First in a process that has collected the tests already (``quick``): the code of a function is exchanged, and the tests
run at once. A mutant that lives, or that cannot be put in so, is imported in a fresh process (``thorough``), where the
fault is compiled in place of the file: only what lives there has survived.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import signal
import sys
from itertools import pairwise

import pytest
from operators import Mutant, mutated
from patch import patched

CPU_SECONDS = 300
"""What the tests may take without a fault; with one, a few times what they took."""
WALL_SECONDS = 600
MEMORY = 4 << 30
LIVES, KILLED, UNFIT = 0, 1, 9
WORDS = ("-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist")


class Fault(importlib.abc.MetaPathFinder):
    """Finds one module: the mutated one."""

    def __init__(self, name, path, tree):
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self.name:
            return None
        loader = _Loader(fullname, str(self.path))
        loader.tree = self.tree
        return importlib.util.spec_from_file_location(fullname, self.path, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname):
        return compile(self.tree, self.path, "exec", dont_inherit=True)


class Watch:
    """A pytest plugin: the first test that fails."""

    def __init__(self):
        self.by = ""

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.by = self.by or report.nodeid

    def pytest_collectreport(self, report):
        if report.failed:
            self.by = self.by or f"{report.nodeid} (import)"


class Loop(Watch):
    """A pytest plugin: in place of one run of the tests that were collected, one for each mutant."""

    def __init__(self, tries, jobs, cpu_s, rows):
        super().__init__()
        self.tries, self.jobs, self.cpu_s, self.rows = tries, jobs, cpu_s, rows

    def pytest_runtestloop(self, session):
        for row in forked(self.tries, self.jobs, self.cpu_s, lambda path, mutant: self._tested(session, path, mutant)):
            self.rows.write(json.dumps(row) + "\n")
            self.rows.flush()
        return True

    def _tested(self, session, path, mutant):
        source = path.read_text(encoding="utf-8")
        if mutant and not patched(path, source, mutated(source, mutant)):
            return UNFIT, ""
        for item, following in pairwise([*session.items, None]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.by:
                return KILLED, self.by
        return LIVES, ""


def quick(root, tests, tries, jobs, cpu_s=CPU_SECONDS):
    """A row for each (file, mutant), as they come, from tests that are collected once."""
    out, into = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(out)
        _silent()
        _at(root)
        with os.fdopen(into, "w") as rows:
            pytest.main([*WORDS, *tests], plugins=[Loop(tries, jobs, cpu_s, rows)])
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as rows:
        yield from map(json.loads, rows)
    os.waitpid(pid, 0)


def thorough(root, tests, tries, jobs, cpu_s=CPU_SECONDS):
    """A row for each (file, mutant), as they come, from tests that import the fault."""

    def tested(path, mutant):
        _at(root)
        if mutant:
            name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            tree = mutated(path.read_text(encoding="utf-8"), mutant)
            sys.meta_path.insert(0, Fault(name, path, tree))
            importlib.import_module(name)  # now: pytest's own finder would come before ours
        watch = Watch()
        return int(pytest.main([*WORDS, *tests], plugins=[watch])), watch.by

    yield from forked(tries, jobs, cpu_s, tested)


def forked(tries, jobs, cpu_s, tested):
    """Each (file, mutant) in a process of its own, a few at a time; ``tested`` gives the exit code and who killed."""
    running, waiting = {}, list(tries)[::-1]
    while running or waiting:
        while waiting and len(running) < jobs:
            path, mutant = waiting.pop()
            pid, pipe = _start(path, mutant, cpu_s, tested)
            running[pid] = path, mutant, pipe
        pid, status, usage = os.wait3(0)
        if pid in running:
            path, mutant, pipe = running.pop(pid)
            with os.fdopen(pipe) as told:
                yield _row(path, mutant, os.waitstatus_to_exitcode(status), usage, told.read())


def _start(path, mutant, cpu_s, tested):
    out, into = os.pipe()
    pid = os.fork()
    if pid:
        os.close(into)
        return pid, out
    code = KILLED
    try:
        for limit, value in ((resource.RLIMIT_CPU, cpu_s), (resource.RLIMIT_AS, MEMORY)):
            resource.setrlimit(limit, (value, value))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(WALL_SECONDS)
        _silent()
        code, by = tested(path, mutant)
        os.write(into, by.encode())
    except BaseException as error:  # noqa: BLE001 - whatever the fault does, it is told
        os.write(into, f"{type(error).__name__} (before any test)".encode())
    finally:
        os._exit(code)


def _silent():
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _at(root):
    os.chdir(root)
    sys.path.insert(0, str(root))


def _row(path, mutant, code, usage, by):
    mutant = mutant or Mutant(0, "", "", 0, 0)
    verdict = {LIVES: "survived", UNFIT: "unfit"}.get(code, "killed")
    by = by or ("" if verdict != "killed" else "time or memory" if code < 0 else f"exit {code}")
    seconds = round(usage.ru_utime + usage.ru_stime, 1)
    return {"file": str(path), **mutant._asdict(), "verdict": verdict, "by": by, "cpu_s": seconds}
