"""One weekend under SimPy: faults, clock, link, operator and clients are processes over one recorder (``run_time``)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from operator import itemgetter
from random import Random
from typing import TYPE_CHECKING

import attrs

from dcsim.domain.action_outcome import Notice
from dcsim.domain.faults import described, ended
from dcsim.domain.scenario import Scenario
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.acts import Look, Player, Stream, streams
from dcsim.simulate.clients import ClientsProcess
from dcsim.simulate.expectations import Judge
from dcsim.simulate.faults_process import FaultsProcess
from dcsim.simulate.figures import with_figures
from dcsim.simulate.link import LinkProcess
from dcsim.simulate.mishaps import ScenarioFaults
from dcsim.simulate.operator_process import OperatorProcess
from dcsim.simulate.run_end import judge_end
from dcsim.simulate.run_time import CLOCK, LOOK, Process, RunTime
from dcsim.trace.event import Trace
from dcsim.trace.figures import Steps
from dcsim.trace.meter import Meter
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster

if TYPE_CHECKING:
    from dcsim.simulate.waves import Waves

MANY, ALIKE = 30_000, 50
"""So many acts, and so many for each step that is taken by accounts, and it is faster to take many at once."""
FEW = 500
"""Of so many accounts events may be kept, while those of others are taken many at once."""
QUIET_ABOVE = 2000
"""Runs with more accounts than this keep no events, unless a trace is asked for."""


def simulate(
    model: Model,
    scenario: Scenario,
    tracing: bool | None = None,
    seed: int = 0,
    table: Table | None = None,
    looks: Sequence[Look] = (),
    watch: Collection[str] | None = None,
    player: Player | None = None,
    histories: bool | None = None,
    figures: Steps | None = None,
    waves: bool | None = None,
) -> Trace:
    """Run one scenario to its end.

    ``tracing`` says whether events are kept (None: unless there are more than ``QUIET_ABOVE`` accounts). ``seed``
    decides what is random: the link's jitter, and the faults that vary. ``watch`` are account names, or patterns such
    as ``U0*``: it is kept what these accounts hold when a session opens; and above ``QUIET_ABOVE`` accounts events are
    kept of them and of the control only, unless ``tracing`` asks for all. ``table`` holds the steps that earlier runs
    of the same model have taken. ``looks`` are observers, which change nothing. ``player``: its acts are taken in place
    of the scenario's steps. ``histories`` says whether it is found which accounts live through the same (None: if all
    events are kept). ``figures`` are computed, also if none is expected, with the slack of these steps (True: of all).
    ``waves``: whether many acts are taken at once, which changes no result (None: where that is possible and faster).
    """
    roster, table = Roster(scenario), table or Table(model)
    keep = roster.size <= QUIET_ABOVE or watch is not None if tracing is None else tracing
    watched = None if watch is None else frozenset(number for name in watch for number in roster.matching(name))
    # A trace that was asked for has every event, so that it can be replayed; and where every event is kept anyhow, its
    # number is the same whoever is watched.
    whole = tracing or roster.size <= QUIET_ABOVE
    recount = keep and (whole or watched is None) if histories is None else histories
    meter = Meter(table) if figures is not None or (scenario.figures and not player) else None
    recorder = Recorder(model, roster, keep, None if whole else watched, recounting=recount, meter=meter, table=table)
    trace = Simulation(model, scenario, recorder, seed, tuple(looks), watched or frozenset(), player, waves).run()
    rerun = partial(simulate, model, tracing=False, seed=seed, table=table, figures=())
    return with_figures(trace, scenario, meter, recorder.now, figures, rerun) if meter else trace


@attrs.define(eq=False)
class Simulation:
    """One run: its processes, and the judge of its expectations."""

    model: Model
    scenario: Scenario
    recorder: Recorder
    seed: int = 0
    looks: tuple[Look, ...] = ()
    watch: frozenset[int] = frozenset()
    player: Player | None = None
    in_waves: bool | None = None
    judge: Judge = attrs.field(init=False)
    mishaps: ScenarioFaults = attrs.field(init=False)
    time: RunTime = attrs.field(init=False)
    link: LinkProcess | Waves = attrs.field(init=False)
    operator: OperatorProcess = attrs.field(init=False)
    faults: FaultsProcess = attrs.field(init=False)
    streams: list[Stream] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Make the processes."""
        if self.scenario.heal is not None:
            faults = tuple(ended(fault, self.scenario.heal) for fault in self.scenario.faults)
            self.scenario = attrs.evolve(self.scenario, faults=faults)
        model, scenario, recorder = self.model, self.scenario, self.recorder
        self.judge = Judge(model, scenario, recorder, self.watch)
        self.mishaps = ScenarioFaults(model, scenario, self.seed)
        self.streams = recorder.acts = streams(model, scenario, recorder.roster, self.seed)
        begins = self._begins()
        self.time = RunTime(model, recorder, min([begins, *(at for at, _ in self.looks)]))
        self.link = self._link(Random(self.seed))  # noqa: S311 - a seed, not a secret
        self.faults = FaultsProcess(self.time, self.mishaps, self.link, begins)
        self.operator = OperatorProcess(self.time, self.mishaps, self.link, self.faults, self.judge.judge_opening)

    def _begins(self) -> int:
        """The first instant at which anything happens. Observers may look before that."""
        first = [*(s.first for s in self.streams[:1]), *self.model.due]
        if self.player:
            first += [act[0] for act in self.player.acts[:1]]
        first += [at for at, *_ in self.mishaps.strikes()]
        # A clock that is fast makes the first step come early.
        early = min((skew.late for skew in self.mishaps.skews.values()), default=0)
        return min(self.model.ticks[0][0], *first) + min(0, early)

    def run(self) -> Trace:
        """Drive the processes until none of them has anything left to do."""
        processes = [self._clock(), self.operator.process(), self._look()]
        if self.scenario.faults:
            processes.insert(0, self.faults.process())
        if isinstance(self.link, LinkProcess):
            acting = ClientsProcess(self.time, self.mishaps, self.link, self.judge)
            clients = acting.play(self.player) if self.player else acting.process(self.streams)
            processes += [self.link.process(), clients]
        for process in processes:
            self.time.env.process(process)
        self.time.env.run()
        self.link.finish()
        # Let a millisecond pass, so that the last control is checked against the promise as well.
        self.recorder.now = (self.recorder.last_at or 0) + 1
        self.recorder.check_time_passed()
        self.recorder.now -= 1
        judge_end(self.model, self.scenario, self.recorder, self.operator.stuck(), self.faults.downs)
        self._note_unused()
        struck = tuple(fault for fault in self.scenario.faults if fault in self.mishaps.happened)
        trace = attrs.evolve(self.judge.trace(), struck=struck)
        # It and the recorder hold each other: no garbage collection shall be needed to free a finished run.
        self.recorder.many = None
        return trace

    @property
    def _few_watched(self) -> bool:
        """Whether few events are kept, beside those of the control."""
        watch, folded = self.recorder.watch, self.recorder.weights is not None
        acts = watch and not folded and any(stream.by in watch for stream in self.streams)
        return watch is not None and len(watch) <= FEW and not acts

    def _link(self, random: Random) -> LinkProcess | Waves:
        """The link; with it the clients, if many acts are taken at once."""
        acts = sum(stream.count for stream in self.streams)
        worth = acts > MANY and acts > ALIKE * len(self.streams)
        alone = self.player or self.mishaps.hits_single or (self.recorder.tracing and not self._few_watched)
        if alone or not (worth if self.in_waves is None else self.in_waves):
            return LinkProcess(self.time, self.mishaps, random)
        from dcsim.simulate.waves import Waves  # noqa: PLC0415 - numpy is slow to import

        return Waves(self.time, self.mishaps, random, self.judge, self.streams)

    def _note_unused(self) -> None:
        for number, fault in enumerate(self.scenario.faults, start=1):
            if fault not in self.mishaps.happened:
                self.recorder.tell(Notice("fault-unused", f"fault {number} ({described(fault)})", "it never happened"))

    def _clock(self) -> Process:
        for at, tick in self.model.ticks:
            yield from self.time.reach(self.time.goal(at, CLOCK))
            self.recorder.control_action("clock", tick)

    def _look(self) -> Process:
        for at, look in sorted(self.looks, key=itemgetter(0)):
            yield from self.time.reach(self.time.goal(at, LOOK))
            look(self.recorder)
