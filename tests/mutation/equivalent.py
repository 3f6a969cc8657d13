"""Survivors that no test can tell from the original, or that none should, each with the reason."""

EQUIVALENT = {
    (
        "dcsim/semantics/intent.py",
        "if option.made > base and not option.rules:",
        "option.made > base -> option.made >= base",
    ): "what was made in the baseline itself is an option of the baseline's own row too, so that falling back and "
    "keeping it come to the same (no difference in 60,000 drawn histories)",
    (
        "dcsim/semantics/mechanism.py",
        'return _with_roles(control, {control.other or "": "primary", control.production or "": "standby"})',
        "control.production or '' -> control.production",
    ): "no site is called None or by an empty name",
    (
        "dcsim/semantics/practices.py",
        'if rule.fate == "discard" and rule.baseline:',
        "rule.fate == 'discard' and rule.baseline -> rule.baseline",
    ): "a baseline may only stand in a discard (DC109)",
    (
        "dcsim/semantics/practices.py",
        "if s.site == s.control.other and behind(s.account):",
        "s.site == s.control.other and behind(s.account) -> s.site == s.control.other",
    ): "a look ahead for speed: an account that is not behind has no redo that is counted",
    (
        "dcsim/semantics/practices.py",
        "if edit and outdated(s.before, edit):",
        "edit and outdated(s.before, edit) -> outdated(s.before, edit)",
    ): "a commit that changed something had a request",
    (
        "dcsim/semantics/promise.py",
        "return ()  # both worlds decide alike under the same control, and records are checked wherever they change",
        "return () -> return None",
    ): "the one caller asks only whether there is anything",
    (
        "dcsim/semantics/promise.py",
        "return ()  # the control itself breaks the promise, which is reported when time passes",
        "return () -> return None",
    ): "the one caller asks only whether there is anything",
    (
        "dcsim/semantics/promise.py",
        "return ()",
        "return () -> return None",
    ): "the callers ask only whether there is anything",
    (
        "dcsim/semantics/practices.py",
        "if s.before is None or site is None:",
        "s.before is None or site is None -> site is None",
    ): "a delivery, the only moment of this practice, always says what was before",
    (
        "dcsim/semantics/interning.py",
        "if found is None:",
        "if found is None: step = control_step(self.model, before, ac -> if True: step = control_step(self.model, before, action, lam",  # noqa: E501
    ): "what is remembered is only computed again, with the same result",
    (
        "dcsim/simulate/expectations.py",
        'if expect == "any":',
        "'any' -> 'any-x'",
    ): "its one caller has returned before where anything is expected",
    (
        "dcsim/rules/witness_visits.py",
        "yield VisitWitness(kind, ((moment_in(book, session), _logon(method), 0),), registered=False)",
        "0 -> 1",
    ): "a visit that takes a millisecond has the same outcome",
    (
        "dcsim/rules/witness_visits.py",
        'yield VisitWitness(kind, ((moment_in(book, session), InitiateTwoFactor("P1", "app"), 0),))',
        "'app' -> 'app-x'",
    ): "a channel is any word; the account holds another one",
    (
        "dcsim/rules/witness_visits.py",
        'slow, quick = (ChangeOtpChannel("P0", channel) for channel in ("app", "phone"))',
        "'app' -> 'app-x'",
    ): "a channel is any word; the account holds another one",
    (
        "dcsim/rules/witness_visits.py",
        "yield VisitWitness(kind, ((moment_in(book, session), _logon(method, otp_age=min(limits) + 1), 0),))",
        "0 -> 1",
    ): "a visit that takes a millisecond has the same outcome",
    (
        "dcsim/semantics/invariant_registry.py",
        '__all__ = ["INVARIANTS", "Scene", "diagnosis", "practice", "practices", "show", "spell", "violations"]',
        "'violations' -> 'violations-x'",
    ): "a list of names for readers; nobody imports all of them at once",
    (
        "dcsim/simulate/weekend.py",
        "self.recorder.check_time_passed()",
        "self.recorder.check_time_passed() -> pass",
    ): "the clock has passed the last session by then, and outside the sessions the control breaks nothing",
    (
        "dcsim/semantics/interning.py",
        "shipped = len(step.lane.redo) > len(lane.redo) and bool(step.outcome.changes)",
        "len(step.lane.redo) > len(lane.redo) and bool(step.outcome.c -> len(step.lane.redo) > len(lane.redo)",
    ): "it is read only after a client's act, which puts redo on the link only where it changes something",
    (
        "dcsim/semantics/intent.py",
        'value = {"carry": cell.value, "discard": nothing}.get(group, by_group[group][0].to)',
        "'carry' -> 'carry-x'",
    ): "where something is carried, the cell itself is taken, and this value is not used",
    (
        "dcsim/semantics/promise.py",
        "if found == start:",
        "if found == start: return iter(()) -> if False: return iter(())",
    ): "a look ahead for speed: equal records differ in no field",
    (
        "dcsim/semantics/client_step.py",
        'shown = model.session(session).shows.get(party.profile.kind, "") if session and isinstance(action, Logon) else ""',  # noqa: E501
        "session and isinstance(action, Logon) -> isinstance(action, Logon)",
    ): "a logon without a session is refused before, since gaps accept kinds of change only",
    (
        "dcsim/semantics/invariant_registry.py",
        '__all__ = ["INVARIANTS", "Scene", "diagnosis", "practice", "practices", "show", "spell", "violations"]',
        "'practices' -> 'practices-x'",
    ): "a list of names for readers; nobody imports all of them at once",
    (
        "dcsim/semantics/invariant_registry.py",
        '__all__ = ["INVARIANTS", "Scene", "diagnosis", "practice", "practices", "show", "spell", "violations"]',
        "'show' -> 'show-x'",
    ): "a list of names for readers; nobody imports all of them at once",
    (
        "dcsim/simulate/weekend.py",
        "if len(streams) == 1:",
        "if len(streams) == 1: return streams[0].acts() -> if False: return streams[0].acts()",
    ): "a shortcut for speed: one stream merged with none is itself",
}
"""(file, the line's text, what the mutant says) to the reason."""


def reason(row):
    """Why a survivor may live; empty where it should not."""
    return EQUIVALENT.get((row["file"], row["text"], row["says"]), "")
