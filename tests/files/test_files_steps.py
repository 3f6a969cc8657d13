"""The order of a scenario's steps, and what it expects to happen sometimes, are checked when it is loaded."""

import pytest


def found(weekend, *steps, **known):
    path = weekend.folder / "scenario.yaml"
    text = path.read_text()
    before, rest = text.split("steps:\n")
    after = rest[rest.index("faults:") :]
    path.write_text(f"{before}steps:\n{''.join(f'  - {{{step}}}{chr(10)}' for step in steps)}{after}")
    return [finding for finding in weekend.findings(**known) if finding.startswith("DC188")]


def test_an_accounts_own_steps_out_of_order_are_told_once(weekend):
    """The first of them, with both times."""
    steps = [f"at: session-1 +{minute}m, account: U001, do: logout, expect: any" for minute in (9, 5, 7, 3)]
    (told,) = found(weekend, *steps)
    assert told.endswith(
        "17:10 warning: U001: 'session-1 +5m' stands below 'session-1 +9m', and happens before it; "
        "steps happen in the order of time"
    )


def test_an_administrators_act_is_in_the_order_of_both(weekend):
    """It is a step of the administrator, and one of the user."""
    own = "at: session-1 +9m, account: U001, do: logout, expect: any"
    act = "at: session-1 +5m, account: D001, do: suspend-user, user: U001, expect: any"
    assert "D001 and U001: 'session-1 +5m' stands below" in found(weekend, own, act)[0]
    assert "D001 and U001" in found(weekend, act.replace("+5m", "+19m"), own)[0].replace(
        "U001 and D001", "D001 and U001"
    )


LATER, EARLIER = "at: session-1 +9m, account: {}, do: logout", "at: session-1 +5m, account: {}, do: logout"


@pytest.mark.parametrize(
    ("above", "below"),
    [
        *(
            ("X17", "X*"),
            ("X*", "X17"),
            ("X*", "X*"),
            ("X1*", "X17"),
            ("X17", "X1*"),
            ("U00*", "U001"),
            ("U001", "U00*"),
        ),
        *(("some", "X17"), ("X17", "some"), ("X*", "some"), ("some", "X*"), ("some", "U001"), ("all", "some")),
    ],
)
def test_steps_that_have_an_account_in_common_are_in_one_order(weekend, above, below):
    """A population, a group, a group in it, a pattern: whichever of the two names stands for the account."""
    weekend.change("scenario", "steps:\n", "groups: {some: [X17, U001], all: [some, X2]}\nsteps:\n")
    steps = [f"{LATER.format(above)}, expect: any", f"{EARLIER.format(below)}, expect: any"]
    (told,) = found(weekend, *steps)
    who = above if above == below else f"{below} and {above}"
    assert f" {who}: 'session-1 +5m' stands below 'session-1 +9m'" in told


@pytest.mark.parametrize(("above", "below"), [("some", "X2"), ("X1*", "X2"), ("X*", "U001"), ("X2", "some")])
def test_steps_of_other_accounts_are_not(weekend, above, below):
    """Neither of the two names stands for an account of the other."""
    weekend.change("scenario", "steps:\n", "groups: {some: [X17, U001]}\nsteps:\n")
    steps = [f"{LATER.format(above)}, expect: any", f"{EARLIER.format(below)}, expect: any"]
    assert found(weekend, *steps) == []


@pytest.mark.parametrize(
    "steps",
    [
        ("at: session-1 +9m, account: U001, do: logout", "at: session-1 +5m, account: U002, do: logout"),
        ("at: session-1 +5m, account: U001, do: logout", "at: session-1 +5m, account: U001, do: logout"),
        # The population is not done when the next step begins, and the two are of one account in part.
        (
            "at: session-1 +5m, account: X*, every: 1s, do: logout",
            "at: session-1 +6m, account: X*, every: 1s, do: logout",
        ),
        ("at: session-1 +5m, account: X*, every: 1s, do: logout", "at: session-1 +6m, account: X17, do: logout"),
    ],
)
def test_other_orders_are_not_told(weekend, steps):
    """A file may take accounts one by one, populations overlap, and at one instant the file decides."""
    assert found(weekend, *(f"{step}, expect: any" for step in steps)) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("change-pasword", "did you mean 'change-password'?"),
        ("rule none", "unknown occurrence 'rule none'"),
        ("refused wrong-pasword", "did you mean 'refused wrong-password'?"),
        ("wrong-password", "did you mean 'refused wrong-password'?"),
        ("keep", "did you mean 'rule keep'?"),
        ("zzz", "unknown occurrence 'zzz'; expected an action, `rule ID` or `refused CODE`"),
        ("discarded-absent", "an invariant stands under 'violations'; here an action, `rule ID` or `refused CODE`"),
    ],
)
def test_an_unknown_occurrence_is_a_finding_at_its_place(weekend, name, says):
    """An act, a rule or a refusal that there is not."""
    weekend.change("scenario", "  violations:", f"  sometimes: [logout, {name}]\n  violations:")
    (told,) = [
        f
        for f in weekend.findings(refusals={"wrong-password"}, invariants={"discarded-absent"})
        if f.startswith("DC187")
    ]
    assert says in told
    assert told.startswith("DC187 scenario.yaml:34:23 ")


@pytest.mark.parametrize("name", ["initiate-2fa", "rule fn1", "refused wrong-password"])
def test_a_known_occurrence_has_no_finding(weekend, name):
    """An act, a rule of the rulebook, a refusal."""
    weekend.change("rulebook", "rules:\n  - id: ", "rules:\n  - id: ")
    rule = weekend.load().rulebook.rules[0].id
    weekend.change("scenario", "  violations:", f"  sometimes: [{name.replace('fn1', rule)}]\n  violations:")
    assert [f for f in weekend.findings(refusals={"wrong-password"}) if f.startswith("DC187")] == []
