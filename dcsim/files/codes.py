"""The table of all codes of findings. The reference page of findings is generated from it.

Codes are stable: a code that is no longer raised is retired, and never used again.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dcsim.files.code import Code
from dcsim.files.codes_packs import PACKS
from dcsim.files.codes_population import POPULATION
from dcsim.files.codes_rules import MEANING
from dcsim.files.codes_run import RUN
from dcsim.files.codes_scenario import SCENARIO
from dcsim.files.codes_tables import TABLES
from dcsim.files.codes_text import TEXT

_UNKNOWN = "Correct the spelling, or declare the name where it belongs; the finding proposes the nearest known one."

_COMPARE = "Compare the file with the source. If the file is wrong, correct it; if the source is, ask its author."

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
            "The path exists, but it is a folder or a device, or you may not read it.",
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
            "The text is not valid YAML, or it uses a tag or a merge key (`<<`), which dcsim does not read.",
            "steps: [1, 2",
            "Mend the YAML at the position given; it is often an indentation or a missing bracket just before.",
        ),
        "DC111": Code(
            "too big",
            "The file is larger than 32 MiB, holds more than 1,000,000 values, is nested more than 100 levels deep, or "
            "has more than 1,000 findings.",
            "a million accounts, each written out",
            "Split the file, or write a population instead of single accounts.",
        ),
        "DC112": Code(
            "nested aliases",
            "Aliases name other aliases, so that the file stands for more than 1,000,000 values.",
            "b: &b [*a, *a]\nc: &c [*b, *b]",
            "Write the values out, or use fewer levels of aliases.",
        ),
        "DC113": Code(
            "cyclic alias",
            "An alias stands inside the value that it names.",
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
            "Give a folder that holds scenarios, or a scenario file.",
        ),
        "DC116": Code(
            "unknown rulebook or runbook",
            "No built-in rulebook or runbook has this name.",
            "rulebook: no-such-notice",
            "Use a built-in name, or a path. A path contains a separator (`/`) or ends in .yaml or .yml.",
        ),
        "DC117": Code(
            "cannot be written",
            "The file could not be written, or dcsim may not replace what is there: an input of this command, a file "
            "that two of its options name, a file with hard links, or a file that dcsim did not write or that was "
            "changed since. What was there before is untouched.",
            "--out /no/such/folder/found.yaml",
            "Choose an existing folder that you may write to, and a file name that is free; or move the file that is "
            "in the way.",
        ),
        "DC118": Code(
            "not a trace",
            "The file is not a trace in this format, or one of its lines is not an event; or the page carries no whole "
            "trace.",
            "dcsim replay notes.trace.jsonl",
            "Give a file that `dcsim run --trace` wrote, or a whole page that `dcsim report` wrote.",
        ),
        "DC119": Code(
            "not a baseline",
            "The file is not a baseline of findings.",
            "dcsim rules lint --baseline rulebook.yaml seoch.yaml",
            "Give a file that `dcsim rules lint --write-baseline` wrote.",
        ),
        # A folder of findings.
        "DC160": Code(
            "folder in use",
            "Another process of dcsim writes findings to this folder.",
            "two `dcsim fuzz --save found` at a time",
            "Wait until it has ended, or give each campaign a folder of its own and merge them afterwards.",
        ),
        "DC161": Code(
            "file in the way",
            "A file has the name of a finding, its trace or the manifest, and no campaign wrote it; or it was edited "
            "since. It is not written over.",
            "dcsim fuzz --save my-scenarios",
            "Move the file elsewhere, or name another folder.",
        ),
        "DC162": Code(
            "findings that cannot be merged",
            "The findings are of different rulebooks or runbooks, or one no longer breaks its invariant.",
            "dcsim findings merge of-one-runbook of-another --into all",
            "Merge findings of one rulebook and one runbook; run the campaign again for those that no longer fail.",
        ),
        # The shape of the text.
        "DC104": Code(
            "unknown action",
            "The word after `do` is not an action.",
            "- {at: session-1 +5m, account: U001, do: log-on}",
            "Use an action from the reference; the finding proposes the nearest.",
        ),
        "DC105": Code(
            "duplicate key",
            "A mapping has the same key twice. Most YAML readers would drop the first one without a message.",
            "title: a\ntitle: b",
            "Keep one of the two keys.",
        ),
        "DC106": Code(
            "unknown key",
            "A mapping of this kind has no such key.",
            "- {at: session-1 +5m, acount: U001, do: logout}",
            "Correct the spelling, or remove the key.",
        ),
        "DC107": Code(
            "missing key",
            "A required key is missing. A scenario without accounts is often a file that was cut off.",
            "- {at: session-1 +5m, do: logout}",
            "Add the key.",
        ),
        "DC108": Code(
            "wrong type",
            "The value has the wrong type: for instance a number where text is expected, or a mapping where a list is.",
            "participant: 1234",
            "Write a value of the expected type. Text that looks like a number or a flag needs quotes.",
        ),
        "DC109": Code(
            "wrong value",
            "The value has the right type but is not allowed here. This includes blank text where text is needed, and "
            "a list or mapping that is empty where it must say something.",
            "lag: quickly",
            "Use one of the values or forms that the finding names.",
        ),
        "DC110": Code(
            "unsupported version",
            "The file is written in a format version that this version of dcsim does not read.",
            "version: 2",
            "Use `version: 1`, or a newer dcsim.",
        ),
        # Names that must be known.
        "DC120": Code(
            "unknown account", "The scenario has no account or population of this name.", "account: U999", _UNKNOWN
        ),
        "DC121": Code(
            "unknown session",
            "The rulebook has no session of this name (and no gap, where a gap is allowed).",
            "at: sunday",
            _UNKNOWN,
        ),
        "DC122": Code("unknown site", "The runbook has no site of this name.", "site: tertiary", _UNKNOWN),
        "DC123": Code(
            "unknown change kind",
            "The name is neither a kind of change, nor a record of the rulebook, nor one of its change sets.",
            "changes: change-shoes",
            _UNKNOWN,
        ),
        "DC124": Code(
            "unknown account kind", "The rulebook has no kind of account of this name.", "kind: guest", _UNKNOWN
        ),
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
            "The name is neither a field that every account has nor one of the rulebook's own records.",
            "do: write, record: no-such-record",
            _UNKNOWN,
        ),
        "DC129": Code(
            "duplicate name",
            "Two things have the same name, or a name is used that stands for something else already.",
            "accounts: [{id: U001, kind: user}, {id: U001, kind: user}]",
            "Rename one of the two.",
        ),
        "DC130": Code("unknown policy", "dcsim has no policy of this name.", "policies: {lock-out: 3}", _UNKNOWN),
        "DC131": Code(
            "unknown timezone",
            "The IANA time zone database has no time zone of this name.",
            "timezone: Asia/HongKong",
            _UNKNOWN,
        ),
        "DC132": Code(
            "unknown refusal",
            "No action is ever refused with this code; or the word is probably a misspelling of `accepted`, `refused` "
            "or `any`.",
            "expect: refused wrong-pasword",
            "Use a code from the reference; the finding proposes the nearest.",
        ),
        # Time.
        "DC140": Code(
            "overlapping windows",
            "Two sessions are open at the same time.",
            "session-1 18:00 to 20:00, session-2 19:00 to 21:00",
            "Let one session close before the next one opens, or at the same time.",
        ),
        "DC141": Code(
            "window that never opens",
            "A session closes before it opens, or at the same time.",
            "opens: 2023-06-10 20:00, closes: 2023-06-10 18:00",
            "Correct the times or the dates.",
        ),
        "DC142": Code(
            "time outside its session",
            "A moment such as `session-1 +3h` must lie inside the session's window, and this one does not. Or a moment "
            "lies more than 31 days before the first session, or more than a day after the last.",
            "at: session-1 +3h",
            "Count from the right edge, such as `session-1 closes +1h`, or correct the time.",
        ),
        "DC143": Code(
            "rule that runs backwards",
            "A target must come after the interval in which the change is made, and the baseline of a discard must "
            "come before it. This must hold for each pair of an interval in `made-in` and a session in `at`.",
            "made-in: session-2, at: session-1",
            "Correct the names. If the rule is meant for some pairs only, write several rules.",
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
            "Two rules decide the same change differently. No rule goes before another: rules have no order and no "
            "priority.",
            "one rule carries change-2fa-password from session-1 to monday, another discards it",
            "Narrow one of the two, or remove it.",
        ),
        "DC145": Code(
            "neither cited nor assumed",
            "A session, rule or policy has neither a citation of the source nor an assumption, so nobody knows why it "
            "is there.",
            "rules: [{id: r1, ...}] without citation or assumption",
            "Add `citation: {place: ..., quote: ...}`, or `assumption:` with the reason. Neither may be blank.",
        ),
        "DC147": Code(
            "date and weekday disagree",
            "A date printed in the source does not exist, or does not fall on the weekday that is printed with it.",
            "printed: 10 June 2022 (Saturday)",
            _COMPARE,
            "warning",
        ),
        "DC148": Code(
            "one event, two dates",
            "Two printed dates give different days for the same event; or a printed date differs from the day on which "
            "the session of that name opens.",
            "10 June 2022 and 10 June 2023 for the same test",
            _COMPARE,
            "warning",
        ),
        "DC149": Code(
            "date that cannot be read",
            "dcsim finds no date in the text, so it cannot compare it with a weekday or with other dates.",
            "printed: 10 Juno 2023 (Saturday)",
            "Write day, month and year, in English or in numbers; leave the entry out if it is not a date.",
            "warning",
        ),
        "DC150": Code(
            "nothing happens",
            "The scenario has accounts, but no step, no fault and no expectation. In a run, the accounts do nothing. A "
            "check may need no more.",
            "accounts: [{id: U001, kind: user}]",
            "Write the steps. If the file had steps once, get it again: it was probably cut off.",
            "warning",
        ),
        "DC151": Code(
            "repeated entry",
            "A list that stands for a set names something twice. The second entry adds nothing; often another name was "
            "meant. Steps are no set: an act can be done twice.",
            "made-in: [session-1, session-1]",
            "Remove the second entry, or write the name that was meant.",
            "warning",
        ),
        **TABLES,
        **SCENARIO,
        **TEXT,
        **RUN,
        **MEANING,
        **PACKS,
        **POPULATION,
    }
)
