"""The codes of findings about a run of many scenarios, and of warnings about what a scenario says."""

from __future__ import annotations

from collections.abc import Mapping

from dcsim.files.code import Code

RUN: Mapping[str, Code] = {
    "DC185": Code(
        "not loaded",
        "A file in a folder looks like a scenario, but it is not loaded: its name does not end in .yaml or .yml, or "
        "its top level has no key `scenario`, or has it misspelt.",
        "scenaro: password-changed\nrulebook: seoch-2fa-2023",
        "Correct the key or the name of the file. To keep a file out, take it out of the folder, or begin its name "
        "with a dot.",
        "warning",
    ),
    "DC186": Code(
        "does not fit",
        "The rulebook or runbook that the command line gives is not one for which these scenarios were written: they "
        "name sessions, kinds of account, records or steps that it does not have.",
        "dcsim run scenarios --rulebook another-notice",
        "Run them with the books that they name, or give books with the same sessions, accounts and sites.",
    ),
    "DC187": Code(
        "unknown occurrence",
        "`expect: sometimes` names nothing that can happen when every schedule is checked.",
        "expect: {sometimes: [rule fn9]}",
        "Write an act (`change-password`), `rule` and the id of a rule, or `refused` and a code.",
    ),
    "DC188": Code(
        "steps out of order",
        "A step stands below one of the same account that happens later. Steps happen in the order of time, whatever "
        "their order in the file, which misleads a reader.",
        "- {at: session-2 +5m, ...}\n- {at: session-1 +5m, ...}",
        "Move the step up, or correct its time.",
        "warning",
    ),
    "DC189": Code(
        "accounts out of order",
        "Steps of different accounts do not stand in the order of time. A file may take the accounts one by one, so "
        "`run` tells this with -v only.",
        "- {at: session-2 +5m, account: U001, ...}\n- {at: session-1 +5m, account: U002, ...}",
        "Nothing, where it is meant; otherwise put the steps into the order of time.",
        "warning",
    ),
    "DC190": Code(
        "question about no rule cell",
        "An open question names a kind of account, a kind of change, an interval or a session that there is not, or a "
        "session that comes before the changes it asks about. So no run that depends on it can name it.",
        "open-questions: [{id: Q1, asks: Is it kept?, changes: email, made-in: session-3}]",
        "Correct the name, or leave the key out: then the question is about all of its sort.",
        "warning",
    ),
    "DC191": Code(
        "not run",
        "Scenarios were not run, because the process that ran them was lost twice, or because the cluster was lost. "
        "Nothing is known of them. What was run before stands in the result, and its files are written.",
        "dcsim run scenarios --cluster tcp://10.0.0.5:8786",
        "Run them again. If a process is always lost with the same scenario, run that one alone, with -j 1.",
    ),
}
