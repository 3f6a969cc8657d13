"""A state machine of Hypothesis over the pure step, written as its manual has it: the floor for fuzzing."""

import contextlib
import io
import time
from itertools import groupby

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from dcsim.checker.model.abstract_accounts import abstract_accounts
from dcsim.domain.action_outcome import Blocked
from dcsim.domain.actions import ChangePassword, Deliver, InitiateTwoFactor, Logon, Operate
from dcsim.semantics.model import first_control, first_lane
from dcsim.semantics.step import control_step, lane_step, settle


def machine(model, told):
    """A state machine of Hypothesis over the same step, for one account."""
    account = abstract_accounts(model.rulebook, 1, 0)[0]
    events = [(at, 0, tick) for at, tick in model.ticks] + [(at, 1, Operate()) for at in model.due]
    events = [
        [action for _, _, action in together]
        for _, together in groupby(sorted(events, key=lambda event: event[:2]), key=lambda event: event[0])
    ]
    passwords = st.sampled_from(["P1", "P2", "P3"])

    class Plain(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.control, self.lane, self.left, self.broken = (
                first_control(model),
                first_lane(model, account),
                events,
                [],
            )
            told["examples"] += 1

        def act(self, action):
            step = lane_step(model, self.control, self.lane, action)
            self.lane, self.broken = step.lane, [*self.broken, *step.violations]
            told["steps"] += 1

        @rule(password=passwords, channel=st.sampled_from(["email", "app"]))
        def initiate(self, password, channel):
            self.act(InitiateTwoFactor(password, channel))

        @rule(old=passwords, new=passwords)
        def change(self, old, new):
            self.act(ChangePassword(old, new))

        @rule(password=passwords)
        def logon(self, password):
            self.act(Logon(with_="otp", password=password))

        @precondition(lambda self: self.lane.redo)
        @rule()
        def deliver(self):
            self.act(Deliver("pass"))

        @precondition(lambda self: self.left)
        @rule()
        def advance(self):
            for action in self.left[0]:
                self.turn(action)
            self.left = self.left[1:]

        def turn(self, action):
            step = control_step(model, self.control, action, lambda: bool(self.lane.redo))
            if isinstance(step.outcome, Blocked) and step.outcome.code == "not-caught-up":
                while self.lane.redo:
                    self.act(Deliver("pass"))
                step = control_step(model, self.control, action, lambda: False)
            settled = settle(model, self.control, step, action, self.lane)
            self.broken = [*self.broken, *step.violations, *settled.violations]
            self.control, self.lane = step.control, settled.lane
            told["steps"] += 1

        @invariant()
        def holds(self):
            assert not self.broken, self.broken

    return Plain


def asked(most, *phases):
    return settings(
        max_examples=most,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=False,
        report_multiple_bugs=False,
        phases=phases,
    )


def plain(model, examples):
    """So many examples: how many there were, how many steps, and how long they took."""
    told, started = {"examples": 0, "steps": 0}, time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        run_state_machine_as_test(seeded(1)(machine(model, told)), settings=asked(examples, Phase.generate))
    return {**told, "seconds": time.perf_counter() - started}


def until_shrunk(model, most):
    """Seconds until the machine has found something and Hypothesis has shrunk it, if it does."""
    of, started = seeded(1)(machine(model, {"examples": 0, "steps": 0})), time.perf_counter()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            run_state_machine_as_test(of, settings=asked(most, Phase.generate, Phase.shrink))
    except AssertionError:
        return f"{time.perf_counter() - started:.1f}"
    return f"not in {time.perf_counter() - started:.0f}"
