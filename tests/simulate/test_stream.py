"""A step of a scenario for a whole population: one act for each account, so long one after another."""

import pytest

from dcsim.domain.actions import Logon
from dcsim.domain.moment import Moment
from dcsim.domain.scenario import ClientStep
from dcsim.simulate.acts import Stream


@pytest.mark.parametrize(
    ("every", "numbers", "instants"),
    [
        (0, range(3), [1000, 1000, 1000]),
        (250, range(3), [1000, 1250, 1500]),
        (1, range(5, 7), [1000, 1001]),
        (250, range(7, 8), [1000]),
    ],
)
def test_the_acts_of_a_step_come_one_interval_after_another(every, numbers, instants):
    """The first at the step's own instant, whichever account it is; the last is that of the last account."""
    action = Logon("smartcard", "C0")
    step = ClientStep(at=Moment("session-1", None, 0), account="X*", action=action, every=every)
    stream = Stream(step, 1000, numbers, -1, action)
    assert [(at, number) for at, _, number, _, _ in stream.acts()] == list(zip(instants, numbers, strict=True))
    assert stream.last == instants[-1]
