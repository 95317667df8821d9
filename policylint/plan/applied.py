"""What changes make of an object, and of a state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.desired.overlay import DEFAULT
from policylint.model.state import POLICY
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from policylint.model.entity import Entity, Value
    from policylint.plan.change import ObjectChange


def entity_after(change: ObjectChange, current: Entity | None) -> Entity | None:
    """Return what a change makes of an object, None where it is gone then."""
    if change.action == "delete":
        return None
    settings: dict[str, Value] = dict(current.settings) if current is not None else {}
    settings.update(change.settings)
    for name in {*change.add, *change.remove}:
        gone = {fold(item) for item in change.remove.get(name, ())}
        had = current.items(name) if current is not None else ()
        kept = [item for item in had if fold(item) not in gone]
        settings[name] = (*kept, *change.add.get(name, ()))
    if current is None:
        assert change.desired is not None
        if change.kind == POLICY:
            settings.setdefault(DEFAULT, False)  # what Exchange gives a new policy
        return change.desired._replace(settings=settings)
    return current._replace(settings=settings)


def put(objects: MutableMapping[str, Entity], change: ObjectChange, after: Entity | None) -> None:
    """Put what a change makes of an object among the others of its kind.

    A mailbox policy that becomes the default one takes that from the other.
    """
    if after is None:
        del objects[change.key]
        return
    if change.kind == POLICY and change.settings.get(DEFAULT) is True:
        for key, policy in objects.items():
            objects[key] = policy._replace(settings={**policy.settings, DEFAULT: False})
    objects[change.key] = after
