"""The process of the clients: the acts of a scenario's steps, or those of a player, and the faults that delay them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import attrs

from dcsim.domain.actions import ClientAction, Commit, LaneAction, Request
from dcsim.domain.faults import LateOtp, SlowRequest
from dcsim.domain.scenario import ClientStep
from dcsim.semantics.interning import NOBODY
from dcsim.simulate.acts import Act, Player, Stream, merged
from dcsim.simulate.expectations import Judge
from dcsim.simulate.link import LinkProcess
from dcsim.simulate.mishaps import ScenarioFaults, by_otp
from dcsim.simulate.run_time import CLIENT, Process, RunTime


def in_order(streams: list[Stream]) -> Iterator[Act]:
    """What clients do, in order of time; at one instant, in the order of the file."""
    # Merging costs time for every act, so only streams that overlap are merged.
    overlapping: list[Stream] = []
    last = 0
    for stream in streams:
        if overlapping and stream.first > last:
            yield from merged(overlapping)
            overlapping = []
        overlapping.append(stream)
        last = max(last, stream.last)
    yield from merged(overlapping)


@attrs.define(eq=False)
class ClientsProcess:
    """Acts for the accounts.

    ``late`` are the requests that a fault has changed: by account, administrator and ticket, by how much their commits
    are late, and the action that they commit. ``refused``: whether the last act on each account was refused; it is kept
    only where a step asks for it.
    """

    time: RunTime
    mishaps: ScenarioFaults
    link: LinkProcess
    judge: Judge
    late: dict[tuple[int, int, int], tuple[int, ClientAction]] = attrs.field(factory=dict)
    refused: bytearray = attrs.field(factory=bytearray)

    def process(self, streams: list[Stream]) -> Process:
        """Take every act of the scenario's steps."""
        # The hottest loop of a run: RunTime.reach and much of the judge are written out here, to save calls per act.
        time, recorder, judge, start = self.time, self.time.recorder, self.judge, self.time.start
        slots, peek, timeout = time.goal(start + 1, 0), time.env.peek, time.env.timeout
        disturbed = self._disturbed if self.mishaps.hits_clients else None
        asked = any(stream.step.if_refused for stream in streams)
        refused = self.refused = bytearray(recorder.roster.size if asked else 0)
        for at, step, account, by, action in in_order(streams):
            if step.if_refused and not refused[account]:
                continue
            goal = (at - start) * slots + CLIENT
            if peek() <= goal:
                yield timeout(max(0, goal - time.env.now))
            time.slot, recorder.now = goal, at
            if disturbed and disturbed(step, account, by, action):
                continue
            hop = recorder.lane_action("client", account, action, by)
            if asked:
                refused[account] = not hop.accepted
            if not hop.accepted or step.expect != "accepted":
                judge.judge_step(step, account, action, hop)
            if hop.shipped:
                self.link.ship(account)

    def play(self, player: Player) -> Process:
        """Take every act of a player."""
        # As hot as the process of steps, and written out for the same reason.
        time, recorder, start = self.time, self.time.recorder, self.time.start
        slots, peek, timeout = time.goal(start + 1, 0), time.env.peek, time.env.timeout
        for act in player.acts:
            at, account, by = act[:3]
            goal = (at - start) * slots + CLIENT
            if peek() <= goal:
                yield timeout(max(0, goal - time.env.now))
            time.slot, recorder.now = goal, at
            hop = recorder.lane_action("client", account, player.action(recorder, act), by)
            player.receive(recorder, act, hop)
            if hop.shipped:
                self.link.ship(account)

    # -- faults that delay an act --------------------------------------------------------------------------------------

    def _disturbed(self, step: ClientStep, account: int, by: int, action: LaneAction) -> bool:
        """Whether a fault takes an act out of its place. It is then done later, as the fault has it."""
        if isinstance(action, Commit):
            late, act = self.late.pop((account, by, action.ticket), (0, action.action))
            if late:
                self._later(late, step, account, by, attrs.evolve(action, action=act))
            return bool(late)
        actor = account if by == NOBODY else by
        otp = self.mishaps.delay(LateOtp, actor) if by_otp(action) else 0
        slow = self.mishaps.delay(SlowRequest, actor)
        if not otp and not slow:
            return False
        old = action.action if isinstance(action, Request) else action
        assert isinstance(old, ClientAction), "a delivery is no client's act"
        act = attrs.evolve(old, otp_age=old.otp_age + otp) if otp else old  # type: ignore[attr-defined, call-arg]
        if isinstance(action, Request):
            self.late[account, by, action.ticket] = (otp + slow, act)
            self._later(otp, step, account, by, attrs.evolve(action, action=act))
        elif slow:
            # No step of the scenario has these tickets, so its own requests are told apart.
            ticket = len(self.mishaps.scenario.steps) + self._numbers[id(step)]
            self._later(otp, step, account, by, Request(act, step.account, ticket))
            self._later(otp + slow, step, account, by, Commit(act, step.account, ticket))
        else:
            self._later(otp, step, account, by, act)
        return True

    @cached_property
    def _numbers(self) -> dict[int, int]:
        """The number of each step of the scenario, by its identity."""
        return {id(step): number for number, step in enumerate(self.mishaps.scenario.steps)}

    def _later(self, delay: int, step: ClientStep, account: int, by: int, action: LaneAction) -> None:
        if delay:
            self.time.env.process(self._wait(delay, step, account, by, action))
        else:
            self._act(step, account, by, action)

    def _wait(self, delay: int, step: ClientStep, account: int, by: int, action: LaneAction) -> Process:
        yield from self.time.reach(self.time.goal(self.time.recorder.now + delay, CLIENT))
        self._act(step, account, by, action)

    def _act(self, step: ClientStep, account: int, by: int, action: LaneAction) -> None:
        hop = self.time.recorder.lane_action("client", account, action, by)
        if self.refused:
            self.refused[account] = not hop.accepted
        self.judge.judge_step(step, account, action, hop)
        if hop.shipped:
            self.link.ship(account)
