"""`dcsim findings merge`: the shortest of several folders, whatever their order, and never of two books."""

import json
import shutil
from importlib.resources import files as files_of
from pathlib import Path

import pytest
from campaigns import BOOKS, files, manifest, sound
from program import dcsim

PARTS = ("1/3", "2/3", "3/3")
EXAMPLES = ("--max-examples", "1500")


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """The three parts of a campaign, and the whole of it; never changed."""
    place = tmp_path_factory.mktemp("shards")
    for part in PARTS:
        words = ("--shard", part, "--save", f"part-{part[0]}")
        assert dcsim("fuzz", *BOOKS, *EXAMPLES, *words, cwd=place).returncode == 1
    assert dcsim("fuzz", *BOOKS, *EXAMPLES, "--save", "whole", cwd=place).returncode == 1
    return place


def scenarios(folder):
    return {name: text for name, text in files(folder).items() if name.endswith(".yaml")}


def merge(shards, tmp_path, *order, into="all"):
    return dcsim("findings", "merge", *(shards / f"part-{n}" for n in order), "--into", tmp_path / into, cwd=tmp_path)


def test_shards_merge_to_what_one_machine_would_have_found(shards, tmp_path):
    """The same scenarios and traces as of the whole campaign, in whatever order the folders are given."""
    for number, order in enumerate(((1, 2, 3), (3, 1, 2), (2, 2, 3, 1))):
        merged = merge(shards, tmp_path, *order, into=f"all-{number}")
        assert (merged.returncode, merged.stderr) == (0, "")
        assert sound(tmp_path / f"all-{number}") == len(scenarios(shards / "whole"))
        assert scenarios(tmp_path / f"all-{number}") == scenarios(shards / "whole")
        assert files(tmp_path / f"all-{number}") == files(tmp_path / "all-0")
    assert dcsim("replay", "all-0", cwd=tmp_path).returncode == 1
    again = {e["file"]: e["again"] for e in manifest(tmp_path / "all-0")["findings"]}
    for entry in manifest(tmp_path / "all-0")["findings"]:
        assert "--shard" in again[entry["file"]]


def test_what_is_there_already_takes_part(shards, tmp_path):
    """One after the other, or over again, comes to the same as all at once."""
    for number in (2, 3, 1, 1):
        assert merge(shards, tmp_path, number, into="one-by-one").returncode == 0
    merge(shards, tmp_path, 1, 2, 3)
    assert scenarios(tmp_path / "one-by-one") == scenarios(tmp_path / "all")
    before = files(tmp_path / "all")
    assert dcsim("findings", "merge", "all", "--into", "all", cwd=tmp_path).returncode == 0
    assert scenarios(tmp_path / "all") == {k: v for k, v in before.items() if k.endswith(".yaml")}


def test_findings_of_another_runbook_are_refused(shards, tmp_path):
    """With a finding for each of them; nothing is written."""
    other = (*BOOKS[:3], "restore-friday", "--max-examples", "100", "--save", "other")
    assert dcsim("fuzz", *other, cwd=tmp_path).returncode == 1
    refused = dcsim("findings", "merge", shards / "part-1", "other", "--into", "all", cwd=tmp_path)
    assert (refused.returncode, refused.stdout, "DC162 other/" in refused.stderr) == (2, "", True)
    assert "its runbook is not that of" in refused.stderr
    assert not (tmp_path / "all").exists()


def test_a_runbook_of_ones_own_is_called_from_where_the_result_is(tmp_path):
    """And one that was changed between two shards is another."""
    builtin = Path(str(files_of("dcsim"))) / "builtin" / "runbooks" / "failback-copy.yaml"
    (tmp_path / "books").mkdir()
    shutil.copy(builtin, tmp_path / "books" / "ours.yaml")
    words = (*BOOKS[:3], "books/ours.yaml", "--max-examples", "1000")
    for part in ("1/2", "2/2"):
        dcsim("fuzz", *words, "--shard", part, "--save", f"deep/part-{part[0]}", cwd=tmp_path)
    merge_ = ("findings", "merge", "deep/part-1", "deep/part-2", "--into")
    assert dcsim(*merge_, "all", cwd=tmp_path).returncode == 0
    assert 'runbook: "../books/ours.yaml"' in (tmp_path / "all" / "discarded-absent.yaml").read_text()
    assert dcsim("replay", "all", cwd=tmp_path).returncode == 1
    path = tmp_path / "books" / "ours.yaml"
    path.write_text(path.read_text() + "# changed\n")
    dcsim("fuzz", *words, "--seed", "2", "--save", "later", cwd=tmp_path)
    assert dcsim(*merge_, "again", cwd=tmp_path).returncode == 0


def test_a_finding_that_no_longer_fails_is_refused(shards, tmp_path):
    """What a merge keeps, fails."""
    shutil.copytree(shards / "part-1", tmp_path / "mended")
    path = tmp_path / "mended" / "discarded-absent.yaml"
    path.write_text(path.read_text().split("steps:")[0])
    refused = dcsim("findings", "merge", "mended", "--into", "all", cwd=tmp_path)
    assert (refused.returncode, "no longer breaks discarded-absent" in refused.stderr) == (2, True), refused.stderr


def test_shards_that_found_nothing_merge_to_nothing(tmp_path):
    """An empty folder, and exit code 0: a green night is no error."""
    words = ("--rulebook", "seoch-2fa-2023", "--runbook", "snapshot-standby", "--max-examples", "20", "--save", "none")
    assert dcsim("fuzz", *words, cwd=tmp_path).returncode == 0
    merged = dcsim("findings", "merge", "none", "--into", "all", cwd=tmp_path)
    assert (merged.returncode, merged.stdout) == (0, "0 findings of 1 folder: 0 findings in all\n")


BAD = {
    "no folder": ((), "Missing argument"),
    "no target": (("x",), "--into"),
    "a folder that is not there": (("gone", "--into", "all"), "DC100 gone/manifest.json"),
    "a folder without findings": (("empty", "--into", "all"), "DC100 empty/manifest.json"),
    "a manifest that is none": (("odd", "--into", "all"), "DC161 odd/manifest.json"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_folder_of_findings_is_told(name, tmp_path):
    """With exit code 2, and nothing is written."""
    words, says = BAD[name]
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "manifest.json").write_text(json.dumps([1]))
    refused = dcsim("findings", "merge", *words, cwd=tmp_path)
    assert (refused.returncode, says in refused.stderr, (tmp_path / "all").exists()) == (2, True, False), refused.stderr


def test_what_nobody_merged_is_not_written_over(shards, tmp_path):
    """The target is a folder like that of a campaign."""
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "discarded-absent.yaml").write_text("mine")
    refused = merge(shards, tmp_path, 1)
    assert (refused.returncode, refused.stderr[:6]) == (2, "DC161 ")
    assert files(tmp_path / "all") == {"discarded-absent.yaml": "mine"}
