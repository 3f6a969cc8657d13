"""What has no end is more than any number, in each output of a sweep."""

import csv
import json

ENDLESS = """
scenario: endless
title: Monday may be closed as late as one likes
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts: [{id: U001, kind: user, email: registered}]
steps: [{at: session-1 closes -10m, account: U001, do: initiate-2fa, password: P1, channel: email}]
expect: {slack: {close-monday: ">= 100d"}}
"""


def test_a_slack_until_the_end_is_more_than_any_number(folder, dcsim):
    """Where `run` passes, `sweep` holds; and no output has a number for it, or a value that is no JSON."""
    (folder / "en.yaml").write_text(ENDLESS)
    assert dcsim("run", "en.yaml")[0] == 0
    words = ("sweep", "en.yaml", "--vary", "link.lag=1s,2s", "--find", "slack.close-monday >= 100d")
    code, out, _ = dcsim(*words, "--html", folder / "a.html", "--csv", folder / "a.csv")
    assert code == 0
    assert "1s        ✓ holds   until the end" in out
    assert "1s ✓ |████████████████████████████████ until the end" in out
    rows = list(csv.DictReader((folder / "a.csv").open()))
    assert [row["slack.close-monday ms"] for row in rows] == ["endless", "endless"]
    page = (folder / "a.html").read_text()
    assert "until the end</text>" in page
    assert "inf" not in page.partition("<svg viewBox")[2].partition("</svg>")[0]
    [point, _] = json.loads(dcsim(*words, "--json")[1], parse_constant=lambda word: 1 / 0)["points"]
    assert point["figures"]["slack.close-monday"] == "endless"
    assert dcsim(*words[:-1], "slack.close-monday < 100d")[0] == 1
    sampled = json.loads(dcsim(*words, "--runs", "2", "--json")[1], parse_constant=lambda word: 1 / 0)["points"]
    assert sampled[0]["figures"]["slack.close-monday"]["p50"] == "endless"
