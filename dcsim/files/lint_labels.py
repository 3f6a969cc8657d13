"""Words of a scenario that are probably slips: a link or a portal of another kind of account, and a label that is set
nowhere. They are looked for only where the step expects to be accepted: whoever expects a refusal means them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import islice

import attrs

from dcsim.domain.action_signature import method_of, valued, written
from dcsim.domain.rulebook import AccountKind, Rulebook
from dcsim.domain.runbook import Reset, Runbook
from dcsim.domain.scenario import ClientStep
from dcsim.files.cast import Cast
from dcsim.files.findings import Flaw, Keys, nearest
from dcsim.files.forms import ScenarioForm, key_name
from dcsim.files.loose_times import proposal
from dcsim.files.scenario import flattened

MOST_SHOWN = 8


def expects_refusal(expect: str) -> bool:
    """Whether a step's expectation does not ask for acceptance."""
    return expect == "any" or expect.split(" ", maxsplit=1)[0] == "refused"


# -- links and portals -------------------------------------------------------------------------------------------------


def entry_flaws(step: ClientStep, cast: Cast, book: Rulebook, keys: Keys) -> Iterator[Flaw]:
    """A link or a portal by which the kind of account that acts does not enter. Several may act: one flaw each key."""
    portal, link = (getattr(step.action, name, None) for name in ("portal", "link"))
    if (portal is None and link is None) or expects_refusal(step.expect):
        return
    members = cast.named.get(step.account, (step.account,))
    names = dict.fromkeys(
        holder.kind for holder in map(cast.holder, members) if holder and holder.kind in book.accounts
    )
    kinds = {name: book.accounts[name] for name in names}
    wrong = (_portal(portal, name, kind, (*keys, "portal")) for name, kind in kinds.items() if portal is not None)
    yield from islice(filter(None, wrong), 1)
    wrong = (_link(step, link, name, kind, (*keys, "link")) for name, kind in kinds.items() if link is not None)
    yield from islice(filter(None, wrong), 1)


def _portal(portal: str, name: str, kind: AccountKind, keys: Keys) -> Flaw | None:
    if portal.rstrip("/") == kind.portal.rstrip("/"):
        return None
    right = (kind.portal,) if kind.portal else ()
    return _entry(keys, f"'{portal}' is not the portal of a {name}", right)


def _link(step: ClientStep, link: str, name: str, kind: AccountKind, keys: Keys) -> Flaw | None:
    method = method_of(step.action)
    right = kind.links.get(method, ())
    if link in right:
        return None
    # The one that is most like it comes first.
    near = nearest(link, right)
    first = sorted(right, key=lambda one: one != near)
    return _entry(keys, f"'{link}' is no link of a {name} for logging on by {method}", tuple(first))


def _entry(keys: Keys, message: str, right: tuple[str, ...]) -> Flaw:
    hint = proposal(right) if right else "the rulebook names none"
    return Flaw("DC180", keys, message, f"{hint}; leave the key out for the right one")


# -- labels ------------------------------------------------------------------------------------------------------------


_LABELLED: Mapping[str, Keys] = {"smartcard": (), "password": ("two-factor",), "channel": ("two-factor",)}
"""The fields that hold labels, with the key in which they are written."""


@attrs.frozen(eq=False)
class Labels:
    """The labels that are set in a scenario, by accounts, steps, rules and the runbook."""

    form: ScenarioForm
    book: Rulebook
    runbook: Runbook

    @cached_property
    def written(self) -> Mapping[str, set[str]]:
        """The labels that steps, rules and the runbook set, by field. A reset may set any field."""
        found: dict[str, set[str]] = {field: set() for field in _LABELLED}
        for step in self.form.steps:
            for name, field in written(step.action):
                found.setdefault(field, set()).add(str(getattr(step.action, name)))
        resets = [*(s.to for s in self.runbook.steps if isinstance(s, Reset)), *(rule.to for rule in self.book.rules)]
        for labels in found.values():
            labels.update(value for value in resets if isinstance(value, str))
        return found

    @cached_property
    def started(self) -> Mapping[str, set[str]]:
        """The labels with which accounts start, by field."""
        set_up = [holder.two_factor for holder in self.form.accounts if holder.two_factor]
        return {
            "smartcard": {holder.smartcard for holder in self.form.accounts if holder.smartcard is not None},
            "password": {one.password for one in set_up},
            "channel": {one.channel for one in set_up},
        }

    def _known(self, field: str) -> list[str]:
        return sorted(self.written[field] | self.started[field])

    def unset(self, label: object, field: str) -> bool:
        """Whether a value is a label that nobody sets. Someone may mean one of another account or another field."""
        if not isinstance(label, str) or field not in _LABELLED:
            return False
        # The accounts last: there may be a hundred thousand of them.
        return not any(label in labels for of in (self.written, self.started) for labels in of.values())

    def flaws(self) -> Iterator[Flaw]:
        """Labels that a step authenticates with, or that are expected, and that nobody sets."""
        for index, step in enumerate(self.form.steps):
            for name, field, argument in valued(step.action) if not expects_refusal(step.expect) else ():
                label = getattr(step.action, name)
                if argument.sort == "secret" and self.unset(label, field):
                    own = {getattr(step.action, other) for other, _ in written(step.action)}
                    yield self._flaw(label, field, ("steps", index, key_name(name)), own)
        for target, accounts in self.form.expect.seen.items():
            for account, held in accounts.items():
                for field, label in flattened(held).items():
                    # One that is like no other is no misspelling: the run tells what it found instead.
                    if self.unset(label, field) and nearest(label, self._known(field)):
                        yield self._flaw(label, field, ("expect", target, account, *_LABELLED[field], field))

    def _flaw(self, label: str, field: str, keys: Keys, own: Collection[str] = ()) -> Flaw:
        known = [label for label in self._known(field) if label not in own]
        near = nearest(label, known)
        shown = ", ".join(known[:MOST_SHOWN]) + (" ..." if len(known) > MOST_SHOWN else "")
        set_ = f"these are set: {shown}" if shown else f"no {field} is set at all"
        hint = f"did you mean '{near}'?" if near else set_
        return Flaw("DC181", keys, f"'{label}' is set nowhere: no account starts with it, and no step writes it", hint)
