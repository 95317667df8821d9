"""Devices of a simulation whose values contradict each other, counted, with one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.devices.contradictions import A_CLAIM, contradiction
from policylint.named_tuple import NamedTuple
from policylint.phrases import count

if TYPE_CHECKING:
    from policylint.access.simulate import CohortAccess, Simulation
    from policylint.model.device import Device


class Contradictions(NamedTuple):
    """How many devices there are whose values contradict each other, how many of them get in, and the first that does.

    `words` say what contradicts what in that one; there is none where there are no such devices.
    """

    devices: int
    admitted: int
    example: Device | None = None
    words: str = ""

    @property
    def note(self) -> str:
        """Return in a sentence how many there are and what follows from it, empty where there are none."""
        if self.example is None:
            return ""
        verb = "reports" if self.devices == 1 else "report"
        admitted = f"{self.admitted:,} of these {_be(self.admitted)} let in" if self.admitted else "none is let in"
        whose = f" of {self.example.owner}" if self.example.owner else ""
        return (
            f"{count(self.devices, 'device')} {verb} values that contradict each other and {admitted}, such as"
            f" {self.example.device_id or 'one without ID'}{whose} ({self.words}): {A_CLAIM}"
        )


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def contradictions(simulation: Simulation) -> Contradictions:
    """Return the devices whose values contradict each other; the example is one that gets in where there is one."""
    devices, admitted = simulation.count(_contradicts), simulation.count(_gets_in)
    if not devices:
        return Contradictions(0, 0)
    example = simulation.members(_gets_in if admitted else _contradicts, 1)[0].device
    found = contradiction(example.device_class, example.client_type)
    return Contradictions(devices, admitted, example, found.words if found is not None else "")


def _contradicts(cohort: CohortAccess) -> bool:
    return contradiction(cohort.device.device_class, cohort.device.client_type) is not None


def _gets_in(cohort: CohortAccess) -> bool:
    return cohort.desired.state == "Allowed" and _contradicts(cohort)
