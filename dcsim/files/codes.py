"""Every kind of fault a file can have, as data: the reference page of findings is made from this table.

Codes are stable: one that is no longer raised is retired, never reused.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dcsim.files.code import Code
from dcsim.files.codes_rules import MEANING

_UNKNOWN = "Correct the spelling, or declare the name where it belongs; the finding proposes the nearest known one."

CODES: Mapping[str, Code] = MappingProxyType(
    {
        # Getting at the text.
        "DC100": Code(
            "missing file",
            "Nothing exists at this path, or the path is empty.",
            "dcsim run no-such-file.yaml",
            "Check the path. A rulebook's or runbook's path is looked up beside the scenario first, then from the "
            "working folder.",
        ),
        "DC101": Code(
            "unreadable file",
            "The path is there, but it is a folder, a device, or closed to you.",
            "rulebook: ./a-folder.yaml",
            "Give the path of a regular file that you may read.",
        ),
        "DC102": Code(
            "not UTF-8",
            "The file holds bytes that are not UTF-8 text.",
            "a file saved as Latin-1 or UTF-16",
            "Save the file as UTF-8.",
        ),
        "DC103": Code(
            "not YAML",
            "The text cannot be read as YAML, or uses a tag or a merge key (`<<`), which these files do not need.",
            "steps: [1, 2",
            "Mend the YAML at the position given; it is often an indentation or a missing bracket just before.",
        ),
        "DC111": Code(
            "too big",
            "The file is above 32 MiB, holds more than 1,000,000 values, is nested more than 100 deep, or has more "
            "than 1,000 findings.",
            "a million written-out accounts",
            "Split the file, or use a population instead of written-out accounts.",
        ),
        "DC112": Code(
            "nested aliases",
            "Aliases of aliases write the file out to more than 1,000,000 values.",
            "b: &b [*a, *a]\nc: &c [*b, *b]",
            "Write the values out, or use fewer levels of aliases.",
        ),
        "DC113": Code(
            "cyclic alias",
            "An alias stands inside the very value that it names.",
            "a: &a [*a]",
            "Remove the alias.",
        ),
        "DC114": Code(
            "several documents",
            "The file holds more than one YAML document.",
            "scenario: one\n---\nscenario: two",
            "Put each document in a file of its own.",
        ),
        "DC115": Code(
            "folder with no scenario",
            "No .yaml or .yml file in the folder has `scenario` as a key of its top level.",
            "dcsim run docs/",
            "Name a folder that holds scenarios, or a file.",
        ),
        "DC116": Code(
            "unknown rulebook or runbook",
            "No built-in rulebook or runbook has this name.",
            "rulebook: no-such-notice",
            "Use a built-in name, or a path with a separator or ending in .yaml or .yml.",
        ),
        "DC117": Code(
            "cannot be written",
            "The file could not be written, or what stands there must stay: an input, a file with hard links, "
            "one that dcsim did not write or that was changed since. What was there before is untouched.",
            "--out /no/such/folder/found.yaml",
            "Choose a folder that exists and that you may write to, and a name in it that is free; or move what is in "
            "the way.",
        ),
        "DC118": Code(
            "not a trace",
            "The file is no trace of this format, or one of its lines is no event.",
            "dcsim replay notes.trace.jsonl",
            "Give a file that `dcsim run --trace` wrote.",
        ),
        "DC119": Code(
            "not a baseline",
            "The file is no baseline of findings.",
            "dcsim rules lint --baseline rulebook.yaml seoch.yaml",
            "Give a file that `dcsim rules lint --write-baseline` wrote.",
        ),
        # The shape of the text.
        "DC104": Code(
            "unknown action",
            "`do` names no action.",
            "- {at: session-1 +5m, account: U001, do: log-on}",
            "Use one of the actions of the reference; the finding proposes the nearest.",
        ),
        "DC105": Code(
            "duplicate key",
            "A mapping has the same key twice; most readers would drop the first in silence.",
            "title: a\ntitle: b",
            "Keep one of the two.",
        ),
        "DC106": Code(
            "unknown key",
            "The key is not one that belongs here.",
            "- {at: session-1 +5m, acount: U001, do: logout}",
            "Correct the spelling, or remove the key.",
        ),
        "DC107": Code(
            "missing key",
            "A key that must be here is not. A scenario without accounts is often one that was cut off.",
            "- {at: session-1 +5m, do: logout}",
            "Add the key.",
        ),
        "DC108": Code(
            "wrong type",
            "Text, a number, a flag, a list or a mapping stands where another of them belongs.",
            "participant: 1234",
            "Write what is expected. Text that looks like a number or a flag needs quotes.",
        ),
        "DC109": Code(
            "wrong value",
            "The value is of the right type, but none that may stand here: blank text where something must be said is "
            "one, and a list that would say nothing.",
            "lag: quickly",
            "Use one of the values or forms that the finding names.",
        ),
        "DC110": Code(
            "unsupported version",
            "The file is written in a version of the format that this dcsim does not read.",
            "version: 2",
            "Use `version: 1`, or a newer dcsim.",
        ),
        # Names that must be known.
        "DC120": Code("unknown account", "No account or population of the scenario has it.", "account: U999", _UNKNOWN),
        "DC121": Code(
            "unknown session", "The rulebook has no such session (or gap, where one may stand).", "at: sunday", _UNKNOWN
        ),
        "DC122": Code("unknown site", "The runbook has no such site.", "site: tertiary", _UNKNOWN),
        "DC123": Code(
            "unknown change kind",
            "It is neither a kind of change, nor a record of the rulebook, nor one of its change sets.",
            "changes: change-shoes",
            _UNKNOWN,
        ),
        "DC124": Code("unknown account kind", "The rulebook has no such kind of account.", "kind: guest", _UNKNOWN),
        "DC125": Code(
            "unknown runbook step",
            "No step of the runbook has this id (or, for `on-timeout`, no later one).",
            "faults: [{operator: skip, step: no-such-step}]",
            _UNKNOWN,
        ),
        "DC126": Code(
            "unknown restore point",
            "No step before this one takes a restore point of this name.",
            "- {at: monday opens, do: flashback, site: primary, to: never-taken}",
            "Correct the name, or take the restore point in an earlier step.",
        ),
        "DC127": Code("unknown invariant", "No invariant has this name.", "violations: [no-such-thing]", _UNKNOWN),
        "DC128": Code(
            "unknown record or field",
            "It is neither a field of every account nor one of the rulebook's own records.",
            "do: write, record: no-such-record",
            _UNKNOWN,
        ),
        "DC129": Code(
            "duplicate name",
            "Two things that are referred to by name have the same one, or one that is taken already.",
            "accounts: [{id: U001, kind: user}, {id: U001, kind: user}]",
            "Rename one of the two.",
        ),
        "DC130": Code("unknown policy", "dcsim has no such policy.", "policies: {lock-out: 3}", _UNKNOWN),
        "DC131": Code(
            "unknown timezone", "It is not a name of the IANA time zone database.", "timezone: Asia/HongKong", _UNKNOWN
        ),
        "DC132": Code(
            "unknown refusal",
            "No action is ever refused with this code, or the word is close to one of those that `expect` takes.",
            "expect: refused wrong-pasword",
            "Use one of the codes of the reference; the finding proposes the nearest.",
        ),
        # Time.
        "DC140": Code(
            "overlapping windows",
            "Two sessions are open at the same time.",
            "session-1 18:00 to 20:00, session-2 19:00 to 21:00",
            "Windows are half-open and disjoint: let one close before, or as, the next opens.",
        ),
        "DC141": Code(
            "window that never opens",
            "A session does not open before it closes.",
            "opens: 2023-06-10 20:00, closes: 2023-06-10 18:00",
            "Correct the times or the dates.",
        ),
        "DC142": Code(
            "time outside its session",
            "`session-1 +3h` stands for a time inside the window, and this one is outside; or a moment lies more than "
            "31 days before the first window, or more than a day after the last.",
            "at: session-1 +3h",
            "Name the edge that is meant, such as `session-1 closes +1h`, or correct the time.",
        ),
        "DC143": Code(
            "rule that runs backwards",
            "A target must come after the interval in which the change was made, and the baseline that a discard falls "
            "back to must come before it.",
            "made-in: session-2, at: session-1",
            "Swap or correct them; split a rule that is meant for some pairs only.",
        ),
        "DC146": Code(
            "runbook steps out of order",
            "A step of the runbook is due before the step above it.",
            "- {at: session-1 closes, ...}\n- {at: session-1 opens, ...}",
            "Write the steps in the order in which they are due.",
        ),
        # Sense.
        "DC144": Code(
            "contradictory rules",
            "Two rules decide the same change differently. Rules have no order and no priority.",
            "one rule carries change-2fa-password from session-1 to monday, another discards it",
            "Narrow one of the two, or remove it.",
        ),
        "DC145": Code(
            "neither cited nor assumed",
            "Sessions, rules and policies rest on the source's words or on a stated assumption; this rests on nothing.",
            "rules: [{id: r1, ...}] without citation or assumption",
            "Add `citation: {place: ..., quote: ...}`, or `assumption:` with the reason. Neither may be blank.",
        ),
        "DC147": Code(
            "date and weekday disagree",
            "A date printed in the source does not exist, or falls on another weekday than the one printed with it.",
            "printed: 10 June 2022 (Saturday)",
            "If the file copies the source wrongly, correct it; if not, the source errs: ask its author.",
            "warning",
        ),
        "DC148": Code(
            "one event, two dates",
            "Two printed dates, or a printed date and the session of that name, date the same event differently.",
            "10 June 2022 and 10 June 2023 for the same test",
            "If the file copies the source wrongly, correct it; if not, the source errs: ask its author.",
            "warning",
        ),
        "DC149": Code(
            "date that is not read",
            "No date is found in what the source prints, so that it is held against no weekday and no other date.",
            "printed: 10 Juno 2023 (Saturday)",
            "Write it with day, month and year, in English or in numbers; leave it out if it is no date.",
            "warning",
        ),
        "DC150": Code(
            "nothing happens",
            "The scenario has accounts, but no step, no fault and no expectation: a run of it tests the runbook with "
            "accounts that do nothing. A check may need no more.",
            "accounts: [{id: U001, kind: user}]",
            "Write the steps; if the file had them once, get it again.",
            "warning",
        ),
        "DC151": Code(
            "repeated entry",
            "A list that stands for a set names something twice. The second entry adds nothing; often another name was "
            "meant. Steps and faults are no such lists.",
            "made-in: [session-1, session-1]",
            "Remove the second entry, or write the name that was meant.",
            "warning",
        ),
        **MEANING,
    }
)
