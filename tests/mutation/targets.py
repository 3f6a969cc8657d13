"""Which tests are asked about which files, the quickest first.

Only tests that call dcsim in their own process are of use: a program that a test starts imports the files as they are.
"""

CORE = (
    "tests/semantics",
    "tests/simulate",
    "tests/trace",
    "tests/test_suite.py",
    "tests/check/test_weekend_itf.py",
    "tests/check/test_check_parts.py",
    "tests/fuzz/test_minimise.py",
    "tests/soundness/test_judge.py",
    "tests/test_docs.py::test_generated_pages_are_fresh",
)
SLOW = ("tests/rules/test_rules_diff.py::test_no_shorter_scenario_shows_it",)
"""Left out: it takes most of its file's time."""
MATRIX = ("tests/rules/test_baseline.py", "tests/rules/test_matrix.py")
LINT = (
    "tests/rules/test_amendment.py",
    "tests/rules/test_phrases.py",
    *MATRIX,
    "tests/rules/test_rules_lint.py",
    "tests/rules/test_generality.py",
)
DIFF = (
    "tests/rules/test_made_runbooks.py",
    "tests/rules/test_witness.py",
    "tests/rules/test_aspects_shown.py",
    *MATRIX,
    "tests/rules/test_rules_diff.py",
    *(word for slow in SLOW for word in ("--deselect", slow)),
)
MUTANTS = ("tests/rules/test_mutant_names.py", "tests/check/test_mutants.py")

TARGETS = {
    CORE: ("semantics/*", "simulate/*"),
    LINT: (
        "rules/conflicts",
        "rules/blocks",
        "rules/decision_space",
        "rules/baseline_conflicts",
        "rules/lint",
        "rules/phrases",
    ),
    DIFF: ("rules/diff_settings", "rules/diff", "rules/witness_runbooks", "rules/witness_visits", "rules/witness"),
    MUTANTS: ("rules/mutants",),
}
"""The tests, and the files of ``dcsim`` about which they are asked."""
