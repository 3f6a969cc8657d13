"""dcsim in a child that is forked from this process, which has imported it: a hundred times as fast as a new one."""

import os
import resource
import signal
import sys
import tempfile
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path

import attrs

from dcsim.cli.lazy_group import COMMANDS
from dcsim.cli.main import main

CPU_SECONDS, MEBIBYTES, PATIENCE = 5, 500, 60
"""Most for one command: seconds of the processor, memory; and seconds of the clock, on a machine that is busy."""

FRESH = 100
"""The mebibytes that a process takes which has imported dcsim and done nothing yet."""


@attrs.frozen
class Run:
    """How a command ended. ``code`` is negative for a signal."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str
    seconds: float
    mebibytes: float

    @property
    def said(self):
        """All that it printed."""
        return self.out + self.err


def warm():
    """Import what the commands import when they are first called."""
    for name in COMMANDS:
        import_module(f"dcsim.cli.{name}")
    for name in ("lint", "diff", "mutate", "show"):
        import_module(f"dcsim.cli.rules_{name}")
    for name in ("array_engine", "interned"):
        import_module(f"dcsim.checker.explorers.{name}")


def forked(*words, folder, largest_file=None):
    """Run a command in a folder. Takes more time or memory than it may: an AssertionError."""
    words = tuple(map(str, words))
    with _sink(largest_file) as out, _sink(largest_file) as err:
        held = _held()
        child = os.fork()
        if not child:
            _become(words, folder, (out, err), largest_file)
        _, status, used = os.wait4(child, 0)
        texts = [_read(file) for file in (out, err)]
    # The child begins with all that this process holds, which is more after many other tests.
    seconds, mebibytes = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024 - max(0, held - FRESH)
    return Run(words, os.waitstatus_to_exitcode(status), *texts, seconds, mebibytes)


def _held():
    """The mebibytes that this process holds now; where the system does not tell, none."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / (1 << 20)
    except OSError:
        return 0


def _sink(largest_file):
    """Where a command prints to; not to a file where those are cut off, but to what is in memory like a terminal."""
    return tempfile.TemporaryFile() if largest_file is None else _Pipe()


class _Pipe:
    """A pipe that holds all that a short command says."""

    def __init__(self):
        self.ends = os.pipe()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.ends[0])

    def fileno(self):
        return self.ends[1]

    def read(self):
        os.close(self.ends[1])
        return os.read(self.ends[0], 1 << 16)


def _read(file):
    if not isinstance(file, _Pipe):
        file.seek(0)
    return file.read().decode("utf-8")


def _become(words, folder, files, largest_file):
    """Never comes back."""
    code = 99
    try:
        os.chdir(folder)
        resource.setrlimit(resource.RLIMIT_CPU, (2 * CPU_SECONDS, 2 * CPU_SECONDS))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(PATIENCE)
        if largest_file is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
        for number, file in enumerate(files, start=1):
            os.dup2(file.fileno(), number)
        sys.stdout = TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8")  # noqa: SIM115
        sys.stderr = TextIOWrapper(open(2, "wb", closefd=False), encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
        sys.argv = ["dcsim", *words]
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 98
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                code = 97
        os._exit(code)


def digests(folder):
    """Every file in a folder, hidden ones too, with its bytes."""
    return {path: path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()}
