"""What is decided about a device, why, and by what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from policylint.model.entity import Entity
    from policylint.model.origin import Origin

AccessState: TypeAlias = Literal["Allowed", "Quarantined", "Blocked"]
"""What a device gets, in Exchange's words."""

STATES: tuple[AccessState, ...] = ("Allowed", "Quarantined", "Blocked")
"""The states from the loosest to the strictest."""


class Decision(NamedTuple):
    """The outcome for one device.

    `state` is None where something outside these settings decides; `step` then names it and `notes` say where to look.
    `reason` is Exchange's DeviceAccessStateReason, None where Exchange shows none.
    `decided_by` is the object that decided, `setting` the setting of it that did.
    `decider` says that it is the device's own mailbox, or the policy of that, which differs from device to device.
    `assumed` says that a step before passed on something that was not read, which the notes name.
    `not_read` are the sections and settings that were not read and that could decide otherwise, in the order asked.
    `matched` is every rule that matched, the deciding one first; `disputed` says that they differ in level.
    """

    state: AccessState | None
    reason: str | None
    step: str
    decided_by: Entity | None = None
    setting: str | None = None
    disputed: bool = False
    notes: tuple[str, ...] = ()
    matched: tuple[Entity, ...] = ()
    decider: Literal["mailbox", "policy"] | None = None
    assumed: bool = False
    not_read: tuple[str, ...] = ()

    @property
    def origin(self) -> Origin | None:
        """Return the location of the deciding setting, None where no object decided."""
        if self.decided_by is None:
            return None
        return self.decided_by.where(self.setting) if self.setting else self.decided_by.origin

    @property
    def line(self) -> int | None:
        """Return the line of the deciding setting, None where it is live or no object decided."""
        origin = self.origin
        if origin is None or origin.source is None or origin.node is None:
            return None
        return origin.span(self.setting if self.setting and self.setting != "AccessLevel" else None).begin.line

    @property
    def pattern(self) -> str:
        """Return the words of the `matches` that the deciding setting comes of, empty where of no such entry."""
        if self.decided_by is None or self.line is None:
            return ""
        return self.decided_by.pattern_of(self.setting) if self.setting else self.decided_by.pattern

    def same_outcome(self, other: Decision) -> bool:
        """Return whether a device could not tell two decisions apart."""
        return self.state == other.state and (self.state is not None or self.step == other.step)
