"""Which tests are asked about which file, the quickest and nearest first."""

CORE = (
    "tests/semantics",
    "tests/simulate",
    "tests/trace",
    "tests/test_suite.py",
    "tests/check/test_weekend_itf.py",
)
RULES = (
    "tests/rules/test_amendment.py",
    "tests/rules/test_baseline.py",
    "tests/rules/test_rules_lint.py",
    "tests/rules/test_rules_diff.py",
    "tests/rules/test_matrix.py",
    "tests/rules/test_generality.py",
    "tests/rules",
)
TARGETS = {"dcsim/semantics": CORE, "dcsim/simulate": CORE, "dcsim/rules": RULES}
