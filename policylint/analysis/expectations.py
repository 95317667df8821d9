"""The repository's own expectations: each described device against the access it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from policylint.access.describe import because, place
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.model.entity import Entity
    from policylint.model.policy_set import AccessTest

TestOutcome: TypeAlias = Literal["passed", "failed", "undecided"]


class AccessTestResult(NamedTuple):
    """What became of one test. `message` says why where it did not pass."""

    test: AccessTest
    outcome: TestOutcome
    decision: Decision | None
    message: str


def run_tests(
    tests: Iterable[AccessTest], model: AccessModel, mailboxes: Mapping[str, Entity]
) -> tuple[AccessTestResult, ...]:
    """Return the result of each test, in the order given. `mailboxes` are those known, by every name."""
    return tuple(_run(test, model, mailboxes) for test in tests)


def _run(test: AccessTest, model: AccessModel, mailboxes: Mapping[str, Entity]) -> AccessTestResult:
    device = test.device
    if test.mailbox is not None:
        mailbox = mailboxes.get(fold(test.mailbox))
        if mailbox is None:
            message = f"mailbox {test.mailbox} is neither declared nor in the snapshot"
            return AccessTestResult(test, "undecided", None, message)
        device = device._replace(mailbox=mailbox.key)
    decision = model.decide(device)
    if decision.state is None:
        return AccessTestResult(test, "undecided", decision, f"not decided here: {because(decision)}")
    problems = tuple(_problems(test, decision))
    if not problems:
        return AccessTestResult(test, "passed", decision, "")
    where = place(decision)
    got = f"got {decision.state} by {because(decision)}" + (f" ({where})" if where else "")
    return AccessTestResult(test, "failed", decision, f"{'; '.join(problems)}; {got}")


def _problems(test: AccessTest, decision: Decision) -> Iterable[str]:
    if decision.state not in test.expect:
        yield f"expected {' or '.join(test.expect)}"
    if test.reason is not None and test.reason != decision.reason:
        yield f"expected the reason {test.reason}, it is {decision.reason or 'none'}"
    if test.rule is not None:
        characteristic, query = test.rule
        decisive = [
            rule for rule in decision.matched if rule.get("AccessLevel") == decision.matched[0].get("AccessLevel")
        ]
        if not any(
            fold(rule.text("QueryString")) == fold(query) and rule.text("Characteristic") == characteristic
            for rule in decisive
        ):
            yield f"expected rule {query} ({characteristic}) to decide"
