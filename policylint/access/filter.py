"""A part of a simulation: the devices of a mailbox, of a state, or whose access changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.decision import STATES
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from policylint.access.simulate import CohortAccess, Simulation
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

    def apply(self, simulation: Simulation) -> Simulation:
        """Return the simulation of the devices that are asked for."""
        if not self.words:
            return simulation
        return simulation.only(self._has, self.mailbox.key if self.mailbox is not None else None)

    def _has(self, cohort: CohortAccess) -> bool:
        wanted = None if self.state == UNDECIDED else self.state
        return (self.state is None or cohort.desired.state == wanted) and (not self.changed or cohort.changed)
