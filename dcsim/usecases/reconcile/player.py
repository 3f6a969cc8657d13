"""Plays a day in the simulator: gives the acts of the log, and notes where the model answers differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from dcsim.domain.account import Value
from dcsim.domain.action_outcome import Refused
from dcsim.domain.actions import ClientAction
from dcsim.domain.world import Control
from dcsim.semantics.client_step import serving
from dcsim.semantics.interning import Hop
from dcsim.trace.recorder import Recorder
from dcsim.usecases.reconcile.day import Deed, Row
from dcsim.usecases.reconcile.labels import PRESENTED, START, UNTOLD, WRONG

SECRET_WAS_RIGHT = ("accepted", "refused wrong-otp", "refused expired-otp")
"""The outcomes after which the secret that was presented is known to be right: it is checked before the OTP."""


@attrs.frozen(eq=False)
class UnlikeAct:
    """An act that the model answers differently than the log: with ``got``. ``before`` is the number of the account's
    lane before it, ``action`` the action that was taken under ``control``.
    """

    at: int
    line: int
    deed: Deed
    got: str
    before: int
    action: ClientAction
    control: Control


@attrs.define(eq=False)
class DayPlayer:
    """The acts of a day. ``aliases`` are, for each account, the labels that a presented secret turned out to stand for.

    A log seldom records the secret of an act. Then the client presented what the serving site holds; or a wrong one, if
    the log says that it was refused for that. A secret of which only a hash is known is what the site holds if the log
    says that it was accepted, and what it holds is not known otherwise.
    """

    acts: Sequence[Row]
    plain: set[str]
    unlike: dict[int, list[UnlikeAct]] = attrs.field(factory=dict)
    aliases: dict[int, dict[Value, Value]] = attrs.field(factory=dict)
    _actions: dict[tuple[Deed, tuple[Value, ...]], ClientAction] = attrs.field(factory=dict)
    _last: tuple[int, ClientAction] = attrs.field(init=False)

    def action(self, recorder: Recorder, act: Any) -> ClientAction:
        """Return the action of an act."""
        deed: Deed = act[3]
        action = deed.action or self._action(recorder, act[1], deed)
        self._last = recorder.lanes[act[1]], action
        return action

    def receive(self, recorder: Recorder, act: Any, hop: Hop) -> None:
        """Note an act of which something else became than the log says."""
        deed: Deed = act[3]
        if hop.accepted and deed.wanted == "accepted":
            return
        outcome = hop.step.outcome
        got = f"refused {outcome.code}" if isinstance(outcome, Refused) else "accepted"
        if not deed.meets(got):
            at, account, _, _, line = act
            unlike = UnlikeAct(at, line, deed, got, *self._last, recorder.control)
            self.unlike.setdefault(account, []).append(unlike)

    def _action(self, recorder: Recorder, account: int, deed: Deed) -> ClientAction:
        site = serving(recorder.control, None)[1] or recorder.model.sites[0]
        record = recorder.lane(account).store(site)
        labels = []
        for (argument, field), label in zip(deed.template.valued, deed.labels, strict=True):
            if argument.sort == "secret":
                labels.append(self._presented(account, label, record[field].value, deed.wanted))
            else:
                labels.append(self.aliases.get(account, {}).get(label, label))
        key = (deed, tuple(labels))
        if key not in self._actions:
            names = (argument.name for argument, _ in deed.template.valued)
            self._actions[key] = deed.template.cls(**deed.fixed, **dict(zip(names, labels, strict=True)))
        return self._actions[key]

    def _presented(self, account: int, label: Value, held: Value, wanted: str) -> Value:
        if label is None:
            return WRONG if held is None or wanted in ("refused", "refused wrong-password") else held
        if not (isinstance(label, str) and label.startswith(PRESENTED)):
            return label
        known = self.aliases.setdefault(account, {})
        free = unbound(held, self.plain) and held not in known.values()
        if free and label not in known and wanted in SECRET_WAS_RIGHT:
            known[label] = held
        # Where the outcome is not recorded, nothing speaks against the secret.
        return known.get(label, held if free and not wanted else label)


def unbound(label: Value, plain: set[str]) -> bool:
    """Whether a label stands for a value that no file tells: it was written unrecorded, or stood at the start and is
    known by its hash alone.
    """
    if not isinstance(label, str):
        return False
    return label.startswith(UNTOLD) or (label.startswith(START) and label.removeprefix(START) not in plain)
