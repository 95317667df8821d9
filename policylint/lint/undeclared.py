"""What of live state no policy file declares, and of that what rules look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.desired.ownership import is_excepted
from policylint.model.entity import EMPTY
from policylint.model.state import MAILBOX, ORGANIZATION
from policylint.model.system_mailboxes import system_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.model.config import Management
    from policylint.model.entity import Entity, ObjectKind, Value

ALWAYS: Mapping[ObjectKind, frozenset[str]] = {ORGANIZATION: frozenset({"DefaultAccessLevel"})}
"""The settings that are looked at also where they have their default."""


def live_settings(entity: Entity) -> Mapping[str, Value]:
    """Return the settings of a desired object that no file declares and that stay as they are live."""
    if not entity.is_declared:
        return entity.settings
    if entity.base is None:
        return EMPTY
    return {
        name: value
        for name, value in entity.base.settings.items()
        if not entity.origin.declares(name) and name not in entity.lent and entity.get(name) == value
    }


def is_looked_at(entity: Entity, management: Management) -> bool:
    """Return whether rules look at a live object: not at Exchange's own mailboxes, nor at those that `except` names."""
    return entity.kind != MAILBOX or (system_pattern(entity) is None and not is_excepted(entity, management))
