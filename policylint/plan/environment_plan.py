"""What the plan of an environment does, in numbers: a line of the table of all environments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.impact import newly_denied
from policylint.model.environment import shown
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from policylint.model.environment import Problem
    from policylint.plan.plan import Plan
    from policylint.plan.refusal import Refusal


class EnvironmentPlan(NamedTuple):
    """What the plan of an environment does, or why it has none: `problem`, with the exit code of a run over it alone.

    `organization` is the name of the organization in live state, else its tenant. `file` is that of the saved plan.
    """

    name: str | None
    organization: str | None = None
    edition: str = ""
    steps: int = 0
    newly_denied: int = 0
    newly_allowed: int = 0
    refusals: tuple[Refusal, ...] = ()
    drift: int = 0
    warnings: int = 0
    fingerprint: str | None = None
    file: str | None = None
    problem: Problem | None = None
    exit_code: int = 0

    @property
    def shown(self) -> str:
        """Return what the environment is called beside others."""
        return shown(self.name)


def summary_of(plan: Plan, name: str | None, fingerprint: str) -> EnvironmentPlan:
    """Return what the plan of an environment does."""
    return EnvironmentPlan(
        name,
        plan.source.organization or plan.source.tenant,
        plan.edition,
        len(plan.steps),
        newly_denied(plan.impact),
        plan.impact.newly_allowed,
        plan.refusals,
        len(plan.drift),
        len(plan.warnings),
        fingerprint,
    )
