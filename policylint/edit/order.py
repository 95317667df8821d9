"""The order of the objects of a section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.model.state import RULE
from policylint.text import natural

if TYPE_CHECKING:
    from policylint.model.entity import Entity
    from policylint.text import NaturalKey

LEVELS = {"Block": "blocked", "Quarantine": "quarantined", "Allow": "allowed"}
"""The levels of rules in the order in which they decide, and the word for the rules of each."""


def in_order(entity: Entity) -> tuple[int, str, NaturalKey, str]:
    """Return what objects of a section are ordered by: rules by what decides first, then by what they compare."""
    if entity.kind == RULE:
        level = entity.text("AccessLevel")
        rank = list(LEVELS).index(level) if level in LEVELS else len(LEVELS)
        query = entity.text("QueryString")
        return rank, entity.text("Characteristic"), natural(query), query
    return 0, "", natural(entity.identity), entity.identity
