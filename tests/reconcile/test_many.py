"""Many accounts: equal differences are one row, and what explains one account is tried on all that did the same."""

import dcsim

SCENARIO = """\
scenario: many
title: Many accounts
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts: [{population: 300, prefix: U, digits: 3, kind: user, participant: B1, email: registered}]
"""
HEAD = "time,account,act,from,to,password,channel,outcome\n"


def day(folder, monday):
    """Everyone sets up and changes the password in Session 2; every third set-up is missing from the log."""
    rows = []
    for n in range(1, 301):
        name, clock = f"U{n:03}", f"{n // 60:02}:{n % 60:02}"
        if n % 3:
            rows.append(f"2023-06-10 18:{clock},{name},initiate-2fa,,,one-{n},sms,accepted\n")
        rows.append(f"2023-06-10 22:{clock},{name},change-password,one-{n},two-{n},,,accepted\n")
    (folder / "many.yaml").write_text(SCENARIO)
    (folder / "log.csv").write_text(HEAD + "".join(rows))
    held = "".join(f"U{n:03},{monday}-{n},sms\n" for n in range(1, 301))
    (folder / "dump.csv").write_text(f"account,password,channel\n{held}")
    return dcsim.reconcile(folder / "many.yaml", folder / "log.csv", folder / "dump.csv")


def test_a_hundred_missing_lines_are_one_row(tmp_path):
    """Each of the accounts is explained by a line of its own, and the report has a row for all of them."""
    found = day(tmp_path, "one")
    assert found.unexplained == 0
    assert [(each.accounts, each.of) for each in found.explanations] == [(100, 100)]
    assert [(row.kind, row.accounts) for row in found.differences] == [("act", 100), ("field", 100), ("field", 100)]
    assert len({each.explained for each in found.unlike}) == 100
    assert all("one line is missing: initiate-2fa" in each.explained for each in found.unlike)


def test_a_wrong_runbook_and_missing_lines_are_told_apart(tmp_path):
    """On a day that was copied back, the accounts whose set-up is missing are explained on top of that."""
    found = day(tmp_path, "two")
    best, *rest = found.explanations
    assert "runbook failback-copy" in best.says
    assert (best.accounts, best.of, best.contradicts) == (200, 300, 0)
    assert [each.accounts for each in rest] == [100]
    assert found.unexplained == 0
    assert not found.notes or "more slips or runbooks" in found.notes[0]
    assert found._repr_html_().startswith("<pre>FAIL")
