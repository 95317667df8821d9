"""The plan of a project that takes back what a journal of the converging script says was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.errors import PolicylintError
from policylint.plan.asked import Asked
from policylint.plan.journal import edited, read_journal
from policylint.plan.make_back import make_plan_back
from policylint.plan.replay import said_of
from policylint.project.step_rules import finder_of
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from policylint.plan.change import PlanStep
    from policylint.plan.plan import Plan
    from policylint.project.project import Project
    from policylint.source import Source

    Said = Callable[[PlanStep], tuple[str, str]]

NOTHING_SAID = ("", "")


def plan_back(
    project: Project, source: Source, undone: Plan | None = None, acknowledge: Sequence[str] = (), reason: str = ""
) -> Plan:
    """Return the plan that takes back what a journal says was done, in the snapshot and under the guards of a project.

    Its policy counts for nothing, but for reasons and owners where no plan has them. `undone` is the plan that the
    journal is of, where it is at hand. `acknowledge` are the texts of refusals that are acknowledged, for the `reason`
    given.
    Raises PolicylintError where the text is no such journal, nothing was done, or there is no fitting snapshot.
    """
    journal = read_journal(source, project.store, undone)
    project.require_sections()
    snapshot, config = project.required_snapshot, project.config
    project.doing("planning")
    plan = make_plan_back(
        journal,
        snapshot,
        config,
        project.store,
        now=project.now,
        acknowledge=acknowledge,
        reason=reason,
        asked=Asked(find_steps=finder_of(project)),
        said=_said_of_plan(undone) if undone is not None else _said_of_policy(project),
    )
    return plan._replace(provenance=plan.provenance._replace(environment=project.environment))


def _said_of_plan(undone: Plan) -> Said:
    said = {step.id: (step.reason, step.owner) for step in undone.steps}
    return lambda step: said.get(step.id, NOTHING_SAID)


def _said_of_policy(project: Project) -> Said:
    """Return what tells the reason and the owner of a step by the declared object, nothing of a policy with errors."""
    try:
        declared = project.policy.state
    except PolicylintError:
        return lambda _step: NOTHING_SAID

    def said(step: PlanStep) -> tuple[str, str]:
        described, objects = project.store.object_type(step.kind), declared.of_kind(step.kind)
        identified = described.identify(step.target) if not described.names else None
        key = identified[1] if identified is not None else fold(step.identity)
        desired = next(iter(objects.values()), None) if described.single else objects.get(key)
        added = {change.property: edited(change.before, change.after)[0].values() for change in step.changes}
        return said_of(desired, added, "reason"), said_of(desired, added, "owner")

    return said
