"""The plan as a value: what has to change, in which order, who is affected, and the refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.text import instant

if TYPE_CHECKING:
    from datetime import datetime

    from policylint.access.impact import Impact
    from policylint.model.entity import ObjectKind, Value
    from policylint.plan.change import PlanStep
    from policylint.plan.guard import Refusal


class Drift(NamedTuple):
    """Something live that is not as the policy says, or that the policy does not declare, and that stays."""

    kind: ObjectKind
    identity: str
    property: str | None
    live: Value
    desired: Value
    why: str


class PlanSource(NamedTuple):
    """The snapshot that a plan is made from, and the organization that it is of. Texts as in the snapshot."""

    path: str
    taken_at: str
    sha256: str
    tenant: str | None
    organization: str | None
    organization_guid: str | None


class Plan(NamedTuple):
    """Everything that a reviewer reads and that a script is made of. Times are UTC, in whole seconds.

    `tool` is the version that made the plan.
    """

    tool: str
    created_at: datetime
    not_after: datetime | None
    edition: str
    source: PlanSource
    steps: tuple[PlanStep, ...]
    drift: tuple[Drift, ...]
    impact: Impact
    refusals: tuple[Refusal, ...]
    acknowledged: tuple[tuple[Refusal, str], ...]
    warnings: tuple[str, ...]

    @property
    def age_hours(self) -> int | None:
        """Return how old the snapshot was, in whole hours; None where the time that it was taken at is none."""
        taken = instant(self.source.taken_at)
        return int((self.created_at - taken).total_seconds() // 3600) if taken is not None else None

    @property
    def in_sync(self) -> bool:
        """Return whether nothing has to change, and nothing is declared that cannot be."""
        return not self.steps and not self.refusals
