"""`dcsim replay` of a page: the traces that it carries are verified, and what is no whole page is told."""

import json
from pathlib import Path

import pytest

from dcsim.files.load import load_scenario
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.embedded import embed, extract, trace_id
from dcsim.trace.jsonl import TraceError, dump

ROOT = Path(__file__).parents[2] / "scenarios"
FILES = (ROOT / "circular" / "footnote-3.yaml", ROOT / "failure-modes" / "m14-lost-update.yaml")
HOSTILE = '</script><script>alert(1)</script> & <!-- \u2028 \u2029 \u202e ]]> &lt; \\u003c "dcsim-trace"'
PAGE = """<!DOCTYPE html>
<html lang="en">
<head><title>A page</title></head>
<body>
<p>Some text, and a <code>&lt;script id="dcsim-trace"&gt;</code> in words.</p>
{scripts}
<script>var found = document.getElementById("dcsim-trace");</script>
</body>
</html>
"""


def text_of(path, title=None):
    case = load_scenario(path)
    trace = simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario, tracing=True)
    texts = case.texts if title is None else {**case.texts, "scenario": retitled(case.texts["scenario"], title)}
    return "".join(dump(texts, 0, trace))


def retitled(text, title):
    """The scenario with another title, which no digest of an event depends on."""
    lines = [f"title: {json.dumps(title)}" if line.startswith("title:") else line for line in text.splitlines()]
    return "\n".join(lines) + "\n"


def page_of(*texts):
    scripts = (
        f'<script type="application/json" id="{trace_id(number)}">\n{embed(text)}\n</script>'
        for number, text in enumerate(texts, start=1)
    )
    return PAGE.replace("{scripts}", "\n".join(scripts))


@pytest.fixture(scope="module")
def texts():
    return [text_of(path) for path in FILES]


@pytest.fixture
def check(dcsim, tmp_path):
    def call(page, name="report.html"):
        (tmp_path / name).write_bytes(page.encode())
        return dcsim("replay", tmp_path / name)

    return call


def test_a_page_replays_as_recorded(texts, check):
    """One trace, or several, each under its own name."""
    code, out, _ = check(page_of(texts[0]))
    assert (code, out.count("all as recorded"), "#" in out) == (0, 1, False)
    code, out, _ = check(page_of(*texts), "REPORT.HTM")
    assert (code, out.count("all as recorded")) == (0, 2)
    assert "REPORT.HTM#dcsim-trace:" in out
    assert "REPORT.HTM#dcsim-trace-2:" in out


@pytest.mark.parametrize("title", [HOSTILE, "x" * 10_000, "a < b & c > d"])
def test_what_is_embedded_is_extracted(title, check):
    """Whatever it holds, every value of every line is the same, and nothing of it ends the script."""
    text = text_of(FILES[0], title)
    page = page_of(text)
    assert page.count("</script>") == 2
    (found,) = extract(page)
    assert [json.loads(line) for line in found.text.splitlines()] == [json.loads(line) for line in text.splitlines()]
    assert check(page)[0] == 0


def test_the_content_of_the_script_is_json(texts):
    """An array of the header and the events, so that a script of the page can read it."""
    data = json.loads(embed(texts[0]))
    assert data == [json.loads(line) for line in texts[0].splitlines()]


def test_lines_that_were_ended_another_way_are_read(texts, check):
    """As mail and version control end them."""
    assert check(page_of(texts[0]).replace("\n", "\r\n"))[0] == 0


def test_a_page_whose_trace_was_edited_differs(texts, check):
    """At the line of the page that was edited; the other traces are replayed all the same."""
    page = page_of(*texts)
    edited = page.replace('"value":"P2"', '"value":"P9"', 1)
    line = next(n for n, (a, b) in enumerate(zip(page.split("\n"), edited.split("\n"), strict=True), 1) if a != b)
    code, out, _ = check(edited)
    assert (code, out.count("all as recorded")) == (1, 1)
    assert f"report.html:{line}: event" in out


def test_a_source_that_was_edited_differs(texts, check):
    """The header holds the digests of the sources."""
    page = page_of(texts[0]).replace("A user's password changed", "A user's passphrase changed")
    code, out, _ = check(page)
    assert (code, "digest of its scenario differs" in out) == (1, True), out


def test_events_that_are_gone_are_missed(texts, check):
    """The header counts them."""
    lines = page_of(texts[0]).split("\n")
    last = next(n for n, line in enumerate(lines) if line == "]") - 1
    code, out, _ = check("\n".join([*lines[: last - 1], lines[last - 1].removesuffix(","), *lines[last + 1 :]]))
    assert (code, "cut short" in out) == (1, True), out


FAULTS = {
    "no trace": (lambda page: PAGE.replace("{scripts}", ""), "the page carries no trace"),
    "no page": (lambda page: "", "cut short"),
    "cut in the trace": (lambda page: page[: len(page) // 2], "its trace 'dcsim-trace' does not end"),
    "cut after the trace": (lambda page: page[: page.rindex("<script>")], "it does not end in </html>"),
    "a trace twice": (lambda page: page.replace("</body>", page.split("</p>")[1]), "two traces 'dcsim-trace'"),
    "no array": (lambda page: page.replace("[\n{", "{", 1), "no array with one line for each event"),
    "an empty trace": (lambda page: page_of("").replace("[\n\n]", ""), "no array with one line"),
    "a line that is no event": (lambda page: page.replace('{"n":3,', '{"n":3,,', 1), "not JSON"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_page_with_no_whole_trace_is_told(name, texts, check):
    """A finding with its line, exit code 2."""
    change, words = FAULTS[name]
    code, out, err = check(change(page_of(texts[0])))
    assert (code, err.startswith("DC118")) == (2, True), out + err
    assert words in err


def test_a_fault_of_an_event_has_the_line_of_the_page(texts, check, tmp_path):
    """And not that of the trace within."""
    page = page_of(texts[0]).replace('{"n":3,"at":', '{"n":3,"at":"x","an":', 1)
    line = next(n for n, each in enumerate(page.split("\n"), 1) if '"at":"x"' in each)
    _, _, err = check(page)
    assert err.startswith(f"DC118 {tmp_path / 'report.html'}:{line}:")


@pytest.mark.parametrize("cut", range(1, 40))
def test_no_part_of_a_page_passes_for_a_page(cut, texts):
    """However much of its end is missing, to the last sign that counts."""
    page = page_of(*texts).rstrip()
    with pytest.raises(TraceError, match="cut short"):
        extract(page[: len(page) * cut // 40 if cut < 39 else -1])


def test_a_folder_is_replayed_with_its_pages(texts, tmp_path, dcsim):
    """Traces and pages that carry some; pages that carry none are passed over."""
    (tmp_path / "a.trace.jsonl").write_text(texts[0])
    (tmp_path / "b.html").write_text(page_of(*texts))
    (tmp_path / "index.html").write_text("<html><body>A table of contents</body></html>")
    code, out, err = dcsim("replay", tmp_path)
    assert (code, out.count("all as recorded"), err) == (0, 3, "")


def test_a_page_of_a_folder_that_was_cut_short_is_told(texts, tmp_path, dcsim):
    """It is not passed over, since it names a trace."""
    (tmp_path / "a.html").write_text(page_of(texts[0])[:-60])
    (tmp_path / "b.html").write_text(page_of(texts[1]))
    code, out, err = dcsim("replay", tmp_path)
    assert (code, out.count("all as recorded"), err.count("DC118")) == (2, 1, 1)


def test_pages_beside_scenarios_are_not_replayed(texts, tmp_path, dcsim):
    """A folder with scenarios is one of findings: these are run again, with the traces beside them."""
    (tmp_path / "a.html").write_text(page_of(texts[0]))
    (tmp_path / "a.yaml").write_text(FILES[0].read_text())
    code, out, _ = dcsim("replay", tmp_path)
    assert (code, out.startswith("FIXED")) == (0, True), out


def test_the_traces_of_a_folder_are_replayed_beside_other_formats_of_runs(dcsim, tmp_path):
    """What dcsim writes of a run for other programs is JSON, but no list of findings."""
    folder = tmp_path / "out"
    forms = [word for form in ("--trace", "--itf", "--perfetto") for word in (form, folder)]
    assert dcsim("run", *FILES, *forms)[0] == 0
    assert len(list(folder.iterdir())) == 6
    code, out, err = dcsim("replay", folder)
    assert (code, out.count("all as recorded"), err) == (0, 2, "")


def test_a_long_trace_is_compressed_and_replays(texts, check, monkeypatch):
    """The page is a fraction of it, the same every time; the trace comes out as it went in, and edits are found."""
    monkeypatch.setattr("dcsim.trace.embedded.MOST_PLAIN", 1000)
    page = page_of(texts[0])
    assert page == page_of(texts[0])
    assert len(page) < len(texts[0]) / 2
    assert json.loads(embed(texts[0]))[0] == "gzip"
    assert extract(page)[0].text == texts[0]
    assert check(page)[0] == 0
    edited = page_of(texts[0].replace('"value":"P2"', '"value":"P9"', 1))
    assert check(edited)[0] == 1


@pytest.mark.parametrize("spoil", [lambda part: part[1:], lambda part: part[:-40], lambda part: "!" + part[1:]])
def test_a_compressed_trace_that_is_damaged_is_told(spoil, texts, check, monkeypatch):
    """Whatever is cut or changed in it, it is a finding about the page, and no traceback."""
    monkeypatch.setattr("dcsim.trace.embedded.MOST_PLAIN", 1000)
    packed = embed(texts[0]).split("\n")[2]
    page = page_of(texts[0]).replace(packed, f'"{spoil(packed.strip(chr(34)))}"')
    code, _, told = check(page)
    assert code == 2
    assert "DC118" in told
    assert "damaged" in told or "array" in told


def test_a_trace_that_would_fill_the_memory_is_refused(texts, check, monkeypatch):
    """Only so much is unpacked."""
    monkeypatch.setattr("dcsim.trace.embedded.MOST_PLAIN", 1000)
    page = page_of(texts[0])
    monkeypatch.setattr("dcsim.trace.embedded.MOST_UNPACKED", 2000)
    code, _, told = check(page)
    assert (code, "is above" in told) == (2, True)
