"""A project to the results of its own tests and assertions."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.analysis.assertions import AssertionResult, Coverage, check_assertions, coverage
from policylint.analysis.expectations import PASSING, AccessTestResult, TestOutcome, run_tests
from policylint.desired.overlay import names_of
from policylint.model.device_table import DeviceTable
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.access.decision import Decision
    from policylint.analysis.assertions import Baseline
    from policylint.project.project import Project


class Verification(NamedTuple):
    """What became of each test and each assertion, and which rules none of them covers.

    Where the configured snapshot is not there, what cannot be decided without it is skipped.
    """

    tests: tuple[AccessTestResult, ...]
    assertions: tuple[AssertionResult, ...]
    coverage: Coverage

    @property
    def passed(self) -> bool:
        """Return whether all of them passed."""
        outcomes = (*(test.outcome for test in self.tests), *(found.outcome for found in self.assertions))
        return all(outcome in PASSING for outcome in outcomes)


def _skipped(outcome: TestOutcome, decision: Decision | None) -> TestOutcome:
    """Return the outcome of what was not decided at all, for live state is not known."""
    return "skipped" if outcome == "undecided" and decision is None else outcome


def results(project: Project, baseline: Baseline) -> tuple[tuple[AccessTestResult, ...], tuple[AssertionResult, ...]]:
    """Return what becomes of a project's tests and assertions; `baseline` returns who gets in under a revision."""
    policy, model, devices = project.policy, project.desired_model, project.devices or DeviceTable()
    project.doing("running tests and assertions")
    mailboxes = names_of(model.state.mailboxes or {})
    tests = run_tests(policy.tests, model, mailboxes)
    assertions = check_assertions(policy.assertions, model, devices, mailboxes, cache(baseline))
    if project.missing_snapshot is not None:
        tests = tuple(each._replace(outcome=_skipped(each.outcome, each.decision)) for each in tests)
        assertions = tuple(each._replace(outcome=_skipped(each.outcome, each.decision)) for each in assertions)
    return tests, assertions


def failing(project: Project, baseline: Baseline) -> Iterator[tuple[str, str]]:
    """Yield each test and assertion that does not pass, as what it is called, and why; an edit moves the line."""
    if not (project.policy.tests or project.policy.assertions):
        return
    tests, assertions = results(project, baseline)
    for result in tests:
        if result.outcome not in PASSING:
            yield f"the test `{result.test.name}` of {result.test.origin.path}", result.message
    for each in assertions:
        if each.outcome not in PASSING:
            yield f"the assertion `{each.assertion.name}` ({each.assertion.kind})", each.message


def verify(project: Project, baseline: Baseline) -> Verification:
    """Return what `results` does, and which rules none of the tests and devices covers."""
    tests, assertions = results(project, baseline)
    model, devices = project.desired_model, project.devices or DeviceTable()
    tested = [result.decision for result in tests if result.decision is not None]
    seen = [model.decide(cohort.representative) for cohort in cohorts_of(devices, (model,)).cohorts]
    covered = coverage((project.policy.state.rules or {}).values(), tested, seen)
    return Verification(tests, assertions, covered)
