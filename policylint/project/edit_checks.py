"""What an edit may not do: fail a test or an assertion that passed, or bring an error of lint."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policylint.errors import RefusedError
from policylint.lint.run import errors_about
from policylint.project.verify import failing

if TYPE_CHECKING:
    from collections.abc import Collection

    from policylint.analysis.assertions import Baseline
    from policylint.project.project import Project

_HELP = "nothing is written; change the policy first where the edit is right"


def require_tests(before: Project, after: Project, baseline: Baseline, where: str = "") -> None:
    """Raise RefusedError at the first test or assertion that passes before an edit and not after it.

    `where` is what the environment is called where it is not the one that is edited.
    """
    failed = tuple(failing(after, baseline))
    if not failed:
        return
    known = Counter(name for name, _ in failing(before, baseline))
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


def require_no_new_errors(before: Project, after: Project, objects: Collection[tuple[str, str]]) -> None:
    """Raise RefusedError at the first error that lint finds in edited objects, given by kind and key, and did not."""
    found = errors_about(objects, after.rules, after.lint_facts)
    if not found:
        return
    known = {(each.rule, each.message) for each in before.lint(with_baseline=False).errors}
    for each in found:
        if (each.rule, each.message) not in known:
            raise RefusedError(f"after this edit: {each.message} [{each.rule}]", help=each.help)
