"""Tests and assertions that did not pass as annotations of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.analysis.expectations import PASSING
from policylint.diagnostic import Severity
from policylint.render.annotations import Annotation
from policylint.render.verification.outcomes import outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.analysis.assertions import AssertionResult
    from policylint.analysis.expectations import AccessTestResult


def annotations_of(
    tests: tuple[AccessTestResult, ...], assertions: tuple[AssertionResult, ...]
) -> Iterator[Annotation]:
    """Yield one annotation each for what did not pass: an error, or a note where it was skipped."""
    for each in outcomes(tests, assertions):
        if each.outcome != "passed":
            severity = Severity.INFO if each.outcome in PASSING else Severity.ERROR
            lines = (f"{each.outcome}: {each.name}", *each.lines)
            yield Annotation(severity, each.kind, lines, each.origin.head())
