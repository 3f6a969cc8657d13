"""The labels of changes: each one is new in its account's lane."""

from dcsim.checker.model.alphabet import fresh
from dcsim.domain.account import Account, Cell, Profile, Record
from dcsim.semantics.model import Model, first_lane
from dcsim.usecases.check import Who, load_subject


def test_a_new_label_is_not_the_one_that_stood_before_the_weekend():
    """Though no site holds it any more: the ledger still permits it."""
    model: Model = load_subject(None, "seoch-2fa-2023", "snapshot-standby", Who()).model
    lane = first_lane(model, Account("U", Profile("user"), Record(password=Cell("P1"))))
    for site in model.sites:
        lane = lane.with_store(site, Record())
    assert fresh(lane, "password") == "P2"
