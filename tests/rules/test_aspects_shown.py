"""What differs outside the cells: it is named, and the outcomes of one account's visit show it."""

from functools import cache

import pytest

from dcsim.files.load import load_rulebook
from dcsim.files.resolver import source_of
from dcsim.rules.diff import diff
from dcsim.usecases.distinguish import Distinguisher

# What stands in the rulebook => in the other; then what is named, and the steps whose outcomes differ.
TABLE = r"""
logon: [otp] => logon: [smartcard]
  monday: logon by otp, and by smartcard
  1: accepted / refused method-not-offered

closes: 2023-06-10 20:00 => closes: 2023-06-10 20:30
  session-1: 2023-06-10 18:00 to 2023-06-10 20:00 Asia/Hong_Kong, and 2023-06-10 18:00 to 2023-06-10 20:30
      Asia/Hong_Kong
  1: refused closed / accepted

opens: 2023-06-10 22:00 => opens: 2023-06-10 21:59
  session-2: 2023-06-10 22:00 to 2023-06-10 23:00 Asia/Hong_Kong, and 2023-06-10 21:59 to 2023-06-10 23:00
      Asia/Hong_Kong
  1: refused closed / accepted

site: secondary => site: primary
  session-2: served by secondary, and by primary
  breaks serves-at-its-site

{user: Function not available} => {user: Welcome}
  session-1: a logon shows a user “Function not available”, and “Welcome”
  1: Function not available / Welcome
  session-2: a logon shows a user “Function not available”, and “Welcome”
  1: Function not available / Welcome

session-2\n    site: secondary => session-2\n    changes: [account-changes]\n    site: secondary
  change-smartcard-password and register-email of user and da can be made in session-2 only under A
  1: accepted / refused not-offered
  create-user, suspend-user, reinstate-user, reset-user and unlock-user of user can be made in session-2 only
      under A
  1: accepted / refused not-offered

value: [register-email] => value: []
  register-email of user and da can be made in before-session-1, after-session-1 and after-session-2 only under A
  1: accepted / refused closed

value: [register-email] => value: [register-email, change-otp-channel]
  change-otp-channel of user and da can be made in before-session-1, after-session-1 and after-session-2 only
      under B
  1: refused closed / accepted

portal: https://www.ccass.com\n => portal: https://here.example\n
  user: portal “https://www.ccass.com”, and “https://here.example”
  1: accepted / refused wrong-portal

Login with OTP - Online Functions, =>
  user: links by otp “Login with OTP - Online Functions” and “Login with OTP - Overnight Report Download”, and
      “Login with OTP - Overnight Report Download”
  1: accepted / refused wrong-link

administers: [user] => administers: [user, da]
  create-user, suspend-user, reinstate-user, reset-user and unlock-user of da can be made in session-1 and
      session-2 only under B
  1: refused not-administrator / accepted
  da: administers user, and da and user
  1: refused not-administrator / accepted

administers: [user] => administers: []
  create-user, suspend-user, reinstate-user, reset-user and unlock-user of user can be made in session-1 and
      session-2 only under A
  1: accepted / refused not-administrator
  da: administers user, and nothing
  1: accepted / refused not-administrator

system: CCMS => system: CCMS 2
  user: system “CCMS”, and “CCMS 2”
  nothing shows it

lockout-after: {value: 0 => lockout-after: {value: 2
  policy lockout-after: 0, and 2
  3: accepted / refused locked

lockout-after: {value: 0 => lockout-after: {value: 20
  policy lockout-after: 0, and 20
  21: accepted / refused locked

lockout-after: {value: 0 => lockout-after: {value: 21
  policy lockout-after: 0, and 21
  nothing shows it

otp-validity: {value: 0 => otp-validity: {value: 30s
  policy otp-validity: 0s, and 30s
  1: accepted / refused expired-otp

email-required:\n    value: true => email-required:\n    value: false
  policy email-required: true, and false
  1: refused email-missing / accepted

registration-required: {value: false => registration-required: {value: true
  policy registration-required: false, and true
  1: accepted / refused not-registered

set-up: {value: atomic => set-up: {value: stepwise
  policy set-up: atomic, and stepwise
  1: refused incomplete-set-up / accepted

repeat-set-up: {value: allowed => repeat-set-up: {value: refused
  policy repeat-set-up: allowed, and refused
  1: accepted / refused already-initiated

in-flight-at-close: {value: refuse => in-flight-at-close: {value: commit
  policy in-flight-at-close: refuse, and commit
  1: refused closed / accepted

concurrent-edits: {value: refuse => concurrent-edits: {value: last-wins
  policy concurrent-edits: refuse, and last-wins
  1: refused edited-meanwhile / accepted

origin-fixed-at: {value: commit => origin-fixed-at: {value: request
  policy origin-fixed-at: commit, and request
  nothing shows it

logons-at-close: {value: end => logons-at-close: {value: stay
  policy logons-at-close: end, and stay
  2: refused not-logged-on / accepted
"""


@cache
def text():
    return source_of("rulebook", "seoch-2fa-2023").text


@pytest.fixture(scope="module")
def one():
    return load_rulebook("seoch-2fa-2023").value


def with_text(edit, folder):
    """The rulebook with another text in place of one of its own."""
    old, new = (part.strip().replace("\\n", "\n") for part in edit.split("=>"))
    assert old in text()
    path = folder / "book.yaml"
    path.write_text(text().replace(old, new), encoding="utf-8")
    return load_rulebook(str(path)).value


def shown(one, other, aspect):
    """The outcomes of the steps under the two, or what breaks where no step is needed."""
    found = Distinguisher(one, other).show(aspect)
    if found is None:
        return "nothing shows it"
    steps = [(number, *pair) for number, pair in enumerate(found.outcomes, start=1) if pair[0] != pair[1]]
    return "; ".join(f"{n}: {mine} / {theirs}" for n, mine, theirs in steps) or f"breaks {', '.join(found.broken)}"


@pytest.mark.parametrize("row", TABLE.strip().split("\n\n"))
def test_a_difference_outside_the_cells_is_named_and_shown(row, one, tmp_path):
    """By steps whose outcomes the two rulebooks do not share; where none is affected, by nothing."""
    edit, *expected = row.replace("\n      ", " ").split("\n  ")
    other = with_text(edit, tmp_path)
    found = [(aspect.says, shown(one, other, aspect)) for aspect in diff(one, other, ("A", "B")).aspects]
    assert [part for pair in found for part in pair] == expected
