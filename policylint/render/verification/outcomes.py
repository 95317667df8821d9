"""Tests and assertions alike: what each is called, where it is written, what became of it, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.render.verification.text import broken_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.analysis.assertions import AssertionResult
    from policylint.analysis.expectations import AccessTestResult, TestOutcome
    from policylint.model.origin import Origin


class Outcome(NamedTuple):
    """What became of a test or an assertion; `lines` say why where it did not pass."""

    kind: str
    name: str
    outcome: TestOutcome
    origin: Origin
    lines: tuple[str, ...]


def outcomes(tests: tuple[AccessTestResult, ...], assertions: tuple[AssertionResult, ...]) -> Iterator[Outcome]:
    """Yield the tests, then the assertions, in the order given."""
    for each in tests:
        notes = each.decision.notes if each.decision is not None else ()
        lines = (each.message, *(f"note: {note}" for note in notes)) if each.outcome != "passed" else ()
        yield Outcome("test", each.test.name, each.outcome, each.test.origin, lines)
    for found in assertions:
        assertion = found.assertion
        said = (
            broken_words(found),
            *([f"reason: {assertion.reason}"] if assertion.reason else []),
            *([f"ask {assertion.owner}"] if assertion.owner else []),
        )
        yield Outcome(
            "assertion", assertion.name, found.outcome, assertion.origin, said if found.outcome != "passed" else ()
        )
