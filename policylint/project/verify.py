"""A project to the results of its own tests and assertions."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from policylint.access.cohorts import cohorts_of
from policylint.analysis.assertions import AssertionResult, Coverage, check_assertions, coverage
from policylint.analysis.expectations import AccessTestResult, run_tests
from policylint.desired.overlay import names_of
from policylint.model.device_table import DeviceTable

if TYPE_CHECKING:
    from policylint.analysis.assertions import Baseline
    from policylint.project.project import Project


class Verification(NamedTuple):
    """What became of each test and each assertion, and which rules none of them covers."""

    tests: tuple[AccessTestResult, ...]
    assertions: tuple[AssertionResult, ...]
    coverage: Coverage

    @property
    def passed(self) -> bool:
        """Return whether all of them passed."""
        outcomes = (*(test.outcome for test in self.tests), *(found.outcome for found in self.assertions))
        return all(outcome == "passed" for outcome in outcomes)


def verify(project: Project, baseline: Baseline) -> Verification:
    """Return the results of a project's tests and assertions; `baseline` returns who gets in under a revision."""
    policy, model, devices = project.policy, project.desired_model, project.devices or DeviceTable()
    mailboxes = names_of(model.state.mailboxes or {})
    tests = run_tests(policy.tests, model, mailboxes)
    assertions = check_assertions(policy.assertions, model, devices, mailboxes, cache(baseline))
    tested = [result.decision for result in tests if result.decision is not None]
    seen = [model.decide(cohort.representative) for cohort in cohorts_of(devices, (model,)).cohorts]
    covered = coverage((policy.state.rules or {}).values(), tested, seen)
    return Verification(tests, assertions, covered)
