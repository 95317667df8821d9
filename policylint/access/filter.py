"""A part of a simulation: the devices of a mailbox, of a state, or whose access changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.access.decision import STATES

if TYPE_CHECKING:
    from policylint.access.simulate import DeviceAccess, Simulation
    from policylint.model.entity import Entity

UNDECIDED = "undecided"
"""What the state of a device is called here about which something else decides."""

FILTER_STATES = (*STATES, UNDECIDED)


class DeviceFilter(NamedTuple):
    """Which devices are asked for: those that get a state, those of a mailbox, those that change; all of these at once.

    Empty means any.
    """

    state: str | None = None
    mailbox: Entity | None = None
    changed: bool = False

    @property
    def words(self) -> str:
        """Return which devices are asked for: `state Blocked, changed`; empty where all of them are."""
        return ", ".join(
            (
                *([f"state {self.state}"] if self.state is not None else []),
                *([f"mailbox {self.mailbox.identity}"] if self.mailbox is not None else []),
                *(["changed"] if self.changed else []),
            )
        )

    def has(self, access: DeviceAccess) -> bool:
        """Return whether a device is asked for."""
        wanted = None if self.state == UNDECIDED else self.state
        return (
            (self.state is None or access.desired.state == wanted)
            and (self.mailbox is None or access.device.mailbox == self.mailbox.key)
            and (not self.changed or access.changed)
        )

    def apply(self, simulation: Simulation) -> Simulation:
        """Return the simulation of the devices that are asked for."""
        return simulation.only(self.has) if self.words else simulation
