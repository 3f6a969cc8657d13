"""`dcsim rules lint`, `rules diff` and `explain` as an architect and a CI use them."""

import json
import shlex
from pathlib import Path

import pytest
from program import dcsim

from dcsim.files.load import load_rulebook

ROOT = Path(__file__).parents[2]
CIRCULAR = ROOT / "dcsim" / "builtin" / "rulebooks" / "seoch-2fa-2023.yaml"
DRILL = ROOT / "scenarios" / "rulebooks" / "made-up-drill.yaml"
BUILTIN = "seoch-2fa-2023"
CONTRADICTION = """
  - {id: new, accounts: user, changes: initiate-2fa, made-in: session-1, at: monday, fate: discard, assumption: x}
"""


def variant(folder, *edits, name="book.yaml", source=CIRCULAR):
    """A copy of a rulebook with some words changed."""
    text = source.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / name).write_text(text)
    return name


MENDED = (("10 June 2022 (Saturday), event: connectivity test", "10 June 2023 (Saturday), event: connectivity test"),)
CARRIED = (("fate: discard\n    baseline: session-1", "fate: carry"),)
CONTRADICTED = (("policies:\n  lockout-after", f"{CONTRADICTION.strip(chr(10))}\npolicies:\n  lockout-after"),)
LATE = (("at: [session-2, monday]\n    fate: carry", "at: [session-1, monday]\n    fate: carry"),)
NO_YAML = (("version: 1", "version: [1"),)
NO_SHAPE = (("fate: carry", "fate: carried"),)


# -- lint --------------------------------------------------------------------------------------------------------------


def test_warnings_pass_unless_they_are_forbidden():
    """The built-in circular has warnings and no errors: 0, and 1 with --strict; the proofs are told as well."""
    run = dcsim("rules", "lint", BUILTIN)
    assert run.returncode == 0
    assert "0 errors, 7 warnings" in run.stdout
    assert "seoch-2fa-2023: no contradiction in any of 252 cells" in run.stdout
    assert "seoch-2fa-2023: the rules for user and da are isomorphic" in run.stdout
    assert dcsim("rules", "lint", BUILTIN, "--strict").returncode == 1


def test_a_finding_has_its_file_line_and_column(tmp_path):
    """As an editor opens it: path:line:column, code and severity on one line."""
    name = variant(tmp_path, *MENDED)
    run = dcsim("rules", "lint", name, cwd=tmp_path)
    line = 1 + CIRCULAR.read_text().splitlines().index("rules:")
    assert f"DC200 book.yaml:{line}:1 warning\n" in run.stdout
    assert "DC147" not in run.stdout


def test_a_contradiction_is_an_error_and_the_rest_is_told_too(tmp_path):
    """Exit code 1, both citations, no claim that there is no contradiction, and every other finding beside it."""
    name = variant(tmp_path, *CONTRADICTED)
    run = dcsim("rules", "lint", name, cwd=tmp_path)
    assert run.returncode == 1
    assert "DC144 book.yaml:" in run.stdout
    assert "carried (footnote 1: “Initiation" in " ".join(run.stdout.split())
    assert "discarded (assumed: x)" in " ".join(run.stdout.split())
    assert "no contradiction" not in run.stdout
    assert "DC200" in run.stdout
    assert run.stderr == ""


def test_rules_that_cannot_be_kept_together_are_an_error():
    """Exit code 1, both citations, and no claim that nothing contradicts."""
    run = dcsim("rules", "lint", "tests/rules/unkeepable/rulebook.yaml", cwd=ROOT)
    assert run.returncode == 1
    assert "DC212 tests/rules/unkeepable/rulebook.yaml:134:5 error" in run.stdout
    assert "no contradiction" not in run.stdout


@pytest.mark.parametrize(
    ("edits", "code"),
    [
        (LATE, "DC143"),
        ((("2023-06-10 22:00", "2023-06-10 19:00"),), "DC140"),
        ((("citation:", "citatoin:"),), "DC106"),
    ],
)
def test_what_is_wrong_with_a_rulebook_is_a_finding_of_the_lint(edits, code, tmp_path):
    """Targets before origins and overlapping windows are findings, exit code 1; a text that is none is bad input, 2."""
    name = variant(tmp_path, *edits)
    run = dcsim("rules", "lint", name, "--json", cwd=tmp_path)
    if code == "DC106":
        assert (run.returncode, run.stdout) == (2, "")
        assert code in run.stderr
        return
    assert run.returncode == 1
    answer = json.loads(run.stdout)
    assert code in {finding["code"] for finding in answer["findings"]}
    assert answer["notes"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no-such-book"], "DC116"),
        (["seoch-2fa-2024"], "did you mean 'seoch-2fa-2023'?"),
        (["missing.yaml"], "DC100"),
        ([""], "DC116"),
        ([], "Missing argument"),
        ([BUILTIN, "--baseline", "missing.json"], "DC100"),
        ([BUILTIN, "--baseline", ""], "DC100"),
        ([BUILTIN, "--write-baseline", "no/such/folder.json"], "DC117"),
    ],
)
def test_what_cannot_be_linted_is_told(words, said, tmp_path):
    """Unknown names, missing files, missing folders: exit code 2, and a sentence."""
    run = dcsim("rules", "lint", *words, cwd=tmp_path)
    assert run.returncode == 2, run.stdout
    assert said in run.stderr


@pytest.mark.parametrize("command", ["lint", "diff"])
def test_faults_of_all_rulebooks_are_told_at_once(command, tmp_path):
    """Two texts that cannot be read: both are told, and nothing else is done."""
    names = [variant(tmp_path, *NO_YAML, name="a.yaml"), variant(tmp_path, *NO_SHAPE, name="b.yaml")]
    run = dcsim("rules", command, *names, cwd=tmp_path)
    assert run.returncode == 2
    assert "DC103 a.yaml:" in run.stderr
    assert "DC109 b.yaml:" in run.stderr


def test_json_has_each_finding_whole():
    """Code, severity, place, message and hint; and what was proved."""
    answer = json.loads(dcsim("rules", "lint", BUILTIN, "--json").stdout)
    assert (answer["dcsim-rules-lint"], answer["gone"], len(answer["notes"])) == (1, 0, 2)
    keys = {"code", "severity", "path", "line", "col", "message", "hint", "known"}
    assert all(set(finding) == keys for finding in answer["findings"])
    assert [finding["code"] for finding in answer["findings"]] == ["DC147", "DC148", "DC208", *["DC200"] * 4]
    assert not any(finding["known"] for finding in answer["findings"])


def test_a_notice_and_its_amendment_are_linted_together(tmp_path):
    """What they decide differently is an error of the amendment, with both citations; each alone has none."""
    name = variant(tmp_path, *CARRIED, ("rulebook: seoch-2fa-2023", "rulebook: amended"))
    assert dcsim("rules", "lint", name, cwd=tmp_path).returncode == 0
    run = dcsim("rules", "lint", BUILTIN, name, cwd=tmp_path)
    assert run.returncode == 1
    assert "DC210 book.yaml:" in run.stdout
    assert "carried ('fn3'," in run.stdout
    assert "'seoch-2fa-2023'" in run.stdout


def test_an_amendment_that_only_adds_contradicts_nothing(tmp_path):
    """That there is no contradiction is said of each rulebook, and of both over the cells that both decide."""
    name = variant(tmp_path, *MENDED, ("rulebook: seoch-2fa-2023", "rulebook: amended"))
    run = dcsim("rules", "lint", BUILTIN, name, cwd=tmp_path)
    assert run.returncode == 0
    assert "seoch-2fa-2023 and amended: no contradiction in any of 14 cells that both decide" in run.stdout
    assert "amended: no contradiction in any of 252 cells" in run.stdout


def test_rulebooks_of_one_name_are_told_apart_by_their_files(tmp_path):
    """An amendment often keeps the name of what it amends."""
    name = variant(tmp_path, *CARRIED)
    run = dcsim("rules", "lint", BUILTIN, name, cwd=tmp_path)
    assert "in 'seoch-2fa-2023.yaml'" in run.stdout.replace("\n        ", " ")
    assert "book.yaml: the rules for" not in run.stdout
    assert "seoch-2fa-2023.yaml: the rules for user and da are isomorphic" in run.stdout


# -- baselines ---------------------------------------------------------------------------------------------------------


def test_a_baseline_lets_only_new_findings_fail(tmp_path):
    """What was written is known, wherever dcsim is called and wherever lines have moved; one more finding fails."""
    name = variant(tmp_path)
    (tmp_path / "ci").mkdir()
    assert dcsim("rules", "lint", name, "--strict", "--write-baseline", "ci/known.json", cwd=tmp_path).returncode == 0
    known = dcsim("rules", "lint", name, "--baseline", "ci/known.json", cwd=tmp_path)
    assert known.returncode == 0
    assert known.stdout.splitlines()[-1] == "0 errors, 0 warnings, 7 known from the baseline"
    variant(tmp_path, ("rulebook: ", "# one line more\nrulebook: "))
    assert dcsim("rules", "lint", f"../{name}", "--baseline", "known.json", cwd=tmp_path / "ci").returncode == 0
    variant(tmp_path, *CARRIED)
    run = dcsim("rules", "lint", name, "--baseline", "ci/known.json", cwd=tmp_path)
    assert run.returncode == 1
    assert "0 errors, 1 warning, 7 known from the baseline" in run.stdout
    answer = json.loads(dcsim("rules", "lint", name, "--baseline", "ci/known.json", "--json", cwd=tmp_path).stdout)
    assert [f["code"] for f in answer["findings"] if not f["known"]] == ["DC206"]


def test_a_known_contradiction_does_not_fail_and_what_is_gone_is_told(tmp_path):
    """A source that contradicts itself can be lived with; a finding that was mended may leave the baseline."""
    name = variant(tmp_path, *CONTRADICTED)
    assert dcsim("rules", "lint", name, "--write-baseline", "known.json", cwd=tmp_path).returncode == 0
    assert dcsim("rules", "lint", name, "--baseline", "known.json", cwd=tmp_path).returncode == 0
    variant(tmp_path, *MENDED)
    run = dcsim("rules", "lint", name, "--baseline", "known.json", cwd=tmp_path)
    assert run.returncode == 0
    assert "of the baseline no longer found" in run.stdout


def test_the_same_finding_twice_is_known_twice(tmp_path):
    """A baseline holds each finding as often as it was there."""
    slip = "    - {printed: 10 June 2022 (Saturday), event: connectivity test, place: title of the schedule}\n"
    name = variant(tmp_path)
    dcsim("rules", "lint", name, "--write-baseline", "known.json", cwd=tmp_path)
    variant(tmp_path, (slip, slip + slip))
    run = dcsim("rules", "lint", name, "--baseline", "known.json", cwd=tmp_path)
    assert run.returncode == 1
    assert "0 errors, 2 warnings, 7 known" in run.stdout


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("rulebook: x", "DC119"),
        ("", "DC119"),
        ("[]", "DC119"),
        ("{}", "DC119"),
        ('{"dcsim-baseline": 1}', "DC119"),
        ('{"dcsim-baseline": 1, "known": null}', "DC119"),
        ('{"dcsim-baseline": 1, "known": ["DC200"]}', "DC119"),
        ('{"dcsim-baseline": 1, "known": [{"code": "DC200"}]}', "DC119"),
        ("[" * 100_000, "DC119"),
        ('{"dcsim-baseline": ' + "1" * 5000 + "}", "DC119"),
        ('{"dcsim-baseline": 2, "known": []}', "DC110"),
        ('{"dcsim-baseline": "1", "known": []}', "DC110"),
    ],
)
def test_what_is_no_baseline_is_told(text, code, tmp_path):
    """No JSON, another JSON, another version: exit code 2, with the place."""
    (tmp_path / "known.json").write_text(text)
    run = dcsim("rules", "lint", BUILTIN, "--baseline", "known.json", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith(f"{code} known.json:1:")


# -- diff --------------------------------------------------------------------------------------------------------------


def test_a_rulebook_is_equivalent_to_itself(tmp_path):
    """Exit code 0, over how many cells it was proved, what else was compared, and what was not."""
    run = dcsim("rules", "diff", BUILTIN, variant(tmp_path, ("title: SEOCH", "title: Rewritten")), cwd=tmp_path)
    assert run.returncode == 0
    first, alike, left_out = run.stdout.splitlines()
    assert first == "equivalent  seoch-2fa-2023 and book.yaml: all 81 cells are decided alike"
    assert alike.startswith("  so are sessions, their sites, windows and logons,")
    assert left_out.startswith("  left out: titles, the source and its citations,")


def test_a_difference_is_told_with_a_scenario(tmp_path):
    """Exit code 1: the cells, both fates with their citations, and what to do to see it."""
    run = dcsim("rules", "diff", BUILTIN, variant(tmp_path, *CARRIED), cwd=tmp_path)
    assert run.returncode == 1
    text = " ".join(run.stdout.split())
    for words in (
        "different seoch-2fa-2023 and book.yaml: 5 of 81 cells",
        "seoch-2fa-2023: discarded back to session-1 (fn3, footnote 3:",
        "book.yaml: carried (fn3, footnote 3:",
        "under keep-everything: book.yaml is kept, seoch-2fa-2023 breaks discarded-absent",
        "- {at: session-2 +1m, account: ACCOUNT1, do: initiate-2fa, password: P1, channel: email}",
    ):
        assert words in text, run.stdout


def test_json_tells_each_cell(tmp_path):
    """Fates, rules and cells of each group, and the scenario that shows it."""
    run = dcsim("rules", "diff", BUILTIN, variant(tmp_path, *CARRIED), "--json", cwd=tmp_path)
    answer = json.loads(run.stdout)
    assert (answer["dcsim-rules-diff"], answer["equivalent"], answer["different"], answer["cells"]) == (1, False, 5, 81)
    (group,) = answer["differences"]
    assert group["fates"] == ["discarded back to session-1", "carried"]
    assert group["rules"] == [["fn3"], ["fn3"]]
    cell = {"account": "user", "change": "initiate-2fa", "origin": "session-2", "target": "monday"}
    assert group["cells"][0] == {**cell, "file": ""}
    shown = group["shown"]
    assert (shown["kept"], shown["other"], shown["broken"]) == ("book.yaml", BUILTIN, ["discarded-absent"])
    assert len(shown["steps"]) == 1


OTHERWISE = {
    "monday: logon by otp, and by smartcard": (
        ("logon: [otp]", "logon: [smartcard]"),
        "accepted under seoch-2fa-2023, and refused method-not-offered under book.yaml",
    ),
    "session-1: 2023-06-10 18:00 to 2023-06-10 20:00": (
        ("closes: 2023-06-10 20:00", "closes: 2023-06-10 20:30"),
        "refused closed under seoch-2fa-2023, and accepted under book.yaml",
    ),
    "session-2: served by secondary, and by primary": (
        ("site: secondary", "site: primary"),
        "seoch-2fa-2023 is kept, book.yaml breaks ",
    ),
    "session-1: a logon shows a user “Function not available”, and “Welcome”": (
        ("Function not available}", "Welcome}"),
        "Function not available under seoch-2fa-2023, and ",
    ),
    "register-email of user and da can be made in session-1 only under seoch-2fa-2023": (
        ("logon: [smartcard, otp]\n", "logon: [smartcard, otp]\n    changes: [account-changes]\n"),
        "accepted under seoch-2fa-2023, and refused not-offered under book.yaml",
    ),
    "register-email of user and da can be made in before-session-1,": (
        ("value: [register-email]", "value: []"),
        "accepted under seoch-2fa-2023, and refused closed under book.yaml",
    ),
    "user: portal “https://www.ccass.com”, and “https://here.example”": (
        ("portal: https://www.ccass.com\n", "portal: https://here.example\n"),
        "accepted under seoch-2fa-2023, and refused wrong-portal under book.yaml",
    ),
    "da: links by otp": (("Security Management Function]", "Else]"), "refused wrong-link"),
    "da: administers user, and da and user": (("administers: [user]", "administers: [user, da]"), "not-administrator"),
    "policy lockout-after: 0, and 2": (("lockout-after: {value: 0", "lockout-after: {value: 2"), "step 3 is accepted"),
    "policy otp-validity: 0s, and 30s": (("otp-validity: {value: 0", "otp-validity: {value: 30s"), "expired-otp"),
    "policy email-required: true, and false": (
        ("email-required:\n    value: true", "email-required:\n    value: false"),
        "email-missing",
    ),
    "policy registration-required: false, and true": (
        ("registration-required: {value: false", "registration-required: {value: true"),
        "not-registered",
    ),
    "policy set-up: atomic, and stepwise": (
        ("set-up: {value: atomic", "set-up: {value: stepwise"),
        "incomplete-set-up",
    ),
    "policy repeat-set-up: allowed, and refused": (
        ("repeat-set-up: {value: allowed", "repeat-set-up: {value: refused"),
        "already-initiated",
    ),
    "policy in-flight-at-close: refuse, and commit": (
        ("in-flight-at-close: {value: refuse", "in-flight-at-close: {value: commit"),
        "refused closed under seoch-2fa-2023, and accepted",
    ),
    "policy concurrent-edits: refuse, and last-wins": (
        ("concurrent-edits: {value: refuse", "concurrent-edits: {value: last-wins"),
        "step 1 is refused",
    ),
    "policy logons-at-close: end, and stay": (
        ("logons-at-close: {value: end", "logons-at-close: {value: stay"),
        "not-logged-on",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("says", OTHERWISE)
def test_what_is_no_cell_is_a_difference_and_is_shown(says, tmp_path):
    """Exit code 1, what differs in a sentence, and a scenario: it passes under one, and under the other it fails."""
    edit, shown = OTHERWISE[says]
    run = dcsim("rules", "diff", BUILTIN, variant(tmp_path, edit), "--save", "told", cwd=tmp_path)
    assert run.returncode == 1
    text = " ".join(run.stdout.split())
    assert "seoch-2fa-2023 and book.yaml: 0 of " in text
    assert says in text
    assert shown in text
    for command in [line.strip() for line in run.stdout.splitlines() if line.startswith("      dcsim run")]:
        passing, failing = (shlex.split(part)[1:] for part in command.split(";"))
        assert dcsim(*passing, cwd=tmp_path).returncode == 0
        assert dcsim(*failing, cwd=tmp_path).returncode == 1
    assert list((tmp_path / "told").glob("*.yaml"))


def test_what_changes_no_outcome_is_told_without_a_scenario(tmp_path):
    """What a system is called, the instant that decides an origin, and a time zone."""
    edits = (
        ("origin-fixed-at: {value: commit", "origin-fixed-at: {value: request"),
        ("system: CCMS", "system: CCMS 2"),
    )
    run = dcsim("rules", "diff", BUILTIN, variant(tmp_path, *edits), "--json", cwd=tmp_path)
    answer = json.loads(run.stdout)
    assert run.returncode == 1
    assert answer["apart"] == ["user: system “CCMS”, and “CCMS 2”", "policy origin-fixed-at: commit, and request"]
    assert [aspect["shown"] for aspect in answer["aspects"]] == [None, None]
    assert answer["left_out"].startswith("titles")


def test_a_default_that_is_written_out_is_no_difference(tmp_path):
    """What counts is the value of a policy, not whether it is written; and kinds of change in any order."""
    (line,) = [line for line in CIRCULAR.read_text().splitlines() if line.startswith("  logons-at-close: {value: end")]
    edits = (
        (f"{line}\n", ""),
        ("members: [change-2fa-password]", "members: [change-2fa-password, change-otp-channel]"),
    )
    run = dcsim("rules", "diff", BUILTIN, variant(tmp_path, *edits), cwd=tmp_path)
    assert run.returncode == 0, run.stdout


@pytest.mark.slow
@pytest.mark.parametrize("source", [CIRCULAR, DRILL])
def test_every_saved_scenario_shows_its_cell(source, tmp_path):
    """Each passes as it is, and fails under the other rulebook, from any folder, as the printed command says."""
    edits = CARRIED if source == CIRCULAR else (("to: 1", "to: 2"),)
    (tmp_path / "books").mkdir()
    variant(tmp_path / "books", name="a.yaml", source=source)
    variant(tmp_path / "books", *edits, name="an amendment.yaml", source=source)
    names = ("books/a.yaml", "books/an amendment.yaml")
    run = dcsim("rules", "diff", *names, "--save", "found here", "--json", cwd=tmp_path)
    files = [cell["file"] for group in json.loads(run.stdout)["differences"] for cell in group["cells"]]
    assert len(files) == len(set(files)) == (5 if source == CIRCULAR else 2)
    for file in files:
        for folder, path in ((tmp_path, file), (tmp_path / "books", f"../{file}")):
            assert dcsim("run", path, cwd=folder).returncode == 0
            other = {name: dcsim("run", path, "--rulebook", tmp_path / name, cwd=folder) for name in names}
            assert sorted(run.returncode for run in other.values()) == [0, 1]
    text = dcsim("rules", "diff", *names, "--save", "found here", cwd=tmp_path).stdout
    (told, *_) = [line for line in text.splitlines() if line.startswith("      dcsim run")]
    first, second = told.partition(" (and")[0].split(";")
    assert dcsim(*shlex.split(first)[1:], cwd=tmp_path).returncode == 0
    assert dcsim(*shlex.split(second)[1:], cwd=tmp_path).returncode == 1


def test_what_a_terminal_would_obey_is_not_printed(tmp_path):
    """Names may hold any character; control characters are shown as such, and change neither colours nor lines."""
    odd = (
        ("records: [sequence]", 'records: ["\\e[31mred\\a", sequence]'),
        ("rulebook: made-up-drill", 'rulebook: "x\\e[2J"'),
    )
    rules = ("changes: sequence", 'changes: ["\\e[31mred\\a"]')
    names = [
        variant(tmp_path, *odd, rules, *more, name=f"{len(more)}.yaml", source=DRILL)
        for more in ((), (("to: 1", "to: 2"),))
    ]
    for run in (dcsim("rules", "lint", *names, cwd=tmp_path), dcsim("rules", "diff", *names, cwd=tmp_path)):
        assert run.returncode == 1
        assert "red" in run.stdout
        assert not {"\x1b", "\a"} & set(run.stdout + run.stderr)


@pytest.mark.slow
def test_names_of_a_rulebook_never_lead_out_of_the_folder(tmp_path):
    """A record may be called what no file can be."""
    odd = (("records: [sequence]", "records: [../../sequence, '/', sequence]"),)
    rules = (("changes: sequence", "changes: [../../sequence, '/', sequence]"),)
    names = [
        variant(tmp_path, *odd, *rules, name="a.yaml", source=DRILL),
        variant(tmp_path, *odd, *rules, ("to: 1", "to: 2"), name="b.yaml", source=DRILL),
    ]
    before = set(tmp_path.rglob("*"))
    run = dcsim("rules", "diff", *names, "--save", "found", "--json", cwd=tmp_path)
    files = [cell["file"] for group in json.loads(run.stdout)["differences"] for cell in group["cells"]]
    assert len(set(files)) == 6
    assert all(path.is_relative_to(tmp_path / "found") for path in set(tmp_path.rglob("*")) - before)
    assert all(dcsim("run", file, cwd=tmp_path).returncode == 0 for file in files)


def test_a_runbook_of_ones_own_shows_what_it_can(tmp_path):
    """--runbook: where the difference shows under it, it is the one that is named."""
    name = variant(tmp_path, *CARRIED)
    run = dcsim("rules", "diff", BUILTIN, name, "--runbook", "failback-copy", cwd=tmp_path)
    assert "under failback-copy: book.yaml is kept" in run.stdout


@pytest.mark.parametrize(
    ("edits", "said"), [(CONTRADICTED, "DC144"), (LATE, "DC143"), (NO_YAML, "DC103"), (NO_SHAPE, "DC109")]
)
def test_a_rulebook_with_errors_is_not_compared(edits, said, tmp_path):
    """A rulebook that contradicts itself decides nothing that could be compared: exit code 2, and why."""
    run = dcsim("rules", "diff", BUILTIN, variant(tmp_path, *edits), cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert said in run.stderr


@pytest.mark.parametrize(
    "words",
    [
        [BUILTIN],
        [BUILTIN, "no-such-book"],
        [BUILTIN, BUILTIN, BUILTIN],
        [BUILTIN, BUILTIN, "--runbook", "no-such-runbook"],
        [BUILTIN, BUILTIN, "--save"],
    ],
)
def test_a_comparison_that_cannot_be_made(words):
    """Exit code 2."""
    assert dcsim("rules", "diff", *words).returncode == 2


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    """--save where a file stands: exit code 2, and the file is as it was."""
    (tmp_path / "taken").write_text("")
    run = dcsim("rules", "diff", BUILTIN, variant(tmp_path, *CARRIED), "--save", "taken", cwd=tmp_path)
    assert run.returncode == 2
    assert "taken" in run.stderr
    assert (tmp_path / "taken").read_text() == ""


def test_rulebooks_of_other_houses_are_compared_as_far_as_they_go():
    """Nothing in common: what each has alone, no cell, and no claim that they are equivalent."""
    run = dcsim("rules", "diff", BUILTIN, "mcx-launch-2023")
    assert run.returncode == 1
    assert "different" in run.stdout
    assert "sessions only in seoch-2fa-2023: monday, session-1 and session-2" in run.stdout
    assert "they have no cell in common" in run.stdout
    assert "no session has the same name in both, so that no cell" in run.stdout
    assert "0 of 0" not in run.stdout


def test_where_sessions_differ_no_scenario_is_looked_for(tmp_path):
    """A session that one of them calls otherwise: the cells are told, and why none is shown."""
    renamed = CIRCULAR.read_text().replace("session-1", "first")
    (tmp_path / "book.yaml").write_text(renamed)
    run = dcsim("rules", "diff", BUILTIN, "book.yaml", cwd=tmp_path)
    assert run.returncode == 1
    assert "their sessions differ: no scenario can be run under both" in run.stdout
    assert "up to two changes" not in run.stdout


def test_each_finding_of_the_lint_can_be_explained():
    """The lint points to the command that explains."""
    run = dcsim("rules", "lint", BUILTIN)
    assert "dcsim explain CODE tells more" in run.stdout
    assert load_rulebook(BUILTIN).value.rulebook == BUILTIN
