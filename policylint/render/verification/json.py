"""What became of tests and assertions as JSON, format `policylint-test/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.model.access_rule import entry_identity
from policylint.render.records import decision_record, device_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.analysis.assertions import AssertionResult, Coverage
    from policylint.analysis.expectations import AccessTestResult


def tests_record(
    results: Sequence[AccessTestResult], asserted: Sequence[AssertionResult], covered: Coverage
) -> dict[str, Any]:
    """Return the outcome of each test and assertion, and what none of them covers, as plain data."""
    outcomes = [result.outcome for result in results]
    return {
        "format": "policylint-test/1",
        "summary": {
            "tests": len(results),
            **{word: outcomes.count(word) for word in ("passed", "failed", "undecided", "skipped")},
        },
        "tests": [_test(result) for result in results],
        "assertions": [_assertion(result) for result in asserted],
        "coverage": {
            "rules": covered.rules,
            "byTest": covered.by_test,
            "byDevice": covered.by_device,
            "never": [
                {
                    "identity": entry_identity(rule),
                    "path": rule.origin.path,
                    "line": rule.origin.line,
                    **({"matches": rule.pattern} if rule.pattern else {}),
                }
                for rule in covered.never
            ],
        },
    }


def _test(result: AccessTestResult) -> dict[str, Any]:
    test = result.test
    rule = None if test.rule is None else {"Characteristic": test.rule[0], "QueryString": test.rule[1]}
    return {
        "name": test.name,
        "path": test.origin.path,
        "line": test.origin.line,
        "outcome": result.outcome,
        "expected": {"state": list(test.expect), "reason": test.reason, "rule": rule},
        "decision": decision_record(result.decision),
        "message": result.message,
    }


def _assertion(result: AssertionResult) -> dict[str, Any]:
    assertion = result.assertion
    return {
        "name": assertion.name,
        "kind": assertion.kind or None,
        "path": assertion.origin.path,
        "line": assertion.origin.line,
        "owner": assertion.owner or None,
        "reason": assertion.reason or None,
        "outcome": result.outcome,
        "witness": None if result.witness is None else device_record(result.witness),
        "decision": decision_record(result.decision),
        "before": decision_record(result.before),
        "message": result.message,
    }
