"""`dcsim run --account`: one account's day, with what each opening found of it."""

import pytest
from test_run_errors import MANY

STEPS = """\
  - {at: session-1 +50m, account: U7, do: change-password, from: P1, to: PX}
  - {at: session-2 +11m, account: DA1, do: suspend-user, user: U8}
"""


@pytest.fixture(params=[300, 2500], ids=["few", "many"])
def scenario(request, tmp_path, monkeypatch):
    """Below and above the number of accounts up to which events are kept."""
    monkeypatch.chdir(tmp_path)
    text = MANY.replace("COUNT", str(request.param)) + STEPS
    da = "accounts:\n  - {id: DA1, kind: da, participant: B01234, email: registered, smartcard: C1}\n"
    (tmp_path / "x.yaml").write_text(text.replace("accounts:\n", da))
    return "x.yaml"


def events(out):
    return [line for line in out.splitlines() if line[:5].strip().isdigit() and "  " in line[5:]]


def test_the_day_of_an_account_is_its_events_and_those_of_the_control(dcsim, scenario):
    """And what each opening found, below the event; nothing of any other account."""
    out = dcsim("run", scenario, "-v", "--account", "U7")[1]
    clients = [line.split("client   ")[1] for line in events(out) if " client " in line]
    assert [line.split(":")[0] for line in clients] == [
        "U7 initiate-2fa password=P1 channel=email",
        "U7 change-password from=P1 to=PX",
    ]
    assert any("operator open-session-2" in line for line in events(out))
    found = [line.strip() for line in out.splitlines() if " finds of " in line]
    assert [line.split(":")[0] for line in found] == [
        "session-1 finds of U7 at primary",
        "session-2 finds of U7 at secondary",
        "monday finds of U7 at primary",
    ]
    assert "password PX (made in session-1), channel email (made in session-1)" in " ".join(out.split())
    lines = out.splitlines()
    assert "operator open-session-2" in lines[next(i for i, line in enumerate(lines) if "session-2 finds" in line) - 1]


def test_an_account_is_enough_to_see_its_day(dcsim, scenario):
    """Without -v too, and by a pattern."""
    out = dcsim("run", scenario, "--account", "U[78]")[1]
    assert {line.split()[6] for line in events(out) if " client " in line} == {"U7", "U8"}
    assert out.count(" finds of ") == 6


def test_what_an_administrator_does_is_part_of_the_day(dcsim, scenario):
    """Its act is on another account; it is in the days of both."""
    for account in ("DA1", "U8"):
        assert "U8 suspend-user user=U8 by DA1: accepted" in dcsim("run", scenario, "--account", account)[1]
    assert "suspend-user" not in "\n".join(events(dcsim("run", scenario, "--account", "U7")[1]))


def test_a_trace_holds_every_event_all_the_same(dcsim, scenario):
    """So that it can be replayed."""
    out = dcsim("run", scenario, "--account", "U7", "--trace", "t")[1]
    assert len([line for line in events(out) if " client " in line]) == 2
    assert out.count(" finds of U7 ") == 3
    code, out, _ = dcsim("replay", "t/x.trace.jsonl")
    assert (code, "all as recorded" in out) == (0, True)


def test_an_account_that_there_is_not_is_bad_usage(dcsim, scenario):
    """A misspelt name would show an empty day."""
    code, _, err = dcsim("run", scenario, "--account", "U99999")
    assert (code, "no account of these scenarios is called 'U99999'" in err) == (2, True)
