"""The rules of a pack, whether a project applies them or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.errors import UsageError
from policylint.lint.rule import with_included
from policylint.phrases import did_you_mean, listed

if TYPE_CHECKING:
    from policylint.lint.rule import Rule
    from policylint.project.project import Project


def rules_in_pack(project: Project, pack: str) -> tuple[Rule, ...]:
    """Return the rules of a pack, and of the packs that it includes. Raises UsageError where there is no such pack."""
    if not any(pack in rule.packs for rule in project.rules):
        packs = dict.fromkeys(
            (*project.resources.packs.packs, *(name for rule in project.rules for name in rule.packs))
        )
        hint = did_you_mean(pack, packs) or f"the packs are {listed(packs, most=None)}"
        raise UsageError(f"no pack `{pack}`", help=hint)
    packs_of = with_included([pack])
    return tuple(rule for rule in project.rules if not packs_of.isdisjoint(rule.packs))
