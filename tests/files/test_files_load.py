"""Loading by name and path, texts, folders, and writing files."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dcsim.files import disk
from dcsim.files.disk import discover, read_text, save
from dcsim.files.findings import InputError
from dcsim.files.load import load_rulebook, load_runbook, load_scenario, load_texts
from dcsim.files.resolver import builtin_names


def codes(call, *arguments):
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return [finding.code for finding in caught.value.findings]


def test_a_case_keeps_the_exact_texts(weekend):
    """Line ends included: a trace must hold what was read, to the byte."""
    path = weekend.folder / "scenario.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    texts = weekend.load().texts
    assert texts["scenario"].encode() == path.read_bytes()
    assert texts["rulebook"] == (weekend.folder / "rulebook.yaml").read_text()
    assert set(texts) == {"scenario", "rulebook", "runbook"}


def test_an_empty_path_is_not_the_working_folder(weekend, monkeypatch):
    """An empty word, such as a variable that is not set, names nothing."""
    monkeypatch.chdir(weekend.folder)
    assert codes(discover, [""]) == ["DC100"]
    assert discover(["."]) == [Path("scenario.yaml")]


def test_errors_come_before_warnings(weekend):
    """A date that is odd in a rulebook is not the first thing to tell of a scenario with a fault."""
    weekend.change("rulebook", "10 June 2023 (Saturday)", "10 June 2022 (Saturday)")
    weekend.change("scenario", "account: X17", "account: Y17")
    assert [finding[:5] for finding in weekend.findings()] == ["DC120", "DC147"]


def test_a_case_loads_again_from_its_texts(weekend):
    """No file is needed to replay a trace."""
    case = weekend.load()
    again = load_texts(case.texts)
    assert again.scenario.steps == case.scenario.steps
    assert again.rulebook is case.rulebook, "the same text is parsed once"
    assert codes(load_texts, {"scenario": ""}) == ["DC107"]


def test_a_path_is_looked_up_beside_the_scenario_first(weekend, monkeypatch, tmp_path_factory):
    """Then in the working folder."""
    other = tmp_path_factory.mktemp("other")
    (other / "runbook.yaml").write_text((weekend.folder / "runbook.yaml").read_text().replace("A sample", "Another"))
    monkeypatch.chdir(other)
    assert weekend.load().runbook.title == "A sample procedure"
    (weekend.folder / "runbook.yaml").unlink()
    assert weekend.load().runbook.title == "Another procedure"


def test_another_rulebook_may_stand_in(weekend, monkeypatch):
    """Given to the loader, it is looked up in the working folder, and the scenario says which it was."""
    monkeypatch.chdir(weekend.folder)
    Path("sub").mkdir()
    Path("rulebook.yaml").rename("sub/other.yaml")
    case = load_scenario("scenario.yaml", rulebook="sub/other.yaml")
    assert case.scenario.rulebook == "sub/other.yaml"
    assert case.rulebook.title == "A sample weekend"


def test_every_builtin_loads_by_its_name():
    """Each file in the package is without error, and its own name is the one it is found by."""
    for name in builtin_names("rulebook"):
        assert load_rulebook(name).value.rulebook == name
    for name in builtin_names("runbook"):
        assert load_runbook(name).value.runbook == name


def test_a_rulebook_is_parsed_once(samples):
    """By its text, whatever path it is read from."""
    assert load_rulebook(samples / "rulebook.yaml").value is load_rulebook(str(samples / "rulebook.yaml")).value


def test_both_names_are_reported_at_once(weekend):
    """A scenario with two wrong names has two findings."""
    weekend.change("scenario", "rulebook.yaml", "a").change("scenario", "runbook.yaml", "b")
    assert [line.split()[0] for line in weekend.findings()] == ["DC116", "DC116"]


def test_findings_of_rulebook_and_runbook_are_reported_at_once(weekend):
    """Each under its own path."""
    weekend.change("rulebook", "fate: carry", "fate: carri").change("runbook", "do: switch", "do: swich")
    assert [line.split(":")[0] for line in weekend.findings()] == ["DC109 rulebook.yaml", "DC104 runbook.yaml"]


def test_the_wrong_kind_of_file_is_one_finding(weekend):
    """Not one for each of its keys."""
    assert codes(load_rulebook, weekend.folder / "runbook.yaml") == ["DC109"]
    assert codes(load_scenario, weekend.folder / "rulebook.yaml") == ["DC109"]
    (weekend.folder / "empty.yaml").write_text("# nothing\n")
    assert codes(load_scenario, weekend.folder / "empty.yaml") == ["DC108"]


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path):
    """A folder, a device, a pipe that nobody writes to, a name that no file can have."""
    os.mkfifo(tmp_path / "pipe")
    assert codes(read_text, tmp_path) == ["DC101"]
    assert codes(read_text, Path(os.devnull)) == ["DC101"]
    assert codes(read_text, tmp_path / "pipe") == ["DC101"]
    assert codes(read_text, tmp_path / "gone") == ["DC100"]
    assert codes(read_text, Path("a\0b")) == ["DC100"]
    assert codes(read_text, tmp_path / "pipe" / "below") == ["DC100"]
    assert codes(read_text, tmp_path / ("x" * 5000)) == ["DC101"]


def test_a_closed_file_is_a_finding(tmp_path, monkeypatch):
    """Whether the file or a folder on the way to it is closed."""
    (tmp_path / "x.yaml").touch()

    def closed(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    assert codes(load_rulebook, tmp_path / "x.yaml") == ["DC101"]
    monkeypatch.setattr(Path, "stat", closed)
    assert codes(load_rulebook, tmp_path / "x.yaml") == ["DC101"]
    assert codes(discover, [tmp_path]) == ["DC101"]


def test_a_big_file_is_refused_before_it_is_read(tmp_path):
    """Its size is asked first."""
    with (tmp_path / "big.yaml").open("wb") as file:
        file.truncate(disk.MOST_BYTES + 1)
    started = time.perf_counter()
    assert codes(read_text, tmp_path / "big.yaml") == ["DC111"]
    assert time.perf_counter() - started < 0.5


def test_a_file_that_is_not_utf_8_says_where(tmp_path):
    """By line and column, in characters."""
    (tmp_path / "x.yaml").write_bytes("é: 1\néé: ".encode() + b"\xff")
    with pytest.raises(InputError) as caught:
        read_text(tmp_path / "x.yaml")
    assert (caught.value.findings[0].line, caught.value.findings[0].col) == (2, 5)


def test_discover_takes_files_as_they_are_and_scenarios_out_of_folders(weekend):
    """Rulebooks are passed over; sub-folders are searched; nothing comes twice; hidden folders are left alone."""
    (weekend.folder / "b").mkdir()
    (weekend.folder / "b" / "late.yml").write_text("title: x\nscenario: y\n")
    (weekend.folder / "a.yaml").write_text("scenario: y\n")
    (weekend.folder / ".git").mkdir()
    (weekend.folder / ".git" / "x.yaml").write_text("scenario: y\n")
    found = discover([weekend.folder / "rulebook.yaml", weekend.folder, str(weekend.folder / "a.yaml")])
    assert [p.name for p in found] == ["rulebook.yaml", "a.yaml", "late.yml", "scenario.yaml"]


def test_discover_never_drops_a_broken_scenario(tmp_path):
    """One that is not YAML any more is still handed on, so that its fault is told."""
    (tmp_path / "broken.yaml").write_text("scenario: x\nsteps: [\n")
    (tmp_path / "late.yaml").write_text("a: [\nscenario: x\n")
    (tmp_path / "other.yaml").write_text("{{ template }}: [\n")
    (tmp_path / "latin.yaml").write_bytes(b"scenario: \xff\n")
    assert [p.name for p in discover([tmp_path])] == ["broken.yaml", "late.yaml", "latin.yaml"]


def test_discover_reports_every_wrong_path(tmp_path):
    """A missing one and an empty folder at once."""
    assert codes(discover, [tmp_path / "gone", tmp_path]) == ["DC100", "DC115"]


def test_save_writes_whole_files_with_usual_rights(tmp_path):
    """Nothing is left beside the file, and what was there is replaced."""
    path = tmp_path / "x.yaml"
    save(path, "old\r\n")
    save(str(path), "é\n")
    assert path.read_bytes() == "é\n".encode()
    assert [p.name for p in tmp_path.iterdir()] == ["x.yaml"]
    usual = tmp_path / "usual"
    usual.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


def test_a_failed_save_leaves_what_was_there(tmp_path, monkeypatch):
    """And nothing half written beside it."""
    path = tmp_path / "x.yaml"
    save(path, "old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert codes(save, path, "new") == ["DC117"]
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.yaml"]
    assert codes(save, path, "\ud800") == ["DC117"]


def test_save_writes_through_a_link(tmp_path):
    """The file it names is replaced, not the link."""
    (tmp_path / "real").touch()
    (tmp_path / "link").symlink_to("real")
    save(tmp_path / "link", "x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "x"


def test_loading_imports_no_engine():
    """Reading a file must not cost what hypothesis, simpy or jsonschema cost to import."""
    probe = (
        "import sys, dcsim.files.load, dcsim.files.schema, dcsim.files.write, dcsim.files.disk\n"
        "print({'hypothesis', 'simpy', 'jsonschema', 'click', 'structlog'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
