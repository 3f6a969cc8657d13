"""The search for a schedule that shows what an unbounded exploration suspects."""

from any_and_bounded import exactly

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.explorers.protocol import Product
from dcsim.checker.model.concretise import realised
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question import any_operations, unbounded
from dcsim.checker.question.safety import ask
from dcsim.usecases.check import Bounds, Who, load_subject


def test_what_a_search_finds_is_said_to_come_after_its_faults_and_slips():
    """A counterexample with a slip on it is told as one after that slip, and never as one of a calm day."""
    subject = load_subject(None, "seoch-2fa-2023", "snapshot-standby", Who(accounts=1))
    weekend = subject.within(Bounds(None, slips=1))
    explored = unbounded.explore(weekend, Budget())
    calm = ask(subject.within(Bounds()), lambda part, left: check(part, "auto", left), Budget())
    found = any_operations._searched(weekend, explored, calm, Budget(), lambda _scenario, _invariant: True)
    assert found.status == "violated"
    assert () not in found.broken
    assert all(example.after and example.scenario.faults for example in found.counterexamples)


def test_a_path_that_no_lane_follows_is_realised_by_no_scenario(monkeypatch):
    """A path of canonical lanes may be one of the image alone. Then there is no scenario, and no error."""
    weekend = exactly(load_subject(None, "seoch-2fa-2023", "snapshot-standby", Who(accounts=1)).within(Bounds(None)))
    path = (next(Product(weekend).edges(weekend.start())).action,)
    assert realised(weekend, path, "", lambda _: True) is not None
    monkeypatch.setattr(Weekend, "image", lambda _, state: state[0])
    assert realised(weekend, path, "", lambda _: True) is None


def test_what_one_operation_breaks_is_told_where_no_time_is_left_to_show_it():
    """It is not said to break with several operations in a row."""
    weekend = load_subject(None, "seoch-2fa-2023", "restore-friday", Who(accounts=1)).within(Bounds(None))
    found = any_operations.ask_any(weekend, lambda part, _: check(part, "auto", Budget()), Budget(seconds=0))
    assert found.status == "inconclusive"
    assert found.broken[()] == ("carried-survives",)
    assert "several" not in found.why
