"""Dask's scheduler and workers as processes of their own, as a user starts them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import dcsim

HERE = Path(__file__).parent
WITHOUT_DCSIM = """
import sys
class Missing:
    def find_spec(self, name, *_):
        if name.split(".")[0] == "dcsim":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from distributed.cli.dask_worker import main
main()
"""


class DaskProcesses:
    """A scheduler, and workers that come and go."""

    def __init__(self, folder, beside=(HERE,)):
        self.folder, self.beside, self.workers, self.started = folder, beside, [], 0
        file = folder / "scheduler.json"
        words = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        self.scheduler = self._start([*words, "--scheduler-file", str(file)], "scheduler.log")
        until(lambda: file.exists() and file.read_text().strip().endswith("}"))
        self.address = json.loads(file.read_text())["address"]

    def worker(self, python=("-m", "distributed.cli.dask_worker")):
        """Start a worker, and wait until the scheduler knows it."""
        self.started += 1
        log = f"worker-{self.started}.log"
        words = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(self.folder)]
        self.workers.append(self._start([*python, self.address, *words], log))
        until(lambda: "Registered to" in (self.folder / log).read_text())
        return self.workers[-1]

    def complete(self, number):
        """Have so many workers, all of them alive."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        for _ in range(number - len(self.workers)):
            self.worker()

    def end(self):
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _start(self, words, log):
        # The processes run elsewhere, and the dcsim that is tested.
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*self.beside, Path(dcsim.__file__).parents[1])))}
        with (self.folder / log).open("w") as out:
            return subprocess.Popen([sys.executable, *words], stdout=out, stderr=out, env=env, cwd=self.folder)


def until(true, seconds=60.0):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not so within {seconds} s"
        time.sleep(0.05)
