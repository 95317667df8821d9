"""What the organization's own rules find in the steps of a plan: refusals and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from policylint.escape import to_json
from policylint.model.state import MAILBOX, ORGANIZATION
from policylint.named_tuple import NamedTuple
from policylint.phrases import count
from policylint.plan.affected import affected
from policylint.plan.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from policylint.plan.change import PlanStep


class StepFinding(NamedTuple):
    """A step that a rule finds, with its message and how to fix it. Where it is an error, there is no script."""

    rule: str
    step: PlanStep
    message: str
    help: str
    is_error: bool


FindSteps: TypeAlias = "Callable[[Sequence[PlanStep]], Sequence[StepFinding]]"
"""Returns what rules find in steps, by rule and in the order of the steps."""


def step_refusals(findings: Sequence[StepFinding]) -> Iterator[Refusal]:
    """Yield one refusal for each rule that finds an error; its guard is the rule."""
    for rule, found in _by_rule(findings, is_error=True):
        text = affected(len(found), (_key(each.step) for each in found))
        names_people = any(each.step.kind in {MAILBOX, ORGANIZATION} for each in found)
        summary = f"{count(len(found), 'step')} found by the rule {rule}" if names_people else ""
        yield Refusal(guard=rule, message=_words(found), acknowledge=f"{rule}={text}", summary=summary)


def step_notes(findings: Sequence[StepFinding]) -> Iterator[str]:
    """Yield one note for each rule whose findings are no errors."""
    for rule, found in _by_rule(findings, is_error=False):
        yield f"{_words(found)} [{rule}]"


def _by_rule(findings: Sequence[StepFinding], *, is_error: bool) -> Iterator[tuple[str, list[StepFinding]]]:
    by_rule: dict[str, list[StepFinding]] = {}
    for each in findings:
        if each.is_error == is_error:
            by_rule.setdefault(each.rule, []).append(each)
    return iter(by_rule.items())


def _words(found: Sequence[StepFinding]) -> str:
    more = f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
    return f"{found[0].step.id}: {found[0].message}{more}: {found[0].help}"


def _key(step: PlanStep) -> str:
    """Return a text of what a step does and to how many devices, whatever its place in the plan."""
    changes = [(change.property, change.before, change.after) for change in step.changes]
    return to_json([step.action, step.kind, step.identity, changes, step.opens, step.closes])
