"""What an edit may not do: fail a test or an assertion that passed, or bring an error of lint."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policylint.analysis.expectations import PASSING
from policylint.errors import RefusedError
from policylint.lint.run import errors_about
from policylint.project.verify import verify

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from policylint.analysis.assertions import Baseline
    from policylint.project.project import Project

_HELP = "nothing is written; change the policy first where the edit is right"


def require_tests(before: Project, after: Project, baseline: Baseline, where: str = "") -> None:
    """Raise RefusedError at the first test or assertion that passes before an edit and not after it.

    `where` is what the environment is called where it is not the one that is edited.
    """
    if not (after.policy.tests or after.policy.assertions):
        return
    failed = tuple(_failed(after, baseline))
    if not failed:
        return
    known = Counter(name for name, _ in _failed(before, baseline))
    for name, reason in failed:
        if not known[name]:
            place = f" in {where}" if where else ""
            raise RefusedError(f"after this edit {name} would fail{place}: {reason}", help=_HELP)
        known[name] -= 1


def require_valid_elsewhere(after: Project, where: str) -> None:
    """Raise RefusedError where the policy of another environment is not valid after an edit."""
    if not after.is_valid:
        reason = f"after this edit the policy of {where} would not be valid: {after.errors[0].message}"
        raise RefusedError(reason, help="nothing is written; edit by hand what the environments share")


def _failed(project: Project, baseline: Baseline) -> Iterator[tuple[str, str]]:
    """Yield each test and assertion that does not pass, as what it is called, and why; an edit moves the line."""
    found = verify(project, baseline)
    for result in found.tests:
        if result.outcome not in PASSING:
            yield f"the test `{result.test.name}` of {result.test.origin.path}", result.message
    for each in found.assertions:
        if each.outcome not in PASSING:
            yield f"the assertion `{each.assertion.name}` ({each.assertion.kind})", each.message


def require_no_new_errors(before: Project, after: Project, objects: Collection[tuple[str, str]]) -> None:
    """Raise RefusedError at the first error that lint finds in edited objects, given by kind and key, and did not."""
    found = errors_about(objects, after.rules, after.lint_facts)
    if not found:
        return
    known = {(each.rule, each.message) for each in before.lint(with_baseline=False).errors}
    for each in found:
        if (each.rule, each.message) not in known:
            raise RefusedError(f"after this edit: {each.message} [{each.rule}]", help=each.help)
