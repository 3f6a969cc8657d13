"""Which tests are asked about which folder: the near ones, the quickest first; of what they miss, the wide ones too."""

CORE = (
    (
        "tests/semantics",
        "tests/simulate",
        "tests/trace",
        "tests/test_suite.py",
        "tests/check/test_weekend_itf.py",
        "tests/check/test_check_parts.py",
        "tests/fuzz/test_minimise.py",
        "tests/soundness/test_judge.py",
        "tests/test_docs.py::test_generated_pages_are_fresh",
    ),
    (),
)
RULES = (
    (
        "tests/rules/test_amendment.py",
        "tests/rules/test_baseline.py",
        "tests/rules/test_rules_lint.py",
        "tests/rules/test_matrix.py",
        "tests/rules/test_rules_diff.py",
        "tests/rules",
    ),
    ("tests/cli/test_rules_show.py",),
)
TARGETS = {"dcsim/semantics": CORE, "dcsim/simulate": CORE, "dcsim/rules": RULES}
