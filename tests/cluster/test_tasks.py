"""One loop for all tasks: what comes back is the same wherever they run, and in whatever order it arrives."""

import random

import chores
import pytest

from dcsim.files.load import load_pair
from dcsim.report.campaign import as_json
from dcsim.usecases import fuzz as campaigns
from dcsim.usecases.fuzz_campaign import Campaign
from dcsim.usecases.tasks.each import Again, each, in_order
from dcsim.usecases.tasks.task import ClusterLost, Died, Workplace

HERE, TWO = Workplace(), Workplace(2)


@pytest.mark.parametrize("place", [HERE, TWO], ids=["here", "two processes"])
def test_each_payload_has_its_outcome_once(place):
    """However many tasks are sent together."""
    assert sorted(each(chores.times, 3, range(5000), place)) == [(n, 3 * n) for n in range(5000)]


def test_what_arrives_in_any_order_is_told_in_the_order_of_its_payloads():
    """Nothing is told before what comes before it, and nothing is held back that is due."""
    numbers = list(range(200))
    random.Random(3).shuffle(numbers)
    arrived, told = set(), []

    def arriving():
        for number in numbers:
            arrived.add(number)
            yield number, str(number)

    for number, outcome in in_order(arriving()):
        assert outcome == str(number)
        told.append(number)
        assert max(arrived.difference(told), default=number) >= number
    assert told == sorted(numbers)


def test_what_arrived_before_a_cluster_was_lost_is_told():
    """Also what has waited for something that never came; then the loss."""

    def arriving():
        yield from ((0, "a"), (3, "d"), (2, "c"))
        raise ClusterLost("gone")

    told, outcomes = [], in_order(arriving())
    for _ in range(3):
        told.append(next(outcomes))
    with pytest.raises(ClusterLost):
        next(outcomes)
    assert told == [(0, "a"), (2, "c"), (3, "d")]


def test_a_campaign_finds_the_same_in_whatever_order_its_batches_arrive(monkeypatch):
    """Findings, their scenarios and the totals."""
    rulebook, runbook = load_pair("seoch-2fa-2023", "failback-copy")
    campaign = Campaign(rulebook=rulebook, runbook=runbook, examples=1200, seed=1, accounts=1)

    def shuffled(*given, **named):
        outcomes = list(each(*given, **named))
        outcomes.reverse()
        yield from outcomes

    plain = as_json(campaigns.fuzz(campaign))
    monkeypatch.setattr(campaigns, "each", shuffled)
    other = as_json(campaigns.fuzz(campaign))
    assert plain["findings"]
    assert {**other, "seconds": 0} == {**plain, "seconds": 0}


def test_a_task_that_kills_its_process_is_left_out_alone():
    """Those that were sent with it are run once more, each alone, and have their results."""
    told = []
    outcomes = dict(each(chores.kills, 2500, range(4000), TWO, listen=told.append))
    why = "its process was killed by SIGKILL"
    assert outcomes.pop(2500) == Died(why)
    assert outcomes == {n: n for n in range(4000) if n != 2500}
    assert [type(again) for again in told] == [Again]
    assert 2500 in told[0].tasks
    assert told[0].why == why


@pytest.mark.parametrize("place", [HERE, TWO], ids=["here", "two processes"])
def test_a_task_that_raises_says_so_and_the_others_have_results(place):
    """The exception is its outcome, as it was raised."""
    outcomes = dict(each(chores.raises, 7, range(20), place))
    error = outcomes.pop(7)
    assert (type(error), str(error)) == (LookupError, "no 7")
    assert outcomes == {n: n for n in range(20) if n != 7}


def test_a_result_that_cannot_be_sent_is_an_error_of_its_task():
    """Not a dead process."""
    (_, error), = each(chores.not_sent, None, [1], TWO)  # fmt: skip
    assert "cannot be sent" in str(error) or "pickle" in str(error)


@pytest.mark.parametrize("place", [HERE, TWO], ids=["here", "two processes"])
def test_after_a_stop_no_task_begins(place):
    """What has begun ends; the rest is not done."""
    arrived = set()
    for number, _ in each(chores.slowly, 1, range(10_000), place, lambda: int(len(arrived) >= 3)):
        arrived.add(number)
    assert 3 <= len(arrived) < 20


def test_those_who_are_told_to_stop_may_abandon_what_they_do(tmp_path):
    """It yields nothing, and the others are not begun."""
    began = lambda: len(list(tmp_path.iterdir()))  # noqa: E731
    assert list(each(chores.abandons, str(tmp_path), range(50), TWO, lambda: int(began() >= 2))) == []
    assert began() == 2


def test_payloads_are_taken_when_they_are_needed():
    """A list without an end can be begun."""
    taken = []

    def endless():
        while True:
            taken.append(len(taken))
            yield taken[-1]

    outcomes = each(chores.times, 2, endless(), TWO)
    assert next(outcomes)[1] % 2 == 0
    outcomes.close()
    assert len(taken) < 5000
