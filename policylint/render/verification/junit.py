"""What became of tests and assertions as JUnit XML: a suite for each file, and a case for each of them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Literal

from policylint.analysis.expectations import PASSING
from policylint.render.junit import Case, Suite, render_junit
from policylint.render.verification.outcomes import outcomes

if TYPE_CHECKING:
    from policylint.analysis.assertions import AssertionResult, Coverage
    from policylint.analysis.expectations import AccessTestResult
    from policylint.render.verification.outcomes import Outcome

NAME = "policylint test"


def render_tests(
    tests: tuple[AccessTestResult, ...], assertions: tuple[AssertionResult, ...], covered: Coverage
) -> str:
    """Return the outcomes as XML. A case fails where it fails the run: one that cannot be decided does so too.

    The first suite says how many rules decide in a test, and for a device.
    """
    found = sorted(outcomes(tests, assertions), key=lambda each: (each.origin.path, each.origin.line or 0))
    by_file = groupby(found, lambda each: each.origin.path)
    suites = [Suite(path, tuple(map(_case, each))) for path, each in by_file] or [Suite(NAME, ())]
    properties = [("rules", covered.rules), ("byTest", covered.by_test), ("byDevice", covered.by_device)]
    first = suites[0]._replace(properties=tuple((name, str(number)) for name, number in properties))
    return render_junit(NAME, [first, *suites[1:]])


def _case(each: Outcome) -> Case:
    classname = f"{each.origin.path}:{each.kind}"
    if each.outcome == "passed":
        return Case(classname, each.name)
    place = f"{each.origin.path}:{each.origin.line}: {each.outcome}: {each.name}"
    outcome: Literal["skipped", "failure"] = "skipped" if each.outcome in PASSING else "failure"
    return Case(classname, each.name, outcome, each.outcome, each.lines[0], (place, *each.lines))
