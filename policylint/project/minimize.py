"""A project to the device access rules that can go, with the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.analysis.compare import Comparison, compare
from policylint.analysis.redundant import Removable, removable_entries
from policylint.desired.ownership import management_of
from policylint.model.config import EXACT
from policylint.model.state import RULE
from policylint.named_tuple import NamedTuple
from policylint.project.edited import EditedProject

if TYPE_CHECKING:
    from policylint.project.project import Project


class Minimized(NamedTuple):
    """The declared rules, and entries with `matches`, that can go together; how many are declared; and the proof.

    The proof compares the project with and without them.
    """

    removable: tuple[Removable, ...]
    declared: int
    proof: Comparison


def minimize(project: Project) -> Minimized:
    """Return which of the declared rules can go without any device noticing; entries with `matches` go as a whole.

    An entry that makes no rule is not counted: what it will make is not known.
    """
    model, policy = project.desired_model, project.policy
    project.doing("trying the rules")
    exact = management_of(project.config.manage, project.store.object_type(RULE)).mode == EXACT
    found = removable_entries(model, policy.expansions, exact=exact)
    after = EditedProject.without(project, (each.entry for each in found)).desired_model
    entries = sum(each.pattern.entry.kind == RULE and bool(each.objects) for each in policy.expansions)
    declared = len(project.declared.state.of_kind(RULE)) + entries
    return Minimized(found, declared, compare(model, after, devices=project.devices or ()))
