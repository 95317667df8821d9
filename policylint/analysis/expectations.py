"""The repository's own expectations: each described device against the access it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.access.describe import because, location_words
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.model.names import Names
    from policylint.model.policy_set import AccessTest

TestOutcome: TypeAlias = Literal["passed", "failed", "undecided", "skipped"]

PASSING: frozenset[TestOutcome] = frozenset(("passed", "skipped"))
"""The outcomes that fail no run."""


class AccessTestResult(NamedTuple):
    """What became of one test. `message` says why where it did not pass."""

    test: AccessTest
    outcome: TestOutcome
    decision: Decision | None
    message: str


def run_tests(tests: Iterable[AccessTest], model: AccessModel, mailboxes: Names) -> tuple[AccessTestResult, ...]:
    """Return the result of each test, in the order given. `mailboxes` are those known, by every name."""
    return tuple(_run(test, model, mailboxes) for test in tests)


def _run(test: AccessTest, model: AccessModel, mailboxes: Names) -> AccessTestResult:
    device = test.device
    if test.mailbox is not None:
        mailbox = mailboxes.get(fold(test.mailbox))
        if mailbox is None:
            why = mailboxes.why_not_one(fold(test.mailbox), "is neither declared nor in the snapshot")
            message = f"mailbox {test.mailbox} {why}"
            return AccessTestResult(test, "undecided", None, message)
        device = device._replace(mailbox=mailbox.key)
    decision = model.decide(device)
    if decision.state is None:
        return AccessTestResult(test, "undecided", decision, f"not decided here: {because(decision)}")
    if _is_met(test, decision):
        return AccessTestResult(test, "passed", decision, "")
    got = decision.state + (f" ({decision.reason or 'no reason'})" if test.reason is not None else "")
    where = f" ({location_words(decision)})" if location_words(decision) else ""
    return AccessTestResult(
        test, "failed", decision, f"expected {_expected(test)}, got {got} by {because(decision)}{where}"
    )


def _is_met(test: AccessTest, decision: Decision) -> bool:
    """Return whether a decision has the state, the reason and the deciding rule that a test asks for."""
    if decision.state not in test.expect or (test.reason is not None and test.reason != decision.reason):
        return False
    if test.rule is None:
        return True
    deciding = [rule for rule in decision.matched if rule.get("AccessLevel") == decision.matched[0].get("AccessLevel")]
    return any(
        (rule.text("Characteristic"), fold(rule.text("QueryString"))) == (test.rule[0], fold(test.rule[1]))
        for rule in deciding
    )


def _expected(test: AccessTest) -> str:
    """Return what a test asks for: `Quarantined or Blocked (DeviceRule) by rule iPod (DeviceType)`."""
    reason = f" ({test.reason})" if test.reason is not None else ""
    rule = f" by rule {test.rule[1]} ({test.rule[0]})" if test.rule is not None else ""
    return " or ".join(test.expect) + reason + rule
