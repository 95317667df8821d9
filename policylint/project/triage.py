"""The quarantine queue of a project, and the groups of it that somebody accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.analysis.triage import ACCEPTABLE, Group, Queue, triage
from policylint.errors import RefusedError, UsageError
from policylint.phrases import count, listed
from policylint.project.approve import choose_devices, with_rule

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from policylint.edit.approval import Choice, Request
    from policylint.project.project import Project


def queue_of(project: Project) -> Queue:
    """Return the quarantine queue of the snapshot. Raises UsageError where there is none."""
    snapshot = project.required_snapshot
    live, desired = project.model_of_live(snapshot), project.desired_model
    project.doing("sorting the queue")
    return triage(live, desired, snapshot.devices, project.catalog, snapshot.header.taken_at)


def groups_named(queue: Queue, numbers: Collection[int]) -> Sequence[Group]:
    """Return the groups of some numbers.

    Raises UsageError where there is no such one, RefusedError where one is not accepted by its number.
    """
    known = {group.number: group for group in queue.groups}
    unknown = [number for number in numbers if number not in known]
    if unknown:
        has = f"the queue has {count(len(known), 'group')}" if known else "the queue is empty"
        words = listed(map(str, unknown))
        raise UsageError(f"no group {words}: {has}", help="`policylint triage` shows them with their numbers")
    groups = [known[number] for number in sorted(set(numbers))]
    for group in groups:
        if group.section not in ACCEPTABLE:
            hint = "nothing is written; ask the user, then name single devices: `policylint approve DEVICE`"
            raise RefusedError(f"group {group.number} is not accepted by its number: {group.why}", help=hint)
    return groups


def accepted(project: Project, groups: Sequence[Group], request: Request) -> Choice:
    """Return the devices of groups, each with what may be done about it; with the rule where one is asked for.

    Raises UsageError where a rule is asked for several groups, or for devices with no model in common.
    """
    if request.as_rule and len(groups) > 1:
        raise UsageError("a rule is for one group", help="give --accept one number with --as-rule")
    devices = [queued.device for group in groups for queued in group.devices]
    choice = choose_devices(project, request, devices)
    return with_rule(project, choice) if request.as_rule else choice
