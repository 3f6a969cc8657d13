"""The mutation campaign: files that nobody wrote, every command that reads them, and what must hold of each.

python tests/harness/campaign.py --examples 50000 [--seed N]
"""

import json
import shutil
import sys
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

import attrs
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))

from forked import CPU_SECONDS, MEBIBYTES, digests, forked, warm  # noqa: E402
from mutations import garbled, objects, trees  # noqa: E402

SAMPLES = ROOT / "tests" / "files" / "samples"
BUILTIN = ROOT / "dcsim" / "builtin"
CODES = {0, 1, 2, 3}
SHORT = ("--time", "1s", "--memory", "300M")
COMMANDS = {
    "scenario": [
        ("run", "scenario.yaml"),
        ("run", "scenario.yaml"),
        ("run", "--json", "--verbose", "scenario.yaml"),
        ("run", "--trace", "out", "--junit", "out.xml", "scenario.yaml"),
        ("run", "."),
        ("check", "scenario.yaml", "--ops", "0", *SHORT),
        ("check", "scenario.yaml", "--within", "1", *SHORT),
        ("minimize", "scenario.yaml", "--time", "1s", "--out", "out.yaml"),
        ("replay", "scenario.yaml"),
    ],
    "rulebook": [
        ("run", "scenario.yaml"),
        ("rules", "lint", "rulebook.yaml"),
        ("rules", "lint", "--json", "--write-baseline", "out.json", "rulebook.yaml", "seoch-2fa-2023"),
        ("rules", "show", "rulebook.yaml"),
        ("rules", "show", "--all", "--html", "out.html", "rulebook.yaml"),
        ("rules", "diff", "rulebook.yaml", "seoch-2fa-2023"),
        ("check", "--rulebook", "rulebook.yaml", "--runbook", "runbook.yaml", "--ops", "0", *SHORT),
        ("fuzz", "--rulebook", "rulebook.yaml", "--runbook", "runbook.yaml", "--max-examples", "5", "--time", "1s"),
    ],
    "runbook": [
        ("run", "scenario.yaml"),
        ("run", "--verbose", "scenario.yaml"),
        ("check", "--rulebook", "rulebook.yaml", "--runbook", "runbook.yaml", "--ops", "0", *SHORT),
        ("minimize", "scenario.yaml", "--time", "1s"),
    ],
    "trace": [("replay", "run.trace.jsonl")],
    "baseline": [("rules", "lint", "--baseline", "baseline.json", "rulebook.yaml")],
    "manifest": [("replay", "found")],
}
TEXTS = ("scenario", "rulebook", "runbook")


@attrs.frozen
class Case:
    """One file of a folder, as it was changed, and a command that reads it."""

    base: str
    file: str
    content: bytes
    words: tuple[str, ...]


@attrs.frozen
class Bench:
    """Folders of sound files, with what dcsim makes of them; a campaign changes one file at a time."""

    folder: Path
    seen: Counter[int] = attrs.field(factory=Counter)

    def prepare(self):
        """The files."""
        warm()
        shutil.copytree(SAMPLES, self.folder / "samples")
        (self.folder / "circular").mkdir()
        for kind, name in (("rulebook", "seoch-2fa-2023"), ("runbook", "failback-copy")):
            shutil.copy(BUILTIN / f"{kind}s" / f"{name}.yaml", self.folder / "circular" / f"{kind}.yaml")
        text = (ROOT / "scenarios" / "circular" / "footnote-3.yaml").read_text("utf-8")
        text = "".join(line for line in text.splitlines(True) if not line.startswith(("rulebook:", "runbook:")))
        ours = "rulebook: rulebook.yaml\nrunbook: runbook.yaml\n"
        (self.folder / "circular" / "scenario.yaml").write_text(text + ours, "utf-8")
        self._made("circular", "run", "--trace", ".", "scenario.yaml")
        for trace in (self.folder / "circular").glob("*.jsonl"):
            trace.rename(trace.with_name("run.trace.jsonl"))
        self._made("circular", "rules", "lint", "--write-baseline", "baseline.json", "rulebook.yaml")
        fuzz = ("fuzz", "--rulebook", "rulebook.yaml", "--runbook", "runbook.yaml", "--max-examples", "60")
        self._made("circular", *fuzz, "--save", "found")
        return self

    def _made(self, base, *words):
        run = forked(*words, folder=self.folder / base)
        assert run.code in (0, 1), run

    def cases(self):
        """What a campaign draws."""
        yaml_files = [(base, f"{kind}.yaml", kind) for base in ("samples", "circular") for kind in TEXTS]
        others = [("circular", "run.trace.jsonl", "trace"), ("circular", "baseline.json", "baseline")]
        manifests = sorted((self.folder / "circular" / "found").glob("*.json"))
        others += [("circular", f"found/{path.name}", "manifest") for path in manifests[:1]]
        return st.sampled_from([*yaml_files, *yaml_files, *others]).flatmap(lambda row: self._changed(*row))

    def _changed(self, base, file, kind):
        raw = (self.folder / base / file).read_bytes()
        tree = trees(raw.decode("utf-8")) if kind in TEXTS else objects(raw.decode("utf-8"))
        changed = st.one_of(tree.map(lambda text: text.encode("utf-8", "surrogatepass")), garbled(raw))
        return st.builds(Case, st.just(base), st.just(file), changed, st.sampled_from(COMMANDS[kind]))

    def holds(self, case):
        """Run one, and hold its end against what must be so whatever a file says."""
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            folder = Path(place) / "work"
            shutil.copytree(self.folder / case.base, folder)
            (folder / case.file).write_bytes(case.content)
            before = digests(folder)
            run = forked(*case.words, folder=folder)
            self.seen[run.code] += 1
            sound(run, before, digests(folder))


def sound(run, before, after):
    """Ends as it should, in time, with all that was there unchanged."""
    assert run.code in CODES, f"exit code {run.code}: {run.said[-2000:]}"
    assert "Traceback" not in run.said, run.said[-2000:]
    assert run.seconds < CPU_SECONDS, f"{run.seconds:.1f} s"
    assert run.mebibytes < MEBIBYTES, f"{run.mebibytes:.0f} MiB"
    assert {path: after.get(path) for path in before} == before, "a file that was there has changed"
    left = [path.name for path in after if path not in before and path.name.startswith(".")]
    assert not left, f"left behind: {left}"
    assert not raw_in(run.said), f"printed raw: {raw_in(run.said)}"
    if "--json" in run.words and run.code in (0, 1):
        json.loads(run.out)


def raw_in(said):
    """The characters that steer a terminal rather than being shown by it."""
    return {c for c in said if c not in "\n\t" and (unicodedata.category(c) == "Cc" or c in BIDI)}


BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def campaign(examples, number, folder):
    """So many examples; raises at the first that does not hold, made small."""
    bench = Bench(Path(folder)).prepare()

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(case=bench.cases())
    def each(case):
        bench.holds(case)

    each()
    return bench.seen
