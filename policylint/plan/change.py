"""What has to change: one setting, and one call to Exchange that changes some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.model.entity import EMPTY
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.model.entity import Entity, ObjectKind, Value

Action: TypeAlias = Literal["create", "update", "delete"]


class PropertyChange(NamedTuple):
    """One setting before and after a step. `kind` says how it is compared and written.

    A step that deletes an object has every setting of it that was read, and nothing after. Of a list, before and after
    are the whole list at that step, and `known` is everything that any step of the plan has in it. `parts` says how
    many edits of it are whose change, in a step where that differs: `plan.attribution.Part` and number.
    """

    property: str
    kind: str
    before: Value
    after: Value
    known: tuple[str, ...] | None = None
    parts: tuple[tuple[str, int], ...] = ()


class ObjectChange(NamedTuple):
    """A step before it has its place: what it makes of an object.

    `settings` are the new values of scalars; `add` and `remove` are the items put into and taken out of lists.
    `desired` is the declared object, `live` the one there is.
    """

    action: Action
    kind: ObjectKind
    identity: str
    key: str
    settings: Mapping[str, Value] = EMPTY
    add: Mapping[str, tuple[str, ...]] = EMPTY
    remove: Mapping[str, tuple[str, ...]] = EMPTY
    live: Entity | None = None
    desired: Entity | None = None
    phase: int = 0

    @property
    def sort_key(self) -> tuple[int, str, str]:
        """Return the key that changes are ordered by."""
        return (self.phase, self.kind, self.key)


class PlanStep(NamedTuple):
    """One call to Exchange. `target` says how to find the object; `opens` and `closes` count devices.

    `declared` says which entries the changes come of where one with `matches` gives any; else it is empty.
    `reason` and `owner` are what the files say of the declared object. `part` says whose change it is, where that is
    asked: a `plan.attribution.Part`.
    """

    id: str
    action: Action
    kind: ObjectKind
    identity: str
    target: Mapping[str, str | None]
    changes: tuple[PropertyChange, ...]
    opens: int
    closes: int
    declared: str = ""
    reason: str = ""
    owner: str = ""
    part: str = ""
