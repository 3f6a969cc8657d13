"""A pack never costs anyone a file, and a changed one is found out."""

import hashlib
import json
from pathlib import Path

import pytest
from packs import asked, files_of, manifest_of

from dcsim.files.findings import InputError
from dcsim.files.overwrite_guard import forget, is_input
from dcsim.usecases.audit import audit
from dcsim.usecases.audit.pack_folder import read_pack, write

QUICK = ["--rulebook", "asx-24-bcp-2025", "--runbook", "roll-back", "--faults", "0", "--slips", "0"]


def not_a_pack(folder):
    (folder / "manifest.json").write_text('{"name": "my own"}')


def another_file(folder):
    (folder / "notes.txt").write_text("mine")


def hidden_file(folder):
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("mine")


def edited(folder):
    with (folder / "pack.md").open("a") as file:
        file.write("\nsigned: A. Person\n")


def linked(folder):
    (folder / "pack.md").unlink()
    (folder / "pack.md").symlink_to(folder / "pack.html")


def linked_folder(folder):
    (folder / "more").symlink_to(folder / "runs", target_is_directory=True)


@pytest.mark.parametrize("spoil", [not_a_pack, another_file, hidden_file, edited, linked, linked_folder])
def test_what_is_no_packs_own_is_never_written_over(pack, spoil, dcsim):
    """The command says what is in the way, before it does any work, and leaves every byte."""
    spoil(pack)
    before = files_of(pack)
    code, _, err = dcsim("audit", pack, *QUICK)
    assert code == 2
    assert "DC117" in err or "DC220" in err, err
    assert files_of(pack) == before


def test_a_folder_that_holds_other_things_is_refused(tmp_path, dcsim):
    """Also where there is no pack yet, and where the place is a file."""
    (tmp_path / "mine.txt").write_text("mine")
    assert dcsim("audit", tmp_path, *QUICK)[0] == 2
    assert dcsim("audit", tmp_path / "mine.txt", *QUICK)[0] == 2
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_pack_is_written_over_an_older_one_and_nothing_stale_is_left(pack):
    """Files that the new pack has not are gone, with their folders."""
    before = set(files_of(pack))
    audit(asked(scenarios=()), pack)
    after = set(files_of(pack))
    assert "runs/window.html" in before - after
    assert not (pack / "runs").exists()
    assert after == {*manifest_of(pack)["files"], "manifest.json"}


def test_a_pack_may_be_made_in_its_own_folder(pack, monkeypatch):
    """From its own copies: what is read is not written, and nothing is left of the writing."""
    before = files_of(pack)
    monkeypatch.chdir(pack)
    own = Path("sources")
    books = {"rulebook": str(own / "rulebook.yaml"), "runbook": str(own / "runbook.yaml")}
    audit(asked(**books, scenarios=(own / "scenarios",)), Path())
    assert files_of(pack) == before


def test_an_input_is_never_written_over(pack, monkeypatch):
    """Where the new pack would have another file in the place of an input, nothing at all is written."""
    before = files_of(pack)
    monkeypatch.chdir(pack)
    name = "sources/scenarios/asx-24-bcp/window.yaml"
    is_input(Path(name))
    with pytest.raises(InputError, match="DC117"):
        write(Path(), {name: b"x"}, json.dumps(SOUND))
    assert files_of(pack) == before


def test_a_pack_that_was_broken_off_is_found_out_and_made_once_more(pack):
    """After a crash while it is written, no file is taken for one of a whole pack, and none is in the way."""
    files = {name: raw for name, raw in files_of(pack).items() if name != "manifest.json"}
    data = manifest_of(pack)
    names = sorted(files)
    new = {name: raw + b"\n" for name, raw in files.items()} | {"more/one.yaml": b"x"}
    data["files"] = {name: hashlib.sha256(raw).hexdigest() for name, raw in new.items()}
    (pack / "manifest.next.json").write_text(json.dumps(data))
    for name in names[: len(names) // 2]:
        (pack / name).write_bytes(new[name])
    assert read_pack(pack).damage
    write(pack, new, json.dumps(data))
    assert read_pack(pack).damage == ()
    assert files_of(pack).keys() == {*new, "manifest.json"}


def test_faulty_inputs_leave_no_folder(tmp_path, dcsim):
    """Nothing is made before the inputs are sound."""
    assert dcsim("audit", tmp_path / "pack", "--rulebook", "no-such-one", "--runbook", "roll-back")[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_a_pack_without_a_run_has_nothing_to_replay(tmp_path, dcsim):
    """The message says so, and does not ask for findings."""
    (tmp_path / "manifest.json").write_text(json.dumps(SOUND))
    code, _, err = dcsim("replay", tmp_path)
    assert (code, "DC110" in err, "pack without any run" in err) == (2, True, True), err


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (edited, "pack.md is not as it was written"),
        (another_file, "notes.txt is no part of the pack"),
        (linked, "pack.md is not as it was written"),
        (lambda folder: (folder / "sources/runbook.yaml").unlink(), "sources/runbook.yaml is missing"),
        (lambda folder: (folder / "manifest.next.json").write_text("{}"), "not written to its end"),
    ],
)
def test_verify_finds_every_damage(pack, spoil, said, dcsim):
    """A changed, missing, added or unfinished file is a finding; a whole pack has none."""
    code, out, err = dcsim("audit", pack, "--verify")
    assert (code, err) == (0, "")
    assert "every file is as it was written" in out
    spoil(pack)
    code, _, err = dcsim("audit", pack, "--verify")
    assert (code, "DC221" in err, said in err) == (1, True, True), err


SOUND = {
    "dcsim-audit": 1,
    "version": "1",
    "status": "passed",
    "rulebook": {},
    "runbook": {},
    "bounds": {"ops": 1},
    "scenarios": [],
    "proof": {},
    "files": {},
}
NOT_ONE = [
    {"dcsim-audit": 2},
    {"bounds": {}},
    {"bounds": {"ops": "1"}},
    {"files": {"../../etc/passwd": "x"}},
    {"files": {"/etc/passwd": "x"}},
    {"scenarios": [{"name": "x"}]},
    {"scenarios": [{"address": "../x.yaml"}]},
    {"scenarios": [[]]},
]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"dcsim-audit": 1}', *(json.dumps(SOUND | one) for one in NOT_ONE)])
def test_a_manifest_that_is_none_is_a_finding(tmp_path, text, dcsim):
    """Never a traceback, and never a look at a file outside the folder."""
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError) as caught:
        read_pack(tmp_path)
    assert [finding.code for finding in caught.value.findings] == ["DC220"]
    forget()
    assert dcsim("audit", tmp_path, "--verify")[0] == 2


def test_hostile_names_make_harmless_files(tmp_path):
    """Names of scenarios and of folders cannot lead out of the pack, and cannot become markup."""
    hostile = "../../x</script><img src=q>|`*_[a](b)\n# y" + "z" * 10_000
    folder = tmp_path / "sc|`en <b>"
    folder.mkdir()
    (folder / "s |`x<b>.yaml").write_text(
        f"scenario: {json.dumps(hostile)}\ntitle: {json.dumps(hostile)}\nnote: {json.dumps(hostile)}\n"
        "rulebook: asx-24-bcp-2025\nrunbook: roll-back\n"
        "accounts: [{id: U1, kind: user, two-factor: {password: P0, channel: token}}]\n"
        "steps: [{at: test +5m, account: U1, do: change-password, from: P0, to: P1}]\n"
    )
    audit(asked(scenarios=(folder,)), tmp_path / "pack")
    names = set(files_of(tmp_path / "pack"))
    assert [name for name in names if name.startswith("runs/x-script-img-src-q") and len(name) < 120]
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("pack", folder.name)] == []
    page, text = (tmp_path / "pack/pack.html").read_text(), (tmp_path / "pack/pack.md").read_text()
    assert page.count("</script>") == 1
    assert "<img" not in page
    assert "<img" not in text
    assert "\n# y" not in text
